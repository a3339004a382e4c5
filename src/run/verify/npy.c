/* Writes the header and the values of .npy files. */
#include "run/verify/npy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The header's length, magic included, must be a multiple of 64. */
static size_t format_header(char *header, size_t size, const size_t *shape, size_t dims)
{
    size_t prefix = 10;
    int used = snprintf(header + prefix, size - prefix,
                        "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    size_t length = prefix + (size_t)used;
    for (size_t i = 0; i < dims; i++)
        length += (size_t)snprintf(header + length, size - length, "%zu,", shape[i]);
    length += (size_t)snprintf(header + length, size - length, "), }");
    while ((length + 1) % 64 != 0)
        header[length++] = ' ';
    header[length++] = '\n';
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)((length - prefix) & 0xFF);
    header[9] = (char)((length - prefix) >> 8);
    return length;
}

enum cvl_status cvl_npy_write(const char *path, const float *values, const size_t *shape,
                              size_t dims, struct cvl_error *err)
{
    char header[512];
    size_t length = format_header(header, sizeof header - 64, shape, dims);
    size_t count = 1;
    for (size_t i = 0; i < dims; i++)
        count *= shape[i];
    FILE *file = fopen(path, "wb");
    if (!file)
        return cvl_fail(err, CVL_IO, "%s: %s", path, strerror(errno));
    bool written = fwrite(header, 1, length, file) == length &&
                   fwrite(values, sizeof *values, count, file) == count;
    if (fclose(file) != 0 || !written)
        return cvl_fail(err, CVL_IO, "%s: %s", path, strerror(errno));
    return CVL_OK;
}
