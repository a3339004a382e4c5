/* "Did you mean": the known name that is nearest to an unknown word. */
#ifndef CVL_BASE_NEAREST_H
#define CVL_BASE_NEAREST_H

#include <stddef.h>

/* The name with the fewest insertions, deletions and changes of a byte (Levenshtein's distance),
 * the first of equals. NULL: none is near: more than a third of the word would change, and more
 * than one byte. */
const char *cvl_nearest(const char *word, const char *const *names, size_t count);

#endif
