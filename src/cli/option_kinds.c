/* How the values of options are read, and which values there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/variant.h>

#include "base/text.h"
#include "cli/option_table.h"
#include "plan/policy.h"
#include "problem/names.h"

/* --- the values there are ----------------------------------------------------------------------
 */

static const char *get_name(const struct cvl_names *names, size_t index)
{
    return index < names->count ? names->at[index] : NULL;
}

#define VALUES(family)                                                                             \
    static const char *get_##family(size_t index)                                                  \
    {                                                                                              \
        return get_name(&cvl_##family##_names, index);                                             \
    }
VALUES(layout)
VALUES(dtype)
VALUES(passes)
VALUES(optimizer)
VALUES(policy)
#undef VALUES

static const char *get_variant(size_t index)
{
    return index < cvl_variant_count() ? cvl_variant_name(cvl_variant_at(index)) : NULL;
}

static const char *get_shell(size_t index)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    return index < sizeof shells / sizeof shells[0] ? shells[index] : NULL;
}

/* --- readers: each reads a value into the option's member ---------------------------------------
 */

static enum cvl_status read_FLAG(const char *value, void *member, struct cvl_error *err)
{
    (void)value;
    (void)err;
    *(bool *)member = true;
    return CVL_OK;
}

static enum cvl_status read_TEXT(const char *value, void *member, struct cvl_error *err)
{
    (void)err;
    *(const char **)member = value;
    return CVL_OK;
}

static enum cvl_status read_TEXTS(const char *value, void *member, struct cvl_error *err)
{
    struct cvl_texts *texts = member;
    const char **longer = realloc(texts->at, (texts->count + 1) * sizeof *longer);
    if (!longer)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the command line");
    texts->at = longer;
    longer[texts->count++] = value;
    return CVL_OK;
}

static enum cvl_status read_FORMATS(const char *value, void *member, struct cvl_error *err)
{
    return read_TEXTS(value, member, err);
}

static enum cvl_status read_VARIANTS(const char *value, void *member, struct cvl_error *err)
{
    return cvl_globs_add(member, value, err);
}

static enum cvl_status read_LAYERS(const char *value, void *member, struct cvl_error *err)
{
    return cvl_globs_add(member, value, err);
}

static enum cvl_status read_SHELL(const char *value, void *member, struct cvl_error *err)
{
    size_t i = 0;
    while (get_shell(i) && strcmp(get_shell(i), value) != 0)
        i++;
    *(const char **)member = get_shell(i);
    return get_shell(i)
               ? CVL_OK
               : cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected bash, zsh or fish", value);
}

/* --memory */
static enum cvl_status read_FORMAT_MEMORY(const char *value, void *member, struct cvl_error *err)
{
    (void)value;
    return read_TEXTS("memory", member, err);
}

/* The part of a comma list, without the blanks around it. @return the next part; NULL: none */
static const char *cut_part(const char *list, char *part, size_t size)
{
    const char *comma = strchr(list, ',');
    size_t length = comma ? (size_t)(comma - list) : strlen(list);
    while (length > 0 && *list == ' ') {
        list++;
        length--;
    }
    while (length > 0 && list[length - 1] == ' ')
        length--;
    (void)snprintf(part, size, "%.*s", (int)(length < size ? length : size - 1), list);
    return comma ? comma + 1 : NULL;
}

/* Adds each name of a comma list to an enum's values, once. The array has room for all of them. */
static enum cvl_status read_names(const char *list, const struct cvl_names *names, unsigned *values,
                                  size_t *count, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    while (status == CVL_OK && list) {
        char part[64];
        unsigned value = 0;
        size_t i = 0;
        list = cut_part(list, part, sizeof part);
        status = cvl_names_find(names, part, &value, err);
        while (i < *count && values[i] != value)
            i++;
        if (status == CVL_OK && i == *count)
            values[(*count)++] = value;
    }
    return status;
}

#define LIST(KIND, family, array, number)                                                          \
    static enum cvl_status read_##KIND(const char *value, void *member, struct cvl_error *err)     \
    {                                                                                              \
        struct cvl_case_filter *filter = member;                                                   \
        return read_names(value, &cvl_##family##_names, (unsigned *)filter->array,                 \
                          &filter->number, err);                                                   \
    }
LIST(LAYOUTS, layout, layouts, layout_count)
LIST(DTYPES, dtype, dtypes, dtype_count)
LIST(PASSES, passes, passes, passes_count)
LIST(OPTIMIZERS, optimizer, optimizers, optimizer_count)
#undef LIST

static enum cvl_status read_SECONDS(const char *text, void *out, struct cvl_error *err)
{
    if (cvl_parse_double(text, 1e-3, 1e6, out))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected seconds from 0.001 to 1000000", text);
}

static enum cvl_status read_SHARD(const char *text, void *member, struct cvl_error *err)
{
    struct cvl_case_filter *filter = member;
    char first[16];
    int64_t shard = 0, shards = 0;
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : 0;
    if (slash && length < sizeof first) {
        memcpy(first, text, length);
        first[length] = '\0';
        if (cvl_parse_i64(slash + 1, 1, 1000000, &shards) &&
            cvl_parse_i64(first, 1, shards, &shard)) {
            filter->shard = (uint32_t)shard;
            filter->shards = (uint32_t)shards;
            return CVL_OK;
        }
    }
    return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected I/N with 1 <= I <= N", text);
}

static enum cvl_status read_BYTES(const char *text, void *out, struct cvl_error *err)
{
    if (cvl_parse_bytes(text, out))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT,
                    "got '%s', expected a size from 1B on, with B, KiB, MiB, GiB or TiB after it: "
                    "64MiB",
                    text);
}

static enum cvl_status read_POLICY(const char *text, void *out, struct cvl_error *err)
{
    return cvl_policy_parse(text, out, err);
}

static enum cvl_status read_PERCENT(const char *text, void *out, struct cvl_error *err)
{
    double percent;
    if (!cvl_parse_double(text, 0.0, 1e6, &percent))
        return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected percent from 0 to 1000000", text);
    *(double *)out = percent / 100.0;
    return CVL_OK;
}

static enum cvl_status read_PROBABILITY(const char *text, void *out, struct cvl_error *err)
{
    if (cvl_parse_double(text, 0.0, 1.0, out))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected a probability from 0 to 1", text);
}

static enum cvl_status read_RUN_ID(const char *text, void *out, struct cvl_error *err)
{
    if (cvl_parse_i64(text, 1, INT64_MAX, out))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected the number of a run", text);
}

static void clear_texts(void *member)
{
    struct cvl_texts *texts = member;
    free(texts->at);
    *texts = (struct cvl_texts){0};
}

static void clear_globs(void *member)
{
    cvl_globs_clear(member);
}

#define CVL_OPTION_KIND(KIND, type, clear, is_repeatable, values)                                  \
    const struct cvl_option_kind cvl_option_kind_##KIND = {read_##KIND, clear, is_repeatable,      \
                                                           values, #KIND};
#include "cli/option_kinds.def"
#undef CVL_OPTION_KIND
