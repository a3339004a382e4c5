/* Tiles of devices that are not here, run on one that is: answers, bytes, marks, refusals. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/run.h>

#include "chosen_device.h"
#include "result/device_json.h"
#include "result/device_spec.h"
#include "result/fields.h"

static const char *const shapes[] = {
    "mb2ic19ih10iw13oc37kh3kw3ph1pw1",
    "ic64ih14oc64kh3ph1",
    "depthwise:g33ic33ih9iw11oc33kh3kw3ph1pw1",
    "depthwise:g64ic64ih14oc64kh3sh2ph1",
    "mb2ic19ih11iw16oc37kh3kw3sh2sw2ph1pw1",
    "ic3ih17iw15oc20kh5kw5sh3sw3ph2pw2dh1dw1",
    "depthwise:mb2g5ic5ih13iw15oc5kh5kw5sh3sw3ph2pw2dh1dw1",
    "depthwise:mb2g17ic17ih9iw11oc34kh3kw3ph1pw1",
    "depthwise:g8ic8ih7oc32kh3ph1",
    "pointwise:ic33ih5iw9oc48kh1kw1",
    "separable:ic35ih9iw17oc41kh3kw3ph1pw1",
    "separable:ic64ih14oc96kh3sh2ph1",
    "separable:mb2ic20ih9iw17oc41kh3kw3ph1pw1dm2",
    "separable:ic11ih14oc48kh3sh2ph1dm3",
    "inverted:ic7ih9iw6oc7kh3kw3ph1pw1mc19res1",
};

static struct cvl_error error;
static struct cvl_session *session;
static struct cvl_device_facts described;
static char *as;

static void open_session(void)
{
    const struct cvl_device_facts device = chosen_device();
    cr_assert_eq(cvl_session_create(device.id, &session, &error), CVL_OK, "%s", error.text);
}

static void describe(const char *name)
{
    free(as);
    cr_assert_eq(cvl_device_spec_read(name, &described, &error), CVL_OK, "%s", error.text);
    as = cvl_json_print(cvl_device_json(&described));
    cr_assert_not_null(as);
}

/* A device whose sub-groups read blocks, which aligns parts of a buffer as this one does. */
static void describe_blocks(void)
{
    const uint32_t align = chosen_device().base_align_bytes;
    describe("arc-a770");
    if (described.base_align_bytes < align)
        described.base_align_bytes = align;
    free(as);
    as = cvl_json_print(cvl_device_json(&described));
    cr_assert_not_null(as);
}

static void close_session(void)
{
    cvl_session_destroy(&session);
    free(as);
    as = NULL;
}

TestSuite(described, .init = open_session, .fini = close_session);

static struct cvl_row run(const struct cvl_variant *variant, const struct cvl_request *request)
{
    const struct cvl_run_options options = {.budget_s = 0.001, .as = as};
    struct cvl_row row;
    cvl_row_init(&row);
    (void)cvl_session_run(session, variant, request, &options, &row);
    return row;
}

/* The bytes are those of a plan for the described device; the time is marked. */
static void expect_row(const struct cvl_variant *variant, const struct cvl_request *request,
                       const struct cvl_row *row)
{
    const char *name = cvl_variant_name(variant);
    struct cvl_plan plan;
    cr_assert_eq(cvl_variant_plan(variant, request, &described, &plan, &error), CVL_OK, "%s",
                 error.text);
    cr_expect(row->has_check && row->check.passed, "%s", name);
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++) {
        cr_expect_eq(row->computed.peak_bytes[p], plan.bytes.peak[p], "%s", name);
        cr_expect_eq(row->counted.own_peak_bytes[p], plan.bytes.peak[p], "%s", name);
    }
    cr_expect_str_eq(row->stages[0].options,
                     plan.stages[plan.load_stage_count].kind == CVL_STAGE_KERNEL
                         ? plan.stages[plan.load_stage_count].work.launch.options
                         : "");
    cr_expect_eq(strncmp(row->time.doubt, "tiles of another device, ", 25), 0, "%s",
                 row->time.doubt);
    cr_expect_not(cvl_row_is_timed(row));
    cvl_plan_clear(&plan);
}

/* @return was it computed? */
static bool check_request(const struct cvl_variant *variant, const struct cvl_request *request,
                          const char *shape)
{
    struct cvl_row row = run(variant, request);
    const bool ok = row.status == CVL_ROW_OK;
    cr_expect(ok || row.status == CVL_ROW_UNSUPPORTED, "%s %s: %s: %s", cvl_variant_name(variant),
              shape, cvl_row_status_name(row.status), row.reason);
    cr_expect_str_eq(row.planned_for, described.id);
    if (ok)
        expect_row(variant, request, &row);
    cvl_row_clear(&row);
    return ok;
}

static bool check(const struct cvl_variant *variant, const char *shape, enum cvl_layout layout,
                  enum cvl_dtype dtype)
{
    struct cvl_request request = {.layout = layout, .dtype = dtype};
    cr_assert_eq(cvl_problem_parse(shape, &request.problem, &error), CVL_OK, "%s", error.text);
    return check_request(variant, &request, shape);
}

/* How many cases were computed. */
static size_t sweep(enum cvl_layout layout, enum cvl_dtype dtype)
{
    size_t computed = 0;
    for (size_t v = 0; v < cvl_variant_count(); v++)
        for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
            computed += check(cvl_variant_at(v), shapes[s], layout, dtype);
    return computed;
}

/* The tiles of every preset. Each has one layout, in turns; with CONVLENS_TEST_ALL_TILES in the
 * environment, both layouts and both types, which takes half an hour. */
Test(described, tiles_of_every_preset)
{
    const bool all = getenv("CONVLENS_TEST_ALL_TILES") != NULL;
    struct cvl_device_preset preset;
    for (size_t i = 0; cvl_device_preset_at(i, &preset); i++) {
        describe(preset.name);
        for (unsigned layout = 0; layout < CVL_LAYOUT_COUNT; layout++)
            for (unsigned dtype = 0; dtype < CVL_DTYPE_COUNT; dtype++)
                if (all || (dtype == CVL_F32 && layout == i % CVL_LAYOUT_COUNT))
                    cr_expect_geq(sweep((enum cvl_layout)layout, (enum cvl_dtype)dtype), 8, "%s",
                                  preset.name);
    }
}

/* Sub-groups that read blocks: the device may be able to, or runs the same plan with plain loads.
 */
static const char *const blocks[] = {
    "mb2ic20ih9iw11oc37kh3kw3ph1pw1",      /* chunks of 16 and 4 channels, an odd output */
    "g2ic40ih10iw7oc72kh3kw5sh2sw2ph1pw1", /* groups, oblong kernel, stride */
    "ic32ih9oc48kh3ph2dh1",                /* dilation */
    "ic64ih8oc64oh4kh3sh2ph0",             /* pads 0 before and 1 after */
    "ic256ih5oc128kh3ph1",                 /* so few pixels that splits divide the rows */
    "pointwise:mb2ic36ih5iw7oc50kh1kw1",   /* */
    "pointwise:ic32ih9oc16oh5kh1sh2ph0",   /* stride */
    "separable:ic64ih14oc96kh3sh2ph1",     /* */
    "inverted:mb2ic20ih9iw6oc20kh3kw3ph1pw1mc36res1",
};

static bool has_subgroups(const struct cvl_variant *variant, const struct cvl_request *request)
{
    struct cvl_plan plan;
    bool found = false;
    if (cvl_variant_plan(variant, request, &described, &plan, &error) != CVL_OK)
        return false;
    for (uint32_t s = 0; s < plan.stage_count; s++)
        found |= plan.stages[s].kind == CVL_STAGE_KERNEL &&
                 !strcmp(plan.stages[s].work.launch.source, "subgroup_product.cl");
    cvl_plan_clear(&plan);
    return found;
}

/* By the first variant that does it so: the others share its stage. */
static bool check_blocks(const char *shape, enum cvl_dtype dtype)
{
    const struct cvl_tuning lanes = {"lanes", CVL_BLOCK_LANES}; /* not the default of halves */
    struct cvl_request request = {
        .layout = CVL_NHWC, .dtype = dtype, .tuning = &lanes, .tuning_count = 1};
    cr_assert_eq(cvl_problem_parse(shape, &request.problem, &error), CVL_OK, "%s", error.text);
    for (size_t v = 0; v < cvl_variant_count(); v++)
        if (has_subgroups(cvl_variant_at(v), &request))
            return check_request(cvl_variant_at(v), &request, shape);
    return false;
}

Test(described, subgroups_that_read_blocks)
{
    describe_blocks();
    for (size_t s = 0; s < sizeof blocks / sizeof blocks[0]; s++)
        for (unsigned dtype = 0; dtype < CVL_DTYPE_COUNT; dtype++)
            cr_expect(check_blocks(blocks[s], (enum cvl_dtype)dtype), "%s", blocks[s]);
}

/* Tiles that a search may try. */
Test(described, subgroups_of_other_tiles)
{
    static const struct cvl_tuning tiles[][4] = {
        {{"vectors", 1}, {"pixels", 16}, {"splits", 5}, {"lanes", 16}},
        {{"vectors", 2}, {"pixels", 1}, {"splits", 2}, {"lanes", 16}},
        {{"vectors", 3}, {"pixels", 7}, {"splits", 1}, {"lanes", 16}},
        {{"vectors", 4}, {"pixels", 3}, {"splits", 1}, {"lanes", 16}},
        {{"vectors", 5}, {"pixels", 2}, {"splits", 32}, {"lanes", 16}},
    };
    struct cvl_request request = {.layout = CVL_NHWC};
    describe_blocks();
    cr_assert_eq(cvl_problem_parse(blocks[0], &request.problem, &error), CVL_OK);
    for (size_t t = 0; t < 2 * sizeof tiles / sizeof tiles[0]; t++) {
        request.dtype = (enum cvl_dtype)(t % 2);
        request.tuning = tiles[t / 2];
        request.tuning_count = 4;
        cr_expect(check_request(cvl_variant_find("direct"), &request, blocks[0]), "tiles %zu",
                  t / 2);
    }
}

Test(described, a_description_that_cannot_be_read_fails_the_row)
{
    struct cvl_request request = {0};
    free(as);
    as = malloc(3);
    memcpy(as, "{}", 3);
    cr_assert_eq(cvl_problem_parse("ic8ih9oc8kh3ph1", &request.problem, &error), CVL_OK);
    struct cvl_row row = run(cvl_variant_find("direct"), &request);
    cr_expect_eq(row.status, CVL_ROW_FAILED);
    cr_expect_str_eq(row.reason, "as: device: name is missing");
    cvl_row_clear(&row);
}

/* After a described device the tiles are this one's own again. */
Test(described, a_case_without_a_description_is_the_devices_own)
{
    struct cvl_request request = {0};
    cr_assert_eq(cvl_problem_parse("ic8ih9oc8kh3ph1", &request.problem, &error), CVL_OK);
    describe("h100");
    struct cvl_row row = run(cvl_variant_find("direct"), &request);
    cvl_row_clear(&row);
    free(as);
    as = NULL;
    row = run(cvl_variant_find("direct"), &request);
    cr_expect_eq(row.status, CVL_ROW_OK, "%s", row.reason);
    cr_expect_str_empty(row.planned_for);
    cr_expect(cvl_row_is_timed(&row));
    cvl_row_clear(&row);
}
