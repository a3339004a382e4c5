/* Offers the embedded layer to the OpenCL loader: as a file in memory, named in OPENCL_LAYERS. */
#ifndef CVL_BASE_LAYER_FILE_H
#define CVL_BASE_LAYER_FILE_H

/* Appends the file to OPENCL_LAYERS, once per process; keeps the reason if that fails. Call it
 * before the OpenCL library is loaded: opencl/loader.c does. */
void cvl_layer_file_install(void);

/* The path of the file, valid as long as the process lives. NULL: there is none, and *reason says
 * why. */
const char *cvl_layer_file_path(const char **reason);

#endif
