/* Comparing runs of different stores: heads by SQL, rows as JSON. */
#include "store/same_run.h"

#include <stdlib.h>
#include <string.h>

#include "result/row_index.h"
#include "store/sql.h"

static enum cvl_status compare_rows(const struct cvl_row *a, const struct cvl_row *b, bool *equal,
                                    struct cvl_error *err)
{
    char *text_a = cvl_row_to_json(a, true), *text_b = cvl_row_to_json(b, true);
    const bool both = text_a && text_b;
    *equal = both && strcmp(text_a, text_b) == 0;
    free(text_a);
    free(text_b);
    return both ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
}

/* Do the rows of equal keys agree? Where both runs have rows, they must share one. */
static enum cvl_status compare_runs(const struct cvl_results *run, const struct cvl_results *other,
                                    bool *same, size_t *lacking, struct cvl_error *err)
{
    struct cvl_row_index rows;
    enum cvl_status status =
        cvl_row_index_create(other->rows, other->row_count, CVL_KEY_ALL, &rows, err);
    size_t shared = 0;
    *same = true;
    *lacking = 0;
    for (size_t i = 0; i < run->row_count && *same && status == CVL_OK; i++) {
        const struct cvl_row *twin = cvl_row_index_find(&rows, &run->rows[i].key);
        shared += twin != NULL;
        *lacking += !twin;
        if (twin)
            status = compare_rows(&run->rows[i], twin, same, err);
    }
    *same &= shared > 0 || run->row_count == 0 || other->row_count == 0;
    cvl_row_index_clear(&rows);
    return status;
}

static enum cvl_status prepare(struct cvl_store *store, const struct cvl_results *run,
                               const char *identity, struct cvl_statement *out,
                               struct cvl_error *err)
{
    static const char sql[] =
        "SELECT id FROM run WHERE identity = ?1 AND sweep = ?2 AND coalesce(started, '') = ?3"
        " AND coalesce(command, '') = ?4 AND coalesce(host, '') = ?5 ORDER BY id";
    const enum cvl_status status = cvl_sql_prepare(store->db, sql, out, err);
    if (status != CVL_OK)
        return status;
    cvl_sql_bind_text(out, 1, identity);
    cvl_sql_bind_text(out, 2, run->sweep);
    cvl_sql_bind_text(out, 3, run->started);
    cvl_sql_bind_text(out, 4, run->command);
    cvl_sql_bind_text(out, 5, run->host);
    return CVL_OK;
}

enum cvl_status cvl_store_find_same(struct cvl_store *store, const struct cvl_results *run,
                                    const char *identity, int64_t *run_id, size_t *lacking,
                                    struct cvl_error *err)
{
    struct cvl_statement candidates = {0};
    bool there = true, same = false;
    *run_id = 0;
    *lacking = 0;
    enum cvl_status status = prepare(store, run, identity, &candidates, err);
    while (status == CVL_OK && !same) {
        struct cvl_results other = {0};
        status = cvl_sql_step(&candidates, &there, err);
        if (status != CVL_OK || !there)
            break;
        *run_id = cvl_sql_i64(&candidates, 0);
        status = cvl_store_read_run(store, *run_id, &other, err);
        if (status == CVL_OK)
            status = compare_runs(run, &other, &same, lacking, err);
        cvl_results_clear(&other);
    }
    if (!same)
        *run_id = 0;
    cvl_sql_clear(&candidates);
    return status;
}
