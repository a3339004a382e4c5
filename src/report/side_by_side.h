/* Two devices, row by row. */
#ifndef CVL_REPORT_SIDE_BY_SIDE_H
#define CVL_REPORT_SIDE_BY_SIDE_H

#include <libsmartcols.h>

#include "report/writer.h"

/* Adds columns and a line for each row that is ok on both devices: freed peak and median of each,
 * and how many times as long the second takes. @return 0, or not where memory ran out */
int cvl_side_by_side_fill(const struct cvl_report *report, const char *first, const char *second,
                          struct libscols_table *table);

#endif
