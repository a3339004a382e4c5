/* The networks of a plan, printed. */
#ifndef CVL_CLI_PLAN_NETWORKS_H
#define CVL_CLI_PLAN_NETWORKS_H

#include <stdbool.h>

#include <convlens/result.h>

/* Prints them to standard output; with `layers` each network's layers too. */
enum cvl_status cvl_print_networks(const struct cvl_results *results, bool layers,
                                   struct cvl_error *err);

#endif
