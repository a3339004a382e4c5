/* The embedded layer as a file that the OpenCL loader can open: in memory, named in OPENCL_LAYERS.
 */
#ifndef CVL_MEMORY_LAYER_FILE_H
#define CVL_MEMORY_LAYER_FILE_H

/* Once a process; where it cannot, the reason is kept. */
void cvl_layer_file_install(void);

/* Where it was put, for as long as the process lives; NULL: nowhere, *reason says why. */
const char *cvl_layer_file_path(const char **reason);

#endif
