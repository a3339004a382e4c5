/* Recording runs, devices and rows. */
#include <stdlib.h>

#include "base/text.h"
#include "result/device_json.h"
#include "result/fields.h"
#include "result/row_json.h"
#include "store/lists.h"
#include "store/sql.h"
#include "store/store.h"

/* The newest run of that identity; 0: there is none. */
static enum cvl_status find_run(struct cvl_store *store, const char *identity, int64_t *run_id,
                                struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    bool there = false;
    enum cvl_status status = cvl_sql_prepare(
        store->db, "SELECT id FROM run WHERE identity = ?1 ORDER BY id DESC LIMIT 1", &statement,
        err);
    if (status == CVL_OK) {
        cvl_sql_bind_text(&statement, 1, identity);
        status = cvl_sql_step(&statement, &there, err);
    }
    *run_id = there ? cvl_sql_i64(&statement, 0) : 0;
    cvl_sql_clear(&statement);
    return status;
}

enum cvl_status cvl_store_insert_run(struct cvl_store *store, const struct cvl_results *head,
                                     const char *identity, const struct cvl_run_origin *origin,
                                     int64_t *run_id, struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    enum cvl_status status =
        cvl_sql_prepare(store->db,
                        "INSERT INTO run (identity, sweep, started, command, host, version,"
                        " merged_from) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                        &statement, err);
    if (status != CVL_OK)
        return status;
    cvl_sql_bind_text(&statement, 1, identity);
    cvl_sql_bind_text(&statement, 2, head->sweep);
    cvl_sql_bind_text(&statement, 3, head->started);
    cvl_sql_bind_text(&statement, 4, head->command);
    cvl_sql_bind_text(&statement, 5, head->host);
    cvl_sql_bind_text(&statement, 6, origin->version);
    cvl_sql_bind_text(&statement, 7, origin->merged_from);
    status = cvl_sql_finish(&statement, err);
    *run_id = sqlite3_last_insert_rowid(store->db);
    cvl_sql_clear(&statement);
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
    const struct cvl_run_origin here = {.version = cvl_version()};
    return *resumed ? CVL_OK : cvl_store_insert_run(store, head, identity, &here, run_id, err);
}

/* Writes a document by a statement of run (1), document (2) and, where not NULL, key (3). */
static enum cvl_status write_document(struct cvl_store *store, const char *sql, int64_t run_id,
                                      const char *document, const char *key, struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    enum cvl_status status = cvl_sql_prepare(store->db, sql, &statement, err);
    if (status == CVL_OK) {
        cvl_sql_bind_i64(&statement, 1, run_id);
        cvl_sql_bind_text(&statement, 2, document);
        if (key)
            cvl_sql_bind_text(&statement, 3, key);
        status = cvl_sql_finish(&statement, err);
    }
    cvl_sql_clear(&statement);
    return status;
}

enum cvl_status cvl_store_insert_device(struct cvl_store *store, int64_t run_id, json_t *object,
                                        struct cvl_error *err)
{
    char *document = cvl_json_print(object);
    if (!document)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    const enum cvl_status status =
        write_document(store,
                       "INSERT INTO device (run_id, document) VALUES (?1, ?2)"
                       " ON CONFLICT (run_id, key) DO UPDATE SET document = excluded.document",
                       run_id, document, NULL, err);
    free(document);
    return status;
}

enum cvl_status cvl_store_put_device(struct cvl_store *store, int64_t run_id,
                                     const struct cvl_device_facts *device, struct cvl_error *err)
{
    return cvl_store_insert_device(store, run_id, cvl_device_json(device), err);
}

static enum cvl_status insert_row(struct cvl_store *store, int64_t run_id, const char *document,
                                  const struct cvl_row *row, struct cvl_error *err)
{
    char key[CVL_KEY_TEXT_BYTES];
    (void)cvl_key_print(&row->key, key, sizeof key);
    const enum cvl_status status =
        write_document(store, "INSERT INTO result (run_id, document, key) VALUES (?1, ?2, ?3)",
                       run_id, document, key, err);
    if (status != CVL_OK && sqlite3_errcode(store->db) == SQLITE_CONSTRAINT)
        return cvl_fail(
            err, CVL_BAD_INPUT,
            "store: run %lld: refused %s: there already (is another convlens working on "
            "this run?), or no such run",
            (long long)run_id, key);
    if (status != CVL_OK)
        return status;
    return cvl_store_write_lists(store->db, sqlite3_last_insert_rowid(store->db), row, err);
}

enum cvl_status cvl_store_insert_row(struct cvl_store *store, int64_t run_id,
                                     const struct cvl_row *row, const char *document,
                                     struct cvl_error *err)
{
    char *own = document ? NULL : cvl_json_print(cvl_row_json(row, CVL_ROW_FIGURES));
    if (!document && !own)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    const enum cvl_status status = insert_row(store, run_id, document ? document : own, row, err);
    free(own);
    return status;
}

/* The number of the row in the store. */
static enum cvl_status find_row(struct cvl_store *store, int64_t run_id, const char *key,
                                int64_t *result_id, struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    bool there = false;
    enum cvl_status status = cvl_sql_prepare(
        store->db, "SELECT id FROM result WHERE run_id = ?1 AND key = ?2", &statement, err);
    if (status == CVL_OK) {
        cvl_sql_bind_i64(&statement, 1, run_id);
        cvl_sql_bind_text(&statement, 2, key);
        status = cvl_sql_step(&statement, &there, err);
    }
    *result_id = there ? cvl_sql_i64(&statement, 0) : 0;
    cvl_sql_clear(&statement);
    if (status == CVL_OK && !there)
        status = cvl_fail(err, CVL_BAD_INPUT, "store: run %lld has no row %s (was it deleted?)",
                          (long long)run_id, key);
    return status;
}

static enum cvl_status replace_row(struct cvl_store *store, int64_t run_id,
                                   const struct cvl_row *row, struct cvl_error *err)
{
    int64_t result_id = 0;
    char key[CVL_KEY_TEXT_BYTES];
    (void)cvl_key_print(&row->key, key, sizeof key);
    char *document = cvl_json_print(cvl_row_json(row, CVL_ROW_FIGURES));
    if (!document)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    enum cvl_status status = find_row(store, run_id, key, &result_id, err);
    if (status == CVL_OK)
        status =
            write_document(store, "UPDATE result SET document = ?2 WHERE run_id = ?1 AND key = ?3",
                           run_id, document, key, err);
    free(document);
    if (status == CVL_OK)
        status = cvl_store_remove_lists(store->db, result_id, err);
    return status == CVL_OK ? cvl_store_write_lists(store->db, result_id, row, err) : status;
}

static enum cvl_status insert_new_row(struct cvl_store *store, int64_t run_id,
                                      const struct cvl_row *row, struct cvl_error *err)
{
    return cvl_store_insert_row(store, run_id, row, NULL, err);
}

static enum cvl_status commit_row(struct cvl_store *store, int64_t run_id,
                                  const struct cvl_row *row,
                                  enum cvl_status (*write)(struct cvl_store *, int64_t,
                                                           const struct cvl_row *,
                                                           struct cvl_error *),
                                  struct cvl_error *err)
{
    enum cvl_status status = cvl_sql_run(store->db, "BEGIN IMMEDIATE", err);
    if (status != CVL_OK)
        return status;
    status = write(store, run_id, row, err);
    if (status == CVL_OK)
        status = cvl_sql_run(store->db, "COMMIT", err);
    if (status != CVL_OK)
        (void)cvl_sql_run(store->db, "ROLLBACK", NULL);
    return status;
}

enum cvl_status cvl_store_put_row(struct cvl_store *store, int64_t run_id,
                                  const struct cvl_row *row, struct cvl_error *err)
{
    return commit_row(store, run_id, row, insert_new_row, err);
}

enum cvl_status cvl_store_replace_row(struct cvl_store *store, int64_t run_id,
                                      const struct cvl_row *row, struct cvl_error *err)
{
    return commit_row(store, run_id, row, replace_row, err);
}
