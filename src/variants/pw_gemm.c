/* pw_gemm: a pointwise convolution of stride 1 as a matrix product by CLBlast. */
#include "variants/parts/library.h"
#include "variants/parts/pack.h"
#include "variants/parts/pointwise.h"
#include "variants/variant.h"

static enum cvl_status pw_gemm_applies(const struct cvl_request *request,
                                       const struct cvl_device_facts *device, struct cvl_error *err)
{
    (void)device;
    if (!cvl_pointwise_is_dense(&request->problem))
        return cvl_fail(err, CVL_UNSUPPORTED, "stride 1 only");
    return cvl_need_f32(request, err);
}

static enum cvl_status pw_gemm_plan(const struct cvl_request *request,
                                    const struct cvl_device_facts *device, struct cvl_plan *plan,
                                    struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const uint32_t input = cvl_build_input(&builder);
    const uint32_t weights = cvl_raw_weights(&builder, &request->problem, CVL_FILTER_ALL);
    const uint32_t output = cvl_build_output(&builder);
    cvl_gemm_pointwise(&builder, &request->problem, input, weights, output);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_pw_gemm = {
    .name = "pw_gemm",
    .summary = "pointwise as a matrix product by CLBlast",
    .forms = CVL_FORM_BIT(CVL_POINTWISE),
    .applies = pw_gemm_applies,
    .plan = pw_gemm_plan,
};
