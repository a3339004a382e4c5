/* Handles of platforms and devices in this process. The order is that of the OpenCL loader, so an
 * index means the same in every process of one environment. */
#ifndef CVL_OPENCL_HANDLE_H
#define CVL_OPENCL_HANDLE_H

#include "opencl/cl.h"

/* All platforms. The caller frees *out; it is NULL on anything but CVL_OK.
 * @return CVL_OK, CVL_NO_DEVICE (no OpenCL library, or no platform), CVL_NO_MEMORY */
enum cvl_status cvl_platform_handles(cl_platform_id **out, cl_uint *count, struct cvl_error *err);

/* A platform's devices of every type. The caller frees *out.
 * @return CVL_OK; CVL_NO_DEVICE if it has none or fails; CVL_NO_MEMORY */
enum cvl_status cvl_device_handles(cl_platform_id platform, cl_device_id **out, cl_uint *count,
                                   struct cvl_error *err);

/* The handles of a cvl_device_facts.id.
 * @return CVL_OK, CVL_NO_DEVICE, CVL_BAD_INPUT (not an id), CVL_NO_MEMORY */
enum cvl_status cvl_device_handle(const char *id, cl_platform_id *platform, cl_device_id *device,
                                  struct cvl_error *err);

#endif
