#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>

#include <convlens/model.h>

#include "hand_made.h"

enum { MAX_ROWS = 8 };

static struct cvl_row rows[MAX_ROWS];
static struct cvl_results results;
static struct cvl_choices choices;

/* A row of the layer with a counted peak of its own under freed, and a larger one under all_live.
 */
static struct cvl_row *add(const char *layer, const char *variant, double median_s, uint64_t bytes)
{
    struct cvl_row *row = &rows[results.row_count++];
    *row = (struct cvl_row){
        .key = {.device = "0:0",
                .problem = hand_made_problem(CVL_STANDARD, 64, 112, 128, 56, 3, 2)},
        .status = CVL_ROW_OK,
        .has_computed = true,
        .has_counted = true,
        .has_time = true,
        .time = {.median_s = median_s, .host_median_s = 2.0 * median_s},
    };
    (void)snprintf(row->key.layer, sizeof row->key.layer, "%s", layer);
    (void)snprintf(row->key.variant, sizeof row->key.variant, "%s", variant);
    row->counted.peak_bytes[CVL_FREED] = row->computed.peak_bytes[CVL_FREED] = bytes;
    row->counted.peak_bytes[CVL_ALL_LIVE] = 10000 - bytes;
    row->computed.peak_bytes[CVL_ALL_LIVE] = 20000;
    results.rows = rows;
    return row;
}

static void choose(enum cvl_policy policy, uint64_t limit_bytes, double within)
{
    const struct cvl_choice_rules rules = {policy, limit_bytes, within};
    struct cvl_error err = {0};
    cr_assert_eq(cvl_choices_create(&results, &rules, &choices, &err), CVL_OK, "%s", err.text);
}

static void expect(const struct cvl_contender *contender, const char *variant)
{
    cr_assert_not_null(contender, "expected %s", variant);
    cr_expect_str_eq(contender->row->key.variant, variant);
}

/* slow is beaten by middle in both; a to c are the Pareto set. */
static void add_five(void)
{
    add("block2", "slow", 9.0, 500);
    add("block2", "b", 1.08, 600);
    add("block2", "a", 1.0, 900);
    add("block2", "c", 5.0, 100);
    add("block2", "middle", 2.0, 600);
}

Test(choices, the_pareto_set_is_what_nothing_beats)
{
    static const struct {
        const char *variant;
        bool is_pareto;
    } expected[] = {{"a", true}, {"b", true}, {"middle", false}, {"c", true}, {"slow", false}};
    add_five();
    choose(CVL_FREED, 0, 0.1);
    cr_assert_eq(choices.count, 1);
    cr_assert_eq(choices.items[0].count, 5);
    for (size_t i = 0; i < 5; i++) {
        expect(&choices.items[0].contenders[i], expected[i].variant);
        cr_expect_eq(choices.items[0].contenders[i].is_pareto, expected[i].is_pareto, "%zu", i);
    }
    cr_expect_str_eq(choices.items[0].source, "counted");
    cvl_choices_clear(&choices);
}

Test(choices, fastest_and_smallest_keep_limit_and_tolerance)
{
    add_five();
    choose(CVL_FREED, 0, 0.1);
    expect(choices.items[0].fastest, "a");
    expect(choices.items[0].smallest, "b");
    cvl_choices_clear(&choices);
    choose(CVL_FREED, 0, 0.0);
    expect(choices.items[0].smallest, "a");
    cvl_choices_clear(&choices);
    choose(CVL_FREED, 899, 4.0); /* 5 times the fastest that is left, b */
    expect(choices.items[0].fastest, "b");
    expect(choices.items[0].smallest, "c");
    cr_expect_not(choices.items[0].contenders[0].keeps_limit);
    cvl_choices_clear(&choices);
    choose(CVL_FREED, 99, 0.1);
    cr_expect_null(choices.items[0].fastest);
    cr_expect_null(choices.items[0].smallest);
    cvl_choices_clear(&choices);
}

/* What `plan --memory-limit` refuses is not chosen: loading the weights may need the most. */
Test(choices, loading_counts_against_the_limit)
{
    add_five();
    rows[2].computed.load_peak_bytes = 2000; /* a, the fastest */
    choose(CVL_FREED, 1000, 0.0);
    expect(choices.items[0].fastest, "b");
    cr_expect_eq(choices.items[0].contenders[0].load_bytes, 2000);
    cvl_choices_clear(&choices);
    choose(CVL_FREED, 2000, 0.0);
    expect(choices.items[0].fastest, "a");
    cvl_choices_clear(&choices);
}

Test(choices, a_network_has_a_choice)
{
    add_five();
    for (size_t i = 0; i < 5; i++) {
        rows[i].key.layer[0] = '\0';
        rows[i].key.problem = (struct cvl_problem){.form = CVL_SEPARABLE};
        (void)strcpy(rows[i].key.network, "net");
    }
    choose(CVL_FREED, 0, 0.1);
    cr_assert_eq(choices.count, 1);
    expect(choices.items[0].fastest, "a");
    cvl_choices_clear(&choices);
}

Test(choices, the_policy_decides)
{
    add_five(); /* under all_live a is smallest of all, so nothing else is left */
    rows[3].counted.peak_bytes[CVL_ALL_LIVE] = 9500;
    choose(CVL_ALL_LIVE, 0, 9.0);
    expect(choices.items[0].fastest, "a");
    expect(choices.items[0].smallest, "a");
    cr_expect(choices.items[0].contenders[0].is_pareto);
    for (size_t i = 1; i < 5; i++)
        cr_expect_not(choices.items[0].contenders[i].is_pareto, "%zu", i);
    cvl_choices_clear(&choices);
}

Test(choices, twins_are_one_choice)
{
    add("block2", "first", 1.0, 500);
    add("block2", "second", 1.0, 500);
    choose(CVL_FREED, 0, 0.1);
    cr_expect(choices.items[0].contenders[0].is_pareto);
    cr_expect_not(choices.items[0].contenders[1].is_pareto);
    expect(choices.items[0].fastest, "first");
    expect(choices.items[0].smallest, "first");
    cvl_choices_clear(&choices);
}

Test(choices, layers_layouts_types_devices_and_shapes_are_apart_and_forms_are_not)
{
    add("block3", "x", 1.0, 500);
    add("block2", "x", 1.0, 500);
    add("block2", "y", 2.0, 400)->key.problem.form = CVL_SEPARABLE;
    add("block2", "x", 1.0, 500)->key.layout = CVL_NCHW;
    add("block2", "x", 1.0, 500)->key.dtype = CVL_F16;
    add("block2", "x", 1.0, 500)->key.device[0] = '1';
    add("block2", "x", 1.0, 500)->key.problem.oc = 64;
    choose(CVL_FREED, 0, 0.1);
    cr_assert_eq(choices.count, 6);
    cr_expect_str_eq(choices.items[0].first->key.layer, "block3", "the results' order is kept");
    cr_expect_eq(choices.items[1].count, 2);
    for (size_t i = 2; i < 6; i++)
        cr_expect_eq(choices.items[i].count, 1, "%zu", i);
    cvl_choices_clear(&choices);
}

Test(choices, clocks_and_sources_that_differ_are_made_one)
{
    add("block2", "event", 1.0, 500)->time.clock = CVL_CLOCK_EVENT;
    struct cvl_row *host = add("block2", "host", 1.5, 400);
    host->time.clock = CVL_CLOCK_HOST;
    host->has_counted = false;
    choose(CVL_FREED, 0, 1.0);
    cr_expect_eq(choices.items[0].clock, CVL_CLOCK_HOST);
    cr_expect_eq(choices.items[0].contenders[0].time_s, 2.0);
    cr_expect_str_eq(choices.items[0].source, "computed");
    cvl_choices_clear(&choices);
}

Test(choices, what_has_no_figures_takes_no_part)
{
    add("block2", "failed", 0.5, 1)->status = CVL_ROW_FAILED;
    add("block2", "untimed", 0.5, 1)->has_time = false;
    add("block2", "too short", 0.0, 1);
    struct cvl_row *bare = add("block2", "no bytes", 0.5, 1);
    bare->has_computed = bare->has_counted = false;
    choose(CVL_FREED, 0, 0.1);
    cr_expect_eq(choices.count, 0);
    cvl_choices_clear(&choices);
    add("block2", "good", 1.0, 500);
    rows[3].has_computed = true;
    rows[3].computed.peak_bytes[CVL_FREED] = CVL_ABSENT;
    choose(CVL_FREED, 0, 0.1);
    cr_assert_eq(choices.count, 1);
    cr_expect_eq(choices.items[0].count, 1);
    expect(choices.items[0].fastest, "good");
    cvl_choices_clear(&choices);
}

Test(choices, no_rows_give_no_choice)
{
    choose(CVL_FREED, 0, 0.1);
    cr_expect_eq(choices.count, 0);
    cvl_choices_clear(&choices);
}

/* A time of tiles that are another device's. */
Test(choices, a_row_planned_for_another_device_has_no_time)
{
    struct cvl_row *fast = add("block2", "fast", 0.5, 100);
    const struct cvl_row *slow = add("block2", "slow", 1.0, 200);
    cr_expect(cvl_row_is_timed(fast));
    (void)snprintf(fast->planned_for, sizeof fast->planned_for, "h100");
    cr_expect_not(cvl_row_is_timed(fast));
    choose(CVL_FREED, 0, 0.1);
    cr_assert_eq(choices.count, 1);
    expect(choices.items[0].fastest, slow->key.variant);
    expect(choices.items[0].smallest, slow->key.variant);
    cvl_choices_clear(&choices);
}
