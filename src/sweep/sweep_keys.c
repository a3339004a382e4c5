/* Finds keys and types by name. */
#include "sweep/sweep_keys.h"

#include <string.h>

#include <convlens/sweep.h>

const struct cvl_sweep_type_facts cvl_sweep_types[CVL_TYPE_COUNT] = {
#define CVL_SWEEP_TYPE(name, list, expected) {#name, list, expected},
#include "sweep/sweep_types.def"
#undef CVL_SWEEP_TYPE
};

const struct cvl_sweep_key_facts cvl_sweep_keys[CVL_KEY_COUNT] = {
#define CVL_SWEEP_KEY(section, name, type, fallback, help)                                         \
    {CVL_SECTION_##section, #name, CVL_TYPE_##type, fallback},
#include "sweep/sweep_keys.def"
#undef CVL_SWEEP_KEY
};

enum cvl_sweep_key cvl_sweep_key_find(enum cvl_sweep_section section, const char *name)
{
    unsigned key = 0;
    while (key < CVL_KEY_COUNT &&
           (cvl_sweep_keys[key].section != section || strcmp(cvl_sweep_keys[key].name, name) != 0))
        key++;
    return (enum cvl_sweep_key)key;
}

bool cvl_sweep_key_is_required(enum cvl_sweep_key key)
{
    return strcmp(cvl_sweep_keys[key].fallback, "required") == 0;
}

void cvl_sweep_key_list(struct cvl_text *text, enum cvl_sweep_section section)
{
    const char *before = "";
    for (unsigned key = 0; key < CVL_KEY_COUNT; key++) {
        if (cvl_sweep_keys[key].section != section)
            continue;
        cvl_text_append(text, "%s%s", before, cvl_sweep_keys[key].name);
        before = ", ";
    }
}

const char *cvl_sweep_key_help(size_t index)
{
    static const char *const lines[CVL_KEY_COUNT] = {
#define CVL_SWEEP_KEY(section, name, type, fallback, help)                                         \
    "[" #section "] " #name " (" #type "; " fallback "): " help,
#include "sweep/sweep_keys.def"
#undef CVL_SWEEP_KEY
    };
    return index < CVL_KEY_COUNT ? lines[index] : NULL;
}
