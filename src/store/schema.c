/* Making, completing and upgrading the store's tables. */
#include "store/schema.h"

#include <stdlib.h>

#include "result/row_json.h"
#include "store/columns.h"
#include "store/store.h"

static enum cvl_status run_text(sqlite3 *db, struct cvl_text *sql, struct cvl_error *err)
{
    const enum cvl_status status = sql->failed
                                       ? cvl_fail(err, CVL_NO_MEMORY, "store: out of memory")
                                       : cvl_sql_run(db, sql->data, err);
    cvl_text_clear(sql);
    return status;
}

/* Runs and devices, and what belongs to a device rather than to a run. */
static const char *const run_tables[] = {
    "CREATE TABLE run (\n"
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
    "  identity TEXT NOT NULL,\n"
    "  sweep TEXT NOT NULL,\n"
    "  started TEXT,\n"
    "  command TEXT,\n"
    "  host TEXT,\n"
    "  version TEXT,\n"
    "  merged_from TEXT)",

    "CREATE INDEX run_identity ON run (identity)",

    "CREATE TABLE device (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,\n"
    "  document TEXT NOT NULL CHECK (json_valid(document)),\n"
    "  key TEXT NOT NULL AS (json_extract(document, '$.key')),\n"
    "  platform TEXT AS (json_extract(document, '$.platform')),\n"
    "  name TEXT AS (json_extract(document, '$.name')),\n"
    "  vendor TEXT AS (json_extract(document, '$.vendor')),\n"
    "  driver TEXT AS (json_extract(document, '$.driver')),\n"
    "  type TEXT AS (json_extract(document, '$.type')),\n"
    "  UNIQUE (run_id, key))",

    NULL,
};

static const char peaks_table[] = "CREATE TABLE IF NOT EXISTS peaks (\n"
                                  "  platform TEXT NOT NULL,\n"
                                  "  name TEXT NOT NULL,\n"
                                  "  driver TEXT NOT NULL,\n"
                                  "  document TEXT NOT NULL CHECK (json_valid(document)),\n"
                                  "  measured TEXT AS (json_extract(document, '$.measured')),\n"
                                  "  PRIMARY KEY (platform, name, driver)) WITHOUT ROWID";

/* A row's document is the single truth of its figures; the columns are views into it. */
static enum cvl_status make_result(sqlite3 *db, struct cvl_error *err)
{
    struct cvl_text sql = {0};
    cvl_text_append(&sql, "CREATE TABLE result (\n"
                          "  id INTEGER PRIMARY KEY,\n"
                          "  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,\n"
                          "  key TEXT NOT NULL,\n"
                          "  document TEXT NOT NULL CHECK (json_valid(document)),\n");
    for (size_t i = 0; i < cvl_store_column_count; i++) {
        char name[80];
        cvl_store_column_name(&cvl_store_columns[i], name);
        if (name[0] == '\0')
            continue;
        cvl_text_append(&sql, "  ");
        cvl_store_define_column(&cvl_store_columns[i], &sql);
        cvl_text_append(&sql, ",\n");
    }
    cvl_text_append(&sql, "  UNIQUE (run_id, key))");
    return run_text(db, &sql, err);
}

/* A table of one of a row's lists. */
static enum cvl_status make_list(sqlite3 *db, const char *table, const struct cvl_fields *fields,
                                 struct cvl_error *err)
{
    struct cvl_text sql = {0};
    cvl_text_append(&sql,
                    "CREATE TABLE %s (\n"
                    "  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,\n"
                    "  number INTEGER NOT NULL,\n",
                    table);
    for (size_t i = 0; i < fields->count; i++)
        cvl_text_append(&sql, "  %s %s,\n", fields->at[i].key, cvl_field_sql_type(&fields->at[i]));
    cvl_text_append(&sql, "  PRIMARY KEY (result_id, number)) WITHOUT ROWID");
    return run_text(db, &sql, err);
}

enum cvl_status cvl_store_make_tables(sqlite3 *db, struct cvl_error *err)
{
    enum cvl_status status = cvl_sql_run_all(db, run_tables, err);
    if (status == CVL_OK)
        status = cvl_sql_run(db, peaks_table, err);
    if (status == CVL_OK)
        status = make_result(db, err);
    if (status == CVL_OK)
        status = cvl_sql_run(db,
                             "CREATE TABLE sample (\n"
                             "  result_id INTEGER NOT NULL REFERENCES result(id)"
                             " ON DELETE CASCADE,\n"
                             "  number INTEGER NOT NULL,\n"
                             "  time_s REAL,\n"
                             "  PRIMARY KEY (result_id, number)) WITHOUT ROWID",
                             err);
    if (status == CVL_OK)
        status = make_list(db, "stage", &cvl_row_stage_fields, err);
    if (status == CVL_OK)
        status = make_list(db, "allocation", &cvl_row_allocation_fields, err);
    return status;
}

static bool lacks_list_column(sqlite3 *db, const char *table, const struct cvl_fields *fields)
{
    bool lacks = false;
    for (size_t i = 0; i < fields->count; i++)
        lacks |= !cvl_sql_has_column(db, table, fields->at[i].key);
    return lacks;
}

static bool lacks_result_column(sqlite3 *db, const struct cvl_store_column *column)
{
    char name[80];
    cvl_store_column_name(column, name);
    return name[0] != '\0' && !cvl_sql_has_column(db, "result", name);
}

/* Facts about a run that versions before this one did not record. */
static const char *const added_run_columns[] = {"version", "merged_from"};

enum { ADDED_RUN_COLUMNS = sizeof added_run_columns / sizeof added_run_columns[0] };

static bool lacks_run_column(sqlite3 *db)
{
    bool lacks = false;
    for (size_t i = 0; i < ADDED_RUN_COLUMNS; i++)
        lacks |= !cvl_sql_has_column(db, "run", added_run_columns[i]);
    return lacks;
}

static enum cvl_status add_run_columns(sqlite3 *db, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < ADDED_RUN_COLUMNS && status == CVL_OK; i++) {
        struct cvl_text sql = {0};
        if (cvl_sql_has_column(db, "run", added_run_columns[i]))
            continue;
        cvl_text_append(&sql, "ALTER TABLE run ADD COLUMN %s TEXT", added_run_columns[i]);
        status = run_text(db, &sql, err);
    }
    return status;
}

static bool lacks_columns(sqlite3 *db)
{
    bool lacks = lacks_run_column(db) || lacks_list_column(db, "stage", &cvl_row_stage_fields) ||
                 lacks_list_column(db, "allocation", &cvl_row_allocation_fields);
    for (size_t i = 0; i < cvl_store_column_count; i++)
        lacks |= lacks_result_column(db, &cvl_store_columns[i]);
    return lacks;
}

static enum cvl_status add_list_columns(sqlite3 *db, const char *table,
                                        const struct cvl_fields *fields, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < fields->count && status == CVL_OK; i++) {
        struct cvl_text sql = {0};
        if (cvl_sql_has_column(db, table, fields->at[i].key))
            continue;
        cvl_text_append(&sql, "ALTER TABLE %s ADD COLUMN %s %s", table, fields->at[i].key,
                        cvl_field_sql_type(&fields->at[i]));
        status = run_text(db, &sql, err);
    }
    return status;
}

static enum cvl_status add_columns(sqlite3 *db, struct cvl_error *err)
{
    enum cvl_status status = add_run_columns(db, err);
    if (status == CVL_OK)
        status = add_list_columns(db, "stage", &cvl_row_stage_fields, err);
    if (status == CVL_OK)
        status = add_list_columns(db, "allocation", &cvl_row_allocation_fields, err);
    for (size_t i = 0; i < cvl_store_column_count && status == CVL_OK; i++) {
        struct cvl_text sql = {0};
        if (!lacks_result_column(db, &cvl_store_columns[i]))
            continue;
        cvl_text_append(&sql, "ALTER TABLE result ADD COLUMN ");
        cvl_store_define_column(&cvl_store_columns[i], &sql);
        status = run_text(db, &sql, err);
    }
    return status;
}

/* Another program may add them at the same time: who comes second finds them, for the query makes
 * SQLite read the tables' columns anew. */
enum cvl_status cvl_store_add_columns(sqlite3 *db, struct cvl_error *err)
{
    static const char *const before[] = {"BEGIN IMMEDIATE", "SELECT count(*) FROM sqlite_schema",
                                         NULL};
    if (!lacks_columns(db))
        return CVL_OK;
    enum cvl_status status = cvl_sql_run_all(db, before, err);
    if (status == CVL_OK)
        status = add_columns(db, err);
    if (status == CVL_OK)
        status = cvl_sql_run(db, "COMMIT", err);
    if (status != CVL_OK)
        (void)cvl_sql_run(db, "ROLLBACK", NULL);
    return status;
}

/* Takes a row over: its document in today's form, its key made of it.
 * @param id of the row, or 0: a new one */
static enum cvl_status move_row(struct cvl_statement *insert, int64_t id, int64_t run_id,
                                const char *text, struct cvl_error *err)
{
    char key[CVL_KEY_TEXT_BYTES];
    struct cvl_row row;
    enum cvl_status status = cvl_store_read_figures(text, &row, err);
    if (status != CVL_OK)
        return status;
    char *document = cvl_json_print(cvl_row_json(&row, CVL_ROW_FIGURES));
    (void)cvl_key_print(&row.key, key, sizeof key);
    cvl_row_clear(&row);
    if (!document)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    cvl_sql_bind_u64(insert, 1, id > 0 ? (uint64_t)id : UINT64_MAX);
    cvl_sql_bind_i64(insert, 2, run_id);
    cvl_sql_bind_text(insert, 3, key);
    cvl_sql_bind_text(insert, 4, document);
    status = cvl_sql_finish(insert, err);
    free(document);
    return status;
}

/* Moves what a query gives: id, run and document of each row. */
static enum cvl_status move_rows(sqlite3 *db, const char *query, struct cvl_error *err)
{
    struct cvl_statement select = {0}, insert = {0};
    bool there = true;
    enum cvl_status status = cvl_sql_prepare(db, query, &select, err);
    if (status == CVL_OK)
        status = cvl_sql_prepare(
            db, "INSERT INTO result (id, run_id, key, document) VALUES (?1, ?2, ?3, ?4)", &insert,
            err);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(&select, &there, err);
        if (status == CVL_OK && there)
            status = move_row(&insert, cvl_sql_i64(&select, 0), cvl_sql_i64(&select, 1),
                              cvl_sql_text(&select, 2), err);
    }
    cvl_sql_clear(&select);
    cvl_sql_clear(&insert);
    return status;
}

enum cvl_status cvl_store_upgrade_1(sqlite3 *db, struct cvl_error *err)
{
    static const char *const before[] = {
        "DROP INDEX IF EXISTS result_case",
        "ALTER TABLE result RENAME TO result_before",
        NULL,
    };
    static const char *const after[] = {
        "DROP TABLE IF EXISTS chain",
        "DROP TABLE result_before",
        NULL,
    };
    enum cvl_status status = cvl_sql_run_all(db, before, err);
    if (status == CVL_OK)
        status = make_result(db, err);
    if (status == CVL_OK)
        status = move_rows(db, "SELECT id, run_id, document FROM result_before ORDER BY id", err);
    if (status == CVL_OK && cvl_sql_has_column(db, "chain", "document"))
        status = move_rows(db, "SELECT 0, run_id, document FROM chain ORDER BY id", err);
    if (status == CVL_OK)
        status = cvl_sql_run_all(db, after, err);
    return status == CVL_OK ? cvl_sql_run(db, peaks_table, err) : status;
}

/* Writes the text of the row's problem anew, in its key and in its document. */
static enum cvl_status rename_row(struct cvl_statement *update, int64_t id, const char *document,
                                  struct cvl_error *err)
{
    char key[CVL_KEY_TEXT_BYTES], problem[CVL_PROBLEM_TEXT_BYTES];
    struct cvl_row row;
    enum cvl_status status = cvl_store_read_figures(document, &row, err);
    if (status != CVL_OK)
        return status;
    const bool is_network = cvl_key_is_network(&row.key);
    (void)cvl_key_print(&row.key, key, sizeof key);
    (void)cvl_problem_print(&row.key.problem, problem, sizeof problem);
    cvl_row_clear(&row);
    if (is_network)
        return CVL_OK;
    cvl_sql_bind_i64(update, 1, id);
    cvl_sql_bind_text(update, 2, key);
    cvl_sql_bind_text(update, 3, problem);
    return cvl_sql_finish(update, err);
}

enum cvl_status cvl_store_upgrade_2(sqlite3 *db, struct cvl_error *err)
{
    struct cvl_statement select = {0}, update = {0};
    bool there = true;
    enum cvl_status status =
        cvl_sql_prepare(db, "SELECT id, document FROM result ORDER BY id", &select, err);
    if (status == CVL_OK)
        status = cvl_sql_prepare(db,
                                 "UPDATE result SET key = ?2, document ="
                                 " json_set(document, '$.problem', ?3) WHERE id = ?1 AND key <> ?2",
                                 &update, err);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(&select, &there, err);
        if (status == CVL_OK && there)
            status = rename_row(&update, cvl_sql_i64(&select, 0), cvl_sql_text(&select, 1), err);
    }
    cvl_sql_clear(&select);
    cvl_sql_clear(&update);
    return status;
}
