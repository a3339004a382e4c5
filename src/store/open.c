/* Opening and closing a store. */
#include <stdlib.h>

#include "store/file.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/store.h"

enum cvl_status cvl_store_open(const char *path, enum cvl_store_mode mode, struct cvl_store **out,
                               struct cvl_error *err)
{
    static enum cvl_status (*const upgrades[])(sqlite3 *, struct cvl_error *) = {
        cvl_store_upgrade_1,
        cvl_store_upgrade_2,
    };
    const struct cvl_sql_format format = {
        .name = "convlens store",
        .application_id = CVL_STORE_APPLICATION_ID,
        .schema = CVL_STORE_SCHEMA,
        .make_tables = cvl_store_make_tables,
        .upgrades = upgrades,
    };
    struct cvl_store *store = calloc(1, sizeof *store);
    *out = NULL;
    if (!store)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    enum cvl_status status = cvl_sql_open(path, mode, &format, &store->db, err);
    if (status == CVL_OK && mode != CVL_STORE_READ)
        status = cvl_store_add_columns(store->db, err);
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
