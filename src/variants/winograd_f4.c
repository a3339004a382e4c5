/* winograd_f4: F(4x4, 3x3), 36 multiplications instead of 144. */
#include "variants/parts/winograd.h"
#include "variants/variant.h"

static enum cvl_status winograd_f4_applies(const struct cvl_request *request,
                                           const struct cvl_device_facts *device,
                                           struct cvl_error *err)
{
    return cvl_winograd_bounded_applies(&cvl_winograd_f4, request, device, err);
}

static enum cvl_status winograd_f4_plan(const struct cvl_request *request,
                                        const struct cvl_device_facts *device,
                                        struct cvl_plan *plan, struct cvl_error *err)
{
    return cvl_winograd_plan(&cvl_winograd_f4, request, device, plan, err);
}

const struct cvl_variant cvl_variant_winograd_f4 = {
    .name = "winograd_f4",
    .summary = "3x3, stride 1, on CPUs: minimal filtering, tiles of 4 x 4 pixels",
    .forms = CVL_FORM_BIT(CVL_STANDARD),
    .applies = winograd_f4_applies,
    .plan = winograd_f4_plan,
    .parameters =
        {[CVL_NHWC] = {&cvl_winograd_parameters}, [CVL_NCHW] = {&cvl_winograd_parameters}},
};
