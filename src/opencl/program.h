/* Builds programs from the files of cl/. */
#ifndef CVL_OPENCL_PROGRAM_H
#define CVL_OPENCL_PROGRAM_H

#include <stddef.h>

#include "opencl/cl.h"

#include <convlens/device.h>
#include <convlens/status.h>

/* Built programs of one context, by source and options. */
struct cvl_program_cache;

enum cvl_status cvl_program_cache_create(cl_context context, cl_device_id device,
                                         const struct cvl_device_facts *facts,
                                         struct cvl_program_cache **out, struct cvl_error *err);
void cvl_program_cache_destroy(struct cvl_program_cache **cache);

/* Returns the program of a file of cl/ ("direct.cl") with these options, built at first use. Its
 * source is the .clh files and the file, each after its #line; the device's capability macros are
 * added to the options. CONVLENS_CL_DIR names a folder to read the files from, instead of the
 * embedded ones.
 * @param out borrowed: lives as long as the cache
 * @return CVL_OK, CVL_BUILD_FAILED with the end of the build log, CVL_BAD_INPUT (no such file),
 * … */
enum cvl_status cvl_program_get(struct cvl_program_cache *cache, const char *source,
                                const char *options, cl_program *out, struct cvl_error *err);

/* The same with the capability macros of another device, which some kernels go by. */
enum cvl_status cvl_program_get_for(struct cvl_program_cache *cache,
                                    const struct cvl_device_facts *facts, const char *source,
                                    const char *options, cl_program *out, struct cvl_error *err);

/* Bytes of the driver's binary of a program in the cache. Queried once, since some drivers compile
 * again to answer. UINT64_MAX: the driver does not report it, or has none. */
uint64_t cvl_program_binary_bytes(struct cvl_program_cache *cache, cl_program program);

#endif
