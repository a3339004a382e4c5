/* Run options on their way to a worker: each one that convlens/run_options.def declares. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "run/options.h"

enum {
#define CVL_RUN_OPTION(type, kind, name, meaning) OPTION_##name,
#include <convlens/run_options.def>
    OPTION_COUNT
};

static const char *const names[] = {
#define CVL_RUN_OPTION(type, kind, name, meaning) #name,
#include <convlens/run_options.def>
};

/* A value of each kind that is not its default, and another one for each option. */
#define OTHER_REAL(i)  (0.375 + (i))
#define OTHER_U64(i)   (((uint64_t)1 << 53) + 1 + (uint64_t)(i))
#define OTHER_BOOL(i)  true
#define OTHER_OWNED(i) (&hostile[i])

/* Each option has another beginning of it. */
static const char hostile[] = "0123456789abcdef a \"b\"\n\\ \xC3\xA9,c=7";
_Static_assert(OPTION_COUNT <= 16, "an option's text would begin within a character");

static void set_option(struct cvl_run_options *options, int index)
{
#define CVL_RUN_OPTION(type, kind, name, meaning)                                                  \
    if (index == OPTION_##name)                                                                    \
        options->name = OTHER_##kind(OPTION_##name);
#include <convlens/run_options.def>
}

#define IS_SAME_REAL(a, b)  ((a) == (b))
#define IS_SAME_U64(a, b)   ((a) == (b))
#define IS_SAME_BOOL(a, b)  ((a) == (b))
#define IS_SAME_OWNED(a, b) is_same_text(a, b)

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void expect_same(const struct cvl_run_options *got, const struct cvl_run_options *expected)
{
#define CVL_RUN_OPTION(type, kind, name, meaning)                                                  \
    cr_expect(IS_SAME_##kind(got->name, expected->name), "%s", #name);
#include <convlens/run_options.def>
}

/* What comes back of them through a line of text; to be cleared. */
static struct cvl_run_options carry(const struct cvl_run_options *options)
{
    struct cvl_run_options back;
    struct cvl_error err = {0};
    json_t *object = cvl_run_options_json(options);
    char *line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    object = json_loads(line, 0, NULL);
    free(line);
    cr_assert_eq(cvl_run_options_json_read(object, &back, &err), CVL_OK, "%s", err.text);
    json_decref(object);
    return back;
}

static void expect_carried(const struct cvl_run_options *options)
{
    struct cvl_run_options back = carry(options);
    expect_same(&back, options);
    cvl_run_options_clear(&back);
    expect_same(&back, &(struct cvl_run_options){0});
}

Test(run_options, the_defaults_are_zero_and_survive)
{
    const struct cvl_run_options defaults = {0};
    expect_carried(&defaults);
}

Test(run_options, each_survives_alone)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        struct cvl_run_options options = {0};
        set_option(&options, i);
        expect_carried(&options);
    }
}

Test(run_options, all_survive_together)
{
    struct cvl_run_options options = {0};
    for (int i = 0; i < OPTION_COUNT; i++)
        set_option(&options, i);
    expect_carried(&options);
}

/* One member each, by its name; who hears of progress stays here. */
Test(run_options, a_worker_is_told_these_and_no_others)
{
    const struct cvl_run_options options = {.user = (void *)names};
    json_t *object = cvl_run_options_json(&options);
    cr_expect_eq(json_object_size(object), OPTION_COUNT);
    for (int i = 0; i < OPTION_COUNT; i++)
        cr_expect_not_null(json_object_get(object, names[i]), "%s", names[i]);
    json_decref(object);
    struct cvl_run_options back = carry(&options);
    cr_expect_null(back.user);
    cr_expect(!back.progress);
    cvl_run_options_clear(&back);
}

static void expect_refusal(const json_t *object, const char *part)
{
    struct cvl_run_options back;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_run_options_json_read(object, &back, &err), CVL_BAD_INPUT, "%s", part);
    cr_expect_not_null(strstr(err.text, part), "'%s' is not in '%s'", part, err.text);
    cr_expect_not_null(strstr(err.text, "expected"), "%s", err.text);
    cvl_run_options_clear(&back);
}

/* No option is an array. */
Test(run_options, a_value_of_another_kind_is_refused)
{
    struct cvl_run_options options = {0};
    for (int i = 0; i < OPTION_COUNT; i++)
        set_option(&options, i);
    for (int i = 0; i < OPTION_COUNT; i++) {
        json_t *object = cvl_run_options_json(&options);
        json_object_set_new(object, names[i], json_array());
        expect_refusal(object, names[i]);
        json_decref(object);
    }
    json_t *array = json_array();
    expect_refusal(array, "options");
    json_decref(array);
}
