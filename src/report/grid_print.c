/* Printing tables by libsmartcols, which no other file knows. What is too wide is cut or wrapped
 * here: libsmartcols would cut figures as well. */
#include "report/grid_print.h"

#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

#include "base/text.h"
#include "report/lines.h"

enum { MIN_CUT = 12, MIN_WRAP = 16 };

/* A column while the table is printed. */
struct column {
    size_t width;
    bool is_hidden;
    const char *rest; /* of its cell on the present line */
};

static size_t min_width(const struct cvl_grid *grid, size_t column)
{
    const size_t heading = cvl_lines_columns(grid->headings[column]);
    const size_t least = grid->align[column] == CVL_GRID_CUT ? MIN_CUT : MIN_WRAP;
    return heading > least ? heading : least;
}

/* The widest column that is aligned so and can give way; column_count: none can. */
static size_t find_widest(const struct cvl_grid *grid, const struct column *columns,
                          enum cvl_grid_align align)
{
    size_t widest = grid->column_count;
    for (size_t i = 0; i < grid->column_count; i++)
        if (grid->align[i] == align && columns[i].width > min_width(grid, i) &&
            (widest == grid->column_count || columns[i].width > columns[widest].width))
            widest = i;
    return widest;
}

/* As wide as its cells. */
static size_t natural_width(const struct cvl_grid *grid, size_t column)
{
    size_t width = cvl_lines_columns(grid->headings[column]);
    for (size_t cell = column; cell < grid->cell_count; cell += grid->column_count) {
        const size_t columns = cvl_lines_columns(grid->cells[cell]);
        width = columns > width ? columns : width;
    }
    return width;
}

/* Has columns give way until the table fits. @return how wide it is then */
static size_t narrow(const struct cvl_grid *grid, struct column *columns, size_t total, size_t room,
                     enum cvl_grid_align align)
{
    const size_t count = grid->column_count;
    for (size_t i; total > room && (i = find_widest(grid, columns, align)) < count; total--)
        columns[i].width--;
    return total;
}

/* Does a column of figures have none but 0 and absent ones? */
static bool is_bare(const struct cvl_grid *grid, size_t column)
{
    bool bare = grid->align[column] == CVL_GRID_RIGHT;
    for (size_t cell = column; cell < grid->cell_count && bare; cell += grid->column_count) {
        const char *text = grid->cells[cell];
        bare = strcmp(text, "-") == 0 || strcmp(text, "0") == 0 || strcmp(text, "0 B") == 0;
    }
    return bare;
}

/* Hides bare columns, from the right, until the table fits. @return how wide it is then */
static size_t hide(const struct cvl_grid *grid, struct column *columns, size_t total, size_t room)
{
    for (size_t i = grid->column_count; i-- > 0 && total > room;)
        if (is_bare(grid, i)) {
            columns[i].is_hidden = true;
            total -= columns[i].width + 1;
        }
    return total;
}

/* Sets the widths. What is wrapped gives way first: nothing of it is lost.
 * @return what is between the columns */
static const char *fit_columns(const struct cvl_grid *grid, struct column *columns)
{
    const size_t count = grid->column_count, room = cvl_lines_width(grid->stream);
    size_t total = 2 * (count - 1);
    for (size_t i = 0; i < count; i++)
        total += columns[i].width = natural_width(grid, i);
    total = narrow(grid, columns, total, room, CVL_GRID_WRAP);
    if (total <= room)
        return "  ";
    total = hide(grid, columns, total - (count - 1), room);
    (void)narrow(grid, columns, total, room, CVL_GRID_CUT);
    return " ";
}

/* The beginning and the end of a name: names of one family often differ in one of them. */
static void append_cut(struct cvl_text *part, const char *name, size_t width)
{
    const size_t begin = (width - 3 + 1) / 2, end = width - 3 - begin;
    cvl_text_append_bytes(part, name, cvl_lines_fitting(name, begin));
    cvl_text_append(part, "...");
    while (cvl_lines_columns(name) > end) {
        char piece[CVL_SAFE_PIECE_BYTES];
        name += cvl_safe_piece(name, piece);
    }
    cvl_text_append(part, "%s", name);
}

/* The part of a cell that goes on a line of the table; moves `rest` to what comes after it. */
static char *take_part(const char **rest, enum cvl_grid_align align, size_t width)
{
    struct cvl_text part = {0};
    size_t shown = 0, taken = strlen(*rest);
    if (align == CVL_GRID_WRAP) {
        taken = cvl_lines_take(*rest, width, &shown);
        cvl_text_append_bytes(&part, *rest, shown);
    } else if (align == CVL_GRID_CUT && cvl_lines_columns(*rest) > width) {
        append_cut(&part, *rest, width);
    } else {
        cvl_text_append_bytes(&part, *rest, taken);
    }
    *rest += taken;
    return cvl_text_take(&part);
}

/* Adds the cells of one line: several lines where one is wrapped. */
static bool add_line(struct libscols_table *table, const struct cvl_grid *grid,
                     struct column *columns, size_t first)
{
    const size_t left = grid->cell_count - first;
    const size_t count = left < grid->column_count ? left : grid->column_count;
    bool added = true, is_last = false;
    for (size_t i = 0; i < count; i++)
        columns[i].rest = grid->cells[first + i];
    while (added && !is_last) {
        struct libscols_line *line = scols_table_new_line(table, NULL);
        added = line != NULL;
        is_last = true;
        for (size_t i = 0, shown = 0; added && i < count; i++) {
            if (columns[i].is_hidden)
                continue;
            char *part = take_part(&columns[i].rest, grid->align[i], columns[i].width);
            added = part && scols_line_refer_data(line, shown++, part) == 0;
            if (!added)
                free(part);
            is_last &= *columns[i].rest == '\0';
        }
    }
    return added;
}

static bool fill(struct libscols_table *table, const struct cvl_grid *grid, struct column *columns)
{
    const char *separator = fit_columns(grid, columns);
    scols_table_set_stream(table, grid->stream);
    (void)scols_table_enable_noencoding(table, 1); /* cells are safe already */
    (void)scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
    bool filled = scols_table_set_column_separator(table, separator) == 0;
    for (size_t i = 0; filled && i < grid->column_count; i++)
        filled = columns[i].is_hidden ||
                 scols_table_new_column(table, grid->headings[i], 0,
                                        grid->align[i] == CVL_GRID_RIGHT ? SCOLS_FL_RIGHT : 0);
    for (size_t i = 0; filled && i < grid->cell_count; i += grid->column_count)
        filled = add_line(table, grid, columns, i);
    return filled;
}

bool cvl_grid_print(const struct cvl_grid *grid)
{
    struct libscols_table *table = scols_new_table();
    struct column *columns = calloc(grid->column_count + 1, sizeof *columns);
    const bool printed =
        table && columns && fill(table, grid, columns) && scols_print_table(table) == 0;
    scols_unref_table(table);
    free(columns);
    return printed;
}
