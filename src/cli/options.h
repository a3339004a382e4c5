/* The command line after the command, read by one table (options.def). */
#ifndef CVL_CLI_OPTIONS_H
#define CVL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/plan.h>
#include <convlens/run.h>

#include "sweep/cases.h"

/* Which verbs take an option. */
enum cvl_verb_bit {
    CVL_FOR_DEVICES = 1 << 0,
    CVL_FOR_RUN = 1 << 1,
    CVL_FOR_PLAN = 1 << 2,
    CVL_FOR_REPORT = 1 << 3,
    CVL_FOR_LIST = 1 << 4,
    CVL_FOR_PROBE = 1 << 5,
    CVL_FOR_WORKER = 1 << 6,
    CVL_FOR_TUNE = 1 << 7,
    CVL_FOR_CHOOSE = 1 << 8,
    CVL_FOR_TRACE = 1 << 9,
    CVL_FOR_MERGE = 1 << 10,
    CVL_FOR_COMPARE = 1 << 11
};

/* Values of an option that may be repeated. */
struct cvl_texts {
    const char **at; /* owned array */
    size_t count;
};

/* Texts point into argv. */
struct cvl_options {
    struct cvl_texts selectors, problems, formats;
    const char *const *operands; /* what is no option */
    size_t operand_count;
    struct cvl_case_filter filter;
    struct cvl_run_options run; /* what workers are given */
    const char *store;
    const char *output; /* of a trace; NULL: standard error */
    const char *tuning; /* "none", values, or a file; NULL: the user's own database */
    bool resume, measure, no_measure, runs, all, no_weights, verbose, help;
    double timeout_s;       /* 0: default */
    enum cvl_policy policy; /* default: freed */
    double within;          /* 0.1: 10 % */
    int64_t run_id;
    const char *baseline;       /* what results are compared with; NULL: nothing */
    const char *fail_on;        /* NULL: default */
    double min_change, p_value; /* NAN: default */
    char *command;              /* owned: the command line, quoted */
};

/* Reads argv[0] = verb, then options and operands; puts the operands last in argv.
 * @return CVL_OK, CVL_BAD_INPUT, CVL_NO_MEMORY; clear in every case */
enum cvl_status cvl_options_read(int argc, char **argv, unsigned verb_bit, struct cvl_options *out,
                                 struct cvl_error *err);
void cvl_options_clear(struct cvl_options *options);

/* Prints the options of a verb to stdout. */
void cvl_options_help(unsigned verb_bit);

#endif
