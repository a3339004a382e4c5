/* Listing the runs of a store. */
#include <stdlib.h>

#include "store/sql.h"
#include "store/store.h"

#define COUNT(documents)                                                                           \
    "SELECT count(*), count(*) FILTER (WHERE status IS NOT 'ok'),"                                 \
    " count(*) FILTER (WHERE status IS NULL OR status NOT IN ('ok', 'unsupported', 'skipped')),"   \
    " count(*) FILTER (WHERE doubt <> '')"                                                         \
    " FROM (SELECT json_extract(document, '$.status') AS status,"                                  \
    " json_extract(document, '$.time.doubt') AS doubt FROM (" documents "))"

#define DOCUMENTS(table) "SELECT document FROM " table " WHERE run_id = ?1"

/* Stores of schema 1 have a second table. */
static enum cvl_status prepare_count(struct cvl_store *store, struct cvl_statement *out,
                                     struct cvl_error *err)
{
    const bool old = cvl_sql_has_column(store->db, "chain", "document");
    return cvl_sql_prepare(store->db,
                           old ? COUNT(DOCUMENTS("result") " UNION ALL " DOCUMENTS("chain"))
                               : COUNT(DOCUMENTS("result")),
                           out, err);
}

static enum cvl_status count_rows(struct cvl_statement *count, struct cvl_store_run *run,
                                  struct cvl_error *err)
{
    bool there = false;
    cvl_sql_bind_i64(count, 1, run->number);
    const enum cvl_status status = cvl_sql_step(count, &there, err);
    if (status == CVL_OK && there) {
        run->rows = (size_t)cvl_sql_i64(count, 0);
        run->rows_not_ok = (size_t)cvl_sql_i64(count, 1);
        run->rows_failed = (size_t)cvl_sql_i64(count, 2);
        run->rows_in_doubt = (size_t)cvl_sql_i64(count, 3);
    }
    const enum cvl_status reset = cvl_sql_reset(count, status == CVL_OK ? err : NULL);
    return status == CVL_OK ? reset : status;
}

static enum cvl_status read_run(struct cvl_store *store, int64_t number,
                                struct cvl_statement *count, struct cvl_store_runs *out,
                                struct cvl_error *err)
{
    struct cvl_store_run *longer = realloc(out->at, (out->count + 1) * sizeof *longer);
    if (!longer)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory for %zu runs", out->count + 1);
    out->at = longer;
    struct cvl_store_run *run = &longer[out->count++];
    *run = (struct cvl_store_run){.number = number};
    const enum cvl_status status = cvl_store_read_head(store, &number, &run->head, err);
    return status == CVL_OK ? count_rows(count, run, err) : status;
}

static enum cvl_status read_runs(struct cvl_store *store, struct cvl_store_runs *out,
                                 struct cvl_error *err)
{
    struct cvl_statement numbers = {0}, count = {0};
    bool there = true;
    enum cvl_status status =
        cvl_sql_prepare(store->db, "SELECT id FROM run WHERE id > 0 ORDER BY id", &numbers, err);
    if (status == CVL_OK)
        status = prepare_count(store, &count, err);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(&numbers, &there, err);
        if (status == CVL_OK && there)
            status = read_run(store, cvl_sql_i64(&numbers, 0), &count, out, err);
    }
    cvl_sql_clear(&numbers);
    cvl_sql_clear(&count);
    return status;
}

enum cvl_status cvl_store_list(struct cvl_store *store, struct cvl_store_runs *out,
                               struct cvl_error *err)
{
    *out = (struct cvl_store_runs){0};
    enum cvl_status status = cvl_sql_run(store->db, "BEGIN", err);
    if (status != CVL_OK)
        return status;
    status = read_runs(store, out, err);
    (void)cvl_sql_run(store->db, "COMMIT", NULL);
    if (status != CVL_OK)
        cvl_store_runs_clear(out);
    return status;
}

void cvl_store_runs_clear(struct cvl_store_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        cvl_results_clear(&runs->at[i].head);
    free(runs->at);
    *runs = (struct cvl_store_runs){0};
}
