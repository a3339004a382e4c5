/* Printing a table that is filled. */
#ifndef CVL_REPORT_GRID_PRINT_H
#define CVL_REPORT_GRID_PRINT_H

#include "report/grid_cells.h"

/* Fits the table to its stream and prints it. @return false: memory ran out */
bool cvl_grid_print(const struct cvl_grid *grid);

#endif
