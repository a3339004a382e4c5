#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

#include <convlens/answer.h>

#include "base/statistics.h"
#include "base/text.h"
#include "judged_rows.h"
#include "model/answer_words.h"

static struct cvl_answers answer(const struct run *run, size_t expected)
{
    struct cvl_answers answers;
    cr_assert_eq(cvl_answers_create(&run->results, &answers, NULL), CVL_OK);
    cr_assert_eq(answers.count, expected, "%zu answers", answers.count);
    return answers;
}

/* The two rows of a plan made by hand: standard A + O, two kernels A, T, O. */
static void add_pair(struct run *run, uint64_t a, uint64_t t, uint64_t o, uint64_t standard_weights,
                     uint64_t separable_weights)
{
    struct cvl_plan direct = hand_made_single(a, o, standard_weights);
    struct cvl_plan unfused = hand_made_double(a, CVL_INTERMEDIATE, t, o, separable_weights);
    struct cvl_plan fused = hand_made_single(a, o, separable_weights);
    (void)add(run, CVL_STANDARD, "direct", &direct);
    (void)add(run, CVL_SEPARABLE, "sep_unfused", &unfused);
    (void)add(run, CVL_SEPARABLE, "sep_fused", &fused);
}

static void give_samples(struct cvl_row *row, double first_s, double step_s, size_t count)
{
    row->samples_s = calloc(count, sizeof *row->samples_s);
    cr_assert(row->samples_s);
    row->sample_count = count;
    for (size_t i = 0; i < count; i++)
        row->samples_s[i] = first_s + step_s * (double)i;
    row->has_time = true;
    row->time.median_s = row->samples_s[count / 2];
    row->time.p05_s = row->samples_s[count / 20];
    row->time.p95_s = row->samples_s[count - 1 - count / 20];
}

static void drop_samples(struct run *run)
{
    for (size_t i = 0; i < run->results.row_count; i++)
        free(run->rows[i].samples_s);
}

/* The form is the one of two kernels under every policy, not the one that suits the answer. */
Test(answers, two_kernels_need_more_where_they_do)
{
    struct run run = {0};
    add_pair(&run, 1605632, 1605632, 200704, 1179648, 149504); /* 512x28x28 -> 64, 3x3 */
    struct cvl_answers answers = answer(&run, CVL_POLICY_COUNT);
    const struct cvl_answer *freed = &answers.items[CVL_FREED];
    cr_expect_str_eq(freed->standard->key.variant, "direct");
    cr_expect_eq(freed->standard_bytes, 2985984);
    cr_expect_str_eq(freed->usual->row->key.variant, "sep_unfused");
    cr_expect_eq(freed->usual->peak_bytes, 3360768);
    cr_expect_eq(freed->usual->difference_bytes, 374784);
    cr_expect_eq(freed->usual->difference_without_weights_bytes, 1404928, "78 %%");
    cr_expect_float_eq(freed->usual->difference_percent, 12.55, 0.01);
    cr_expect_eq(freed->usual->answer, CVL_BYTES_MORE);
    cr_expect_str_eq(freed->sentence,
                     "block2, buffers freed early: the separable form, two kernels, sep_unfused, "
                     "needs 3.21 MiB: 12.6 % (366 KiB) more than direct");
    cr_expect_eq(freed->forms[1].answer, CVL_BYTES_LESS, "fused");
    struct cvl_text text = {0};
    cvl_answer_headline(&text, answers.items, answers.count);
    cr_expect_str_eq(text.data,
                     "YES: +19.3 % if all is kept; +12.6 % if freed early; fused: -34.5 %");
    cvl_text_clear(&text);
    cvl_answers_clear(&answers);
}

/* The first seed layer: 4.5 % more if all is kept, the same if freed early. */
Test(answers, only_if_all_buffers_are_kept)
{
    struct run run = {0};
    add_pair(&run, 602112, 591408, 12616704, 0, 0);
    struct cvl_answers answers = answer(&run, CVL_POLICY_COUNT);
    cr_expect_eq(answers.items[CVL_ALL_LIVE].usual->answer, CVL_BYTES_MORE);
    cr_expect_eq(answers.items[CVL_FREED].usual->answer, CVL_BYTES_SAME);
    cr_expect_null(answers.items[CVL_ALL_LIVE].peak_stage);
    struct cvl_text text = {0};
    cvl_answer_headline(&text, answers.items, answers.count);
    cr_expect_str_eq(text.data,
                     "ONLY IF ALL BUFFERS ARE KEPT: +4.5 %; the same (-0.08 %) if freed early");
    cvl_text_clear(&text);
    cr_expect_str_eq(answers.items[CVL_FREED].sentence,
                     "block2, buffers freed early: the separable form, two kernels, sep_unfused, "
                     "needs 12.6 MiB: the same as direct (-0.08 %, 10.5 KiB less)");
    cvl_answers_clear(&answers);
}

/* 0.99 % is the same, 1 % is not. */
Test(answers, one_percent_is_the_edge)
{
    struct run run = {0};
    add_pair(&run, 5000, 99, 5000, 0, 0);
    struct cvl_answers answers = answer(&run, CVL_POLICY_COUNT);
    cr_expect_eq(answers.items[CVL_ALL_LIVE].usual->answer, CVL_BYTES_SAME);
    cvl_answers_clear(&answers);
    run = (struct run){0};
    add_pair(&run, 5000, 100, 5000, 0, 0);
    answers = answer(&run, CVL_POLICY_COUNT);
    cr_expect_eq(answers.items[CVL_ALL_LIVE].usual->answer, CVL_BYTES_MORE);
    cvl_answers_clear(&answers);
}

/* The time beside a form is that form's, against the fastest standard variant. */
Test(answers, each_form_has_its_own_time)
{
    struct run run = {0};
    add_block2(&run);
    struct cvl_answers answers = answer(&run, CVL_POLICY_COUNT);
    const struct cvl_answer *freed = &answers.items[CVL_FREED];
    cr_expect_str_eq(freed->standard->key.variant, "direct");
    cr_expect_str_eq(freed->source, "counted");
    cr_expect_float_eq(freed->forms[0].time.ratio, 1.9, 1e-9);
    cr_expect_float_eq(freed->forms[1].time.ratio, 1.52, 1e-9);
    cr_expect_eq(freed->forms[0].time.answer, CVL_TIME_FASTER);
    time_row(&run.rows[1], 1.5e-3); /* im2col_gemm is the fastest now */
    cvl_answers_clear(&answers);
    answers = answer(&run, CVL_POLICY_COUNT);
    cr_expect_str_eq(answers.items[CVL_FREED].standard->key.variant, "im2col_gemm");
    cr_expect_eq(answers.items[CVL_FREED].standard_bytes,
                 run.rows[1].counted.peak_bytes[CVL_FREED]);
    cvl_answers_clear(&answers);
}

/* Without times, direct is the standard, wherever it stands. */
Test(answers, direct_where_nothing_is_timed)
{
    struct run run = {0};
    (void)add_im2col(&run);
    (void)add_single(&run, CVL_STANDARD, "direct");
    (void)add_unfused(&run);
    struct cvl_answers answers = answer(&run, CVL_POLICY_COUNT);
    cr_expect_str_eq(answers.items[0].standard->key.variant, "direct");
    cr_expect_not(answers.items[0].forms[0].has_time);
    cvl_answers_clear(&answers);
}

/* One row that was not counted, and all are compared by what was computed. */
Test(answers, mix_no_sources)
{
    struct run run = {0};
    add_block2(&run);
    count_row(&run.rows[2], 3 << 20);
    struct cvl_answers answers = answer(&run, CVL_POLICY_COUNT);
    cr_expect_eq(answers.items[CVL_FREED].usual->peak_bytes,
                 run.rows[2].counted.peak_bytes[CVL_FREED], "the library's bytes count");
    cvl_answers_clear(&answers);
    run.rows[3].has_counted = false;
    answers = answer(&run, CVL_POLICY_COUNT);
    cr_expect_str_eq(answers.items[CVL_FREED].source, "computed");
    cr_expect_eq(answers.items[CVL_FREED].usual->peak_bytes,
                 run.rows[2].computed.peak_bytes[CVL_FREED]);
    cvl_answers_clear(&answers);
}

static struct cvl_time_ratio ratio_of(const struct cvl_row *standard, const struct cvl_row *row)
{
    struct cvl_time_ratio time;
    bool found = false;
    cr_assert_eq(cvl_time_ratio_find(standard, row, &time, &found, NULL), CVL_OK);
    cr_assert(found);
    return time;
}

Test(answers, a_claim_holds_between_the_intervals)
{
    struct run run = {0};
    add_pair(&run, 5000, 100, 5000, 0, 0);
    give_samples(&run.rows[0], 2.0e-3, 1e-6, 41);
    give_samples(&run.rows[1], 1.0e-3, 1e-6, 41);
    struct cvl_time_ratio time = ratio_of(&run.rows[0], &run.rows[1]);
    cr_expect_eq(time.answer, CVL_TIME_FASTER);
    cr_expect(time.low < time.ratio && time.ratio < time.high);
    char speed[CVL_SPEED_BYTES];
    cvl_answer_print_speed(speed, &time);
    cr_expect_str_eq(speed, "2.0x faster");
    time = ratio_of(&run.rows[1], &run.rows[0]);
    cr_expect_eq(time.answer, CVL_TIME_SLOWER);
    cvl_answer_print_speed(speed, &time);
    cr_expect_str_eq(speed, "2.0x slower");
    drop_samples(&run);
}

/* The same medians, with a spread in which either may be the faster. */
Test(answers, a_wide_spread_or_a_doubt_is_unclear)
{
    struct run run = {0};
    add_pair(&run, 5000, 100, 5000, 0, 0);
    give_samples(&run.rows[0], 1.0e-3, 100e-6, 11);
    give_samples(&run.rows[1], 0.7e-3, 100e-6, 11);
    cr_expect_eq(ratio_of(&run.rows[0], &run.rows[1]).answer, CVL_TIME_UNCLEAR);
    drop_samples(&run);
    give_samples(&run.rows[0], 1.00e-3, 20e-6, 41); /* to 1.8 ms */
    give_samples(&run.rows[1], 0.70e-3, 20e-6, 41);
    cr_expect_eq(ratio_of(&run.rows[0], &run.rows[1]).answer, CVL_TIME_FASTER, "a narrow interval");
    (void)strcpy(run.rows[1].time.doubt, "the machine was busy");
    cr_expect_eq(ratio_of(&run.rows[0], &run.rows[1]).answer, CVL_TIME_UNCLEAR);
    drop_samples(&run);
}

Test(answers, a_small_difference_is_the_same_time)
{
    struct run run = {0};
    add_pair(&run, 5000, 100, 5000, 0, 0);
    give_samples(&run.rows[0], 1.05e-3, 0.1e-6, 41);
    give_samples(&run.rows[1], 1.0e-3, 0.1e-6, 41);
    cr_expect_eq(ratio_of(&run.rows[0], &run.rows[1]).answer, CVL_TIME_SAME);
    drop_samples(&run);
}

Test(answers, no_ratio_across_clocks)
{
    struct run run = {0};
    add_block2(&run);
    run.rows[0].time.clock = run.rows[1].time.clock = CVL_CLOCK_EVENT;
    run.rows[2].time.clock = run.rows[3].time.clock = CVL_CLOCK_HOST;
    struct cvl_answers answers = answer(&run, CVL_POLICY_COUNT);
    cr_expect_not(answers.items[0].forms[0].has_time);
    cvl_answers_clear(&answers);
}

Test(answers, what_to_take)
{
    struct run run = {0};
    struct cvl_recommended choice;
    struct cvl_text text = {0};
    add_block2(&run);
    struct cvl_answers answers = answer(&run, CVL_POLICY_COUNT);
    cr_assert(cvl_answer_choose(answers.items, answers.count, &choice));
    cvl_answer_recommend(&text, &choice);
    cr_expect_str_eq(text.data, "take sep_unfused if freed early, sep_fused if all is kept.");
    cvl_text_clear(&text);
    cvl_answers_clear(&answers);
    time_row(&run.rows[3], 0.5e-3); /* larger, and faster */
    answers = answer(&run, CVL_POLICY_COUNT);
    cr_assert(cvl_answer_choose(answers.items, answers.count, &choice));
    cvl_answer_recommend(&text, &choice);
    cr_expect_str_eq(text.data, "take sep_unfused if freed early, sep_fused if all is kept; "
                                "sep_fused is faster and needs +19.8 %.");
    cvl_text_clear(&text);
    cvl_answers_clear(&answers);
}

static void make_network(struct cvl_row *row, const enum cvl_form *forms, size_t count)
{
    row->key.layer[0] = '\0';
    row->key.problem = (struct cvl_problem){.form = row->key.problem.form};
    (void)strcpy(row->key.network, "net");
    row->layers = calloc(count, sizeof *row->layers);
    cr_assert(row->layers);
    row->layers_count = count;
    for (size_t i = 0; i < count; i++)
        (void)strcpy(row->layers[i].form, cvl_form_name(forms[i]));
}

Test(answers, networks_have_answers_and_are_not_compared_with_themselves)
{
    static const enum cvl_form standard[] = {CVL_STANDARD, CVL_STANDARD};
    static const enum cvl_form separable[] = {CVL_STANDARD, CVL_SEPARABLE};
    struct run run = {0};
    add_pair(&run, 5000, 100, 5000, 0, 0);
    make_network(&run.rows[0], standard, 2);
    make_network(&run.rows[1], separable, 2);
    make_network(&run.rows[2], standard, 2); /* in name separable; the same network */
    struct cvl_answers answers = answer(&run, CVL_POLICY_COUNT);
    cr_expect_eq(answers.items[0].form_count, 1);
    cr_expect_str_eq(answers.items[0].usual->row->key.variant, "sep_unfused");
    cr_expect_eq(strncmp(answers.items[0].sentence, "net, all buffers kept: ", 23), 0);
    cvl_answers_clear(&answers);
    for (size_t i = 0; i < 3; i++)
        free(run.rows[i].layers);
}

Test(answers, subjects_are_told_apart)
{
    struct run run = {0};
    add_pair(&run, 5000, 100, 5000, 0, 0);
    add_pair(&run, 5000, 100, 5000, 0, 0);
    for (size_t i = 3; i < 6; i++)
        run.rows[i].key.layout = CVL_NCHW;
    struct cvl_answers answers = answer(&run, 2 * CVL_POLICY_COUNT);
    cr_expect_eq(cvl_answers_of_subject(&answers, 0), CVL_POLICY_COUNT);
    cr_expect_eq(answers.items[CVL_POLICY_COUNT].standard, &run.rows[3]);
    cvl_answers_clear(&answers);
}

Test(answers, hostile_names)
{
    struct run run = {0};
    add_pair(&run, 5000, 100, 5000, 0, 0);
    for (size_t i = 0; i < 3; i++)
        memset(run.rows[i].key.layer, '\x1b', sizeof run.rows[i].key.layer - 1);
    memset(run.rows[1].key.variant, '\x07', sizeof run.rows[1].key.variant - 1);
    struct cvl_answers answers = answer(&run, CVL_POLICY_COUNT);
    for (size_t i = 0; i < answers.count; i++)
        cr_expect_null(strpbrk(answers.items[i].sentence, "\x07\x1b"));
    cvl_answers_clear(&answers);
}

/* Against resampling: 20000 resamples of 25 values. */
Test(answers, the_interval_is_the_bootstraps)
{
    double values[25], medians[20000], sample[25], low, high;
    struct cvl_statistics statistics;
    uint64_t state = 7;
    for (size_t i = 0; i < 25; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        values[i] = 1.0 + (double)(state >> 40) * 0x1p-24;
    }
    for (size_t r = 0; r < 20000; r++) {
        for (size_t i = 0; i < 25; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            sample[i] = values[(state >> 33) % 25];
        }
        cr_assert(cvl_statistics_compute(sample, 25, &statistics));
        medians[r] = statistics.median;
    }
    cr_assert(cvl_statistics_median_interval(values, 25, &low, &high));
    size_t below = 0, above = 0, at_low = 0, at_high = 0;
    for (size_t r = 0; r < 20000; r++) {
        below += medians[r] < low;
        above += medians[r] > high;
        at_low += medians[r] <= low;
        at_high += medians[r] >= high;
    }
    cr_expect(below < 500 + 100 && at_low > 500 - 100, "%zu below, %zu at or below", below, at_low);
    cr_expect(above < 500 + 100 && at_high > 500 - 100, "%zu above, %zu at or above", above,
              at_high);
}

Test(answers, the_interval_of_few_values)
{
    const double one = 3.0, two[] = {1.0, 2.0};
    double low, high;
    cr_assert(cvl_statistics_median_interval(&one, 1, &low, &high));
    cr_expect(low == 3.0 && high == 3.0);
    cr_assert(cvl_statistics_median_interval(two, 2, &low, &high));
    cr_expect(low == 1.0 && high == 2.0);
}

/* Ten times as fast, without any spread: but another program had a third of a processor. */
Test(answers, a_loaded_machine_gives_no_answer_about_time)
{
    struct run run = {0};
    add_pair(&run, 1000, 1000, 1000, 100, 100);
    give_samples(&run.rows[0], 1e-3, 1e-9, 40);
    give_samples(&run.rows[1], 1e-4, 1e-9, 40);
    cr_expect_eq(ratio_of(&run.rows[0], &run.rows[1]).answer, CVL_TIME_FASTER);
    run.rows[0].time.load = run.rows[1].time.load = 0.2;
    cr_expect_eq(ratio_of(&run.rows[0], &run.rows[1]).answer, CVL_TIME_FASTER, "a little load");
    for (size_t i = 0; i < 2; i++) {
        run.rows[i].time.load = 0.33;
        const struct cvl_time_ratio time = ratio_of(&run.rows[0], &run.rows[1]);
        cr_expect_eq(time.answer, CVL_TIME_UNCLEAR, "row %zu", i);
        cr_expect(time.low == 0.0 && isinf(time.high), "whoever looks at the ends");
        run.rows[i].time.load = (double)NAN;
    }
    cr_expect_eq(ratio_of(&run.rows[0], &run.rows[1]).answer, CVL_TIME_FASTER, "unknown");
    drop_samples(&run);
}
