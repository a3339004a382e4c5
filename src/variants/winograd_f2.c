/* winograd_f2: F(2x2, 3x3), 16 multiplications instead of 36. */
#include "variants/parts/winograd.h"
#include "variants/variant.h"

static enum cvl_status winograd_f2_applies(const struct cvl_request *request,
                                           const struct cvl_device_facts *device,
                                           struct cvl_error *err)
{
    return cvl_winograd_bounded_applies(&cvl_winograd_f2, request, device, err);
}

static enum cvl_status winograd_f2_plan(const struct cvl_request *request,
                                        const struct cvl_device_facts *device,
                                        struct cvl_plan *plan, struct cvl_error *err)
{
    return cvl_winograd_plan(&cvl_winograd_f2, request, device, plan, err);
}

const struct cvl_variant cvl_variant_winograd_f2 = {
    .name = "winograd_f2",
    .summary = "3x3, stride 1, on CPUs: minimal filtering, tiles of 2 x 2 pixels",
    .forms = CVL_FORM_BIT(CVL_STANDARD),
    .applies = winograd_f2_applies,
    .plan = winograd_f2_plan,
    .parameters =
        {[CVL_NHWC] = {&cvl_winograd_parameters}, [CVL_NCHW] = {&cvl_winograd_parameters}},
};
