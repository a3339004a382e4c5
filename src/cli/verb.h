/* What a verb's file gives, and what it is given. */
#ifndef CVL_CLI_VERB_H
#define CVL_CLI_VERB_H

#include "cli/options.h"

/* Exit statuses. */
enum cvl_exit {
    CVL_EXIT_DONE = 0,
    CVL_EXIT_WRONG = 1,  /* a row failed */
    CVL_EXIT_MISUSE = 2, /* bad options or input */
    CVL_EXIT_NO_DEVICE = 3,
    CVL_EXIT_INTERRUPTED = 130
};

struct cvl_verb {
    const char *name;
    const char *arguments; /* "SWEEP.ini..." */
    const char *summary;   /* NULL: hidden, for the program's own use */
    unsigned options;      /* its bit in the option table */
    int (*run)(const struct cvl_options *options);
};

/* Prints "convlens: <error>" to stderr. @return the exit status that the error calls for */
int cvl_report_error(const struct cvl_error *err);

#endif
