/* winograd_f2_staged: F(2x2, 3x3) for all tiles at once, through global memory. */
#include "variants/parts/group_product.h"
#include "variants/parts/winograd.h"
#include "variants/variant.h"

static enum cvl_status winograd_f2_staged_plan(const struct cvl_request *request,
                                               const struct cvl_device_facts *device,
                                               struct cvl_plan *plan, struct cvl_error *err)
{
    return cvl_winograd_staged_plan(&cvl_winograd_f2, request, device, plan, err);
}

/* The product is NHWC for both layouts. */
const struct cvl_variant cvl_variant_winograd_f2_staged = {
    .name = "winograd_f2_staged",
    .summary = "3x3, stride 1: minimal filtering, tiles of 2 x 2 pixels, all at once in stages",
    .forms = CVL_FORM_BIT(CVL_STANDARD),
    .applies = cvl_winograd_staged_applies,
    .plan = winograd_f2_staged_plan,
    .parameters = {[CVL_NHWC] = {&cvl_winograd_staged_parameters, &cvl_dense_parameters[CVL_NHWC],
                                 &cvl_straight_parameters, &cvl_shared_parameters[CVL_NHWC]},
                   [CVL_NCHW] = {&cvl_winograd_staged_parameters, &cvl_dense_parameters[CVL_NHWC],
                                 &cvl_straight_parameters, &cvl_shared_parameters[CVL_NHWC]}},
};
