/* OpenCL as this project uses it: the 1.2 entry points, resolved at the first call by loader.c. */
#ifndef CVL_OPENCL_CL_H
#define CVL_OPENCL_CL_H

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>

#include <convlens/status.h>

/* Loads the OpenCL loader (libOpenCL.so.1, or the file that CONVLENS_OPENCL names). Every entry
 * point does so at its first call too; this function also says why it failed. @return CVL_OK or
 * CVL_NO_DEVICE */
enum cvl_status cvl_cl_load(struct cvl_error *err);

/* "CL_OUT_OF_RESOURCES" for -5; "unknown OpenCL error" for a code that is not in the headers. Never
 * NULL. */
const char *cvl_cl_error_name(cl_int code);

/* Status and text of a failed call: "clCreateBuffer: CL_OUT_OF_RESOURCES (-5): input, 64 bytes".
 * Codes that mean a lack of memory give CVL_OUT_OF_MEMORY; CL_OUT_OF_HOST_MEMORY gives
 * CVL_NO_MEMORY; no platform or no device gives CVL_NO_DEVICE; other codes give CVL_FAILED.
 * `format` may be NULL: no detail. */
enum cvl_status cvl_cl_fail(struct cvl_error *err, cl_int code, const char *call,
                            const char *format, ...) CVL_PRINTF(4, 5);

#endif
