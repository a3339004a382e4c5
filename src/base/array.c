/* Grows arrays. */
#include "base/array.h"

#include <stdlib.h>

void *cvl_array_grow(void *array, size_t count, size_t size)
{
    const int is_full = (count & (count - 1)) == 0;
    return is_full ? realloc(array, (count > 0 ? 2 * count : 1) * size) : array;
}
