/* Names and numbers of tile parameters: lookup, comparison, text. */
#include "plan/values.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static struct cvl_tuning *find(const struct cvl_values *values, const char *name)
{
    for (uint32_t i = 0; i < values->count; i++)
        if (strcmp(values->at[i].name, name) == 0)
            return (struct cvl_tuning *)&values->at[i];
    return NULL;
}

bool cvl_values_set(struct cvl_values *values, const char *name, int32_t value)
{
    struct cvl_tuning *entry = find(values, name);
    if (!entry) {
        if (values->count == CVL_PLAN_TUNINGS || strlen(name) >= sizeof entry->name)
            return false;
        entry = &values->at[values->count++];
        cvl_copy(entry->name, sizeof entry->name, name);
    }
    entry->value = value;
    return true;
}

const int32_t *cvl_values_find(const struct cvl_values *values, const char *name)
{
    const struct cvl_tuning *entry = find(values, name);
    return entry ? &entry->value : NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct cvl_tuning *first = a, *second = b;
    return strcmp(first->name, second->name);
}

void cvl_values_print(const struct cvl_values *values, char text[CVL_VALUES_TEXT_BYTES])
{
    assert(values->count <= CVL_PLAN_TUNINGS);
    struct cvl_values sorted = *values;
    size_t used = 0;
    text[0] = '\0';
    qsort(sorted.at, sorted.count, sizeof sorted.at[0], by_name);
    for (uint32_t i = 0; i < sorted.count; i++) {
        const int length = snprintf(text + used, CVL_VALUES_TEXT_BYTES - used, "%s%s=%" PRId32,
                                    i ? "," : "", sorted.at[i].name, sorted.at[i].value);
        used += length > 0 ? (size_t)length : 0;
    }
}

bool cvl_values_equal(const struct cvl_values *a, const struct cvl_values *b)
{
    char first[CVL_VALUES_TEXT_BYTES], second[CVL_VALUES_TEXT_BYTES];
    cvl_values_print(a, first);
    cvl_values_print(b, second);
    return strcmp(first, second) == 0;
}

static bool is_name(const char *name)
{
    return *name != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

static enum cvl_status parse_part(const char *part, struct cvl_values *out, struct cvl_error *err)
{
    char name[sizeof out->at[0].name];
    int64_t value = 0;
    const char *sign = strchr(part, '=');
    const size_t length = sign ? (size_t)(sign - part) : 0;
    if (sign && length < sizeof name) {
        memcpy(name, part, length);
        name[length] = '\0';
        if (is_name(name) && cvl_parse_i64(sign + 1, 0, INT32_MAX, &value) &&
            cvl_values_set(out, name, (int32_t)value))
            return CVL_OK;
    }
    char safe[64];
    cvl_copy_safe(safe, sizeof safe, part);
    return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected at most %d of NAME=NUMBER", safe,
                    CVL_PLAN_TUNINGS);
}

enum cvl_status cvl_values_parse(const char *text, struct cvl_values *out, struct cvl_error *err)
{
    char part[64];
    *out = (struct cvl_values){0};
    enum cvl_status status = CVL_OK;
    while (*text != '\0' && status == CVL_OK) {
        const size_t length = strcspn(text, ",");
        (void)snprintf(part, sizeof part, "%.*s", (int)(length < 60 ? length : 60), text);
        status = parse_part(part, out, err);
        text += length + (text[length] == ',' ? 1 : 0);
    }
    return status;
}
