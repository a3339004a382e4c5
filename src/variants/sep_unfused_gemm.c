/* sep_unfused_gemm: depthwise by our own kernel, then pointwise by CLBlast. */
#include "variants/parts/depthwise.h"
#include "variants/parts/library.h"
#include "variants/parts/pack.h"
#include "variants/variant.h"

static enum cvl_status sep_unfused_gemm_applies(const struct cvl_request *request,
                                                const struct cvl_device_facts *device,
                                                struct cvl_error *err)
{
    (void)device;
    return cvl_need_f32(request, err);
}

static enum cvl_status sep_unfused_gemm_plan(const struct cvl_request *request,
                                             const struct cvl_device_facts *device,
                                             struct cvl_plan *plan, struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct cvl_problem *problem = &request->problem;
    const struct cvl_problem pointwise = cvl_problem_part(problem, CVL_POINTWISE);
    const struct cvl_problem part = cvl_problem_part(problem, CVL_DEPTHWISE);
    struct cvl_depthwise depthwise = cvl_depthwise_of(&part);
    depthwise.input = cvl_build_input(&builder);
    depthwise.weights = cvl_depthwise_weights(&builder, &depthwise.problem, CVL_FILTER_DW);
    const uint32_t weights = cvl_raw_weights(&builder, &pointwise, CVL_FILTER_PW);
    depthwise.output =
        cvl_build_buffer(&builder, "intermediate", CVL_INTERMEDIATE, CVL_CONTENT_NONE,
                         cvl_problem_sizes(problem).intermediate_elements);
    const uint32_t output = cvl_build_output(&builder);
    cvl_depthwise_stage(&builder, "depthwise", &depthwise);
    cvl_gemm_pointwise(&builder, &pointwise, depthwise.output, weights, output);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_sep_unfused_gemm = {
    .name = "sep_unfused_gemm",
    .summary = "depthwise, then pointwise as a matrix product by CLBlast",
    .forms = CVL_FORM_BIT(CVL_SEPARABLE),
    .kind = CVL_KIND_UNFUSED,
    .applies = sep_unfused_gemm_applies,
    .plan = sep_unfused_gemm_plan,
};
