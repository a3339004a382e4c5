/* The times of a row from its rounds. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/row_time.h"

enum { SAMPLES = 5 };

/* A row of one round whose samples are `median_s` and a little more and less. */
static struct cvl_row make(double median_s)
{
    struct cvl_row row;
    cvl_row_init(&row);
    row.rounds = calloc(1, sizeof *row.rounds);
    row.samples_s = calloc(SAMPLES, sizeof *row.samples_s);
    cr_assert(row.rounds && row.samples_s);
    for (int i = 0; i < SAMPLES; i++)
        row.samples_s[i] = median_s * (1.0 + 0.001 * (i - SAMPLES / 2));
    row.sample_count = SAMPLES;
    row.round_count = 1;
    row.rounds[0] =
        (struct cvl_row_round){.samples = SAMPLES, .median_s = median_s, .host_median_s = median_s};
    row.time.clock = CVL_CLOCK_HOST;
    row.time.warmup = 2;
    row.time.discarded_rounds = 0;
    return row;
}

static struct cvl_row make_rounds(const double *medians, size_t count)
{
    struct cvl_row row = make(medians[0]);
    cr_assert_eq(cvl_row_note_time(&row, NULL), CVL_OK);
    for (size_t i = 1; i < count; i++) {
        struct cvl_row further = make(medians[i]);
        cr_assert_eq(cvl_row_add_round(&row, &further, NULL), CVL_OK);
        cvl_row_clear(&further);
    }
    return row;
}

Test(row_time, one_round)
{
    struct cvl_row row = make(1e-3);
    row.roofline.flops = 2000000;
    row.roofline.bytes_min = 1000;
    cr_assert_eq(cvl_row_note_time(&row, NULL), CVL_OK);
    cr_expect(row.has_time);
    cr_expect_float_eq(row.time.median_s, 1e-3, 1e-12);
    cr_expect_eq(row.time.samples, SAMPLES);
    cr_expect_eq(row.time.rounds, 1);
    cr_expect(row.time.low_s < 1e-3 && row.time.high_s > 1e-3);
    cr_expect_float_eq(row.roofline.gflops, 2.0, 1e-9);
    cr_expect_str_eq(row.time.doubt, "");
    cvl_row_clear(&row);
}

/* Seven rounds at 1 ms and one at 2: the mean of the samples would be 1.1 ms. */
Test(row_time, median_of_rounds)
{
    static const double medians[] = {1e-3, 1e-3, 2e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3};
    struct cvl_row row = make_rounds(medians, 8);
    cr_expect_float_eq(row.time.median_s, 1e-3, 1e-12);
    cr_expect_eq(row.time.rounds, 8);
    cr_expect_eq(row.sample_count, 8 * SAMPLES);
    cr_expect_eq(row.time.warmup, 16);
    cr_expect_float_eq(row.time.high_s, 1e-3, 1e-9);
    cr_expect_float_eq(row.samples_s[2 * SAMPLES + 2], 2e-3, 1e-12);
    cr_expect_str_eq(row.time.doubt, "");
    cvl_row_clear(&row);
}

/* Between two states half of the time each: no reader is told a sure number. */
Test(row_time, two_states_are_uncertain)
{
    static const double medians[] = {1e-3, 2e-3, 1e-3, 2e-3, 1e-3, 2e-3, 1e-3, 2e-3};
    struct cvl_row row = make_rounds(medians, 8);
    cr_expect_float_eq(row.time.median_s, 1.5e-3, 1e-9);
    cr_expect(row.time.low_s <= 1e-3 && row.time.high_s >= 2e-3);
    cr_expect(strncmp(row.time.doubt, "uncertain by 47 %; two peaks", 28) == 0, "%s",
              row.time.doubt);
    cvl_row_clear(&row);
}

/* The interval is wider than that of the median by the square root of 2: the other run's median
 * varies, too. Of eight rounds the bootstrap's 2.5 % point is the second value. */
Test(row_time, interval)
{
    static const double medians[] = {101e-5, 102e-5, 103e-5, 104e-5,
                                     106e-5, 107e-5, 108e-5, 109e-5};
    struct cvl_row row = make_rounds(medians, 8);
    cr_expect_float_eq(row.time.median_s, 105e-5, 1e-12);
    cr_expect_float_eq(row.time.low_s, 105e-5 - sqrt(2.0) * 3e-5, 1e-9);
    cr_expect_float_eq(row.time.high_s, 105e-5 + sqrt(2.0) * 3e-5, 1e-9);
    cvl_row_clear(&row);
}

static void disturb(struct cvl_row *row, const char *doubt)
{
    row->rounds[0].disturbed = true;
    (void)snprintf(row->rounds[0].doubt, sizeof row->rounds[0].doubt, "%s", doubt);
}

/* Adds a round that was disturbed. */
static void add_disturbed(struct cvl_row *row, double median_s)
{
    struct cvl_row further = make(median_s);
    disturb(&further, "other processes used 1.0 of 2 processors");
    cr_assert_eq(cvl_row_add_round(row, &further, NULL), CVL_OK);
    cvl_row_clear(&further);
}

Test(row_time, disturbed_rounds_are_left_out_where_enough_remain)
{
    static const double medians[CVL_ROUNDS_ENOUGH - 1] = {1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3};
    struct cvl_row row = make_rounds(medians, CVL_ROUNDS_ENOUGH - 1);
    add_disturbed(&row, 3e-3);
    cr_expect_eq(row.time.rounds, CVL_ROUNDS_ENOUGH);
    cr_expect(strstr(row.time.doubt, "other processes used 1.0 of 2 processors (in 1 of 7 rounds)"),
              "%s", row.time.doubt);
    struct cvl_row further = make(1e-3);
    cr_assert_eq(cvl_row_add_round(&row, &further, NULL), CVL_OK);
    cvl_row_clear(&further);
    cr_expect_eq(row.time.rounds, CVL_ROUNDS_ENOUGH);
    cr_expect_eq(row.time.discarded_rounds, 1);
    cr_expect_eq(row.sample_count, CVL_ROUNDS_ENOUGH * SAMPLES);
    for (size_t i = 0; i < row.sample_count; i++)
        cr_expect(row.samples_s[i] < 1.1e-3);
    cr_expect_str_eq(row.time.doubt, "");
    cvl_row_clear(&row);
}

/* Where processors share no cache, a variant of several stages takes twice as long. */
Test(row_time, rounds_of_slow_passing_are_disturbed)
{
    static const double launches[] = {40e3, 20e3, 41e3, 39e3, 42e3, 38e3, 40e3, 33.7e3};
    struct cvl_row row;
    for (size_t i = 0; i < 8; i++) {
        struct cvl_row further = make(launches[i] < 30e3 ? 2e-3 : 1e-3);
        further.rounds[0].reference_passed_per_s = launches[i];
        if (i == 0) {
            row = further;
            cr_assert_eq(cvl_row_note_time(&row, NULL), CVL_OK);
            continue;
        }
        cr_assert_eq(cvl_row_add_round(&row, &further, NULL), CVL_OK);
        if (i == 1)
            cr_expect(strstr(row.time.doubt,
                             "threads passed data on at 50 % of their speed (in 1 of "
                             "2 rounds)"),
                      "%s", row.time.doubt);
        cvl_row_clear(&further);
    }
    cr_expect_eq(row.time.rounds, 7);
    cr_expect_eq(row.time.discarded_rounds, 1);
    cr_expect_float_eq(row.time.median_s, 1e-3, 1e-9);
    cr_expect_str_eq(row.time.doubt, "");
    cvl_row_clear(&row);
}

/* What is passed on between threads matters little to a row of one stage that reads little. */
Test(row_time, slow_passing_disturbs_one_stage_by_what_it_reads)
{
    static const uint64_t bytes_min[] = {1000000, 3000000, CVL_ABSENT};
    for (size_t i = 0; i < 3; i++) {
        struct cvl_row row = make(1e-3), further = make(1e-3);
        row.stage_count = 1;
        row.roofline.bytes_min = bytes_min[i];
        row.rounds[0].reference_passed_per_s = 40e3;
        further.rounds[0].reference_passed_per_s = 20e3;
        row.rounds[0].reference_bytes_per_s = further.rounds[0].reference_bytes_per_s = 50e9;
        cr_assert_eq(cvl_row_note_time(&row, NULL), CVL_OK);
        cr_assert_eq(cvl_row_add_round(&row, &further, NULL), CVL_OK);
        cr_expect_eq(row.rounds[1].disturbed, i > 0, "%zu", i); /* 4 %, 12 %, not known */
        cvl_row_clear(&further);
        cvl_row_clear(&row);
    }
}

Test(row_time, survives_json)
{
    static const double medians[] = {1e-3, 2e-3};
    struct cvl_row row = make_rounds(medians, 2), back;
    (void)snprintf(row.key.device, sizeof row.key.device, "0:0");
    (void)snprintf(row.key.variant, sizeof row.key.variant, "direct");
    row.key.problem = (struct cvl_problem){.form = CVL_STANDARD};
    cr_assert_eq(cvl_problem_parse("standard:ic4ih8oc4kh3ph1", &row.key.problem, NULL), CVL_OK);
    disturb(&row, "the device ran at 50 % of its speed");
    char *text = cvl_row_to_json(&row, true);
    cr_assert_not_null(text);
    struct cvl_error err = {0};
    cr_assert_eq(cvl_row_from_json(text, &back, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(back.round_count, 2);
    cr_expect_eq(back.rounds[1].samples, SAMPLES);
    cr_expect(back.rounds[0].disturbed && !back.rounds[1].disturbed);
    cr_expect_str_eq(back.rounds[0].doubt, row.rounds[0].doubt);
    cr_expect_eq(back.time.rounds, 2);
    cr_expect_float_eq(back.time.high_s, row.time.high_s, 1e-9);
    free(text);
    cvl_row_clear(&back);
    cvl_row_clear(&row);
}
