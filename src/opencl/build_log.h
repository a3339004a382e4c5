/* A driver's build log as part of a one-line message. */
#ifndef CVL_OPENCL_BUILD_LOG_H
#define CVL_OPENCL_BUILD_LOG_H

#include <stddef.h>

/* Writes as much of the log's end as fits: safe for a terminal, with " | " for line ends and
 * without blank lines. "…" marks a cut-off start. `size` must be at least 8. */
void cvl_build_log_end(char *target, size_t size, const char *log);

#endif
