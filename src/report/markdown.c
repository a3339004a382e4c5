/* Markdown for a pull request or a slide: a table for each device, layout and type. */
#include <string.h>

#include "base/markdown.h"
#include "base/text.h"
#include "model/groups.h"
#include "report/answers_markdown.h"
#include "report/writer.h"

/* Rows that stand in one table. */
enum { SECTION = CVL_KEY_DEVICE | CVL_KEY_LAYOUT | CVL_KEY_DTYPE | CVL_KEY_PASSES };

static bool is_refused(const struct cvl_row *row)
{
    return row->status == CVL_ROW_UNSUPPORTED || row->status == CVL_ROW_SKIPPED;
}

static const char *subject_of(const struct cvl_row *row)
{
    return cvl_key_is_network(&row->key) ? row->key.network : row->key.layer;
}

static void put_heading(const struct cvl_report *report, const struct cvl_key *key)
{
    const struct cvl_device_facts *facts = cvl_results_device(report->results, key->device);
    (void)fputs("### Device ", report->stream);
    cvl_markdown_code(report->stream, key->device);
    if (facts && facts->name[0] != '\0') {
        (void)fputs(" ", report->stream);
        cvl_markdown_code(report->stream, facts->name);
    }
    (void)fprintf(report->stream, ", %s %s%s\n\n", cvl_layout_name(key->layout),
                  cvl_dtype_name(key->dtype), cvl_key_passes_text(key));
    if (facts && facts->host[0] != '\0') {
        (void)fputs("Host ", report->stream);
        cvl_markdown_code(report->stream, facts->host);
        (void)fputs(", driver ", report->stream);
        cvl_markdown_code(report->stream, facts->driver);
        (void)fputs("\n\n", report->stream);
    }
}

static void put_bytes(FILE *stream, uint64_t bytes)
{
    char text[24] = "-";
    if (bytes != CVL_ABSENT)
        cvl_print_bytes(text, sizeof text, bytes);
    (void)fprintf(stream, " | %s", text);
}

static void put_line(const struct cvl_report *report, const struct cvl_row *row)
{
    char time[24] = "-";
    if (row->has_time)
        cvl_print_seconds(time, sizeof time, row->time.median_s);
    (void)fputs("| ", report->stream);
    cvl_markdown_code(report->stream, subject_of(row));
    (void)fputs(" | ", report->stream);
    cvl_markdown_code(report->stream, row->key.variant);
    put_bytes(report->stream, cvl_row_known_peak(row, CVL_ALL_LIVE));
    put_bytes(report->stream, cvl_row_known_peak(row, CVL_FREED));
    (void)fprintf(report->stream, " | %s%s |\n", time,
                  row->has_time && row->time.doubt[0] != '\0' ? "?" : "");
}

static void put_failure(const struct cvl_report *report, const struct cvl_row *row)
{
    (void)fputs("- ", report->stream);
    cvl_markdown_code(report->stream, subject_of(row));
    (void)fputs(" ", report->stream);
    cvl_markdown_code(report->stream, row->key.variant);
    (void)fprintf(report->stream, ": **%s**: ", cvl_row_status_name(row->status));
    cvl_markdown_code(report->stream, row->reason);
    if (row->repro) {
        (void)fputs("; repeat with ", report->stream);
        cvl_markdown_code(report->stream, row->repro);
    }
    (void)fputc('\n', report->stream);
}

/* What is not in the table: failures one by one, the others as a number. */
static void put_rest(const struct cvl_report *report, const struct cvl_row *first)
{
    size_t refused = 0, doubts = 0, failures = 0;
    for (size_t i = 0; i < report->results->row_count; i++) {
        const struct cvl_row *row = &report->results->rows[i];
        if (cvl_key_compare(&row->key, &first->key, SECTION) != 0)
            continue;
        refused += is_refused(row);
        doubts += row->status == CVL_ROW_OK && row->has_time && row->time.doubt[0] != '\0';
        if (row->status == CVL_ROW_OK || is_refused(row))
            continue;
        (void)fputs(failures++ == 0 ? "\nFailed:\n\n" : "", report->stream);
        put_failure(report, row);
    }
    if (doubts > 0)
        (void)fprintf(report->stream, "\n`?`: the time is in doubt (%zu row%s).\n", doubts,
                      doubts == 1 ? "" : "s");
    if (refused > 0)
        (void)fprintf(report->stream, "\nNot supported or skipped: %zu row%s.\n", refused,
                      refused == 1 ? "" : "s");
}

static void put_section(const struct cvl_report *report, const struct cvl_row *first)
{
    bool headed = false;
    put_heading(report, &first->key);
    for (size_t i = 0; i < report->results->row_count; i++) {
        const struct cvl_row *row = &report->results->rows[i];
        if (row->status != CVL_ROW_OK || cvl_key_compare(&row->key, &first->key, SECTION) != 0)
            continue;
        if (!headed)
            (void)fputs("| Layer | Variant | Peak, all kept | Peak, freed early | Time |\n"
                        "|---|---|---:|---:|---:|\n",
                        report->stream);
        headed = true;
        put_line(report, row);
    }
    put_rest(report, first);
}

static enum cvl_status markdown_row(const struct cvl_report *report, size_t index,
                                    struct cvl_error *err)
{
    const struct cvl_row *rows = report->results->rows;
    for (size_t i = 0; i < index; i++)
        if (cvl_key_compare(&rows[i].key, &rows[index].key, SECTION) == 0)
            return CVL_OK; /* is in the table of that row */
    (void)fputs(index > 0 ? "\n" : "", report->stream);
    put_section(report, &rows[index]);
    (void)err; /* no memory is needed */
    return CVL_OK;
}

static enum cvl_status markdown_end(const struct cvl_report *report, struct cvl_error *err)
{
    if (report->results->row_count == 0)
        (void)fputs("No rows.\n", report->stream);
    (void)err;
    return CVL_OK;
}

const struct cvl_writer cvl_writer_markdown = {
    .name = "markdown",
    .summary = "tables for a pull request or a slide: peaks and times",
    .begin = cvl_answers_markdown,
    .row = markdown_row,
    .end = markdown_end,
};
