/* What the layers of a case run with, and the text by which --tuning repeats it. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/sweep.h>

#include "base/random.h"
#include "scratch.h"
#include "tuning/library.h"
#include "tuning/steps.h"

enum { STEPS = 4 };

static const struct cvl_values no_values;
static struct cvl_device_facts device;
static struct cvl_sweep sweep;
static struct cvl_case net, layer; /* the network, and its first layer alone */
static struct cvl_tuning_origin origin;
static struct cvl_tuned_steps steps;
static struct cvl_error err;

static void begin(void)
{
    device = cvl_device_facts_default();
    cr_assert_eq(cvl_sweep_read_text(
                     "[sweep]\nname = net\n"
                     "[layer a]\nin = 8x9x7\nout = 16\nkernel = 3\npad = same\nforms = standard\n"
                     "[layer b]\nin = 16x9x7\nout = 16\nkernel = 3\npad = same\nforms = depthwise\n"
                     "[layer c]\nin = 16x9x7\nout = 16\nkernel = 1\nforms = pointwise\ncount = 2\n"
                     "[network]\nforms = depthwise\n",
                     "net.ini", &sweep, &err),
                 CVL_OK, "%s", err.text);
    cr_assert_eq(sweep.networks[0].step_count, STEPS);
    net = (struct cvl_case){&sweep.networks[0], cvl_variant_find("direct"), .layout = CVL_NHWC};
    layer = net;
    layer.network = &sweep.layers[0];
}

static void end(void)
{
    cvl_tuned_steps_clear(&steps);
    cvl_tuning_given_clear(&origin);
    cvl_sweep_clear(&sweep);
}

TestSuite(tuned_steps, .init = begin, .fini = end);

static void give(const char *text)
{
    cvl_tuning_given_clear(&origin);
    cr_assert_eq(cvl_tuning_given_parse(text, &origin, &err), CVL_OK, "%s: %s", text, err.text);
}

static void choose(const struct cvl_case *item)
{
    cvl_tuned_steps_clear(&steps);
    cr_assert_eq(cvl_tuned_steps_choose(&origin, &device, item, &steps, &err), CVL_OK, "%s",
                 err.text);
    cr_assert_eq(steps.count, item->network->step_count);
}

static void expect_printed(const struct cvl_values *library, const char *expected)
{
    char *text = cvl_tuned_steps_print(&steps, library);
    cr_expect_str_eq(text, expected);
    free(text);
}

static void expect_values(size_t step, const char *expected)
{
    char text[CVL_VALUES_TEXT_BYTES];
    cvl_values_print(&steps.tunings[step].values, text);
    cr_expect_str_eq(text, expected, "step %zu", step);
    cr_expect_eq(steps.choices[step].tuning, steps.tunings[step].values.at);
    cr_expect_eq(steps.choices[step].tuning_count, steps.tunings[step].values.count);
}

/* A parameter of the variant that leads, set to the number-th of the values that are tried. */
static const char *set_to(size_t index, size_t number)
{
    static char texts[4][40];
    static size_t turn;
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    char *text = texts[turn++ % 4];
    cr_assert_lt(index, cvl_variant_parameters(net.variant, net.layout, &device, parameters));
    cr_assert_neq(parameters[index]->values[number], 0);
    snprintf(text, sizeof texts[0], "%s=%d", parameters[index]->name,
             (int)parameters[index]->values[number]);
    return text;
}

Test(tuned_steps, nothing_given_is_the_defaults)
{
    choose(&net);
    for (size_t i = 0; i < STEPS; i++) {
        expect_values(i, "");
        cr_expect_eq(steps.choices[i].variant, net.variant);
    }
    cr_expect_eq(steps.source, CVL_TUNING_DEFAULT);
    expect_printed(&no_values, "none");
}

Test(tuned_steps, a_layers_own_values_come_before_those_of_all)
{
    char text[256], expected[256];
    const char *const all = set_to(0, 0), *const own = set_to(0, 1);
    snprintf(text, sizeof text, "3:%s,%s", own, all);
    give(text);
    choose(&net);
    for (size_t i = 0; i < STEPS; i++)
        expect_values(i, i == 2 ? own : all);
    cr_expect_eq(steps.source, CVL_TUNING_GIVEN);
    snprintf(expected, sizeof expected, "1:%s,2:%s,3:%s,4:%s", all, all, own, all);
    expect_printed(&no_values, expected);
}

/* Numbers are of a network's layers: a layer alone has the values of all. */
Test(tuned_steps, a_layer_alone_has_no_number)
{
    char text[256];
    const char *const all = set_to(0, 0), *const own = set_to(0, 1);
    snprintf(text, sizeof text, "%s,1:%s", all, own);
    give(text);
    choose(&layer);
    expect_values(0, all);
    expect_printed(&no_values, all);
    cr_expect_eq(steps.source, CVL_TUNING_GIVEN);
    give(own);
    choose(&layer);
    expect_printed(&no_values, own);
}

Test(tuned_steps, one_layers_values_leave_the_others_as_they_are)
{
    char text[64];
    snprintf(text, sizeof text, "2:%s", set_to(0, 1));
    give(text);
    choose(&net);
    for (size_t i = 0; i < STEPS; i++)
        expect_values(i, i == 1 ? text + 2 : "");
    cr_expect_eq(steps.tunings[0].source, CVL_TUNING_DEFAULT);
    cr_expect_eq(steps.tunings[1].source, CVL_TUNING_GIVEN);
    cr_expect_eq(steps.source, CVL_TUNING_GIVEN, "of all of them");
    expect_printed(&no_values, text);
}

Test(tuned_steps, values_of_the_library_have_no_number)
{
    char text[256];
    struct cvl_tuning_choice library;
    snprintf(text, sizeof text, "2:%s,MWG=64,NWG=32", set_to(0, 1));
    give(text);
    choose(&net);
    cr_assert_eq(cvl_tuning_choose_library(&origin, &device, &library, &err), CVL_OK);
    cr_expect_eq(library.values.count, 2);
    expect_printed(&library.values, text);
    give("MWG=64");
    choose(&net);
    for (size_t i = 0; i < STEPS; i++)
        expect_values(i, "");
    cr_expect_eq(steps.source, CVL_TUNING_DEFAULT);
}

/* Values that no plan uses are not part of what a row ran with, unless there is no plan. */
Test(tuned_steps, what_is_not_used_is_not_repeated)
{
    char text[256];
    snprintf(text, sizeof text, "colour=3,2:taste=5,2:%s", set_to(0, 1));
    give(text);
    choose(&net);
    snprintf(text, sizeof text, "2:%s", set_to(0, 1));
    expect_printed(&no_values, text);
}

/* Values for the layers, some for all, some that no layer uses and some that make no plan. */
static void print_random(struct cvl_random *random, char *text, size_t size)
{
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    const size_t count = cvl_variant_parameters(net.variant, net.layout, &device, parameters);
    size_t used = 0;
    text[0] = '\0';
    for (size_t step = 0; step <= STEPS; step++)
        for (size_t p = 0; p < count; p++) {
            if (cvl_random_below(random, 4) > 0)
                continue;
            char number[8] = "";
            if (step > 0)
                snprintf(number, sizeof number, "%zu:", step);
            size_t values = 0;
            while (values < CVL_PARAMETER_VALUES && parameters[p]->values[values] != 0)
                values++;
            const int32_t any = parameters[p]->values[cvl_random_below(random, values)];
            used += (size_t)snprintf(text + used, size - used, "%s%s%s=%d", used ? "," : "", number,
                                     cvl_random_below(random, 9) ? parameters[p]->name : "colour",
                                     cvl_random_below(random, 9) ? (int)any : 12345);
        }
}

static void expect_inverse(const char *text)
{
    struct cvl_tuned_steps before;
    give(text);
    choose(&net);
    before = steps;
    steps = (struct cvl_tuned_steps){0};
    char *printed = cvl_tuned_steps_print(&before, &no_values);
    cvl_tuning_given_clear(&origin);
    if (strcmp(printed, "none") != 0)
        give(printed);
    choose(&net);
    for (size_t i = 0; i < STEPS; i++) {
        cr_expect(cvl_values_equal(&steps.tunings[i].values, &before.tunings[i].values),
                  "%s: %s: step %zu", text, printed, i);
        cr_expect_eq(steps.choices[i].variant, before.choices[i].variant);
    }
    cr_expect_eq(steps.source, before.source, "%s", text);
    expect_printed(&no_values, printed);
    cvl_tuned_steps_clear(&before);
    free(printed);
}

Test(tuned_steps, what_is_printed_chooses_the_same)
{
    struct cvl_random random = {11};
    size_t tried = 0;
    for (int i = 0; i < 300; i++) {
        char text[4096];
        print_random(&random, text, sizeof text);
        if (text[0] != '\0') {
            expect_inverse(text);
            tried++;
        }
    }
    cr_expect_gt(tried, 250);
}

/* A database in which each of the network's layers is settled with the number-th value, but one
 * with its default. */
static struct cvl_tuning_database *settle(const char *name, size_t number, size_t default_step)
{
    struct cvl_tuning_database *database = NULL;
    cr_assert_eq(cvl_tuning_database_open(scratch_path(name), CVL_STORE_WRITE, &database, &err),
                 CVL_OK, "%s", err.text);
    for (size_t i = 0; i < STEPS; i++) {
        struct cvl_problem_class kind;
        const struct cvl_request request = cvl_case_request(&net, i);
        struct cvl_problem problem = request.problem;
        struct cvl_settlement settlement = {.default_s = 2.0, .best_s = 1.0};
        cvl_problem_class(cvl_variant_name(net.variant), &request, &kind);
        const struct cvl_tuning_key key = {&device, &kind};
        if (i != default_step)
            cr_assert_eq(cvl_values_parse(set_to(0, number), &settlement.asked, &err), CVL_OK);
        cr_assert_eq(cvl_tuning_stand_in(database, &key, &problem, &err), CVL_OK);
        cr_assert_eq(cvl_tuning_settle(database, &key, &settlement, &err), CVL_OK);
    }
    return database;
}

static void expect_settled(size_t number, size_t default_step)
{
    for (size_t i = 0; i < STEPS; i++)
        expect_values(i, i == default_step ? "" : set_to(0, number));
}

/* What came from one database is repeated while another one is there, defaults too. */
Test(tuned_steps, what_a_database_said_is_repeated)
{
    scratch_make();
    struct cvl_tuning_database *first = settle("first.db", 0, 1);
    struct cvl_tuning_database *second = settle("second.db", 1, STEPS);
    origin.database = second;
    choose(&net);
    expect_settled(1, STEPS);
    origin.database = first;
    choose(&net);
    expect_settled(0, 1);
    cr_expect_eq(steps.source, CVL_TUNING_DATABASE);
    char *printed = cvl_tuned_steps_print(&steps, &no_values);
    origin.database = second;
    give(printed);
    choose(&net);
    expect_settled(0, 1);
    cr_expect_eq(steps.source, CVL_TUNING_GIVEN);
    expect_printed(&no_values, printed);
    free(printed);
    cvl_tuning_database_close(&first);
    cvl_tuning_database_close(&second);
    scratch_remove();
}

/* A single layer has its case's variant, which says itself why it does not apply; a network that
 * nothing leads has no steps. */
Test(tuned_steps, a_variant_that_does_not_apply)
{
    layer.variant = net.variant = cvl_variant_find("im2col_gemm"); /* NCHW alone */
    choose(&layer);
    cr_expect_eq(steps.choices[0].variant, layer.variant);
    expect_printed(&no_values, "none");
    cvl_tuned_steps_clear(&steps);
    cr_expect_eq(cvl_tuned_steps_choose(&origin, &device, &net, &steps, &err), CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text, "im2col_gemm computes none of the network's layers");
}

static void expect_refusal(const char *text, const char *part, const char *expected)
{
    char message[256];
    err.text[0] = '\0';
    cr_expect_eq(cvl_tuning_given_parse(text, &origin, &err), CVL_BAD_INPUT, "%s", text);
    snprintf(message, sizeof message, "got '%s', expected at most 24 of %s", part, expected);
    cr_expect_str_eq(err.text, message, "%s: %s", text, err.text);
    cr_expect(origin.given.count == 0 && origin.step_count == 0 && !origin.steps,
              "%s: nothing is left", text);
}

#define OF_ALL   "NAME=NUMBER"
#define OF_LAYER "N:NAME=NUMBER for the N-th layer of a network, N from 1 to 1024"

/* The part that is wrong is named, wherever it stands. */
Test(tuned_steps, bad_texts_are_refused)
{
    static const char *const parts[] = {
        "",      "a",    "a=",           "=1",    "=",
        "a=b",   "a=-1", "a=1.5",        "a=1 ",  " a=1",
        "a b=1", "a==1", "a=2147483648", "a.b=1", "abcdefghijklmnop=1",
    };
    static const char *const of_layers[] = {
        "2:",     "2:a",  "2:a=", "2:=1",  "0:a=1",   "-1:a=1", "1025:a=1", "9999:a=1",
        "1x:a=1", ":a=1", ":",    "a:b=1", "1:2:a=1", "+1:a=1", " 1:a=1",   "99999999999999:a=1",
        "1.0:a=1"};
    static const char *const frames[] = {"%s", "x=1,%s", "%s,x=1", "2:x=1,%s,3:y=2"};
    for (size_t f = 0; f < sizeof frames / sizeof frames[0]; f++) {
        char text[128];
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            snprintf(text, sizeof text, frames[f], parts[i]);
            expect_refusal(text, parts[i], OF_ALL);
        }
        for (size_t i = 0; i < sizeof of_layers / sizeof of_layers[0]; i++) {
            snprintf(text, sizeof text, frames[f], of_layers[i]);
            expect_refusal(text, of_layers[i], OF_LAYER);
        }
    }
    expect_refusal("a\x1b[2J", "a\\x1b[2J", OF_ALL);
}

/* Each layer has room for as many values as a plan has. */
Test(tuned_steps, too_many_values_are_refused)
{
    char text[1024] = "";
    for (int number = 0; number < 2; number++) {
        size_t used = 0;
        for (int i = 0; i <= CVL_PLAN_TUNINGS; i++) {
            if (i == CVL_PLAN_TUNINGS)
                give(text);
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%sa%d=1", i ? "," : "",
                                     number ? "1024:" : "", i);
        }
        cr_expect_eq(origin.step_count, number ? 1024 : 0);
        cr_expect_eq(number ? origin.steps[1023].count : origin.given.count, CVL_PLAN_TUNINGS);
        cvl_tuning_given_clear(&origin);
        expect_refusal(text, number ? "1024:a24=1" : "a24=1", number ? OF_LAYER : OF_ALL);
    }
}

Test(tuned_steps, a_value_given_twice_is_the_last)
{
    give("2:a=1,a=3,2:a=5,a=4");
    cr_expect_eq(*cvl_values_find(&origin.given, "a"), 4);
    cr_assert_eq(origin.step_count, 2);
    cr_expect_eq(*cvl_values_find(&origin.steps[1], "a"), 5);
    cr_expect_eq(origin.steps[0].count, 0);
}
