#include "result/row_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "result/fields.h"

static const char *status_name(unsigned value)
{
    return cvl_row_status_name((enum cvl_row_status)value);
}

static const char *layout_name(unsigned value)
{
    return cvl_layout_name((enum cvl_layout)value);
}

static const char *dtype_name(unsigned value)
{
    return cvl_dtype_name((enum cvl_dtype)value);
}

static const char *clock_name(unsigned value)
{
    return cvl_clock_name((enum cvl_clock)value);
}

static const char *policy_name(unsigned value)
{
    return cvl_policy_name((enum cvl_policy)value);
}

#define ROW(kind, member) CVL_FIELD(kind, struct cvl_row, member)

static const struct cvl_field row_table[] = {
    ROW(TEXT, device),
    ROW(TEXT, layer),
    ROW(U32, layer_count),
    ROW(TEXT, variant),
    CVL_FIELD_ENUM(struct cvl_row, layout, layout_name, CVL_LAYOUT_COUNT),
    CVL_FIELD_ENUM(struct cvl_row, dtype, dtype_name, CVL_DTYPE_COUNT),
    CVL_FIELD_ENUM(struct cvl_row, status, status_name, CVL_ROW_STATUS_COUNT),
    ROW(NOTE, reason),
    ROW(OWNED, repro),
    ROW(OWNED, build_options),
};

#define TIME(kind, member) CVL_FIELD(kind, struct cvl_row_time, member)

static const struct cvl_field time_table[] = {
    CVL_FIELD_ENUM(struct cvl_row_time, clock, clock_name, CVL_CLOCK_COUNT),
    TIME(REAL, median_s),
    TIME(REAL, min_s),
    TIME(REAL, p05_s),
    TIME(REAL, p95_s),
    TIME(REAL, mad_s),
    TIME(U32, samples),
    TIME(REAL, host_median_s),
    TIME(U32, warmup),
    TIME(NOTE, doubt),
};

#define COMPUTED(key, kind, member) CVL_FIELD_NAMED(key, kind, struct cvl_plan_bytes, member)
#define COMPUTED_LATER(text, member)                                                               \
    {                                                                                              \
        CVL_FIELD_AS(text, struct cvl_plan_bytes, member, CVL_FIELD_U64), .later = true            \
    }

static const struct cvl_field computed_table[] = {
    COMPUTED("input_bytes", U64, role[CVL_INPUT]),
    COMPUTED("weights_bytes", U64, role[CVL_WEIGHTS]),
    COMPUTED("intermediate_bytes", U64, role[CVL_INTERMEDIATE]),
    COMPUTED("workspace_bytes", U64, role[CVL_WORKSPACE]),
    COMPUTED("output_bytes", U64, role[CVL_OUTPUT]),
    COMPUTED_LATER("saved_bytes", role[CVL_SAVED]),
    COMPUTED_LATER("gradients_bytes", role[CVL_GRADIENTS]),
    COMPUTED_LATER("optimizer_bytes", role[CVL_STATE]),
    COMPUTED("total_bytes", U64, total),
    COMPUTED("load_peak_bytes", U64, load_peak),
    COMPUTED("peak_bytes", POLICIES, peak),
    COMPUTED("peak_without_weights_bytes", POLICIES, peak_without_weights),
};

#define COUNTED(kind, member) CVL_FIELD(kind, struct cvl_row_counted, member)

static const struct cvl_field counted_table[] = {
    COUNTED(POLICIES, peak_bytes), COUNTED(POLICIES, own_peak_bytes), COUNTED(U64, library_bytes),
    COUNTED(U64, allocations),     COUNTED(U64, leaked_bytes),
};

#define MEASURED(kind, member) CVL_FIELD(kind, struct cvl_row_measured, member)

static const struct cvl_field measured_table[] = {
    MEASURED(TEXT, source),
    MEASURED(TEXT, scope),
    MEASURED(U64, resolution_bytes),
    MEASURED(POLICIES, peak_bytes),
    CVL_FIELD_LATER(U64, struct cvl_row_measured, kept_bytes),
    CVL_FIELD_LATER(U64, struct cvl_row_measured, others_bytes),
    CVL_FIELD_LATER(NOTE, struct cvl_row_measured, note),
    CVL_FIELD_LATER(POLICIES, struct cvl_row_measured, begin_bytes),
};

static const struct cvl_field probe_table[] = {
    MEASURED(TEXT, source),         MEASURED(TEXT, scope),
    MEASURED(NOTE, reason),         MEASURED(U64, resolution_bytes),
    MEASURED(POLICIES, peak_bytes), MEASURED(U64, kept_bytes),
    MEASURED(U64, others_bytes),    MEASURED(BOOL, is_part),
    MEASURED(NOTE, note),           CVL_FIELD_LATER(POLICIES, struct cvl_row_measured, begin_bytes),
};

/* Beside `measured`, so that it can say why that one is null. */
static const struct cvl_field measured_reason_table[] = {
    CVL_FIELD_NAMED("measured_reason", NOTE, struct cvl_row_measured, reason),
};

#define KERNELS(member) CVL_FIELD(U64, struct cvl_row_kernels, member)

static const struct cvl_field kernels_table[] = {
    KERNELS(program_bytes),
    KERNELS(private_bytes),
    KERNELS(local_bytes),
};

#define CHECK(kind, member) CVL_FIELD(kind, struct cvl_row_check, member)

static const struct cvl_field check_table[] = {
    CHECK(REAL, max_abs_err),
    CHECK(REAL, max_rel_err),
    CHECK(REAL, tolerance),
    CHECK(BOOL, passed),
};

#define ROOFLINE(kind, member) CVL_FIELD(kind, struct cvl_row_roofline, member)

static const struct cvl_field roofline_table[] = {
    ROOFLINE(U64, flops),
    ROOFLINE(U64, bytes_min),
    ROOFLINE(REAL, gflops),
    ROOFLINE(REAL, gbps),
    ROOFLINE(NOTE, bound),
    ROOFLINE(REAL, fraction_of_peak),
    CVL_FIELD_LATER(REAL, struct cvl_row_roofline, launch_fraction),
};

#define STAGE(kind, member) CVL_FIELD(kind, struct cvl_row_stage, member)

static const struct cvl_field stage_table[] = {
    STAGE(TEXT, name),
    STAGE(TEXT, kind),
    STAGE(REAL, time_s),
    STAGE(U64, flops),
    STAGE(U64, bytes_moved),
    STAGE(U64, live_bytes),
    STAGE(U64, peak_bytes),
    CVL_FIELD_LATER(NOTE, struct cvl_row_stage, note),
    CVL_FIELD_LATER(U64, struct cvl_row_stage, computed_bytes),
    CVL_FIELD_LATER(U64, struct cvl_row_stage, measured_bytes),
    CVL_FIELD_LATER(U64, struct cvl_row_stage, resident_bytes),
    CVL_FIELD_LATER(U64, struct cvl_row_stage, program_bytes),
    CVL_FIELD_LATER(U64, struct cvl_row_stage, private_bytes),
    CVL_FIELD_LATER(U64, struct cvl_row_stage, local_bytes),
};

#define ALLOCATION(kind, member) CVL_FIELD(kind, struct cvl_row_allocation, member)

static const struct cvl_field allocation_table[] = {
    CVL_FIELD_ENUM(struct cvl_row_allocation, policy, policy_name, CVL_POLICY_COUNT),
    ALLOCATION(U32, stage),
    ALLOCATION(TEXT, event),
    ALLOCATION(TEXT, owner),
    ALLOCATION(NOTE, name),
    ALLOCATION(U64, bytes),
    ALLOCATION(U64, live_bytes),
    ALLOCATION(REAL, time_s),
};

static const struct cvl_fields row_fields = CVL_FIELDS(row_table, struct cvl_row);
static const struct cvl_fields time_fields = CVL_FIELDS(time_table, struct cvl_row_time);
static const struct cvl_fields computed_fields = CVL_FIELDS(computed_table, struct cvl_plan_bytes);
static const struct cvl_fields counted_fields = CVL_FIELDS(counted_table, struct cvl_row_counted);
static const struct cvl_fields measured_fields =
    CVL_FIELDS(measured_table, struct cvl_row_measured);
static const struct cvl_fields measured_reason_fields =
    CVL_FIELDS(measured_reason_table, struct cvl_row_measured);
static const struct cvl_fields probe_fields = CVL_FIELDS(probe_table, struct cvl_row_measured);
static const struct cvl_fields kernels_fields = CVL_FIELDS(kernels_table, struct cvl_row_kernels);
static const struct cvl_fields check_fields = CVL_FIELDS(check_table, struct cvl_row_check);
static const struct cvl_fields roofline_fields =
    CVL_FIELDS(roofline_table, struct cvl_row_roofline);
static const struct cvl_fields stage_fields = CVL_FIELDS(stage_table, struct cvl_row_stage);
static const struct cvl_fields allocation_fields =
    CVL_FIELDS(allocation_table, struct cvl_row_allocation);

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
                           write_part(row->has_computed, &computed_fields, &row->computed));
    failed |= cvl_json_set(memory, "counted",
                           write_part(row->has_counted, &counted_fields, &row->counted));
    failed |= cvl_json_set(memory, "measured",
                           write_part(row->has_measured, &measured_fields, &row->measured));
    failed |= cvl_fields_add(&measured_reason_fields, &row->measured, memory);
    failed |= cvl_json_set(memory, "kernels", cvl_fields_write(&kernels_fields, &row->kernels));
    failed |= cvl_json_set(memory, "probes",
                           cvl_fields_write_list(&probe_fields, row->probes, row->probe_count));
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
    if (extent >= CVL_ROW_DOCUMENT)
        failed |= cvl_json_set(object, "stages",
                               cvl_fields_write_list(&stage_fields, row->stages, row->stage_count));
    if (extent >= CVL_ROW_EVERYTHING) {
        failed |= cvl_json_set(object, "samples_s", write_samples(row));
        failed |= cvl_json_set(
            object, "allocations",
            cvl_fields_write_list(&allocation_fields, row->allocations, row->allocation_count));
    }
    return failed;
}

json_t *cvl_row_json(const struct cvl_row *row, enum cvl_row_extent extent)
{
    json_t *object = json_object();
    int failed = cvl_fields_add(&row_fields, row, object);
    failed |= cvl_json_set(object, "problem", write_problem(&row->problem));
    failed |= cvl_json_set(object, "form", json_string(cvl_form_name(row->problem.form)));
    failed |= cvl_json_set(object, "passes", json_string(cvl_passes_name(row->passes)));
    failed |=
        cvl_json_set(object, "optimizer",
                     row->passes == CVL_TRAINING ? json_string(cvl_optimizer_name(row->optimizer))
                                                 : json_null());
    failed |= cvl_json_set(object, "tuning", write_tuning(row));
    failed |= cvl_json_set(object, "tuning_source",
                           json_string(cvl_tuning_source_name(row->tuning_source)));
    failed |= cvl_json_set(object, "time", write_part(row->has_time, &time_fields, &row->time));
    failed |= cvl_json_set(object, "memory", write_memory(row));
    failed |= cvl_json_set(object, "check", write_part(row->has_check, &check_fields, &row->check));
    failed |= cvl_json_set(object, "roofline", cvl_fields_write(&roofline_fields, &row->roofline));
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

static enum cvl_status read_problem(const json_t *object, struct cvl_row *row,
                                    struct cvl_error *err)
{
    const char *text = json_string_value(json_object_get(object, "problem"));
    const char *form = json_string_value(json_object_get(object, "form"));
    if (!text || !form)
        return cvl_fail(err, CVL_BAD_INPUT, "row: problem and form: expected a text");
    enum cvl_status status = cvl_problem_parse(text, &row->problem, err);
    if (status == CVL_OK && strcmp(form, cvl_form_name(row->problem.form)) != 0)
        return cvl_fail(err, CVL_BAD_INPUT, "row: form: expected the problem's, %s",
                        cvl_form_name(row->problem.form));
    return status;
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

/* Rows recorded before there was a search have none: they ran with the defaults. */
static enum cvl_status read_tuning_source(const json_t *object, struct cvl_row *row,
                                          struct cvl_error *err)
{
    const json_t *value = json_object_get(object, "tuning_source");
    const char *name = json_string_value(value);
    if (!value)
        return CVL_OK;
    for (unsigned source = 0; name && source < CVL_TUNING_SOURCE_COUNT; source++)
        if (strcmp(name, cvl_tuning_source_name((enum cvl_tuning_source)source)) == 0) {
            row->tuning_source = (enum cvl_tuning_source)source;
            return CVL_OK;
        }
    return cvl_fail(err, CVL_BAD_INPUT, "row: tuning_source: expected default, database or given");
}

/* Rows recorded before there was training have neither: they ran forward. */
static enum cvl_status read_passes(const json_t *object, struct cvl_row *row, struct cvl_error *err)
{
    const json_t *passes = json_object_get(object, "passes");
    const json_t *optimizer = json_object_get(object, "optimizer");
    if (!passes)
        return CVL_OK;
    const char *name = json_string_value(passes);
    enum cvl_status status = cvl_passes_parse(name ? name : "", &row->passes, err);
    if (status != CVL_OK || (row->passes == CVL_FORWARD && json_is_null(optimizer)))
        return status;
    name = json_string_value(optimizer);
    return row->passes == CVL_FORWARD
               ? cvl_fail(err, CVL_BAD_INPUT, "row: optimizer: expected null of a forward row")
               : cvl_optimizer_parse(name ? name : "", &row->optimizer, err);
}

static enum cvl_status read_memory(const json_t *object, struct cvl_row *row, struct cvl_error *err)
{
    const json_t *memory = json_object_get(object, "memory");
    enum cvl_status status =
        read_part(memory, "computed", &computed_fields, &row->computed, &row->has_computed, err);
    if (status == CVL_OK)
        status =
            read_part(memory, "counted", &counted_fields, &row->counted, &row->has_counted, err);
    if (status == CVL_OK)
        status = read_part(memory, "measured", &measured_fields, &row->measured, &row->has_measured,
                           err);
    if (status == CVL_OK)
        status = cvl_fields_read(&measured_reason_fields, memory, "memory", &row->measured, err);
    const json_t *kernels = json_object_get(memory, "kernels"); /* later than the others */
    if (status == CVL_OK && kernels)
        status = cvl_fields_read(&kernels_fields, kernels, "kernels", &row->kernels, err);
    void *list = NULL;
    if (status == CVL_OK)
        status = cvl_fields_read_list(&probe_fields, json_object_get(memory, "probes"), "probes",
                                      &list, &row->probe_count, err);
    row->probes = list;
    return status;
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
    enum cvl_status status = cvl_fields_read_list(&stage_fields, json_object_get(object, "stages"),
                                                  "stages", &list, &row->stage_count, err);
    row->stages = list;
    if (status != CVL_OK)
        return status;
    status = cvl_fields_read_list(&allocation_fields, json_object_get(object, "allocations"),
                                  "allocations", &list, &row->allocation_count, err);
    row->allocations = list;
    if (status != CVL_OK)
        return status;
    return read_samples(json_object_get(object, "samples_s"), row, err);
}

static enum cvl_status read_row(const json_t *object, struct cvl_row *row, struct cvl_error *err)
{
    bool there;
    enum cvl_status status = cvl_fields_read(&row_fields, object, "row", row, err);
    if (status == CVL_OK)
        status = read_problem(object, row, err);
    if (status == CVL_OK)
        status = read_passes(object, row, err);
    if (status == CVL_OK)
        status = read_tuning(object, row, err);
    if (status == CVL_OK)
        status = read_tuning_source(object, row, err);
    if (status == CVL_OK)
        status = read_part(object, "time", &time_fields, &row->time, &row->has_time, err);
    if (status == CVL_OK)
        status = read_memory(object, row, err);
    if (status == CVL_OK)
        status = read_part(object, "check", &check_fields, &row->check, &row->has_check, err);
    if (status == CVL_OK)
        status = read_part(object, "roofline", &roofline_fields, &row->roofline, &there, err);
    if (status == CVL_OK)
        status = read_lists(object, row, err);
    return status;
}

enum cvl_status cvl_row_json_read(const json_t *object, struct cvl_row *row, struct cvl_error *err)
{
    cvl_row_init(row);
    enum cvl_status status = read_row(object, row, err);
    if (status != CVL_OK)
        cvl_row_clear(row);
    return status;
}

char *cvl_row_to_json(const struct cvl_row *row, bool everything)
{
    json_t *object = cvl_row_json(row, everything ? CVL_ROW_EVERYTHING : CVL_ROW_DOCUMENT);
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

enum cvl_status cvl_row_from_json(const char *json, struct cvl_row *row, struct cvl_error *err)
{
    cvl_row_init(row);
    json_error_t error;
    json_t *object = json_loads(json, JSON_REJECT_DUPLICATES, &error);
    if (!object)
        return cvl_fail(err, CVL_BAD_INPUT, "row: not JSON: %s", error.text);
    enum cvl_status status = cvl_row_json_read(object, row, err);
    json_decref(object);
    return status;
}
