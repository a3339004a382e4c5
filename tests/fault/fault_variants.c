/* Variants that misbehave: each answers for the pointwise form with one kernel of fault.cl. */
#include <string.h>

#include "variants/builder.h"
#include "variants/variant.h"

static enum cvl_status plan_kernel(const char *kernel, const struct cvl_case *request,
                                   const struct cvl_device_facts *device, struct cvl_plan *plan,
                                   struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    uint32_t input = cvl_build_input(&builder);
    uint32_t output = cvl_build_output(&builder);
    cvl_build_kernel(&builder, "fault", "fault.cl", kernel, "any");
    cvl_build_option(&builder, "SOUND", strcmp(kernel, "unbuildable") != 0);
    cvl_build_whole(&builder, input);
    cvl_build_whole(&builder, output);
    cvl_build_int(&builder, (int64_t)cvl_build_elements(&builder, output));
    cvl_build_range(&builder, (struct cvl_span){1, 1}, (struct cvl_span){1, 1},
                    (struct cvl_span){1, 1});
    return cvl_build_end(&builder);
}

#define FAULT(fault)                                                                               \
    static enum cvl_status plan_##fault(const struct cvl_case *request,                            \
                                        const struct cvl_device_facts *device,                     \
                                        struct cvl_plan *plan, struct cvl_error *err)              \
    {                                                                                              \
        return plan_kernel(#fault, request, device, plan, err);                                    \
    }                                                                                              \
    const struct cvl_variant cvl_variant_fault_##fault = {                                         \
        .name = "fault_" #fault,                                                                   \
        .summary = "misbehaves, for tests",                                                        \
        .forms = CVL_FORM_BIT(CVL_POINTWISE),                                                      \
        .plan = plan_##fault,                                                                      \
    }

FAULT(endless);
FAULT(segfault);
FAULT(wrong);
FAULT(guard);
FAULT(unbuildable);

/* More memory than any device has, planned but never allocated: the fit check refuses it. */
static enum cvl_status plan_greedy(const struct cvl_case *request,
                                   const struct cvl_device_facts *device, struct cvl_plan *plan,
                                   struct cvl_error *err)
{
    enum cvl_status status = plan_kernel("wrong", request, device, plan, err);
    if (status == CVL_OK)
        plan->buffers[0].bytes = (uint64_t)1 << 50;
    return status;
}

const struct cvl_variant cvl_variant_fault_greedy = {
    .name = "fault_greedy",
    .summary = "misbehaves, for tests",
    .forms = CVL_FORM_BIT(CVL_POINTWISE),
    .plan = plan_greedy,
};
