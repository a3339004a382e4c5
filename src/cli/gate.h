/* Comparing results on the command line: the rules, what is written, and the exit status. */
#ifndef CVL_CLI_GATE_H
#define CVL_CLI_GATE_H

#include <convlens/compare.h>

#include "cli/options.h"

/* A side of a comparison. */
struct cvl_gate_side {
    const char *name; /* for people */
    const struct cvl_results *results;
};

/* The rules that options ask for. @return CVL_OK or CVL_BAD_INPUT */
enum cvl_status cvl_gate_rules(const struct cvl_options *options, struct cvl_compare_rules *rules,
                               struct cvl_error *err);

/* Compares, writes in the formats asked for, and sets *result: 1 if something that is a failure
 * happened, else 0.
 * @return CVL_OK; CVL_BAD_INPUT if the sides have no row in common; CVL_IO, CVL_NO_MEMORY */
enum cvl_status cvl_gate_compare(const struct cvl_options *options,
                                 const struct cvl_gate_side *before,
                                 const struct cvl_gate_side *after, int *result,
                                 struct cvl_error *err);

/* --baseline of a verb that makes results: what they are compared with. */
struct cvl_gate {
    bool is_there; /* the option was given */
    struct cvl_results baseline;
};

/* Checks the options of a comparison, --format included, and loads the baseline; without one,
 * --format is checked for the formats of results, and options of a comparison are refused.
 * @return CVL_OK, CVL_BAD_INPUT, CVL_IO, CVL_NO_MEMORY; clear in every case */
enum cvl_status cvl_gate_open(const struct cvl_options *options, struct cvl_gate *out,
                              struct cvl_error *err);
void cvl_gate_clear(struct cvl_gate *gate);

#endif
