/* dw_direct: a depthwise convolution in one kernel. */
#include "variants/parts/blocks.h"
#include "variants/parts/depthwise.h"
#include "variants/parts/strips.h"
#include "variants/parts/tiles.h"
#include "variants/parts/training.h"
#include "variants/variant.h"

static enum cvl_status dw_direct_applies(const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_error *err)
{
    (void)device;
    return request->passes == CVL_TRAINING ? cvl_depthwise_single(request, err) : CVL_OK;
}

static enum cvl_status dw_direct_plan(const struct cvl_request *request,
                                      const struct cvl_device_facts *device, struct cvl_plan *plan,
                                      struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    struct cvl_depthwise stage = cvl_depthwise_of(&request->problem);
    stage.input = cvl_build_input(&builder);
    stage.weights = cvl_depthwise_weights(&builder, &stage.problem, CVL_FILTER_ALL);
    stage.output = cvl_build_output(&builder);
    cvl_depthwise_stage(&builder, "depthwise", &stage);
    if (request->passes == CVL_TRAINING)
        cvl_train_one(&builder, &(struct cvl_trained){stage.problem, .is_depthwise = true,
                                                      .turned = stage.weights, .input = stage.input,
                                                      .output = stage.output});
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_dw_direct = {
    .name = "dw_direct",
    .summary = "depthwise in one kernel, a vector of channels or of pixels at a time",
    .forms = CVL_FORM_BIT(CVL_DEPTHWISE),
    .trains = true,
    .applies = dw_direct_applies,
    .plan = dw_direct_plan,
    .parameters = {[CVL_NHWC] = {&cvl_block_parameters}, [CVL_NCHW] = {&cvl_strip_parameters}},
};
