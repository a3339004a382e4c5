/* Lines of CSV: one escaper and one way to print numbers for all writers. */
#include "base/csv.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void begin_cell(struct cvl_csv *csv)
{
    if (csv->begun)
        (void)fputc(',', csv->stream);
    csv->begun = true;
}

static bool is_formula(const char *text)
{
    return *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
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
    const bool formula = is_formula(text);
    const char *quote = formula || strpbrk(text, ",\"") ? "\"" : "";
    begin_cell(csv);
    (void)fprintf(csv->stream, "%s%s", quote, formula ? "'" : "");
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
