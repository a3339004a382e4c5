/* Placing of lifetimes in one allocation. */
#ifndef CVL_PLAN_ARENA_H
#define CVL_PLAN_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that are needed from the start of stage `first` to the end of stage `last`. */
struct cvl_lifetime {
    uint64_t bytes;
    uint32_t first, last;
};

enum { CVL_ARENA_SCRATCH = 3 };

/* Places lifetimes one after the other, each into the gap that it fills best among the lifetimes
 * that live at the same time; the lowest of gaps that fit equally well. The order is by size,
 * largest first, those of equal size in their order. Where that needs more than the lower bound,
 * other orders are tried: by breadth, and, up to 64 times, with what ended highest before all
 * others; the first of the best is taken. The offsets are multiples of `alignment` (0 is taken as
 * 1). scratch: room for CVL_ARENA_SCRATCH * count numbers. offset: receives `count` offsets.
 * Returns the size of the allocation: the highest end. */
uint64_t cvl_arena_place(const struct cvl_lifetime *lifetimes, size_t count, uint32_t alignment,
                         uint64_t *scratch, uint64_t *offset);

/* Max bytes live at once: no placement can need less. */
uint64_t cvl_arena_lower_bound(const struct cvl_lifetime *lifetimes, size_t count);

#endif
