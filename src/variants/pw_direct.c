/* pw_direct: a pointwise convolution as a product over pixels, on packed weights. */
#include "variants/parts/group_tiles.h"
#include "variants/parts/half.h"
#include "variants/parts/pack.h"
#include "variants/parts/pointwise.h"
#include "variants/parts/training.h"
#include "variants/variant.h"

static enum cvl_status pw_direct_plan(const struct cvl_request *request,
                                      const struct cvl_device_facts *device, struct cvl_plan *plan,
                                      struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    struct cvl_pointwise stage = {.problem = request->problem};
    stage.tiles = cvl_pointwise_tiles(&builder, &stage.problem, 1);
    stage.pixels_out = (uint64_t)stage.problem.oh * (uint64_t)stage.problem.ow;
    stage.input = cvl_build_input(&builder);
    stage.weights = cvl_pack_blocks(&builder, &stage.problem, CVL_FILTER_ALL, stage.tiles.block,
                                    stage.tiles.padded);
    stage.output = cvl_build_output(&builder);
    cvl_pointwise_stage(&builder, "pointwise", &stage);
    if (request->passes == CVL_TRAINING)
        cvl_train_one(&builder, &(struct cvl_trained){stage.problem, .input = stage.input,
                                                      .output = stage.output});
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_pw_direct = {
    .name = "pw_direct",
    .summary = "pointwise as a product over pixels, on packed weights",
    .forms = CVL_FORM_BIT(CVL_POINTWISE),
    .trains = true,
    .plan = pw_direct_plan,
    .parameters = {[CVL_NHWC] = {&cvl_dense_parameters[CVL_NHWC], &cvl_straight_parameters,
                                 &cvl_shared_parameters[CVL_NHWC], &cvl_half_parameters},
                   [CVL_NCHW] = {&cvl_dense_parameters[CVL_NCHW], &cvl_shared_parameters[CVL_NCHW],
                                 &cvl_half_parameters}},
};
