/* Reads, writes and clears structs by tables of fields. */
#include "result/fields.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include <convlens/plan.h>
#include <convlens/result.h>

/* The parser of jansson 2.14 does not check the memory of its tokens: it then drops characters of
 * names and numbers, or calls the text invalid. So the allocator that jansson was given is watched
 * from the first text on. That is the process's, and takes no argument: hence a global. */
static json_malloc_t allocate;
static _Thread_local bool ran_out;

static void *watched_malloc(size_t size)
{
    void *memory = allocate(size);
    ran_out = ran_out || !memory;
    return memory;
}

static void watch_memory(void)
{
    json_free_t release;
    json_get_alloc_funcs(&allocate, &release);
    json_set_alloc_funcs(watched_malloc, release);
}

enum cvl_status cvl_json_load(const char *text, const char *what, json_t **out,
                              struct cvl_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    json_error_t reason;
    (void)pthread_once(&once, watch_memory);
    ran_out = false;
    *out = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &reason);
    if (*out && !ran_out)
        return CVL_OK;
    json_decref(*out);
    *out = NULL;
    if (ran_out)
        return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", what);
    if (reason.line > 1) /* of a document that is one line, the text says enough */
        return cvl_fail(err, CVL_BAD_INPUT, "%s: line %d: not JSON: %s", what, reason.line,
                        reason.text);
    return cvl_fail(err, CVL_BAD_INPUT, "%s: not JSON: %s", what, reason.text);
}

static int append_bytes(const char *bytes, size_t count, void *text)
{
    cvl_text_append_bytes(text, bytes, count);
    return 0; /* the text remembers a failure */
}

char *cvl_json_print(json_t *value)
{
    struct cvl_text text = {0};
    const int failed =
        json_dump_callback(value, append_bytes, &text, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(value);
    text.failed = text.failed || failed != 0;
    return cvl_text_take(&text);
}

json_t *cvl_json_text(const char *text, size_t size)
{
    if (cvl_is_utf8(text))
        return json_string_nocheck(text);
    struct cvl_text safe = {0};
    cvl_text_append_safe(&safe, text);
    char *copy = cvl_text_take(&safe);
    if (copy && size > 0 && strlen(copy) >= size)
        cvl_copy(copy, size, copy);
    json_t *value = copy ? json_string_nocheck(copy) : NULL;
    free(copy);
    return value;
}

json_t *cvl_json_note(const char *text, size_t size)
{
    return text && *text != '\0' ? cvl_json_text(text, size) : json_null();
}

json_t *cvl_json_u64(uint64_t value)
{
    return value <= INT64_MAX ? json_integer((json_int_t)value) : json_null();
}

json_t *cvl_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

int cvl_json_set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value); /* takes NULLs, and returns -1 */
}

static json_t *write_policies(const void *member)
{
    uint64_t bytes[CVL_POLICY_COUNT];
    memcpy(bytes, member, sizeof bytes);
    json_t *object = json_object();
    int failed = object ? 0 : -1;
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        failed |= cvl_json_set(object, cvl_policy_name((enum cvl_policy)p), cvl_json_u64(bytes[p]));
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *write_triple(const void *member)
{
    uint64_t value[3];
    memcpy(value, member, sizeof value);
    return json_pack("[o,o,o]", cvl_json_u64(value[0]), cvl_json_u64(value[1]),
                     cvl_json_u64(value[2]));
}

static json_t *write_number(const struct cvl_field *field, const void *member)
{
    if (field->kind == CVL_FIELD_REAL) {
        double value;
        memcpy(&value, member, sizeof value);
        return cvl_json_real(value);
    }
    if (field->kind == CVL_FIELD_U64) {
        uint64_t value;
        memcpy(&value, member, sizeof value);
        return cvl_json_u64(value);
    }
    uint32_t value;
    memcpy(&value, member, sizeof value);
    return json_integer((json_int_t)value);
}

static json_t *write_choice(const struct cvl_field *field, const void *member)
{
    unsigned value;
    memcpy(&value, member, sizeof value);
    return value < field->count ? json_string(field->name(value)) : NULL;
}

static json_t *write_field(const struct cvl_field *field, const void *base)
{
    const void *member = (const char *)base + field->offset;
    switch (field->kind) {
    case CVL_FIELD_TEXT:
        return cvl_json_text(member, field->size);
    case CVL_FIELD_NOTE:
        return cvl_json_note(member, field->size);
    case CVL_FIELD_OWNED: {
        char *text;
        memcpy(&text, member, sizeof text);
        return text ? cvl_json_text(text, 0) : json_null();
    }
    case CVL_FIELD_BOOL:
        return json_boolean(*(const bool *)member);
    case CVL_FIELD_TRIPLE:
        return write_triple(member);
    case CVL_FIELD_CHOICE:
        return write_choice(field, member);
    case CVL_FIELD_POLICIES:
        return write_policies(member);
    case CVL_FIELD_U32:
    case CVL_FIELD_U64:
    case CVL_FIELD_REAL:
    case CVL_FIELD_KIND_COUNT:
        break;
    }
    return write_number(field, member);
}

int cvl_fields_add(const struct cvl_fields *fields, const void *base, json_t *object)
{
    for (size_t i = 0; i < fields->count; i++)
        if (cvl_json_set(object, fields->at[i].key, write_field(&fields->at[i], base)) != 0)
            return -1;
    return 0;
}

json_t *cvl_fields_write(const struct cvl_fields *fields, const void *base)
{
    json_t *object = json_object();
    if (cvl_fields_add(fields, base, object) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *cvl_fields_write_list(const struct cvl_fields *fields, const void *base, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const char *entry = (const char *)base + i * fields->size;
        if (json_array_append_new(list, cvl_fields_write(fields, entry)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static enum cvl_status refuse(struct cvl_error *err, const char *where, const char *key,
                              const char *expected)
{
    return cvl_fail(err, CVL_BAD_INPUT, "%s: %s: expected %s", where, key, expected);
}

static enum cvl_status read_array_text(const struct cvl_field *field, const json_t *value,
                                       const char *where, char *member, struct cvl_error *err)
{
    if (field->kind == CVL_FIELD_NOTE && json_is_null(value)) {
        member[0] = '\0';
        return CVL_OK;
    }
    if (!json_is_string(value))
        return refuse(err, where, field->key, "a text");
    if (json_string_length(value) >= field->size)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: %s: got %zu bytes, expected fewer than %zu", where,
                        field->key, json_string_length(value), field->size);
    cvl_copy(member, field->size, json_string_value(value));
    return CVL_OK;
}

static enum cvl_status read_owned_text(const struct cvl_field *field, const json_t *value,
                                       const char *where, void *member, struct cvl_error *err)
{
    if (!json_is_null(value) && !json_is_string(value))
        return refuse(err, where, field->key, "a text or null");
    char *text = cvl_duplicate(json_string_value(value)); /* NULL for null */
    if (!text && json_is_string(value))
        return cvl_fail(err, CVL_NO_MEMORY, "%s: %s: out of memory", where, field->key);
    char *old;
    memcpy(&old, member, sizeof old);
    free(old);
    memcpy(member, &text, sizeof text);
    return CVL_OK;
}

/* null is CVL_ABSENT. */
static bool take_u64(const json_t *value, uint64_t *out)
{
    if (json_is_null(value)) {
        *out = CVL_ABSENT;
        return true;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static enum cvl_status read_number(const struct cvl_field *field, const json_t *value,
                                   const char *where, void *member, struct cvl_error *err)
{
    uint64_t integer = 0;
    if (field->kind == CVL_FIELD_REAL) {
        if (!json_is_number(value) && !json_is_null(value))
            return refuse(err, where, field->key, "a number or null");
        double real = json_is_null(value) ? (double)NAN : json_number_value(value);
        memcpy(member, &real, sizeof real);
    } else if (field->kind == CVL_FIELD_U64) {
        if (!take_u64(value, &integer))
            return refuse(err, where, field->key, "an integer of at least 0, or null");
        memcpy(member, &integer, sizeof integer);
    } else {
        if (!take_u64(value, &integer) || integer > UINT32_MAX)
            return refuse(err, where, field->key, "an integer from 0 to 4294967295");
        uint32_t small = (uint32_t)integer;
        memcpy(member, &small, sizeof small);
    }
    return CVL_OK;
}

static enum cvl_status read_choice(const struct cvl_field *field, const json_t *value,
                                   const char *where, void *member, struct cvl_error *err)
{
    const char *text = json_string_value(value);
    if (!text)
        return refuse(err, where, field->key, "a name");
    for (unsigned i = 0; i < field->count; i++) {
        if (strcmp(text, field->name(i)) == 0) {
            memcpy(member, &i, sizeof i);
            return CVL_OK;
        }
    }
    char safe[64];
    cvl_copy_safe(safe, sizeof safe, text);
    return cvl_fail(err, CVL_BAD_INPUT, "%s: %s: no such name: %s", where, field->key, safe);
}

static enum cvl_status read_policies(const struct cvl_field *field, const json_t *value,
                                     const char *where, void *member, struct cvl_error *err)
{
    uint64_t bytes[CVL_POLICY_COUNT];
    if (!json_is_object(value))
        return refuse(err, where, field->key, "bytes by policy");
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++) {
        const json_t *entry = json_object_get(value, cvl_policy_name((enum cvl_policy)p));
        bytes[p] = CVL_ABSENT;
        if (entry && !take_u64(entry, &bytes[p]))
            return refuse(err, where, field->key, "bytes by policy");
    }
    memcpy(member, bytes, sizeof bytes);
    return CVL_OK;
}

static enum cvl_status read_triple(const struct cvl_field *field, const json_t *value,
                                   const char *where, void *member, struct cvl_error *err)
{
    uint64_t triple[3];
    for (size_t i = 0; i < 3; i++) {
        const json_t *entry = json_array_get(value, i);
        if (!entry || !take_u64(entry, &triple[i]))
            return refuse(err, where, field->key, "three integers");
    }
    memcpy(member, triple, sizeof triple);
    return CVL_OK;
}

/* @return false: the kind has no value that means absent */
static bool set_absent(const struct cvl_field *field, void *member)
{
    static const uint64_t absent = CVL_ABSENT;
    static const double nothing = (double)NAN;
    switch (field->kind) {
    case CVL_FIELD_U64:
        memcpy(member, &absent, sizeof absent);
        return true;
    case CVL_FIELD_REAL:
        memcpy(member, &nothing, sizeof nothing);
        return true;
    case CVL_FIELD_POLICIES:
        for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
            memcpy((char *)member + p * sizeof absent, &absent, sizeof absent);
        return true;
    case CVL_FIELD_NOTE:
    case CVL_FIELD_OWNED:
    case CVL_FIELD_BOOL:
        memset(member, 0, field->size);
        return true;
    default:
        return false;
    }
}

void cvl_fields_init(const struct cvl_fields *fields, void *base)
{
    for (size_t i = 0; i < fields->count; i++) {
        void *member = (char *)base + fields->at[i].offset;
        if (!set_absent(&fields->at[i], member))
            memset(member, 0, fields->at[i].size);
    }
}

static enum cvl_status read_field(const struct cvl_field *field, const json_t *value,
                                  const char *where, void *base, struct cvl_error *err)
{
    void *member = (char *)base + field->offset;
    if (!value && set_absent(field, member))
        return CVL_OK;
    if (!value && field->is_later) {
        memset(member, 0, field->size);
        return CVL_OK;
    }
    if (!value)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: %s is missing", where, field->key);
    switch (field->kind) {
    case CVL_FIELD_TEXT:
    case CVL_FIELD_NOTE:
        return read_array_text(field, value, where, member, err);
    case CVL_FIELD_OWNED:
        return read_owned_text(field, value, where, member, err);
    case CVL_FIELD_BOOL:
        if (!json_is_boolean(value))
            return refuse(err, where, field->key, "true or false");
        *(bool *)member = json_is_true(value);
        return CVL_OK;
    case CVL_FIELD_TRIPLE:
        return read_triple(field, value, where, member, err);
    case CVL_FIELD_CHOICE:
        return read_choice(field, value, where, member, err);
    case CVL_FIELD_POLICIES:
        return read_policies(field, value, where, member, err);
    case CVL_FIELD_U32:
    case CVL_FIELD_U64:
    case CVL_FIELD_REAL:
    case CVL_FIELD_KIND_COUNT:
        break;
    }
    return read_number(field, value, where, member, err);
}

enum cvl_status cvl_fields_read(const struct cvl_fields *fields, const json_t *object,
                                const char *where, void *base, struct cvl_error *err)
{
    if (!json_is_object(object))
        return cvl_fail(err, CVL_BAD_INPUT, "%s: expected an object", where);
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; status == CVL_OK && i < fields->count; i++)
        status = read_field(&fields->at[i], json_object_get(object, fields->at[i].key), where, base,
                            err);
    return status;
}

enum cvl_status cvl_fields_read_list(const struct cvl_fields *fields, const json_t *list,
                                     const char *where, void **out, size_t *count,
                                     struct cvl_error *err)
{
    *out = NULL;
    *count = 0;
    if (list && !json_is_array(list))
        return cvl_fail(err, CVL_BAD_INPUT, "%s: expected an array", where);
    size_t entries = json_array_size(list);
    if (entries == 0)
        return CVL_OK;
    char *array = calloc(entries, fields->size);
    if (!array)
        return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", where);
    for (size_t i = 0; i < entries; i++) {
        enum cvl_status status =
            cvl_fields_read(fields, json_array_get(list, i), where, array + i * fields->size, err);
        if (status != CVL_OK) {
            free(array);
            return status;
        }
    }
    *out = array;
    *count = entries;
    return CVL_OK;
}
