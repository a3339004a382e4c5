/* A set of texts, in the order in which they were added. */
#ifndef CVL_BASE_TEXT_SET_H
#define CVL_BASE_TEXT_SET_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise it. `failed` is set when memory runs out and stays set. */
struct cvl_text_set {
    char **at; /* owned */
    size_t count;
    bool failed;
};

/* Adds a copy of the text, unless the set has it. @return is it new? */
bool cvl_text_set_add(struct cvl_text_set *set, const char *text);
void cvl_text_set_clear(struct cvl_text_set *set);

#endif
