/* The option table. */
#include "cli/option_table.h"

#include <stddef.h>

/* DEVICES, RUN, ... of options.def */
enum {
#define CVL_VERB(name, NAME) NAME = CVL_FOR_##NAME,
#include "cli/verbs.def"
#undef CVL_VERB
};

const struct cvl_option cvl_option_rows[CVL_OPTION_COUNT] = {
#define CVL_OPTION(name, letter, argument, verbs, kind, member, help)                              \
    {name, letter, argument, verbs, &cvl_option_kind_##kind, offsetof(struct cvl_options, member), \
     help},
#define CVL_OPTION_PART CVL_OPTION
#include "cli/options.def"
#undef CVL_OPTION_PART
#undef CVL_OPTION
};

const struct cvl_option *cvl_option_at(size_t index)
{
    return index < CVL_OPTION_COUNT ? &cvl_option_rows[index] : NULL;
}
