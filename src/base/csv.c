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

static void put_quoted(FILE *stream, const char *before, const char *cell)
{
    (void)fprintf(stream, "\"%s", before);
    for (const char *c = cell; *c != '\0'; c++) {
        if (*c == '"')
            (void)fputc('"', stream);
        (void)fputc(*c, stream);
    }
    (void)fputc('"', stream);
}

void cvl_csv_text(struct cvl_csv *csv, const char *text)
{
    struct cvl_text safe = {0};
    cvl_text_append_safe(&safe, text);
    csv->failed |= safe.failed;
    begin_cell(csv);
    const char *cell = safe.failed || !safe.data ? "" : safe.data;
    if (is_formula(text)) /* as it was: a tab is escaped by now */
        put_quoted(csv->stream, "'", cell);
    else if (strpbrk(cell, ",\""))
        put_quoted(csv->stream, "", cell);
    else
        (void)fputs(cell, csv->stream);
    cvl_text_clear(&safe);
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

enum cvl_status cvl_csv_status(const struct cvl_csv *csv, const char *area, struct cvl_error *err)
{
    return csv->failed ? cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area) : CVL_OK;
}
