/* What devices can do at most, kept by platform, name and driver: it outlives the run that measured
 * it. */
#include <stdlib.h>

#include "result/device_json.h"
#include "result/fields.h"
#include "store/sql.h"
#include "store/store.h"

/* Values 1 to 3 of a statement. */
static void bind_device(struct cvl_statement *statement, const struct cvl_device_facts *device)
{
    cvl_sql_bind_text(statement, 1, device->platform);
    cvl_sql_bind_text(statement, 2, device->name);
    cvl_sql_bind_text(statement, 3, device->driver);
}

enum cvl_status cvl_store_put_peaks(struct cvl_store *store, const struct cvl_device_facts *device,
                                    struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    char *document = cvl_json_print(cvl_peaks_json(&device->peaks));
    if (!document)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    enum cvl_status status =
        cvl_sql_prepare(store->db,
                        "INSERT INTO peaks (platform, name, driver, document)"
                        " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (platform, name, driver)"
                        " DO UPDATE SET document = excluded.document",
                        &statement, err);
    if (status == CVL_OK) {
        bind_device(&statement, device);
        cvl_sql_bind_text(&statement, 4, document);
        status = cvl_sql_finish(&statement, err);
    }
    cvl_sql_clear(&statement);
    free(document);
    return status;
}

static enum cvl_status read_document(struct cvl_statement *statement, struct cvl_device_peaks *out,
                                     struct cvl_error *err)
{
    json_t *object = NULL;
    enum cvl_status status =
        cvl_json_load(cvl_sql_text(statement, 0), "store: a damaged document", &object, err);
    if (status == CVL_OK)
        status = cvl_peaks_json_read(object, out, err);
    json_decref(object);
    return status;
}

enum cvl_status cvl_store_get_peaks(struct cvl_store *store, const struct cvl_device_facts *device,
                                    struct cvl_device_peaks *out, struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    bool there = false;
    *out = cvl_device_peaks_none();
    if (!cvl_sql_has_column(store->db, "peaks", "document"))
        return CVL_OK; /* of an earlier version, opened to be read */
    enum cvl_status status = cvl_sql_prepare(store->db,
                                             "SELECT document FROM peaks"
                                             " WHERE platform = ?1 AND name = ?2 AND driver = ?3",
                                             &statement, err);
    if (status == CVL_OK) {
        bind_device(&statement, device);
        status = cvl_sql_step(&statement, &there, err);
    }
    if (status == CVL_OK && there)
        status = read_document(&statement, out, err);
    cvl_sql_clear(&statement);
    return status;
}
