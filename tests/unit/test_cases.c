#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "sweep/cases.h"

static const char *const sweep_text = "[sweep]\n"
                                      "name = s\n"
                                      "forms = standard, separable\n"
                                      "dtype = f32\n"
                                      "layout = nhwc, nchw\n"
                                      "[layer a]\n"
                                      "in = 8x6x6\n"
                                      "out = 4\n"
                                      "kernel = 3\n"
                                      "pad = same\n"
                                      "[layer it's]\n"
                                      "in = 4x5x5\n"
                                      "out = 4\n"
                                      "kernel = 3\n"
                                      "pad = 1\n";

static struct cvl_sweep sweep;

static void read_sweep(void)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(sweep_text, "s.ini", &sweep, &err), CVL_OK, "%s", err.text);
}

static void clear_sweep(void)
{
    cvl_sweep_clear(&sweep);
}

static size_t expand(const struct cvl_case_filter *filter, struct cvl_sweep_case **cases)
{
    size_t count = 0;
    struct cvl_error err = {0};
    enum cvl_status status = cvl_cases_create(&sweep, 1, filter, cases, &count, &err);
    cr_assert_eq(status, CVL_OK, "%s", err.text);
    return count;
}

Test(cases, every_variant_of_the_form, .init = read_sweep, .fini = clear_sweep)
{
    struct cvl_case_filter all = {0};
    struct cvl_sweep_case *cases;
    size_t expected = 0;
    for (size_t i = 0; i < cvl_variant_count(); i++)
        expected += 4u * cvl_variant_computes(cvl_variant_at(i), CVL_STANDARD) +
                    4u * cvl_variant_computes(cvl_variant_at(i), CVL_SEPARABLE);
    cr_expect_eq(expand(&all, &cases), expected);
    free(cases);
}

Test(cases, filters, .init = read_sweep, .fini = clear_sweep)
{
    struct cvl_case_filter filter = {.variant_glob = "sep_*",
                                     .layer_glob = "a",
                                     .layouts = {CVL_NCHW},
                                     .layout_count = 1,
                                     .dtypes = {CVL_F16},
                                     .dtype_count = 1};
    struct cvl_sweep_case *cases;
    size_t count = expand(&filter, &cases);
    cr_expect_gt(count, 0);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(strncmp(cvl_variant_name(cases[i].variant), "sep_", 4), 0);
        cr_expect_str_eq(cases[i].item->layer, "a");
        cr_expect_eq(cases[i].request.layout, CVL_NCHW);
        cr_expect_eq(cases[i].request.dtype, CVL_F16);
    }
    free(cases);
}

/* Forward once, training with each optimizer; the command that repeats a case tells which. */
Test(cases, passes_are_a_dimension, .init = read_sweep, .fini = clear_sweep)
{
    struct cvl_case_filter filter = {.variant_glob = "direct",
                                     .layer_glob = "a",
                                     .layouts = {CVL_NHWC},
                                     .layout_count = 1,
                                     .passes = {CVL_FORWARD, CVL_TRAINING},
                                     .passes_count = 2,
                                     .optimizers = {CVL_MOMENTUM, CVL_ADAM},
                                     .optimizer_count = 2};
    static const char *const told[] = {"", " --passes training --optimizer momentum",
                                       " --passes training --optimizer adam"};
    struct cvl_sweep_case *cases;
    struct cvl_values none = {0};
    cr_assert_eq(expand(&filter, &cases), 3);
    for (size_t i = 0; i < 3; i++) {
        char *repro = cvl_case_repro(&cases[i], "0:0", &none);
        const char *passes = strstr(repro, " --passes");
        cr_expect_str_eq(passes ? passes : "", told[i]);
        free(repro);
        struct cvl_row row;
        cvl_row_init(&row);
        cvl_case_name_row(&cases[i], "0:0", &none, &row);
        for (size_t j = 0; j < 3; j++)
            cr_expect_eq(cvl_case_is_row(&cases[j], "0:0", &row), i == j);
        cvl_row_clear(&row);
    }
    cr_expect_eq(cases[0].request.optimizer, CVL_SGD);
    char *forward = cvl_cases_identity(&cases[0], 1, 0.3, 0, "none");
    char *momentum = cvl_cases_identity(&cases[1], 1, 0.3, 0, "none");
    char *adam = cvl_cases_identity(&cases[2], 1, 0.3, 0, "none");
    cr_expect_str_neq(forward, momentum);
    cr_expect_str_neq(momentum, adam);
    free(forward);
    free(momentum);
    free(adam);
    free(cases);
}

Test(cases, shards_are_a_partition, .init = read_sweep, .fini = clear_sweep)
{
    struct cvl_case_filter all = {0};
    struct cvl_sweep_case *cases, *part;
    size_t count = expand(&all, &cases), seen = 0;
    for (uint32_t shard = 1; shard <= 3; shard++) {
        struct cvl_case_filter filter = {.shard = shard, .shards = 3};
        size_t part_count = expand(&filter, &part);
        for (size_t i = 0; i < part_count; i++)
            cr_expect_eq(part[i].variant, cases[3 * i + shard - 1].variant);
        seen += part_count;
        free(part);
    }
    cr_expect_eq(seen, count);
    free(cases);
}

Test(cases, nothing_left_is_bad_input, .init = read_sweep, .fini = clear_sweep)
{
    struct cvl_case_filter filter = {.variant_glob = "warp"};
    struct cvl_sweep_case *cases = NULL;
    size_t count = 0;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_cases_create(&sweep, 1, &filter, &cases, &count, &err), CVL_BAD_INPUT);
    cr_expect_str_eq(err.text, "nothing to run is left by --variant 'warp'");
}

Test(cases, a_named_row_is_that_of_its_case_alone, .init = read_sweep, .fini = clear_sweep)
{
    struct cvl_case_filter all = {0};
    struct cvl_sweep_case *cases;
    size_t count = expand(&all, &cases);
    for (size_t i = 0; i < count; i++) {
        struct cvl_row row;
        cvl_row_init(&row);
        cvl_case_name_row(&cases[i], "1:0", &(struct cvl_values){0}, &row);
        for (size_t j = 0; j < count; j++)
            cr_expect_eq(cvl_case_is_row(&cases[j], "1:0", &row), i == j, "%zu %zu", i, j);
        cr_expect_not(cvl_case_is_row(&cases[i], "0:0", &row));
        cvl_row_clear(&row);
    }
    free(cases);
}

Test(cases, repro_is_quoted_for_a_shell, .init = read_sweep, .fini = clear_sweep)
{
    struct cvl_case_filter filter = {.variant_glob = "direct", .layer_glob = "it's"};
    struct cvl_sweep_case *cases;
    (void)expand(&filter, &cases);
    char *repro = cvl_case_repro(&cases[0], "0:0", &(struct cvl_values){0});
    cr_expect_str_eq(repro, "convlens run --problem "
                            "'standard:mb1ic4ih5oc4oh5kh3ph1n\"s/it'\\''s\"' --device 0:0 "
                            "--variant direct --layout nhwc --dtype f32 --tuning none");
    free(repro);
    struct cvl_values tuning = {0};
    cr_assert(cvl_values_set(&tuning, "pixels", 7));
    cr_assert(cvl_values_set(&tuning, "chunk", 64));
    repro = cvl_case_repro(&cases[0], "0:0", &tuning);
    cr_expect_not_null(strstr(repro, " --dtype f32 --tuning chunk=64,pixels=7"), "%s", repro);
    free(repro);
    free(cases);
}

Test(cases, identity_tells_lists_and_options_apart, .init = read_sweep, .fini = clear_sweep)
{
    struct cvl_case_filter all = {0};
    struct cvl_sweep_case *cases;
    size_t count = expand(&all, &cases);
    char *whole = cvl_cases_identity(cases, count, 0.3, 0, "none");
    char *again = cvl_cases_identity(cases, count, 0.3, 0, "none");
    char *shorter = cvl_cases_identity(cases, count - 1, 0.3, 0, "none");
    char *longer_budget = cvl_cases_identity(cases, count, 0.5, 0, "none");
    char *limited = cvl_cases_identity(cases, count, 0.3, 1, "none");
    cr_expect_str_eq(whole, again);
    cr_expect_str_neq(whole, shorter);
    cr_expect_str_neq(whole, longer_budget);
    cr_expect_str_neq(whole, limited);
    free(limited);
    free(whole);
    free(again);
    free(shorter);
    free(longer_budget);
    free(cases);
}

Test(cases, what_is_asked_for_twice_is_a_case_once, .init = read_sweep, .fini = clear_sweep)
{
    struct cvl_sweep twice[2] = {sweep, sweep};
    struct cvl_case_filter all = {0};
    struct cvl_sweep_case *cases;
    struct cvl_error err = {0};
    size_t once = expand(&all, &cases), count = 0;
    free(cases);
    twice[0].layout_count = 1; /* the second has a layout more */
    cr_assert_eq(cvl_cases_create(twice, 2, &all, &cases, &count, &err), CVL_OK, "%s", err.text);
    cr_expect_eq(count, once);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect_not(cases[i].item == cases[j].item && cases[i].variant == cases[j].variant &&
                          cases[i].request.layout == cases[j].request.layout);
    free(cases);
}
