/* A set of texts, compared whole. */
#include "base/text_set.h"

#include <stdlib.h>
#include <string.h>

bool cvl_text_set_add(struct cvl_text_set *set, const char *text)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->at[i], text) == 0)
            return false;
    char *copy = strdup(text);
    char **longer = copy ? realloc(set->at, (set->count + 1) * sizeof *longer) : NULL;
    if (!longer) {
        set->failed = true;
        free(copy);
        return false;
    }
    set->at = longer;
    longer[set->count++] = copy;
    return true;
}

void cvl_text_set_clear(struct cvl_text_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->at[i]);
    free(set->at);
    *set = (struct cvl_text_set){0};
}
