/* Bytes of a plan whose arena is placed. */
#ifndef CVL_PLAN_MEASURE_H
#define CVL_PLAN_MEASURE_H

#include <convlens/plan.h>

/* All but the lower bounds and the arena without the input, which are 0. */
void cvl_plan_sum(const struct cvl_plan *plan, struct cvl_plan_bytes *bytes);

#endif
