#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "result/chain_json.h"

static struct cvl_chain_layer two_layers[2];

/* Every figure has a value of its own. */
static struct cvl_chain_row full_row(void)
{
    struct cvl_chain_row row;
    cvl_chain_row_init(&row);
    strcpy(row.device, "0:1");
    strcpy(row.chain, "net \"x\"");
    strcpy(row.variant, "sep_fused");
    row.form = CVL_SEPARABLE;
    row.layout = CVL_NCHW;
    row.dtype = CVL_F16;
    row.has_computed = row.has_counted = row.has_time = row.has_check = true;
    row.check = (struct cvl_row_check){0.01, 0.02, 0.5, true};
    uint64_t number = 100;
    struct cvl_chain_bytes *c = &row.computed;
    for (unsigned r = 0; r < CVL_ROLE_COUNT; r++)
        c->plan.role[r] = number++;
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++) {
        c->plan.peak[p] = number++;
        c->plan.peak_without_weights[p] = number++;
        row.counted.peak_bytes[p] = number++;
        row.counted.own_peak_bytes[p] = number++;
    }
    c->plan.total = number++;
    c->plan.load_peak = number++;
    c->outputs = number++;
    c->arena_lower_bound = number++;
    c->arena_without_input = number++;
    c->arena_without_input_lower_bound = number++;
    row.counted.library_bytes = number++;
    row.counted.allocations = number++;
    row.counted.leaked_bytes = number++;
    strcpy(row.peak_layer, "block1");
    strcpy(row.pinned_peak_layer, "block2");
    row.time = (struct cvl_row_time){CVL_CLOCK_HOST, 1.5, 1.0, 1.1, 2.0, 0.1, 1.5, 30, 2, "spread"};
    two_layers[0] = (struct cvl_chain_layer){"a", 1, CVL_STANDARD, "direct", 1, 2, 3, 4, 0.5};
    two_layers[1] = (struct cvl_chain_layer){"b", 2, CVL_SEPARABLE, "sep_fused", 5,
                                             6,   7, CVL_ABSENT,    (double)NAN};
    row.layers = two_layers;
    row.layer_count = 2;
    return row;
}

Test(chain_json, everything_comes_back)
{
    struct cvl_chain_row row = full_row(), again;
    struct cvl_error err = {0};
    json_t *object = cvl_chain_row_json(&row);
    cr_assert_not_null(object);
    cr_assert_eq(cvl_chain_row_json_read(object, &again, &err), CVL_OK, "%s", err.text);
    json_t *twin = cvl_chain_row_json(&again);
    cr_expect(json_equal(object, twin));
    cr_expect_str_eq(again.chain, row.chain);
    cr_expect_eq(again.form, CVL_SEPARABLE);
    cr_expect_eq(again.computed.outputs, row.computed.outputs);
    cr_expect_eq(again.computed.plan.peak[CVL_ARENA], row.computed.plan.peak[CVL_ARENA]);
    cr_expect_eq(again.counted.own_peak_bytes[CVL_FREED], row.counted.own_peak_bytes[CVL_FREED]);
    cr_expect_eq(again.time.median_s, 1.5);
    cr_expect_eq(again.check.tolerance, 0.5);
    cr_expect_str_eq(again.pinned_peak_layer, "block2");
    cr_assert_eq(again.layer_count, 2);
    cr_expect_str_eq(again.layers[1].variant, "sep_fused");
    cr_expect_eq(again.layers[0].time_s, 0.5);
    cr_expect(isnan(again.layers[1].time_s));
    cr_expect_eq(again.layers[1].counted_peak_bytes, CVL_ABSENT);
    json_decref(object);
    json_decref(twin);
    cvl_chain_row_clear(&again);
}

Test(chain_json, what_is_absent_is_null_and_stays_absent)
{
    struct cvl_chain_row row, again;
    struct cvl_error err = {0};
    cvl_chain_row_init(&row);
    row.status = CVL_ROW_SKIPPED;
    strcpy(row.reason, "too large");
    json_t *object = cvl_chain_row_json(&row);
    const json_t *memory = json_object_get(object, "memory");
    cr_expect(json_is_null(json_object_get(object, "time")));
    cr_expect(json_is_null(json_object_get(memory, "computed")));
    cr_expect(json_is_null(json_object_get(memory, "counted")));
    cr_assert_eq(cvl_chain_row_json_read(object, &again, &err), CVL_OK, "%s", err.text);
    cr_expect_not(again.has_computed || again.has_counted || again.has_time);
    cr_expect_eq(again.computed.outputs, CVL_ABSENT);
    cr_expect_str_eq(again.reason, "too large");
    json_decref(object);
    cvl_chain_row_clear(&again);
}

Test(chain_json, damaged_rows_are_refused)
{
    struct cvl_chain_row row = full_row(), again;
    struct cvl_error err = {0};
    static const char *const keys[] = {"device", "chain",  "form",   "variant", "layout",
                                       "dtype",  "status", "memory", "time",    "check"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        json_t *object = cvl_chain_row_json(&row);
        json_object_set_new(object, keys[i], json_integer(-1));
        cr_expect_eq(cvl_chain_row_json_read(object, &again, &err), CVL_BAD_INPUT, "%s", keys[i]);
        cr_expect_null(again.layers);
        json_object_del(object, keys[i]);
        cr_expect_eq(cvl_chain_row_json_read(object, &again, &err), CVL_BAD_INPUT, "%s", keys[i]);
        json_decref(object);
    }
}

Test(chain_json, a_limit_refuses_with_both_figures)
{
    struct cvl_chain_row row = full_row();
    row.computed.plan.load_peak = 50;
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        row.computed.plan.peak[p] = 1000 - p;
    cr_expect(cvl_chain_row_keeps_limit(&row, 0));
    cr_expect(cvl_chain_row_keeps_limit(&row, 997));
    cr_expect_eq(row.status, CVL_ROW_OK);
    cr_expect_not(cvl_chain_row_keeps_limit(&row, 996));
    cr_expect_eq(row.status, CVL_ROW_SKIPPED);
    cr_expect_str_eq(row.reason, "needs 997 bytes at least (arena); the memory limit is 996");
}
