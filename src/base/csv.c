/* Lines of CSV: one escaper and one way to print numbers for all writers. */
#include "base/csv.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static void begin_cell(struct cvl_csv *csv)
{
    if (csv->begun)
        (void)fputc(',', csv->stream);
    csv->begun = true;
}

/* "dec2", "Jan-1", "sept 30": the English name of a month or the start of it, then a number. */
static bool is_month_and_number(const char *text)
{
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};
    const size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    const char *number = text + letters;
    const size_t rest = strspn(number, " .-/0123456789");
    bool named = false;
    for (size_t i = 0; i < sizeof months / sizeof months[0]; i++)
        named |= letters >= 3 && strncasecmp(months[i], text, letters) == 0;
    return named && number[rest] == '\0' && strpbrk(number, "0123456789") != NULL;
}

/* Would a spreadsheet read it as anything but text? What begins with an apostrophe counts, too, so
 * that a reader may drop a first apostrophe of any cell. */
static bool is_misread(const char *text)
{
    return *text != '\0' &&
           (strchr("'=+-@\t\r0123456789", *text) != NULL || is_month_and_number(text));
}

static void put_safe(FILE *stream, const char *text)
{
    char piece[CVL_SAFE_PIECE_BYTES];
    for (size_t read; (read = cvl_safe_piece(text, piece)) > 0; text += read) {
        if (piece[0] == '"')
            (void)fputc('"', stream);
        (void)fputs(piece, stream);
    }
}

void cvl_csv_text(struct cvl_csv *csv, const char *text)
{
    const bool misread = is_misread(text);
    const char *quote = misread || strpbrk(text, ",\"") ? "\"" : "";
    begin_cell(csv);
    (void)fprintf(csv->stream, "%s%s", quote, misread ? "'" : "");
    put_safe(csv->stream, text);
    (void)fputs(quote, csv->stream);
}

void cvl_csv_integer(struct cvl_csv *csv, uint64_t integer)
{
    begin_cell(csv);
    (void)fprintf(csv->stream, "%" PRIu64, integer);
}

void cvl_csv_real(struct cvl_csv *csv, double real)
{
    char text[40] = "";
    for (int digits = 15; isfinite(real) && digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    begin_cell(csv);
    (void)fputs(text, csv->stream);
}

void cvl_csv_empty(struct cvl_csv *csv)
{
    begin_cell(csv);
}

void cvl_csv_end(struct cvl_csv *csv)
{
    (void)fputs("\r\n", csv->stream);
    csv->begun = false;
}

void cvl_csv_heading(struct cvl_csv *csv, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cvl_csv_text(csv, names[i]);
    cvl_csv_end(csv);
}
