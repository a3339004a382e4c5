/* clblast_convgemm: CLBlast's convolution call, one kernel and no workspace. */
#include "variants/parts/library.h"
#include "variants/parts/pack.h"
#include "variants/variant.h"

static enum cvl_status clblast_convgemm_applies(const struct cvl_request *request,
                                                const struct cvl_device_facts *device,
                                                struct cvl_error *err)
{
    enum cvl_status status = cvl_need_nchw(request, err);
    (void)device;
    if (status == CVL_OK)
        status = cvl_need_f32(request, err);
    if (status == CVL_OK)
        status = cvl_need_one_group(request, err);
    if (status == CVL_OK)
        status = cvl_need_symmetric_padding(&request->problem, err);
    return status;
}

static enum cvl_status clblast_convgemm_plan(const struct cvl_request *request,
                                             const struct cvl_device_facts *device,
                                             struct cvl_plan *plan, struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    struct cvl_library_window window = cvl_library_window(&request->problem);
    window.source = cvl_build_input(&builder);
    window.weights = cvl_raw_weights(&builder, &request->problem, CVL_FILTER_ALL);
    window.target = cvl_build_output(&builder);
    struct cvl_stage *stage = cvl_build_stage(&builder, "convgemm", CVL_STAGE_CONVGEMM);
    if (stage) {
        stage->work.window = window;
        cvl_build_use(&builder, window.source, cvl_build_elements(&builder, window.source));
        cvl_build_use(&builder, window.weights, cvl_build_elements(&builder, window.weights));
        cvl_build_use(&builder, window.target, cvl_build_elements(&builder, window.target));
        cvl_build_cost(&builder, cvl_problem_sizes(&request->problem).macs);
    }
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_clblast_convgemm = {
    .name = "clblast_convgemm",
    .summary = "CLBlast's convolution in one kernel",
    .forms = CVL_FORM_BIT(CVL_STANDARD) | CVL_FORM_BIT(CVL_POINTWISE),
    .applies = clblast_convgemm_applies,
    .plan = clblast_convgemm_plan,
};
