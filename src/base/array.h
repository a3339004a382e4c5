/* Arrays that grow one by one. */
#ifndef CVL_BASE_ARRAY_H
#define CVL_BASE_ARRAY_H

#include <stddef.h>

/* Makes room for one more element of `size` bytes in an array of `count`: the room doubles at each
 * power of two, so that nobody needs to keep it. @return the array, or NULL where memory ran out:
 * then it is as it was */
void *cvl_array_grow(void *array, size_t count, size_t size);

#endif
