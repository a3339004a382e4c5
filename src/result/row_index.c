/* Finds rows by a hash of parts of their keys. */
#include "result/row_index.h"

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
