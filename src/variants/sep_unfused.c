/* sep_unfused: depthwise, then pointwise; the intermediate is whole. */
#include "variants/blocks.h"
#include "variants/separable.h"
#include "variants/strips.h"
#include "variants/tiles.h"
#include "variants/variant.h"

static enum cvl_status sep_unfused_plan(const struct cvl_case *request,
                                        const struct cvl_device_facts *device,
                                        struct cvl_plan *plan, struct cvl_error *err)
{
    return cvl_separable_plan(request, device, request->problem.oh, plan, err);
}

const struct cvl_variant cvl_variant_sep_unfused = {
    .name = "sep_unfused",
    .summary = "depthwise, then pointwise, the intermediate whole",
    .forms = CVL_FORM_BIT(CVL_SEPARABLE),
    .plan = sep_unfused_plan,
    .parameters = {[CVL_NHWC] = {&cvl_dense_parameters[CVL_NHWC], &cvl_straight_parameters,
                                 &cvl_block_parameters},
                   [CVL_NCHW] = {&cvl_dense_parameters[CVL_NCHW], &cvl_strip_parameters}},
};
