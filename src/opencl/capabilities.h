/* What a kernel may know about its device: capabilities, never a vendor's name. */
#ifndef CVL_OPENCL_CAPABILITIES_H
#define CVL_OPENCL_CAPABILITIES_H

#include <convlens/device.h>

#include "base/text.h"

/* Appends " -D NAME=value" for each capability. Every macro is always defined; 0 means that the
 * device lacks it:
 *   CVL_CPU                    work-items run as loops on a processor's cores; vectors pay off
 *   CVL_HAS_FMA                fused multiply-add in hardware
 *   CVL_HAS_HALF               half arithmetic (cl_khr_fp16); loads and stores of half always work
 *   CVL_HAS_DOUBLE             double arithmetic (cl_khr_fp64)
 *   CVL_HAS_SUBGROUPS          sub-group functions
 *   CVL_HAS_BLOCK_READS        sub-groups of 16 read adjacent words at once (cl_intel_subgroups)
 *   CVL_HAS_SHORT_BLOCK_READS  the same of 16 bits (cl_intel_subgroups_short)
 *   CVL_LOCAL_DEDICATED        local memory is on chip, not a part of global memory
 *   CVL_FLOAT_WIDTH            floats in a native vector: 1, 2, 4, 8 or 16 */
void cvl_capabilities_append(struct cvl_text *options, const struct cvl_device_facts *device);

/* What the compiler is given for a launch: the language, the capabilities and the launch's own
 * options. The caller frees the text; NULL: out of memory. */
char *cvl_compiler_options(const struct cvl_device_facts *device, const char *options);

#endif
