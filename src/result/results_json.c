/* Reads documents of results, and baselines. */
#include "result/results_json.h"

#include <stdlib.h>
#include <string.h>

#include <convlens/result.h>

#include "base/text.h"
#include "result/device_json.h"
#include "result/fields.h"
#include "result/row_json.h"

static enum cvl_status check_schema(const json_t *document, bool *is_baseline,
                                    struct cvl_error *err)
{
    const char *schema = json_string_value(json_object_get(document, "schema"));
    char safe[48];
    *is_baseline = schema && strcmp(schema, CVL_BASELINE_SCHEMA) == 0;
    if (*is_baseline || (schema && strcmp(schema, CVL_RESULTS_SCHEMA) == 0))
        return CVL_OK;
    cvl_copy_safe(safe, sizeof safe, schema ? schema : "none");
    return cvl_fail(err, CVL_BAD_INPUT,
                    "schema: got %s, expected " CVL_RESULTS_SCHEMA " or " CVL_BASELINE_SCHEMA,
                    safe);
}

static int set_missing(json_t *object, const char *key, const char *value)
{
    return json_object_get(object, key)
               ? 0
               : json_object_set_new(object, key, json_loads(value, JSON_DECODE_ANY, NULL));
}

/* A row of a baseline has no more than what is compared. */
static int complete(json_t *row)
{
    json_t *memory = json_object_get(row, "memory");
    int failed = set_missing(row, "layer_count", "1");
    failed |= set_missing(row, "tuning", "{}");
    failed |= set_missing(row, "time", "null");
    failed |= set_missing(row, "check", "null");
    failed |= set_missing(row, "roofline", "null");
    if (!json_is_object(memory))
        return failed;
    failed |= set_missing(memory, "computed", "null");
    failed |= set_missing(memory, "counted", "null");
    failed |= set_missing(memory, "measured", "null");
    return failed;
}

static enum cvl_status read_row(json_t *object, bool is_baseline, struct cvl_results *out,
                                struct cvl_error *err)
{
    struct cvl_row row;
    if (is_baseline && json_is_object(object) && complete(object) != 0)
        return cvl_fail(err, CVL_NO_MEMORY, "out of memory");
    enum cvl_status status = cvl_row_json_read(object, &row, err);
    if (status == CVL_OK)
        status = cvl_results_add(out, &row, err);
    cvl_row_clear(&row);
    return status;
}

/* The rows under "rows", or those of networks under "chains", which a document may lack. */
static enum cvl_status read_rows(const json_t *document, const char *key, bool is_baseline,
                                 struct cvl_results *out, struct cvl_error *err)
{
    const json_t *list = json_object_get(document, key);
    enum cvl_status status = CVL_OK;
    if (!json_is_array(list) && (list || strcmp(key, "rows") == 0))
        return cvl_fail(err, CVL_BAD_INPUT, "%s: expected an array", key);
    for (size_t i = 0; i < json_array_size(list) && status == CVL_OK; i++) {
        struct cvl_error reason = {0};
        status = read_row(json_array_get(list, i), is_baseline, out, &reason);
        if (status != CVL_OK)
            (void)cvl_fail(err, status, "%s[%zu]: %s", key, i, reason.text);
    }
    return status;
}

static enum cvl_status read_devices(const json_t *document, struct cvl_results *out,
                                    struct cvl_error *err)
{
    const json_t *list = json_object_get(document, "devices");
    const size_t count = json_array_size(list);
    enum cvl_status status = CVL_OK;
    if (list && !json_is_array(list))
        return cvl_fail(err, CVL_BAD_INPUT, "devices: expected an array");
    out->devices = calloc(count + 1, sizeof *out->devices); /* the size is never 0 */
    if (!out->devices)
        return cvl_fail(err, CVL_NO_MEMORY, "devices: out of memory");
    for (size_t i = 0; i < count && status == CVL_OK; i++)
        status = cvl_device_json_read(json_array_get(list, i), &out->devices[i], err);
    out->device_count = count;
    return status;
}

static enum cvl_status read_text(const json_t *run, const char *key, char **out,
                                 struct cvl_error *err)
{
    const json_t *value = json_object_get(run, key);
    if (value && !json_is_null(value) && !json_is_string(value))
        return cvl_fail(err, CVL_BAD_INPUT, "run: %s: expected a text or null", key);
    *out = cvl_duplicate(json_is_string(value) ? json_string_value(value) : "");
    return *out ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "run: out of memory");
}

static enum cvl_status read_head(const json_t *document, struct cvl_results *out,
                                 struct cvl_error *err)
{
    const json_t *run = json_object_get(document, "run");
    const char *sweep = json_string_value(json_object_get(run, "sweep"));
    if (!json_is_object(run))
        return cvl_fail(err, CVL_BAD_INPUT, "run: expected an object");
    if (sweep && strlen(sweep) >= sizeof out->sweep)
        return cvl_fail(err, CVL_BAD_INPUT, "run: sweep: expected fewer than %zu bytes",
                        sizeof out->sweep);
    cvl_copy(out->sweep, sizeof out->sweep, sweep ? sweep : "");
    enum cvl_status status = read_text(run, "started", &out->started, err);
    if (status == CVL_OK)
        status = read_text(run, "command", &out->command, err);
    return status == CVL_OK ? read_text(run, "host", &out->host, err) : status;
}

enum cvl_status cvl_results_from_json(const char *json, struct cvl_results *out,
                                      struct cvl_error *err)
{
    json_t *document = NULL;
    bool is_baseline = false;
    *out = (struct cvl_results){0};
    enum cvl_status status = cvl_json_load(json, "document", &document, err);
    if (status == CVL_OK)
        status = check_schema(document, &is_baseline, err);
    if (status == CVL_OK)
        status = read_head(document, out, err);
    if (status == CVL_OK)
        status = read_devices(document, out, err);
    if (status == CVL_OK)
        status = read_rows(document, "rows", is_baseline, out, err);
    if (status == CVL_OK)
        status = read_rows(document, "chains", is_baseline, out, err);
    json_decref(document);
    if (status != CVL_OK)
        cvl_results_clear(out);
    return status;
}
