/* Which rows want another round of samples. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/row_time.h"
#include "supervise/rounds.h"

static struct cvl_rounds rounds;

static void clear(void)
{
    cvl_rounds_clear(&rounds);
}

/* A row as a worker gives it after a round of `samples`. */
static struct cvl_row make(const char *problem, const char *variant, double median_s,
                           uint32_t samples)
{
    struct cvl_row row;
    cvl_row_init(&row);
    (void)snprintf(row.key.device, sizeof row.key.device, "0:0");
    (void)snprintf(row.key.variant, sizeof row.key.variant, "%s", variant);
    cr_assert_eq(cvl_problem_parse(problem, &row.key.problem, NULL), CVL_OK);
    row.status = CVL_ROW_OK;
    row.rounds = calloc(1, sizeof *row.rounds);
    row.samples_s = calloc(samples, sizeof *row.samples_s);
    row.stages = calloc(1, sizeof *row.stages);
    cr_assert(row.rounds && row.samples_s && row.stages);
    for (uint32_t i = 0; i < samples; i++)
        row.samples_s[i] = median_s;
    row.sample_count = samples;
    row.round_count = row.stage_count = 1;
    row.stages[0].time_s = median_s;
    row.rounds[0] =
        (struct cvl_row_round){.samples = samples, .median_s = median_s, .host_median_s = median_s};
    row.time.discarded_rounds = 0;
    row.time.warmup = 0;
    cr_assert_eq(cvl_row_note_time(&row, NULL), CVL_OK);
    return row;
}

static void keep(const char *problem, const char *variant, double median_s, uint32_t samples)
{
    struct cvl_row row = make(problem, variant, median_s, samples);
    cr_assert_eq(cvl_rounds_keep(&rounds, NULL, &row, NULL), CVL_OK);
    cr_expect_null(row.samples_s, "the source is left empty");
}

static void add(size_t index, double median_s, bool disturbed)
{
    const struct cvl_row *kept = &rounds.rows[index].row;
    char problem[CVL_PROBLEM_TEXT_BYTES];
    (void)cvl_problem_print(&kept->key.problem, problem, sizeof problem);
    struct cvl_row row = make(problem, kept->key.variant, median_s, 10);
    row.rounds[0].disturbed = disturbed;
    cr_assert_eq(cvl_rounds_add(&rounds, index, &row, NULL), CVL_OK);
    cvl_row_clear(&row);
}

/* The order of the next round; the caller frees it. */
static size_t *order(size_t *count)
{
    size_t *out;
    cr_assert_eq(cvl_rounds_order(&rounds, &out, count, NULL), CVL_OK);
    return out;
}

static size_t count_wanting(void)
{
    size_t count;
    free(order(&count));
    return count;
}

/* How many rounds row 0 gets in the end. */
static size_t run_rounds(void)
{
    size_t made = 1;
    for (; count_wanting() > 0 && made < 100; made++)
        add(0, rounds.rows[0].row.rounds[0].median_s, false);
    return made;
}

static const char standard[] = "standard:ic16ih8oc16kh3ph1",
                  separable[] = "separable:ic16ih8oc16kh3ph1", other[] = "standard:ic8ih8oc8kh1";

Test(rounds, a_short_row_has_all, .fini = clear)
{
    rounds.budget_s = 0.3;
    keep(standard, "direct", 1e-4, 100);
    cr_expect_eq(run_rounds(), CVL_ROUNDS);
    cr_expect_eq(rounds.rows[0].row.time.rounds, CVL_ROUNDS);
}

/* One execution takes a third of the budget. The first round had three. */
Test(rounds, a_long_row_keeps_to_the_budget, .fini = clear)
{
    rounds.budget_s = 1.0;
    keep(standard, "direct", 0.19, 3);
    cr_expect_eq(run_rounds(), 3); /* 0.57 s, and two more executions */
}

Test(rounds, a_very_long_row_has_one, .fini = clear)
{
    keep(standard, "direct", 2.0, 1);
    cr_expect_eq(run_rounds(), 1);
}

/* The fastest variant of its own form counts: not one of another form, nor of another layer. */
Test(rounds, a_slow_variant_has_one, .fini = clear)
{
    rounds.budget_s = 0.3;
    keep(standard, "direct", 101e-4, 10);
    keep(standard, "winograd_f2", 10e-4, 10);
    keep(standard, "implicit_gemm", 99e-4, 10);
    keep(separable, "sep_fused", 1e-4, 10);
    keep(other, "direct", 1e-5, 10);
    size_t count, *next = order(&count);
    cr_assert_eq(count, 4);
    for (size_t i = 0; i < count; i++)
        cr_expect_neq(next[i], 0);
    free(next);
}

/* Rows of one problem follow each other, in an order that changes. */
Test(rounds, random_order, .fini = clear)
{
    bool differs = false;
    rounds.budget_s = 0.3;
    for (int i = 0; i < 10; i++) {
        char variant[8];
        (void)snprintf(variant, sizeof variant, "v%d", i);
        keep(i % 2 ? other : standard, variant, 1e-4, 10);
    }
    for (int round = 0; round < 5; round++) {
        size_t count, *next = order(&count);
        cr_assert_eq(count, 10);
        size_t seen = 0, changes = 0;
        for (size_t i = 0; i < count; i++) {
            seen |= (size_t)1 << next[i];
            changes += i > 0 && next[i] % 2 != next[i - 1] % 2;
            differs |= next[i] != i;
        }
        cr_expect_eq(seen, 1023);
        cr_expect_eq(changes, 1);
        free(next);
    }
    cr_expect(differs);
}

Test(rounds, disturbed_rounds_are_made_again, .fini = clear)
{
    rounds.budget_s = 0.3;
    keep(standard, "direct", 1e-4, 10);
    add(0, 5e-4, true);
    for (int i = 0; i < CVL_ROUNDS - 1; i++) {
        cr_expect_eq(count_wanting(), 1);
        add(0, 1e-4, false);
    }
    cr_expect_eq(count_wanting(), 0);
    cr_expect_eq(rounds.rows[0].row.time.discarded_rounds, 1);
    cr_expect_eq(rounds.rows[0].row.time.rounds, CVL_ROUNDS);
}

/* Where the machine is always busy the run ends all the same. */
Test(rounds, always_disturbed, .fini = clear)
{
    size_t made = 1;
    rounds.budget_s = 0.3;
    keep(standard, "direct", 1e-4, 10);
    for (; count_wanting() > 0 && made < 100; made++)
        add(0, 2e-4, true);
    cr_expect_eq(made, CVL_ROUNDS);
}

Test(rounds, stages_have_the_median_of_rounds, .fini = clear)
{
    rounds.budget_s = 0.3;
    keep(standard, "direct", 1e-4, 10);
    add(0, 3e-4, false);
    add(0, 2e-4, false);
    cr_expect_float_eq(rounds.rows[0].row.stages[0].time_s, 2e-4, 1e-12);
}

Test(rounds, another_clock_ends_them, .fini = clear)
{
    rounds.budget_s = 0.3;
    keep(standard, "direct", 1e-4, 10);
    struct cvl_row row = make(standard, "direct", 1e-4, 10);
    row.time.clock = CVL_CLOCK_EVENT;
    cr_assert_eq(cvl_rounds_add(&rounds, 0, &row, NULL), CVL_OK);
    cvl_row_clear(&row);
    cr_expect(rounds.rows[0].is_over);
    cr_expect_eq(count_wanting(), 0);
    cr_expect_eq(rounds.rows[0].row.time.rounds, 1);
}

/* The tuning database was changed meanwhile. */
Test(rounds, other_options_end_them, .fini = clear)
{
    rounds.budget_s = 0.3;
    keep(standard, "direct", 1e-4, 10);
    struct cvl_row row = make(standard, "direct", 1e-4, 10);
    row.build_options = strdup("-DVEC=8");
    cr_assert_eq(cvl_rounds_add(&rounds, 0, &row, NULL), CVL_OK);
    cvl_row_clear(&row);
    cr_expect(rounds.rows[0].is_over);
}

/* A run that was interrupted in its fourth round has the others to go. */
Test(rounds, a_resumed_run_goes_on, .fini = clear)
{
    rounds.budget_s = 0.3;
    struct cvl_row row = make(standard, "direct", 1e-4, 10);
    for (int i = 0; i < 2; i++) {
        struct cvl_row further = make(standard, "direct", 1e-4, 10);
        cr_assert_eq(cvl_row_add_round(&row, &further, NULL), CVL_OK);
        cvl_row_clear(&further);
    }
    cr_assert_eq(cvl_rounds_keep(&rounds, NULL, &row, NULL), CVL_OK);
    cr_expect_eq(run_rounds(), CVL_ROUNDS - 2);
    cr_expect_eq(rounds.rows[0].row.time.rounds, CVL_ROUNDS);
}

Test(rounds, a_failed_row_is_not_kept, .fini = clear)
{
    struct cvl_row row = make(standard, "direct", 1e-4, 10);
    row.status = CVL_ROW_FAILED;
    cr_assert_eq(cvl_rounds_keep(&rounds, NULL, &row, NULL), CVL_OK);
    cr_expect_eq(rounds.count, 0);
    cr_expect_eq(count_wanting(), 0);
}
