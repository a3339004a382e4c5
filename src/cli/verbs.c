/* The commands of the program. */
#include "cli/verbs.h"

#include <string.h>

#include "base/nearest.h"

#define CVL_VERB(name, NAME) extern const struct cvl_verb cvl_verb_##name;
#include "cli/verbs.def"
#undef CVL_VERB

static const struct cvl_verb *const verbs[] = {
#define CVL_VERB(name, NAME) &cvl_verb_##name,
#include "cli/verbs.def"
#undef CVL_VERB
};

const struct cvl_verb *cvl_verb_at(size_t index)
{
    return index < sizeof verbs / sizeof verbs[0] ? verbs[index] : NULL;
}

const struct cvl_verb *cvl_verb_find(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

bool cvl_verb_is_public(const struct cvl_verb *verb)
{
    return verb->summary != NULL;
}

enum cvl_status cvl_verb_refuse(const char *name, struct cvl_error *err)
{
    struct cvl_nearest nearest = {.word = name};
    struct cvl_text text = {0};
    char shown[80];
    cvl_copy(shown, sizeof shown, name);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (cvl_verb_is_public(verbs[i]))
            cvl_nearest_offer(&nearest, verbs[i]->name);
    cvl_nearest_append(&nearest, &text);
    const enum cvl_status status =
        cvl_fail(err, CVL_BAD_INPUT, "unknown command '%s'%s%s see convlens --help", shown,
                 text.data ? text.data : "", text.data ? "" : ";");
    cvl_text_clear(&text);
    return status;
}
