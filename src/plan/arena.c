/* Best-fit placing of lifetimes, in several orders: by size, and by breadth (Pisarchyk and Lee,
 * "Efficient Memory Management for Deep Neural Net Inference", 2020). */
#include "plan/arena.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define UNPLACED UINT64_MAX

enum { MAX_TRIES = 64, MAX_WORK = 500000000 };

/* A placement under way. Lifetimes are few, so that looking at all of them for every question is
 * cheaper than keeping a sorted list, and needs no memory. */
struct placement {
    const struct cvl_lifetime *lifetimes;
    size_t count;
    uint64_t step; /* offsets are its multiples */
    const uint64_t
        *rank; /* the highest is placed first; of equal ones the largest; NULL: all are equal */
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

static bool comes_before(const struct placement *p, size_t a, size_t b)
{
    if (p->rank && p->rank[a] != p->rank[b])
        return p->rank[a] > p->rank[b];
    return p->lifetimes[a].bytes > p->lifetimes[b].bytes;
}

static size_t next_unplaced(const struct placement *p)
{
    size_t next = p->count;
    for (size_t i = 0; i < p->count; i++)
        if (p->offset[i] == UNPLACED && (next == p->count || comes_before(p, i, next)))
            next = i;
    return next;
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

static uint64_t place(const struct placement *p)
{
    uint64_t size = 0;
    for (size_t i = 0; i < p->count; i++)
        p->offset[i] = UNPLACED;
    for (size_t placed = 0; placed < p->count; placed++) {
        const size_t index = next_unplaced(p);
        p->offset[index] = best_fit(p, index);
        const uint64_t end = p->offset[index] + p->lifetimes[index].bytes;
        size = end > size ? end : size;
    }
    return size;
}

/* Bytes that live when lifetime `index` begins: they only grow where one does. */
static uint64_t live_at(const struct cvl_lifetime *lifetimes, size_t count, size_t index)
{
    const uint32_t at = lifetimes[index].first;
    uint64_t live = 0;
    for (size_t i = 0; i < count; i++)
        if (lifetimes[i].first <= at && at <= lifetimes[i].last)
            live += lifetimes[i].bytes;
    return live;
}

/* The most that lives at once during each lifetime. */
static void rank_by_breadth(const struct placement *p, const uint64_t *live, uint64_t *rank)
{
    for (size_t i = 0; i < p->count; i++) {
        rank[i] = live[i];
        for (size_t k = 0; k < p->count; k++)
            if (p->lifetimes[i].first <= p->lifetimes[k].first &&
                p->lifetimes[k].first <= p->lifetimes[i].last && live[k] > rank[i])
                rank[i] = live[k];
    }
}

/* Keeps a placement that needs less. */
static void keep_better(const struct placement *p, uint64_t size, uint64_t *offset, uint64_t *best)
{
    if (size >= *best)
        return;
    *best = size;
    memcpy(offset, p->offset, p->count * sizeof *offset);
}

/* Puts what ends highest before all others. */
static void raise_highest(const struct placement *p, uint64_t size, uint64_t *rank, uint64_t top)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->offset[i] + p->lifetimes[i].bytes == size)
            rank[i] = top;
}

/* How often another order is tried: placing takes up to count^3 steps. */
static size_t tries_for(size_t count)
{
    const uint64_t work = (uint64_t)count * count * count;
    const uint64_t tries = MAX_WORK / (work + 1);
    return tries < MAX_TRIES ? (size_t)tries : MAX_TRIES;
}

uint64_t cvl_arena_place(const struct cvl_lifetime *lifetimes, size_t count, uint32_t alignment,
                         uint64_t *scratch, uint64_t *offset)
{
    assert((alignment & (alignment - 1)) == 0);
    struct placement p = {lifetimes, count, alignment > 0 ? alignment : 1, NULL, offset};
    uint64_t best = place(&p);
    const uint64_t bound = cvl_arena_lower_bound(lifetimes, count);
    const size_t tries = tries_for(count);
    if (best == bound || tries == 0)
        return best;
    uint64_t *live = scratch, *rank = scratch + count;
    const struct placement other = {lifetimes, count, p.step, rank, scratch + 2 * count};
    for (size_t i = 0; i < count; i++)
        live[i] = live_at(lifetimes, count, i);
    rank_by_breadth(&other, live, rank);
    keep_better(&other, place(&other), offset, &best);
    memset(rank, 0, count * sizeof *rank);
    for (size_t i = 0; i < tries && best > bound; i++) {
        const uint64_t size = place(&other);
        keep_better(&other, size, offset, &best);
        raise_highest(&other, size, rank, i + 1);
    }
    return best;
}

uint64_t cvl_arena_lower_bound(const struct cvl_lifetime *lifetimes, size_t count)
{
    uint64_t max = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t live = live_at(lifetimes, count, i);
        max = live > max ? live : max;
    }
    return max;
}
