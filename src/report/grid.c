/* Tables by libsmartcols, which no other file knows. */
#include "report/grid.h"

#include <inttypes.h>
#include <langinfo.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

#include <convlens/result.h>

#include "base/text.h"
#include "report/lines.h"

enum { CELL_BYTES = 24 };

static bool takes_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static struct cvl_grid begin(FILE *stream, bool utf8)
{
    struct cvl_grid grid = {.table = scols_new_table(), .micro = utf8 && takes_utf8()};
    grid.failed = !grid.table;
    if (!grid.table)
        return grid;
    (void)scols_table_set_stream(grid.table, stream);
    (void)scols_table_enable_noencoding(grid.table, 1); /* cells are safe already */
    return grid;
}

struct cvl_grid cvl_grid_begin(FILE *stream, bool utf8)
{
    struct cvl_grid grid = begin(stream, utf8);
    if (grid.failed)
        return grid;
    (void)scols_table_set_termforce(grid.table, SCOLS_TERMFORCE_NEVER);
    (void)scols_table_set_column_separator(grid.table, "  ");
    return grid;
}

struct cvl_grid cvl_grid_begin_fitted(FILE *stream, bool utf8)
{
    struct cvl_grid grid = begin(stream, utf8);
    if (grid.failed)
        return grid;
    (void)scols_table_enable_ascii(grid.table, !grid.micro);
    (void)scols_table_set_termforce(grid.table, SCOLS_TERMFORCE_ALWAYS);
    (void)scols_table_set_termwidth(grid.table, CVL_REPORT_COLUMNS);
    return grid;
}

/* As cvl_text_append_safe does; in a locale without UTF-8 all bytes of it are escaped: libsmartcols
 * 2.38 does not know their width there, and does not end when it has to cut them. */
static char *make_safe(const char *text)
{
    struct cvl_text safe = {0}, ascii = {0};
    cvl_text_append_safe(&safe, text);
    if (takes_utf8() || safe.failed)
        return cvl_text_take(&safe);
    for (const char *c = safe.data ? safe.data : ""; *c != '\0'; c++)
        if ((unsigned char)*c < 0x80)
            cvl_text_append_bytes(&ascii, c, 1);
        else
            cvl_text_append(&ascii, "\\x%02x", (unsigned char)*c);
    cvl_text_clear(&safe);
    return cvl_text_take(&ascii);
}

void cvl_grid_column(struct cvl_grid *grid, const char *heading, enum cvl_grid_align align)
{
    static const int flags[] = {
        [CVL_GRID_LEFT] = 0, [CVL_GRID_RIGHT] = SCOLS_FL_RIGHT, [CVL_GRID_CUT] = SCOLS_FL_TRUNC};
    if (grid->failed)
        return;
    char *safe = make_safe(heading);
    grid->failed = !safe || !scols_table_new_column(grid->table, safe, 0, flags[align]);
    grid->column_count++;
    free(safe);
}

void cvl_grid_columns(struct cvl_grid *grid, const char *const *headings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const bool right = headings[i][0] == '>';
        cvl_grid_column(grid, headings[i] + right, right ? CVL_GRID_RIGHT : CVL_GRID_LEFT);
    }
}

void cvl_grid_text(struct cvl_grid *grid, const char *text)
{
    if (grid->failed)
        return;
    const size_t column = grid->cell_count % grid->column_count;
    char *safe = make_safe(text);
    if (column == 0)
        grid->line = scols_table_new_line(grid->table, NULL);
    grid->failed = !safe || !grid->line || scols_line_set_data(grid->line, column, safe) != 0;
    grid->cell_count++;
    free(safe);
}

void cvl_grid_short_text(struct cvl_grid *grid, const char *text, size_t size)
{
    char *safe = make_safe(text);
    grid->failed |= !safe;
    if (safe && strlen(safe) >= size)
        cvl_copy(safe, size, safe);
    if (safe)
        cvl_grid_text(grid, safe);
    free(safe);
}

void cvl_grid_cell(struct cvl_grid *grid, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL; /* it is undefined then */
    va_end(arguments);
    grid->failed |= !text;
    if (text)
        cvl_grid_text(grid, text);
    free(text);
}

void cvl_grid_bytes(struct cvl_grid *grid, uint64_t bytes)
{
    char text[CELL_BYTES] = "-";
    if (bytes != CVL_ABSENT)
        cvl_print_bytes(text, sizeof text, bytes);
    cvl_grid_text(grid, text);
}

void cvl_grid_integer(struct cvl_grid *grid, uint64_t integer)
{
    if (integer == CVL_ABSENT)
        cvl_grid_text(grid, "-");
    else
        cvl_grid_cell(grid, "%" PRIu64, integer);
}

void cvl_grid_seconds(struct cvl_grid *grid, double seconds, const char *mark)
{
    char text[CELL_BYTES];
    cvl_print_seconds(text, sizeof text, seconds);
    cvl_lines_plain(text, grid->micro);
    cvl_grid_cell(grid, "%s%s", text, mark);
}

void cvl_grid_ratio(struct cvl_grid *grid, double ratio, const char *mark)
{
    char text[CELL_BYTES];
    cvl_print_ratio(text, sizeof text, ratio);
    cvl_grid_cell(grid, "%s%s", text, isfinite(ratio) ? mark : "");
}

bool cvl_grid_is_empty(const struct cvl_grid *grid)
{
    return grid->cell_count == 0;
}

enum cvl_status cvl_grid_end(struct cvl_grid *grid, const char *area, struct cvl_error *err)
{
    const bool printed =
        !grid->failed && (cvl_grid_is_empty(grid) || scols_print_table(grid->table) == 0);
    scols_unref_table(grid->table);
    *grid = (struct cvl_grid){0};
    return printed ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area);
}
