/* Finds rows by a hash of parts of their keys. */
#include "result/row_index.h"

#include <stdlib.h>

/* What is looked for, and where. */
struct wanted {
    const struct cvl_row_index *index;
    const struct cvl_key *key;
};

static bool is_wanted(const void *user, uint32_t number)
{
    const struct wanted *wanted = user;
    return cvl_key_compare(&wanted->index->rows[number].key, wanted->key, wanted->index->parts) ==
           0;
}

static int64_t find(const struct cvl_row_index *index, const struct cvl_key *key)
{
    const struct wanted wanted = {index, key};
    return cvl_index_find(&index->index, cvl_key_hash(key, index->parts), is_wanted, &wanted);
}

enum cvl_status cvl_row_index_create(const struct cvl_row *rows, size_t count, unsigned parts,
                                     struct cvl_row_index *out, struct cvl_error *err)
{
    *out = (struct cvl_row_index){.rows = rows, .parts = parts};
    for (size_t i = 0; i < count; i++)
        if (find(out, &rows[i].key) == CVL_INDEX_NONE &&
            !cvl_index_add(&out->index, cvl_key_hash(&rows[i].key, parts), (uint32_t)i))
            return cvl_fail(err, CVL_NO_MEMORY, "result: no memory for %zu rows", count);
    return CVL_OK;
}

const struct cvl_row *cvl_row_index_find(const struct cvl_row_index *index,
                                         const struct cvl_key *key)
{
    const int64_t number = find(index, key);
    return number == CVL_INDEX_NONE ? NULL : &index->rows[number];
}

void cvl_row_index_clear(struct cvl_row_index *index)
{
    cvl_index_clear(&index->index);
    *index = (struct cvl_row_index){0};
}

/* Chains the rows of each group; `last` is of each group's first row. */
static void chain(struct cvl_row_groups *groups, const struct cvl_row_index *index, size_t *last)
{
    const struct cvl_row *rows = groups->results->rows;
    for (size_t i = 0; i < groups->results->row_count; i++) {
        const size_t first = (size_t)(cvl_row_index_find(index, &rows[i].key) - rows);
        groups->first[i] = first;
        groups->next[i] = SIZE_MAX;
        if (first != i)
            groups->next[last[first]] = i;
        last[first] = i;
    }
}

enum cvl_status cvl_row_groups_create(const struct cvl_results *results, struct cvl_row_groups *out,
                                      struct cvl_error *err)
{
    const size_t count = results->row_count;
    struct cvl_row_index index;
    *out = (struct cvl_row_groups){.results = results,
                                   .first = calloc(count + 1, sizeof *out->first),
                                   .next = calloc(count + 1, sizeof *out->next)};
    size_t *last = calloc(count + 1, sizeof *last); /* never of size 0 */
    enum cvl_status status = cvl_row_index_create(results->rows, count, CVL_KEY_GROUP, &index, err);
    if (status == CVL_OK && (!out->first || !out->next || !last))
        status = cvl_fail(err, CVL_NO_MEMORY, "result: no memory for %zu rows", count);
    if (status == CVL_OK)
        chain(out, &index, last);
    cvl_row_index_clear(&index);
    free(last);
    return status;
}

void cvl_row_groups_clear(struct cvl_row_groups *groups)
{
    free(groups->first);
    free(groups->next);
    *groups = (struct cvl_row_groups){0};
}
