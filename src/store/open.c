#include <stdlib.h>

#include "store/file.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/store.h"

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
    /* stores of version 0.1.0 and before have stages without notes */
    if (status == CVL_OK && mode != CVL_STORE_READ &&
        !cvl_sql_has_column(store->db, "stage", "note"))
        status = cvl_sql_run(store->db, "ALTER TABLE stage ADD COLUMN note TEXT", err);
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
