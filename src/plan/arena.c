/* Best-fit placing of lifetimes. */
#include "plan/arena.h"

#include <assert.h>
#include <stdbool.h>

#define UNPLACED UINT64_MAX

/* A placement under way. Lifetimes are few, so that looking at all of them for every question is
 * cheaper than keeping a sorted list, and needs no memory. */
struct placement {
    const struct cvl_lifetime *lifetimes;
    size_t count;
    uint64_t step; /* offsets are its multiples */
    uint64_t *offset;
};

static bool meet(const struct cvl_lifetime *a, const struct cvl_lifetime *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* Is lifetime `other` placed, and may lifetime `index` not share its bytes? */
static bool blocks(const struct placement *p, size_t other, size_t index)
{
    return p->offset[other] != UNPLACED && meet(&p->lifetimes[other], &p->lifetimes[index]);
}

static size_t largest_unplaced(const struct placement *p)
{
    size_t largest = p->count;
    for (size_t i = 0; i < p->count; i++) {
        if (p->offset[i] != UNPLACED)
            continue;
        if (largest == p->count || p->lifetimes[i].bytes > p->lifetimes[largest].bytes)
            largest = i;
    }
    return largest;
}

static uint64_t aligned(const struct placement *p, uint64_t offset)
{
    uint64_t over = offset % p->step;
    return over == 0 ? offset : offset + p->step - over;
}

/* Free bytes for lifetime `index` from offset `at` upwards; UINT64_MAX where nothing lies above. */
static uint64_t room_at(const struct placement *p, size_t index, uint64_t at)
{
    uint64_t room = UINT64_MAX;
    for (size_t i = 0; i < p->count; i++) {
        if (!blocks(p, i, index) || p->offset[i] + p->lifetimes[i].bytes <= at)
            continue;
        if (p->offset[i] <= at)
            return 0;
        if (p->offset[i] - at < room)
            room = p->offset[i] - at;
    }
    return room;
}

/* A gap begins at 0 or where a blocking lifetime ends. The unbounded one above all fits always and,
 * being the largest, is the last choice. */
static uint64_t best_fit(const struct placement *p, size_t index)
{
    uint64_t best = UNPLACED, best_room = UINT64_MAX;
    for (size_t i = 0; i <= p->count; i++) {
        bool bottom = i == p->count;
        if (!bottom && !blocks(p, i, index))
            continue;
        uint64_t at = bottom ? 0 : aligned(p, p->offset[i] + p->lifetimes[i].bytes);
        uint64_t room = room_at(p, index, at);
        if (room < p->lifetimes[index].bytes)
            continue;
        if (room < best_room || (room == best_room && at < best)) {
            best = at;
            best_room = room;
        }
    }
    return best;
}

uint64_t cvl_arena_place(const struct cvl_lifetime *lifetimes, size_t count, uint32_t alignment,
                         uint64_t *offset)
{
    assert((alignment & (alignment - 1)) == 0);
    struct placement p = {lifetimes, count, alignment > 0 ? alignment : 1, offset};
    for (size_t i = 0; i < count; i++)
        offset[i] = UNPLACED;
    uint64_t size = 0;
    for (size_t placed = 0; placed < count; placed++) {
        size_t index = largest_unplaced(&p);
        offset[index] = best_fit(&p, index);
        uint64_t end = offset[index] + lifetimes[index].bytes;
        size = end > size ? end : size;
    }
    return size;
}

uint64_t cvl_arena_lower_bound(const struct cvl_lifetime *lifetimes, size_t count)
{
    uint64_t max = 0;
    for (size_t i = 0; i < count; i++) { /* live bytes only grow where a span begins */
        uint64_t live = 0;
        for (size_t j = 0; j < count; j++)
            if (lifetimes[j].first <= lifetimes[i].first && lifetimes[i].first <= lifetimes[j].last)
                live += lifetimes[j].bytes;
        max = live > max ? live : max;
    }
    return max;
}
