/* A trace for people and for programs. */
#ifndef CVL_REPORT_TRACE_FORMATS_H
#define CVL_REPORT_TRACE_FORMATS_H

#include "report/format.h"

/* table, csv and json of struct cvl_trace (trace/trace.h). */
extern const struct cvl_formats cvl_trace_formats;

/* What was alive, whose, which kernels, what was left. */
enum cvl_status cvl_trace_write_table(const void *trace, FILE *stream, struct cvl_error *err);
/* One line for each memory object of each process. */
enum cvl_status cvl_trace_write_csv(const void *trace, FILE *stream, struct cvl_error *err);
/* One document, "schema": "convlens-trace/1". */
enum cvl_status cvl_trace_write_json(const void *trace, FILE *stream, struct cvl_error *err);

#endif
