/* Copying a run's devices and rows from one store to another. */
#include "store/copy_run.h"

#include "result/device_json.h"
#include "result/fields.h"
#include "result/row_index.h"
#include "store/sql.h"

/* Copies a device's document; where it has no peaks, with those that its store keeps.
 * @param source NULL: that keeps none of it */
static enum cvl_status copy_device(struct cvl_store *store, int64_t run_id,
                                   struct cvl_store *source, const char *document,
                                   struct cvl_error *err)
{
    json_t *object = NULL;
    struct cvl_device_facts facts;
    enum cvl_status status = cvl_json_load(document, "store: a damaged document", &object, err);
    if (status == CVL_OK)
        status = cvl_device_json_read(object, &facts, err);
    if (status == CVL_OK && source && facts.peaks.measured[0] == '\0') {
        status = cvl_store_get_peaks(source, &facts, &facts.peaks, err);
        if (status == CVL_OK && cvl_json_set(object, "peaks", cvl_peaks_json(&facts.peaks)) != 0)
            status = cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    }
    if (status == CVL_OK)
        return cvl_store_insert_device(store, run_id, object, err);
    json_decref(object);
    return status;
}

static bool has_device(const struct cvl_results *known, const char *id)
{
    return known && cvl_results_device(known, id);
}

/* Those that the run has are left as they are. */
static enum cvl_status copy_devices(const struct cvl_run_copy *copy, struct cvl_error *err)
{
    struct cvl_statement select = {0};
    bool there = true;
    enum cvl_status status =
        cvl_sql_prepare(copy->from->db,
                        "SELECT document, json_extract(document, '$.key') FROM device"
                        " WHERE run_id = ?1 ORDER BY id",
                        &select, err);
    if (status == CVL_OK)
        cvl_sql_bind_i64(&select, 1, copy->from_run);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(&select, &there, err);
        if (status == CVL_OK && there && !has_device(copy->known, cvl_sql_text(&select, 1)))
            status = copy_device(copy->to, copy->to_run, copy->is_merged ? NULL : copy->from,
                                 cvl_sql_text(&select, 0), err);
    }
    cvl_sql_clear(&select);
    return status;
}

/* Where rows go. */
struct target {
    const struct cvl_run_copy *copy;
    struct cvl_row_index known; /* what the run has */
    bool is_old;                /* the documents are not in today's form */
    size_t *added;
};

static enum cvl_status copy_row(void *user, struct cvl_row *row, const char *document,
                                struct cvl_error *err)
{
    const struct target *target = user;
    if (cvl_row_index_find(&target->known, &row->key))
        return CVL_OK;
    ++*target->added;
    return cvl_store_insert_row(target->copy->to, target->copy->to_run, row,
                                target->is_old ? NULL : document, err);
}

enum cvl_status cvl_store_copy_run(const struct cvl_run_copy *copy, size_t *rows,
                                   struct cvl_error *err)
{
    const struct cvl_results *known = copy->known;
    struct target target = {
        .copy = copy,
        .is_old = !cvl_sql_has_column(copy->from->db, "result", "key"),
        .added = rows,
    };
    enum cvl_status status = cvl_row_index_create(
        known ? known->rows : NULL, known ? known->row_count : 0, CVL_KEY_ALL, &target.known, err);
    if (status == CVL_OK)
        status = copy_devices(copy, err);
    if (status == CVL_OK)
        status = cvl_store_each_row(copy->from, copy->from_run, copy_row, &target, err);
    cvl_row_index_clear(&target.known);
    return status;
}
