/* A trace for people: what was alive, whose, which kernels, what was left. */
#ifndef CVL_REPORT_TRACE_TABLE_H
#define CVL_REPORT_TRACE_TABLE_H

#include <stdio.h>

#include "trace/trace.h"

/* @return CVL_OK, CVL_IO, CVL_NO_MEMORY */
enum cvl_status cvl_trace_table(const struct cvl_trace *trace, FILE *stream, struct cvl_error *err);

#endif
