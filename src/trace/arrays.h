/* Growing arrays. */
#ifndef CVL_TRACE_ARRAYS_H
#define CVL_TRACE_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Makes room for one more element of `size` bytes; the array grows at each power of two.
 * @return the array, which may have moved; NULL: out of memory, and the array is unchanged */
static inline void *cvl_array_reserve(void *array, size_t count, size_t size)
{
    if (array && (count & (count - 1)) != 0)
        return array;
    if (count > SIZE_MAX / 2 / size)
        return NULL;
    return realloc(array, (count ? 2 * count : 1) * size);
}

#endif
