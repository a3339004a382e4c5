/* sources: fixture_results.c */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <convlens/store.h>
#include <sqlite3.h>

#include "fixture_results.h"
#include "fixture_store.h"

TestSuite(store, .init = make_folder, .fini = remove_folder);

static void write_file(const char *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, count, file), count);
    cr_assert_eq(fclose(file), 0);
}

Test(store, rows_devices_and_head_come_back)
{
    struct cvl_row rows[4];
    fixture_row_full(&rows[0]);
    fixture_row_network(&rows[1]);
    fixture_row_refused(&rows[2]);
    fixture_row_hostile(&rows[3]);
    struct cvl_device_facts facts[2];
    fixture_device(&facts[0], 1);
    fixture_device(&facts[1], 0);
    bool resumed = true;
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    int64_t run_id = begin(store, "a", false, &resumed);
    cr_assert(!resumed);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(cvl_store_put_device(store, run_id, &facts[i], &error), CVL_OK);
    facts[0].compute_units = 99;
    cr_assert_eq(cvl_store_put_device(store, run_id, &facts[0], &error), CVL_OK);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(cvl_store_put_row(store, run_id, &rows[i], &error), CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    cr_assert_null(store);

    store = open_store(CVL_STORE_READ);
    struct cvl_results results;
    cr_assert_eq(cvl_store_load(store, 0, &results, &error), CVL_OK, "%s", error.text);
    cr_assert_str_eq(results.sweep, "made_up");
    cr_assert_str_eq(results.command, "convlens run 'x'");
    cr_assert_eq(results.device_count, 2);
    cr_assert_str_eq(results.devices[0].id, "1:0");
    cr_assert_eq(results.devices[0].compute_units, 99);
    cr_assert_eq(results.row_count, 4);
    cr_assert_eq(results.rows[0].sample_count, 3);
    cr_assert_eq(results.rows[1].layers_count, 2);
    for (size_t i = 0; i < 3; i++)
        assert_equal_rows(&rows[i], &results.rows[i]);
    cr_assert_str_eq(results.rows[3].key.problem.name, rows[3].key.problem.name);
    cvl_results_clear(&results);
    cvl_store_close(&store);
    for (size_t i = 0; i < 4; i++)
        cvl_row_clear(&rows[i]);
}

Test(store, key_figures_are_columns)
{
    struct cvl_row row;
    fixture_row_full(&row);
    bool resumed;
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    int64_t run_id = begin(store, "a", false, &resumed);
    cr_assert_eq(cvl_store_put_row(store, run_id, &row, &error), CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    cr_assert_eq(query("SELECT count(*) FROM result WHERE status = 'ok' AND layer = 'block2'"
                       " AND variant = 'sep_unfused_gemm' AND form = 'separable'"
                       " AND layout = 'nchw' AND dtype = 'f16' AND median_s = 0.0015"
                       " AND computed_freed_peak_bytes = 2001 AND counted_arena_peak_bytes = 4003"
                       " AND measured_freed_peak_bytes = 8193 AND library_bytes = 600"
                       " AND bound = 'compute' AND fraction_of_peak = 0.25"
                       " AND launch_fraction = 0.125"),
                 1);
    cr_assert_eq(query("SELECT count(*) FROM result JOIN sample ON result_id = id"), 3);
    cr_assert_eq(query("SELECT sum(bytes) FROM allocation"), 3211864);
    cr_assert_eq(query("SELECT count(*) FROM stage WHERE time_s IS NULL"), 1);
    cr_assert_eq(query("SELECT document LIKE '%samples_s%' OR document LIKE '%stages%'"
                       " FROM result"),
                 0);
    cvl_row_clear(&row);
}

static struct cvl_device_facts measured_device(void)
{
    struct cvl_device_facts device;
    fixture_device(&device, 0);
    device.peaks = cvl_device_peaks_none();
    (void)snprintf(device.peaks.measured, sizeof device.peaks.measured, "2026-01-02T03:04:05Z");
    device.peaks.f32_flops_per_s = 123e9;
    device.peaks.read_bytes_per_s = 4.5e9;
    device.peaks.gap_s = 1e-6;
    return device;
}

static struct cvl_device_peaks kept_peaks(const struct cvl_device_facts *device)
{
    struct cvl_device_peaks peaks;
    struct cvl_store *store = open_store(CVL_STORE_READ);
    enum cvl_status status = cvl_store_get_peaks(store, device, &peaks, &error);
    cr_assert_eq(status, CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    return peaks;
}

Test(store, peaks_are_kept_by_platform_name_and_driver)
{
    struct cvl_device_facts device = measured_device();
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    cr_assert_eq(cvl_store_put_peaks(store, &device, &error), CVL_OK, "%s", error.text);
    device.peaks.f32_flops_per_s = 125e9;
    cr_assert_eq(cvl_store_put_peaks(store, &device, &error), CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    (void)snprintf(device.id, sizeof device.id, "7:3"); /* indexes move; the device is the same */
    struct cvl_device_peaks peaks = kept_peaks(&device);
    cr_expect_str_eq(peaks.measured, "2026-01-02T03:04:05Z");
    cr_expect_eq(peaks.f32_flops_per_s, 125e9, "the newer one");
    cr_expect_eq(peaks.read_bytes_per_s, 4.5e9);
    cr_expect(isnan(peaks.f16_flops_per_s) && isnan(peaks.launch_s));
    cr_expect_eq(query("SELECT count(*) FROM peaks"), 1);
    (void)snprintf(device.driver, sizeof device.driver, "3.2");
    cr_expect_str_empty(kept_peaks(&device).measured, "another driver, another device");
}

Test(store, rows_are_judged_by_peaks_that_came_later)
{
    struct cvl_row row;
    struct cvl_device_facts device = measured_device(), bare = device;
    bool resumed;
    bare.peaks = cvl_device_peaks_none();
    fixture_row_full(&row);
    row.roofline = (struct cvl_row_roofline){
        .flops = 9000000,
        .bytes_min = 1000000,
        .gflops = 6.0,
        .gbps = 1.0,
        .fraction_of_peak = (double)NAN,
        .launch_fraction = (double)NAN,
    };
    row.time.median_s = 4e-3;
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    int64_t run_id = begin(store, "a", false, &resumed);
    cr_assert_eq(cvl_store_put_device(store, run_id, &bare, &error), CVL_OK);
    cr_assert_eq(cvl_store_put_row(store, run_id, &row, &error), CVL_OK, "%s", error.text);
    cr_assert_eq(cvl_store_put_peaks(store, &device, &error), CVL_OK);
    struct cvl_results results;
    cr_assert_eq(cvl_store_load(store, 0, &results, &error), CVL_OK, "%s", error.text);
    cr_expect_eq(results.devices[0].peaks.read_bytes_per_s, 4.5e9);
    cr_expect_str_eq(results.rows[0].roofline.bound, "memory");
    cr_expect_float_eq(results.rows[0].roofline.fraction_of_peak, 2.25e9 / 40.5e9, 1e-9);
    cvl_results_clear(&results);
    cvl_store_close(&store);
    cvl_row_clear(&row);
}

/* A further round: the row has more samples, in the same place. */
Test(store, a_row_is_replaced_in_its_place)
{
    struct cvl_row row;
    bool resumed;
    fixture_row_full(&row);
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    int64_t run_id = begin(store, "a", false, &resumed);
    cr_assert_eq(cvl_store_replace_row(store, run_id, &row, &error), CVL_BAD_INPUT);
    cr_expect(strstr(error.text, "has no row 0:0 sep_unfused_gemm"), "%s", error.text);
    cr_assert_eq(cvl_store_put_row(store, run_id, &row, &error), CVL_OK);
    row.key.layout = CVL_NHWC;
    cr_assert_eq(cvl_store_put_row(store, run_id, &row, &error), CVL_OK);
    row.key.layout = CVL_NCHW;
    row.samples_s = realloc(row.samples_s, 4 * sizeof *row.samples_s);
    cr_assert_not_null(row.samples_s);
    row.samples_s[row.sample_count++] = 5e-3;
    row.time.median_s = 7e-3;
    cr_assert_eq(cvl_store_replace_row(store, run_id, &row, &error), CVL_OK, "%s", error.text);
    struct cvl_results results;
    cr_assert_eq(cvl_store_load(store, 0, &results, &error), CVL_OK, "%s", error.text);
    cr_assert_eq(results.row_count, 2);
    cr_expect_eq(results.rows[0].time.median_s, 7e-3);
    cr_expect_eq(results.rows[0].sample_count, 4);
    cr_expect_eq(results.rows[0].samples_s[3], 5e-3);
    cr_expect_eq(results.rows[0].stage_count, row.stage_count);
    cr_expect_eq(results.rows[1].sample_count, 3);
    cvl_results_clear(&results);
    cvl_store_close(&store);
    cr_expect_eq(query("SELECT count(*) FROM sample"), 7);
    cvl_row_clear(&row);
}

Test(store, a_row_is_there_once_in_a_run)
{
    struct cvl_row row;
    fixture_row_full(&row);
    bool resumed;
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    int64_t first = begin(store, "a", false, &resumed);
    int64_t second = begin(store, "a", false, &resumed);
    cr_assert_neq(first, second);
    cr_assert_eq(cvl_store_put_row(store, first, &row, &error), CVL_OK);
    cr_assert_eq(cvl_store_put_row(store, first, &row, &error), CVL_BAD_INPUT);
    cr_assert_not_null(strstr(error.text, "there already"), "%s", error.text);
    cr_assert_eq(cvl_store_put_row(store, second, &row, &error), CVL_OK);
    cr_assert_eq(cvl_store_put_row(store, 77, &row, &error), CVL_BAD_INPUT);
    row.key.layout = CVL_NHWC;
    cr_assert_eq(cvl_store_put_row(store, first, &row, &error), CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    cr_assert_eq(query("SELECT count(*) FROM result"), 3);
    cr_assert_eq(query("SELECT count(*) FROM sample"), 9);
    cvl_row_clear(&row);
}

Test(store, resume_goes_on_with_the_newest_run_of_that_identity)
{
    bool resumed = true;
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    cr_assert_eq(begin(store, "a", true, &resumed), 1);
    cr_assert(!resumed);
    cr_assert_eq(begin(store, "a", false, &resumed), 2);
    cr_assert_eq(begin(store, "b'", false, &resumed), 3);
    cr_assert_eq(begin(store, "a", true, &resumed), 2);
    cr_assert(resumed);
    cr_assert_eq(begin(store, "c", true, &resumed), 4);
    cr_assert(!resumed);
    struct cvl_results results;
    cr_assert_eq(cvl_store_load(store, 3, &results, &error), CVL_OK);
    cr_assert_eq(results.row_count, 0);
    cvl_results_clear(&results);
    cr_assert_eq(cvl_store_load(store, 9, &results, &error), CVL_BAD_INPUT);
    cr_assert_str_eq(error.text, "store: there is no run 9");
    cvl_store_close(&store);
}

Test(store, a_missing_file_is_made_only_for_writing)
{
    cr_assert_eq(open_status(CVL_STORE_READ), CVL_BAD_INPUT);
    cr_assert_not_null(strstr(error.text, "no such file"), "%s", error.text);
    struct stat about;
    cr_assert_neq(stat(path, &about), 0);
    cr_assert_eq(open_status(CVL_STORE_WRITE), CVL_OK);
    cr_assert_eq(open_status(CVL_STORE_READ), CVL_OK);
    struct cvl_store *store = open_store(CVL_STORE_READ);
    struct cvl_results results;
    cr_assert_eq(cvl_store_load(store, 0, &results, &error), CVL_BAD_INPUT);
    cr_assert_str_eq(error.text, "store: there is no run in it yet");
    cvl_store_close(&store);
}

/* Makes a store as it was before there was training: its rows have no passes. */
static const char without_passes[] =
    "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;"
    "ALTER TABLE result RENAME TO newer;"
    "CREATE TABLE result (id INTEGER PRIMARY KEY,"
    " run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, document TEXT NOT NULL,"
    " layer TEXT NOT NULL AS (json_extract(document, '$.layer')), UNIQUE (run_id, layer));"
    "INSERT INTO result (id, run_id, document) SELECT id, run_id,"
    " json_remove(document, '$.passes', '$.optimizer', '$.memory.computed.saved_bytes')"
    " FROM newer; DROP TABLE newer; PRAGMA user_version = 1";

static void put_one(int64_t run_id, enum cvl_passes passes, enum cvl_optimizer optimizer,
                    enum cvl_status expected)
{
    struct cvl_row row;
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    fixture_row_full(&row);
    row.key.passes = passes;
    row.key.optimizer = optimizer;
    cr_expect_eq(cvl_store_put_row(store, run_id, &row, &error), expected, "%s", error.text);
    cvl_row_clear(&row);
    cvl_store_close(&store);
}

Test(store, a_store_from_before_training)
{
    bool resumed;
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    int64_t run_id = begin(store, "a", false, &resumed);
    cvl_store_close(&store);
    put_one(run_id, CVL_FORWARD, CVL_SGD, CVL_OK);
    run_sql(without_passes);
    store = open_store(CVL_STORE_READ);
    struct cvl_results results;
    cr_assert_eq(cvl_store_load(store, 0, &results, &error), CVL_OK, "%s", error.text);
    cr_assert_eq(results.row_count, 1);
    cr_expect_eq(results.rows[0].key.passes, CVL_FORWARD);
    cr_expect_eq(results.rows[0].computed.saved_bytes, CVL_ABSENT);
    cr_expect_gt(results.rows[0].sample_count, 0);
    cvl_results_clear(&results);
    cvl_store_close(&store);
    put_one(run_id, CVL_FORWARD, CVL_SGD, CVL_BAD_INPUT);
    put_one(run_id, CVL_TRAINING, CVL_SGD, CVL_OK);
    put_one(run_id, CVL_TRAINING, CVL_ADAM, CVL_OK);
    put_one(run_id, CVL_TRAINING, CVL_ADAM, CVL_BAD_INPUT);
    cr_expect_eq(query("SELECT count(*) FROM result WHERE passes = 'training'"), 2);
    cr_expect_eq(query("SELECT count(*) FROM result JOIN sample ON result_id = id"), 3 * 3);
    cr_expect_eq(query("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    run_sql("PRAGMA foreign_keys = ON; DELETE FROM run");
    cr_expect_eq(query("SELECT count(*) FROM sample"), 0, "samples go with their rows");
}

Test(store, a_folder_is_refused)
{
    struct cvl_store *store = NULL;
    cr_assert_eq(cvl_store_open(folder, CVL_STORE_WRITE, &store, &error), CVL_BAD_INPUT);
    cr_assert_not_null(strstr(error.text, "is a folder"), "%s", error.text);
    cr_assert_eq(cvl_store_open("", CVL_STORE_WRITE, &store, &error), CVL_BAD_INPUT);
    cr_assert_eq(cvl_store_open("/dev/null", CVL_STORE_READ, &store, &error), CVL_BAD_INPUT);
    cr_assert_null(store);
}

Test(store, a_place_that_cannot_be_written_to_says_what_to_do)
{
    struct cvl_store *store = NULL;
    char name[128];
    (void)snprintf(name, sizeof name, "%s/missing/x.db", folder);
    cr_expect_eq(cvl_store_open(name, CVL_STORE_WRITE, &store, &error), CVL_IO);
    cr_expect_not_null(strstr(error.text, name), "%s", error.text);
    cr_expect_not_null(strstr(error.text, "there is no folder"), "%s", error.text);
    cr_expect_not_null(strstr(error.text, "name another file"), "%s", error.text);
    cr_expect_eq(cvl_store_open("/proc/x.db", CVL_STORE_WRITE, &store, &error), CVL_IO);
    cr_expect_not_null(strstr(error.text, "/proc/x.db: "), "%s", error.text);
    cr_expect_not_null(strstr(error.text, "name another file"), "%s", error.text);
    write_file("", 0);
    (void)snprintf(name, sizeof name, "%s/x.db", path);
    cr_expect_eq(cvl_store_open(name, CVL_STORE_WRITE, &store, &error), CVL_IO);
    cr_expect_not_null(strstr(error.text, "name another file"), "%s", error.text);
    cr_expect_null(store);
}

Test(store, what_is_no_database_is_refused_and_left_as_it_is)
{
    static const char text[] = "[sweep]\nname = not a database, and long enough to be read as "
                               "one: a header has a hundred bytes, of which sixteen are a word\n";
    write_file(text, sizeof text - 1);
    for (unsigned mode = CVL_STORE_READ; mode <= CVL_STORE_WRITE; mode++) {
        cr_assert_eq(open_status((enum cvl_store_mode)mode), CVL_BAD_INPUT);
        cr_assert_not_null(strstr(error.text, "not a convlens store"), "%s", error.text);
    }
    struct stat about;
    cr_assert_eq(stat(path, &about), 0);
    cr_assert_eq(about.st_size, sizeof text - 1);
}

Test(store, an_empty_file_is_no_store_but_may_become_one)
{
    write_file("", 0);
    cr_assert_eq(open_status(CVL_STORE_READ), CVL_BAD_INPUT);
    cr_assert_eq(open_status(CVL_STORE_WRITE), CVL_OK);
    cr_assert_eq(open_status(CVL_STORE_READ), CVL_OK);
}

Test(store, a_foreign_database_is_refused_and_left_as_it_is)
{
    run_sql("CREATE TABLE bookmark (url TEXT)");
    for (unsigned mode = CVL_STORE_READ; mode <= CVL_STORE_WRITE; mode++) {
        cr_assert_eq(open_status((enum cvl_store_mode)mode), CVL_BAD_INPUT);
        cr_assert_not_null(strstr(error.text, "not a convlens store"), "%s", error.text);
    }
    cr_assert_eq(query("SELECT count(*) FROM sqlite_schema"), 1);
    cr_assert_eq(query("SELECT journal_mode = 'delete' FROM pragma_journal_mode"), 1);
}

Test(store, a_newer_schema_is_refused)
{
    cr_assert_eq(open_status(CVL_STORE_WRITE), CVL_OK);
    run_sql("PRAGMA user_version = 4");
    for (unsigned mode = CVL_STORE_READ; mode <= CVL_STORE_WRITE; mode++) {
        cr_assert_eq(open_status((enum cvl_store_mode)mode), CVL_BAD_INPUT);
        cr_assert_not_null(strstr(error.text, "schema 4 is newer than this convlens knows (3)"),
                           "%s", error.text);
    }
    cr_assert_eq(query("SELECT user_version FROM pragma_user_version"), 4);
}

static void fill(unsigned rows)
{
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    bool resumed;
    int64_t run_id = begin(store, "a", false, &resumed);
    for (unsigned i = 0; i < rows; i++) {
        struct cvl_row row;
        fixture_row_full(&row);
        (void)snprintf(row.key.layer, sizeof row.key.layer, "layer%u", i);
        cr_assert_eq(cvl_store_put_row(store, run_id, &row, &error), CVL_OK, "%s", error.text);
        cvl_row_clear(&row);
    }
    cvl_store_close(&store);
}

/* A store that was made before there were peaks. */
Test(store, a_store_without_the_table_of_peaks_gets_it_when_needed)
{
    struct cvl_device_facts device = measured_device();
    fill(1);
    run_sql("DROP TABLE peaks; PRAGMA user_version = 1");
    cr_expect_str_empty(kept_peaks(&device).measured);
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    cr_assert_eq(cvl_store_put_peaks(store, &device, &error), CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    cr_expect_eq(kept_peaks(&device).f32_flops_per_s, 123e9);
}

/* A store that was made before stages had these figures: read as it is, and completed when it is
 * written to. */
Test(store, a_store_with_fewer_columns_of_stages)
{
    fill(1);
    run_sql("ALTER TABLE stage DROP COLUMN note; ALTER TABLE stage DROP COLUMN measured_bytes");
    struct cvl_results results = load_run(0);
    cr_assert_eq(results.rows[0].stage_count, 2);
    cr_assert_str_empty(results.rows[0].stages[0].note);
    cr_assert_eq(results.rows[0].stages[0].measured_bytes, CVL_ABSENT);
    cr_assert_eq(results.rows[0].stages[0].resident_bytes, 70);
    cvl_results_clear(&results);
    fill(1);
    results = load_run(0);
    cr_assert_str_eq(results.rows[0].stages[0].note, "a note");
    cr_assert_eq(results.rows[0].stages[0].measured_bytes, 60);
    cr_assert_eq(results.rows[0].stages[0].local_bytes, 100);
    cvl_results_clear(&results);
}

Test(store, a_damaged_file_is_an_error)
{
    fill(20);
    struct stat about;
    cr_assert_eq(stat(path, &about), 0);
    int file = open(path, O_WRONLY);
    static const char rubbish[4096] = {0x5a, 0x5a, 0x5a};
    for (off_t at = 4096; at < about.st_size; at += 4096)
        cr_assert_eq(pwrite(file, rubbish, sizeof rubbish, at), sizeof rubbish);
    cr_assert_eq(close(file), 0);
    for (unsigned mode = CVL_STORE_READ; mode <= CVL_STORE_WRITE; mode++) {
        cr_assert_eq(open_status((enum cvl_store_mode)mode), CVL_BAD_INPUT);
        cr_assert_not_null(strstr(error.text, "damaged"), "%s", error.text);
    }
}

Test(store, a_document_of_a_foreign_hand_is_an_error)
{
    fill(1);
    run_sql("UPDATE result SET document = json_set(document, '$.time', 7)");
    struct cvl_store *store = open_store(CVL_STORE_READ);
    struct cvl_results results;
    cr_assert_eq(cvl_store_load(store, 0, &results, &error), CVL_BAD_INPUT);
    cvl_store_close(&store);
    run_sql("UPDATE result SET document = json_set(document, '$.time', NULL, '$.stages',"
            " json('[1]'), '$.samples_s', json('[1,2,3]'))");
    store = open_store(CVL_STORE_READ);
    cr_assert_eq(cvl_store_load(store, 0, &results, &error), CVL_OK, "%s", error.text);
    cr_assert_eq(results.rows[0].sample_count, 3, "the table counts, not the document");
    cr_assert_eq(results.rows[0].stage_count, 2);
    cvl_results_clear(&results);
    cvl_store_close(&store);
}

Test(store, a_locked_store_is_an_error_and_reading_goes_on)
{
    fill(1);
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    sqlite3 *other = NULL;
    cr_assert_eq(sqlite3_open(path, &other), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct cvl_row row;
    fixture_row_full(&row);
    cr_assert_eq(cvl_store_put_row(store, 1, &row, &error), CVL_IO);
    cr_assert_not_null(strstr(error.text, "locked"), "%s", error.text);
    struct cvl_results results;
    cr_assert_eq(cvl_store_load(store, 0, &results, &error), CVL_OK, "%s", error.text);
    cvl_results_clear(&results);
    (void)sqlite3_close(other);
    cr_assert_eq(cvl_store_put_row(store, 1, &row, &error), CVL_OK, "%s", error.text);
    cvl_row_clear(&row);
    cvl_store_close(&store);
}

/* A child that writes rows for ever and reports each one that is committed. */
static _Noreturn void write_for_ever(int report)
{
    struct cvl_results head = {.sweep = "made_up"};
    struct cvl_store *store = NULL;
    bool resumed;
    int64_t run_id = 0;
    if (cvl_store_open(path, CVL_STORE_WRITE, &store, &error) != CVL_OK ||
        cvl_store_begin(store, &head, "a", true, &run_id, &resumed, &error) != CVL_OK)
        _exit(1); /* no assertion here: it would be the forked copy of the harness that fails */
    for (unsigned i = 0;; i++) {
        struct cvl_row row;
        fixture_row_full(&row);
        (void)snprintf(row.key.layer, sizeof row.key.layer, "%d/%u", (int)getpid(), i);
        if (cvl_store_put_row(store, run_id, &row, &error) != CVL_OK || write(report, "x", 1) != 1)
            _exit(1);
        cvl_row_clear(&row);
    }
}

/* Kills such a child after `rows` commits. @return how many rows it had reported */
static size_t kill_after(size_t rows)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0)
        write_for_ever(ends[1]);
    (void)close(ends[1]);
    char byte;
    size_t written = 0;
    while (written < rows && read(ends[0], &byte, 1) == 1)
        written++;
    (void)kill(child, SIGKILL);
    int how = 0;
    cr_assert_eq(waitpid(child, &how, 0), child);
    cr_assert(WIFSIGNALED(how), "the writer ended by itself");
    while (read(ends[0], &byte, 1) == 1)
        written++;
    (void)close(ends[0]);
    return written;
}

Test(store, killed_while_writing_loses_at_most_the_row_in_flight)
{
    size_t written = 0;
    const size_t kills = 4;
    for (size_t i = 0; i < kills; i++)
        written += kill_after(7 * i + 3);
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    struct cvl_results results;
    cr_assert_eq(cvl_store_load(store, 0, &results, &error), CVL_OK, "%s", error.text);
    cr_assert_geq(results.row_count, written);
    cr_assert_leq(results.row_count, written + kills);
    for (size_t i = 0; i < results.row_count; i++) {
        cr_assert_eq(results.rows[i].sample_count, 3);
        cr_assert_eq(results.rows[i].stage_count, 2);
        cr_assert_eq(results.rows[i].allocation_count, 2);
    }
    bool resumed = false;
    cr_assert_eq(begin(store, "a", true, &resumed), 1);
    cr_assert(resumed);
    cvl_results_clear(&results);
    cvl_store_close(&store);
    cr_assert_eq(query("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    cr_assert_eq(query("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

/* A network is a row as any other: there once in a run, distinguished by every part of its key.
 */
Test(store, networks_come_back_and_are_there_once)
{
    struct cvl_row rows[4];
    bool resumed;
    for (size_t i = 0; i < 4; i++)
        fixture_row_network(&rows[i]);
    strcpy(rows[1].key.variant, "sep_fused");
    strcpy(rows[2].key.network, "net \"y\"");
    rows[3].key.problem.form = CVL_STANDARD;
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    int64_t run_id = begin(store, "a", false, &resumed);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(cvl_store_put_row(store, run_id, &rows[i], &error), CVL_OK, "%s", error.text);
    cr_expect_eq(cvl_store_put_row(store, run_id, &rows[1], &error), CVL_BAD_INPUT);
    cr_expect_not_null(strstr(error.text, "refused 0:0 sep_fused nchw f16 forward network:separable"
                                          " net \"x\": there already"),
                       "%s", error.text);
    cvl_store_close(&store);
    struct cvl_results results = load_run(run_id);
    cr_assert_eq(results.row_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_equal_rows(&rows[i], &results.rows[i]);
        cr_expect_eq(results.rows[i].stage_count, 2);
        cr_expect_eq(results.rows[i].sample_count, 3);
        cr_expect_eq(results.rows[i].allocation_count, 2);
        cr_expect_eq(results.rows[i].probe_count, 3);
        cvl_row_clear(&rows[i]);
    }
    cvl_results_clear(&results);
    cr_expect_eq(query("SELECT count(*) FROM result WHERE chain = 'net \"x\"' AND layer IS NULL"
                       " AND problem IS NULL AND outputs_bytes = 1010 AND peak_layer = 'block1'"),
                 3);
}

/* row.def had fewer fields when the store was written. */
Test(store, a_store_with_fewer_columns_of_rows)
{
    fill(1);
    run_sql("ALTER TABLE result DROP COLUMN bound; ALTER TABLE result DROP COLUMN peak_layer;"
            "ALTER TABLE allocation DROP COLUMN time_s");
    struct cvl_results results = load_run(0);
    cr_assert_str_eq(results.rows[0].roofline.bound, "compute", "it is in the document");
    cr_assert(isnan(results.rows[0].allocations[0].time_s));
    cvl_results_clear(&results);
    fill(1);
    cr_expect_eq(query("SELECT count(*) FROM result WHERE bound = 'compute'"), 2);
    cr_expect_eq(query("SELECT count(*) FROM result WHERE peak_layer IS NULL"), 2);
    cr_expect_eq(query("SELECT count(*) FROM allocation WHERE time_s = 0.5"), 1);
}

Test(store, columns_are_added_under_a_lock)
{
    sqlite3 *other = NULL;
    fill(1);
    run_sql("ALTER TABLE stage DROP COLUMN note; ALTER TABLE result DROP COLUMN bound");
    cr_assert_eq(sqlite3_open(path, &other), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    cr_expect_eq(open_status(CVL_STORE_WRITE), CVL_IO);
    cr_expect_not_null(strstr(error.text, "locked"), "%s", error.text);
    cr_assert_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    cr_expect_eq(open_status(CVL_STORE_WRITE), CVL_OK, "%s", error.text);
    cr_assert_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    cr_expect_eq(open_status(CVL_STORE_WRITE), CVL_OK, "nothing is to be added: %s", error.text);
    (void)sqlite3_close(other);
    cr_expect_eq(query("SELECT count(*) FROM result WHERE bound = 'compute'"), 1);
}

/* No column can be added to a view. */
Test(store, all_columns_are_added_or_none)
{
    static const char count[] = "SELECT count(*) FROM pragma_table_info('stage')";
    fill(1);
    const int64_t columns = query(count);
    run_sql("ALTER TABLE stage DROP COLUMN note; ALTER TABLE result RENAME TO moved;"
            "CREATE VIEW result AS SELECT id, run_id FROM moved");
    cr_expect_eq(open_status(CVL_STORE_WRITE), CVL_BAD_INPUT);
    cr_expect_eq(query(count), columns - 1);
    run_sql("DROP VIEW result; ALTER TABLE moved RENAME TO result");
    cr_expect_eq(open_status(CVL_STORE_WRITE), CVL_OK, "%s", error.text);
    cr_expect_eq(query(count), columns);
}
