/* Driver queries. An answer counts only if the call succeeded and the size is right. */
#ifndef CVL_OPENCL_QUERY_H
#define CVL_OPENCL_QUERY_H

#include "opencl/cl.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads a value of exactly `size` bytes; zeroes it if there is no answer. */
bool cvl_query(cl_device_id device, cl_device_info what, void *value, size_t size);
/* The same by type; `absent` if there is no answer. */
uint32_t cvl_query_uint(cl_device_id device, cl_device_info what, uint32_t absent);
uint64_t cvl_query_ulong(cl_device_id device, cl_device_info what);
uint64_t cvl_query_size(cl_device_id device, cl_device_info what);
/* A text as the driver returns it, 0-terminated; NULL if there is none. The caller frees it. */
char *cvl_query_text(cl_device_id device, cl_device_info what);

/* Makes a driver's text fit for facts: no blanks at its ends, safe for a terminal, cut to fit.
 * Changes `text`, which may be NULL. */
void cvl_text_tidy(char *target, size_t size, char *text);

/* Is the word in a list separated by blanks? `list` may be NULL. */
bool cvl_has_word(const char *list, const char *word);

#endif
