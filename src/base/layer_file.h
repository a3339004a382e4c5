/* The embedded layer as a file that the OpenCL loader can open: in memory, named in OPENCL_LAYERS.
 */
#ifndef CVL_BASE_LAYER_FILE_H
#define CVL_BASE_LAYER_FILE_H

/* Appends it to OPENCL_LAYERS, once a process; where it cannot, the reason is kept. Must come
 * before the OpenCL library is loaded: opencl/loader.c calls it. */
void cvl_layer_file_install(void);

/* Where it was put, for as long as the process lives; NULL: nowhere, *reason says why. */
const char *cvl_layer_file_path(const char **reason);

#endif
