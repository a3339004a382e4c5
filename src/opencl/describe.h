/* Facts of an OpenCL device, asked from its driver. */
#ifndef CVL_OPENCL_DESCRIBE_H
#define CVL_OPENCL_DESCRIBE_H

#include "opencl/cl.h"

#include <convlens/device.h>

/* Fills everything but id; `platform` is filled in already. What the driver does not answer
 * is 0 or empty, or the value that the OpenCL standard guarantees.
 * @return CVL_OK, or CVL_FAILED with the first thing that the driver must answer and did not */
enum cvl_status cvl_device_describe(cl_device_id device, struct cvl_device_facts *facts,
                                    struct cvl_error *err);

/* A platform's text, safe for a terminal and without blanks at its ends; empty where the driver
 * does not answer. */
void cvl_platform_text(cl_platform_id platform, cl_platform_info what, char *target, size_t size);

#endif
