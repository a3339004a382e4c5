/* checker: oclgrind
 * Ways of the winograd variants that their defaults do not take here, and that a kernel with one
 * coefficient slightly wrong does not pass. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include <convlens/run.h>

#include "as_cpu.h"
#include "chosen_device.h"
#include "own_sources.h"

static struct cvl_session *open_session(void)
{
    const struct cvl_device_facts device = chosen_device();
    struct cvl_session *session = NULL;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_session_create(device.id, &session, &err), CVL_OK, "%s", err.text);
    return session;
}

static struct cvl_request case_of(const char *text, enum cvl_layout layout, enum cvl_dtype dtype)
{
    struct cvl_request request = {.layout = layout, .dtype = dtype};
    cr_assert_eq(cvl_problem_parse(text, &request.problem, NULL), CVL_OK, "%s", text);
    return request;
}

/* Runs a case, of a variant for CPUs with a CPU's tiles, and leaves its row to the caller. */
static struct cvl_row run(struct cvl_session *session, const char *variant,
                          const struct cvl_request *request)
{
    char *as = strstr(variant, "_staged") ? NULL : as_cpu(cvl_session_device(session));
    const struct cvl_run_options options = {.budget_s = 0.001, .as = as};
    struct cvl_row row;
    cvl_row_init(&row);
    (void)cvl_session_run(session, cvl_variant_find(variant), request, &options, &row);
    free(as);
    return row;
}

#define PLAIN   "mb2ic5ih9iw11oc19kh3kw3ph1pw1"
#define GROUPED "mb2g2ic10ih9iw11oc38kh3kw3ph1pw1"

/* A small layer with remainders, NHWC of floats and NCHW of halves; @return the stages of the last
 * row. */
static size_t expect_right_of(const char *problem, const char *variant,
                              const struct cvl_tuning *tuning, uint32_t count)
{
    struct cvl_session *session = open_session();
    size_t stages = 0;
    for (int i = 0; i < 2; i++) {
        struct cvl_request request =
            case_of(problem, i ? CVL_NCHW : CVL_NHWC, i ? CVL_F16 : CVL_F32);
        request.tuning = tuning;
        request.tuning_count = count;
        struct cvl_row row = run(session, variant, &request);
        cr_expect_eq(row.status, CVL_ROW_OK, "%s: %s", variant, row.reason);
        cr_expect(row.has_check && row.check.passed);
        stages = row.stage_count;
        cvl_row_clear(&row);
    }
    cvl_session_destroy(&session);
    return stages;
}

static size_t expect_right(const char *variant, const struct cvl_tuning *tuning, uint32_t count)
{
    return expect_right_of(PLAIN, variant, tuning, count);
}

/* Transformed tiles in global memory, in several bands. */
Test(winograd, bands)
{
    const struct cvl_tuning tuning[] = {{"stages", 2}, {"band_kib", 16}, {"pixels", 3}};
    cr_expect_gt(expect_right("winograd_f4", tuning, 3), 3);
    cr_expect_gt(expect_right("winograd_f2", tuning, 3), 3);
    cr_expect_gt(expect_right_of(GROUPED, "winograd_f4", tuning, 3), 3);
}

/* Transformed tiles in local memory, blocks shared by two groups. */
Test(winograd, fused)
{
    const struct cvl_tuning tuning[] = {
        {"stages", 1}, {"splits", 2}, {"pixels", 2}, {"vectors", 1}};
    cr_expect_eq(expect_right("winograd_f4", tuning, 4), 1);
    cr_expect_eq(expect_right("winograd_f2", tuning, 4), 1);
    cr_expect_eq(expect_right_of(GROUPED, "winograd_f2", tuning, 4), 1);
}

/* In stages: groups of several tiles and of several work-items per tile, more of each than the
 * layer has, in NCHW strips and groups of vectors; strips that do not divide a row; and one
 * work-item alone. */
Test(winograd, staged)
{
    const struct cvl_tuning groups[] = {
        {"in_vec", 1},       {"in_vectors", 8}, {"in_tiles", 4},  {"in_items", 4}, {"out_vec", 2},
        {"out_vectors", 16}, {"out_tiles", 2},  {"out_items", 3}, {"pixels", 3},   {"vectors", 2}};
    const struct cvl_tuning strips[] = {{"in_vec", 1},    {"in_vectors", 2}, {"in_tiles", 2},
                                        {"in_items", 1},  {"out_vec", 1},    {"out_vectors", 16},
                                        {"out_tiles", 2}, {"out_items", 6}};
    const struct cvl_tuning alone[] = {{"in_vec", 16},   {"in_vectors", 1}, {"in_tiles", 1},
                                       {"in_items", 1},  {"out_vec", 8},    {"out_vectors", 1},
                                       {"out_tiles", 1}, {"out_items", 1}};
    cr_expect_eq(expect_right("winograd_f4_staged", groups, 10), 3);
    cr_expect_eq(expect_right("winograd_f2_staged", groups, 10), 3);
    cr_expect_eq(expect_right("winograd_f4_staged", strips, 8), 3);
    cr_expect_eq(expect_right("winograd_f2_staged", strips, 8), 3);
    cr_expect_eq(expect_right("winograd_f4_staged", alone, 8), 3);
    cr_expect_eq(expect_right("winograd_f2_staged", alone, 8), 3);
}

/* One coefficient of each transform off by about a percent, or of the wrong sign. */
static const struct {
    const char *variant, *right, *wrong;
} mistakes[] = {
    {"winograd_f4", "five = (FLOATV)(5.0f)", "five = (FLOATV)(5.1f)"},
    {"winograd_f4", "c * (1.0f / 6)", "c * (1.1f / 6)"},
    {"winograd_f4_staged", "c * (1.0f / 6)", "c * (1.1f / 6)"},
    {"winograd_f4", "(FLOATV)(8.0f)", "(FLOATV)(8.1f)"},
    {"winograd_f4_staged", "(FLOATV)(8.0f)", "(FLOATV)(8.1f)"},
    {"winograd_f2", "d[2 * step] = d2 - d1;", "d[2 * step] = d2 + d1;"},
    {"winograd_f2", "m[step] = difference - m3;", "m[step] = difference + m3;"},
    {"winograd_f2_staged", "m[step] = difference - m3;", "m[step] = difference + m3;"},
};

/* Many channels: the tolerance is at its widest against what a coefficient does. */
static void expect_wrong(size_t index, enum cvl_dtype dtype)
{
    own_sources_change("winograd.clh", mistakes[index].right, mistakes[index].wrong);
    struct cvl_session *session = open_session();
    const struct cvl_request request = case_of("ic64ih9oc7kh3ph1", CVL_NHWC, dtype);
    struct cvl_row row = run(session, mistakes[index].variant, &request);
    cr_expect_eq(row.status, CVL_ROW_WRONG_ANSWER, "%s: %s: %s", mistakes[index].wrong,
                 cvl_row_status_name(row.status), row.reason);
    cvl_row_clear(&row);
    cvl_session_destroy(&session);
}

Test(winograd, wrong_coefficients_are_found)
{
    own_sources_make();
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
        expect_wrong(i, i % 2 ? CVL_F16 : CVL_F32);
    scratch_remove();
}
