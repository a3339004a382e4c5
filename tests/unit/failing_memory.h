/* Allocations that fail when a test says so: those of our code, which the linker wraps, of jansson
 * and of SQLite. */
#ifndef CVL_TESTS_FAILING_MEMORY_H
#define CVL_TESTS_FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Puts the hooks of jansson and SQLite in place. Comes before anything is allocated by them. */
void failing_memory_begin(void);

/* From here on the n-th allocation fails, from 1, and none after it. 0: none fails. */
void failing_memory_arm(size_t n);
/* Did it come to that? No more fail. */
bool failing_memory_disarm(void);

#endif
