/* Stores that a command line names. */
#ifndef CVL_CLI_STORES_H
#define CVL_CLI_STORES_H

#include <convlens/store.h>

#include "cli/options.h"

/* Reads the operands. Of one store it is the run that --run names, or the newest; of several, the
 * newest run of each, joined (cvl_results_join): repeated rows that are left out are reported.
 * @param verb begins the messages
 * @return CVL_OK; CVL_BAD_INPUT where there is no operand, or --run with several, and what opening
 * and loading give. Clear *out in every case. */
enum cvl_status cvl_stores_load(const struct cvl_options *options, const char *verb,
                                struct cvl_results *out, struct cvl_error *err);

#endif
