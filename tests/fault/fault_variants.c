/* Variants that misbehave: each answers for the pointwise form with one kernel of fault.cl. */
#include <string.h>

#include "plan/builder.h"
#include "variants/variant.h"

static enum cvl_status plan_kernel(const char *kernel, const struct cvl_request *request,
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
    static enum cvl_status plan_##fault(const struct cvl_request *request,                         \
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
static enum cvl_status plan_greedy(const struct cvl_request *request,
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

/* A right answer, with a parameter whose values are ways to fail. */
enum mood { MOOD_SLOW = 1, MOOD_FAST, MOOD_DEADLY, MOOD_ENDLESS, MOOD_WRONG };

static const struct cvl_parameter_set moody_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"mood",
         "how it misbehaves",
         CVL_EVERYWHERE,
         {MOOD_SLOW, MOOD_FAST, MOOD_DEADLY, MOOD_ENDLESS, MOOD_WRONG}},
        {0}}};

static enum cvl_status plan_moody(const struct cvl_request *request,
                                  const struct cvl_device_facts *device, struct cvl_plan *plan,
                                  struct cvl_error *err)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t pixels = (uint64_t)p->mb * (uint64_t)p->oh * (uint64_t)p->ow;
    const int32_t mood = cvl_parameter_value(request, "mood", MOOD_SLOW);
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const uint32_t input = cvl_build_input(&builder);
    const uint32_t weights = cvl_build_filter(&builder, "weights", CVL_WEIGHTS, CVL_CONTENT_WEIGHTS, CVL_FILTER_ALL,
                                              (uint64_t)p->oc * (uint64_t)p->ic);
    const uint32_t output = cvl_build_output(&builder);
    cvl_build_kernel(&builder, "moody", "fault.cl", "moody", "any");
    cvl_build_option(&builder, "SOUND", 1);
    cvl_build_option(&builder, "MOOD_SLOW", MOOD_SLOW);
    cvl_build_option(&builder, "MOOD_DEADLY", MOOD_DEADLY);
    cvl_build_option(&builder, "MOOD_ENDLESS", MOOD_ENDLESS);
    cvl_build_option(&builder, "MOOD_WRONG", MOOD_WRONG);
    cvl_build_option(&builder, "MOOD", mood);
    cvl_build_tuning(&builder, "mood", mood);
    cvl_build_whole(&builder, input);
    cvl_build_whole(&builder, weights);
    cvl_build_whole(&builder, output);
    cvl_build_ints(&builder, (const int32_t[]){p->ic, p->oc}, 2);
    cvl_build_range(&builder, (struct cvl_span){pixels, 1}, (struct cvl_span){1, 1},
                    (struct cvl_span){1, 1});
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_fault_moody = {
    .name = "fault_moody",
    .summary = "misbehaves as its parameter says, for tests",
    .forms = CVL_FORM_BIT(CVL_POINTWISE),
    .plan = plan_moody,
    .parameters = {[CVL_NHWC] = {&moody_parameters}},
};
