/* sources: fixture_results.c */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "fixture_results.h"
#include "result/device_json.h"
#include "result/row_json.h"

static struct cvl_error error;

/* A row through JSON and back; the caller clears both. */
static char *round_trip(const struct cvl_row *row, struct cvl_row *back)
{
    char *json = cvl_row_to_json(row, true);
    cr_assert_not_null(json);
    enum cvl_status status = cvl_row_from_json(json, back, &error);
    cr_assert_eq(status, CVL_OK, "%s\n%s", error.text, json);
    char *again = cvl_row_to_json(back, true);
    cr_assert_str_eq(json, again);
    free(again);
    return json;
}

Test(result_json, everything_present_comes_back)
{
    struct cvl_row row, back;
    fixture_row_full(&row);
    char *json = round_trip(&row, &back);
    cr_assert_eq(back.layer_count, 5);
    cr_assert(cvl_problem_equal(&back.key.problem, &row.key.problem));
    cr_assert_str_eq(back.key.problem.name, "mbv1/block2");
    cr_assert_eq(back.key.dtype, CVL_F16);
    cr_assert_eq(memcmp(&back.computed, &row.computed, sizeof row.computed), 0);
    cr_assert_eq(memcmp(&back.counted, &row.counted, sizeof row.counted), 0);
    cr_assert_eq(cvl_key_compare(&back.key, &row.key, CVL_KEY_ALL), 0);
    cr_assert_eq(back.roofline.flops, 123456789012345u);
    cr_assert_eq(back.time.median_s, 1.5e-3);
    cr_assert_eq(back.tuning_count, 2);
    cr_assert_str_eq(back.tuning[0].name, "tile");
    cr_assert_eq(back.tuning[1].value, -1);
    cr_assert_str_eq(back.repro, row.repro);
    cr_assert_eq(back.stage_count, 2);
    cr_assert(isnan(back.stages[1].time_s));
    cr_assert_eq(back.stages[1].live_bytes, CVL_ABSENT);
    cr_assert_eq(back.sample_count, 3);
    cr_assert_eq(back.samples_s[2], row.samples_s[2]);
    cr_assert_eq(back.allocations[1].policy, CVL_FREED_PINNED);
    cr_assert_str_eq(back.allocations[0].name, "input");
    free(json);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
}

Test(result_json, passes_come_back_and_may_be_missing)
{
    struct cvl_row row, back;
    fixture_row_full(&row);
    row.key.passes = CVL_TRAINING;
    row.key.optimizer = CVL_MOMENTUM;
    char *json = round_trip(&row, &back);
    cr_expect_eq(back.key.passes, CVL_TRAINING);
    cr_expect_eq(back.key.optimizer, CVL_MOMENTUM);
    cr_expect_str_eq(cvl_key_passes_text(&back.key), " training momentum");
    free(json);
    cvl_row_clear(&back);
    row.key.passes = CVL_FORWARD;
    json_t *object = cvl_row_json(&row, CVL_ROW_FIGURES);
    cr_expect(json_is_null(json_object_get(object, "optimizer")));
    json_object_del(object, "optimizer"); /* as versions wrote it that knew neither */
    json_object_del(object, "passes");
    cr_assert_eq(cvl_row_json_read(object, &back, &error), CVL_OK, "%s", error.text);
    cr_expect_eq(back.key.passes, CVL_FORWARD);
    cr_expect_str_empty(cvl_key_passes_text(&back.key));
    cvl_row_clear(&back);
    json_object_set_new(object, "passes", json_string("training"));
    json_object_set_new(object, "optimizer", json_null());
    cr_expect_eq(cvl_row_json_read(object, &back, &error), CVL_BAD_INPUT, "training with what?");
    cvl_row_clear(&row);
    json_decref(object);
}

Test(result_json, peaks_come_back_and_may_be_missing)
{
    struct cvl_device_facts facts, back;
    fixture_device(&facts, 0);
    json_t *object = cvl_device_json(&facts);
    cr_assert(json_is_null(json_object_get(object, "peaks")), "never measured");
    cr_assert_eq(cvl_device_json_read(object, &back, &error), CVL_OK, "%s", error.text);
    cr_assert_str_empty(back.peaks.measured);
    cr_assert(isnan(back.peaks.launch_s));
    json_object_del(object, "peaks"); /* as versions wrote it that knew none */
    cr_assert_eq(cvl_device_json_read(object, &back, &error), CVL_OK, "%s", error.text);
    json_decref(object);
    facts.peaks = cvl_device_peaks_none();
    strcpy(facts.peaks.reason, "the worker died");
    facts.peaks.copy_bytes_per_s = 12.5e9;
    object = cvl_device_json(&facts);
    cr_assert(json_is_null(json_object_get(json_object_get(object, "peaks"), "f16_flops_per_s")));
    cr_assert_eq(cvl_device_json_read(object, &back, &error), CVL_OK, "%s", error.text);
    cr_assert_str_eq(back.peaks.reason, "the worker died");
    cr_assert_eq(back.peaks.copy_bytes_per_s, 12.5e9);
    cr_assert(isnan(back.peaks.f32_flops_per_s));
    json_object_set_new(json_object_get(object, "peaks"), "launch_s", json_string("soon"));
    cr_assert_eq(cvl_device_json_read(object, &back, &error), CVL_BAD_INPUT);
    json_decref(object);
}

/* Rows that were recorded before a figure was known of. */
Test(result_json, a_later_figure_may_be_missing)
{
    struct cvl_row row, back;
    fixture_row_full(&row);
    json_t *object = cvl_row_json(&row, CVL_ROW_DOCUMENT);
    json_object_del(json_object_get(object, "roofline"), "launch_fraction");
    cr_assert_eq(cvl_row_json_read(object, &back, &error), CVL_OK, "%s", error.text);
    cr_assert(isnan(back.roofline.launch_fraction));
    cr_assert_eq(back.roofline.fraction_of_peak, 0.25);
    cvl_row_clear(&back);
    json_t *memory = json_object_get(object, "memory");
    json_object_del(memory, "probes");
    json_object_del(memory, "kernels");
    json_object_del(json_object_get(memory, "measured"), "kept_bytes");
    json_object_del(json_array_get(json_object_get(object, "stages"), 0), "measured_bytes");
    cr_assert_eq(cvl_row_json_read(object, &back, &error), CVL_OK, "%s", error.text);
    cr_assert_eq(back.probe_count, 0);
    cr_assert_eq(back.kernels.program_bytes, CVL_ABSENT);
    cr_assert_eq(back.measured.kept_bytes, CVL_ABSENT);
    cr_assert_eq(back.stages[0].measured_bytes, CVL_ABSENT, "never 0");
    cr_assert_eq(back.stages[0].resident_bytes, 70);
    json_decref(object);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
}

Test(result_json, every_probe_comes_back)
{
    struct cvl_row row, back;
    fixture_row_full(&row);
    char *json = round_trip(&row, &back);
    cr_assert_eq(back.probe_count, 3);
    cr_assert_str_eq(back.probes[0].source, "host_rss");
    cr_assert_str_eq(back.probes[1].note, "a note");
    cr_assert_eq(back.probes[1].others_bytes, 5);
    cr_assert_eq(back.probes[1].peak_bytes[CVL_ARENA], CVL_ABSENT);
    cr_assert(back.probes[2].is_part);
    cr_assert_str_eq(back.probes[2].reason, "a reason");
    cr_assert_eq(back.measured.kept_bytes, 12288);
    cr_assert_eq(back.kernels.local_bytes, 3584);
    cr_assert_eq(back.stages[0].private_bytes, 90);
    free(json);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
}

Test(result_json, what_is_absent_is_null_and_stays_absent)
{
    struct cvl_row row, back;
    fixture_row_refused(&row);
    char *json = round_trip(&row, &back);
    json_t *object = json_loads(json, 0, NULL);
    json_t *memory = json_object_get(object, "memory");
    cr_assert(json_is_null(json_object_get(object, "time")));
    cr_assert(json_is_null(json_object_get(object, "check")));
    cr_assert(json_is_null(json_object_get(memory, "computed")));
    cr_assert(json_is_null(json_object_get(memory, "measured")));
    cr_assert(json_is_null(json_object_get(json_object_get(object, "roofline"), "gflops")));
    cr_assert(json_is_object(json_object_get(object, "tuning")));
    cr_assert_str_eq(json_string_value(json_object_get(object, "status")), "unsupported");
    cr_assert(!back.has_time && !back.has_computed && !back.has_counted && !back.has_check);
    cr_assert(isnan(back.time.median_s));
    cr_assert_eq(back.computed.total_bytes, CVL_ABSENT);
    cr_assert_eq(back.roofline.flops, CVL_ABSENT);
    cr_assert_null(back.repro);
    cr_assert_eq(back.sample_count, 0);
    json_decref(object);
    free(json);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
}

Test(result_json, hostile_texts_become_valid_and_keep_what_was_valid)
{
    struct cvl_row row, back;
    fixture_row_hostile(&row);
    char *json = round_trip(&row, &back);
    cr_assert_null(strchr(json, '\x1b'));
    cr_assert_str_eq(back.key.device, "\\x1b[31m\\xff");
    cr_assert_str_eq(back.key.layer, row.key.layer);
    cr_assert_str_eq(back.key.variant, row.key.variant);
    cr_assert_str_eq(back.key.problem.name, row.key.problem.name);
    cr_assert_str_eq(back.reason, "\\xc0\\x80\\xed\\xa0\\x80 half a \\xe2\\x82");
    cr_assert_str_eq(back.repro, "\\xfe\\xff");
    free(json);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
}

Test(result_json, a_text_that_fills_its_array_is_cut_when_it_is_escaped)
{
    struct cvl_row row, back;
    fixture_row_refused(&row);
    memset(row.reason, 0xff, sizeof row.reason - 1);
    char *json = round_trip(&row, &back);
    cr_assert_eq(strlen(back.reason), sizeof back.reason - 1);
    free(json);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
}

Test(result_json, infinity_and_integers_beyond_json_are_null)
{
    struct cvl_row row, back;
    fixture_row_full(&row);
    row.check.max_rel_err = (double)INFINITY;
    row.roofline.bytes_min = UINT64_MAX - 1;
    row.roofline.flops = INT64_MAX;
    free(round_trip(&row, &back));
    cr_assert(isnan(back.check.max_rel_err));
    cr_assert_eq(back.roofline.bytes_min, CVL_ABSENT);
    cr_assert_eq(back.roofline.flops, INT64_MAX);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
}

Test(result_json, without_everything_samples_and_timeline_are_left_out)
{
    struct cvl_row row;
    fixture_row_full(&row);
    char *json = cvl_row_to_json(&row, false);
    cr_assert_null(strstr(json, "samples_s"));
    cr_assert_null(strstr(json, "allocations\":["));
    cr_assert_not_null(strstr(json, "\"stages\":[{"));
    cr_assert_null(strchr(json, '\n'));
    free(json);
    cvl_row_clear(&row);
}

/* Reading of the full row with one member of `parent` (NULL: the row) replaced or, with NULL,
 * removed. */
static enum cvl_status read_changed(const char *parent, const char *key, json_t *value)
{
    struct cvl_row row, back;
    fixture_row_full(&row);
    json_t *object = cvl_row_json(&row, CVL_ROW_EVERYTHING);
    json_t *target = parent ? json_object_get(object, parent) : object;
    if (value)
        json_object_set_new(target, key, value);
    else
        json_object_del(target, key);
    error = (struct cvl_error){0};
    enum cvl_status status = cvl_row_json_read(object, &back, &error);
    json_decref(object);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
    return status;
}

/* Documents of earlier versions lack what was not known of then; a note or a text that is absent
 * may be left out. */
static bool may_be_missing(const char *key)
{
    static const char *const keys[] = {"passes", "optimizer",     "tuning_source", "reason",
                                       "repro",  "build_options", "rounds",        "planned_for"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

Test(result_json, every_member_that_is_missing_is_named)
{
    struct cvl_row row;
    fixture_row_full(&row);
    json_t *object = cvl_row_json(&row, CVL_ROW_FIGURES);
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach(object, key, value)
    {
        count++;
        if (may_be_missing(key)) {
            cr_assert_eq(read_changed(NULL, key, NULL), CVL_OK, "%s: %s", key, error.text);
            continue;
        }
        cr_assert_eq(read_changed(NULL, key, NULL), CVL_BAD_INPUT, "%s", key);
        cr_assert_not_null(strstr(error.text, key[0] == 'm' ? "computed" : key), "%s", error.text);
    }
    cr_assert_eq(count, 22);
    json_decref(object);
    cvl_row_clear(&row);
}

Test(result_json, every_member_of_a_wrong_type_is_refused)
{
    struct cvl_row row;
    fixture_row_full(&row);
    json_t *object = cvl_row_json(&row, CVL_ROW_EVERYTHING);
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        json_t *wrong = json_is_integer(value) ? json_string("1") : json_integer(-7);
        cr_assert_eq(read_changed(NULL, key, wrong), CVL_BAD_INPUT, "%s", key);
    }
    cr_assert_eq(read_changed("time", "median_s", json_string("1")), CVL_BAD_INPUT);
    cr_assert_eq(read_changed("time", "samples", json_integer(1LL << 40)), CVL_BAD_INPUT);
    cr_assert_eq(read_changed("time", "clock", json_string("sundial")), CVL_BAD_INPUT);
    cr_assert_eq(read_changed("check", "passed", json_integer(1)), CVL_BAD_INPUT);
    cr_assert_eq(read_changed("tuning", "tile", json_string("x")), CVL_BAD_INPUT);
    cr_assert_eq(read_changed("roofline", "flops", json_real(1.5)), CVL_BAD_INPUT);
    cr_assert_eq(read_changed("memory", "counted", json_array()), CVL_BAD_INPUT);
    cr_assert_eq(read_changed("memory", "counted", json_pack("{s:i}", "peak_bytes", 7)),
                 CVL_BAD_INPUT);
    cr_assert_eq(read_changed("memory", "measured_reason", json_integer(7)), CVL_BAD_INPUT);
    cr_assert_eq(read_changed("memory", "kernels", json_integer(7)), CVL_BAD_INPUT);
    cr_assert_eq(read_changed("memory", "probes", json_integer(7)), CVL_BAD_INPUT);
    cr_assert_eq(read_changed(NULL, "form", json_string("standard")), CVL_BAD_INPUT);
    cr_assert_eq(read_changed(NULL, "stages", json_pack("[i]", 1)), CVL_BAD_INPUT);
    cr_assert_eq(read_changed(NULL, "samples_s", json_pack("[s]", "1")), CVL_BAD_INPUT);
    char longer[200];
    memset(longer, 'x', sizeof longer);
    cr_assert_eq(read_changed(NULL, "layer", json_stringn(longer, sizeof longer)), CVL_BAD_INPUT);
    cr_assert_eq(read_changed(NULL, "unknown", json_integer(1)), CVL_OK);
    json_decref(object);
    cvl_row_clear(&row);
}

/* A network with all lists: every figure of the fixture has a value of its own. */
Test(result_json, everything_of_a_network_comes_back)
{
    struct cvl_row row, back;
    fixture_row_network(&row);
    char *json = round_trip(&row, &back);
    cr_expect(cvl_key_is_network(&back.key));
    cr_expect_eq(cvl_key_compare(&back.key, &row.key, CVL_KEY_ALL), 0);
    cr_expect_str_eq(back.key.network, "net \"x\"");
    cr_expect_str_empty(back.key.layer);
    cr_expect_eq(back.key.problem.form, CVL_SEPARABLE);
    cr_expect_eq(back.computed.outputs_bytes, 1010);
    cr_expect_eq(back.computed.arena_lower_bound_bytes, 1011);
    cr_expect_eq(back.computed.arena_without_input_bytes, 1012);
    cr_expect_eq(back.computed.arena_without_input_lower_bound_bytes, 1013);
    cr_expect_eq(back.computed.new_tensors_peak_bytes, 1014);
    cr_expect_eq(back.computed.peak_bytes[CVL_ARENA], row.computed.peak_bytes[CVL_ARENA]);
    cr_expect_eq(back.counted.own_peak_bytes[CVL_FREED], row.counted.own_peak_bytes[CVL_FREED]);
    cr_expect_eq(back.time.median_s, 1.5e-3);
    cr_expect_eq(back.check.tolerance, 1e-4);
    cr_expect_eq(back.roofline.flops, 123456789012345u);
    cr_expect_str_eq(back.computed.peak_layer, "block1");
    cr_expect_str_eq(back.computed.pinned_peak_layer, "block2");
    cr_assert_eq(back.layers_count, 2);
    cr_expect_str_eq(back.layers[0].tuning, "vec=4,pixels=2");
    cr_expect_eq(back.layers[0].time_s, 0.5);
    cr_expect_str_eq(back.layers[0].form, "standard");
    cr_expect_str_eq(back.layers[1].variant, "sep_unfused_gemm");
    cr_expect_eq(back.layers[1].repetition, 2);
    cr_expect(isnan(back.layers[1].time_s));
    cr_expect_eq(back.layers[1].counted_peak_bytes, CVL_ABSENT);
    cr_expect_str_empty(back.layers[1].tuning);
    cr_assert_eq(back.stage_count, 2);
    cr_expect_str_eq(back.stages[0].layer, "block1");
    cr_expect_str_eq(back.stages[1].layer, "block2");
    cr_expect_eq(back.probe_count, 3);
    cr_expect_eq(back.sample_count, 3);
    cr_expect_eq(back.allocation_count, 2);
    free(json);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
}

Test(result_json, what_a_network_lacks_is_null_and_stays_absent)
{
    struct cvl_row row, back;
    cvl_row_init(&row);
    strcpy(row.key.device, "0:1");
    strcpy(row.key.network, "net");
    strcpy(row.key.variant, "sep_fused");
    row.status = CVL_ROW_SKIPPED;
    strcpy(row.reason, "too large");
    char *json = round_trip(&row, &back);
    json_t *object = json_loads(json, 0, NULL);
    const json_t *memory = json_object_get(object, "memory");
    cr_expect(json_is_null(json_object_get(object, "time")));
    cr_expect(json_is_null(json_object_get(memory, "computed")));
    cr_expect(json_is_null(json_object_get(memory, "counted")));
    cr_expect_null(json_object_get(object, "layer"));
    cr_expect_null(json_object_get(object, "problem"));
    cr_expect_not(back.has_computed || back.has_counted || back.has_time);
    cr_expect_eq(back.computed.outputs_bytes, CVL_ABSENT);
    cr_expect_eq(back.computed.new_tensors_peak_bytes, CVL_ABSENT);
    cr_expect_str_eq(back.reason, "too large");
    cr_expect_eq(back.layers_count, 0);
    json_decref(object);
    free(json);
    cvl_row_clear(&back);
}

Test(result_json, damaged_networks_are_refused)
{
    struct cvl_row row, back;
    static const char *const keys[] = {"device", "chain",  "form",   "variant", "layout",
                                       "dtype",  "status", "memory", "time",    "check"};
    fixture_row_network(&row);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        json_t *object = cvl_row_json(&row, CVL_ROW_EVERYTHING);
        json_object_set_new(object, keys[i], json_integer(-1));
        cr_expect_eq(cvl_row_json_read(object, &back, &error), CVL_BAD_INPUT, "%s", keys[i]);
        cr_expect_null(back.layers);
        json_object_del(object, keys[i]);
        cr_expect_eq(cvl_row_json_read(object, &back, &error), CVL_BAD_INPUT, "%s", keys[i]);
        json_decref(object);
    }
    json_t *object = cvl_row_json(&row, CVL_ROW_EVERYTHING);
    json_object_set_new(object, "chain", json_string(""));
    cr_expect_eq(cvl_row_json_read(object, &back, &error), CVL_BAD_INPUT, "whose layers?");
    json_object_set_new(object, "chain", json_string("net"));
    json_object_set_new(object, "layers", json_pack("[i]", 1));
    cr_expect_eq(cvl_row_json_read(object, &back, &error), CVL_BAD_INPUT);
    cr_expect_null(back.layers);
    json_decref(object);
    cvl_row_clear(&row);
}

/* Networks had fewer parts before they were rows of the one kind. */
Test(result_json, a_network_of_an_earlier_version)
{
    struct cvl_row row, back;
    static const char *const keys[] = {"passes", "optimizer",     "layer_count",  "roofline",
                                       "tuning", "tuning_source", "build_options"};
    static const char *const parts[] = {"measured", "measured_reason", "kernels", "probes"};
    fixture_row_network(&row);
    json_t *object = cvl_row_json(&row, CVL_ROW_FIGURES);
    json_t *memory = json_object_get(object, "memory");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        cr_assert_eq(json_object_del(object, keys[i]), 0, "%s", keys[i]);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        cr_assert_eq(json_object_del(memory, parts[i]), 0, "%s", parts[i]);
    cr_assert_eq(cvl_row_json_read(object, &back, &error), CVL_OK, "%s", error.text);
    cr_expect_eq(back.layer_count, 1);
    cr_expect_eq(back.key.passes, CVL_FORWARD);
    cr_expect_eq(back.tuning_source, CVL_TUNING_DEFAULT);
    cr_expect_eq(back.tuning_count, 0);
    cr_expect_eq(back.roofline.flops, CVL_ABSENT);
    cr_expect_not(back.has_measured);
    cr_expect_eq(back.measured.peak_bytes[CVL_FREED], CVL_ABSENT);
    cr_expect_eq(back.kernels.program_bytes, CVL_ABSENT);
    cr_expect_eq(back.probe_count, 0);
    cr_expect_null(back.build_options);
    cr_expect_eq(back.computed.outputs_bytes, 1010);
    cr_expect_eq(back.layers_count, 2);
    json_decref(object);
    cvl_row_clear(&row);
    cvl_row_clear(&back);
}

Test(result_json, a_limit_refuses_with_both_figures)
{
    struct cvl_row row;
    fixture_row_network(&row);
    row.reason[0] = '\0';
    row.computed.load_peak_bytes = 50;
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        row.computed.peak_bytes[p] = 1000 - p;
    cr_expect(cvl_row_keeps_limit(&row, 0));
    cr_expect(cvl_row_keeps_limit(&row, 997));
    cr_expect_eq(row.status, CVL_ROW_OK);
    cr_expect_not(cvl_row_keeps_limit(&row, 996));
    cr_expect_eq(row.status, CVL_ROW_SKIPPED);
    cr_expect_str_eq(row.reason, "needs 997 bytes at least (arena); the memory limit is 996");
    row.computed.load_peak_bytes = 998;
    cr_expect_not(cvl_row_keeps_limit(&row, 997));
    cr_expect_str_eq(row.reason, "needs 998 bytes at least (while weights are loaded); the memory "
                                 "limit is 997");
    cvl_row_clear(&row);
}

Test(result_json, what_is_no_object_is_refused)
{
    static const char *const texts[] = {"", "{", "[]", "null", "7", "\"x\"", "{}", "{\"a\":1}x"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct cvl_row row;
        cr_assert_eq(cvl_row_from_json(texts[i], &row, &error), CVL_BAD_INPUT, "%s", texts[i]);
        cr_assert_null(row.stages);
    }
}

Test(result_json, device_facts_come_back)
{
    struct cvl_device_facts facts, back;
    fixture_device(&facts, 1);
    facts.max_allocation_bytes = UINT64_MAX;
    facts.has_subgroups = facts.has_block_reads = true;
    json_t *object = cvl_device_json(&facts);
    cr_assert_str_eq(json_string_value(json_object_get(object, "key")), "1:0");
    cr_assert(json_is_null(json_object_get(object, "max_allocation_bytes")));
    cr_assert_eq(cvl_device_json_read(object, &back, &error), CVL_OK, "%s", error.text);
    json_t *again = cvl_device_json(&back);
    cr_assert(json_equal(object, again));
    cr_assert_eq(back.max_allocation_bytes, UINT64_MAX);
    cr_assert_eq(back.max_work_item[2], 64);
    cr_assert(back.has_block_reads && !back.has_short_block_reads);
    cr_assert_eq(back.type, CVL_DEVICE_GPU);
    cr_assert_str_eq(back.event_clock_reason, facts.event_clock_reason);
    json_object_del(object, "max_work_item");
    cr_assert_eq(cvl_device_json_read(object, &back, &error), CVL_BAD_INPUT);
    cr_assert_str_eq(error.text, "device: max_work_item is missing");
    json_decref(object);
    json_decref(again);
}

Test(result_json, platform_facts_come_back)
{
    struct cvl_platform_facts facts = {.name = "Cl\xffover", .version = "1.1", .device_count = 0};
    struct cvl_platform_facts back;
    strcpy(facts.problem, "no device");
    json_t *object = cvl_platform_json(&facts);
    cr_assert_eq(cvl_platform_json_read(object, &back, &error), CVL_OK, "%s", error.text);
    cr_assert_str_eq(back.name, "Cl\\xffover");
    cr_assert_str_eq(back.problem, "no device");
    cr_assert_eq(cvl_platform_json_read(NULL, &back, &error), CVL_BAD_INPUT);
    json_decref(object);
}

Test(result_json, results_move_rows_in_and_find_devices)
{
    struct cvl_results results;
    fixture_results(&results, 2, 3);
    cr_assert_eq(results.row_count, 48);
    cr_assert_eq(cvl_results_device(&results, "1:0"), &results.devices[1]);
    cr_assert_null(cvl_results_device(&results, "7:0"));
    struct cvl_row row;
    fixture_row_full(&row);
    cr_assert_eq(cvl_results_add(&results, &row, &error), CVL_OK);
    cr_assert_null(row.samples_s);
    cr_assert_eq(results.rows[48].sample_count, 3);
    cvl_results_clear(&results);
    cr_assert_null(results.rows);
}
