/* The runs of a store, as a table, CSV and JSON. */
#include "report/run_formats.h"

#include <inttypes.h>
#include <stdlib.h>

#include <convlens/store.h>

#include "base/csv.h"
#include "base/text.h"
#include "report/document.h"
#include "report/grid.h"
#include "result/fields.h"

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static const char *or_dash(const char *text)
{
    return text && *text != '\0' ? text : "-";
}

/* "0:0 pthread-haswell, 1:0 llvmpipe"; NULL: memory ran out. The caller frees it. */
static char *describe_devices(const struct cvl_results *head)
{
    struct cvl_text text = {0};
    for (size_t i = 0; i < head->device_count; i++)
        cvl_text_append(&text, "%s%s %s", i ? ", " : "", head->devices[i].id,
                        head->devices[i].name);
    return cvl_text_take(&text);
}

static void add_line(struct cvl_grid *grid, const struct cvl_store_run *run)
{
    char *devices = describe_devices(&run->head);
    grid->failed |= !devices;
    cvl_grid_cell(grid, "%" PRId64, run->number);
    cvl_grid_text(grid, or_dash(run->head.started));
    cvl_grid_text(grid, or_dash(run->head.sweep));
    cvl_grid_text(grid, or_dash(run->head.version));
    cvl_grid_integer(grid, run->rows);
    cvl_grid_integer(grid, run->rows_not_ok);
    cvl_grid_integer(grid, run->rows_failed);
    cvl_grid_integer(grid, run->rows_in_doubt);
    cvl_grid_text(grid, or_dash(devices));
    free(devices);
}

static enum cvl_status write_table(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_store_runs *runs = subject;
    static const char *const headings[] = {">RUN",  "DATE",    "SWEEP",   "VERSION",
                                           ">ROWS", ">NOT OK", ">FAILED", ">IN DOUBT"};
    struct cvl_grid grid = cvl_grid_begin(stream, true);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    cvl_grid_column(&grid, "DEVICES", CVL_GRID_CUT);
    for (size_t i = 0; i < runs->count; i++)
        add_line(&grid, &runs->at[i]);
    if (runs->count == 0)
        (void)fputs("No runs.\n", stream);
    return cvl_grid_end(&grid, "report", err);
}

static enum cvl_status write_csv(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_store_runs *runs = subject;
    static const char *const names[] = {"run",         "started",       "sweep",   "version",
                                        "host",        "command",       "rows",    "rows_not_ok",
                                        "rows_failed", "rows_in_doubt", "devices", "merged_from"};
    struct cvl_csv csv = {.stream = stream};
    cvl_csv_heading(&csv, names, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < runs->count; i++) {
        const struct cvl_store_run *run = &runs->at[i];
        char *devices = describe_devices(&run->head);
        if (!devices)
            return cvl_fail(err, CVL_NO_MEMORY, "report/csv: out of memory");
        cvl_csv_integer(&csv, (uint64_t)run->number);
        cvl_csv_text(&csv, or_empty(run->head.started));
        cvl_csv_text(&csv, run->head.sweep);
        cvl_csv_text(&csv, or_empty(run->head.version));
        cvl_csv_text(&csv, or_empty(run->head.host));
        cvl_csv_text(&csv, or_empty(run->head.command));
        cvl_csv_integer(&csv, run->rows);
        cvl_csv_integer(&csv, run->rows_not_ok);
        cvl_csv_integer(&csv, run->rows_failed);
        cvl_csv_integer(&csv, run->rows_in_doubt);
        cvl_csv_text(&csv, devices);
        cvl_csv_text(&csv, or_empty(run->head.merged_from));
        cvl_csv_end(&csv);
        free(devices);
    }
    return CVL_OK;
}

static json_t *device_json(const struct cvl_device_facts *device)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "key", cvl_json_text(device->id, sizeof device->id),
                     "platform", cvl_json_text(device->platform, sizeof device->platform), "name",
                     cvl_json_text(device->name, sizeof device->name), "driver",
                     cvl_json_text(device->driver, sizeof device->driver));
}

static json_t *run_json(const struct cvl_store_run *run)
{
    const struct cvl_results *head = &run->head;
    json_t *devices = json_array();
    for (size_t i = 0; devices && i < head->device_count; i++)
        if (json_array_append_new(devices, device_json(&head->devices[i])) != 0) {
            json_decref(devices);
            devices = NULL;
        }
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o}", "run",
                     (json_int_t)run->number, "started", cvl_json_note(head->started, 0), "sweep",
                     cvl_json_note(head->sweep, sizeof head->sweep), "version",
                     cvl_json_note(head->version, 0), "host", cvl_json_note(head->host, 0),
                     "command", cvl_json_note(head->command, 0), "rows", (json_int_t)run->rows,
                     "rows_not_ok", (json_int_t)run->rows_not_ok, "rows_failed",
                     (json_int_t)run->rows_failed, "rows_in_doubt", (json_int_t)run->rows_in_doubt,
                     "devices", devices, "merged_from", cvl_json_note(head->merged_from, 0));
}

static enum cvl_status write_json(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_store_runs *runs = subject;
    json_t *list = json_array();
    for (size_t i = 0; list && i < runs->count; i++)
        if (json_array_append_new(list, run_json(&runs->at[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    json_t *document = json_pack("{s:s, s:o}", "schema", "convlens-runs/1", "runs", list);
    return cvl_document_write(document, 2, stream, err);
}

static const struct cvl_format formats[] = {
    {"table", write_table},
    {"csv", write_csv},
    {"json", write_json},
};

const struct cvl_formats cvl_run_formats = CVL_FORMATS(formats);
