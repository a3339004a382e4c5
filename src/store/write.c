#include <stdlib.h>

#include "base/text.h"
#include "result/device_json.h"
#include "result/row_json.h"
#include "store/sql.h"
#include "store/store.h"

/* The newest run of that identity; 0: there is none. */
static enum cvl_status find_run(struct cvl_store *store, const char *identity, int64_t *run_id,
                                struct cvl_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool there = false;
    enum cvl_status status = cvl_sql_prepare(
        store->db, "SELECT id FROM run WHERE identity = ?1 ORDER BY id DESC LIMIT 1", &statement,
        err);
    if (status == CVL_OK) {
        cvl_sql_bind_text(statement, 1, identity);
        status = cvl_sql_step(statement, &there, err);
    }
    *run_id = there ? sqlite3_column_int64(statement, 0) : 0;
    (void)sqlite3_finalize(statement);
    return status;
}

static enum cvl_status insert_run(struct cvl_store *store, const struct cvl_results *head,
                                  const char *identity, int64_t *run_id, struct cvl_error *err)
{
    sqlite3_stmt *statement = NULL;
    enum cvl_status status =
        cvl_sql_prepare(store->db,
                        "INSERT INTO run (identity, sweep, started, command, host)"
                        " VALUES (?1, ?2, ?3, ?4, ?5)",
                        &statement, err);
    if (status != CVL_OK)
        return status;
    cvl_sql_bind_text(statement, 1, identity);
    cvl_sql_bind_text(statement, 2, head->sweep);
    cvl_sql_bind_text(statement, 3, head->started);
    cvl_sql_bind_text(statement, 4, head->command);
    cvl_sql_bind_text(statement, 5, head->host);
    status = cvl_sql_finish(statement, err);
    *run_id = sqlite3_last_insert_rowid(store->db);
    (void)sqlite3_finalize(statement);
    return status;
}

enum cvl_status cvl_store_begin(struct cvl_store *store, const struct cvl_results *head,
                                const char *identity, bool resume, int64_t *run_id, bool *resumed,
                                struct cvl_error *err)
{
    *run_id = 0;
    *resumed = false;
    if (resume) {
        enum cvl_status status = find_run(store, identity, run_id, err);
        if (status != CVL_OK)
            return status;
    }
    *resumed = *run_id != 0;
    return *resumed ? CVL_OK : insert_run(store, head, identity, run_id, err);
}

/* Inserts a document by a statement of run (1) and document (2). */
static enum cvl_status insert_document(struct cvl_store *store, const char *sql, int64_t run_id,
                                       json_t *object, struct cvl_error *err)
{
    sqlite3_stmt *statement = NULL;
    char *document = json_dumps(object, JSON_COMPACT);
    if (!document)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    enum cvl_status status = cvl_sql_prepare(store->db, sql, &statement, err);
    if (status == CVL_OK) {
        (void)sqlite3_bind_int64(statement, 1, run_id);
        cvl_sql_bind_text(statement, 2, document);
        status = cvl_sql_finish(statement, err);
    }
    (void)sqlite3_finalize(statement);
    free(document);
    return status;
}

enum cvl_status cvl_store_put_device(struct cvl_store *store, int64_t run_id,
                                     const struct cvl_device_facts *device, struct cvl_error *err)
{
    json_t *object = cvl_device_json(device);
    enum cvl_status status =
        insert_document(store,
                        "INSERT INTO device (run_id, document) VALUES (?1, ?2)"
                        " ON CONFLICT (run_id, key) DO UPDATE SET document = excluded.document",
                        run_id, object, err);
    json_decref(object);
    return status;
}

/* The lists of a row: each a statement whose first two values are result and number. */
typedef void bind_entry(sqlite3_stmt *statement, const struct cvl_row *row, size_t index);

static void bind_sample(sqlite3_stmt *statement, const struct cvl_row *row, size_t index)
{
    cvl_sql_bind_real(statement, 3, row->samples_s[index]);
}

static void bind_stage(sqlite3_stmt *statement, const struct cvl_row *row, size_t index)
{
    const struct cvl_row_stage *stage = &row->stages[index];
    cvl_sql_bind_text(statement, 3, stage->name);
    cvl_sql_bind_text(statement, 4, stage->kind);
    cvl_sql_bind_real(statement, 5, stage->time_s);
    cvl_sql_bind_u64(statement, 6, stage->flops);
    cvl_sql_bind_u64(statement, 7, stage->bytes_moved);
    cvl_sql_bind_u64(statement, 8, stage->live_bytes);
    cvl_sql_bind_u64(statement, 9, stage->peak_bytes);
    cvl_sql_bind_text(statement, 10, stage->note);
    cvl_sql_bind_u64(statement, 11, stage->computed_bytes);
    cvl_sql_bind_u64(statement, 12, stage->measured_bytes);
    cvl_sql_bind_u64(statement, 13, stage->resident_bytes);
    cvl_sql_bind_u64(statement, 14, stage->program_bytes);
    cvl_sql_bind_u64(statement, 15, stage->private_bytes);
    cvl_sql_bind_u64(statement, 16, stage->local_bytes);
}

static void bind_allocation(sqlite3_stmt *statement, const struct cvl_row *row, size_t index)
{
    const struct cvl_row_allocation *allocation = &row->allocations[index];
    cvl_sql_bind_text(statement, 3, cvl_policy_name(allocation->policy));
    cvl_sql_bind_u64(statement, 4, allocation->stage);
    cvl_sql_bind_text(statement, 5, allocation->event);
    cvl_sql_bind_text(statement, 6, allocation->owner);
    cvl_sql_bind_text(statement, 7, allocation->name);
    cvl_sql_bind_u64(statement, 8, allocation->bytes);
    cvl_sql_bind_u64(statement, 9, allocation->live_bytes);
    cvl_sql_bind_real(statement, 10, allocation->time_s);
}

static enum cvl_status insert_list(struct cvl_store *store, const char *sql, int64_t result_id,
                                   const struct cvl_row *row, size_t count, bind_entry *bind,
                                   struct cvl_error *err)
{
    sqlite3_stmt *statement = NULL;
    enum cvl_status status = cvl_sql_prepare(store->db, sql, &statement, err);
    for (size_t i = 0; status == CVL_OK && i < count; i++) {
        (void)sqlite3_bind_int64(statement, 1, result_id);
        (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)i);
        bind(statement, row, i);
        status = cvl_sql_finish(statement, err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static enum cvl_status insert_lists(struct cvl_store *store, int64_t result_id,
                                    const struct cvl_row *row, struct cvl_error *err)
{
    enum cvl_status status =
        insert_list(store, "INSERT INTO sample (result_id, number, time_s) VALUES (?, ?, ?)",
                    result_id, row, row->sample_count, bind_sample, err);
    if (status == CVL_OK)
        status = insert_list(store,
                             "INSERT INTO stage (result_id, number, name, kind, time_s, flops,"
                             " bytes_moved, live_bytes, peak_bytes, note, computed_bytes,"
                             " measured_bytes, resident_bytes, program_bytes, private_bytes,"
                             " local_bytes)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             result_id, row, row->stage_count, bind_stage, err);
    if (status == CVL_OK)
        status = insert_list(store,
                             "INSERT INTO allocation (result_id, number, policy, stage, event,"
                             " owner, name, bytes, live_bytes, time_s)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             result_id, row, row->allocation_count, bind_allocation, err);
    return status;
}

static enum cvl_status insert_row(struct cvl_store *store, int64_t run_id,
                                  const struct cvl_row *row, struct cvl_error *err)
{
    json_t *object = cvl_row_json(row, CVL_ROW_FIGURES);
    enum cvl_status status = insert_document(
        store, "INSERT INTO result (run_id, document) VALUES (?1, ?2)", run_id, object, err);
    json_decref(object);
    if (status != CVL_OK && sqlite3_errcode(store->db) == SQLITE_CONSTRAINT)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "store: run %lld: refused %s %s %s %s: there already (is another convlens "
                        "working on this run?), or no such run",
                        (long long)run_id, row->layer, row->variant, cvl_layout_name(row->layout),
                        cvl_dtype_name(row->dtype));
    if (status != CVL_OK)
        return status;
    return insert_lists(store, sqlite3_last_insert_rowid(store->db), row, err);
}

enum cvl_status cvl_store_put_row(struct cvl_store *store, int64_t run_id,
                                  const struct cvl_row *row, struct cvl_error *err)
{
    enum cvl_status status = cvl_sql_run(store->db, "BEGIN IMMEDIATE", err);
    if (status != CVL_OK)
        return status;
    status = insert_row(store, run_id, row, err);
    if (status == CVL_OK)
        status = cvl_sql_run(store->db, "COMMIT", err);
    if (status != CVL_OK)
        (void)cvl_sql_run(store->db, "ROLLBACK", NULL);
    return status;
}
