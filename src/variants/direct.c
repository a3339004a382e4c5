/* direct: the convolution in one kernel on packed weights, any window and any groups. */
#include "variants/parts/dense.h"
#include "variants/parts/group_product.h"
#include "variants/parts/half.h"
#include "variants/parts/merged.h"
#include "variants/parts/pack.h"
#include "variants/parts/panel.h"
#include "variants/parts/training.h"
#include "variants/variant.h"

/* Fewer channels than this would fill too little of what is copied at a time. */
enum { FEW_INPUTS = 16 };

static void add_stage(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                      const struct cvl_product *product, uint32_t input, uint32_t weights,
                      uint32_t output)
{
    const struct cvl_request *request = builder->request;
    const struct cvl_problem *p = &request->problem;
    cvl_build_kernel(builder, "direct", "direct.cl", "direct", NULL);
    cvl_dense_options(builder, tiles);
    cvl_panel_options(builder, tiles, p);
    cvl_build_window(builder, p);
    cvl_dense_arguments(builder, tiles, input, weights, output);
    cvl_dense_range(builder, tiles, product->pixels, (uint64_t)product->outputs, product->batch);
    cvl_build_cost(builder, cvl_problem_sizes(p).macs);
    cvl_build_limits(builder,
                     cvl_dense_iterations(request, tiles, (uint64_t)product->inputs, product->taps),
                     cvl_dense_local_bytes(request, tiles, 2));
}

static enum cvl_status direct_plan(const struct cvl_request *request,
                                   const struct cvl_device_facts *device, struct cvl_plan *plan,
                                   struct cvl_error *err)
{
    const struct cvl_merged merged = cvl_merge_groups(request, device);
    struct cvl_builder builder = cvl_build_begin(&merged.request, device, plan, err);
    const struct cvl_problem *p = &merged.request.problem;
    const int32_t inputs = p->ic / p->g, outputs = p->oc / p->g;
    const uint64_t pixels = (uint64_t)p->oh * (uint64_t)p->ow;
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw;
    const uint64_t batch = (uint64_t)p->mb * (uint64_t)p->g;
    const struct cvl_product product = {outputs,
                                        inputs,
                                        pixels,
                                        taps,
                                        true,
                                        batch,
                                        .whole = true,
                                        .spans_taps = inputs < FEW_INPUTS,
                                        .subgroups = true,
                                        .window = p};
    struct cvl_dense_tiles tiles = cvl_product_tiles(&merged.request, device, &product);
    cvl_panel_choose(&tiles, &merged.request, device, p);
    const uint32_t input = cvl_build_input(&builder);
    const uint32_t weights = cvl_pack_merged(&builder, p, merged.groups, tiles.block, tiles.padded);
    const uint32_t output = cvl_build_output(&builder);
    if (tiles.shared)
        cvl_group_product_stage(&builder, "direct",
                                &(struct cvl_group_product){.problem = *p,
                                                            .input = input,
                                                            .weights = weights,
                                                            .output = output,
                                                            .pixels_out = pixels,
                                                            .spans_taps = product.spans_taps,
                                                            .tiles = tiles});
    else
        add_stage(&builder, &tiles, &product, input, weights, output);
    if (request->passes == CVL_TRAINING)
        cvl_train_one(&builder, &(struct cvl_trained){*p, .input = input, .output = output});
    cvl_merged_tuning(&builder, &merged);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_direct = {
    .name = "direct",
    .summary = "one kernel on packed weights, any window and groups",
    .forms = CVL_FORM_BIT(CVL_STANDARD) | CVL_FORM_BIT(CVL_DEPTHWISE) | CVL_FORM_BIT(CVL_POINTWISE),
    .trains = true,
    .plan = direct_plan,
    .parameters = {[CVL_NHWC] = {&cvl_dense_parameters[CVL_NHWC], &cvl_straight_parameters,
                                 &cvl_shared_parameters[CVL_NHWC], &cvl_half_parameters,
                                 &cvl_merged_parameters},
                   [CVL_NCHW] = {&cvl_dense_parameters[CVL_NCHW], &cvl_shared_parameters[CVL_NCHW],
                                 &cvl_half_parameters, &cvl_merged_parameters}},
};
