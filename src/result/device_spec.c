/* Reads devices by description. */
#include "result/device_spec.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <convlens/result.h>

#include "base/file.h"
#include "base/nearest.h"
#include "result/device_json.h"
#include "result/fields.h"

/* What a description may leave out, and what stands for it, as JSON. */
static const struct {
    const char *key, *value;
} defaults[] = {
    {"key", "\"described\""},     {"platform", "\"none\""},       {"vendor", "\"none\""},
    {"driver", "\"none\""},       {"version", "\"OpenCL 1.2\""},  {"loop_limit", "0"},
    {"timer_resolution_ns", "1"}, {"event_clock", "\"unknown\""},
};

static int add_defaults(json_t *object)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (!json_object_get(object, defaults[i].key))
            failed |= cvl_json_set(object, defaults[i].key,
                                   json_loads(defaults[i].value, JSON_DECODE_ANY, NULL));
    return failed;
}

/* The device of a document that has a list of them. */
static enum cvl_status find_device(json_t *document, json_t **out, struct cvl_error *err)
{
    json_t *list = json_object_get(document, "devices");
    *out = document;
    if (!json_is_object(document))
        return cvl_fail(err, CVL_BAD_INPUT, "expected an object, a device as reports have it");
    if (!list)
        return CVL_OK;
    if (!json_is_array(list) || json_array_size(list) != 1)
        return cvl_fail(err, CVL_BAD_INPUT, "devices: got %zu devices, expected one",
                        json_array_size(list));
    *out = json_array_get(list, 0);
    return json_is_object(*out) ? CVL_OK
                                : cvl_fail(err, CVL_BAD_INPUT, "devices: expected an object");
}

static enum cvl_status read_document(json_t *document, struct cvl_device_facts *out,
                                     struct cvl_error *err)
{
    json_t *object = NULL;
    enum cvl_status status = find_device(document, &object, err);
    if (status == CVL_OK)
        status = cvl_device_json_known(object, err);
    if (status == CVL_OK && add_defaults(object) != 0)
        status = cvl_fail(err, CVL_NO_MEMORY, "out of memory");
    return status == CVL_OK ? cvl_device_json_read(object, out, err) : status;
}

enum cvl_status cvl_device_spec_parse(const char *json, const char *what,
                                      struct cvl_device_facts *out, struct cvl_error *err)
{
    json_t *document = NULL;
    struct cvl_error reason = {0};
    enum cvl_status status = cvl_json_load(json, what, &document, err);
    if (status != CVL_OK)
        return status;
    status = read_document(document, out, &reason);
    json_decref(document);
    return status == CVL_OK ? cvl_device_spec_check(out, what, err)
                            : cvl_fail(err, status, "%s: %s", what, reason.text);
}

enum cvl_status cvl_device_spec_check(const struct cvl_device_facts *facts, const char *what,
                                      struct cvl_error *err)
{
    const struct {
        const char *key;
        uint64_t value, min, max;
    } limits[] = {
        {"compute_units", facts->compute_units, 1, UINT32_MAX},
        {"memory_bytes", facts->memory_bytes, 1, INT64_MAX},
        {"max_allocation_bytes", facts->max_allocation_bytes, 1, INT64_MAX},
        {"local_bytes", facts->local_bytes, 0, INT64_MAX},
        {"max_work_group", facts->max_work_group, 1, INT32_MAX},
        {"max_work_item[0]", facts->max_work_item[0], 1, INT64_MAX},
        {"max_work_item[1]", facts->max_work_item[1], 1, INT64_MAX},
        {"max_work_item[2]", facts->max_work_item[2], 1, INT64_MAX},
        {"base_align_bytes", facts->base_align_bytes, 1, 1 << 20},
        {"float_vector_width", facts->float_vector_width, 1, 1024},
        {"loop_limit", facts->loop_limit, 0, INT64_MAX},
        {"timer_resolution_ns", facts->timer_resolution_ns, 0, INT64_MAX},
        {"subgroup_size", facts->subgroup_size, 0, 1024},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (limits[i].value >= limits[i].min && limits[i].value <= limits[i].max)
            continue;
        if (limits[i].value == CVL_ABSENT)
            return cvl_fail(err, CVL_BAD_INPUT, "%s: device: %s is missing", what, limits[i].key);
        return cvl_fail(err, CVL_BAD_INPUT,
                        "%s: device: %s: got %" PRIu64 ", expected an integer from %" PRIu64
                        " to %" PRIu64,
                        what, limits[i].key, limits[i].value, limits[i].min, limits[i].max);
    }
    const uint32_t align = facts->base_align_bytes;
    if ((align & (align - 1)) != 0)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "%s: device: base_align_bytes: got %" PRIu32 ", expected a power of two",
                        what, align);
    return CVL_OK;
}

static enum cvl_status refuse_name(const char *text, struct cvl_error *err)
{
    struct cvl_nearest nearest = {.word = text};
    struct cvl_device_preset preset;
    struct cvl_text names = {0};
    char safe[64];
    cvl_copy_safe(safe, sizeof safe, text);
    for (size_t i = 0; cvl_device_preset_at(i, &preset); i++) {
        cvl_text_append(&names, ", %s", preset.name);
        cvl_nearest_offer(&nearest, preset.name);
    }
    cvl_nearest_append(&nearest, &names);
    enum cvl_status status =
        cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected FILE.json or one of%s", safe,
                 names.data ? names.data + 1 : "");
    cvl_text_clear(&names);
    return status;
}

static enum cvl_status read_file(const char *path, struct cvl_device_facts *out,
                                 struct cvl_error *err)
{
    struct cvl_text text = {0};
    char safe[256];
    const int code = cvl_file_read(path, &text);
    enum cvl_status status = CVL_OK;
    cvl_copy_safe(safe, sizeof safe, path);
    if (code == ENOENT)
        status = cvl_fail(err, CVL_BAD_INPUT, "%s: no such file; expected a device as JSON", safe);
    else if (code != 0)
        status =
            cvl_fail(err, code == ENOMEM ? CVL_NO_MEMORY : CVL_IO, "%s: %s", safe, strerror(code));
    else if (text.length == 0 || strlen(text.data) != text.length)
        status = cvl_fail(err, CVL_BAD_INPUT, "%s: expected a device as JSON", safe);
    else
        status = cvl_device_spec_parse(text.data, safe, out, err);
    cvl_text_clear(&text);
    return status;
}

enum cvl_status cvl_device_spec_read(const char *text, struct cvl_device_facts *out,
                                     struct cvl_error *err)
{
    struct cvl_device_preset preset;
    const size_t length = strlen(text);
    for (size_t i = 0; cvl_device_preset_at(i, &preset); i++) {
        if (strcmp(preset.name, text) != 0)
            continue;
        *out = preset.facts;
        return CVL_OK;
    }
    const bool is_file = strchr(text, '/') || access(text, F_OK) == 0 ||
                         (length > 5 && strcmp(text + length - 5, ".json") == 0);
    return is_file ? read_file(text, out, err) : refuse_name(text, err);
}
