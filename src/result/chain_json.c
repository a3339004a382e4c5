#include "result/chain_json.h"

#include "result/fields.h"

static const char *status_name(unsigned value)
{
    return cvl_row_status_name((enum cvl_row_status)value);
}

static const char *form_name(unsigned value)
{
    return cvl_form_name((enum cvl_form)value);
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

#define CHAIN(kind, member) CVL_FIELD(kind, struct cvl_chain_row, member)

static const struct cvl_field chain_table[] = {
    CHAIN(TEXT, device),
    CHAIN(TEXT, chain),
    CVL_FIELD_ENUM(struct cvl_chain_row, form, form_name, CVL_FORM_COUNT),
    CHAIN(TEXT, variant),
    CVL_FIELD_ENUM(struct cvl_chain_row, layout, layout_name, CVL_LAYOUT_COUNT),
    CVL_FIELD_ENUM(struct cvl_chain_row, dtype, dtype_name, CVL_DTYPE_COUNT),
    CVL_FIELD_ENUM(struct cvl_chain_row, status, status_name, CVL_ROW_STATUS_COUNT),
    CHAIN(NOTE, reason),
    CHAIN(OWNED, repro),
};

#define COMPUTED(key, kind, member) CVL_FIELD_NAMED(key, kind, struct cvl_chain_row, member)

static const struct cvl_field computed_table[] = {
    COMPUTED("input_bytes", U64, computed.plan.role[CVL_INPUT]),
    COMPUTED("weights_bytes", U64, computed.plan.role[CVL_WEIGHTS]),
    COMPUTED("workspace_bytes", U64, computed.plan.role[CVL_WORKSPACE]),
    COMPUTED("outputs_bytes", U64, computed.outputs),
    COMPUTED("output_bytes", U64, computed.plan.role[CVL_OUTPUT]),
    COMPUTED("intermediate_bytes", U64, computed.plan.role[CVL_INTERMEDIATE]),
    COMPUTED("total_bytes", U64, computed.plan.total),
    COMPUTED("load_peak_bytes", U64, computed.plan.load_peak),
    COMPUTED("peak_bytes", POLICIES, computed.plan.peak),
    COMPUTED("peak_without_weights_bytes", POLICIES, computed.plan.peak_without_weights),
    COMPUTED("arena_lower_bound_bytes", U64, computed.arena_lower_bound),
    COMPUTED("arena_without_input_bytes", U64, computed.arena_without_input),
    COMPUTED("arena_without_input_lower_bound_bytes", U64,
             computed.arena_without_input_lower_bound),
    COMPUTED("peak_layer", TEXT, peak_layer),
    COMPUTED("pinned_peak_layer", TEXT, pinned_peak_layer),
};

static const struct cvl_field counted_table[] = {
    COMPUTED("peak_bytes", POLICIES, counted.peak_bytes),
    COMPUTED("own_peak_bytes", POLICIES, counted.own_peak_bytes),
    COMPUTED("library_bytes", U64, counted.library_bytes),
    COMPUTED("allocations", U64, counted.allocations),
    COMPUTED("leaked_bytes", U64, counted.leaked_bytes),
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

#define CHECK(kind, member) CVL_FIELD(kind, struct cvl_row_check, member)

static const struct cvl_field check_table[] = {
    CHECK(REAL, max_abs_err),
    CHECK(REAL, max_rel_err),
    CHECK(REAL, tolerance),
    CHECK(BOOL, passed),
};

#define LAYER(kind, member) CVL_FIELD(kind, struct cvl_chain_layer, member)

static const struct cvl_field layer_table[] = {
    LAYER(TEXT, layer),
    LAYER(U32, repetition),
    CVL_FIELD_ENUM(struct cvl_chain_layer, form, form_name, CVL_FORM_COUNT),
    LAYER(TEXT, variant),
    LAYER(U64, weights_bytes),
    LAYER(U64, output_bytes),
    LAYER(U64, live_bytes),
    LAYER(U64, counted_peak_bytes),
    LAYER(REAL, time_s),
};

static const struct cvl_fields chain_fields = CVL_FIELDS(chain_table, struct cvl_chain_row);
static const struct cvl_fields computed_fields = CVL_FIELDS(computed_table, struct cvl_chain_row);
static const struct cvl_fields counted_fields = CVL_FIELDS(counted_table, struct cvl_chain_row);
static const struct cvl_fields time_fields = CVL_FIELDS(time_table, struct cvl_row_time);
static const struct cvl_fields check_fields = CVL_FIELDS(check_table, struct cvl_row_check);
static const struct cvl_fields layer_fields = CVL_FIELDS(layer_table, struct cvl_chain_layer);

static json_t *write_part(bool there, const struct cvl_fields *fields, const void *part)
{
    return there ? cvl_fields_write(fields, part) : json_null();
}

json_t *cvl_chain_row_json(const struct cvl_chain_row *row)
{
    json_t *object = json_object(), *memory = json_object();
    int failed = cvl_fields_add(&chain_fields, row, object);
    failed |=
        cvl_json_set(memory, "computed", write_part(row->has_computed, &computed_fields, row));
    failed |= cvl_json_set(memory, "counted", write_part(row->has_counted, &counted_fields, row));
    failed |= cvl_json_set(object, "memory", memory);
    failed |= cvl_json_set(object, "time", write_part(row->has_time, &time_fields, &row->time));
    failed |= cvl_json_set(object, "check", write_part(row->has_check, &check_fields, &row->check));
    failed |= cvl_json_set(object, "layers",
                           cvl_fields_write_list(&layer_fields, row->layers, row->layer_count));
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
        return cvl_fail(err, CVL_BAD_INPUT, "chain: %s is missing", key);
    *there = !json_is_null(value);
    return *there ? cvl_fields_read(fields, value, key, part, err) : CVL_OK;
}

static enum cvl_status read_row(const json_t *object, struct cvl_chain_row *row,
                                struct cvl_error *err)
{
    const json_t *memory = json_object_get(object, "memory");
    void *layers = NULL;
    enum cvl_status status = cvl_fields_read(&chain_fields, object, "chain", row, err);
    if (status == CVL_OK)
        status = read_part(memory, "computed", &computed_fields, row, &row->has_computed, err);
    if (status == CVL_OK)
        status = read_part(memory, "counted", &counted_fields, row, &row->has_counted, err);
    if (status == CVL_OK)
        status = read_part(object, "time", &time_fields, &row->time, &row->has_time, err);
    if (status == CVL_OK)
        status = read_part(object, "check", &check_fields, &row->check, &row->has_check, err);
    if (status == CVL_OK)
        status = cvl_fields_read_list(&layer_fields, json_object_get(object, "layers"), "layers",
                                      &layers, &row->layer_count, err);
    row->layers = layers;
    return status;
}

enum cvl_status cvl_chain_row_json_read(const json_t *object, struct cvl_chain_row *row,
                                        struct cvl_error *err)
{
    cvl_chain_row_init(row);
    const enum cvl_status status = read_row(object, row, err);
    if (status != CVL_OK)
        cvl_chain_row_clear(row);
    return status;
}
