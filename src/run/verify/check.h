/* Is a device's output right? */
#ifndef CVL_RUN_VERIFY_CHECK_H
#define CVL_RUN_VERIFY_CHECK_H

#include <convlens/result.h>

#include "run/verify/tensors.h"

/* Largest error allowed for a problem whose outputs have a variance of about 1 (tensors.h) and
 * magnitude up to max_abs. Float accumulation of n terms: 1e-6 (8 + sqrt(n)), a few times the error
 * seen and far below one missing term, 1/sqrt(n). f16 adds half a unit in the last place of the
 * output, max_abs 2^-11, and 2e-3 where an intermediate is rounded too.
 * @param factor how many times a direct sum's error the algorithm may have
 *        (cvl_plan.tolerance_factor); rounding of the output is not multiplied */
double cvl_check_tolerance(const struct cvl_problem *problem, enum cvl_dtype dtype, double max_abs,
                           double factor);

/* The largest error allowed for a plan's output: the sum of what each layer may add. Sums in half
 * arithmetic add what the plan states (cvl_plan_step.half_error). */
double cvl_check_plan_tolerance(const struct cvl_plan *plan, double max_abs);

/* Compares an output, as the device holds it, with the reference. max_rel_err is max_abs_err over
 * the largest magnitude of the reference. A NaN never passes.
 * @param first_wrong text of the first element beyond tolerance, or empty */
struct cvl_row_check cvl_check_output(const struct cvl_tensors *tensors, enum cvl_layout layout,
                                      double tolerance, const void *output, char *first_wrong,
                                      size_t size);

#endif
