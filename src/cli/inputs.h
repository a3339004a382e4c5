/* Sweeps and cases that a command line asks for. */
#ifndef CVL_CLI_INPUTS_H
#define CVL_CLI_INPUTS_H

#include "cli/options.h"
#include "sweep/cases.h"

struct cvl_inputs {
    struct cvl_sweep *sweeps; /* owned */
    size_t sweep_count;
    struct cvl_case *cases; /* owned; refer to the sweeps */
    size_t case_count;
    char name[CVL_SWEEP_NAME_BYTES]; /* the sweeps' names joined by '+' */
};

/* Reads the sweep files that are operands and the problems given by option, and expands their
 * cases.
 * @return CVL_OK, CVL_BAD_INPUT (nothing given included), CVL_NO_MEMORY; clear in either case */
enum cvl_status cvl_inputs_read(const struct cvl_options *options, struct cvl_inputs *out,
                                struct cvl_error *err);
void cvl_inputs_clear(struct cvl_inputs *inputs);

#endif
