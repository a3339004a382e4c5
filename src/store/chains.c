/* Rows of networks: a table of their own, which stores of earlier versions get with the first. */
#include <stdlib.h>

#include <convlens/chains.h>

#include "result/chain_json.h"
#include "store/chains.h"
#include "store/schema.h"
#include "store/sql.h"

enum cvl_status cvl_store_put_chain(struct cvl_store *store, int64_t run_id,
                                    const struct cvl_chain_row *row, struct cvl_error *err)
{
    sqlite3_stmt *statement = NULL;
    json_t *object = cvl_chain_row_json(row);
    char *document = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (!document)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    enum cvl_status status = cvl_sql_run(store->db, cvl_store_chain_table, err);
    if (status == CVL_OK)
        status = cvl_sql_prepare(store->db, "INSERT INTO chain (run_id, document) VALUES (?1, ?2)",
                                 &statement, err);
    if (status == CVL_OK) {
        (void)sqlite3_bind_int64(statement, 1, run_id);
        cvl_sql_bind_text(statement, 2, document);
        status = cvl_sql_finish(statement, err);
        if (status != CVL_OK && sqlite3_errcode(store->db) == SQLITE_CONSTRAINT)
            status = cvl_fail(err, CVL_BAD_INPUT,
                              "store: run %lld: refused network %s %s %s %s: there already, or no "
                              "such run",
                              (long long)run_id, row->chain, row->variant,
                              cvl_layout_name(row->layout), cvl_dtype_name(row->dtype));
    }
    (void)sqlite3_finalize(statement);
    free(document);
    return status;
}

static enum cvl_status take(sqlite3_stmt *statement, struct cvl_results *out, struct cvl_error *err)
{
    json_error_t error;
    struct cvl_chain_row row;
    json_t *object = json_loads(cvl_sql_text(statement, 0), 0, &error);
    if (!object)
        return cvl_fail(err, CVL_BAD_INPUT, "store: a document is damaged: %s", error.text);
    enum cvl_status status = cvl_chain_row_json_read(object, &row, err);
    if (status == CVL_OK)
        status = cvl_results_add_chain(out, &row, err);
    cvl_chain_row_clear(&row);
    json_decref(object);
    return status;
}

enum cvl_status cvl_store_read_chains(struct cvl_store *store, int64_t run_id,
                                      struct cvl_results *out, struct cvl_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool there = true;
    if (!cvl_sql_has_column(store->db, "chain", "document"))
        return CVL_OK;
    enum cvl_status status = cvl_sql_prepare(
        store->db, "SELECT document FROM chain WHERE run_id = ?1 ORDER BY id", &statement, err);
    if (status == CVL_OK)
        (void)sqlite3_bind_int64(statement, 1, run_id);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(statement, &there, err);
        if (status == CVL_OK && there)
            status = take(statement, out, err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}
