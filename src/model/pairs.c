/* Finds the rows of two results that belong together. */
#include "model/pairs.h"

#include <stdlib.h>
#include <string.h>

/* A row of `before`, by its key without what does not count. */
struct entry {
    struct cvl_key key; /* no name of its problem */
    const struct cvl_row *row;
    bool *used; /* in the order of the results */
};

struct matcher {
    struct entry *entries; /* sorted */
    size_t count;
    bool ignores_device;
};

enum {
    EQUAL_PARTS = CVL_KEY_ALL & ~CVL_KEY_DEVICE,
    /* of a layer whose problem has changed */
    NAMED_PARTS = CVL_KEY_NETWORK | CVL_KEY_LAYER | CVL_KEY_LAYOUT | CVL_KEY_DTYPE |
                  CVL_KEY_PASSES | CVL_KEY_VARIANT
};

static struct cvl_key without_name(const struct cvl_row *row)
{
    struct cvl_key key = row->key;
    memset(key.problem.name, 0, sizeof key.problem.name);
    return key;
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    const int order = cvl_key_compare(&a->key, &b->key, EQUAL_PARTS);
    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

static bool has_several_devices(const struct cvl_results *results)
{
    for (size_t i = 1; i < results->row_count; i++)
        if (strcmp(results->rows[0].key.device, results->rows[i].key.device) != 0)
            return true;
    return false;
}

static bool has_device(const struct cvl_results *results, const char *device)
{
    for (size_t i = 0; i < results->row_count; i++)
        if (strcmp(results->rows[i].key.device, device) == 0)
            return true;
    return false;
}

static bool shares_device(const struct cvl_results *a, const struct cvl_results *b)
{
    const char *last = "";
    for (size_t i = 0; i < a->row_count; i++) {
        if (strcmp(a->rows[i].key.device, last) == 0)
            continue;
        last = a->rows[i].key.device;
        if (has_device(b, last))
            return true;
    }
    return false;
}

/* The first entry whose key is not below that one. */
static size_t find_first(const struct matcher *matcher, const struct cvl_key *key)
{
    size_t low = 0, high = matcher->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (cvl_key_compare(&matcher->entries[middle].key, key, EQUAL_PARTS) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Of the entries of an equal key that of the same device is preferred, then that whose problem has
 * the same name, then one that no other row has. @return NULL: there is none */
static struct entry *find_equal(const struct matcher *matcher, const struct cvl_row *row)
{
    const struct cvl_key key = without_name(row);
    struct entry *found = NULL;
    unsigned best = 0;
    for (size_t i = find_first(matcher, &key); i < matcher->count; i++) {
        struct entry *entry = &matcher->entries[i];
        if (cvl_key_compare(&entry->key, &key, EQUAL_PARTS) != 0)
            break;
        const bool same_device = strcmp(entry->key.device, key.device) == 0;
        const bool same_name = strcmp(entry->row->key.problem.name, row->key.problem.name) == 0;
        const unsigned score = 1U + 4U * same_device + 2U * same_name + !*entry->used;
        if ((same_device || matcher->ignores_device) && score > best) {
            found = entry;
            best = score;
        }
    }
    return found;
}

static bool is_renewed(const struct matcher *matcher, const struct cvl_row *a,
                       const struct cvl_row *b)
{
    const unsigned device = matcher->ignores_device ? 0 : CVL_KEY_DEVICE;
    return cvl_key_compare(&a->key, &b->key, NAMED_PARTS | device) == 0 &&
           a->key.problem.form == b->key.problem.form && a->key.problem.mb == b->key.problem.mb;
}

/* The only row of a layer whose problem has changed. @return NULL: there is none, or several */
static struct entry *find_renewed(const struct matcher *matcher, const struct cvl_pair *pairs,
                                  size_t pair_count, const struct cvl_row *row)
{
    struct entry *found = NULL;
    for (size_t i = 0; i < matcher->count; i++) {
        struct entry *entry = &matcher->entries[i];
        if (*entry->used || !is_renewed(matcher, entry->row, row))
            continue;
        if (found)
            return NULL;
        found = entry;
    }
    for (size_t i = 0; found && i < pair_count; i++)
        if (pairs[i].after != row && !pairs[i].before && is_renewed(matcher, pairs[i].after, row))
            return NULL;
    return found;
}

static void fill_entries(struct matcher *matcher, const struct cvl_results *before, bool *used)
{
    matcher->count = before->row_count;
    for (size_t i = 0; i < before->row_count; i++)
        matcher->entries[i] =
            (struct entry){without_name(&before->rows[i]), &before->rows[i], &used[i]};
    qsort(matcher->entries, matcher->count, sizeof *matcher->entries, compare_entries);
}

static size_t fill_pairs(const struct matcher *matcher, const struct cvl_results *before,
                         const struct cvl_results *after, const bool *used, struct cvl_pair *pairs)
{
    size_t count = after->row_count;
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = find_equal(matcher, &after->rows[i]);
        pairs[i] = (struct cvl_pair){.before = entry ? entry->row : NULL, .after = &after->rows[i]};
        if (entry)
            *entry->used = true;
    }
    for (size_t i = 0; i < after->row_count; i++) {
        struct entry *entry =
            pairs[i].before ? NULL : find_renewed(matcher, pairs, count, &after->rows[i]);
        if (!entry)
            continue;
        *entry->used = true;
        pairs[i].before = entry->row;
        pairs[i].problem_changed = true;
    }
    for (size_t i = 0; i < before->row_count; i++)
        if (!used[i])
            pairs[count++] = (struct cvl_pair){.before = &before->rows[i]};
    return count;
}

enum cvl_status cvl_pairs_create(const struct cvl_results *before, const struct cvl_results *after,
                                 struct cvl_pair **out, size_t *count, struct cvl_error *err)
{
    struct matcher matcher = {0};
    bool *used = calloc(before->row_count + 1, sizeof *used);
    matcher.entries = calloc(before->row_count + 1, sizeof *matcher.entries);
    *out = calloc(before->row_count + after->row_count + 1, sizeof **out);
    *count = 0;
    if (!used || !matcher.entries || !*out) {
        free(used);
        free(matcher.entries);
        free(*out);
        *out = NULL;
        return cvl_fail(err, CVL_NO_MEMORY, "model: out of memory to compare %zu rows",
                        after->row_count);
    }
    const bool one_each = !has_several_devices(before) && !has_several_devices(after);
    matcher.ignores_device = one_each || !shares_device(before, after);
    fill_entries(&matcher, before, used);
    *count = fill_pairs(&matcher, before, after, used, *out);
    free(matcher.entries);
    free(used);
    return CVL_OK;
}
