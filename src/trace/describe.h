/* Words for what is in a trace. */
#ifndef CVL_TRACE_DESCRIBE_H
#define CVL_TRACE_DESCRIBE_H

#include "trace/trace.h"

/* "READ_ONLY|COPY_HOST_PTR"; unknown bits in hexadecimal. */
void cvl_trace_print_flags(char *text, size_t size, uint64_t flags);
/* "exit status 3", "signal 11 (Segmentation fault)". */
void cvl_trace_print_end(char *text, size_t size, int wait_status);
/* Why launches of a kernel have no time; "" if all have one. */
void cvl_trace_print_untimed(char *text, size_t size, const struct cvl_trace_kernel *kernel);

#endif
