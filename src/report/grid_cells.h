/* A table for people while it is filled. */
#ifndef CVL_REPORT_GRID_CELLS_H
#define CVL_REPORT_GRID_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum cvl_grid_align {
    CVL_GRID_LEFT,
    CVL_GRID_RIGHT,
    CVL_GRID_CUT, /* to the left, and cut where the table is too wide */
    CVL_GRID_WRAP /* to the left, and wrapped where the table is too wide */
};

/* A table that is being filled: begin, columns, cells, end. Running out of memory sets `failed`,
 * which stays set until the end reports it. */
struct cvl_grid {
    FILE *stream;
    char **headings, **cells; /* owned until the end; safe for a terminal */
    enum cvl_grid_align *align;
    size_t column_count, cell_count;
    bool micro; /* the micro sign may be written */
    bool failed;
};

#endif
