/* Tables for people: alignment, width, and cells that do no harm in any locale. */
#include <criterion/criterion.h>

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/result.h>

#include "report/grid.h"

static FILE *stream;
static char *text;
static size_t size;

static struct cvl_grid begin(bool fitted, bool utf8)
{
    stream = open_memstream(&text, &size);
    return fitted ? cvl_grid_begin_fitted(stream, utf8) : cvl_grid_begin(stream, utf8);
}

static void end(struct cvl_grid *grid)
{
    cr_assert_eq(cvl_grid_end(grid, "test", NULL), CVL_OK);
    (void)fclose(stream);
}

static void expect(struct cvl_grid *grid, const char *expected)
{
    end(grid);
    cr_assert_str_eq(text, expected);
    free(text);
}

Test(grid, columns_are_aligned_by_their_headings)
{
    static const char *const headings[] = {"NAME", ">BYTES"};
    struct cvl_grid grid = begin(false, false);
    cvl_grid_columns(&grid, headings, 2);
    cvl_grid_text(&grid, "a");
    cvl_grid_integer(&grid, 12);
    cvl_grid_text(&grid, "longer");
    cvl_grid_bytes(&grid, 2048);
    expect(&grid, "NAME       BYTES\na             12\nlonger  2.00 KiB\n");
}

Test(grid, absent_figures_are_dashes)
{
    struct cvl_grid grid = begin(false, false);
    cvl_grid_column(&grid, "X", CVL_GRID_LEFT);
    cvl_grid_bytes(&grid, CVL_ABSENT);
    cvl_grid_integer(&grid, CVL_ABSENT);
    cvl_grid_seconds(&grid, (double)NAN, "");
    cvl_grid_ratio(&grid, (double)INFINITY, "");
    expect(&grid, "X\n-\n-\n-\n-\n");
}

Test(grid, an_empty_table_prints_nothing)
{
    struct cvl_grid grid = begin(true, true);
    cvl_grid_column(&grid, "X", CVL_GRID_CUT);
    cr_assert(cvl_grid_is_empty(&grid));
    expect(&grid, "");
}

Test(grid, a_fitted_table_cuts_its_first_column)
{
    char name[121], line[32];
    memset(name, 'n', 120);
    name[120] = '\0';
    struct cvl_grid grid = begin(true, false);
    cvl_grid_column(&grid, "name", CVL_GRID_CUT);
    cvl_grid_column(&grid, "value", CVL_GRID_RIGHT);
    cvl_grid_text(&grid, name);
    cvl_grid_text(&grid, "12345");
    end(&grid);
    (void)snprintf(line, sizeof line, "nn 12345\n");
    cr_assert_str_eq(text + strlen(text) - strlen(line), line, "%s", text);
    cr_assert_eq(strcspn(strchr(text, '\n') + 1, "\n"), 100, "%s", text);
}

Test(grid, the_micro_sign_is_for_streams_and_locales_that_take_it)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    struct cvl_grid grid = begin(false, true);
    cvl_grid_column(&grid, "T", CVL_GRID_LEFT);
    cvl_grid_seconds(&grid, 12.3e-6, "?");
    expect(&grid, "T\n12.3 \xC2\xB5s?\n");
    grid = begin(false, false);
    cvl_grid_column(&grid, "T", CVL_GRID_LEFT);
    cvl_grid_seconds(&grid, 12.3e-6, "");
    expect(&grid, "T\n12.3 us\n");
    (void)setlocale(LC_CTYPE, "C");
    grid = begin(false, true);
    cvl_grid_column(&grid, "T", CVL_GRID_LEFT);
    cvl_grid_seconds(&grid, 12.3e-6, "");
    expect(&grid, "T\n12.3 us\n");
}

/* libsmartcols 2.38 does not end when it cuts such a cell in this locale. */
Test(grid, names_are_escaped_where_the_locale_has_no_utf8, .timeout = 20)
{
    struct cvl_grid grid = begin(true, true);
    cvl_grid_column(&grid, "name", CVL_GRID_CUT);
    for (int i = 0; i < 12; i++)
        cvl_grid_column(&grid, "value", CVL_GRID_RIGHT);
    cvl_grid_text(&grid, "caf\xC3\xA9 \x1b[31m");
    for (int i = 0; i < 12; i++)
        cvl_grid_text(&grid, "123456789");
    end(&grid);
    cr_assert_null(strchr(text, '\xC3'));
    cr_assert_null(strchr(text, '\x1b'));
}

Test(grid, a_long_name_can_be_cut)
{
    struct cvl_grid grid = begin(false, false);
    cvl_grid_column(&grid, "X", CVL_GRID_LEFT);
    cvl_grid_short_text(&grid, "abcdef", 4);
    cvl_grid_short_text(&grid, "abc", 4);
    expect(&grid, "X\nabc\nabc\n");
}

Test(grid, out_of_memory_is_reported)
{
    struct cvl_error err = {0};
    struct cvl_grid grid = begin(false, false);
    cvl_grid_column(&grid, "X", CVL_GRID_LEFT);
    grid.failed = true;
    cvl_grid_text(&grid, "x");
    cr_assert_eq(cvl_grid_end(&grid, "report/table", &err), CVL_NO_MEMORY);
    cr_assert_str_eq(err.text, "report/table: out of memory");
}
