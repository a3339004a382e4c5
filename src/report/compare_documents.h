/* A comparison for programs. */
#ifndef CVL_REPORT_COMPARE_DOCUMENTS_H
#define CVL_REPORT_COMPARE_DOCUMENTS_H

#include <stdio.h>

#include <convlens/status.h>

/* `subject` is a struct cvl_compared. */
enum cvl_status cvl_compare_write_json(const void *subject, FILE *stream, struct cvl_error *err);
/* JUnit's XML: one case for each row, which fails if the row has a failure. */
enum cvl_status cvl_compare_write_junit(const void *subject, FILE *stream, struct cvl_error *err);

#endif
