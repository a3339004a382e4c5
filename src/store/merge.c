/* Adding the runs of other stores to one. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/copy_run.h"
#include "store/same_run.h"
#include "store/sql.h"
#include "store/store.h"

/* A run of a source. */
struct candidate {
    struct cvl_store *source;
    size_t number; /* of the source */
    int64_t run_id;
    bool is_merged;           /* came to the source from another */
    char *started, *identity; /* owned */
};

struct merge {
    struct cvl_store *store;
    struct candidate *candidates; /* owned, oldest first */
    size_t count;
    struct cvl_store_merged *merged;
};

static enum cvl_status out_of_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
}

static enum cvl_status add_candidate(struct merge *merge, struct cvl_store *source, size_t number,
                                     struct cvl_statement *statement, struct cvl_error *err)
{
    struct candidate *longer =
        realloc(merge->candidates, (merge->count + 1) * sizeof *merge->candidates);
    if (!longer)
        return out_of_memory(err);
    merge->candidates = longer;
    struct candidate *candidate = &longer[merge->count++];
    *candidate = (struct candidate){
        .source = source,
        .number = number,
        .run_id = cvl_sql_i64(statement, 0),
        .started = cvl_duplicate(cvl_sql_text(statement, 1)),
        .identity = cvl_duplicate(cvl_sql_text(statement, 2)),
    };
    return candidate->started && candidate->identity ? CVL_OK : out_of_memory(err);
}

static enum cvl_status list_candidates(struct merge *merge, struct cvl_store *source, size_t number,
                                       struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    bool there = true;
    enum cvl_status status = cvl_sql_prepare(
        source->db, "SELECT id, started, identity FROM run WHERE id > 0 ORDER BY id", &statement,
        err);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(&statement, &there, err);
        if (status == CVL_OK && there)
            status = add_candidate(merge, source, number, &statement, err);
    }
    cvl_sql_clear(&statement);
    return status;
}

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    int order = strcmp(a->started, b->started);
    if (order == 0)
        order = (a->number > b->number) - (a->number < b->number);
    return order != 0 ? order : (a->run_id > b->run_id) - (a->run_id < b->run_id);
}

/* @param known what the run has; NULL: nothing */
static enum cvl_status copy_rows(const struct merge *merge, const struct candidate *from,
                                 int64_t run_id, const struct cvl_results *known,
                                 struct cvl_error *err)
{
    const struct cvl_run_copy copy = {
        .from = from->source,
        .to = merge->store,
        .from_run = from->run_id,
        .to_run = run_id,
        .is_merged = from->is_merged,
        .known = known,
    };
    return cvl_store_copy_run(&copy, &merge->merged->rows_added, err);
}

static enum cvl_status complete_run(const struct merge *merge, const struct candidate *from,
                                    int64_t run_id, struct cvl_error *err)
{
    struct cvl_results known = {0};
    enum cvl_status status = cvl_store_read_run(merge->store, run_id, &known, err);
    if (status == CVL_OK)
        status = copy_rows(merge, from, run_id, &known, err);
    merge->merged->runs_completed++;
    cvl_results_clear(&known);
    return status;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_given(const char *text)
{
    return text && *text != '\0';
}

static enum cvl_status add_run(const struct merge *merge, const struct candidate *from,
                               const struct cvl_results *head, struct cvl_error *err)
{
    int64_t run_id = 0;
    const struct cvl_run_origin origin = {
        .version = is_given(head->version) ? head->version : NULL,
        .merged_from = is_given(head->merged_from)
                           ? head->merged_from
                           : file_name(sqlite3_db_filename(from->source->db, "main")),
    };
    enum cvl_status status =
        cvl_store_insert_run(merge->store, head, from->identity, &origin, &run_id, err);
    if (status == CVL_OK)
        status = copy_rows(merge, from, run_id, NULL, err);
    merge->merged->runs_added++;
    return status;
}

/* A damaged row says in which file it is. */
static enum cvl_status name_source(const struct merge *merge, const struct candidate *from,
                                   enum cvl_status status, struct cvl_error *err)
{
    const char *path = sqlite3_db_filename(from->source->db, "main");
    const char *own = sqlite3_db_filename(merge->store->db, "main");
    if (status != CVL_BAD_INPUT || !err || strstr(err->text, path) || strstr(err->text, own))
        return status;
    return cvl_fail(err, status, "store: %s: run %lld: %s", path, (long long)from->run_id,
                    err->text);
}

static enum cvl_status merge_run(const struct merge *merge, struct candidate *from,
                                 struct cvl_error *err)
{
    struct cvl_results run = {0};
    int64_t same = 0;
    size_t lacking = 0;
    enum cvl_status status = cvl_store_read_run(from->source, from->run_id, &run, err);
    if (status == CVL_OK)
        status = cvl_store_find_same(merge->store, &run, from->identity, &same, &lacking, err);
    from->is_merged = is_given(run.merged_from);
    if (status == CVL_OK && same == 0)
        status = add_run(merge, from, &run, err);
    else if (status == CVL_OK && lacking > 0)
        status = complete_run(merge, from, same, err);
    else if (status == CVL_OK)
        merge->merged->runs_there++;
    cvl_results_clear(&run);
    return status;
}

static enum cvl_status merge_all(const struct merge *merge, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < merge->count && status == CVL_OK; i++)
        status = name_source(merge, &merge->candidates[i],
                             merge_run(merge, &merge->candidates[i], err), err);
    return status;
}

/* Lists what there is, then changes the store in one transaction. */
static enum cvl_status change_store(struct merge *merge, struct cvl_store *const *sources,
                                    size_t count, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < count && status == CVL_OK; i++)
        status = list_candidates(merge, sources[i], i, err);
    if (status == CVL_OK)
        status = cvl_sql_run(merge->store->db, "BEGIN IMMEDIATE", err);
    if (status != CVL_OK)
        return status;
    if (merge->count > 0)
        qsort(merge->candidates, merge->count, sizeof *merge->candidates, compare_candidates);
    status = merge_all(merge, err);
    if (status == CVL_OK)
        status = cvl_sql_run(merge->store->db, "COMMIT", err);
    if (status != CVL_OK)
        (void)cvl_sql_run(merge->store->db, "ROLLBACK", NULL);
    return status;
}

enum cvl_status cvl_store_merge(struct cvl_store *store, struct cvl_store *const *sources,
                                size_t count, struct cvl_store_merged *merged,
                                struct cvl_error *err)
{
    struct merge merge = {.store = store, .merged = merged};
    size_t begun = 0;
    enum cvl_status status = CVL_OK;
    *merged = (struct cvl_store_merged){0};
    /* A run that is being written is seen as it was at one moment. */
    for (; begun < count && status == CVL_OK; begun += status == CVL_OK)
        status = cvl_sql_run(sources[begun]->db, "BEGIN", err);
    if (status == CVL_OK)
        status = change_store(&merge, sources, count, err);
    for (size_t i = 0; i < begun; i++)
        (void)cvl_sql_run(sources[i]->db, "COMMIT", NULL);
    for (size_t i = 0; i < merge.count; i++) {
        free(merge.candidates[i].started);
        free(merge.candidates[i].identity);
    }
    free(merge.candidates);
    if (status != CVL_OK)
        *merged = (struct cvl_store_merged){0};
    return status;
}
