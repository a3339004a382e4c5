/* "Did you mean": the known name that is nearest to an unknown word. */
#ifndef CVL_BASE_NEAREST_H
#define CVL_BASE_NEAREST_H

#include <stddef.h>

/* The name with the fewest insertions, deletions, changes and swaps of neighbours (Damerau: A
 * technique for computer detection and correction of spelling errors, CACM 7(3), 1964), the first
 * of equals. NULL: none is near: more than a third of the word would change, and more than one
 * byte. */
const char *cvl_nearest(const char *word, const char *const *names, size_t count);

#endif
