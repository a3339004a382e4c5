#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "supervise/ahead.h"

enum { CASES = 4 };

/* Two layers that differ in sizes alone, a third with a window of its own, and one that does not
 * plan. */
static const char *const texts[CASES] = {"ic64ih56oc64kh3ph1", "ic64ih28oc64kh3ph1",
                                         "ic64ih28oc64kh5ph2", "ic64ih28oc64kh5ph2"};
static const char *const variants[CASES] = {"direct", "direct", "direct", "winograd_f2"};

static struct cvl_sweep_item items[CASES];
static struct cvl_sweep_case cases[CASES];

static struct cvl_supervision supervision_of_all(void)
{
    static const struct cvl_tuning_origin defaults;
    for (size_t i = 0; i < CASES; i++) {
        cr_assert_eq(cvl_problem_parse(texts[i], &items[i].problem, NULL), CVL_OK);
        cases[i] = (struct cvl_sweep_case){
            &items[i],
            cvl_variant_find(variants[i]),
            {.problem = items[i].problem, .layout = CVL_NCHW, .dtype = CVL_F32}};
    }
    return (struct cvl_supervision){.cases = cases, .case_count = CASES, .tuning = &defaults};
}

Test(ahead, cases_that_share_their_kernels_are_run_once)
{
    const struct cvl_supervision s = supervision_of_all();
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_ahead_case *chosen = NULL;
    size_t count = 0;
    cr_assert_eq(cvl_ahead_choose(&s, &device, &chosen, &count, NULL), CVL_OK);
    cr_assert_eq(count, 2, "got %zu", count);
    cr_expect_eq(chosen[0].item, &cases[0]);
    cr_expect_eq(chosen[1].item, &cases[2]);
    free(chosen);
}

Test(ahead, what_is_done_is_not_compiled)
{
    struct cvl_supervision s = supervision_of_all();
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_row row;
    cvl_row_init(&row);
    cvl_case_name_row(&cases[2], device.id, &(struct cvl_values){0}, &row);
    const struct cvl_results done = {.rows = &row, .row_count = 1};
    s.done = &done;
    struct cvl_ahead_case *chosen = NULL;
    size_t count = 0;
    cr_assert_eq(cvl_ahead_choose(&s, &device, &chosen, &count, NULL), CVL_OK);
    cr_assert_eq(count, 1, "got %zu", count);
    cr_expect_eq(chosen[0].item, &cases[0]);
    free(chosen);
    cvl_row_clear(&row);
}

Test(ahead, what_a_memory_limit_refuses_is_not_compiled)
{
    struct cvl_supervision s = supervision_of_all();
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_ahead_case *chosen = NULL;
    size_t count = 9;
    s.memory_limit_bytes = 1;
    cr_assert_eq(cvl_ahead_choose(&s, &device, &chosen, &count, NULL), CVL_OK);
    cr_assert_eq(count, 0, "got %zu", count);
    free(chosen);
}
