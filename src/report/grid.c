/* Tables for people: their cells. */
#include "report/grid.h"

#include <assert.h>
#include <inttypes.h>
#include <langinfo.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/result.h>

#include "base/text.h"
#include "report/grid_print.h"
#include "report/lines.h"

enum { CELL_BYTES = 24 };

static bool takes_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

struct cvl_grid cvl_grid_begin(FILE *stream, bool utf8)
{
    return (struct cvl_grid){.stream = stream, .micro = utf8 && takes_utf8()};
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

/* Adds a text, taken over, to an array of them. @return false: no memory */
static bool add_text(char ***texts, size_t count, char *text)
{
    /* Grown by doubling: there is no room for more where the count is a power of two. */
    const bool is_full = (count & (count - 1)) == 0;
    char **longer = *texts;
    if (text && is_full)
        longer = realloc(longer, (count ? 2 * count : 1) * sizeof *longer);
    if (!text || !longer) {
        free(text);
        return false;
    }
    *texts = longer;
    longer[count] = text;
    return true;
}

void cvl_grid_column(struct cvl_grid *grid, const char *heading, enum cvl_grid_align align)
{
    if (grid->failed)
        return;
    assert(grid->cell_count == 0);
    enum cvl_grid_align *more = realloc(grid->align, (grid->column_count + 1) * sizeof *more);
    grid->align = more ? more : grid->align;
    grid->failed = !more || !add_text(&grid->headings, grid->column_count, make_safe(heading));
    if (!grid->failed)
        more[grid->column_count++] = align;
}

void cvl_grid_columns(struct cvl_grid *grid, const char *const *headings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char mark = headings[i][0];
        const enum cvl_grid_align align = mark == '>'   ? CVL_GRID_RIGHT
                                          : mark == '~' ? CVL_GRID_CUT
                                          : mark == '|' ? CVL_GRID_WRAP
                                                        : CVL_GRID_LEFT;
        cvl_grid_column(grid, headings[i] + (align != CVL_GRID_LEFT), align);
    }
}

void cvl_grid_text(struct cvl_grid *grid, const char *text)
{
    if (grid->failed)
        return;
    grid->failed = !add_text(&grid->cells, grid->cell_count, make_safe(text));
    grid->cell_count += !grid->failed;
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

static void clear(struct cvl_grid *grid)
{
    for (size_t i = 0; i < grid->column_count; i++)
        free(grid->headings[i]);
    for (size_t i = 0; i < grid->cell_count; i++)
        free(grid->cells[i]);
    free(grid->headings);
    free(grid->align);
    free(grid->cells);
    *grid = (struct cvl_grid){0};
}

enum cvl_status cvl_grid_end(struct cvl_grid *grid, const char *area, struct cvl_error *err)
{
    const bool printed = !grid->failed && (cvl_grid_is_empty(grid) || cvl_grid_print(grid));
    clear(grid);
    return printed ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area);
}
