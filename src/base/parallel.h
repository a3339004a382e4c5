/* Runs host work on all processors. */
#ifndef CVL_BASE_PARALLEL_H
#define CVL_BASE_PARALLEL_H

#include <stddef.h>

/* How many threads this process may use at once. */
size_t cvl_parallel_threads(void);

/* Calls `work` for ranges that together cover 0 .. count - 1, each number once, on as many threads
 * as this process may use, and returns when all have ended. If a thread cannot start, its range
 * runs in the calling thread. */
void cvl_parallel_for(size_t count, void (*work)(void *user, size_t begin, size_t end), void *user);

#endif
