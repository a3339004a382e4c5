/* The option table as data: for reading, help, man pages and completion. */
#ifndef CVL_CLI_OPTION_TABLE_H
#define CVL_CLI_OPTION_TABLE_H

#include "cli/options.h"

struct cvl_option_kind {
    enum cvl_status (*read)(const char *value, void *member, struct cvl_error *err);
    void (*clear)(void *member);        /* leaves it empty; NULL: nothing is owned */
    bool is_repeatable;                 /* given again, it adds up */
    const char *(*value)(size_t index); /* the values there are, NULL past the last; NULL: any */
    const char *name;                   /* "LAYOUTS" */
};

struct cvl_option {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: it takes none */
    unsigned verbs;
    const struct cvl_option_kind *kind;
    size_t member; /* its offset in struct cvl_options */
    const char *help;
};

#define CVL_OPTION_KIND(KIND, type, clear, is_repeatable, values)                                  \
    extern const struct cvl_option_kind cvl_option_kind_##KIND;
#include "cli/option_kinds.def"
#undef CVL_OPTION_KIND

enum {
    CVL_OPTION_COUNT = 0
#define CVL_OPTION(...) +1
#define CVL_OPTION_PART CVL_OPTION
#include "cli/options.def"
#undef CVL_OPTION_PART
#undef CVL_OPTION
};
extern const struct cvl_option cvl_option_rows[CVL_OPTION_COUNT];

/* NULL past the last. */
const struct cvl_option *cvl_option_at(size_t index);

/* The help of an option, names of all layouts and so on filled in. Owned by the caller; NULL: out
 * of memory. */
char *cvl_option_help(const struct cvl_option *option);

/* Prints the options of a verb to stdout. */
void cvl_options_print_help(unsigned verb_bit);

#endif
