/* Globs that add up: which names are wanted. */
#ifndef CVL_BASE_GLOBS_H
#define CVL_BASE_GLOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Globs of fnmatch; a name is wanted if one of them matches. None: every name is. */
struct cvl_globs {
    char **at; /* owned, and so is each */
    size_t count;
};

/* Adds the globs of a list, separated by commas. A comma after a backslash or within brackets is
 * part of its glob. @return CVL_OK; CVL_BAD_INPUT where one is empty; CVL_NO_MEMORY */
enum cvl_status cvl_globs_add(struct cvl_globs *globs, const char *list, struct cvl_error *err);
void cvl_globs_clear(struct cvl_globs *globs);

bool cvl_globs_match(const struct cvl_globs *globs, const char *name);

/* Appends the glob that matches the name alone, as a word for a shell. */
void cvl_globs_append_literal(struct cvl_text *text, const char *name);

/* Appends " OPTION GLOB" for each, quoted for a shell. */
void cvl_globs_append(const struct cvl_globs *globs, const char *option, struct cvl_text *text);

/* The names that globs are for: the index-th; NULL past the last. A name may come twice. */
typedef const char *(*cvl_globs_name)(const void *user, size_t index);

/* Does each glob match a name?
 * @param option, what  "--layer", "layer"
 * @return CVL_OK; CVL_BAD_INPUT with the glob that does not, the names there are and the nearest */
enum cvl_status cvl_globs_check(const struct cvl_globs *globs, const char *option, const char *what,
                                cvl_globs_name name, const void *user, struct cvl_error *err);

#endif
