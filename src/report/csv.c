/* CSV (RFC 4180): one line for each row, one column for each metric. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/csv.h"
#include "report/metric.h"
#include "report/writer.h"

/* A spreadsheet takes a cell that begins so for a formula: an apostrophe before it stops that. */
static bool is_formula(const char *text)
{
    return *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
}

enum cvl_status cvl_csv_put_text(FILE *stream, const char *text, struct cvl_error *err)
{
    struct cvl_text safe = {0};
    cvl_text_append_safe(&safe, text);
    char *cell = cvl_text_take(&safe);
    if (!cell)
        return cvl_fail(err, CVL_NO_MEMORY, "report/csv: out of memory");
    bool formula = is_formula(text);
    bool quoted = formula || strpbrk(cell, ",\"") != NULL;
    (void)fputs(quoted ? "\"" : "", stream);
    (void)fputs(formula ? "'" : "", stream);
    for (const char *c = cell; *c != '\0'; c++) {
        if (*c == '"')
            (void)fputc('"', stream);
        (void)fputc(*c, stream);
    }
    (void)fputs(quoted ? "\"" : "", stream);
    free(cell);
    return CVL_OK;
}

/* The shortest text that is read back to the same number. */
void cvl_csv_put_real(FILE *stream, double real)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    (void)fputs(text, stream);
}

static enum cvl_status csv_begin(const struct cvl_report *report, struct cvl_error *err)
{
    (void)err;
    for (size_t i = 0; i < cvl_metric_count(); i++) {
        char name[CVL_METRIC_NAME_BYTES];
        cvl_metric_name(cvl_metric_at(i), name);
        (void)fprintf(report->stream, "%s%s", i ? "," : "", name);
    }
    (void)fputs("\r\n", report->stream);
    return CVL_OK;
}

static enum cvl_status csv_row(const struct cvl_report *report, size_t index, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; status == CVL_OK && i < cvl_metric_count(); i++) {
        struct cvl_value value;
        cvl_metric_get(cvl_metric_at(i), report->results, &report->results->rows[index], &value);
        if (i > 0)
            (void)fputc(',', report->stream);
        if (value.kind == CVL_VALUE_TEXT)
            status = cvl_csv_put_text(report->stream, value.text, err);
        else if (value.kind == CVL_VALUE_INTEGER)
            (void)fprintf(report->stream, "%llu", (unsigned long long)value.integer);
        else if (value.kind == CVL_VALUE_REAL)
            cvl_csv_put_real(report->stream, value.real);
    }
    (void)fputs("\r\n", report->stream);
    return status;
}

const struct cvl_writer cvl_writer_csv = {
    .name = "csv",
    .summary = "one line for each row, one column for each metric",
    .begin = csv_begin,
    .row = csv_row,
};
