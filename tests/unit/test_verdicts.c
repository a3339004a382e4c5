#include <criterion/criterion.h>

#include <stdlib.h>

#include <convlens/model.h>

#include "judged_rows.h"

static struct cvl_verdict *judge(const struct run *run, size_t expected)
{
    struct cvl_verdict *verdicts = NULL;
    size_t count = 99;
    cr_assert_eq(cvl_verdicts_create(&run->results, &verdicts, &count, NULL), CVL_OK);
    cr_assert_eq(count, expected, "%zu verdicts", count);
    return verdicts;
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
                     "direct (0.77 MiB less without weights)");
    cr_expect_str_eq(verdicts[2 * CVL_ALL_LIVE].sentence,
                     "block2, all_live: sep_unfused peaks at 5.39 MiB, 0.52 MiB (10.6 %) more than "
                     "direct (0.77 MiB more without weights)");
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
    (void)add_unfused(&run);
    free(judge(&run, 0));
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
    for (int i = 0; i < CVL_POLICY_COUNT; i++) {
        cr_expect_null(strpbrk(verdicts[i].sentence, "\x07\x1b\xff"));
        cr_expect_not_null(strstr(verdicts[i].sentence, "\\x07\\x07"));
        cr_expect_not_null(strstr(verdicts[i].sentence, "di\\x1b[31mrect"));
    }
    free(verdicts);
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
