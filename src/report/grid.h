/* Tables for people, cell by cell. Cells are made safe for a terminal. */
#ifndef CVL_REPORT_GRID_H
#define CVL_REPORT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <convlens/status.h>

#include "report/grid_cells.h"

/* A table as wide as its cells are, with two blanks between columns. Where that is more than the
 * stream has columns (cvl_lines_width), columns with CVL_GRID_WRAP give way, down to 16; then one
 * blank is left between columns; then columns of figures that are all 0 or absent are left out,
 * from the right; then columns with CVL_GRID_CUT give way, in the middle of a name and down to 12
 * or their heading. The widest is first. All others keep their width: figures are never cut, and
 * such a table may be wider.
 * @param utf8 the stream takes UTF-8 of our own, if the locale does too */
struct cvl_grid cvl_grid_begin(FILE *stream, bool utf8);

void cvl_grid_column(struct cvl_grid *grid, const char *heading, enum cvl_grid_align align);
/* Several. A heading that begins with '>' is aligned to the right, with '~' cut, with '|' wrapped;
 * all others are aligned to the left. */
void cvl_grid_columns(struct cvl_grid *grid, const char *const *headings, size_t count);

/* The next cell: the one after the last column begins a new line. */
void cvl_grid_text(struct cvl_grid *grid, const char *text);
/* The same, cut to fit `size` bytes with the end, escapes counted. */
void cvl_grid_short_text(struct cvl_grid *grid, const char *text, size_t size);
void cvl_grid_cell(struct cvl_grid *grid, const char *format, ...) CVL_PRINTF(2, 3);
/* "3.86 MiB"; "-" for CVL_ABSENT. */
void cvl_grid_bytes(struct cvl_grid *grid, uint64_t bytes);
/* "4047487"; "-" for CVL_ABSENT. */
void cvl_grid_integer(struct cvl_grid *grid, uint64_t integer);
/* "1.20 ms", with `mark` after it; "-" for NAN. */
void cvl_grid_seconds(struct cvl_grid *grid, double seconds, const char *mark);
/* As cvl_print_ratio has it, with `mark` after it; "-" for what is not finite. */
void cvl_grid_ratio(struct cvl_grid *grid, double ratio, const char *mark);

bool cvl_grid_is_empty(const struct cvl_grid *grid);

/* Prints the table, unless it is empty, and releases it.
 * @return CVL_OK, or CVL_NO_MEMORY, in which case it may not have been printed; `area` begins the
 * message */
enum cvl_status cvl_grid_end(struct cvl_grid *grid, const char *area, struct cvl_error *err);

#endif
