#include "supervise/protocol.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "result/chain_json.h"
#include "result/device_json.h"
#include "result/row_json.h"

static char *dump(json_t *object)
{
    char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return line;
}

static json_t *load(const char *line, struct cvl_error *err)
{
    json_error_t reason;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &reason);
    if (!object)
        (void)cvl_fail(err, CVL_BAD_INPUT, "supervise: not a message: %s", reason.text);
    return object;
}

char *cvl_message_hello(const struct cvl_device_facts *device)
{
    return dump(json_pack("{s:o}", "hello", cvl_device_json(device)));
}

char *cvl_message_step(const char *step)
{
    return dump(json_pack("{s:s}", "step", step));
}

char *cvl_message_row(const struct cvl_row *row)
{
    return dump(json_pack("{s:o}", "row", cvl_row_json(row, CVL_ROW_EVERYTHING)));
}

char *cvl_message_peaks(const struct cvl_device_peaks *peaks)
{
    return dump(json_pack("{s:o}", "peaks", cvl_peaks_json(peaks)));
}

char *cvl_message_error(const struct cvl_error *error)
{
    char text[CVL_ERROR_TEXT_BYTES];
    cvl_copy_safe(text, sizeof text, error->text);
    return dump(json_pack("{s:s, s:i}", "error", text, "status", (int)error->status));
}

void cvl_message_clear(struct cvl_message *message)
{
    if (message->kind == CVL_MESSAGE_ROW)
        cvl_row_clear(&message->row);
    if (message->kind == CVL_MESSAGE_CHAIN)
        cvl_chain_row_clear(&message->chain);
    *message = (struct cvl_message){0};
}

static enum cvl_status read_error(const json_t *object, struct cvl_message *out,
                                  struct cvl_error *err)
{
    const char *text = json_string_value(json_object_get(object, "error"));
    json_int_t status = json_integer_value(json_object_get(object, "status"));
    if (!text || status <= CVL_OK || status > CVL_FAILED)
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: a message of no known kind");
    out->kind = CVL_MESSAGE_ERROR;
    (void)cvl_fail(&out->error, (enum cvl_status)status, "%s", text);
    return CVL_OK;
}

enum cvl_status cvl_message_read(const char *line, struct cvl_message *out, struct cvl_error *err)
{
    enum cvl_status status = CVL_BAD_INPUT;
    *out = (struct cvl_message){.kind = CVL_MESSAGE_STEP};
    json_t *object = load(line, err);
    if (!object)
        return CVL_BAD_INPUT;
    const json_t *hello = json_object_get(object, "hello");
    const json_t *row = json_object_get(object, "row");
    const json_t *peaks = json_object_get(object, "peaks");
    const json_t *chain = json_object_get(object, "chain");
    const char *step = json_string_value(json_object_get(object, "step"));
    if (hello) {
        out->kind = CVL_MESSAGE_HELLO;
        status = cvl_device_json_read(hello, &out->device, err);
    } else if (row) {
        status = cvl_row_json_read(row, &out->row, err);
        if (status == CVL_OK)
            out->kind = CVL_MESSAGE_ROW;
    } else if (chain) {
        status = cvl_chain_row_json_read(chain, &out->chain, err);
        if (status == CVL_OK)
            out->kind = CVL_MESSAGE_CHAIN;
    } else if (peaks) {
        out->kind = CVL_MESSAGE_PEAKS;
        status = cvl_peaks_json_read(peaks, &out->peaks, err);
    } else if (step) {
        cvl_copy(out->step, sizeof out->step, step);
        status = CVL_OK;
    } else {
        status = read_error(object, out, err);
    }
    json_decref(object);
    return status;
}

static json_t *write_tuning(const struct cvl_values *values)
{
    json_t *object = json_object();
    for (uint32_t i = 0; object && i < values->count; i++)
        if (json_object_set_new(object, values->at[i].name, json_integer(values->at[i].value)) !=
            0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static json_t *write_trial(const struct cvl_job *request)
{
    return request->is_trial ? json_pack("{s:f, s:f}", "budget_s", request->budget_s, "hopeless_s",
                                         request->hopeless_s)
                             : json_null();
}

char *cvl_job_write(const struct cvl_job *request)
{
    char problem[CVL_PROBLEM_TEXT_BYTES];
    const struct cvl_request *task = &request->task;
    if (request->is_measure)
        return dump(json_pack("{s:b}", "measure", 1));
    (void)cvl_problem_print(&task->problem, problem, sizeof problem);
    return dump(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "problem", problem, "layout",
                          cvl_layout_name(task->layout), "dtype", cvl_dtype_name(task->dtype),
                          "passes", cvl_passes_name(task->passes), "optimizer",
                          cvl_optimizer_name(task->optimizer), "variant",
                          cvl_variant_name(request->variant), "tuning",
                          write_tuning(&request->tuning), "trial", write_trial(request)));
}

static const char *get_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static enum cvl_status read_tuning(json_t *object, struct cvl_values *out, struct cvl_error *err)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: tuning: expected an object");
    json_object_foreach(object, name, value)
    {
        const json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < 0 || number > INT32_MAX ||
            !cvl_values_set(out, name, (int32_t)number))
            return cvl_fail(err, CVL_BAD_INPUT,
                            "supervise: tuning: expected a few short names with integers");
    }
    return CVL_OK;
}

static enum cvl_status read_trial(const json_t *object, struct cvl_job *out, struct cvl_error *err)
{
    const json_t *budget = json_object_get(object, "budget_s");
    const json_t *hopeless = json_object_get(object, "hopeless_s");
    out->is_trial = !json_is_null(object);
    out->budget_s = json_number_value(budget);
    out->hopeless_s = json_number_value(hopeless);
    if (out->is_trial && (!json_is_number(budget) || !json_is_number(hopeless) ||
                          !(out->budget_s > 0.0) || !(out->hopeless_s >= 0.0)))
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: trial: expected budget_s and hopeless_s");
    return CVL_OK;
}

static enum cvl_status read_case(const json_t *object, struct cvl_job *out, struct cvl_error *err)
{
    struct cvl_request *task = &out->task;
    const char *name = get_text(object, "variant");
    enum cvl_status status = cvl_problem_parse(get_text(object, "problem"), &task->problem, err);
    if (status == CVL_OK)
        status = cvl_layout_parse(get_text(object, "layout"), &task->layout, err);
    if (status == CVL_OK)
        status = cvl_dtype_parse(get_text(object, "dtype"), &task->dtype, err);
    if (status == CVL_OK)
        status = cvl_passes_parse(get_text(object, "passes"), &task->passes, err);
    if (status == CVL_OK)
        status = cvl_optimizer_parse(get_text(object, "optimizer"), &task->optimizer, err);
    out->variant = cvl_variant_find(name);
    if (status == CVL_OK && !out->variant)
        status = cvl_fail(err, CVL_BAD_INPUT, "supervise: no variant '%s'", name);
    if (status == CVL_OK)
        status = read_tuning(json_object_get(object, "tuning"), &out->tuning, err);
    if (status == CVL_OK)
        status = read_trial(json_object_get(object, "trial"), out, err);
    return status;
}

enum cvl_status cvl_job_read(const char *line, struct cvl_job *out, struct cvl_error *err)
{
    *out = (struct cvl_job){0};
    json_t *object = load(line, err);
    if (!object)
        return CVL_BAD_INPUT;
    out->is_chain = json_object_get(object, "chain") != NULL;
    out->is_measure = json_is_true(json_object_get(object, "measure"));
    enum cvl_status status =
        out->is_measure || out->is_chain ? CVL_OK : read_case(object, out, err);
    json_decref(object);
    return status;
}

char *cvl_device_list_write(const struct cvl_device_list *list)
{
    return dump(cvl_device_list_json(list));
}

enum cvl_status cvl_device_list_read(const char *line, struct cvl_device_list *out,
                                     struct cvl_error *err)
{
    *out = (struct cvl_device_list){0};
    json_t *object = load(line, err);
    if (!object)
        return CVL_BAD_INPUT;
    const json_t *platforms = json_object_get(object, "platforms");
    const json_t *devices = json_object_get(object, "devices");
    if (!json_is_array(platforms) || !json_is_array(devices)) {
        json_decref(object);
        return cvl_fail(err, CVL_BAD_INPUT, "supervise: not a list of devices");
    }
    enum cvl_status status = CVL_OK;
    out->platforms = calloc(json_array_size(platforms) + 1, sizeof *out->platforms);
    out->devices = calloc(json_array_size(devices) + 1, sizeof *out->devices);
    if (!out->platforms || !out->devices)
        status = cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for the devices");
    for (size_t i = 0; status == CVL_OK && i < json_array_size(platforms); i++)
        status = cvl_platform_json_read(json_array_get(platforms, i),
                                        &out->platforms[out->platform_count++], err);
    for (size_t i = 0; status == CVL_OK && i < json_array_size(devices); i++)
        status = cvl_device_json_read(json_array_get(devices, i),
                                      &out->devices[out->device_count++], err);
    json_decref(object);
    if (status != CVL_OK)
        cvl_device_list_clear(out);
    return status;
}
