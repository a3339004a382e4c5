/* Asks the driver what a built kernel takes. */
#ifndef CVL_OPENCL_KERNEL_FIGURES_H
#define CVL_OPENCL_KERNEL_FIGURES_H

#include "opencl/cl.h"
#include "tuning/fit.h"

/* Some drivers allocate or compile for the answer: not between timed executions.
 * @param with_spills  ask for spilled registers as well, by a query that only some drivers of GPUs
 *                     know (cl_intel_required_subgroup_size) */
struct cvl_kernel_figures cvl_kernel_figures_ask(cl_kernel kernel, cl_device_id device,
                                                 bool with_spills);

#endif
