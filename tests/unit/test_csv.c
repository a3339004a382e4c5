/* CSV: cells that are read back as they were, by programs and by spreadsheets. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

/* What is made of one cell, without the end of the line. */
static char *text_cell(const char *text)
{
    char *out = NULL;
    size_t size = 0;
    struct cvl_csv csv = {.stream = open_memstream(&out, &size)};
    cvl_csv_text(&csv, text);
    (void)fclose(csv.stream);
    return out;
}

static char *real_cell(double real)
{
    char *out = NULL;
    size_t size = 0;
    struct cvl_csv csv = {.stream = open_memstream(&out, &size)};
    cvl_csv_real(&csv, real);
    (void)fclose(csv.stream);
    return out;
}

static void expect_text(const char *text, const char *expected)
{
    char *cell = text_cell(text);
    cr_assert_str_eq(cell, expected);
    free(cell);
}

static void expect_real(double real, const char *expected)
{
    char *cell = real_cell(real);
    cr_assert_str_eq(cell, expected);
    free(cell);
}

Test(csv, plain_text_stands_as_it_is)
{
    expect_text("", "");
    expect_text("block2", "block2");
    expect_text("two words; \xC2\xB5", "two words; \xC2\xB5");
    expect_text("a=b", "a=b");
    expect_text("it's", "it's");
    expect_text("b/0:0", "b/0:0");
    expect_text("december", "december");
    expect_text("decoder2", "decoder2");
    expect_text("de2", "de2");
    expect_text("dec2x", "dec2x");
    expect_text("mar-", "mar-");
    expect_text("conv1-2", "conv1-2");
}

Test(csv, what_looks_like_a_number_a_date_or_a_time_gets_an_apostrophe)
{
    expect_text("0:0", "\"'0:0\"");
    expect_text("3.1", "\"'3.1\"");
    expect_text("1/2", "\"'1/2\"");
    expect_text("1e5", "\"'1e5\"");
    expect_text("007", "\"'007\"");
    expect_text("dec2", "\"'dec2\"");
    expect_text("Jan-1", "\"'Jan-1\"");
    expect_text("SEPT 30", "\"'SEPT 30\"");
    expect_text("march1", "\"'march1\"");
}

Test(csv, an_apostrophe_at_the_start_is_doubled)
{
    expect_text("'", "\"''\"");
    expect_text("'=1", "\"''=1\"");
}

Test(csv, commas_and_quotes_are_quoted)
{
    expect_text("a,b", "\"a,b\"");
    expect_text("say \"x\"", "\"say \"\"x\"\"\"");
    expect_text("\"", "\"\"\"\"");
}

Test(csv, formulas_get_an_apostrophe)
{
    expect_text("=1+2", "\"'=1+2\"");
    expect_text("+1", "\"'+1\"");
    expect_text("-1", "\"'-1\"");
    expect_text("@SUM(1,\"2\")", "\"'@SUM(1,\"\"2\"\")\"");
    expect_text("\tx", "\"'\\x09x\"");
    expect_text("\rx", "\"'\\x0dx\"");
}

Test(csv, bytes_that_control_a_terminal_or_end_a_line_are_escaped)
{
    expect_text("a\r\nb", "a\\x0d\\x0ab");
    expect_text("\x1b[31m", "\\x1b[31m");
    expect_text("half \xC3", "half \\xc3");
    expect_text("\xE2\x80\xAE", "\\xe2\\x80\\xae");
}

Test(csv, numbers_are_the_shortest_that_are_read_back)
{
    static const double reals[] = {0.1,           1.0 / 3.0, 1e-9,
                                   123456789.123, 5e-324,    1.7976931348623157e308};
    expect_real(0.0, "0");
    expect_real(0.1, "0.1");
    expect_real(1.5e-7, "1.5e-07");
    expect_real(0.1 + 0.2, "0.30000000000000004");
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        char *cell = real_cell(reals[i]);
        cr_assert_eq(strtod(cell, NULL), reals[i], "%s", cell);
        free(cell);
    }
}

Test(csv, what_is_not_finite_is_empty)
{
    expect_real((double)NAN, "");
    expect_real((double)INFINITY, "");
}

Test(csv, lines_have_commas_between_and_end_as_rfc_4180_has_it)
{
    static const char *const names[] = {"a", "b,c", "d"};
    char *out = NULL;
    size_t size = 0;
    struct cvl_csv csv = {.stream = open_memstream(&out, &size)};
    cvl_csv_heading(&csv, names, 3);
    cvl_csv_integer(&csv, UINT64_MAX);
    cvl_csv_empty(&csv);
    cvl_csv_real(&csv, 0.5);
    cvl_csv_end(&csv);
    cvl_csv_empty(&csv);
    cvl_csv_text(&csv, "x");
    cvl_csv_end(&csv);
    (void)fclose(csv.stream);
    cr_assert_str_eq(out, "a,\"b,c\",d\r\n18446744073709551615,,0.5\r\n,x\r\n");
    free(out);
}
