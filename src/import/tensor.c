/* What is known of the tensors of a model. */
#include "import/tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct cvl_tensor_entry {
    struct cvl_bytes name;
    struct cvl_tensor tensor;
};

/* A name that is looked for. */
struct search {
    const struct cvl_tensor_map *map;
    struct cvl_bytes name;
};

static bool matches(const void *user, uint32_t number)
{
    const struct search *search = user;
    return cvl_bytes_equal(search->map->entries[number].name, search->name);
}

static struct cvl_tensor_entry *find(const struct cvl_tensor_map *map, struct cvl_bytes name,
                                     uint64_t hash)
{
    const struct search search = {map, name};
    const int64_t number = cvl_index_find(&map->index, hash, matches, &search);
    return number == CVL_INDEX_NONE ? NULL : &map->entries[number];
}

static bool make_room(struct cvl_tensor_map *map)
{
    if (map->count >= CVL_TENSORS_MAX)
        return false;
    if (map->count < map->capacity)
        return true;
    const size_t capacity = map->capacity > 0 ? 2 * map->capacity : 64;
    void *entries = realloc(map->entries, capacity * sizeof *map->entries);
    if (!entries)
        return false;
    map->entries = entries;
    map->capacity = capacity;
    return true;
}

struct cvl_tensor *cvl_tensor_put(struct cvl_tensor_map *map, struct cvl_bytes name)
{
    const uint64_t hash = cvl_hash(0, name.at, name.size);
    struct cvl_tensor_entry *entry = find(map, name, hash);
    if (entry)
        return &entry->tensor;
    if (!make_room(map) || !cvl_index_add(&map->index, hash, (uint32_t)map->count))
        return NULL;
    entry = &map->entries[map->count++];
    *entry = (struct cvl_tensor_entry){.name = name};
    return &entry->tensor;
}

const struct cvl_tensor *cvl_tensor_get(const struct cvl_tensor_map *map, struct cvl_bytes name)
{
    const struct cvl_tensor_entry *entry = find(map, name, cvl_hash(0, name.at, name.size));
    return entry ? &entry->tensor : NULL;
}

void cvl_tensor_map_clear(struct cvl_tensor_map *map)
{
    free(map->entries);
    cvl_index_clear(&map->index);
    *map = (struct cvl_tensor_map){0};
}

bool cvl_tensor_set(struct cvl_tensor *tensor, int rank, const int64_t *dims)
{
    struct cvl_tensor set = {.is_known = rank >= 0 && rank <= CVL_TENSOR_RANK_MAX};
    for (int i = 0; i < rank && set.is_known; i++) {
        set.dims[i] = dims[i];
        set.is_known = dims[i] >= 0 && dims[i] <= INT32_MAX;
    }
    set.rank = rank;
    *tensor = set.is_known ? set : (struct cvl_tensor){0};
    return tensor->is_known;
}

int64_t cvl_tensor_elements(const struct cvl_tensor *tensor)
{
    int64_t elements = 1;
    for (int i = 0; i < tensor->rank; i++)
        if (tensor->dims[i] > 0 && elements > INT64_MAX / tensor->dims[i])
            elements = INT64_MAX;
        else
            elements *= tensor->dims[i];
    return elements;
}

void cvl_tensor_print(const struct cvl_tensor *tensor, char *text, size_t size)
{
    size_t length = 0;
    (void)snprintf(text, size, "%s", tensor->rank == 0 ? "a scalar" : "");
    for (int i = 0; i < tensor->rank && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%" PRId64, i ? "x" : "",
                                   tensor->dims[i]);
}
