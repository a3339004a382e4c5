#include <stdlib.h>

#include "base/text.h"
#include "store/file.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/store.h"

static enum cvl_status add_columns(sqlite3 *db, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (unsigned i = 0; status == CVL_OK && i < cvl_store_stage_later_count; i++) {
        const struct cvl_store_column *column = &cvl_store_stage_later[i];
        if (cvl_sql_has_column(db, "stage", column->name))
            continue;
        struct cvl_text sql = {0};
        cvl_text_append(&sql, "ALTER TABLE stage ADD COLUMN %s %s", column->name, column->type);
        status = sql.failed ? cvl_fail(err, CVL_NO_MEMORY, "store: out of memory")
                            : cvl_sql_run(db, sql.data, err);
        cvl_text_clear(&sql);
    }
    return status;
}

static enum cvl_status run_all(sqlite3 *db, const char *const *statements, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; statements[i] && status == CVL_OK; i++)
        status = cvl_sql_run(db, statements[i], err);
    return status;
}

/* The rows are documents: the table is made anew and takes them over, its children unharmed. */
static enum cvl_status renew_results(sqlite3 *db, struct cvl_error *err)
{
    enum cvl_status status = run_all(db, cvl_store_before_renewal, err);
    if (status == CVL_OK)
        status = run_all(db, cvl_store_renewal, err);
    if (status != CVL_OK && !sqlite3_get_autocommit(db))
        (void)cvl_sql_run(db, "ROLLBACK", NULL);
    enum cvl_status after = run_all(db, cvl_store_after_renewal, status == CVL_OK ? err : NULL);
    return status == CVL_OK ? after : status;
}

enum cvl_status cvl_store_open(const char *path, enum cvl_store_mode mode, struct cvl_store **out,
                               struct cvl_error *err)
{
    const struct cvl_sql_format format = {
        .name = "convlens store",
        .application_id = CVL_STORE_APPLICATION_ID,
        .schema = CVL_STORE_SCHEMA,
        .statements = cvl_store_schema,
        .statement_count = cvl_store_schema_count,
    };
    struct cvl_store *store = calloc(1, sizeof *store);
    *out = NULL;
    if (!store)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    enum cvl_status status = cvl_sql_open(path, mode, &format, &store->db, err);
    if (status == CVL_OK && mode != CVL_STORE_READ)
        status = add_columns(store->db, err);
    if (status == CVL_OK && mode != CVL_STORE_READ &&
        !cvl_sql_has_column(store->db, "result", "passes"))
        status = renew_results(store->db, err);
    if (status != CVL_OK)
        cvl_store_close(&store);
    *out = store;
    return status;
}

void cvl_store_close(struct cvl_store **store)
{
    if (!*store)
        return;
    (void)sqlite3_close((*store)->db);
    free(*store);
    *store = NULL;
}
