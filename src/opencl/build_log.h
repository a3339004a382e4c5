/* A driver's build log as part of a one-line message. */
#ifndef CVL_OPENCL_BUILD_LOG_H
#define CVL_OPENCL_BUILD_LOG_H

#include <stddef.h>

/* Writes the log's end, as much as fits: safe for a terminal, " | " for line ends, blank lines left
 * out. What was cut off at the start shows as "…". `size` is at least 8. */
void cvl_build_log_end(char *target, size_t size, const char *log);

#endif
