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

/* A pointwise convolution of one kernel, in work-groups of so many pixels; to be ended by the
 * caller. */
static struct cvl_builder begin_pointwise(const char *kernel, uint64_t items,
                                          const struct cvl_request *request,
                                          const struct cvl_device_facts *device,
                                          struct cvl_plan *plan, struct cvl_error *err)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t pixels = (uint64_t)p->mb * (uint64_t)p->oh * (uint64_t)p->ow;
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const uint32_t input = cvl_build_input(&builder);
    const uint32_t weights = cvl_build_filter(&builder, "weights", CVL_WEIGHTS, CVL_CONTENT_WEIGHTS,
                                              CVL_FILTER_ALL, (uint64_t)p->oc * (uint64_t)p->ic);
    const uint32_t output = cvl_build_output(&builder);
    cvl_build_kernel(&builder, kernel, "fault.cl", kernel, "any");
    cvl_build_option(&builder, "SOUND", 1);
    cvl_build_whole(&builder, input);
    cvl_build_whole(&builder, weights);
    cvl_build_whole(&builder, output);
    cvl_build_ints(&builder, (const int32_t[]){p->ic, p->oc}, 2);
    cvl_build_range(&builder, (struct cvl_span){pixels, items}, (struct cvl_span){1, 1},
                    (struct cvl_span){1, 1});
    return builder;
}

static enum cvl_status plan_past_end(const struct cvl_request *request,
                                     const struct cvl_device_facts *device, struct cvl_plan *plan,
                                     struct cvl_error *err)
{
    struct cvl_builder builder = begin_pointwise("past_end", 1, request, device, plan, err);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_fault_past_end = {
    .name = "fault_past_end",
    .summary = "misbehaves, for tests",
    .forms = CVL_FORM_BIT(CVL_POINTWISE),
    .plan = plan_past_end,
};

/* A parameter whose values are ways to fail, but one; the default fails, so that the one is the
 * best however fast it is. */
enum mood { MOOD_WRONG = 1, MOOD_RIGHT, MOOD_DEADLY, MOOD_ENDLESS };

static const struct cvl_parameter_set moody_parameters = {
    .parameters =
        (const struct cvl_parameter[]){{"mood",
                                        "how it misbehaves",
                                        CVL_EVERYWHERE,
                                        {MOOD_WRONG, MOOD_RIGHT, MOOD_DEADLY, MOOD_ENDLESS}},
                                       {0}}};

static enum cvl_status plan_moody(const struct cvl_request *request,
                                  const struct cvl_device_facts *device, struct cvl_plan *plan,
                                  struct cvl_error *err)
{
    const int32_t mood = cvl_parameter_value(request, "mood", MOOD_WRONG);
    struct cvl_builder builder = begin_pointwise("moody", 1, request, device, plan, err);
    cvl_build_option(&builder, "MOOD_DEADLY", MOOD_DEADLY);
    cvl_build_option(&builder, "MOOD_ENDLESS", MOOD_ENDLESS);
    cvl_build_option(&builder, "MOOD_WRONG", MOOD_WRONG);
    cvl_build_option(&builder, "MOOD", mood);
    cvl_build_tuning(&builder, "mood", mood);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_fault_moody = {
    .name = "fault_moody",
    .summary = "misbehaves as its parameter says, for tests",
    .forms = CVL_FORM_BIT(CVL_POINTWISE),
    .plan = plan_moody,
    .parameters = {[CVL_NHWC] = {&moody_parameters}},
};

/* Always right. A search comes to its turns one by one, whichever is the fastest; the fourth is
 * another kernel, which gate_layer.c may hold back. */
enum { GATED_TURN = 4 };

static const struct cvl_parameter_set patient_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"turn", "changes nothing", CVL_EVERYWHERE, {1, 2, 3, GATED_TURN, 5, 6}}, {0}}};

static enum cvl_status plan_patient(const struct cvl_request *request,
                                    const struct cvl_device_facts *device, struct cvl_plan *plan,
                                    struct cvl_error *err)
{
    const int32_t turn = cvl_parameter_value(request, "turn", 1);
    const char *kernel = turn == GATED_TURN ? "gated" : "steady";
    struct cvl_builder builder = begin_pointwise(kernel, 1, request, device, plan, err);
    cvl_build_tuning(&builder, "turn", turn);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_fault_patient = {
    .name = "fault_patient",
    .summary = "is searched in a known order, for tests",
    .forms = CVL_FORM_BIT(CVL_POINTWISE),
    .plan = plan_patient,
    .parameters = {[CVL_NHWC] = {&patient_parameters}},
};

/* Always right, in work-groups of so many pixels: figures_layer.c may allow fewer. */
static const struct cvl_parameter_set sized_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"items", "work-items per group", CVL_EVERYWHERE, {1, 2, 4, 8}}, {0}}};

static enum cvl_status plan_sized(const struct cvl_request *request,
                                  const struct cvl_device_facts *device, struct cvl_plan *plan,
                                  struct cvl_error *err)
{
    const int32_t items = cvl_parameter_value(request, "items", 1);
    struct cvl_builder builder =
        begin_pointwise("steady", (uint64_t)items, request, device, plan, err);
    cvl_build_tuning(&builder, "items", items);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_fault_sized = {
    .name = "fault_sized",
    .summary = "runs in work-groups of several sizes, for tests",
    .forms = CVL_FORM_BIT(CVL_POINTWISE),
    .plan = plan_sized,
    .parameters = {[CVL_NHWC] = {&sized_parameters}},
};
