#include "plan/arena.h"

#include <convlens/plan.h>

#include <stdbool.h>

#define UNPLACED UINT64_MAX

/* A placement under way. Spans are few, so that looking at all of them for every question is
 * cheaper than keeping a sorted list, and needs no memory. */
struct placement {
    const struct cvl_span *spans;
    size_t count;
    uint64_t step; /* offsets are its multiples */
    uint64_t *offset;
};

static bool meet(const struct cvl_span *a, const struct cvl_span *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* Is span `other` placed, and may span `index` not share its bytes? */
static bool blocks(const struct placement *p, size_t other, size_t index)
{
    return p->offset[other] != UNPLACED && meet(&p->spans[other], &p->spans[index]);
}

static size_t largest_unplaced(const struct placement *p)
{
    size_t largest = p->count;
    for (size_t i = 0; i < p->count; i++) {
        if (p->offset[i] != UNPLACED)
            continue;
        if (largest == p->count || p->spans[i].bytes > p->spans[largest].bytes)
            largest = i;
    }
    return largest;
}

static uint64_t aligned(const struct placement *p, uint64_t offset)
{
    uint64_t over = offset % p->step;
    return over == 0 ? offset : offset + p->step - over;
}

/* Free bytes for span `index` from offset `at` upwards; UINT64_MAX where nothing lies above. */
static uint64_t room_at(const struct placement *p, size_t index, uint64_t at)
{
    uint64_t room = UINT64_MAX;
    for (size_t i = 0; i < p->count; i++) {
        if (!blocks(p, i, index) || p->offset[i] + p->spans[i].bytes <= at)
            continue;
        if (p->offset[i] <= at)
            return 0;
        if (p->offset[i] - at < room)
            room = p->offset[i] - at;
    }
    return room;
}

/* A gap begins at 0 or where a blocking span ends. The unbounded one above all fits always and,
 * being the largest, is the last choice. */
static uint64_t best_fit(const struct placement *p, size_t index)
{
    uint64_t best = UNPLACED, best_room = UINT64_MAX;
    for (size_t i = 0; i <= p->count; i++) {
        bool bottom = i == p->count;
        if (!bottom && !blocks(p, i, index))
            continue;
        uint64_t at = bottom ? 0 : aligned(p, p->offset[i] + p->spans[i].bytes);
        uint64_t room = room_at(p, index, at);
        if (room < p->spans[index].bytes)
            continue;
        if (room < best_room || (room == best_room && at < best)) {
            best = at;
            best_room = room;
        }
    }
    return best;
}

uint64_t cvl_arena_place(const struct cvl_span *spans, size_t count, uint32_t alignment,
                         uint64_t *offset)
{
    struct placement p = {spans, count, alignment > 0 ? alignment : 1, offset};
    for (size_t i = 0; i < count; i++)
        offset[i] = UNPLACED;
    uint64_t size = 0;
    for (size_t placed = 0; placed < count; placed++) {
        size_t index = largest_unplaced(&p);
        offset[index] = best_fit(&p, index);
        uint64_t end = offset[index] + spans[index].bytes;
        size = end > size ? end : size;
    }
    return size;
}

uint64_t cvl_arena_lower_bound(const struct cvl_span *spans, size_t count)
{
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++) { /* live bytes only grow where a span begins */
        uint64_t live = 0;
        for (size_t j = 0; j < count; j++)
            if (spans[j].first <= spans[i].first && spans[i].first <= spans[j].last)
                live += spans[j].bytes;
        most = live > most ? live : most;
    }
    return most;
}

struct cvl_arena cvl_plan_arena(const struct cvl_plan *plan, uint32_t alignment)
{
    struct cvl_span spans[CVL_PLAN_BUFFERS] = {0};
    uint32_t buffer[CVL_PLAN_BUFFERS]; /* of each span */
    uint64_t offset[CVL_PLAN_BUFFERS];
    size_t count = 0;
    struct cvl_arena arena = {0};
    for (uint32_t i = 0; i < CVL_PLAN_BUFFERS; i++)
        arena.offset[i] = UINT64_MAX;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *b = &plan->buffers[i];
        /* What stays is allocated apart; what only loading needs is gone when the passes begin. */
        if (b->last_stage == CVL_STAYS || b->last_stage < plan->load_stage_count)
            continue;
        spans[count] = (struct cvl_span){b->bytes, b->first_stage, b->last_stage};
        buffer[count++] = i;
    }
    arena.bytes = cvl_arena_place(spans, count, alignment, offset);
    arena.lower_bound = cvl_arena_lower_bound(spans, count);
    for (size_t i = 0; i < count; i++)
        arena.offset[buffer[i]] = offset[i];
    return arena;
}
