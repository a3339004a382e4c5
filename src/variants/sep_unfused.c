/* sep_unfused: depthwise, then pointwise as separate stages; the intermediate exists in full. */
#include "variants/parts/blocks.h"
#include "variants/parts/depthwise.h"
#include "variants/parts/group_tiles.h"
#include "variants/parts/half.h"
#include "variants/parts/pack.h"
#include "variants/parts/pointwise.h"
#include "variants/parts/separable.h"
#include "variants/parts/strips.h"
#include "variants/parts/tiles.h"
#include "variants/parts/training.h"
#include "variants/variant.h"

/* The usual forward pass, except that the pointwise convolution reads the activated tensor; then
 * the backward pass. */
static enum cvl_status train(const struct cvl_request *request,
                             const struct cvl_device_facts *device, struct cvl_plan *plan,
                             struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    struct cvl_depthwise depthwise = {.problem = cvl_problem_part(&request->problem, CVL_DEPTHWISE),
                                      .rows = request->problem.oh};
    struct cvl_pointwise pointwise = {.problem =
                                          cvl_problem_part(&request->problem, CVL_POINTWISE)};
    pointwise.pixels_out = (uint64_t)pointwise.problem.oh * (uint64_t)pointwise.problem.ow;
    pointwise.tiles = cvl_pointwise_tiles(&builder, &pointwise.problem, 1);
    struct cvl_trained trained[] = {
        {depthwise.problem, .weights = CVL_FILTER_DW, .is_depthwise = true},
        {pointwise.problem, .weights = CVL_FILTER_PW},
    };
    trained[0].input = depthwise.input = cvl_build_input(&builder);
    trained[0].turned = depthwise.weights =
        cvl_depthwise_weights(&builder, &depthwise.problem, CVL_FILTER_DW);
    trained[0].output = depthwise.output = cvl_train_output(
        &builder, "intermediate", cvl_problem_sizes(&depthwise.problem).output_elements);
    cvl_depthwise_stage(&builder, "depthwise", &depthwise);
    cvl_train_activate(&builder, &trained[0], CVL_CONTENT_BETWEEN);
    trained[1].input = pointwise.input = trained[0].activated;
    pointwise.weights = cvl_pack_blocks(&builder, &pointwise.problem, CVL_FILTER_PW,
                                        pointwise.tiles.block, pointwise.tiles.padded);
    trained[1].output = pointwise.output = cvl_build_output(&builder);
    cvl_pointwise_stage(&builder, "pointwise", &pointwise);
    cvl_train_activate(&builder, &trained[1], CVL_CONTENT_ACTIVATED);
    cvl_train_backward(&builder, trained, 2);
    return cvl_build_end(&builder);
}

static enum cvl_status sep_unfused_plan(const struct cvl_request *request,
                                        const struct cvl_device_facts *device,
                                        struct cvl_plan *plan, struct cvl_error *err)
{
    if (request->passes == CVL_TRAINING)
        return train(request, device, plan, err);
    return cvl_separable_plan(request, device, request->problem.oh, plan, err);
}

const struct cvl_variant cvl_variant_sep_unfused = {
    .name = "sep_unfused",
    .summary = "depthwise, then pointwise; the intermediate in full",
    .forms = CVL_FORM_BIT(CVL_SEPARABLE),
    .kind = CVL_KIND_UNFUSED,
    .trains = true,
    .plan = sep_unfused_plan,
    .parameters = {[CVL_NHWC] = {&cvl_dense_parameters[CVL_NHWC], &cvl_straight_parameters,
                                 &cvl_block_parameters, &cvl_shared_parameters[CVL_NHWC],
                                 &cvl_half_parameters},
                   [CVL_NCHW] = {&cvl_dense_parameters[CVL_NCHW], &cvl_strip_parameters,
                                 &cvl_shared_parameters[CVL_NCHW], &cvl_half_parameters}},
};
