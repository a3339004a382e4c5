/* Two devices, row by row. */
#ifndef CVL_REPORT_SIDE_BY_SIDE_H
#define CVL_REPORT_SIDE_BY_SIDE_H

#include <convlens/result.h>

#include "report/grid.h"
#include "result/row_index.h"

/* Adds columns and a line for each row that is ok on both devices: freed peak and median of each,
 * and how many times as fast the second is. A time in doubt, and a ratio with such a time, end in a
 * question mark.
 * @param by_key the rows by CVL_KEY_ALL */
void cvl_side_by_side_fill(const struct cvl_results *results, const struct cvl_row_index *by_key,
                           const char *first, const char *second, struct cvl_grid *grid);

#endif
