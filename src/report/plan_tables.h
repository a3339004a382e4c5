/* What was planned, for people: layers, variants, what is not supported, networks. */
#ifndef CVL_REPORT_PLAN_TABLES_H
#define CVL_REPORT_PLAN_TABLES_H

#include <stdbool.h>
#include <stdio.h>

#include <convlens/result.h>
#include <convlens/sweep.h>

/* @param results computed bytes alone, of one device
 * @param sweeps that the rows come from
 * @param details notes on stages, the layers of each network, and how stages are launched
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_plan_print(FILE *stream, const struct cvl_results *results,
                               const struct cvl_sweep *sweeps, size_t sweep_count, bool details,
                               struct cvl_error *err);

#endif
