#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "supervise/ahead.h"

enum { CASES = 5 };

/* Two layers that differ in sizes alone, a third with a window of its own, one that does not plan,
 * and a network whose kernels no layer has. */
static const char *const texts[CASES] = {"ic64ih56oc64kh3ph1", "ic64ih28oc64kh3ph1",
                                         "ic64ih28oc64kh5ph2", "ic64ih28oc64kh5ph2",
                                         "ic64ih28oc64kh7ph3"};
static const char *const variants[CASES] = {"direct", "direct", "direct", "winograd_f2", "direct"};

static struct cvl_network_step steps[CASES];
static struct cvl_network networks[CASES];
static struct cvl_case cases[CASES];
static struct cvl_tuning_origin origin;
static struct cvl_ahead_case *chosen;
static size_t count;

static struct cvl_supervision supervision_of_all(void)
{
    for (size_t i = 0; i < CASES; i++) {
        cr_assert_eq(cvl_problem_parse(texts[i], &steps[i].problem, NULL), CVL_OK);
        steps[i].repetition = steps[i].repetitions = 1;
        networks[i] = (struct cvl_network){.steps = &steps[i], .step_count = 1};
        cases[i] = (struct cvl_case){.network = &networks[i],
                                     .variant = cvl_variant_find(variants[i]),
                                     .layout = CVL_NCHW,
                                     .dtype = CVL_F32};
    }
    strcpy(networks[CASES - 1].name, "net");
    return (struct cvl_supervision){.cases = cases, .case_count = CASES, .tuning = &origin};
}

static void choose(const struct cvl_supervision *s)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_error err = {0};
    cr_assert_eq(cvl_ahead_choose(s, &device, &chosen, &count, &err), CVL_OK, "%s", err.text);
}

static void clear(void)
{
    cvl_ahead_clear(&chosen, &count);
}

Test(ahead, cases_that_share_their_kernels_are_run_once, .fini = clear)
{
    const struct cvl_supervision s = supervision_of_all();
    choose(&s);
    cr_assert_eq(count, 2, "got %zu", count);
    cr_expect_eq(chosen[0].item, &cases[0]);
    cr_expect_eq(chosen[1].item, &cases[2]);
}

/* A network takes long, and its layers' kernels come with the layers. */
Test(ahead, a_network_is_not_compiled, .fini = clear)
{
    const struct cvl_supervision s = supervision_of_all();
    choose(&s);
    cr_expect_eq(count, 2, "got %zu", count);
    networks[CASES - 1].name[0] = '\0'; /* the same as a layer */
    clear();
    choose(&s);
    cr_assert_eq(count, 3, "got %zu", count);
    cr_expect_eq(chosen[2].item, &cases[CASES - 1]);
}

Test(ahead, what_is_done_is_not_compiled, .fini = clear)
{
    struct cvl_supervision s = supervision_of_all();
    struct cvl_row row;
    cvl_row_init(&row);
    row.key = cvl_case_key(&cases[2], cvl_device_facts_default().id);
    const struct cvl_results done = {.rows = &row, .row_count = 1};
    struct cvl_row_index done_rows;
    cr_assert_eq(cvl_row_index_create(&row, 1, CVL_KEY_ALL, &done_rows, NULL), CVL_OK);
    s.done = &done;
    s.done_rows = &done_rows;
    choose(&s);
    cvl_row_index_clear(&done_rows);
    cr_assert_eq(count, 1, "got %zu", count);
    cr_expect_eq(chosen[0].item, &cases[0]);
    cvl_row_clear(&row);
}

Test(ahead, what_a_memory_limit_refuses_is_not_compiled, .fini = clear)
{
    struct cvl_supervision s = supervision_of_all();
    s.options.memory_limit_bytes = 1;
    choose(&s);
    cr_expect_eq(count, 0, "got %zu", count);
    clear();
    s.options.memory_limit_bytes = UINT64_MAX;
    choose(&s);
    cr_expect_eq(count, 2, "got %zu", count);
}

/* What a case will run with is what is compiled. */
Test(ahead, a_case_is_compiled_with_its_tuning, .fini = clear)
{
    const struct cvl_supervision s = supervision_of_all();
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    const struct cvl_device_facts device = cvl_device_facts_default();
    cr_assert_gt(cvl_variant_parameters(cases[0].variant, CVL_NCHW, &device, parameters), 0);
    cr_assert(cvl_values_set(&origin.given, parameters[0]->name, parameters[0]->values[0]));
    choose(&s);
    cr_assert_eq(count, 2, "got %zu", count);
    for (size_t i = 0; i < count; i++) {
        const struct cvl_tuned_steps *with = &chosen[i].steps;
        cr_assert_eq(with->count, 1);
        cr_expect_eq(with->choices[0].variant, cases[0].variant);
        cr_assert_eq(with->choices[0].tuning_count, 1);
        cr_expect_str_eq(with->choices[0].tuning[0].name, parameters[0]->name);
        cr_expect_eq(with->choices[0].tuning[0].value, parameters[0]->values[0]);
    }
}
