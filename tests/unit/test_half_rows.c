/* Products in half arithmetic (half_rows): what a plan states, what the tolerance adds, and where
 * it is refused. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <convlens/variant.h>

#include "run/verify/check.h"
#include "variants/parts/half.h"

static struct cvl_device_facts device_with(bool half)
{
    struct cvl_device_preset preset = {.name = ""};
    for (size_t i = 0; strcmp(preset.name, "mi250x") != 0; i++)
        cr_assert(cvl_device_preset_at(i, &preset));
    preset.facts.has_half = half;
    return preset.facts;
}

static const struct cvl_tuning eight[] = {{"half_rows", 8}};

static enum cvl_status plan_on(const struct cvl_device_facts *device, const char *variant,
                               const char *text, const struct cvl_request *like,
                               struct cvl_plan *plan, struct cvl_error *err)
{
    struct cvl_request request = *like;
    cr_assert_eq(cvl_problem_parse(text, &request.problem, err), CVL_OK, "%s", err->text);
    return cvl_variant_plan(cvl_variant_find(variant), &request, device, plan, err);
}

static struct cvl_plan plan_of(const char *variant, const char *text, enum cvl_layout layout,
                               const struct cvl_tuning *asked, uint32_t count)
{
    const struct cvl_device_facts device = device_with(true);
    const struct cvl_request request = {
        .layout = layout, .dtype = CVL_F16, .tuning = asked, .tuning_count = count};
    struct cvl_plan plan;
    struct cvl_error err = {0};
    cr_assert_eq(plan_on(&device, variant, text, &request, &plan, &err), CVL_OK, "%s: %s", variant,
                 err.text);
    return plan;
}

static const struct cvl_stage *stage_named(const struct cvl_plan *plan, const char *name)
{
    uint32_t s = 0;
    while (s < plan->stage_count && strcmp(plan->stages[s].name, name) != 0)
        s++;
    cr_assert_lt(s, plan->stage_count, "no stage %s", name);
    return &plan->stages[s];
}

static int32_t stated(const struct cvl_plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->steps[0].tuning_count; i++)
        if (strcmp(plan->steps[0].tuning[i].name, name) == 0)
            return plan->steps[0].tuning[i].value;
    return 0;
}

static const struct {
    const char *variant, *problem, *stage;
} products[] = {
    {"direct", "ic64ih14oc64kh3ph1", "direct"},
    {"implicit_gemm", "ic64ih14oc64kh3ph1", "implicit_gemm"},
    {"pw_direct", "pointwise:ic64ih14oc64kh1", "pointwise"},
    {"sep_unfused", "separable:ic64ih14oc64kh3ph1", "pointwise"},
    {"inv_unfused", "inverted:ic24ih14oc24kh3ph1mc144res1", "project"},
};

Test(half_rows, a_plan_states_it)
{
    for (size_t i = 0; i < 2 * sizeof products / sizeof products[0]; i++) {
        const enum cvl_layout layout = (enum cvl_layout)(i & 1);
        struct cvl_plan plan =
            plan_of(products[i / 2].variant, products[i / 2].problem, layout, eight, 1);
        const struct cvl_stage *stage = stage_named(&plan, products[i / 2].stage);
        cr_expect_eq(stated(&plan, "half_rows"), 8, "%s", products[i / 2].variant);
        cr_expect_not_null(strstr(stage->work.launch.options, " -DHALF_ROWS=8"), "%s",
                           stage->work.launch.options);
        cr_expect_str_eq(stage->note,
                         "sums of 8 rows in half arithmetic add 0.0083 to the tolerance");
        cr_expect_float_eq(plan.steps[0].half_error, cvl_half_error(8), 1e-15);
        cvl_plan_clear(&plan);
    }
}

/* Without it nothing is different. */
Test(half_rows, floats_are_the_default)
{
    struct cvl_plan plan = plan_of("direct", products[0].problem, CVL_NHWC, NULL, 0);
    const struct cvl_stage *stage = stage_named(&plan, "direct");
    cr_expect_eq(stated(&plan, "half_rows"), 0);
    cr_expect_null(strstr(stage->work.launch.options, "HALF_ROWS"));
    cr_expect_str_empty(stage->note);
    cr_expect_eq(plan.steps[0].half_error, 0.0);
    cvl_plan_clear(&plan);
}

/* The tiles in local memory are halves then. */
Test(half_rows, local_memory_is_half)
{
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        struct cvl_plan floats =
            plan_of("direct", products[0].problem, (enum cvl_layout)layout, NULL, 0);
        struct cvl_plan halves =
            plan_of("direct", products[0].problem, (enum cvl_layout)layout, eight, 1);
        cr_expect_eq(2 * halves.local_bytes, floats.local_bytes);
        cr_expect_eq(halves.bytes.peak[CVL_FREED], floats.bytes.peak[CVL_FREED]);
        cvl_plan_clear(&floats);
        cvl_plan_clear(&halves);
    }
}

/* A product that bands divide has its error once; an inverted problem has two products. */
Test(half_rows, each_product_has_its_own)
{
    static const struct cvl_tuning both[] = {{"half_rows", 4}, {"e_half_rows", 2}};
    struct cvl_plan plan =
        plan_of("sep_banded", "separable:ic64ih56oc64kh3ph1", CVL_NHWC, eight, 1);
    cr_expect_gt(plan.stage_count, plan.load_stage_count + 2, "bands");
    cr_expect_float_eq(plan.steps[0].half_error, cvl_half_error(8), 1e-15);
    cvl_plan_clear(&plan);
    plan = plan_of("inv_banded", "inverted:ic24ih56oc24kh3ph1mc144", CVL_NCHW, both, 2);
    cr_expect_eq(stated(&plan, "half_rows"), 4);
    cr_expect_eq(stated(&plan, "e_half_rows"), 2);
    cr_expect_float_eq(plan.steps[0].half_error, cvl_half_error(4) + cvl_half_error(2), 1e-15);
    cvl_plan_clear(&plan);
}

/* gamma of 8 is 8 / 2048 / (1 - 8 / 2048). */
Test(half_rows, error)
{
    cr_expect_float_eq(cvl_half_error(8), 0.75 * 8.0 / 2040.0 * sqrt(8.0), 1e-15);
    cr_expect_float_eq(cvl_half_error(2), 0.75 * 2.0 / 2046.0 * sqrt(2.0), 1e-15);
}

Test(half_rows, tolerance)
{
    struct cvl_plan_step steps[] = {{.half_error = 0.01}, {.tolerance_factor = 1.0}};
    struct cvl_plan plan = {.dtype = CVL_F16, .step_count = 2, .steps = steps};
    struct cvl_error err = {0};
    for (int i = 0; i < 2; i++)
        cr_assert_eq(cvl_problem_parse("ic16ih4oc3kh3ph1", &steps[i].problem, &err), CVL_OK);
    const double floats = 2.0 * (20e-6 + 3.0 / 2048), doubled = 2.0 * (40e-6 + 8.0 / 2048);
    cr_expect_float_eq(cvl_check_plan_tolerance(&plan, 3.0), floats + 0.01, 1e-12);
    cr_expect_float_eq(cvl_check_plan_tolerance(&plan, 8.0), doubled + 0.02, 1e-12);
}

static void expect_refused(const struct cvl_device_facts *device, const char *variant,
                           const char *problem, const struct cvl_request *request,
                           const char *reason)
{
    struct cvl_plan plan;
    struct cvl_error err = {0};
    cr_expect_eq(plan_on(device, variant, problem, request, &plan, &err), CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text, reason);
}

Test(half_rows, refusals)
{
    const struct cvl_device_facts without = device_with(false), with = device_with(true);
    struct cvl_device_facts cpu = cvl_device_facts_default();
    static const struct cvl_tuning expansion[] = {{"e_half_rows", 8}};
    struct cvl_request request = {.dtype = CVL_F16, .tuning = eight, .tuning_count = 1};
    static const char *const no_half =
        "tuning: half_rows: the device has no half arithmetic (cl_khr_fp16)";
    static const char *const no_product = "tuning: half_rows: half arithmetic is for products that "
                                          "share operands in a work-group; here is none";
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++) {
        expect_refused(&without, products[i].variant, products[i].problem, &request, no_half);
        expect_refused(&cpu, products[i].variant, products[i].problem, &request, no_half);
    }
    cpu.has_half = true;
    expect_refused(&cpu, "direct", products[0].problem, &request, no_product);
    expect_refused(&with, "direct", "g64ic64ih14oc64kh3ph1", &request, no_product);
    request.dtype = CVL_F32;
    expect_refused(&with, "direct", products[0].problem, &request,
                   "tuning: half_rows: half arithmetic is for f16 alone");
    request.tuning = expansion;
    expect_refused(&with, "inv_unfused", products[4].problem, &request,
                   "tuning: e_half_rows: half arithmetic is for f16 alone");
}

Test(half_rows, values)
{
    const struct cvl_device_facts device = device_with(true);
    static const struct cvl_tuning three[] = {{"half_rows", 3}}, none[] = {{"half_rows", 0}};
    struct cvl_request request = {.dtype = CVL_F16, .tuning = three, .tuning_count = 1};
    struct cvl_plan plan;
    struct cvl_error err = {0};
    cr_expect_eq(plan_on(&device, "direct", products[0].problem, &request, &plan, &err),
                 CVL_BAD_INPUT);
    cr_expect_str_eq(err.text, "tuning: half_rows: got 3, which is not one of its values");
    request.tuning = none;
    cr_expect_eq(plan_on(&device, "direct", products[0].problem, &request, &plan, &err),
                 CVL_BAD_INPUT);
}

/* Variants without the parameter pass it over, Winograd's product of floats among them. */
Test(half_rows, other_variants_pass_it_over)
{
    struct cvl_plan plan = plan_of("winograd_f2_staged", "ic64ih14oc64kh3ph1", CVL_NHWC, eight, 1);
    cr_expect_eq(stated(&plan, "half_rows"), 0);
    cr_expect_eq(plan.steps[0].half_error, 0.0);
    cvl_plan_clear(&plan);
}

/* A search does not trade accuracy for time. */
Test(half_rows, no_search_sets_it)
{
    const struct cvl_device_facts device = device_with(true);
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    for (size_t v = 0; v < cvl_variant_count(); v++)
        for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
            const size_t count = cvl_variant_parameters(cvl_variant_at(v), (enum cvl_layout)layout,
                                                        &device, parameters);
            for (size_t i = 0; i < count; i++)
                cr_expect_null(strstr(parameters[i]->name, "half_rows"));
        }
}
