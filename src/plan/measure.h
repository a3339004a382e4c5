/* Bytes of a plan. */
#ifndef CVL_PLAN_MEASURE_H
#define CVL_PLAN_MEASURE_H

#include <convlens/plan.h>

/* Those of a plan whose arena is placed: all but the lower bounds, the arena without the input and
 * the peak with new tensors, which are 0. */
void cvl_plan_sum(const struct cvl_plan *plan, struct cvl_plan_bytes *bytes);

/* The peak of freed alone, weights included; no arena is needed. */
uint64_t cvl_plan_peak_freed(const struct cvl_plan *plan);

#endif
