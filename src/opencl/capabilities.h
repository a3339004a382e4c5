/* What a kernel may know about its device: capabilities, never a vendor's name. */
#ifndef CVL_OPENCL_CAPABILITIES_H
#define CVL_OPENCL_CAPABILITIES_H

#include <convlens/device.h>

#include "base/text.h"

/* Appends " -D NAME=value" of each capability; every macro is always defined, 0 where the device
 * lacks it:
 *   CVL_CPU              work-items are loops on a processor's cores, vectors pay
 *   CVL_HAS_HALF         half arithmetic (cl_khr_fp16); loads and stores of half always work
 *   CVL_HAS_DOUBLE       double arithmetic (cl_khr_fp64)
 *   CVL_HAS_SUBGROUPS    sub-group functions
 *   CVL_LOCAL_DEDICATED  local memory is on chip, not a piece of global memory
 *   CVL_FLOAT_WIDTH      floats of one native vector: 1, 2, 4, 8 or 16 */
void cvl_capabilities_append(struct cvl_text *options, const struct cvl_device_facts *device);

#endif
