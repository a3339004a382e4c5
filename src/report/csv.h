/* Cells of CSV. */
#ifndef CVL_REPORT_CSV_H
#define CVL_REPORT_CSV_H

#include "report/writer.h"

/* Escaped and, where it must be, quoted. */
enum cvl_status cvl_csv_put_text(FILE *stream, const char *text, struct cvl_error *err);
/* The shortest text that is read back to the same number. */
void cvl_csv_put_real(FILE *stream, double real);

#endif
