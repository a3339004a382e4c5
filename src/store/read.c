#include <stdlib.h>
#include <string.h>

#include <convlens/model.h>

#include "base/text.h"
#include "result/device_json.h"
#include "result/row_json.h"
#include "store/chains.h"
#include "store/schema.h"
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

static enum cvl_status read_head(struct cvl_store *store, int64_t *run_id, struct cvl_results *out,
                                 struct cvl_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool there = false;
    enum cvl_status status = cvl_sql_prepare(store->db,
                                             "SELECT id, sweep, started, command, host FROM run"
                                             " WHERE id = ?1 OR ?1 = 0 ORDER BY id DESC LIMIT 1",
                                             &statement, err);
    if (status == CVL_OK) {
        (void)sqlite3_bind_int64(statement, 1, *run_id);
        status = cvl_sql_step(statement, &there, err);
    }
    if (status == CVL_OK && !there)
        status = *run_id ? cvl_fail(err, CVL_BAD_INPUT, "store: there is no run %lld",
                                    (long long)*run_id)
                         : cvl_fail(err, CVL_BAD_INPUT, "store: there is no run in it yet");
    if (status == CVL_OK) {
        *run_id = sqlite3_column_int64(statement, 0);
        cvl_copy(out->sweep, sizeof out->sweep, cvl_sql_text(statement, 1));
        out->started = cvl_duplicate(cvl_sql_text(statement, 2));
        out->command = cvl_duplicate(cvl_sql_text(statement, 3));
        out->host = cvl_duplicate(cvl_sql_text(statement, 4));
        if (!out->started || !out->command || !out->host)
            status = out_of_memory(err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static enum cvl_status read_document(sqlite3_stmt *statement, int column, json_t **out,
                                     struct cvl_error *err)
{
    json_error_t error;
    *out = json_loads(cvl_sql_text(statement, column), 0, &error);
    return *out ? CVL_OK
                : cvl_fail(err, CVL_BAD_INPUT, "store: a document is damaged: %s", error.text);
}

static enum cvl_status read_device(sqlite3_stmt *statement, struct cvl_results *out,
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
    sqlite3_stmt *statement = NULL;
    bool there = true;
    enum cvl_status status = cvl_sql_prepare(
        store->db, "SELECT document FROM device WHERE run_id = ?1 ORDER BY id", &statement, err);
    if (status == CVL_OK)
        (void)sqlite3_bind_int64(statement, 1, run_id);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(statement, &there, err);
        if (status == CVL_OK && there)
            status = read_device(statement, out, err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* The lists of a row: each a statement of the result's number, and what takes one entry. */
typedef enum cvl_status take_entry(sqlite3_stmt *statement, struct cvl_row *row,
                                   struct cvl_error *err);

static enum cvl_status take_sample(sqlite3_stmt *statement, struct cvl_row *row,
                                   struct cvl_error *err)
{
    void *list = row->samples_s;
    double *sample = grow(&list, &row->sample_count, sizeof *sample);
    row->samples_s = list;
    if (!sample)
        return out_of_memory(err);
    *sample = cvl_sql_real(statement, 0);
    return CVL_OK;
}

static enum cvl_status take_stage(sqlite3_stmt *statement, struct cvl_row *row,
                                  struct cvl_error *err)
{
    void *list = row->stages;
    struct cvl_row_stage *stage = grow(&list, &row->stage_count, sizeof *stage);
    row->stages = list;
    if (!stage)
        return out_of_memory(err);
    cvl_copy(stage->name, sizeof stage->name, cvl_sql_text(statement, 0));
    cvl_copy(stage->kind, sizeof stage->kind, cvl_sql_text(statement, 1));
    stage->time_s = cvl_sql_real(statement, 2);
    stage->flops = cvl_sql_u64(statement, 3);
    stage->bytes_moved = cvl_sql_u64(statement, 4);
    stage->live_bytes = cvl_sql_u64(statement, 5);
    stage->peak_bytes = cvl_sql_u64(statement, 6);
    cvl_copy(stage->note, sizeof stage->note, cvl_sql_text(statement, 7));
    stage->computed_bytes = cvl_sql_u64(statement, 8);
    stage->measured_bytes = cvl_sql_u64(statement, 9);
    stage->resident_bytes = cvl_sql_u64(statement, 10);
    stage->program_bytes = cvl_sql_u64(statement, 11);
    stage->private_bytes = cvl_sql_u64(statement, 12);
    stage->local_bytes = cvl_sql_u64(statement, 13);
    return CVL_OK;
}

static bool find_policy(const char *name, enum cvl_policy *out)
{
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++) {
        *out = (enum cvl_policy)p;
        if (strcmp(name, cvl_policy_name(*out)) == 0)
            return true;
    }
    return false;
}

static enum cvl_status take_allocation(sqlite3_stmt *statement, struct cvl_row *row,
                                       struct cvl_error *err)
{
    void *list = row->allocations;
    struct cvl_row_allocation *entry = grow(&list, &row->allocation_count, sizeof *entry);
    row->allocations = list;
    if (!entry)
        return out_of_memory(err);
    if (!find_policy(cvl_sql_text(statement, 0), &entry->policy))
        return cvl_fail(err, CVL_BAD_INPUT, "store: an allocation's policy is not known");
    entry->stage = (uint32_t)sqlite3_column_int64(statement, 1);
    cvl_copy(entry->event, sizeof entry->event, cvl_sql_text(statement, 2));
    cvl_copy(entry->owner, sizeof entry->owner, cvl_sql_text(statement, 3));
    cvl_copy(entry->name, sizeof entry->name, cvl_sql_text(statement, 4));
    entry->bytes = cvl_sql_u64(statement, 5);
    entry->live_bytes = cvl_sql_u64(statement, 6);
    entry->time_s = cvl_sql_real(statement, 7);
    return CVL_OK;
}

/* Statements that are used for every row of a run. */
enum list { SAMPLES, STAGES, ALLOCATIONS, LIST_COUNT };

static const struct {
    const char *sql;
    take_entry *take;
} lists[LIST_COUNT] = {
    [SAMPLES] = {"SELECT time_s FROM sample WHERE result_id = ?1 ORDER BY number", take_sample},
    [STAGES] = {"SELECT name, kind, time_s, flops, bytes_moved, live_bytes, peak_bytes",
                take_stage}, /* goes on: prepare_stages */
    [ALLOCATIONS] = {"SELECT policy, stage, event, owner, name, bytes, live_bytes, time_s"
                     " FROM allocation WHERE result_id = ?1 ORDER BY number",
                     take_allocation},
};

static enum cvl_status read_list(sqlite3_stmt *statement, take_entry *take, int64_t result_id,
                                 struct cvl_row *row, struct cvl_error *err)
{
    bool there = true;
    enum cvl_status status = CVL_OK;
    (void)sqlite3_bind_int64(statement, 1, result_id);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(statement, &there, err);
        if (status == CVL_OK && there)
            status = take(statement, row, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

/* The lists come from their tables, whatever a foreign hand wrote into the document. */
static enum cvl_status read_figures(json_t *object, struct cvl_row *row, struct cvl_error *err)
{
    (void)json_object_del(object, "stages");
    (void)json_object_del(object, "samples_s");
    (void)json_object_del(object, "allocations");
    return cvl_row_json_read(object, row, err);
}

static enum cvl_status read_row(sqlite3_stmt *result, sqlite3_stmt **list_statements,
                                struct cvl_results *out, struct cvl_error *err)
{
    struct cvl_row row;
    json_t *object = NULL;
    cvl_row_init(&row);
    enum cvl_status status = read_document(result, 1, &object, err);
    if (status == CVL_OK)
        status = read_figures(object, &row, err);
    for (size_t i = 0; status == CVL_OK && i < LIST_COUNT; i++)
        status = read_list(list_statements[i], lists[i].take, sqlite3_column_int64(result, 0), &row,
                           err);
    if (status == CVL_OK)
        status = cvl_results_add(out, &row, err);
    cvl_row_clear(&row);
    json_decref(object);
    return status;
}

/* A store of an earlier version has fewer columns: NULL stands for those. */
static enum cvl_status prepare_stages(sqlite3 *db, sqlite3_stmt **out, struct cvl_error *err)
{
    struct cvl_text sql = {0};
    cvl_text_append(&sql, "%s", lists[STAGES].sql);
    for (unsigned i = 0; i < cvl_store_stage_later_count; i++) {
        const char *name = cvl_store_stage_later[i].name;
        cvl_text_append(&sql, ", %s", cvl_sql_has_column(db, "stage", name) ? name : "NULL");
    }
    cvl_text_append(&sql, " FROM stage WHERE result_id = ?1 ORDER BY number");
    enum cvl_status status =
        sql.failed ? out_of_memory(err) : cvl_sql_prepare(db, sql.data, out, err);
    cvl_text_clear(&sql);
    return status;
}

static enum cvl_status read_rows(struct cvl_store *store, int64_t run_id, struct cvl_results *out,
                                 struct cvl_error *err)
{
    sqlite3_stmt *result = NULL;
    sqlite3_stmt *list_statements[LIST_COUNT] = {NULL};
    bool there = true;
    enum cvl_status status = cvl_sql_prepare(
        store->db, "SELECT id, document FROM result WHERE run_id = ?1 ORDER BY id", &result, err);
    for (size_t i = 0; status == CVL_OK && i < LIST_COUNT; i++)
        status = i == STAGES ? prepare_stages(store->db, &list_statements[i], err)
                             : cvl_sql_prepare(store->db, lists[i].sql, &list_statements[i], err);
    if (status == CVL_OK)
        (void)sqlite3_bind_int64(result, 1, run_id);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(result, &there, err);
        if (status == CVL_OK && there)
            status = read_row(result, list_statements, out, err);
    }
    for (size_t i = 0; i < LIST_COUNT; i++)
        (void)sqlite3_finalize(list_statements[i]);
    (void)sqlite3_finalize(result);
    return status;
}

/* Peaks that were measured after the run, and rows that were not judged by any. */
static enum cvl_status judge_rows(struct cvl_store *store, struct cvl_results *out,
                                  struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < out->device_count && status == CVL_OK; i++) {
        struct cvl_device_facts *device = &out->devices[i];
        if (device->peaks.measured[0] == '\0')
            status = cvl_store_get_peaks(store, device, &device->peaks, err);
    }
    for (size_t i = 0; i < out->row_count && status == CVL_OK; i++) {
        const struct cvl_device_facts *device = cvl_results_device(out, out->rows[i].device);
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
    status = read_head(store, &run_id, out, err);
    if (status == CVL_OK)
        status = read_devices(store, run_id, out, err);
    if (status == CVL_OK)
        status = read_rows(store, run_id, out, err);
    if (status == CVL_OK)
        status = cvl_store_read_chains(store, run_id, out, err);
    if (status == CVL_OK)
        status = judge_rows(store, out, err);
    (void)cvl_sql_run(store->db, "COMMIT", NULL);
    if (status != CVL_OK)
        cvl_results_clear(out);
    return status;
}
