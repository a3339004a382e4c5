/* What a later run is compared with: keys, status, bytes and times, one line for each row. What
 * changes from one day to the next is left out: nothing of a plan's baseline changes by itself. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/writer.h"
#include "result/fields.h"
#include "result/results_json.h"
#include "result/row_json.h"

/* Digits of a time. */
enum { DIGITS = 6 };

static int append_bytes(const char *bytes, size_t count, void *text)
{
    cvl_text_append_bytes(text, bytes, count);
    return 0; /* the text remembers a failure */
}

/* Takes the object over. */
static enum cvl_status put(const struct cvl_report *report, json_t *object, struct cvl_error *err)
{
    struct cvl_text text = {0};
    const int failed =
        json_dump_callback(object, append_bytes, &text, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
    json_decref(object);
    text.failed = text.failed || failed != 0;
    char *line = cvl_text_take(&text);
    if (!line)
        return cvl_fail(err, CVL_NO_MEMORY, "report/baseline: out of memory");
    (void)fputs(line, report->stream);
    free(line);
    return CVL_OK;
}

/* Leaves members of an object out, but those of a list that NULL ends. */
static void keep(json_t *object, const char *const *wanted)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(object, next, key, value)
    {
        size_t i = 0;
        while (wanted[i] && strcmp(wanted[i], key) != 0)
            i++;
        if (!wanted[i])
            (void)json_object_del(object, key);
    }
}

static json_t *row_json(const struct cvl_row *row)
{
    static const char *const members[] = {"device",      "chain",  "layer", "problem", "form",
                                          "variant",     "layout", "dtype", "passes",  "optimizer",
                                          "status",      "reason", "time",  "memory",  "samples_s",
                                          "planned_for", NULL};
    static const char *const parts[] = {"computed", "counted", NULL};
    static const char *const figures[] = {"peak_bytes", "load_peak_bytes", NULL};
    json_t *object = cvl_row_json(row, CVL_ROW_EVERYTHING);
    json_t *memory = json_object_get(object, "memory");
    keep(object, members);
    keep(memory, parts);
    keep(json_object_get(memory, "computed"), figures);
    keep(json_object_get(memory, "counted"), figures);
    if (row->planned_for[0] == '\0')
        (void)json_object_del(object, "planned_for");
    if (row->sample_count == 0)
        (void)json_object_del(object, "samples_s");
    return object;
}

static enum cvl_status baseline_begin(const struct cvl_report *report, struct cvl_error *err)
{
    const struct cvl_results *results = report->results;
    (void)fputs("{\"schema\":\"" CVL_BASELINE_SCHEMA "\",\n\"run\":", report->stream);
    enum cvl_status status =
        put(report,
            json_pack("{s:o}", "sweep", cvl_json_note(results->sweep, sizeof results->sweep)), err);
    (void)fputs(",\n\"rows\":[", report->stream);
    return status;
}

/* Refused rows have nothing to compare. */
static enum cvl_status baseline_end(const struct cvl_report *report, struct cvl_error *err)
{
    const char *separator = "\n";
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; status == CVL_OK && i < report->results->row_count; i++) {
        const struct cvl_row *row = &report->results->rows[i];
        if (row->status == CVL_ROW_UNSUPPORTED || row->status == CVL_ROW_SKIPPED)
            continue;
        (void)fputs(separator, report->stream);
        status = put(report, row_json(row), err);
        separator = ",\n";
    }
    (void)fputs("]}\n", report->stream);
    return status;
}

const struct cvl_writer cvl_writer_baseline = {
    .name = "baseline",
    .summary = "what compare and --baseline compare with: bytes, status, samples; one line a row",
    .begin = baseline_begin,
    .end = baseline_end,
};
