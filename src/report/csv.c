/* CSV (RFC 4180): one line for each row, one column for each metric. */
#include <string.h>

#include "report/metric.h"
#include "report/writer.h"

/* A spreadsheet takes a cell that begins so for a formula: an apostrophe before it stops that. */
static bool is_formula(const char *text)
{
    return *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
}

static void put_text(FILE *stream, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL || is_formula(text);
    if (quoted)
        (void)fputc('"', stream);
    if (is_formula(text))
        (void)fputc('\'', stream);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            (void)fputc('"', stream);
        (void)fputc(*c, stream);
    }
    if (quoted)
        (void)fputc('"', stream);
}

static enum cvl_status csv_begin(const struct cvl_report *report, struct cvl_error *err)
{
    (void)err;
    for (size_t i = 0; i < cvl_metric_count(); i++)
        (void)fprintf(report->stream, "%s%s", i ? "," : "", cvl_metric_at(i)->id);
    (void)fputs("\r\n", report->stream);
    return CVL_OK;
}

static enum cvl_status csv_row(const struct cvl_report *report, size_t index, struct cvl_error *err)
{
    (void)err;
    for (size_t i = 0; i < cvl_metric_count(); i++) {
        struct cvl_value value;
        cvl_metric_at(i)->get(report->results, &report->results->rows[index], &value);
        if (i > 0)
            (void)fputc(',', report->stream);
        if (value.kind == CVL_VALUE_TEXT)
            put_text(report->stream, value.text);
        else if (value.kind == CVL_VALUE_INTEGER)
            (void)fprintf(report->stream, "%llu", (unsigned long long)value.integer);
        else if (value.kind == CVL_VALUE_REAL)
            (void)fprintf(report->stream, "%.17g", value.real);
    }
    (void)fputs("\r\n", report->stream);
    return CVL_OK;
}

const struct cvl_writer cvl_writer_csv = {
    .name = "csv",
    .summary = "one line for each row, one column for each metric",
    .begin = csv_begin,
    .row = csv_row,
};
