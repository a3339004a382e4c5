/* Stores that earlier versions wrote: read as they are, upgraded when they are opened to write. */
/* sources: fixture_results.c */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_results.h"
#include "fixture_store.h"
#include "result/row_json.h"
#include "store/columns.h"

TestSuite(store_upgrade, .init = make_folder, .fini = remove_folder);

/* schema1.db (stores/README.md): two runs by the last version of schema 1, of layers (one trained,
 * two refused) and of networks with a residual (one refused). two_blocks.db: an older one, without
 * training and without networks; its lists are emptied. */
static const struct old_store {
    const char *file;
    const char *identity; /* of the first run */
    int64_t runs;
    size_t rows[2], networks[2]; /* of each run; rows: of single layers */
    int64_t samples, stages, allocations;
} old_stores[] = {
    {.file = "tests/unit/stores/schema1.db",
     .identity = "72 cases ef742f5385494b29 budget 0.01 tuning settled, 12 networks"
                 " c104d558b687e6cd",
     .runs = 2,
     .rows = {7, 1},
     .networks = {4, 1},
     .samples = 70,
     .stages = 19,
     .allocations = 318},
    {.file = "tests/cli/stores/two_blocks.db",
     .identity = "40 cases 443cad8821ac1c59 budget 0.05 tuning none",
     .runs = 1,
     .rows = {40}},
};

enum { OLD_STORES = sizeof old_stores / sizeof old_stores[0] };

/* The bytes of a file, which the caller frees. */
static char *read_file(const char *name, size_t *size)
{
    FILE *file = fopen(name, "rb");
    cr_assert_not_null(file, "%s", name);
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1);
    cr_assert_eq(fread(bytes, 1, *size, file), *size);
    cr_assert_eq(fclose(file), 0);
    return bytes;
}

/* Puts a copy of the store to where the tests' store is. */
static void copy_store(const struct old_store *old)
{
    char name[512];
    size_t size;
    (void)snprintf(name, sizeof name, "%s/%s", CONVLENS_SOURCE_DIR, old->file);
    char *bytes = read_file(name, &size);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
    free(bytes);
}

static void assert_same_bytes(const char *before, size_t size)
{
    size_t now;
    char *bytes = read_file(path, &now);
    cr_assert_eq(now, size);
    cr_assert_eq(memcmp(bytes, before, size), 0);
    free(bytes);
}

/* The row as JSON, with all lists. */
static json_t *row_object(const struct cvl_row *row)
{
    json_t *object = cvl_row_json(row, CVL_ROW_EVERYTHING);
    cr_assert_not_null(object);
    return object;
}

/* All runs as one text, which the caller frees: heads, devices, rows with their lists. */
static char *dump_runs(int64_t runs)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    for (int64_t run = 1; run <= runs; run++) {
        struct cvl_results results = load_run(run);
        (void)fprintf(stream, "%s %s %s %s\n", results.sweep, results.started, results.command,
                      results.host);
        for (size_t i = 0; i < results.device_count; i++)
            (void)fprintf(stream, "%s %s %g\n", results.devices[i].id, results.devices[i].name,
                          results.devices[i].peaks.read_bytes_per_s);
        for (size_t i = 0; i < results.row_count; i++) {
            char *row = cvl_row_to_json(&results.rows[i], true);
            (void)fprintf(stream, "%s\n", row);
            free(row);
        }
        cvl_results_clear(&results);
    }
    cr_assert_eq(fclose(stream), 0);
    return text;
}

/* All tables with all their rows as one text, which the caller frees. */
static char *dump_tables(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    sqlite3 *db = NULL;
    sqlite3_stmt *tables = NULL, *rows = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db,
                                    "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"
                                    " AND name NOT LIKE 'sqlite_stat%' ORDER BY name",
                                    -1, &tables, NULL),
                 SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        char sql[128];
        (void)fprintf(stream, "%s\n", (const char *)sqlite3_column_text(tables, 1));
        (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"",
                       (const char *)sqlite3_column_text(tables, 0));
        cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
        while (sqlite3_step(rows) == SQLITE_ROW) {
            for (int i = 0; i < sqlite3_column_count(rows); i++)
                if (sqlite3_column_type(rows, i) == SQLITE_FLOAT)
                    (void)fprintf(stream, "%.17g|", sqlite3_column_double(rows, i));
                else
                    (void)fprintf(stream, "%s|", (const char *)sqlite3_column_text(rows, i));
            (void)fputc('\n', stream);
        }
        (void)sqlite3_finalize(rows);
    }
    (void)sqlite3_finalize(tables);
    (void)sqlite3_close(db);
    cr_assert_eq(fclose(stream), 0);
    return text;
}

/* Is everything that the old document says in the new one, with the same values? */
static void expect_within(const json_t *old, const json_t *new, const char *where)
{
    const char *key;
    json_t *value;
    size_t index;
    if (json_is_object(old)) {
        json_object_foreach((json_t *)old, key, value)
        {
            char below[128];
            (void)snprintf(below, sizeof below, "%.80s.%s", where, key);
            expect_within(value, json_object_get(new, key), below);
        }
    } else if (json_is_array(old)) {
        cr_expect_eq(json_array_size(old), json_array_size(new), "%s", where);
        json_array_foreach(old, index, value)
        {
            expect_within(value, json_array_get(new, index), where);
        }
    } else {
        cr_expect(json_equal(old, new), "%s: %s became %s", where, json_dumps(old, JSON_ENCODE_ANY),
                  json_dumps(new, JSON_ENCODE_ANY));
    }
}

/* A column of a list's table against the member of the entry: what is empty or NULL is null. */
static void expect_equal_value(sqlite3_stmt *statement, int column, const json_t *value)
{
    const char *name = sqlite3_column_name(statement, column);
    const char *text = (const char *)sqlite3_column_text(statement, column);
    cr_assert_not_null(value, "%s", name);
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        cr_expect_eq(json_integer_value(value), sqlite3_column_int64(statement, column), "%s",
                     name);
        break;
    case SQLITE_FLOAT:
        cr_expect_eq(json_real_value(value), sqlite3_column_double(statement, column), "%s", name);
        break;
    case SQLITE_TEXT:
        if (*text == '\0')
            cr_expect(json_is_null(value), "%s", name);
        else
            cr_expect_str_eq(json_string_value(value), text, "%s", name);
        break;
    default:
        cr_expect(json_is_null(value), "%s", name);
    }
}

/* Every column of every line of a list's table, against the list of the row. */
static void expect_same_list(sqlite3 *db, const char *table, int64_t result_id, const json_t *list)
{
    char sql[128];
    sqlite3_stmt *statement = NULL;
    size_t entries = 0;
    (void)snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE result_id = %lld ORDER BY number",
                   table, (long long)result_id);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const json_t *entry = json_array_get(list, entries++);
        for (int i = 2; i < sqlite3_column_count(statement); i++)
            expect_equal_value(statement, i,
                               json_is_object(entry)
                                   ? json_object_get(entry, sqlite3_column_name(statement, i))
                                   : entry);
    }
    cr_expect_eq(json_array_size(list), entries, "%s of row %lld", table, (long long)result_id);
    (void)sqlite3_finalize(statement);
}

/* The rows of a table of documents are the `count` rows from `rows` on, lists included. */
static void expect_same_rows(const char *table, int64_t run, const struct cvl_row *rows,
                             size_t count)
{
    char sql[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    (void)snprintf(sql, sizeof sql, "SELECT id, document FROM %s WHERE run_id = %lld ORDER BY id",
                   table, (long long)run);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
        const int64_t id = sqlite3_column_int64(statement, 0);
        const bool has_lists = strcmp(table, "result") == 0;
        json_t *old = json_loads((const char *)sqlite3_column_text(statement, 1), 0, NULL);
        json_t *new = row_object(&rows[i]);
        cr_assert_not_null(old);
        expect_within(old, new, table);
        expect_same_list(db, "sample", has_lists ? id : 0, json_object_get(new, "samples_s"));
        expect_same_list(db, "stage", has_lists ? id : 0, json_object_get(new, "stages"));
        expect_same_list(db, "allocation", has_lists ? id : 0, json_object_get(new, "allocations"));
        json_decref(old);
        json_decref(new);
    }
    cr_assert_eq(sqlite3_step(statement), SQLITE_DONE);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
}

static void expect_nothing_beside_the_store(void)
{
    static const char *const ends[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        cr_expect_neq(access(name, F_OK), 0, "%s", name);
    }
}

static void read_old_store(const struct old_store *old)
{
    size_t size;
    int64_t lists[3] = {0, 0, 0};
    copy_store(old);
    char *before = read_file(path, &size);
    for (int64_t run = 1; run <= old->runs; run++) {
        struct cvl_results results = load_run(run);
        const size_t rows = old->rows[run - 1], networks = old->networks[run - 1];
        cr_assert_eq(results.row_count, rows + networks);
        cr_assert_eq(results.device_count, 1);
        for (size_t i = 0; i < results.row_count; i++) {
            cr_expect_eq(cvl_key_is_network(&results.rows[i].key), i >= rows);
            lists[0] += (int64_t)results.rows[i].sample_count;
            lists[1] += (int64_t)results.rows[i].stage_count;
            lists[2] += (int64_t)results.rows[i].allocation_count;
        }
        expect_same_rows("result", run, results.rows, rows);
        if (networks > 0)
            expect_same_rows("chain", run, results.rows + rows, networks);
        cvl_results_clear(&results);
    }
    cr_expect_eq(lists[0], old->samples);
    cr_expect_eq(lists[1], old->stages);
    cr_expect_eq(lists[2], old->allocations);
    assert_same_bytes(before, size);
    expect_nothing_beside_the_store();
    free(before);
}

Test(store_upgrade, reading_gives_every_row_and_changes_nothing)
{
    for (size_t i = 0; i < OLD_STORES; i++)
        read_old_store(&old_stores[i]);
}

Test(store_upgrade, figures_are_what_they_were)
{
    copy_store(&old_stores[0]);
    struct cvl_results results = load_run(1);
    const struct cvl_row *trained = &results.rows[5], *network = &results.rows[7];
    cr_expect_str_eq(results.sweep, "made_up");
    cr_expect_str_eq(results.rows[0].key.layer, "middle one/mb1");
    cr_expect_eq(results.rows[0].key.passes, CVL_FORWARD);
    cr_expect_str_eq(results.rows[1].key.variant, "im2col_gemm");
    cr_expect_eq(results.rows[1].sample_count, 12);
    cr_expect_eq(results.rows[1].stage_count, 2);
    cr_expect_eq(results.rows[1].allocation_count, 39);
    cr_expect_eq(results.rows[3].status, CVL_ROW_UNSUPPORTED);
    cr_expect_str_eq(results.rows[3].reason, "NCHW only");
    cr_expect_eq(trained->key.passes, CVL_TRAINING);
    cr_expect_eq(trained->key.optimizer, CVL_ADAM);
    cr_expect_eq(trained->stage_count, 13);
    cr_expect_neq(trained->computed.optimizer_bytes, 0);
    cr_expect_str_eq(network->key.network, "made_up/mb1");
    cr_expect_eq(network->key.problem.form, CVL_STANDARD);
    cr_expect_eq(network->computed.outputs_bytes, 31104);
    cr_expect_eq(network->computed.arena_lower_bound_bytes, 18432);
    cr_expect_str_eq(network->computed.peak_layer, "middle one");
    cr_assert_eq(network->layers_count, 4);
    cr_expect_str_eq(network->layers[2].layer, "middle one");
    cr_expect_eq(network->layers[2].repetition, 2);
    cr_expect_str_empty(network->layers[2].tuning, "not recorded then");
    cr_expect_eq(network->roofline.flops, CVL_ABSENT);
    cr_expect_not(network->has_measured);
    cr_expect_eq(results.rows[10].status, CVL_ROW_UNSUPPORTED);
    cr_expect_not(isnan(results.devices[0].peaks.read_bytes_per_s));
    cvl_results_clear(&results);
}

/* The column `key` of every row is the text of its key, and no run has one twice. */
static void expect_keys(int64_t runs)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, "SELECT key FROM result WHERE run_id = ?1 ORDER BY id", -1,
                                    &statement, NULL),
                 SQLITE_OK);
    for (int64_t run = 1; run <= runs; run++) {
        struct cvl_results results = load_run(run);
        (void)sqlite3_bind_int64(statement, 1, run);
        for (size_t i = 0; i < results.row_count; i++) {
            char key[CVL_KEY_TEXT_BYTES];
            (void)cvl_key_print(&results.rows[i].key, key, sizeof key);
            cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
            cr_expect_str_eq((const char *)sqlite3_column_text(statement, 0), key);
        }
        cr_expect_eq(sqlite3_step(statement), SQLITE_DONE);
        (void)sqlite3_reset(statement);
        cvl_results_clear(&results);
    }
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    cr_expect_eq(query("SELECT count(*) - count(DISTINCT run_id || ' ' || key) FROM result"), 0);
    cr_expect_eq(query("SELECT count(*) FROM pragma_index_list('result') AS i WHERE i.\"unique\""
                       " AND (SELECT group_concat(name) FROM pragma_index_info(i.name))"
                       " = 'run_id,key'"),
                 1);
}

static void expect_every_column(void)
{
    for (size_t i = 0; i < cvl_store_column_count; i++) {
        char name[80], sql[192];
        cvl_store_column_name(&cvl_store_columns[i], name);
        if (name[0] == '\0')
            continue;
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) FROM pragma_table_xinfo('result') WHERE name = '%s'", name);
        cr_expect_eq(query(sql), 1, "%s", name);
    }
    cr_expect_eq(query("SELECT count(*) FROM pragma_table_info('stage') WHERE name = 'layer'"), 1);
}

/* The run goes on: a row that is there is refused, and a new one of either kind is taken. */
static void put_into_upgraded(const char *identity)
{
    struct cvl_results results = load_run(1);
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    struct cvl_row row;
    bool resumed = false;
    cr_expect_eq(begin(store, identity, true, &resumed), 1);
    cr_expect(resumed);
    for (size_t i = 0; i < results.row_count; i++)
        cr_expect_eq(cvl_store_put_row(store, 1, &results.rows[i], &error), CVL_BAD_INPUT,
                     "row %zu", i);
    const size_t count = results.row_count;
    cvl_results_clear(&results);
    fixture_row_full(&row);
    cr_expect_eq(cvl_store_put_row(store, 1, &row, &error), CVL_OK, "%s", error.text);
    cvl_row_clear(&row);
    fixture_row_network(&row);
    cr_expect_eq(cvl_store_put_row(store, 1, &row, &error), CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    results = load_run(1);
    cr_assert_eq(results.row_count, count + 2);
    assert_equal_rows(&results.rows[count + 1], &row);
    cvl_results_clear(&results);
    cvl_row_clear(&row);
}

static void upgrade_old_store(const struct old_store *old)
{
    static const char documents[] = "SELECT sum(length(document)) FROM peaks";
    copy_store(old);
    const int64_t peaks = query("SELECT count(*) FROM peaks"), bytes = query(documents);
    char *before = dump_runs(old->runs);
    cr_assert_eq(open_status(CVL_STORE_WRITE), CVL_OK, "%s", error.text);
    cr_expect_eq(query("SELECT user_version FROM pragma_user_version"), 3);
    cr_expect_eq(query("SELECT application_id FROM pragma_application_id"), 0x43564C53);
    cr_expect_eq(query("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'chain%'"
                       " OR name LIKE 'result_%'"),
                 0, "nothing is left of the old tables");
    char *after = dump_runs(old->runs);
    cr_expect_str_eq(before, after);
    cr_expect_eq(query("SELECT count(*) FROM sample"), old->samples);
    cr_expect_eq(query("SELECT count(*) FROM stage"), old->stages);
    cr_expect_eq(query("SELECT count(*) FROM allocation"), old->allocations);
    cr_expect_eq(query("SELECT count(*) FROM peaks"), peaks);
    cr_expect_eq(query(documents), bytes);
    cr_expect_eq(query("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    cr_expect_eq(query("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    expect_keys(old->runs);
    expect_every_column();
    put_into_upgraded(old->identity);
    free(before);
    free(after);
    run_sql("PRAGMA foreign_keys = ON; DELETE FROM run");
    cr_expect_eq(query("SELECT count(*) FROM result"), 0, "rows go with their runs");
    cr_expect_eq(query("SELECT count(*) FROM sample"), 0, "samples go with their rows");
}

Test(store_upgrade, opening_to_write_upgrades)
{
    for (size_t i = 0; i < OLD_STORES; i++)
        upgrade_old_store(&old_stores[i]);
}

Test(store_upgrade, a_second_opening_changes_nothing)
{
    for (size_t i = 0; i < OLD_STORES; i++) {
        size_t size;
        copy_store(&old_stores[i]);
        cr_assert_eq(open_status(CVL_STORE_WRITE), CVL_OK, "%s", error.text);
        char *upgraded = read_file(path, &size);
        cr_assert_eq(open_status(CVL_STORE_WRITE), CVL_OK, "%s", error.text);
        assert_same_bytes(upgraded, size);
        free(upgraded);
    }
}

/* The last document of the last table is damaged: all others are moved already when it is met. */
static void fail_half_way(const struct old_store *old, const char *damage)
{
    const char *table = old->networks[0] ? "chain" : "result";
    char sql[256];
    copy_store(old);
    char *runs = dump_runs(old->runs);
    (void)snprintf(sql, sizeof sql,
                   "CREATE TABLE kept AS SELECT document FROM %s ORDER BY id DESC LIMIT 1", table);
    run_sql(sql);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE %s SET document = %s WHERE id = (SELECT max(id) FROM %s)", table, damage,
                   table);
    run_sql(sql);
    char *before = dump_tables();
    cr_expect_eq(open_status(CVL_STORE_WRITE), CVL_BAD_INPUT);
    cr_expect_str_not_empty(error.text);
    char *after = dump_tables();
    cr_expect_str_eq(before, after);
    cr_expect_eq(query("SELECT user_version FROM pragma_user_version"), 1);
    cr_expect_eq(query("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    if (old->runs > 1) { /* the damage is in the last run */
        char *readable = dump_runs(old->runs - 1);
        cr_expect_eq(strncmp(runs, readable, strlen(readable)), 0);
        free(readable);
    }
    (void)snprintf(sql, sizeof sql,
                   "UPDATE %s SET document = (SELECT document FROM kept)"
                   " WHERE id = (SELECT max(id) FROM %s); DROP TABLE kept",
                   table, table);
    run_sql(sql);
    cr_expect_eq(open_status(CVL_STORE_WRITE), CVL_OK, "repaired: %s", error.text);
    char *repaired = dump_runs(old->runs);
    cr_expect_str_eq(repaired, runs);
    free(repaired);
    free(runs);
    free(before);
    free(after);
}

Test(store_upgrade, a_document_that_is_damaged_leaves_the_store_as_it_was)
{
    for (size_t i = 0; i < OLD_STORES; i++) {
        fail_half_way(&old_stores[i], "json_set(document, '$.time', 7)");
        fail_half_way(&old_stores[i], "json_remove(document, '$.memory.counted')");
        fail_half_way(&old_stores[i], "json_set(document, '$.memory.computed.peak_bytes', 1)");
    }
}

/* What is in the document's lists is a foreign hand's: the tables count, before the upgrade and
 * after. */
Test(store_upgrade, lists_in_a_document_are_passed_over)
{
    copy_store(&old_stores[0]);
    run_sql("UPDATE result SET document = json_set(document, '$.stages', json('[1]'),"
            " '$.samples_s', json('[1,2,3]'), '$.allocations', json('{}'))");
    char *before = dump_runs(2);
    cr_assert_eq(open_status(CVL_STORE_WRITE), CVL_OK, "%s", error.text);
    char *after = dump_runs(2);
    cr_expect_str_eq(before, after);
    free(before);
    free(after);
}

/* Schema 2 left out each width part that was equal to its height. */
Test(store_upgrade, problems_of_schema_2_get_all_their_widths)
{
    static const char now[] = "ih112iw56oc128oh56ow28kh3kw3sh2sw2ph0pw0";
    static const char then[] = "ih112iw56oc128oh56ow28kh3sh2ph0";
    struct cvl_row row;
    char sql[512];
    bool resumed;
    fixture_row_full(&row);
    row.key.problem = (struct cvl_problem){.form = CVL_SEPARABLE,
                                           .mb = 1,
                                           .g = 1,
                                           .ic = 64,
                                           .ih = 112,
                                           .iw = 56,
                                           .oc = 128,
                                           .oh = 56,
                                           .ow = 28,
                                           .kh = 3,
                                           .kw = 3,
                                           .sh = 2,
                                           .sw = 2};
    struct cvl_store *store = open_store(CVL_STORE_WRITE);
    (void)begin(store, "a", false, &resumed);
    cr_assert_eq(cvl_store_put_row(store, 1, &row, &error), CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    char *before = dump_tables();
    (void)snprintf(sql, sizeof sql,
                   "UPDATE result SET key = replace(key, '%s', '%s'), document = json_set(document,"
                   " '$.problem', replace(json_extract(document, '$.problem'), '%s', '%s'));"
                   " PRAGMA user_version = 2",
                   now, then, now, then);
    run_sql(sql);
    cr_expect_eq(query("SELECT count(*) FROM result WHERE key LIKE '%iw56oc128oh56ow28kh3sh2ph0 %'"
                       " AND problem LIKE '%ow28kh3sh2ph0'"),
                 1);
    struct cvl_results read = load_run(1);
    cr_expect(cvl_problem_equal(&read.rows[0].key.problem, &row.key.problem));
    cvl_results_clear(&read);
    cr_assert_eq(open_status(CVL_STORE_WRITE), CVL_OK, "%s", error.text);
    cr_expect_eq(query("SELECT user_version FROM pragma_user_version"), 3);
    char *after = dump_tables();
    cr_expect_str_eq(after, before);
    free(before);
    free(after);
    cvl_row_clear(&row);
}

Test(store_upgrade, a_newer_schema_is_refused_and_left_as_it_is)
{
    size_t size;
    copy_store(&old_stores[0]);
    run_sql("PRAGMA user_version = 4");
    char *before = read_file(path, &size);
    for (unsigned mode = CVL_STORE_READ; mode <= CVL_STORE_WRITE; mode++) {
        cr_expect_eq(open_status((enum cvl_store_mode)mode), CVL_BAD_INPUT);
        cr_expect_not_null(strstr(error.text, "schema 4 is newer than this convlens knows (3)"),
                           "%s", error.text);
    }
    assert_same_bytes(before, size);
    free(before);
}

/* Another program holds the store: nothing is changed, and later it is upgraded. */
Test(store_upgrade, a_locked_store_is_upgraded_later)
{
    sqlite3 *other = NULL;
    copy_store(&old_stores[0]);
    char *before = dump_runs(2);
    run_sql("PRAGMA journal_mode = WAL");
    cr_assert_eq(sqlite3_open(path, &other), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    cr_expect_eq(open_status(CVL_STORE_WRITE), CVL_IO);
    cr_expect_not_null(strstr(error.text, "locked"), "%s", error.text);
    cr_expect_eq(query("SELECT user_version FROM pragma_user_version"), 1);
    (void)sqlite3_close(other);
    cr_expect_eq(open_status(CVL_STORE_WRITE), CVL_OK, "%s", error.text);
    char *after = dump_runs(2);
    cr_expect_str_eq(before, after);
    free(before);
    free(after);
}
