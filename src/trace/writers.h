/* Writes a trace as text for programs. report/trace_table.c writes it for people. */
#ifndef CVL_TRACE_WRITERS_H
#define CVL_TRACE_WRITERS_H

#include <stdio.h>

#include "trace/trace.h"

/* Writes one document, "schema": "convlens-trace/1". @return CVL_OK, CVL_IO, CVL_NO_MEMORY */
enum cvl_status cvl_trace_write_json(const struct cvl_trace *trace, FILE *stream,
                                     struct cvl_error *err);
/* Writes one line for each memory object of each process. */
enum cvl_status cvl_trace_write_csv(const struct cvl_trace *trace, FILE *stream,
                                    struct cvl_error *err);

/* "READ_ONLY|COPY_HOST_PTR"; unknown bits in hexadecimal. */
void cvl_trace_print_flags(char *text, size_t size, uint64_t flags);
/* "exit status 3", "signal 11 (Segmentation fault)". */
void cvl_trace_print_end(char *text, size_t size, int wait_status);
/* Why launches of a kernel have no time; "" if all have one. */
void cvl_trace_print_untimed(char *text, size_t size, const struct cvl_trace_kernel *kernel);

#endif
