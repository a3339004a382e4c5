/* Facts about an OpenCL device, from its driver. */
#ifndef CVL_OPENCL_DESCRIBE_H
#define CVL_OPENCL_DESCRIBE_H

#include "opencl/cl.h"

#include <convlens/device.h>

/* Fills in everything but id; `platform` must be filled in already. What the driver does not report
 * is 0 or empty, or the value that the OpenCL standard guarantees.
 * @return CVL_OK, or CVL_FAILED with the first required value that the driver does not report */
enum cvl_status cvl_device_describe(cl_device_id device, struct cvl_device_facts *facts,
                                    struct cvl_error *err);

/* A platform's text, safe for a terminal and without blanks at its ends; empty if the driver does
 * not report it. */
void cvl_platform_text(cl_platform_id platform, cl_platform_info what, char *target, size_t size);

#endif
