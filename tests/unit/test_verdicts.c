#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

#include <convlens/model.h>

#include "hand_made.h"

enum { MAX_ROWS = 16 };

/* Results whose rows are made by hand: MobileNetV1's block 2 unless a test says otherwise. */
struct run {
    struct cvl_row rows[MAX_ROWS];
    struct cvl_results results;
};

/* The peaks, which alone are judged. */
static struct cvl_row_computed computed_of(struct cvl_plan *plan)
{
    const struct cvl_plan_bytes bytes = plan_bytes(plan, 128);
    struct cvl_row_computed computed = {.total_bytes = bytes.total};
    memcpy(computed.peak_bytes, bytes.peak, sizeof computed.peak_bytes);
    memcpy(computed.peak_without_weights_bytes, bytes.peak_without_weights,
           sizeof computed.peak_without_weights_bytes);
    return computed;
}

static struct cvl_row *add(struct run *run, enum cvl_form form, const char *variant,
                           struct cvl_plan *plan)
{
    struct cvl_row *row = &run->rows[run->results.row_count++];
    *row = (struct cvl_row){
        .key = {.device = "0:0",
                .layer = "block2",
                .problem = hand_made_problem(form, 64, 112, 128, 56, 3, 2)},
        .status = CVL_ROW_OK,
        .has_computed = true,
        .computed = computed_of(plan),
    };
    (void)snprintf(row->key.variant, sizeof row->key.variant, "%s", variant);
    run->results.rows = run->rows;
    return row;
}

static struct cvl_row *add_single(struct run *run, enum cvl_form form, const char *variant)
{
    uint64_t weights = form == CVL_STANDARD ? 294912 : 35072;
    struct cvl_plan plan = hand_made_single(3211264, 1605632, weights);
    return add(run, form, variant, &plan);
}

static struct cvl_row *add_unfused(struct run *run)
{
    struct cvl_plan plan = hand_made_double(3211264, CVL_INTERMEDIATE, 802816, 1605632, 35072);
    return add(run, CVL_SEPARABLE, "sep_unfused", &plan);
}

static struct cvl_row *add_im2col(struct run *run)
{
    struct cvl_plan plan = hand_made_double(3211264, CVL_WORKSPACE, 7225344, 1605632, 294912);
    return add(run, CVL_STANDARD, "im2col_gemm", &plan);
}

static void time_row(struct cvl_row *row, double median_s)
{
    row->has_time = true;
    row->time.median_s = median_s;
}

/* What was counted is what was computed, and `library` bytes that a library took on top. */
static void count_row(struct cvl_row *row, uint64_t library)
{
    row->has_counted = true;
    row->counted.library_bytes = library;
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++) {
        row->counted.own_peak_bytes[policy] = row->computed.peak_bytes[policy];
        row->counted.peak_bytes[policy] = row->computed.peak_bytes[policy] + library;
    }
}

static struct cvl_verdict *judge(const struct run *run, size_t expected)
{
    struct cvl_verdict *verdicts = NULL;
    size_t count = 99;
    cr_assert_eq(cvl_verdicts_create(&run->results, &verdicts, &count, NULL), CVL_OK);
    cr_assert_eq(count, expected, "%zu verdicts", count);
    return verdicts;
}

static struct cvl_summary *summarise(const struct run *run, size_t expected)
{
    struct cvl_summary *summaries = NULL;
    size_t count = 99;
    cr_assert_eq(cvl_summaries_create(&run->results, &summaries, &count, NULL), CVL_OK);
    cr_assert_eq(count, expected, "%zu summaries", count);
    return summaries;
}

/* The one summary of a policy. */
static void expect_summary(const struct run *run, enum cvl_policy policy, const char *sentence)
{
    struct cvl_summary *summaries = summarise(run, CVL_POLICY_COUNT);
    cr_expect_eq(summaries[policy].policy, policy);
    cr_expect_str_eq(summaries[policy].sentence, sentence);
    free(summaries);
}

/* direct, im2col_gemm, sep_unfused, sep_fused; timed and counted. */
static void add_block2(struct run *run)
{
    time_row(add_single(run, CVL_STANDARD, "direct"), 1.9e-3);
    time_row(add_im2col(run), 3.8e-3);
    time_row(add_unfused(run), 1.0e-3);
    time_row(add_single(run, CVL_SEPARABLE, "sep_fused"), 1.25e-3);
    for (size_t i = 0; i < run->results.row_count; i++)
        count_row(&run->rows[i], 0);
}

Test(verdicts, each_pair_under_each_policy)
{
    struct run run = {0};
    add_block2(&run);
    struct cvl_verdict *verdicts = judge(&run, 2 * 2 * CVL_POLICY_COUNT);
    for (size_t i = 0; i < 2 * 2 * CVL_POLICY_COUNT; i++) {
        cr_expect_eq(verdicts[i].row, &run.rows[2 + i / (2 * CVL_POLICY_COUNT)]);
        cr_expect_eq((size_t)verdicts[i].policy, i / 2 % CVL_POLICY_COUNT);
        cr_expect_eq(verdicts[i].baseline, &run.rows[i % 2]);
        cr_expect_eq(verdicts[i].best_baseline, i % 2 == 0, "direct is the faster");
    }
    free(verdicts);
}

Test(verdicts, figures_and_sentence)
{
    struct run run = {0};
    add_block2(&run);
    struct cvl_verdict *verdicts = judge(&run, 16);
    const struct cvl_verdict *freed = &verdicts[2 * CVL_FREED];
    cr_expect_eq(freed->bytes, 4014080 + 35072);
    cr_expect_eq(freed->baseline_bytes, 4816896 + 294912);
    cr_expect_eq(freed->bytes_without_weights, 4014080);
    cr_expect_eq(freed->baseline_bytes_without_weights, 4816896);
    cr_expect_str_eq(freed->source, "counted");
    cr_expect_float_eq(freed->bytes_ratio, 4049152.0 / 5111808.0, 1e-12);
    cr_expect_float_eq(freed->time_ratio, 1.9, 1e-12);
    cr_expect_str_eq(freed->sentence,
                     "block2, freed: sep_unfused peaks at 3.86 MiB, 1.01 MiB (20.8 %) less than "
                     "direct (0.77 MiB less without weights); 1.9 times as fast as direct");
    cr_expect_str_eq(verdicts[2 * CVL_ALL_LIVE].sentence,
                     "block2, all_live: sep_unfused peaks at 5.39 MiB, 0.52 MiB (10.6 %) more than "
                     "direct (0.77 MiB more without weights); 1.9 times as fast as direct");
    free(verdicts);
}

Test(verdicts, times_of_different_clocks_are_the_hosts)
{
    struct run run = {0};
    struct cvl_row *direct = add_single(&run, CVL_STANDARD, "direct");
    struct cvl_row *unfused = add_unfused(&run);
    time_row(direct, 2e-3);
    time_row(unfused, 1e-3);
    direct->time.host_median_s = 3e-3;
    unfused->time.host_median_s = 1.5e-3;
    unfused->time.clock = CVL_CLOCK_HOST;
    unfused->time.median_s = 1.5e-3;
    struct cvl_verdict *verdicts = judge(&run, CVL_POLICY_COUNT);
    cr_expect_float_eq(verdicts[CVL_FREED].time_ratio, 2.0, 1e-12);
    free(verdicts);
}

Test(verdicts, computed_where_one_row_was_not_counted)
{
    struct run run = {0};
    struct cvl_row *direct = add_single(&run, CVL_STANDARD, "direct");
    struct cvl_row *unfused = add_unfused(&run);
    count_row(unfused, 1 << 20);
    struct cvl_verdict *verdicts = judge(&run, CVL_POLICY_COUNT);
    cr_expect_str_eq(verdicts[CVL_FREED].source, "computed");
    cr_expect_eq(verdicts[CVL_FREED].bytes, 4049152);
    cr_expect(isnan(verdicts[CVL_FREED].time_ratio));
    cr_expect_str_eq(verdicts[CVL_FREED].sentence,
                     "block2, freed: sep_unfused peaks at 3.86 MiB, 1.01 MiB (20.8 %) less than "
                     "direct (0.77 MiB less without weights)");
    free(verdicts);

    count_row(direct, 0);
    verdicts = judge(&run, CVL_POLICY_COUNT);
    cr_expect_str_eq(verdicts[CVL_FREED].source, "counted");
    cr_expect_eq(verdicts[CVL_FREED].bytes, 4049152 + (1 << 20), "what the library took counts");
    cr_expect_eq(verdicts[CVL_FREED].bytes_without_weights, 4014080 + (1 << 20));
    free(verdicts);
}

Test(verdicts, counted_under_some_policies_only)
{
    struct run run = {0};
    count_row(add_single(&run, CVL_STANDARD, "direct"), 0);
    struct cvl_row *unfused = add_unfused(&run);
    count_row(unfused, 0);
    unfused->counted.peak_bytes[CVL_ARENA] = CVL_ABSENT;
    struct cvl_verdict *verdicts = judge(&run, CVL_POLICY_COUNT);
    cr_expect_str_eq(verdicts[CVL_FREED].source, "counted");
    cr_expect_str_eq(verdicts[CVL_ARENA].source, "computed");
    cr_expect_eq(verdicts[CVL_ARENA].bytes, 4049152);
    free(verdicts);
}

Test(verdicts, rows_without_figures_are_passed_over)
{
    struct run run = {0};
    add_single(&run, CVL_STANDARD, "direct")->has_computed = false;
    add_unfused(&run);
    free(judge(&run, 0));
    free(summarise(&run, 0));
}

Test(verdicts, refused_rows_are_ignored)
{
    for (int status = CVL_ROW_UNSUPPORTED; status < CVL_ROW_STATUS_COUNT; status++) {
        struct run run = {0};
        add_block2(&run);
        run.rows[1].status = (enum cvl_row_status)status;
        run.rows[3].status = (enum cvl_row_status)status;
        struct cvl_verdict *verdicts = judge(&run, CVL_POLICY_COUNT);
        for (int policy = 0; policy < CVL_POLICY_COUNT; policy++) {
            cr_expect_eq(verdicts[policy].baseline, &run.rows[0]);
            cr_expect_eq(verdicts[policy].row, &run.rows[2]);
        }
        free(verdicts);
    }
}

/* Each change alone parts the two rows. */
Test(verdicts, only_the_same_layer_is_compared)
{
    for (int change = 0; change < 9; change++) {
        struct run run = {0};
        (void)add_single(&run, CVL_STANDARD, "direct");
        struct cvl_row *row = add_unfused(&run);
        switch (change) {
        case 0:
            memcpy(row->key.device, "0:1", 4);
            break;
        case 1:
            memcpy(row->key.layer, "block3", 7);
            break;
        case 2:
            row->key.layout = CVL_NCHW;
            break;
        case 3:
            row->key.dtype = CVL_F16;
            break;
        case 4:
            row->key.problem.mb = 2;
            break;
        case 5:
            row->key.problem.ph++;
            break;
        case 6:
            row->key.problem.dw = 1;
            break;
        case 7:
            row->key.problem.form = CVL_DEPTHWISE;
            break;
        default:
            row->key.problem.form = CVL_POINTWISE;
        }
        free(judge(&run, 0));
        free(summarise(&run, 0));
    }
}

/* Rows of two devices and two layers, mixed: each pair finds its own, in the order of the rows. */
Test(verdicts, groups_may_be_mixed)
{
    struct run run = {0};
    const char *const layers[] = {"zeta", "alpha"}, *const devices[] = {"1:0", "0:0"};
    for (int form = 0; form < 2; form++)
        for (int i = 0; i < 4; i++) {
            struct cvl_row *row =
                form == 0 ? add_single(&run, CVL_STANDARD, "direct") : add_unfused(&run);
            memcpy(row->key.layer, layers[i / 2], strlen(layers[i / 2]) + 1);
            memcpy(row->key.device, devices[i % 2], 4);
        }
    struct cvl_verdict *verdicts = judge(&run, 4 * CVL_POLICY_COUNT);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(verdicts[i * CVL_POLICY_COUNT].row, &run.rows[4 + i]);
        cr_expect_eq(verdicts[i * CVL_POLICY_COUNT].baseline, &run.rows[i]);
    }
    free(verdicts);
}

Test(verdicts, the_name_does_not_part_rows)
{
    struct run run = {0};
    memcpy(add_single(&run, CVL_STANDARD, "direct")->key.problem.name, "mbv1/a", 7);
    memcpy(add_unfused(&run)->key.problem.name, "mbv1/b", 7);
    free(judge(&run, CVL_POLICY_COUNT));
}

static size_t best_of(const struct run *run)
{
    struct cvl_verdict *verdicts = judge(run, 2 * CVL_POLICY_COUNT);
    size_t best = 99, marked = 0;
    for (size_t i = 0; i < 2; i++)
        if (verdicts[2 * CVL_FREED + i].best_baseline) {
            best = i;
            marked++;
        }
    cr_expect_eq(marked, 1);
    free(verdicts);
    return best;
}

Test(verdicts, best_baseline)
{
    struct run run = {0};
    struct cvl_row *im2col = add_im2col(&run), *direct = add_single(&run, CVL_STANDARD, "direct");
    (void)add_unfused(&run);
    cr_expect_eq(best_of(&run), 1, "the smaller, as none is timed");
    time_row(im2col, 2e-3);
    cr_expect_eq(best_of(&run), 0, "the only one that is timed");
    im2col->has_time = false;
    time_row(direct, 3e-3);
    direct->computed.peak_bytes[CVL_FREED] = 1ull << 40;
    cr_expect_eq(best_of(&run), 1, "the only one that is timed, large as it is");
    time_row(im2col, 2e-3);
    time_row(direct, 3e-3);
    cr_expect_eq(best_of(&run), 0, "the faster");
    time_row(direct, 1e-3);
    cr_expect_eq(best_of(&run), 1, "the faster");
}

Test(verdicts, nothing_to_judge)
{
    struct run run = {0};
    free(judge(&run, 0));
    free(summarise(&run, 0));
    (void)add_unfused(&run);
    free(judge(&run, 0));
    free(summarise(&run, 0));
}

/* Names come from files and drivers: a terminal must not obey them, nor a long one overflow. */
Test(verdicts, hostile_names)
{
    struct run run = {0};
    struct cvl_row *direct = add_single(&run, CVL_STANDARD, "di\x1b[31mrect");
    struct cvl_row *unfused = add_unfused(&run);
    memset(direct->key.layer, '\x07', sizeof direct->key.layer - 1);
    memset(unfused->key.layer, '\x07', sizeof unfused->key.layer - 1);
    memset(unfused->key.variant, '\xff', sizeof unfused->key.variant - 1);
    struct cvl_verdict *verdicts = judge(&run, CVL_POLICY_COUNT);
    struct cvl_summary *summaries = summarise(&run, CVL_POLICY_COUNT);
    for (int i = 0; i < CVL_POLICY_COUNT; i++) {
        const char *const sentences[] = {verdicts[i].sentence, summaries[i].sentence};
        for (int j = 0; j < 2; j++) {
            cr_expect_null(strpbrk(sentences[j], "\x07\x1b\xff"));
            cr_expect_not_null(strstr(sentences[j], "\\x07\\x07"));
            cr_expect_not_null(strstr(sentences[j], "di\\x1b[31mrect"));
        }
    }
    free(verdicts);
    free(summaries);
}

Test(verdicts, summary_of_the_example)
{
    struct run run = {0};
    add_block2(&run);
    expect_summary(&run, CVL_FREED,
                   "block2, freed: sep_unfused peaks at 3.86 MiB, 1.01 MiB (20.8 %) less than "
                   "direct (0.77 MiB less without weights), 6.37 MiB (62.3 %) less than "
                   "im2col_gemm; 1.9 times as fast as the best standard variant (direct)");
}

/* All live, the fused variant is the smaller but not the faster. */
Test(verdicts, summary_names_the_fastest_variant)
{
    struct run run = {0};
    add_block2(&run);
    expect_summary(&run, CVL_ALL_LIVE,
                   "block2, all_live: sep_fused peaks at 4.63 MiB, 0.25 MiB (5.1 %) less than "
                   "direct (the same without weights), 7.14 MiB (60.7 %) less than im2col_gemm; "
                   "1.5 times as fast as the best standard variant (direct); sep_unfused, the "
                   "fastest separable variant, is 1.9 times as fast");
}

Test(verdicts, summary_for_each_policy_of_a_layer)
{
    struct run run = {0};
    add_block2(&run);
    static const size_t judged[] = {3, 2, 3, 2}; /* sep_unfused where the input can be freed */
    struct cvl_summary *summaries = summarise(&run, CVL_POLICY_COUNT);
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++) {
        cr_expect_eq((int)summaries[policy].policy, policy);
        cr_expect_eq(summaries[policy].row, &run.rows[judged[policy]]);
    }
    free(summaries);
}

Test(verdicts, summary_slower)
{
    struct run run = {0};
    add_block2(&run);
    time_row(&run.rows[2], 2.5e-3);
    time_row(&run.rows[3], 38e-3);
    expect_summary(&run, CVL_FREED,
                   "block2, freed: sep_unfused peaks at 3.86 MiB, 1.01 MiB (20.8 %) less than "
                   "direct (0.77 MiB less without weights), 6.37 MiB (62.3 %) less than "
                   "im2col_gemm; takes 1.3 times as long as the best standard variant (direct)");
    time_row(&run.rows[2], 50e-3);
    expect_summary(&run, CVL_FREED,
                   "block2, freed: sep_unfused peaks at 3.86 MiB, 1.01 MiB (20.8 %) less than "
                   "direct (0.77 MiB less without weights), 6.37 MiB (62.3 %) less than "
                   "im2col_gemm; takes 26 times as long as the best standard variant (direct); "
                   "sep_fused, the fastest separable variant, takes 20 times as long");
}

Test(verdicts, summary_about_as_fast_as_the_fastest_standard_variant)
{
    struct run run = {0};
    add_block2(&run);
    time_row(&run.rows[1], 1.01e-3);
    expect_summary(&run, CVL_FREED,
                   "block2, freed: sep_unfused peaks at 3.86 MiB, 1.01 MiB (20.8 %) less than "
                   "direct (0.77 MiB less without weights), 6.37 MiB (62.3 %) less than "
                   "im2col_gemm; about as fast as the best standard variant (im2col_gemm)");
}

Test(verdicts, summary_the_same_and_more)
{
    struct run run = {0};
    struct cvl_plan direct = hand_made_single(4 << 20, 2 << 20, 0);
    struct cvl_plan banded = hand_made_single((4 << 20) - 256, 2 << 20, 0);
    struct cvl_plan fused = hand_made_single(4 << 20, 2 << 20, 0);
    (void)add(&run, CVL_STANDARD, "direct", &direct);
    (void)add(&run, CVL_STANDARD, "lean", &banded);
    (void)add(&run, CVL_SEPARABLE, "sep_fused", &fused);
    expect_summary(&run, CVL_ALL_LIVE,
                   "block2, all_live: sep_fused peaks at 6.00 MiB, the same as direct (the same "
                   "without weights), 256 B (under 0.01 %) more than lean");
}

/* The seed example with its 64 output channels: 0.08 % less. */
Test(verdicts, summary_small_percentages_keep_their_digits)
{
    struct run run = {0};
    struct cvl_plan direct = hand_made_single(602112, 12616704, 0);
    struct cvl_plan unfused = hand_made_double(602112, CVL_INTERMEDIATE, 591408, 12616704, 0);
    (void)add(&run, CVL_STANDARD, "direct", &direct);
    (void)add(&run, CVL_SEPARABLE, "sep_unfused", &unfused);
    expect_summary(&run, CVL_FREED,
                   "block2, freed: sep_unfused peaks at 12.6 MiB, 10.5 KiB (0.08 %) less than "
                   "direct (10.5 KiB less without weights)");
    expect_summary(&run, CVL_ALL_LIVE,
                   "block2, all_live: sep_unfused peaks at 13.2 MiB, 0.56 MiB (4.5 %) more than "
                   "direct (0.56 MiB more without weights)");
}

Test(verdicts, summary_takes_the_faster_of_equals)
{
    struct run run = {0};
    (void)add_single(&run, CVL_STANDARD, "direct");
    struct cvl_row *first = add_single(&run, CVL_SEPARABLE, "sep_fused");
    struct cvl_row *second = add_single(&run, CVL_SEPARABLE, "sep_other");
    struct cvl_summary *summaries = summarise(&run, CVL_POLICY_COUNT);
    cr_expect_eq(summaries[0].row, first, "none is timed");
    free(summaries);
    time_row(second, 2e-3);
    summaries = summarise(&run, CVL_POLICY_COUNT);
    cr_expect_eq(summaries[0].row, second, "the only one that is timed");
    free(summaries);
    time_row(first, 1e-3);
    summaries = summarise(&run, CVL_POLICY_COUNT);
    cr_expect_eq(summaries[0].row, first, "the faster");
    free(summaries);
}

/* A row that was not timed is not said to be fast or slow. */
Test(verdicts, summary_not_timed)
{
    struct run run = {0};
    add_block2(&run);
    run.rows[2].has_time = false;
    expect_summary(&run, CVL_FREED,
                   "block2, freed: sep_unfused peaks at 3.86 MiB, 1.01 MiB (20.8 %) less than "
                   "direct (0.77 MiB less without weights), 6.37 MiB (62.3 %) less than "
                   "im2col_gemm; not timed; sep_fused, the fastest separable variant, is 1.5 "
                   "times as fast");
    run.rows[0].has_time = run.rows[1].has_time = false;
    expect_summary(&run, CVL_FREED,
                   "block2, freed: sep_unfused peaks at 3.86 MiB, 1.01 MiB (20.8 %) less than "
                   "direct (0.77 MiB less without weights), 6.37 MiB (62.3 %) less than "
                   "im2col_gemm");
}

/* One row that was not counted, and all are compared by what was computed. */
Test(verdicts, summary_mixes_no_sources)
{
    struct run run = {0};
    add_block2(&run);
    for (size_t i = 0; i < run.results.row_count; i++)
        count_row(&run.rows[i], i == 2 ? 3 << 20 : 0);
    struct cvl_summary *summaries = summarise(&run, CVL_POLICY_COUNT);
    cr_expect_eq(summaries[CVL_FREED].row, &run.rows[3], "the library's bytes count");
    free(summaries);
    run.rows[1].has_counted = false;
    summaries = summarise(&run, CVL_POLICY_COUNT);
    cr_expect_eq(summaries[CVL_FREED].row, &run.rows[2]);
    free(summaries);
}

static struct cvl_row *add_inverted(struct run *run, const char *variant, uint64_t between,
                                    int32_t mc, double median_s)
{
    struct cvl_plan plan = hand_made_double(3211264, CVL_INTERMEDIATE, between, 1605632, 35072);
    struct cvl_row *row = add(run, CVL_INVERTED, variant, &plan);
    row->key.problem.mc = mc;
    time_row(row, median_s);
    return row;
}

/* Without a standard row, each inverted variant against the first of the same problem. */
Test(verdicts, inverted_against_the_first)
{
    struct run run = {0};
    add_inverted(&run, "inv_unfused", 4000000, 384, 2e-3);
    add_inverted(&run, "inv_banded", 400000, 384, 2.2e-3);
    add_inverted(&run, "inv_fused", 64, 384, 1e-3);
    add_inverted(&run, "inv_unfused", 6000000, 512, 3e-3);
    add_inverted(&run, "inv_fused", 64, 512, 2e-3);
    struct cvl_verdict *verdicts = judge(&run, 3 * CVL_POLICY_COUNT);
    for (size_t i = 0; i < 2 * CVL_POLICY_COUNT; i++)
        cr_expect_eq(verdicts[i].baseline, &run.rows[0]);
    cr_expect_eq(verdicts[2 * CVL_POLICY_COUNT].baseline, &run.rows[3]);
    cr_expect_eq(verdicts[2 * CVL_POLICY_COUNT].row, &run.rows[4]);
    free(verdicts);
    struct cvl_summary *summaries = summarise(&run, 2 * CVL_POLICY_COUNT);
    cr_expect_str_eq(summaries[CVL_ALL_LIVE].sentence,
                     "block2, all_live: inv_fused peaks at 4.63 MiB, 3.81 MiB (45.2 %) less than "
                     "inv_unfused (3.81 MiB less without weights); 2.0 times as fast as "
                     "inv_unfused");
    free(summaries);
}

/* Beside standard rows they are held against those alone, as separable ones are. */
Test(verdicts, inverted_against_the_standard_form)
{
    struct run run = {0};
    time_row(add_single(&run, CVL_STANDARD, "direct"), 4e-3);
    add_inverted(&run, "inv_unfused", 4000000, 384, 2e-3);
    add_inverted(&run, "inv_fused", 64, 384, 1e-3);
    struct cvl_verdict *verdicts = judge(&run, 2 * CVL_POLICY_COUNT);
    for (size_t i = 0; i < 2 * CVL_POLICY_COUNT; i++)
        cr_expect_eq(verdicts[i].baseline, &run.rows[0]);
    free(verdicts);
}
