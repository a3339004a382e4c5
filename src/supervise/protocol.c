#include "supervise/protocol.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
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
    const char *step = json_string_value(json_object_get(object, "step"));
    if (hello) {
        out->kind = CVL_MESSAGE_HELLO;
        status = cvl_device_json_read(hello, &out->device, err);
    } else if (row) {
        status = cvl_row_json_read(row, &out->row, err);
        if (status == CVL_OK)
            out->kind = CVL_MESSAGE_ROW;
    } else if (step) {
        cvl_copy(out->step, sizeof out->step, step);
        status = CVL_OK;
    } else {
        status = read_error(object, out, err);
    }
    json_decref(object);
    return status;
}

char *cvl_request_write(const struct cvl_case *request, const struct cvl_variant *variant)
{
    char problem[CVL_PROBLEM_TEXT_BYTES];
    (void)cvl_problem_print(&request->problem, problem, sizeof problem);
    return dump(json_pack("{s:s, s:s, s:s, s:s}", "problem", problem, "layout",
                          cvl_layout_name(request->layout), "dtype", cvl_dtype_name(request->dtype),
                          "variant", cvl_variant_name(variant)));
}

static const char *get_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

enum cvl_status cvl_request_read(const char *line, struct cvl_case *request,
                                 const struct cvl_variant **variant, struct cvl_error *err)
{
    *request = (struct cvl_case){0};
    json_t *object = load(line, err);
    if (!object)
        return CVL_BAD_INPUT;
    const char *name = get_text(object, "variant");
    enum cvl_status status = cvl_problem_parse(get_text(object, "problem"), &request->problem, err);
    if (status == CVL_OK)
        status = cvl_layout_parse(get_text(object, "layout"), &request->layout, err);
    if (status == CVL_OK)
        status = cvl_dtype_parse(get_text(object, "dtype"), &request->dtype, err);
    *variant = cvl_variant_find(name);
    if (status == CVL_OK && !*variant)
        status = cvl_fail(err, CVL_BAD_INPUT, "supervise: no variant '%s'", name);
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
