/* Reading a run back. */
#include <stdlib.h>
#include <string.h>

#include <convlens/model.h>

#include "base/text.h"
#include "result/device_json.h"
#include "result/fields.h"
#include "result/row_json.h"
#include "store/lists.h"
#include "store/sql.h"
#include "store/store.h"

static enum cvl_status out_of_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
}

/* One more entry of a list, zeroed; NULL where memory ran out. */
static void *grow(void **list, size_t *count, size_t size)
{
    void *larger = realloc(*list, (*count + 1) * size);
    if (!larger)
        return NULL;
    *list = larger;
    void *entry = (char *)larger + (*count)++ * size;
    memset(entry, 0, size);
    return entry;
}

#define SELECT_HEAD(later)                                                                         \
    "SELECT id, sweep, started, command, host, " later                                             \
    " FROM run WHERE id = ?1 OR ?1 = 0 ORDER BY id DESC LIMIT 1"

static enum cvl_status read_head(struct cvl_store *store, int64_t *run_id, struct cvl_results *out,
                                 struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    bool there = false;
    enum cvl_status status = cvl_sql_prepare(store->db,
                                             cvl_sql_has_column(store->db, "run", "merged_from")
                                                 ? SELECT_HEAD("version, merged_from")
                                                 : SELECT_HEAD("NULL, NULL"),
                                             &statement, err);
    if (status == CVL_OK) {
        cvl_sql_bind_i64(&statement, 1, *run_id);
        status = cvl_sql_step(&statement, &there, err);
    }
    if (status == CVL_OK && !there)
        status = *run_id ? cvl_fail(err, CVL_BAD_INPUT, "store: there is no run %lld",
                                    (long long)*run_id)
                         : cvl_fail(err, CVL_BAD_INPUT, "store: there is no run in it yet");
    if (status == CVL_OK) {
        *run_id = cvl_sql_i64(&statement, 0);
        cvl_copy(out->sweep, sizeof out->sweep, cvl_sql_text(&statement, 1));
        out->started = cvl_duplicate(cvl_sql_text(&statement, 2));
        out->command = cvl_duplicate(cvl_sql_text(&statement, 3));
        out->host = cvl_duplicate(cvl_sql_text(&statement, 4));
        out->version = cvl_duplicate(cvl_sql_text(&statement, 5));
        out->merged_from = cvl_duplicate(cvl_sql_text(&statement, 6));
        if (!out->started || !out->command || !out->host || !out->version || !out->merged_from)
            status = out_of_memory(err);
        else
            status = cvl_sql_reset(&statement, err);
    }
    cvl_sql_clear(&statement);
    return status;
}

static enum cvl_status read_document(struct cvl_statement *statement, int column, json_t **out,
                                     struct cvl_error *err)
{
    return cvl_json_load(cvl_sql_text(statement, column), "store: a damaged document", out, err);
}

static enum cvl_status read_device(struct cvl_statement *statement, struct cvl_results *out,
                                   struct cvl_error *err)
{
    json_t *object = NULL;
    enum cvl_status status = read_document(statement, 0, &object, err);
    if (status == CVL_OK) {
        void *list = out->devices;
        struct cvl_device_facts *facts = grow(&list, &out->device_count, sizeof *facts);
        out->devices = list;
        status = facts ? cvl_device_json_read(object, facts, err) : out_of_memory(err);
    }
    json_decref(object);
    return status;
}

static enum cvl_status read_devices(struct cvl_store *store, int64_t run_id,
                                    struct cvl_results *out, struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    bool there = true;
    enum cvl_status status = cvl_sql_prepare(
        store->db, "SELECT document FROM device WHERE run_id = ?1 ORDER BY id", &statement, err);
    if (status == CVL_OK)
        cvl_sql_bind_i64(&statement, 1, run_id);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(&statement, &there, err);
        if (status == CVL_OK && there)
            status = read_device(&statement, out, err);
    }
    cvl_sql_clear(&statement);
    return status;
}

enum cvl_status cvl_store_read_head(struct cvl_store *store, int64_t *run_id,
                                    struct cvl_results *out, struct cvl_error *err)
{
    enum cvl_status status = read_head(store, run_id, out, err);
    return status == CVL_OK ? read_devices(store, *run_id, out, err) : status;
}

enum cvl_status cvl_store_read_figures(const char *document, struct cvl_row *row,
                                       struct cvl_error *err)
{
    json_t *object = NULL;
    cvl_row_init(row);
    enum cvl_status status = cvl_json_load(document, "store: a damaged document", &object, err);
    if (status == CVL_OK) {
        (void)json_object_del(object, "stages");
        (void)json_object_del(object, "samples_s");
        (void)json_object_del(object, "allocations");
        status = cvl_row_json_read(object, row, err);
    }
    json_decref(object);
    return status;
}

/* A row and, where it has an id, its lists. */
static enum cvl_status read_row(struct cvl_statement *result, struct cvl_store_readers *readers,
                                cvl_store_take *take, void *user, struct cvl_error *err)
{
    struct cvl_row row;
    const int64_t id = cvl_sql_i64(result, 0);
    enum cvl_status status = cvl_store_read_figures(cvl_sql_text(result, 1), &row, err);
    if (status == CVL_OK && id > 0)
        status = cvl_store_read_lists(readers, id, &row, err);
    if (status == CVL_OK)
        status = take(user, &row, cvl_sql_text(result, 1), err);
    cvl_row_clear(&row);
    return status;
}

static enum cvl_status read_rows(struct cvl_store *store, const char *sql, int64_t run_id,
                                 cvl_store_take *take, void *user, struct cvl_error *err)
{
    struct cvl_statement result = {0};
    struct cvl_store_readers readers = {0};
    bool there = true;
    enum cvl_status status = cvl_sql_prepare(store->db, sql, &result, err);
    if (status == CVL_OK)
        status = cvl_store_readers_prepare(store->db, &readers, err);
    if (status == CVL_OK)
        cvl_sql_bind_i64(&result, 1, run_id);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(&result, &there, err);
        if (status == CVL_OK && there)
            status = read_row(&result, &readers, take, user, err);
    }
    cvl_store_readers_clear(&readers);
    cvl_sql_clear(&result);
    return status;
}

/* Stores of schema 1 keep networks in a table of their own, without lists. */
enum cvl_status cvl_store_each_row(struct cvl_store *store, int64_t run_id, cvl_store_take *take,
                                   void *user, struct cvl_error *err)
{
    enum cvl_status status =
        read_rows(store, "SELECT id, document FROM result WHERE run_id = ?1 ORDER BY id", run_id,
                  take, user, err);
    if (status == CVL_OK && cvl_sql_has_column(store->db, "chain", "document"))
        status = read_rows(store, "SELECT 0, document FROM chain WHERE run_id = ?1 ORDER BY id",
                           run_id, take, user, err);
    return status;
}

static enum cvl_status add_row(void *results, struct cvl_row *row, const char *document,
                               struct cvl_error *err)
{
    (void)document;
    return cvl_results_add(results, row, err);
}

enum cvl_status cvl_store_read_run(struct cvl_store *store, int64_t run_id, struct cvl_results *out,
                                   struct cvl_error *err)
{
    *out = (struct cvl_results){0};
    enum cvl_status status = cvl_store_read_head(store, &run_id, out, err);
    if (status == CVL_OK)
        status = cvl_store_each_row(store, run_id, add_row, out, err);
    if (status != CVL_OK)
        cvl_results_clear(out);
    return status;
}

/* Peaks that were measured after the run, and rows that were not judged by any. The store's peaks
 * are those of its host, and not of runs that came from another store. */
static enum cvl_status judge_rows(struct cvl_store *store, struct cvl_results *out,
                                  struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < out->device_count && status == CVL_OK; i++) {
        struct cvl_device_facts *device = &out->devices[i];
        if (device->peaks.measured[0] == '\0' && out->merged_from[0] == '\0')
            status = cvl_store_get_peaks(store, device, &device->peaks, err);
    }
    for (size_t i = 0; i < out->row_count && status == CVL_OK; i++) {
        const struct cvl_device_facts *device = cvl_results_device(out, out->rows[i].key.device);
        if (device)
            cvl_row_judge(&out->rows[i], &device->peaks);
    }
    return status;
}

enum cvl_status cvl_store_load(struct cvl_store *store, int64_t run_id, struct cvl_results *out,
                               struct cvl_error *err)
{
    *out = (struct cvl_results){0};
    /* One transaction: a run that is being written is seen as it was at one moment. */
    enum cvl_status status = cvl_sql_run(store->db, "BEGIN", err);
    if (status != CVL_OK)
        return status;
    status = cvl_store_read_run(store, run_id, out, err);
    if (status == CVL_OK)
        status = judge_rows(store, out, err);
    (void)cvl_sql_run(store->db, "COMMIT", NULL);
    if (status != CVL_OK)
        cvl_results_clear(out);
    return status;
}
