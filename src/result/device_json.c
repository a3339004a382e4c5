/* Device facts to JSON and back, by a table of fields. */
#include "result/device_json.h"

#include <string.h>

#include "base/nearest.h"
#include "result/fields.h"

static const char *type_name(unsigned value)
{
    return cvl_device_type_name((enum cvl_device_type)value);
}

static const char *trust_name(unsigned value)
{
    return cvl_clock_trust_name((enum cvl_clock_trust)value);
}

#define FACT(kind, member) CVL_FIELD(kind, struct cvl_device_facts, member)

static const struct cvl_field device_table[] = {
    CVL_FIELD_NAMED("key", TEXT, struct cvl_device_facts, id),
    FACT(TEXT, platform),
    FACT(TEXT, name),
    FACT(TEXT, vendor),
    FACT(TEXT, driver),
    FACT(TEXT, version),
    FACT(NOTE, pci),
    CVL_FIELD_ENUM(struct cvl_device_facts, type, type_name, CVL_DEVICE_TYPE_COUNT),
    FACT(U32, compute_units),
    FACT(U32, clock_mhz),
    FACT(U64, memory_bytes),
    FACT(U64, max_allocation_bytes),
    FACT(U64, local_bytes),
    FACT(BOOL, local_is_dedicated),
    FACT(U64, max_work_group),
    FACT(TRIPLE, max_work_item),
    FACT(U32, base_align_bytes),
    FACT(U32, float_vector_width),
    FACT(BOOL, has_fma),
    FACT(BOOL, has_half),
    FACT(BOOL, has_double),
    FACT(BOOL, has_subgroups),
    FACT(BOOL, has_images),
    FACT(BOOL, host_unified),
    FACT(U64, loop_limit),
    FACT(U64, timer_resolution_ns),
    CVL_FIELD_LATER(U32, struct cvl_device_facts, registers),
    CVL_FIELD_LATER(U32, struct cvl_device_facts, subgroup_size),
    CVL_FIELD_LATER(BOOL, struct cvl_device_facts, has_block_reads),
    CVL_FIELD_LATER(BOOL, struct cvl_device_facts, has_short_block_reads),
    CVL_FIELD_ENUM(struct cvl_device_facts, event_clock, trust_name, CVL_CLOCK_TRUST_COUNT),
    FACT(NOTE, event_clock_reason),
    FACT(NOTE, host),
};

static const struct cvl_fields device_fields = CVL_FIELDS(device_table, struct cvl_device_facts);

#define PEAK(kind, member) CVL_FIELD(kind, struct cvl_device_peaks, member)

static const struct cvl_field peaks_table[] = {
    PEAK(NOTE, measured),
    PEAK(NOTE, reason),
    PEAK(REAL, f32_flops_per_s),
    PEAK(REAL, f16_flops_per_s),
    PEAK(REAL, read_bytes_per_s),
    PEAK(REAL, write_bytes_per_s),
    PEAK(REAL, copy_bytes_per_s),
    PEAK(REAL, local_bytes_per_s),
    PEAK(REAL, launch_s),
    PEAK(REAL, gap_s),
    PEAK(REAL, load),
    PEAK(NOTE, doubt),
};

static const struct cvl_fields peaks_fields = CVL_FIELDS(peaks_table, struct cvl_device_peaks);

static const struct cvl_field platform_table[] = {
    CVL_FIELD(TEXT, struct cvl_platform_facts, name),
    CVL_FIELD(TEXT, struct cvl_platform_facts, version),
    CVL_FIELD(NOTE, struct cvl_platform_facts, icd),
    CVL_FIELD(NOTE, struct cvl_platform_facts, problem),
    CVL_FIELD(U32, struct cvl_platform_facts, device_count),
};

static const struct cvl_fields platform_fields =
    CVL_FIELDS(platform_table, struct cvl_platform_facts);

json_t *cvl_peaks_json(const struct cvl_device_peaks *peaks)
{
    bool tried = peaks->measured[0] != '\0' || peaks->reason[0] != '\0';
    return tried ? cvl_fields_write(&peaks_fields, peaks) : json_null();
}

json_t *cvl_device_json(const struct cvl_device_facts *facts)
{
    json_t *object = cvl_fields_write(&device_fields, facts);
    if (object && cvl_json_set(object, "peaks", cvl_peaks_json(&facts->peaks)) == 0)
        return object;
    json_decref(object);
    return NULL;
}

json_t *cvl_platform_json(const struct cvl_platform_facts *facts)
{
    return cvl_fields_write(&platform_fields, facts);
}

json_t *cvl_device_list_json(const struct cvl_device_list *list)
{
    json_t *platforms = json_array();
    json_t *devices = json_array();
    int failed = 0;
    for (size_t i = 0; i < list->platform_count; i++)
        failed |= json_array_append_new(platforms, cvl_platform_json(&list->platforms[i]));
    for (size_t i = 0; i < list->device_count; i++)
        failed |= json_array_append_new(devices, cvl_device_json(&list->devices[i]));
    json_t *object = json_pack("{s:o, s:o}", "platforms", platforms, "devices", devices);
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

enum cvl_status cvl_device_json_read(const json_t *object, struct cvl_device_facts *facts,
                                     struct cvl_error *err)
{
    *facts = (struct cvl_device_facts){0};
    enum cvl_status status =
        cvl_peaks_json_read(json_object_get(object, "peaks"), &facts->peaks, err);
    return status == CVL_OK ? cvl_fields_read(&device_fields, object, "device", facts, err)
                            : status;
}

static enum cvl_status refuse_member(const char *key, const struct cvl_nearest *nearest,
                                     struct cvl_error *err)
{
    char safe[64];
    struct cvl_text text = {0};
    cvl_copy_safe(safe, sizeof safe, key);
    cvl_nearest_append(nearest, &text);
    const enum cvl_status status = cvl_fail(err, CVL_BAD_INPUT, "device: unknown member '%s'%s",
                                            safe, text.data ? text.data : "");
    cvl_text_clear(&text);
    return status;
}

enum cvl_status cvl_device_json_known(json_t *object, struct cvl_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        struct cvl_nearest nearest = {.word = key};
        bool known = strcmp(key, "peaks") == 0;
        for (size_t i = 0; i < device_fields.count && !known; i++) {
            known = strcmp(key, device_fields.at[i].key) == 0;
            cvl_nearest_offer(&nearest, device_fields.at[i].key);
        }
        if (!known)
            return refuse_member(key, &nearest, err);
    }
    return CVL_OK;
}

enum cvl_status cvl_peaks_json_read(const json_t *object, struct cvl_device_peaks *peaks,
                                    struct cvl_error *err)
{
    *peaks = cvl_device_peaks_none();
    if (!object || json_is_null(object)) /* earlier versions knew none */
        return CVL_OK;
    return cvl_fields_read(&peaks_fields, object, "peaks", peaks, err);
}

enum cvl_status cvl_platform_json_read(const json_t *object, struct cvl_platform_facts *facts,
                                       struct cvl_error *err)
{
    *facts = (struct cvl_platform_facts){0};
    return cvl_fields_read(&platform_fields, object, "platform", facts, err);
}
