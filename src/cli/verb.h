/* What a verb's file gives, and what it is given. A verb is what users call a command. */
#ifndef CVL_CLI_VERB_H
#define CVL_CLI_VERB_H

#include "cli/exits.h"
#include "cli/options.h"
#include "report/format.h"

struct cvl_verb {
    const char *name;
    const char *arguments; /* "SWEEP.ini...": what operands are; completion offers files for
                              SWEEP.ini and STORE, and knows COMMAND, FAMILY and WORD */
    const char *summary;   /* NULL: hidden, for the program's own use */
    const char *details;   /* for the man page: sentences; NULL: none */
    const char *examples;  /* for --help and the man page: a line each; NULL: none */
    const struct cvl_formats *formats; /* of --format; NULL: none */
    unsigned options;                  /* its bit in the option table */
    int (*run)(const struct cvl_options *options);
};

#endif
