/* Rows as JSON objects, both ways. */
#include "result/row_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "problem/problem_parts.h"
#include "result/row_fields.h"

static json_t *write_part(bool there, const struct cvl_fields *fields, const void *part)
{
    return there ? cvl_fields_write(fields, part) : json_null();
}

static json_t *write_problem(const struct cvl_problem *problem)
{
    struct cvl_problem safe = *problem;
    json_t *name = cvl_json_text(problem->name, sizeof problem->name); /* valid UTF-8 from here */
    if (!name)
        return NULL;
    cvl_copy(safe.name, sizeof safe.name, json_string_value(name));
    json_decref(name);
    char text[CVL_PROBLEM_TEXT_BYTES];
    cvl_problem_print(&safe, text, sizeof text);
    return cvl_json_text(text, sizeof text);
}

static json_t *write_tuning(const struct cvl_row *row)
{
    json_t *object = json_object();
    for (uint32_t i = 0; object && i < row->tuning_count; i++) {
        if (cvl_json_set(object, row->tuning[i].name, json_integer(row->tuning[i].value)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *write_memory(const struct cvl_row *row)
{
    json_t *memory = json_object();
    int failed = memory ? 0 : -1;
    failed |= cvl_json_set(memory, "computed",
                           write_part(row->has_computed, &cvl_row_computed_fields, &row->computed));
    failed |= cvl_json_set(memory, "counted",
                           write_part(row->has_counted, &cvl_row_counted_fields, &row->counted));
    failed |= cvl_json_set(memory, "measured",
                           write_part(row->has_measured, &cvl_row_measured_fields, &row->measured));
    /* Beside `measured`, so that it can say why that one is null. */
    failed |= cvl_json_set(memory, "measured_reason",
                           cvl_json_note(row->measured.reason, sizeof row->measured.reason));
    failed |=
        cvl_json_set(memory, "kernels", cvl_fields_write(&cvl_row_kernels_fields, &row->kernels));
    failed |= cvl_json_set(
        memory, "probes",
        cvl_fields_write_list(&cvl_row_measured_fields, row->probes, row->probe_count));
    if (failed) {
        json_decref(memory);
        return NULL;
    }
    return memory;
}

static json_t *write_samples(const struct cvl_row *row)
{
    json_t *list = json_array();
    for (size_t i = 0; i < row->sample_count; i++) {
        if (json_array_append_new(list, cvl_json_real(row->samples_s[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int write_lists(const struct cvl_row *row, enum cvl_row_extent extent, json_t *object)
{
    int failed = 0;
    if (cvl_key_is_network(&row->key))
        failed |= cvl_json_set(
            object, "layers",
            cvl_fields_write_list(&cvl_row_layer_fields, row->layers, row->layers_count));
    if (row->round_count > 0)
        failed |= cvl_json_set(
            object, "rounds",
            cvl_fields_write_list(&cvl_row_round_fields, row->rounds, row->round_count));
    if (extent >= CVL_ROW_DOCUMENT)
        failed |= cvl_json_set(
            object, "stages",
            cvl_fields_write_list(&cvl_row_stage_fields, row->stages, row->stage_count));
    if (extent >= CVL_ROW_EVERYTHING) {
        failed |= cvl_json_set(object, "samples_s", write_samples(row));
        failed |= cvl_json_set(object, "allocations",
                               cvl_fields_write_list(&cvl_row_allocation_fields, row->allocations,
                                                     row->allocation_count));
    }
    return failed;
}

int cvl_json_set_settings(json_t *object, const struct cvl_key *key)
{
    const bool trains = key->passes == CVL_TRAINING;
    int failed = cvl_json_set(object, "layout", json_string(cvl_layout_name(key->layout)));
    failed |= cvl_json_set(object, "dtype", json_string(cvl_dtype_name(key->dtype)));
    failed |= cvl_json_set(object, "passes", json_string(cvl_passes_name(key->passes)));
    failed |= cvl_json_set(object, "optimizer",
                           trains ? json_string(cvl_optimizer_name(key->optimizer)) : json_null());
    return failed;
}

static int write_key(const struct cvl_key *key, json_t *object)
{
    int failed = cvl_json_set(object, "device", cvl_json_text(key->device, sizeof key->device));
    if (cvl_key_is_network(key)) {
        failed |= cvl_json_set(object, "chain", cvl_json_text(key->network, sizeof key->network));
    } else {
        failed |= cvl_json_set(object, "layer", cvl_json_text(key->layer, sizeof key->layer));
        failed |= cvl_json_set(object, "problem", write_problem(&key->problem));
    }
    failed |= cvl_json_set(object, "form", json_string(cvl_form_name(key->problem.form)));
    failed |= cvl_json_set(object, "variant", cvl_json_text(key->variant, sizeof key->variant));
    return failed | cvl_json_set_settings(object, key);
}

json_t *cvl_row_json(const struct cvl_row *row, enum cvl_row_extent extent)
{
    json_t *object = json_object();
    int failed = write_key(&row->key, object);
    failed |= cvl_fields_add(&cvl_row_head_fields, row, object);
    failed |= cvl_json_set(object, "tuning", write_tuning(row));
    failed |=
        cvl_json_set(object, "time", write_part(row->has_time, &cvl_row_time_fields, &row->time));
    failed |= cvl_json_set(object, "memory", write_memory(row));
    failed |= cvl_json_set(object, "check",
                           write_part(row->has_check, &cvl_row_check_fields, &row->check));
    failed |= cvl_json_set(object, "roofline",
                           cvl_fields_write(&cvl_row_roofline_fields, &row->roofline));
    failed |= write_lists(row, extent, object);
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static enum cvl_status read_part(const json_t *object, const char *key,
                                 const struct cvl_fields *fields, void *part, bool *there,
                                 struct cvl_error *err)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return cvl_fail(err, CVL_BAD_INPUT, "row: %s is missing", key);
    *there = !json_is_null(value);
    return *there ? cvl_fields_read(fields, value, key, part, err) : CVL_OK;
}

static const char *get_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* A text of the key: there, and not too long. */
static enum cvl_status read_name(const json_t *object, const char *key, char *target, size_t size,
                                 struct cvl_error *err)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || strlen(text) >= size)
        return cvl_fail(err, CVL_BAD_INPUT, "row: %s: expected a text of fewer than %zu bytes", key,
                        size);
    cvl_copy(target, size, text);
    return CVL_OK;
}

static enum cvl_status read_layer(const json_t *object, struct cvl_key *key, struct cvl_error *err)
{
    const char *text = json_string_value(json_object_get(object, "problem"));
    const char *form = json_string_value(json_object_get(object, "form"));
    if (!text || !form)
        return cvl_fail(err, CVL_BAD_INPUT, "row: problem and form: expected a text");
    enum cvl_status status = cvl_problem_read_printed(text, &key->problem, err);
    if (status == CVL_OK && strcmp(form, cvl_form_name(key->problem.form)) != 0)
        return cvl_fail(err, CVL_BAD_INPUT, "row: form: expected the problem's, %s",
                        cvl_form_name(key->problem.form));
    return status == CVL_OK ? read_name(object, "layer", key->layer, sizeof key->layer, err)
                            : status;
}

static enum cvl_status read_network(const json_t *object, struct cvl_key *key,
                                    struct cvl_error *err)
{
    enum cvl_status status = read_name(object, "chain", key->network, sizeof key->network, err);
    if (status == CVL_OK && key->network[0] == '\0')
        status = cvl_fail(err, CVL_BAD_INPUT, "row: chain: expected the name of a network");
    return status == CVL_OK ? cvl_form_parse(get_text(object, "form"), &key->problem.form, err)
                            : status;
}

static enum cvl_status read_passes(const json_t *object, struct cvl_key *key, struct cvl_error *err)
{
    const json_t *optimizer = json_object_get(object, "optimizer");
    enum cvl_status status = cvl_passes_parse(get_text(object, "passes"), &key->passes, err);
    if (status != CVL_OK || (key->passes == CVL_FORWARD && json_is_null(optimizer)))
        return status;
    const char *name = json_string_value(optimizer);
    return cvl_optimizer_parse(name ? name : "", &key->optimizer, err);
}

static enum cvl_status read_key(const json_t *object, struct cvl_key *key, struct cvl_error *err)
{
    enum cvl_status status = read_name(object, "device", key->device, sizeof key->device, err);
    if (status == CVL_OK)
        status = json_object_get(object, "chain") ? read_network(object, key, err)
                                                  : read_layer(object, key, err);
    if (status == CVL_OK)
        status = read_name(object, "variant", key->variant, sizeof key->variant, err);
    if (status == CVL_OK)
        status = cvl_layout_parse(get_text(object, "layout"), &key->layout, err);
    if (status == CVL_OK)
        status = cvl_dtype_parse(get_text(object, "dtype"), &key->dtype, err);
    return status == CVL_OK ? read_passes(object, key, err) : status;
}

static enum cvl_status read_tuning(const json_t *object, struct cvl_row *row, struct cvl_error *err)
{
    json_t *tuning = json_object_get(object, "tuning");
    if (!json_is_object(tuning) || json_object_size(tuning) > CVL_PLAN_TUNINGS)
        return cvl_fail(err, CVL_BAD_INPUT, "row: tuning: expected an object of at most %d entries",
                        CVL_PLAN_TUNINGS);
    const char *key;
    json_t *value;
    json_object_foreach(tuning, key, value)
    {
        struct cvl_tuning *entry = &row->tuning[row->tuning_count++];
        json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < INT32_MIN || number > INT32_MAX ||
            strlen(key) >= sizeof entry->name)
            return cvl_fail(err, CVL_BAD_INPUT, "row: tuning: expected short names with integers");
        cvl_copy(entry->name, sizeof entry->name, key);
        entry->value = (int32_t)number;
    }
    return CVL_OK;
}

static enum cvl_status read_measured_reason(const json_t *memory, struct cvl_row_measured *measured,
                                            struct cvl_error *err)
{
    const json_t *reason = json_object_get(memory, "measured_reason");
    if (!reason || json_is_null(reason))
        return CVL_OK;
    if (!json_is_string(reason) || json_string_length(reason) >= sizeof measured->reason)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "memory: measured_reason: expected a text of fewer than %zu bytes",
                        sizeof measured->reason);
    cvl_copy(measured->reason, sizeof measured->reason, json_string_value(reason));
    return CVL_OK;
}

static enum cvl_status read_memory(const json_t *object, struct cvl_row *row, struct cvl_error *err)
{
    const json_t *memory = json_object_get(object, "memory");
    bool there;
    void *list = NULL;
    enum cvl_status status = read_part(memory, "computed", &cvl_row_computed_fields, &row->computed,
                                       &row->has_computed, err);
    if (status == CVL_OK)
        status = read_part(memory, "counted", &cvl_row_counted_fields, &row->counted,
                           &row->has_counted, err);
    if (status == CVL_OK)
        status = read_part(memory, "measured", &cvl_row_measured_fields, &row->measured,
                           &row->has_measured, err);
    if (status == CVL_OK)
        status = read_part(memory, "kernels", &cvl_row_kernels_fields, &row->kernels, &there, err);
    if (status == CVL_OK)
        status = cvl_fields_read_list(&cvl_row_measured_fields, json_object_get(memory, "probes"),
                                      "probes", &list, &row->probe_count, err);
    row->probes = list;
    return status == CVL_OK ? read_measured_reason(memory, &row->measured, err) : status;
}

static enum cvl_status read_samples(const json_t *list, struct cvl_row *row, struct cvl_error *err)
{
    size_t count = json_array_size(list);
    if (count == 0)
        return !list || json_is_array(list)
                   ? CVL_OK
                   : cvl_fail(err, CVL_BAD_INPUT, "samples_s: expected an array");
    row->samples_s = calloc(count, sizeof *row->samples_s);
    if (!row->samples_s)
        return cvl_fail(err, CVL_NO_MEMORY, "samples_s: out of memory");
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, i);
        if (!json_is_number(value) && !json_is_null(value))
            return cvl_fail(err, CVL_BAD_INPUT, "samples_s: expected numbers");
        row->samples_s[i] = json_is_null(value) ? (double)NAN : json_number_value(value);
    }
    row->sample_count = count;
    return CVL_OK;
}

static enum cvl_status read_lists(const json_t *object, struct cvl_row *row, struct cvl_error *err)
{
    void *list = NULL;
    enum cvl_status status =
        cvl_fields_read_list(&cvl_row_layer_fields, json_object_get(object, "layers"), "layers",
                             &list, &row->layers_count, err);
    row->layers = list;
    if (status != CVL_OK)
        return status;
    status = cvl_fields_read_list(&cvl_row_stage_fields, json_object_get(object, "stages"),
                                  "stages", &list, &row->stage_count, err);
    row->stages = list;
    if (status != CVL_OK)
        return status;
    status = cvl_fields_read_list(&cvl_row_round_fields, json_object_get(object, "rounds"),
                                  "rounds", &list, &row->round_count, err);
    row->rounds = list;
    if (status != CVL_OK)
        return status;
    status =
        cvl_fields_read_list(&cvl_row_allocation_fields, json_object_get(object, "allocations"),
                             "allocations", &list, &row->allocation_count, err);
    row->allocations = list;
    return status == CVL_OK ? read_samples(json_object_get(object, "samples_s"), row, err) : status;
}

static enum cvl_status read_row(const json_t *object, struct cvl_row *row, struct cvl_error *err)
{
    bool there;
    enum cvl_status status = read_key(object, &row->key, err);
    if (status == CVL_OK)
        status = cvl_fields_read(&cvl_row_head_fields, object, "row", row, err);
    if (status == CVL_OK)
        status = read_tuning(object, row, err);
    if (status == CVL_OK)
        status = read_part(object, "time", &cvl_row_time_fields, &row->time, &row->has_time, err);
    if (status == CVL_OK)
        status = read_memory(object, row, err);
    if (status == CVL_OK)
        status =
            read_part(object, "check", &cvl_row_check_fields, &row->check, &row->has_check, err);
    if (status == CVL_OK)
        status =
            read_part(object, "roofline", &cvl_row_roofline_fields, &row->roofline, &there, err);
    return status == CVL_OK ? read_lists(object, row, err) : status;
}

/* Adds a value, given as JSON, that a document of an earlier version lacks. */
static int set_missing(json_t *object, const char *key, const char *value)
{
    return json_object_get(object, key)
               ? 0
               : json_object_set_new(object, key, json_loads(value, JSON_DECODE_ANY, NULL));
}

/* Documents of earlier versions: all rows ran forward, then all with default tiles; rows of
 * networks had fewer parts, and no row had figures of its kernels. */
static int add_missing(json_t *object)
{
    json_t *memory = json_object_get(object, "memory");
    int failed = set_missing(object, "passes", "\"forward\"");
    failed |= set_missing(object, "optimizer", "null");
    failed |= set_missing(object, "tuning_source", "\"default\"");
    if (json_is_object(memory))
        failed |= set_missing(memory, "kernels", "null");
    if (!json_object_get(object, "chain"))
        return failed;
    failed |= set_missing(object, "layer_count", "1");
    failed |= set_missing(object, "tuning", "{}");
    failed |= set_missing(object, "roofline", "null");
    if (json_is_object(memory))
        failed |= set_missing(memory, "measured", "null");
    return failed;
}

enum cvl_status cvl_row_json_read(json_t *object, struct cvl_row *row, struct cvl_error *err)
{
    cvl_row_init(row);
    if (!json_is_object(object))
        return cvl_fail(err, CVL_BAD_INPUT, "row: expected an object");
    if (add_missing(object) != 0)
        return cvl_fail(err, CVL_NO_MEMORY, "row: out of memory");
    enum cvl_status status = read_row(object, row, err);
    if (status != CVL_OK)
        cvl_row_clear(row);
    return status;
}

char *cvl_row_to_json(const struct cvl_row *row, bool everything)
{
    return cvl_json_print(cvl_row_json(row, everything ? CVL_ROW_EVERYTHING : CVL_ROW_DOCUMENT));
}

enum cvl_status cvl_row_from_json(const char *json, struct cvl_row *row, struct cvl_error *err)
{
    cvl_row_init(row);
    json_t *object = NULL;
    enum cvl_status status = cvl_json_load(json, "row", &object, err);
    if (status == CVL_OK)
        status = cvl_row_json_read(object, row, err);
    json_decref(object);
    return status;
}
