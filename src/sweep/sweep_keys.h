/* The keys of a sweep file and the types of their values, from sweep_keys.def and sweep_types.def.
 */
#ifndef CVL_SWEEP_SWEEP_KEYS_H
#define CVL_SWEEP_SWEEP_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum cvl_sweep_section {
    CVL_SECTION_sweep,
    CVL_SECTION_network,
    CVL_SECTION_layer,
    CVL_SECTION_op,
    CVL_SECTION_NONE
};

enum cvl_sweep_type {
#define CVL_SWEEP_TYPE(name, list, expected) CVL_TYPE_##name,
#include "sweep/sweep_types.def"
#undef CVL_SWEEP_TYPE
    CVL_TYPE_COUNT
};

enum cvl_sweep_key {
#define CVL_SWEEP_KEY(section, name, type, fallback, help) CVL_KEY_##section##_##name,
#include "sweep/sweep_keys.def"
#undef CVL_SWEEP_KEY
    CVL_KEY_COUNT
};

struct cvl_sweep_type_facts {
    const char *name;
    bool list;
    const char *expected;
};

struct cvl_sweep_key_facts {
    enum cvl_sweep_section section;
    const char *name;
    enum cvl_sweep_type type;
    const char *fallback;
};

extern const struct cvl_sweep_type_facts cvl_sweep_types[CVL_TYPE_COUNT];
extern const struct cvl_sweep_key_facts cvl_sweep_keys[CVL_KEY_COUNT];

/* CVL_KEY_COUNT where the section has no key of that name. */
enum cvl_sweep_key cvl_sweep_key_find(enum cvl_sweep_section section, const char *name);

bool cvl_sweep_key_is_required(enum cvl_sweep_key key);

/* Appends the names of the section's keys: "name, forms, … or include". */
void cvl_sweep_key_list(struct cvl_text *text, enum cvl_sweep_section section);

#endif
