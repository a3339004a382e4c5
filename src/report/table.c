/* The table for people: per device a table grouped by layer, layout and type; what was not run and
 * why; doubts and failures with the way to repeat them; devices side by side; networks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/model.h>

#include "base/text.h"
#include "report/answers.h"
#include "report/grid.h"
#include "report/levers.h"
#include "report/lines.h"
#include "report/metric.h"
#include "report/networks.h"
#include "report/problem_words.h"
#include "report/side_by_side.h"
#include "report/writer.h"

static const char area[] = "report/table";

static bool is_utf8(const struct cvl_report *report)
{
    return cvl_lines_utf8(report->terminal);
}

static void add_columns(struct cvl_grid *grid)
{
    for (size_t i = 0; i < cvl_metric_count(); i++) {
        const char *heading = cvl_metric_at(i)->heading;
        if (heading[0] != '\0')
            cvl_grid_column(grid, heading, grid->column_count ? CVL_GRID_RIGHT : CVL_GRID_CUT);
    }
}

/* One cell, scaled for people; a doubtful time gets a question mark. */
static void add_cell(const struct cvl_report *report, struct cvl_grid *grid,
                     const struct cvl_metric *metric, const struct cvl_row *row)
{
    struct cvl_value value;
    char text[48];
    cvl_metric_get(metric, report->groups, row, &value);
    if (metric->unit == CVL_UNIT_SECONDS) {
        cvl_grid_seconds(grid, value.kind == CVL_VALUE_REAL ? value.real : (double)NAN,
                         row->time.doubt[0] != '\0' ? "?" : "");
    } else {
        cvl_value_print(&value, metric->unit, text, sizeof text);
        cvl_grid_text(grid, text);
    }
}

static void add_line(const struct cvl_report *report, struct cvl_grid *grid,
                     const struct cvl_row *row)
{
    for (size_t i = 0; i < cvl_metric_count(); i++)
        if (cvl_metric_at(i)->heading[0] != '\0')
            add_cell(report, grid, cvl_metric_at(i), row);
}

static void put_group_heading(const struct cvl_report *report, const struct cvl_row *row)
{
    struct cvl_text text = {0};
    cvl_text_append(&text, "%s  %s %s%s  ", row->key.layer, cvl_layout_name(row->key.layout),
                    cvl_dtype_name(row->key.dtype), cvl_key_passes_text(&row->key));
    cvl_problem_say(&text, &row->key.problem);
    (void)fputc('\n', report->stream);
    cvl_lines_put(report->stream, &text, CVL_LINES_CUT, report->failed);
}

static void put_refusals(const struct cvl_report *report, const struct cvl_row *first)
{
    const struct cvl_row *rows = report->results->rows;
    for (size_t i = (size_t)(first - rows); i != SIZE_MAX; i = report->groups->next[i]) {
        const struct cvl_row *row = &rows[i];
        if (row->status == CVL_ROW_OK)
            continue;
        struct cvl_text text = {0};
        cvl_text_append(&text, "%s: %s: %s", row->key.variant, cvl_row_status_name(row->status),
                        row->reason);
        cvl_lines_put(report->stream, &text, 4, report->failed);
    }
}

static enum cvl_status put_group(const struct cvl_report *report, const struct cvl_row *first,
                                 struct cvl_error *err)
{
    struct cvl_grid grid = cvl_grid_begin(report->stream, is_utf8(report));
    add_columns(&grid);
    const struct cvl_row *rows = report->results->rows;
    for (size_t i = (size_t)(first - rows); i != SIZE_MAX; i = report->groups->next[i])
        if (rows[i].status == CVL_ROW_OK)
            add_line(report, &grid, &rows[i]);
    put_group_heading(report, first);
    enum cvl_status status = cvl_grid_end(&grid, area, err);
    put_refusals(report, first);
    return status;
}

static const char *clock_used(const struct cvl_report *report, const char *device)
{
    for (size_t i = 0; i < report->results->row_count; i++) {
        const struct cvl_row *row = &report->results->rows[i];
        if (row->has_time && strcmp(row->key.device, device) == 0)
            return cvl_clock_name(row->time.clock);
    }
    return "none";
}

static enum cvl_status put_device(const struct cvl_report *report,
                                  const struct cvl_device_facts *facts, struct cvl_error *err)
{
    struct cvl_text text = {0};
    cvl_text_append(&text, "%s  %s, %s, driver %s, clock: %s", facts->id, facts->name,
                    facts->vendor, facts->driver, clock_used(report, facts->id));
    if (facts->host[0] != '\0')
        cvl_text_append(&text, ", host %s", facts->host);
    if (facts->peaks.doubt[0] != '\0')
        cvl_text_append(&text, "; peaks in doubt: %s", facts->peaks.doubt);
    (void)fputc('\n', report->stream);
    cvl_lines_put(report->stream, &text, 2, report->failed);
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; status == CVL_OK && i < report->results->row_count; i++) {
        const struct cvl_row *row = &report->results->rows[i];
        if (strcmp(row->key.device, facts->id) == 0 && !cvl_key_is_network(&row->key) &&
            report->groups->first[i] == i)
            status = put_group(report, row, err);
    }
    return status;
}

/* Each further device beside the first. */
static enum cvl_status put_side_by_side(const struct cvl_report *report, struct cvl_error *err)
{
    const struct cvl_results *results = report->results;
    struct cvl_row_index by_key;
    enum cvl_status status =
        cvl_row_index_create(results->rows, results->row_count, CVL_KEY_ALL, &by_key, err);
    for (size_t i = 1; status == CVL_OK && i < results->device_count; i++) {
        const char *first = results->devices[0].id;
        const char *second = results->devices[i].id;
        struct cvl_grid grid = cvl_grid_begin(report->stream, is_utf8(report));
        struct cvl_text text = {0};
        cvl_side_by_side_fill(results, &by_key, first, second, &grid);
        cvl_text_append(&text,
                        "Devices %s and %s: peak under freed; time by one clock; x first, above 1: "
                        "%s is faster",
                        first, second, second);
        if (!cvl_grid_is_empty(&grid)) {
            (void)fputc('\n', report->stream);
            cvl_lines_put(report->stream, &text, 2, report->failed);
        }
        cvl_text_clear(&text);
        status = cvl_grid_end(&grid, area, err);
    }
    cvl_row_index_clear(&by_key);
    return status;
}

static bool needs_note(const struct cvl_row *row)
{
    bool refused = row->status == CVL_ROW_UNSUPPORTED || row->status == CVL_ROW_SKIPPED;
    return (row->status != CVL_ROW_OK && !refused) || row->time.doubt[0] != '\0' ||
           !cvl_row_is_reconciled(row);
}

/* Of a row that is ok: of its time, and of bytes that nothing explains. */
static void say_doubts(const struct cvl_row *row, struct cvl_text *text)
{
    cvl_text_append(text, "doubt: %s", row->time.doubt);
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++) {
        struct cvl_reconciled r;
        char rest[24], counted[24];
        cvl_reconcile(row, (enum cvl_policy)p, &r);
        if (!r.is_marked)
            continue;
        const int64_t bytes = r.unexplained_bytes;
        cvl_print_bytes(rest, sizeof rest, (uint64_t)(bytes < 0 ? -bytes : bytes));
        cvl_print_bytes(counted, sizeof counted, r.counted_bytes);
        cvl_text_append(text,
                        "%smeasured %s %s than the %s counted under %s, unexplained (see --memory)",
                        row->time.doubt[0] != '\0' ? "; " : "", rest, bytes < 0 ? "less" : "more",
                        counted, cvl_policy_name((enum cvl_policy)p));
        break; /* the other policies as a rule are as this one */
    }
}

static void put_notes(const struct cvl_report *report)
{
    bool headed = false;
    for (size_t i = 0; i < report->results->row_count; i++) {
        const struct cvl_row *row = &report->results->rows[i];
        if (!needs_note(row))
            continue;
        bool ok = row->status == CVL_ROW_OK;
        struct cvl_text text = {0};
        cvl_text_append(&text, "%s %s %s %s%s %s: ", row->key.device,
                        cvl_key_is_network(&row->key) ? row->key.network : row->key.layer,
                        cvl_layout_name(row->key.layout), cvl_dtype_name(row->key.dtype),
                        cvl_key_passes_text(&row->key), row->key.variant);
        if (ok)
            say_doubts(row, &text);
        else
            cvl_text_append(&text, "%s: %s", cvl_row_status_name(row->status), row->reason);
        if (!ok && row->repro)
            cvl_text_append(&text, "; repeat with: %s", row->repro);
        (void)fputs(headed ? "" : "\nDoubts and failures\n", report->stream);
        cvl_lines_put(report->stream, &text, 4, report->failed);
        headed = true;
    }
}

static void put_network_refusals(const struct cvl_report *report, const char *device)
{
    for (size_t i = 0; i < report->results->row_count; i++) {
        const struct cvl_row *row = &report->results->rows[i];
        struct cvl_text text = {0};
        if (!cvl_key_is_network(&row->key) || row->status == CVL_ROW_OK ||
            strcmp(row->key.device, device) != 0)
            continue;
        cvl_text_append(&text, "%s %s %s %s %s: %s: %s", row->key.network,
                        cvl_form_name(row->key.problem.form), row->key.variant,
                        cvl_layout_name(row->key.layout), cvl_dtype_name(row->key.dtype),
                        cvl_row_status_name(row->status), row->reason);
        cvl_lines_put(report->stream, &text, 4, report->failed);
    }
}

static bool has_rows(const struct cvl_results *results, const char *device, bool networks)
{
    for (size_t i = 0; i < results->row_count; i++)
        if (cvl_key_is_network(&results->rows[i].key) == networks &&
            strcmp(results->rows[i].key.device, device) == 0)
            return true;
    return false;
}

static enum cvl_status put_networks(const struct cvl_report *report, struct cvl_error *err)
{
    const struct cvl_results *results = report->results;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; status == CVL_OK && i < results->device_count; i++) {
        const char *device = results->devices[i].id;
        char safe[32];
        if (!has_rows(results, device, true))
            continue;
        cvl_copy_safe(safe, sizeof safe, device);
        (void)fprintf(report->stream, "\nNetworks, device %s, %s\n", safe,
                      cvl_weights_words(results));
        status = cvl_networks_print(report->stream, results, device, CVL_NETWORKS_MEASURED,
                                    is_utf8(report), err);
        put_network_refusals(report, device);
        if (status == CVL_OK)
            status = cvl_levers_print(report->stream, results, device, is_utf8(report), err);
    }
    return status;
}

/* Devices that have networks alone are headed by those. */
static bool is_headed(const struct cvl_results *results, const char *device)
{
    return has_rows(results, device, false) || !has_rows(results, device, true);
}

enum cvl_status cvl_table_put(const struct cvl_report *report, struct cvl_error *err)
{
    const struct cvl_results *results = report->results;
    enum cvl_status status = CVL_OK;
    if (results->row_count == 0)
        (void)fputs("No rows.\n", report->stream);
    for (size_t i = 0; status == CVL_OK && i < results->device_count; i++)
        if (results->row_count > 0 && is_headed(results, results->devices[i].id))
            status = put_device(report, &results->devices[i], err);
    if (status == CVL_OK)
        put_notes(report);
    if (status == CVL_OK)
        status = put_side_by_side(report, err);
    return status == CVL_OK ? put_networks(report, err) : status;
}

/* The answer comes first. */
static enum cvl_status table_end(const struct cvl_report *report, struct cvl_error *err)
{
    bool found = false;
    enum cvl_status status = cvl_report_answers(report, &found, err);
    return status == CVL_OK ? cvl_table_put(report, err) : status;
}

const struct cvl_writer cvl_writer_table = {
    .name = "table",
    .summary = "tables and sentences for people",
    .end = table_end,
};
