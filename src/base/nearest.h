/* The name that a misspelt word most likely stands for. */
#ifndef CVL_BASE_NEAREST_H
#define CVL_BASE_NEAREST_H

#include "base/text.h"

/* A search: set `word`, leave the rest zero, and offer each name. */
struct cvl_nearest {
    const char *word;
    const char *best; /* the nearest name so far, as it was offered; NULL: none is near enough */
    unsigned changes; /* that make the word into it */
};

/* A name is near if few letters are changed, missing, too many or swapped, in either case of
 * letters, or if the word is its beginning. Of names equally near the first stays. */
void cvl_nearest_offer(struct cvl_nearest *nearest, const char *name);

/* Appends "; did you mean 'NAME'?", or nothing where no name is near. */
void cvl_nearest_append(const struct cvl_nearest *nearest, struct cvl_text *text);

#endif
