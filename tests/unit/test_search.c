#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "tuning/library.h"
#include "tuning/search.h"

/* Made-up spaces: two parameters, or three with many values. */
static const struct cvl_parameter width = {
    "width", "", CVL_EVERYWHERE, {1, 2, 4, 8, 16, 32, 64, 128}};
static const struct cvl_parameter height = {"height", "", CVL_EVERYWHERE, {1, 2, 3, 4, 5, 6, 7, 8}};
static const struct cvl_parameter depth = {
    "depth", "", CVL_EVERYWHERE, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};

/* How the scripted evaluator answers, and what it has seen. */
struct script {
    double (*seconds)(const struct cvl_values *used); /* below 0: it crashes */
    char tried[512][CVL_VALUES_TEXT_BYTES];
    size_t count;
};

static int32_t value_of(const struct cvl_values *values, const char *name, int32_t otherwise)
{
    const int32_t *value = cvl_values_find(values, name);
    return value ? *value : otherwise;
}

/* The default is 8 x 3 (x 2); area is limited. */
static bool resolve(void *user, const struct cvl_values *asked, struct cvl_values *used)
{
    const struct cvl_space *space = user;
    *used = (struct cvl_values){0};
    cvl_values_set(used, "width", value_of(asked, "width", 8));
    cvl_values_set(used, "height", value_of(asked, "height", 3));
    if (space->parameter_count > 2)
        cvl_values_set(used, "depth", value_of(asked, "depth", 2));
    return value_of(used, "width", 0) * value_of(used, "height", 0) <= 512;
}

static struct cvl_space make_space(size_t parameters)
{
    return (struct cvl_space){
        .parameters = {&width, &height, &depth}, .parameter_count = parameters, .resolve = resolve};
}

static struct cvl_search *start(struct cvl_space *space, uint64_t seed)
{
    struct cvl_search *search = NULL;
    space->user = space;
    cr_assert_eq(cvl_search_create(space, seed, &search, NULL), CVL_OK);
    return search;
}

/* Answers up to `max` candidates. @return how many were asked for */
static size_t answer(struct cvl_search *search, struct script *script, size_t max)
{
    struct cvl_candidate candidate;
    size_t count = 0;
    while (count < max && cvl_search_next(search, &candidate)) {
        char *text = script->tried[script->count++];
        cr_assert_lt(script->count, 512);
        cvl_values_print(&candidate.used, text);
        for (size_t i = 0; i + 1 < script->count; i++)
            cr_assert_str_neq(script->tried[i], text, "tried twice");
        candidate.median_s = script->seconds(&candidate.used);
        candidate.status = candidate.median_s < 0.0 ? CVL_ROW_CRASHED : CVL_ROW_OK;
        cr_assert_eq(cvl_search_tell(search, &candidate, NULL), CVL_OK);
        count++;
    }
    return count;
}

/* Best in a far corner, beyond a ridge: steps alone do not get there. */
static double corner(const struct cvl_values *used)
{
    const int32_t w = value_of(used, "width", 0), h = value_of(used, "height", 0);
    return w == 64 && h == 1 ? 0.25 : 1.0 + 0.001 * w + 0.01 * h;
}

static double bowl(const struct cvl_values *used)
{
    double seconds = 1.0;
    for (int32_t w = value_of(used, "width", 0); w < 32; w *= 2)
        seconds += 0.1;
    seconds += 0.05 * abs(value_of(used, "height", 0) - 6);
    return seconds + 0.02 * abs(value_of(used, "depth", 9) - 9);
}

static double crashing(const struct cvl_values *used)
{
    return value_of(used, "width", 0) > 8 ? -1.0 : corner(used);
}

static void expect_best(const struct cvl_search *search, const char *expected)
{
    char text[CVL_VALUES_TEXT_BYTES] = "";
    cr_assert_not_null(cvl_search_best(search));
    cvl_values_print(&cvl_search_best(search)->used, text);
    cr_expect_str_eq(text, expected);
}

Test(search, a_small_space_is_tried_to_its_end)
{
    struct script script = {.seconds = corner};
    struct cvl_space space = make_space(2);
    struct cvl_search *search = start(&space, 1);
    size_t allowed = 0;
    for (int w = 1; w <= 128; w *= 2)
        for (int h = 1; h <= 8; h++)
            allowed += w * h <= 512;
    cr_expect_eq(answer(search, &script, 500), allowed);
    cr_expect_str_eq(script.tried[0], "height=3,width=8", "the default comes first");
    expect_best(search, "height=1,width=64");
    cr_expect_eq(cvl_search_tried(search), allowed);
    cvl_search_destroy(&search);
    cr_expect_null(search);
}

Test(search, steps_lead_to_the_best_of_a_large_space)
{
    struct script script = {.seconds = bowl};
    struct cvl_space space = make_space(3);
    struct cvl_search *search = start(&space, 1);
    const size_t count = answer(search, &script, 500);
    expect_best(search, "depth=9,height=6,width=32");
    cr_expect_lt(count, 120, "%zu of 640", count);
    cr_expect_eq(cvl_search_best(search)->median_s, 1.0);
    cr_expect_float_eq(cvl_search_default(search)->median_s, 1.49, 1e-9);
    cvl_search_destroy(&search);
}

Test(search, equal_seeds_search_alike)
{
    struct script scripts[2] = {{.seconds = bowl}, {.seconds = bowl}};
    for (int i = 0; i < 2; i++) {
        struct cvl_space space = make_space(3);
        struct cvl_search *search = start(&space, 7);
        answer(search, &scripts[i], 500);
        cvl_search_destroy(&search);
    }
    cr_expect_eq(scripts[0].count, scripts[1].count);
    cr_expect_eq(memcmp(scripts[0].tried, scripts[1].tried, sizeof scripts[0].tried), 0);
}

Test(search, what_crashed_is_not_asked_for_again_and_never_best)
{
    struct script script = {.seconds = crashing};
    struct cvl_space space = make_space(2);
    struct cvl_search *search = start(&space, 1);
    answer(search, &script, 500); /* fails where one is asked for twice */
    expect_best(search, "height=1,width=1");
    cvl_search_destroy(&search);
}

Test(search, a_default_that_crashes_ends_nothing)
{
    struct script script = {.seconds = crashing};
    struct cvl_space space = make_space(3);
    struct cvl_search *search = start(&space, 1);
    struct cvl_candidate candidate;
    cr_assert(cvl_search_next(search, &candidate));
    candidate.status = CVL_ROW_TIMEOUT;
    cr_assert_eq(cvl_search_tell(search, &candidate, NULL), CVL_OK);
    cr_expect_null(cvl_search_best(search));
    cr_expect_gt(answer(search, &script, 500), 0);
    cr_assert_not_null(cvl_search_best(search));
    cr_expect_eq(cvl_search_default(search)->status, CVL_ROW_TIMEOUT);
    cvl_search_destroy(&search);
}

Test(search, what_is_known_is_not_asked_for_again)
{
    struct script whole = {.seconds = corner}, parts = {.seconds = corner};
    struct cvl_space space = make_space(2);
    struct cvl_search *search = start(&space, 1);
    answer(search, &whole, 500);
    cvl_search_destroy(&search);

    struct cvl_candidate known[20];
    search = start(&space, 1);
    for (int i = 0; i < 20; i++) { /* the first part of a search that is killed */
        cr_assert(cvl_search_next(search, &known[i]));
        cvl_values_print(&known[i].used, parts.tried[parts.count++]);
        known[i].median_s = corner(&known[i].used);
        known[i].status = CVL_ROW_OK;
        cr_assert_eq(cvl_search_tell(search, &known[i], NULL), CVL_OK);
    }
    cvl_search_destroy(&search);
    search = start(&space, 1);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(cvl_search_tell(search, &known[i], NULL), CVL_OK);
    answer(search, &parts, 500);
    cr_expect_eq(parts.count, whole.count);
    expect_best(search, "height=1,width=64");
    cvl_search_destroy(&search);
}

Test(search, suggestions_come_behind_the_default)
{
    struct script script = {.seconds = corner};
    struct cvl_space space = make_space(3);
    struct cvl_search *search = start(&space, 1);
    struct cvl_values good = {0}, foreign = {0}, large = {0};
    cvl_values_set(&good, "width", 64);
    cvl_values_set(&good, "height", 1);
    cvl_values_set(&foreign, "colour", 3); /* comes to the default */
    cvl_values_set(&large, "width", 128);
    cvl_values_set(&large, "height", 8); /* breaks the limit */
    cr_assert_eq(cvl_search_suggest(search, &foreign, NULL), CVL_OK);
    cr_assert_eq(cvl_search_suggest(search, &large, NULL), CVL_OK);
    cr_assert_eq(cvl_search_suggest(search, &good, NULL), CVL_OK);
    answer(search, &script, 2);
    cr_expect_str_eq(script.tried[0], "depth=2,height=3,width=8");
    cr_expect_str_eq(script.tried[1], "depth=2,height=1,width=64");
    cvl_search_destroy(&search);
}

Test(search, a_search_ends_after_enough_tries_in_vain)
{
    struct script script = {.seconds = bowl};
    struct cvl_space space = make_space(3);
    struct cvl_search *search = start(&space, 3);
    const size_t first = answer(search, &script, 500);
    cr_expect_eq(answer(search, &script, 500), 0);
    struct cvl_candidate last;
    cr_expect_not(cvl_search_next(search, &last));
    cr_expect_geq(first, CVL_SEARCH_PATIENCE);
    cvl_search_destroy(&search);
}

Test(search, values_have_one_text)
{
    struct cvl_values values;
    char text[CVL_VALUES_TEXT_BYTES];
    cr_assert_eq(cvl_values_parse("b=2,a=1,", &values, NULL), CVL_OK);
    cvl_values_print(&values, text);
    cr_expect_str_eq(text, "a=1,b=2");
    static const char *const wrong[] = {"a",  "a=",    "=1",        "a=-1",
                                        ",,", "a=1;b", "a=1,b='x'", "a_name_that_is_too_long=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_eq(cvl_values_parse(wrong[i], &values, NULL), CVL_BAD_INPUT, "%s", wrong[i]);
}

Test(search, values_have_an_end)
{
    struct cvl_values values = {0};
    char name[8], text[CVL_VALUES_TEXT_BYTES];
    for (int i = 0; i < CVL_PLAN_TUNINGS; i++) {
        snprintf(name, sizeof name, "n%d", i);
        cr_assert(cvl_values_set(&values, name, INT32_MAX));
    }
    cr_expect_not(cvl_values_set(&values, "more", 1));
    cr_expect(cvl_values_set(&values, "n3", 1), "a value that is there is replaced");
    cvl_values_print(&values, text);
    struct cvl_values back;
    cr_assert_eq(cvl_values_parse(text, &back, NULL), CVL_OK);
    cr_expect_eq(back.count, (uint32_t)CVL_PLAN_TUNINGS);
}

Test(search, every_candidate_of_the_library_keeps_its_limits)
{
    cr_assert_gt(cvl_library_candidate_count(), 0);
    for (size_t i = 0; i < cvl_library_candidate_count(); i++) {
        struct cvl_values values = cvl_library_candidate(i), part = cvl_library_part(&values);
        cr_expect(cvl_library_allows(&values), "candidate %zu", i);
        cr_expect_eq(part.count, values.count);
        values.at[1].value = 24; /* no tile of 24 is shared out by powers of two */
        cr_expect_not(cvl_library_allows(&values), "candidate %zu", i);
        values.count--;
        cr_expect_not(cvl_library_allows(&values), "candidate %zu, one short", i);
    }
    cr_expect_not(cvl_library_has("pixels"));
}

Test(search, the_library_is_searched_in_the_lists_order)
{
    struct cvl_search *search = NULL;
    struct cvl_candidate candidate;
    cr_assert_eq(cvl_library_search(1, &search, NULL), CVL_OK);
    size_t count = 0;
    for (; cvl_search_next(search, &candidate); count++) {
        char expected[CVL_VALUES_TEXT_BYTES] = "", text[CVL_VALUES_TEXT_BYTES];
        if (count > 0) {
            struct cvl_values values = cvl_library_candidate(count - 1);
            cvl_values_print(&values, expected);
        }
        cvl_values_print(&candidate.used, text);
        cr_expect_str_eq(text, expected);
        candidate.status = CVL_ROW_OK;
        candidate.median_s = 1.0;
        cr_assert_eq(cvl_search_tell(search, &candidate, NULL), CVL_OK);
    }
    cr_expect_eq(count, 1 + cvl_library_candidate_count());
    cvl_search_destroy(&search);
}
