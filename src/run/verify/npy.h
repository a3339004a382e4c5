/* NumPy's .npy format, version 1.0 (NEP 1): little-endian float32, C order. */
#ifndef CVL_RUN_VERIFY_NPY_H
#define CVL_RUN_VERIFY_NPY_H

#include <stddef.h>

#include <convlens/status.h>

/* Writes a file. @return CVL_OK or CVL_IO */
enum cvl_status cvl_npy_write(const char *path, const float *values, const size_t *shape,
                              size_t dims, struct cvl_error *err);

#endif
