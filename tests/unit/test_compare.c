/* Two results compared: which rows belong together, and every outcome. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <convlens/compare.h>

#include "hand_made.h"

enum { MAX_ROWS = 8, SAMPLES = 40 };

struct side {
    struct cvl_row rows[MAX_ROWS];
    double samples[MAX_ROWS][SAMPLES];
    struct cvl_results results;
};

static struct side before, after;
static struct cvl_comparison comparison;

/* Samples of a kernel that takes `median_s`, with the noise of a quiet machine: 0 to 2 %, and one
 * that was interrupted. */
static void time_row(struct side *side, size_t index, double median_s)
{
    struct cvl_row *row = &side->rows[index];
    for (unsigned i = 0; i < SAMPLES; i++)
        side->samples[index][i] = median_s * (0.99 + 0.02 * ((i * 7) % SAMPLES) / SAMPLES);
    side->samples[index][SAMPLES / 2] *= 3.0;
    row->has_time = true;
    row->time.median_s = median_s;
    row->time.p05_s = 0.99 * median_s;
    row->samples_s = side->samples[index];
    row->sample_count = SAMPLES;
}

/* A row of peaks that all have `bytes`. */
static struct cvl_row *add(struct side *side, const char *layer, const char *variant,
                           uint64_t bytes, double median_s)
{
    const size_t index = side->results.row_count++;
    struct cvl_row *row = &side->rows[index];
    cvl_row_init(row);
    row->key.problem = hand_made_problem(CVL_STANDARD, 8, 16, 8, 16, 3, 1);
    (void)snprintf(row->key.device, sizeof row->key.device, "0:0");
    (void)snprintf(row->key.layer, sizeof row->key.layer, "%s", layer);
    (void)snprintf(row->key.variant, sizeof row->key.variant, "%s", variant);
    row->has_computed = true;
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        row->computed.peak_bytes[p] = bytes;
    row->computed.load_peak_bytes = 10;
    if (median_s > 0.0)
        time_row(side, index, median_s);
    side->results.rows = side->rows;
    return row;
}

/* Gives both rows of a pair rounds with these medians. */
static void give_rounds(struct cvl_row *a, struct cvl_row *b, const double *first,
                        const double *second, size_t count)
{
    struct cvl_row *const rows[] = {a, b};
    for (size_t r = 0; r < 2; r++) {
        rows[r]->rounds = calloc(count, sizeof *rows[r]->rounds);
        cr_assert_not_null(rows[r]->rounds);
        rows[r]->round_count = count;
        for (size_t i = 0; i < count; i++)
            rows[r]->rounds[i].median_s = (r == 0 ? first : second)[i];
    }
}

static void compare(void)
{
    const struct cvl_compare_rules rules = cvl_compare_rules_default();
    struct cvl_error err = {0};
    cvl_comparison_clear(&comparison);
    cr_assert_eq(cvl_compare(&before.results, &after.results, &rules, &comparison, &err), CVL_OK,
                 "%s", err.text);
}

/* The only row's outcomes. */
static const struct cvl_difference *expect(unsigned outcomes, unsigned failures)
{
    compare();
    cr_assert_eq(comparison.count, 1);
    const struct cvl_difference *item = &comparison.items[0];
    cr_expect_eq(item->outcomes, outcomes, "got %x (%s), expected %x", item->outcomes, item->reason,
                 outcomes);
    cr_expect_eq(item->failures, failures, "got %x, expected %x", item->failures, failures);
    return item;
}

static void clear(void)
{
    cvl_comparison_clear(&comparison);
}

TestSuite(compare, .fini = clear);

Test(compare, results_are_the_same_as_themselves)
{
    add(&before, "a", "direct", 100, 1.0);
    add(&before, "a", "sep_fused", 90, 2.0);
    add(&before, "b", "direct", 80, -1.0)->status = CVL_ROW_CRASHED;
    after = before;
    after.results.rows = after.rows;
    compare();
    cr_expect_eq(comparison.count, 3);
    cr_expect_eq(comparison.counts[CVL_OUTCOME_SAME], 3);
    cr_expect_eq(comparison.failures, 0);
    cr_expect_eq(comparison.pair_count, 3);
}

Test(compare, one_byte_more_is_always_found)
{
    for (unsigned p = 0; p <= CVL_POLICY_COUNT; p++) {
        before = after = (struct side){.results = {.row_count = 0}};
        add(&before, "a", "direct", UINT64_C(1) << 40, 1.0);
        struct cvl_row *row = add(&after, "a", "direct", UINT64_C(1) << 40, 1.0);
        if (p < CVL_POLICY_COUNT)
            row->computed.peak_bytes[p]++;
        else
            row->computed.load_peak_bytes++;
        const struct cvl_difference *item =
            expect(CVL_OUTCOME_BIT(MORE_MEMORY), CVL_OUTCOME_BIT(MORE_MEMORY));
        cr_assert_eq(item->byte_count, 1);
        cr_expect_str_eq(item->bytes[0].name,
                         p < CVL_POLICY_COUNT ? cvl_policy_name((enum cvl_policy)p) : "loading");
        cr_expect_eq(item->bytes[0].after - item->bytes[0].before, 1);
    }
}

Test(compare, less_memory_is_no_failure)
{
    add(&before, "a", "direct", 100, -1.0);
    add(&after, "a", "direct", 99, -1.0);
    expect(CVL_OUTCOME_BIT(LESS_MEMORY), 0);
}

Test(compare, counted_bytes_go_first_where_both_have_them)
{
    struct cvl_row *a = add(&before, "a", "direct", 100, -1.0);
    struct cvl_row *b = add(&after, "a", "direct", 100, -1.0);
    a->has_counted = true;
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        a->counted.peak_bytes[p] = 120;
    cr_expect_str_eq(expect(CVL_OUTCOME_BIT(SAME), 0)->source, "computed");
    b->has_counted = true;
    b->counted = a->counted;
    b->counted.peak_bytes[CVL_FREED] = 121;
    cr_expect_str_eq(expect(CVL_OUTCOME_BIT(MORE_MEMORY), CVL_OUTCOME_BIT(MORE_MEMORY))->source,
                     "counted");
}

Test(compare, times_that_changed_by_all_conditions_are_slower_or_faster)
{
    add(&before, "a", "direct", 100, 1.0);
    add(&after, "a", "direct", 100, 1.1);
    const struct cvl_difference *item = expect(CVL_OUTCOME_BIT(SLOWER), 0);
    cr_expect_float_eq(item->time.median, 0.1, 1e-9);
    cr_expect_lt(item->time.p_value, 1e-6);
    time_row(&after, 0, 1.0 / 1.1);
    expect(CVL_OUTCOME_BIT(FASTER), 0);
}

/* p is tiny here. */
Test(compare, a_small_change_is_the_same)
{
    add(&before, "a", "direct", 100, 1.0);
    add(&after, "a", "direct", 100, 1.04);
    cr_expect_lt(expect(CVL_OUTCOME_BIT(SAME), 0)->time.p_value, 1e-6);
}

static void expect_unsure(const char *reason)
{
    const struct cvl_difference *item = expect(CVL_OUTCOME_BIT(UNSURE), 0);
    cr_expect(strstr(item->reason, reason), "got '%s', expected '%s'", item->reason, reason);
}

Test(compare, a_condition_that_does_not_hold_makes_it_unsure)
{
    struct cvl_row *a = add(&before, "a", "direct", 100, 1.0);
    struct cvl_row *b = add(&after, "a", "direct", 100, 1.2);
    b->time.clock = CVL_CLOCK_EVENT;
    expect_unsure("timed by two clocks, host and event");
    b->time.clock = CVL_CLOCK_HOST;
    b->sample_count = CVL_COMPARE_MIN_SAMPLES - 1;
    expect_unsure("only 7 samples");
    b->sample_count = 0;
    expect_unsure("no samples");
    b->sample_count = SAMPLES;
    (void)snprintf(a->time.doubt, sizeof a->time.doubt, "two peaks, at 1 and 2 us; processors may");
    expect_unsure("doubt of the first: processors may");
    (void)snprintf(a->time.doubt, sizeof a->time.doubt, "spread of 7 %%; launch overhead of 2");
    expect(CVL_OUTCOME_BIT(SLOWER), 0);
    for (unsigned i = 0; i < SAMPLES / 8; i++)
        after.samples[0][i * 8] = 0.99; /* the best are as good as before */
    expect_unsure("5th percentile -0.1 %");
}

/* The reference kernels beside the samples show whether the device or the kernel is slower. */
Test(compare, another_speed_of_the_device_makes_it_unsure)
{
    struct cvl_row *a = add(&before, "a", "direct", 100, 1.0);
    struct cvl_row *b = add(&after, "a", "direct", 100, 1.2);
    a->time.reference_flops_per_s = 100e9;
    b->time.reference_flops_per_s = 80e9;
    a->time.reference_bytes_per_s = b->time.reference_bytes_per_s = 50e9;
    expect_unsure("the device itself was 20 % slower, by its reference of arithmetic");
    b->time.reference_flops_per_s = 96e9; /* within 5 % */
    b->time.reference_bytes_per_s = 40e9;
    expect_unsure("the device itself was 20 % slower, by its reference of memory");
    b->time.reference_bytes_per_s = 46e9; /* within 10 % */
    expect(CVL_OUTCOME_BIT(SLOWER), 0);
    a->time.reference_passed_per_s = 40e3;
    b->time.reference_passed_per_s = 20e3;
    expect_unsure("the device itself was 50 % slower, by its reference of passing data on, which "
                  "explains any change");
    time_row(&after, 0, 3.0);
    expect_unsure("by its reference of passing data on");
    time_row(&after, 0, 1.2);
    b->time.reference_passed_per_s = 36e3; /* within 15 % */
    expect(CVL_OUTCOME_BIT(SLOWER), 0);
    /* What is bound by arithmetic depends little on the memory: here, up to 4 % of its time. */
    b->time.reference_bytes_per_s = 25e9;
    expect_unsure("which explains up to 100 %");
    a->roofline.bytes_min = b->roofline.bytes_min = 500000000;
    expect(CVL_OUTCOME_BIT(SLOWER), 0);
    time_row(&after, 0, 1.07);
    expect_unsure(
        "the device itself was 50 % slower, by its reference of memory, which explains up to 4 %");
    time_row(&after, 0, 1.2);
    a->stage_count = b->stage_count = 1; /* nothing is passed on */
    b->time.reference_bytes_per_s = 46e9;
    a->time.reference_passed_per_s = 40e3;
    b->time.reference_passed_per_s = 20e3;
    expect(CVL_OUTCOME_BIT(SLOWER), 0);
    a->stage_count = b->stage_count = 0;
    a->roofline.bytes_min = b->roofline.bytes_min = 0;
    b->time.reference_passed_per_s = 36e3;
    /* A device that is faster does not explain a slower row, but a faster one. */
    b->time.reference_bytes_per_s = 60e9;
    expect(CVL_OUTCOME_BIT(SLOWER), 0);
    time_row(&after, 0, 0.8);
    expect_unsure("the device itself was 20 % faster, by its reference of memory");
    time_row(&after, 0, 1.2);
    b->time.reference_bytes_per_s = 46e9;
    /* Both were as slow at times: it is no matter of the doubt of one of them. */
    (void)snprintf(a->time.doubt, sizeof a->time.doubt,
                   "the device ran at 90 %% of its speed (in 5 of 8 rounds)");
    expect(CVL_OUTCOME_BIT(SLOWER), 0);
    a->time.reference_flops_per_s = (double)NAN;
    expect_unsure("doubt of the first: the device ran at 90 %");
}

/* Samples of a round are not independent: the rounds' medians are tested. */
Test(compare, rounds_that_overlap_make_it_unsure)
{
    static const double quick[] = {1.0, 1.0, 1.0, 1.3, 1.0, 1.3, 1.3, 1.0},
                        slow[] = {1.3, 1.3, 1.0, 1.3, 1.3, 1.0, 1.3, 1.3},
                        slower[] = {1.4, 1.4, 1.5, 1.4, 1.4, 1.4, 1.4, 1.2};
    struct cvl_row *a = add(&before, "a", "direct", 100, 1.0);
    struct cvl_row *b = add(&after, "a", "direct", 100, 1.3);
    expect(CVL_OUTCOME_BIT(SLOWER), 0);
    give_rounds(a, b, quick, slow, 8);
    expect_unsure("p = 0.1");
    for (size_t i = 0; i < 8; i++)
        b->rounds[i].median_s = slower[i];
    expect(CVL_OUTCOME_BIT(SLOWER), 0);
    b->round_count = 5;
    expect_unsure("only 5 rounds of samples to test, 6 are needed");
    b->round_count = 1;
    expect_unsure("only 1 round of samples");
    free(a->rounds);
    free(b->rounds);
}

Test(compare, samples_that_overlap_make_it_unsure)
{
    add(&before, "a", "direct", 100, 1.0);
    add(&after, "a", "direct", 100, 1.2);
    for (unsigned i = 0; i < SAMPLES; i++) {
        before.samples[0][i] = 1.0 + 0.01 * i;
        after.samples[0][i] = 1.08 + 0.011 * i;
    }
    expect_unsure("the samples overlap");
}

Test(compare, few_ranks_make_it_unsure)
{
    struct cvl_row *a = add(&before, "a", "direct", 100, 1.0);
    add(&after, "a", "direct", 100, 1.2);
    const struct cvl_compare_rules strict = {.min_change = 0.05, .max_p_value = 1e-12};
    a->sample_count = 10;
    cr_assert_eq(cvl_compare(&before.results, &after.results, &strict, &comparison, NULL), CVL_OK);
    cr_expect_eq(comparison.items[0].outcomes, CVL_OUTCOME_BIT(UNSURE));
    cr_expect(strstr(comparison.items[0].reason, "p = "));
}

Test(compare, statuses_make_rows_new_gone_failed_and_fixed)
{
    static const struct {
        int before, after; /* -1: there is no row */
        unsigned outcome;
    } cases[] = {
        {CVL_ROW_OK, CVL_ROW_CRASHED, CVL_OUTCOME_BIT(FAILED)},
        {CVL_ROW_UNSUPPORTED, CVL_ROW_TIMEOUT, CVL_OUTCOME_BIT(FAILED)},
        {-1, CVL_ROW_WRONG_ANSWER, CVL_OUTCOME_BIT(FAILED)},
        {CVL_ROW_CRASHED, CVL_ROW_OK, CVL_OUTCOME_BIT(FIXED)},
        {CVL_ROW_CRASHED, CVL_ROW_TIMEOUT, CVL_OUTCOME_BIT(SAME)},
        {-1, CVL_ROW_OK, CVL_OUTCOME_BIT(NEW)},
        {CVL_ROW_SKIPPED, CVL_ROW_OK, CVL_OUTCOME_BIT(NEW)},
        {CVL_ROW_OK, -1, CVL_OUTCOME_BIT(GONE)},
        {CVL_ROW_OK, CVL_ROW_UNSUPPORTED, CVL_OUTCOME_BIT(GONE)},
        {CVL_ROW_FAILED, -1, CVL_OUTCOME_BIT(GONE)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        before = after = (struct side){.results = {.row_count = 0}};
        if (cases[i].before >= 0)
            add(&before, "a", "direct", 100, 1.0)->status = (enum cvl_row_status)cases[i].before;
        if (cases[i].after >= 0)
            add(&after, "a", "direct", 200, 2.0)->status = (enum cvl_row_status)cases[i].after;
        expect(cases[i].outcome, cases[i].outcome & CVL_OUTCOME_BIT(FAILED));
    }
}

Test(compare, rows_that_both_refuse_are_left_out)
{
    add(&before, "a", "direct", 100, -1.0)->status = CVL_ROW_UNSUPPORTED;
    add(&after, "a", "direct", 100, -1.0)->status = CVL_ROW_SKIPPED;
    add(&after, "b", "direct", 100, -1.0)->status = CVL_ROW_UNSUPPORTED;
    compare();
    cr_expect_eq(comparison.count, 0);
}

static void set_device(struct cvl_row *row, const char *device)
{
    (void)snprintf(row->key.device, sizeof row->key.device, "%s", device);
}

Test(compare, one_device_on_each_side_is_the_same_device)
{
    add(&before, "a", "direct", 100, -1.0);
    set_device(add(&after, "a", "direct", 100, -1.0), "1:0");
    expect(CVL_OUTCOME_BIT(SAME), 0);
}

Test(compare, several_devices_are_told_apart)
{
    add(&before, "a", "direct", 100, -1.0);
    set_device(add(&before, "a", "direct", 200, -1.0), "1:0");
    set_device(add(&after, "a", "direct", 200, -1.0), "1:0");
    set_device(add(&after, "a", "direct", 300, -1.0), "2:0");
    compare();
    cr_assert_eq(comparison.count, 3);
    cr_expect_eq(comparison.counts[CVL_OUTCOME_SAME], 1);
    cr_expect_eq(comparison.counts[CVL_OUTCOME_NEW], 1);
    cr_expect_eq(comparison.counts[CVL_OUTCOME_GONE], 1);
}

/* As a plan's baseline is. */
Test(compare, a_device_that_the_other_side_lacks_serves_all_of_its_devices)
{
    set_device(add(&before, "a", "direct", 100, -1.0), "made-up");
    add(&after, "a", "direct", 100, -1.0);
    set_device(add(&after, "a", "direct", 101, -1.0), "1:0");
    compare();
    cr_assert_eq(comparison.count, 2);
    cr_expect_eq(comparison.counts[CVL_OUTCOME_SAME], 1);
    cr_expect_eq(comparison.counts[CVL_OUTCOME_MORE_MEMORY], 1);
}

Test(compare, the_name_of_a_problem_does_not_count)
{
    struct cvl_row *row = add(&before, "a", "direct", 100, -1.0);
    (void)snprintf(row->key.problem.name, sizeof row->key.problem.name, "old/a");
    row = add(&after, "a", "direct", 100, -1.0);
    (void)snprintf(row->key.problem.name, sizeof row->key.problem.name, "new/a");
    cr_expect_not(expect(CVL_OUTCOME_BIT(SAME), 0)->problem_changed);
}

Test(compare, a_layer_with_another_problem_is_the_same_layer)
{
    add(&before, "a", "direct", 100, -1.0);
    add(&after, "a", "direct", 104, -1.0)->key.problem.oc = 9;
    cr_expect(expect(CVL_OUTCOME_BIT(MORE_MEMORY), CVL_OUTCOME_BIT(MORE_MEMORY))->problem_changed);
}

/* Two rows of one layer: which belongs to which nobody knows. */
Test(compare, several_new_problems_of_a_layer_are_new)
{
    add(&before, "a", "direct", 100, -1.0);
    add(&after, "a", "direct", 104, -1.0)->key.problem.oc = 9;
    add(&after, "a", "direct", 108, -1.0)->key.problem.oc = 10;
    compare();
    cr_expect_eq(comparison.counts[CVL_OUTCOME_NEW], 2);
    cr_expect_eq(comparison.counts[CVL_OUTCOME_GONE], 1);
}

Test(compare, an_amount_says_from_where_on_a_change_fails)
{
    struct cvl_compare_rules rules = cvl_compare_rules_default();
    add(&before, "a", "direct", 100, 1.0);
    add(&after, "a", "direct", 104, 1.08);
    static const struct {
        const char *text;
        size_t failures;
    } cases[] = {{"memory:4B", 1}, {"memory:5B", 0}, {"time", 1}, {"time:7%", 1}, {"time:9%", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cvl_comparison_clear(&comparison);
        cr_assert_eq(cvl_fail_on_parse(cases[i].text, &rules, NULL), CVL_OK);
        cr_assert_eq(cvl_compare(&before.results, &after.results, &rules, &comparison, NULL),
                     CVL_OK);
        cr_expect_eq(comparison.failures, cases[i].failures, "%s", cases[i].text);
    }
}
