/* A plain table for the verbs that print lists of their own, by libsmartcols. */
#ifndef CVL_REPORT_GRID_H
#define CVL_REPORT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct cvl_grid;

/* Columns by heading; a heading that begins with '>' is aligned to the right. NULL: out of memory.
 */
struct cvl_grid *cvl_grid_create(const char *const *headings, size_t count, FILE *stream);
/* One line of `count` cells, copied; drivers' texts must be safe already. */
void cvl_grid_add(struct cvl_grid *grid, const char *const *cells);
/* Prints and destroys. @return false where memory ran out on the way */
bool cvl_grid_print(struct cvl_grid **grid);

#endif
