/* The networks of a plan: computed, and printed. */
#ifndef CVL_CLI_PLAN_CHAINS_H
#define CVL_CLI_PLAN_CHAINS_H

#include "cli/inputs.h"

/* Adds the networks to the results, as `run` would plan them on the device. */
enum cvl_status cvl_plan_chains(const struct cvl_options *options, const struct cvl_inputs *inputs,
                                const struct cvl_device_facts *device, struct cvl_results *results,
                                struct cvl_error *err);

/* Prints them to standard output; with `layers` each network's layers too. */
enum cvl_status cvl_print_chains(const struct cvl_results *results, bool layers,
                                 struct cvl_error *err);

#endif
