/* Tables for people, cell by cell. Cells are made safe for a terminal. */
#ifndef CVL_REPORT_GRID_H
#define CVL_REPORT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <convlens/status.h>

/* A table that is being filled: begin, columns, cells, end. Running out of memory sets `failed`,
 * which stays set until the end reports it. */
struct cvl_grid {
    struct libscols_table *table; /* owned until the end */
    struct libscols_line *line;   /* that has the last cell */
    size_t column_count, cell_count;
    bool micro; /* the micro sign may be written */
    bool failed;
};

enum cvl_grid_align {
    CVL_GRID_LEFT,
    CVL_GRID_RIGHT,
    CVL_GRID_CUT /* to the left, and cut where a fitted table is too wide */
};

/* As wide as its cells are, with two blanks between columns.
 * @param utf8 the stream takes UTF-8 of our own, if the locale does too */
struct cvl_grid cvl_grid_begin(FILE *stream, bool utf8);
/* Fitted to CVL_REPORT_COLUMNS, with one blank between columns. */
struct cvl_grid cvl_grid_begin_fitted(FILE *stream, bool utf8);

void cvl_grid_column(struct cvl_grid *grid, const char *heading, enum cvl_grid_align align);
/* Several; a heading that begins with '>' is aligned to the right, all others to the left. */
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
