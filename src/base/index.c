/* Finds the number of an entry by a hash of what it holds: open addressing, at most half full. */
#include "base/index.h"

#include <stdlib.h>

struct cvl_index_slot {
    uint64_t hash;
    uint32_t number;
    bool is_used;
};

/* FNV-1a of 64 bits (Fowler, Noll, Vo), from its offset basis on. */
uint64_t cvl_hash(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    hash = hash != 0 ? hash : 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

int64_t cvl_index_find(const struct cvl_index *index, uint64_t hash, cvl_index_matches *matches,
                       const void *user)
{
    const size_t mask = index->capacity - 1;
    if (index->capacity == 0)
        return CVL_INDEX_NONE;
    for (size_t i = (size_t)hash & mask; index->slots[i].is_used; i = (i + 1) & mask)
        if (index->slots[i].hash == hash && matches(user, index->slots[i].number))
            return index->slots[i].number;
    return CVL_INDEX_NONE;
}

static void put(struct cvl_index *index, struct cvl_index_slot slot)
{
    const size_t mask = index->capacity - 1;
    size_t i = (size_t)slot.hash & mask;
    while (index->slots[i].is_used)
        i = (i + 1) & mask;
    index->slots[i] = slot;
    index->count++;
}

static bool make_room(struct cvl_index *index)
{
    if (2 * (index->count + 1) <= index->capacity)
        return true;
    struct cvl_index larger = {.capacity = index->capacity > 0 ? 2 * index->capacity : 64};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < index->capacity; i++)
        if (index->slots[i].is_used)
            put(&larger, index->slots[i]);
    free(index->slots);
    *index = larger;
    return true;
}

bool cvl_index_add(struct cvl_index *index, uint64_t hash, uint32_t number)
{
    if (!make_room(index))
        return false;
    put(index, (struct cvl_index_slot){hash, number, true});
    return true;
}

void cvl_index_clear(struct cvl_index *index)
{
    free(index->slots);
    *index = (struct cvl_index){0};
}
