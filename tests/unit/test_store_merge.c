/* Runs of several stores in one, and the list of them.
 *
 * sources: fixture_results.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/store.h>
#include <sqlite3.h>

#include "fixture_results.h"
#include "fixture_store.h"

static char source[128]; /* beside the store that is merged into */

static void make_two(void)
{
    make_folder();
    (void)snprintf(source, sizeof source, "%s/source.db", folder);
}

static void remove_two(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[160];
        (void)snprintf(name, sizeof name, "%s/source.db%s", folder, ends[i]); /* ours alone */
        (void)unlink(name);
    }
    remove_folder();
}

TestSuite(store_merge, .init = make_two, .fini = remove_two);

/* What the helpers of the fixture call the store. */
static void swap_paths(void)
{
    char other[96];
    strcpy(other, path);
    strcpy(path, source);
    strcpy(source, other);
}

static void put(struct cvl_store *store, int64_t run_id, const char *layer, double median_s)
{
    struct cvl_row row;
    fixture_row_full(&row);
    (void)snprintf(row.key.layer, sizeof row.key.layer, "%s", layer);
    row.time.median_s = median_s;
    cr_assert_eq(cvl_store_put_row(store, run_id, &row, &error), CVL_OK, "%s", error.text);
    cvl_row_clear(&row);
}

static int64_t begin_at(struct cvl_store *store, const char *started)
{
    const struct cvl_results head = {.sweep = "made_up",
                                     .started = (char *)started,
                                     .command = (char *)"convlens run x",
                                     .host = (char *)"Linux"};
    struct cvl_device_facts facts;
    int64_t run_id;
    bool resumed;
    fixture_device(&facts, 0);
    facts.peaks = cvl_device_peaks_none();
    cr_assert_eq(cvl_store_begin(store, &head, "identity", false, &run_id, &resumed, &error),
                 CVL_OK);
    cr_assert_eq(cvl_store_put_device(store, run_id, &facts, &error), CVL_OK);
    return run_id;
}

/* A run of one row in the store at `path`. */
static void record(const char *started, const char *layer, double median_s)
{
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    put(store, begin_at(store, started), layer, median_s);
    cvl_store_close(&store);
}

static void record_in_source(const char *started, const char *layer, double median_s)
{
    swap_paths();
    record(started, layer, median_s);
    swap_paths();
}

static struct cvl_store *open_source(void)
{
    struct cvl_store *store = NULL;
    cr_assert_eq(cvl_store_open(source, CVL_STORE_READ, &store, &error), CVL_OK, "%s", error.text);
    return store;
}

static enum cvl_status merge(struct cvl_store_merged *merged)
{
    struct cvl_store *from = open_source(), *to = open_store(CVL_STORE_WRITE);
    const enum cvl_status status = cvl_store_merge(to, &from, 1, merged, &error);
    cvl_store_close(&from);
    cvl_store_close(&to);
    return status;
}

static void expect_merged(size_t added, size_t there, size_t completed, size_t rows)
{
    struct cvl_store_merged merged;
    cr_assert_eq(merge(&merged), CVL_OK, "%s", error.text);
    cr_expect_eq(merged.runs_added, added, "%zu added", merged.runs_added);
    cr_expect_eq(merged.runs_there, there, "%zu there", merged.runs_there);
    cr_expect_eq(merged.runs_completed, completed, "%zu completed", merged.runs_completed);
    cr_expect_eq(merged.rows_added, rows, "%zu rows", merged.rows_added);
}

Test(store_merge, a_second_merge_changes_nothing)
{
    record("2026-01-02T00:00:00Z", "mine", 1.0);
    record_in_source("2026-01-03T00:00:00Z", "a", 1.0);
    record_in_source("2026-01-01T00:00:00Z", "b", 1.0);
    expect_merged(2, 0, 0, 2);
    expect_merged(0, 2, 0, 0);
    cr_expect_eq(query("SELECT count(*) FROM run"), 3);
    cr_expect_eq(query("SELECT count(*) FROM result JOIN sample ON result_id = id"), 9);
    cr_expect_eq(query("SELECT count(*) FROM stage"), 6);
    cr_expect_eq(query("SELECT count(*) FROM allocation"), 6);
    cr_expect_eq(query("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    cr_expect_eq(query("SELECT started = '2026-01-01T00:00:00Z' FROM run WHERE id = 2"), 1,
                 "oldest first");
}

Test(store_merge, rows_come_back_as_they_were)
{
    record_in_source("2026-01-01T00:00:00Z", "a", 1.0);
    expect_merged(1, 0, 0, 1);
    struct cvl_results merged = load_run(0);
    swap_paths();
    struct cvl_results original = load_run(0);
    swap_paths();
    cr_assert_eq(merged.row_count, 1);
    assert_equal_rows(&merged.rows[0], &original.rows[0]);
    cr_expect_str_eq(merged.host, "Linux");
    cr_expect_str_eq(merged.version, cvl_version());
    cr_expect_str_eq(merged.devices[0].driver, original.devices[0].driver);
    cvl_results_clear(&merged);
    cvl_results_clear(&original);
}

/* Two machines that began the same run in the same second. */
Test(store_merge, runs_of_equal_heads_that_measured_otherwise_are_two)
{
    record("2026-01-01T00:00:00Z", "a", 1.0);
    record_in_source("2026-01-01T00:00:00Z", "a", 2.0);
    expect_merged(1, 0, 0, 1);
    expect_merged(0, 1, 0, 0);
    cr_expect_eq(query("SELECT count(*) FROM run"), 2);
}

Test(store_merge, a_run_that_went_on_is_completed)
{
    record_in_source("2026-01-01T00:00:00Z", "a", 1.0);
    expect_merged(1, 0, 0, 1);
    swap_paths();
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    put(store, 1, "b", 2.0);
    cvl_store_close(&store);
    swap_paths();
    expect_merged(0, 0, 1, 1);
    expect_merged(0, 1, 0, 0);
    cr_expect_eq(query("SELECT count(*) FROM run"), 1);
    cr_expect_eq(query("SELECT count(*) FROM device"), 1);
    cr_expect_eq(query("SELECT count(*) FROM result"), 2);
}

/* A field that this version does not know is not lost. */
Test(store_merge, what_is_not_known_is_kept)
{
    record_in_source("2026-01-01T00:00:00Z", "a", 1.0);
    swap_paths();
    run_sql("UPDATE result SET document = json_set(document, '$.later', 7);"
            "UPDATE device SET document = json_set(document, '$.later', 8)");
    swap_paths();
    expect_merged(1, 0, 0, 1);
    cr_expect_eq(query("SELECT json_extract(document, '$.later') FROM result"), 7);
    cr_expect_eq(query("SELECT json_extract(document, '$.later') FROM device"), 8);
}

static void keep_peaks(const char *measured, double flops_per_s)
{
    struct cvl_device_facts device;
    fixture_device(&device, 0);
    device.peaks = cvl_device_peaks_none();
    (void)snprintf(device.peaks.measured, sizeof device.peaks.measured, "%s", measured);
    device.peaks.f32_flops_per_s = flops_per_s;
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    cr_assert_eq(cvl_store_put_peaks(store, &device, &error), CVL_OK);
    cvl_store_close(&store);
}

/* A device's rows are judged by the peaks of its own host, or by none. */
Test(store_merge, peaks_stay_with_their_host)
{
    keep_peaks("2026-01-05T00:00:00Z", 5.0);
    record_in_source("2026-01-01T00:00:00Z", "a", 1.0);
    expect_merged(1, 0, 0, 1);
    struct cvl_results results = load_run(1);
    cr_expect_str_empty(results.devices[0].peaks.measured, "those are of this host");
    cr_expect_str_eq(results.merged_from, "source.db");
    cvl_results_clear(&results);
    swap_paths();
    keep_peaks("2026-01-03T00:00:00Z", 3.0);
    record("2026-01-02T00:00:00Z", "b", 1.0);
    swap_paths();
    expect_merged(1, 1, 0, 1);
    results = load_run(2);
    cr_expect_eq(results.devices[0].peaks.f32_flops_per_s, 3.0);
    cvl_results_clear(&results);
    record("2026-01-03T00:00:00Z", "c", 1.0);
    results = load_run(3);
    cr_expect_eq(results.devices[0].peaks.f32_flops_per_s, 5.0);
    cr_expect_str_empty(results.merged_from);
    cvl_results_clear(&results);
}

Test(store_merge, a_damaged_source_changes_nothing)
{
    record("2026-01-02T00:00:00Z", "mine", 1.0);
    record_in_source("2026-01-01T00:00:00Z", "a", 1.0);
    record_in_source("2026-01-03T00:00:00Z", "b", 1.0);
    swap_paths();
    run_sql("UPDATE result SET document = json_set(document, '$.time', 7) WHERE id = 2");
    swap_paths();
    struct cvl_store_merged merged;
    cr_expect_eq(merge(&merged), CVL_BAD_INPUT);
    cr_expect_not_null(strstr(error.text, "source.db: run 2: "), "%s", error.text);
    cr_expect_eq(merged.runs_added, 0);
    cr_expect_eq(query("SELECT count(*) FROM run"), 1);
    cr_expect_eq(query("SELECT count(*) FROM result"), 1);
}

/* Tables and documents of a foreign hand: refused, and nothing is written. */
Test(store_merge, hostile_stores_are_refused)
{
    static const char *const hands[] = {
        "DROP TABLE sample",
        "DROP TABLE device",
        "UPDATE result SET key = 'x'; DROP TABLE stage",
        "UPDATE result SET document = json_set(document, '$.device', 7)",
        "UPDATE result SET document = '[]'",
        "UPDATE device SET document = json_set(document, '$.compute_units', 'many')",
        "UPDATE allocation SET policy = 'lazy'",
    };
    for (size_t i = 0; i < sizeof hands / sizeof hands[0]; i++) {
        struct cvl_store_merged merged;
        record_in_source("2026-01-01T00:00:00Z", "a", 1.0);
        swap_paths();
        run_sql(hands[i]);
        swap_paths();
        cr_expect_eq(merge(&merged), CVL_BAD_INPUT, "%zu", i);
        cr_expect_eq(query("SELECT count(*) FROM run"), 0, "%zu", i);
        (void)unlink(source);
    }
}

Test(store_merge, a_store_into_itself_changes_nothing)
{
    record("2026-01-02T00:00:00Z", "mine", 1.0);
    (void)snprintf(source, sizeof source, "%s", path);
    expect_merged(0, 1, 0, 0);
    cr_expect_eq(query("SELECT count(*) FROM result"), 1);
}

/* A store of schema 1, networks in a table of their own. */
Test(store_merge, an_old_store_is_read_in_todays_form)
{
    (void)snprintf(source, sizeof source, "%s",
                   CONVLENS_SOURCE_DIR "/tests/unit/stores/schema1.db");
    expect_merged(2, 0, 0, 13);
    expect_merged(0, 2, 0, 0);
    cr_expect_eq(query("SELECT count(*) FROM result WHERE chain <> ''"), 5);
    cr_expect_eq(query("SELECT count(*) FROM run WHERE version IS NULL"), 2);
    cr_expect_eq(query("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    (void)snprintf(source, sizeof source, "%s/source.db", folder);
}

Test(store_merge, the_list_of_runs)
{
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    const int64_t first = begin_at(store, "2026-01-01T00:00:00Z");
    put(store, first, "a", 1.0);
    struct cvl_row row;
    fixture_row_refused(&row);
    cr_assert_eq(cvl_store_put_row(store, first, &row, &error), CVL_OK);
    row.status = CVL_ROW_CRASHED;
    strcpy(row.key.layer, "c");
    cr_assert_eq(cvl_store_put_row(store, first, &row, &error), CVL_OK);
    cvl_row_clear(&row);
    (void)begin_at(store, "2026-01-02T00:00:00Z");
    run_sql("UPDATE run SET version = NULL WHERE id = 2");
    struct cvl_store_runs runs;
    cr_assert_eq(cvl_store_list(store, &runs, &error), CVL_OK, "%s", error.text);
    cr_assert_eq(runs.count, 2);
    cr_expect_eq(runs.at[0].number, 1);
    cr_expect_eq(runs.at[0].rows, 3);
    cr_expect_eq(runs.at[0].rows_not_ok, 2);
    cr_expect_eq(runs.at[0].rows_failed, 1);
    cr_expect_eq(runs.at[0].rows_in_doubt, 1);
    cr_expect_eq(runs.at[0].head.device_count, 1);
    cr_expect_str_eq(runs.at[0].head.version, cvl_version());
    cr_expect_eq(runs.at[1].rows, 0);
    cr_expect_str_eq(runs.at[1].head.started, "2026-01-02T00:00:00Z");
    cr_expect_str_empty(runs.at[1].head.version);
    cvl_store_runs_clear(&runs);
    cvl_store_close(&store);
}

/* A store of version 0.1.0 has no such column: read as it is, completed when it is written to. */
Test(store_merge, a_store_without_versions)
{
    record("2026-01-01T00:00:00Z", "a", 1.0);
    run_sql("ALTER TABLE run DROP COLUMN version; ALTER TABLE run DROP COLUMN merged_from");
    struct cvl_results results = load_run(0);
    cr_expect_str_empty(results.version);
    cvl_results_clear(&results);
    record("2026-01-02T00:00:00Z", "a", 1.0);
    results = load_run(0);
    cr_expect_str_eq(results.version, cvl_version());
    cvl_results_clear(&results);
    results = load_run(1);
    cr_expect_str_empty(results.version);
    cvl_results_clear(&results);
}
