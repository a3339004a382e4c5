/* Tables for people: alignment, width, and cells that do no harm in any locale. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <convlens/result.h>

#include "report/grid.h"
#include "report/lines.h"

static FILE *stream;
static char *text;
static size_t size;

static struct cvl_grid begin(bool utf8)
{
    stream = open_memstream(&text, &size);
    return cvl_grid_begin(stream, utf8);
}

static void set_width(const char *columns)
{
    cr_assert_eq(setenv("COLUMNS", columns, 1), 0);
}

/* Columns of the widest line. */
static size_t widest(void)
{
    size_t columns = 0;
    for (const char *line = text; *line != '\0'; line += strspn(line, "\n")) {
        const size_t length = strcspn(line, "\n");
        columns = length > columns ? length : columns;
        line += length;
    }
    return columns;
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
    struct cvl_grid grid = begin(false);
    cvl_grid_columns(&grid, headings, 2);
    cvl_grid_text(&grid, "a");
    cvl_grid_integer(&grid, 12);
    cvl_grid_text(&grid, "longer");
    cvl_grid_bytes(&grid, 2048);
    expect(&grid, "NAME       BYTES\na             12\nlonger  2.00 KiB\n");
}

Test(grid, absent_figures_are_dashes)
{
    struct cvl_grid grid = begin(false);
    cvl_grid_column(&grid, "X", CVL_GRID_LEFT);
    cvl_grid_bytes(&grid, CVL_ABSENT);
    cvl_grid_integer(&grid, CVL_ABSENT);
    cvl_grid_seconds(&grid, (double)NAN, "");
    cvl_grid_ratio(&grid, (double)INFINITY, "");
    expect(&grid, "X\n-\n-\n-\n-\n");
}

Test(grid, an_empty_table_prints_nothing)
{
    struct cvl_grid grid = begin(true);
    cvl_grid_column(&grid, "X", CVL_GRID_CUT);
    cr_assert(cvl_grid_is_empty(&grid));
    expect(&grid, "");
}

/* A table of a name, a sentence and two figures of ten digits. */
static void print_wide(const char *columns)
{
    static const char *const headings[] = {"~NAME", ">FIRST", ">SECOND", "|WHAT"};
    struct cvl_grid grid = begin(false);
    set_width(columns);
    cvl_grid_columns(&grid, headings, 4);
    cvl_grid_text(&grid, "a_name_of_forty_letters_is_longer_than_it");
    cvl_grid_text(&grid, "1234567890");
    cvl_grid_text(&grid, "2345678901");
    cvl_grid_text(&grid, "a sentence that says what the first and the second of the figures are");
    end(&grid);
}

Test(grid, a_table_keeps_to_the_width)
{
    print_wide("140");
    cr_expect(strstr(text, "longer_than_it  1234567890  2345678901  a sentence"), "%s", text);
    cr_expect_leq(widest(), 140, "%s", text);
    free(text);
    print_wide("80");
    cr_expect_leq(widest(), 80, "%s", text);
    cr_expect(strstr(text, "an_it 1234567890 2345678901 a sentence") ||
                  strstr(text, "1234567890  2345678901  a sentence"),
              "%s", text);
    free(text);
}

/* What gives way keeps a few columns, figures all of theirs, and of a sentence nothing is lost. */
Test(grid, a_table_is_wider_before_it_is_unreadable)
{
    print_wide("40");
    cr_expect_str_eq(text,
                     "NAME              FIRST     SECOND WHAT\n"
                     "a_nam...n_it 1234567890 2345678901 a sentence that\n"
                     "                                   says what the\n"
                     "                                   first and the\n"
                     "                                   second of the\n"
                     "                                   figures are\n",
                     "%s", text);
    free(text);
}

/* They would say nothing. */
Test(grid, figures_that_are_all_0_or_absent_make_room)
{
    static const char *const headings[] = {"NAME", ">TIME", ">LIBRARY", ">WORKSPACE", ">PEAK"};
    for (int i = 0; i < 2; i++) {
        struct cvl_grid grid = begin(false);
        set_width(i ? "40" : "80");
        cvl_grid_columns(&grid, headings, 5);
        cvl_grid_text(&grid, "a_name_that_stays_as_it_is");
        cvl_grid_text(&grid, "1");
        cvl_grid_bytes(&grid, 0);
        cvl_grid_bytes(&grid, CVL_ABSENT);
        cvl_grid_bytes(&grid, 1);
        expect(&grid, i ? "NAME                       TIME PEAK\n"
                          "a_name_that_stays_as_it_is    1  1 B\n"
                        : "NAME                        TIME  LIBRARY  WORKSPACE  PEAK\n"
                          "a_name_that_stays_as_it_is     1      0 B          -   1 B\n");
    }
}

Test(grid, the_width_is_80_unless_the_environment_says_a_number)
{
    static const char *const odd[] = {"", "0", "wide", "-3", "999999999999999999999"};
    stream = open_memstream(&text, &size);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        set_width(odd[i]);
        cr_expect_eq(cvl_lines_width(stream), 80, "%s", odd[i]);
    }
    set_width("123");
    cr_expect_eq(cvl_lines_width(stream), 123);
    set_width("3");
    cr_expect_eq(cvl_lines_width(stream), 40);
    (void)fclose(stream);
    free(text);
}

Test(grid, a_terminal_says_its_width)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    const struct winsize told = {.ws_col = 97, .ws_row = 20};
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        cr_skip_test("no pseudo-terminal");
    FILE *terminal = fopen(ptsname(master), "w");
    cr_assert_not_null(terminal);
    set_width("123");
    cr_assert_eq(ioctl(master, TIOCSWINSZ, &told), 0);
    cr_expect_eq(cvl_lines_width(terminal), 97);
    (void)fclose(terminal);
    (void)close(master);
}

Test(grid, text_is_wrapped_to_the_width)
{
    stream = open_memstream(&text, &size);
    set_width("40");
    cvl_lines_wrap(stream,
                   "0123456789 0123456789 0123456789 0123456789 "
                   "0123456789012345678901234567890123456789",
                   4);
    (void)fclose(stream);
    cr_expect_str_eq(text,
                     "0123456789 0123456789 0123456789\n    0123456789\n"
                     "    012345678901234567890123456789012345\n    6789\n",
                     "%s", text);
    free(text);
}

Test(grid, the_micro_sign_is_for_streams_and_locales_that_take_it)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    struct cvl_grid grid = begin(true);
    cvl_grid_column(&grid, "T", CVL_GRID_LEFT);
    cvl_grid_seconds(&grid, 12.3e-6, "?");
    expect(&grid, "T\n12.3 \xC2\xB5s?\n");
    grid = begin(false);
    cvl_grid_column(&grid, "T", CVL_GRID_LEFT);
    cvl_grid_seconds(&grid, 12.3e-6, "");
    expect(&grid, "T\n12.3 us\n");
    (void)setlocale(LC_CTYPE, "C");
    grid = begin(true);
    cvl_grid_column(&grid, "T", CVL_GRID_LEFT);
    cvl_grid_seconds(&grid, 12.3e-6, "");
    expect(&grid, "T\n12.3 us\n");
}

/* libsmartcols 2.38 does not know the width of such a cell in this locale. */
Test(grid, names_are_escaped_where_the_locale_has_no_utf8, .timeout = 20)
{
    struct cvl_grid grid = begin(true);
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
    struct cvl_grid grid = begin(false);
    cvl_grid_column(&grid, "X", CVL_GRID_LEFT);
    cvl_grid_short_text(&grid, "abcdef", 4);
    cvl_grid_short_text(&grid, "abc", 4);
    expect(&grid, "X\nabc\nabc\n");
}

Test(grid, out_of_memory_is_reported)
{
    struct cvl_error err = {0};
    struct cvl_grid grid = begin(false);
    cvl_grid_column(&grid, "X", CVL_GRID_LEFT);
    grid.failed = true;
    cvl_grid_text(&grid, "x");
    cr_assert_eq(cvl_grid_end(&grid, "report/table", &err), CVL_NO_MEMORY);
    cr_assert_str_eq(err.text, "report/table: out of memory");
}
