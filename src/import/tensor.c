/* What is known of the tensors of a model. */
#include "import/tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cvl_tensor_entry {
    struct cvl_bytes name; /* at NULL: free */
    struct cvl_tensor tensor;
};

/* FNV-1a, 64 bits (isthe.com/chongo/tech/comp/fnv). */
static uint64_t hash(struct cvl_bytes name)
{
    uint64_t value = 0xcbf29ce484222325u;
    for (size_t i = 0; i < name.size; i++)
        value = (value ^ name.at[i]) * 0x100000001b3u;
    return value;
}

/* The entry of that name, or the free one where it belongs. */
static struct cvl_tensor_entry *find(const struct cvl_tensor_map *map, struct cvl_bytes name)
{
    const size_t mask = map->capacity - 1;
    for (size_t i = (size_t)hash(name) & mask;; i = (i + 1) & mask) {
        struct cvl_tensor_entry *entry = &map->entries[i];
        if (!entry->name.at ||
            (entry->name.size == name.size && memcmp(entry->name.at, name.at, name.size) == 0))
            return entry;
    }
}

/* Keeps at least half of the entries free. */
static bool make_room(struct cvl_tensor_map *map)
{
    if (map->count >= CVL_TENSORS_MAX)
        return false;
    if (2 * (map->count + 1) <= map->capacity)
        return true;
    struct cvl_tensor_map larger = {.count = map->count,
                                    .capacity = map->capacity > 0 ? 2 * map->capacity : 64};
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (!larger.entries)
        return false;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->entries[i].name.at)
            *find(&larger, map->entries[i].name) = map->entries[i];
    free(map->entries);
    *map = larger;
    return true;
}

struct cvl_tensor *cvl_tensor_put(struct cvl_tensor_map *map, struct cvl_bytes name)
{
    if (!make_room(map))
        return NULL;
    struct cvl_tensor_entry *entry = find(map, name);
    map->count += !entry->name.at;
    entry->name = name;
    return &entry->tensor;
}

const struct cvl_tensor *cvl_tensor_get(const struct cvl_tensor_map *map, struct cvl_bytes name)
{
    if (map->count == 0)
        return NULL;
    const struct cvl_tensor_entry *entry = find(map, name);
    return entry->name.at ? &entry->tensor : NULL;
}

void cvl_tensor_map_clear(struct cvl_tensor_map *map)
{
    free(map->entries);
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
