/* Parsers of values, one for each type of sweep_types.def. */
#include "sweep/sweep_values.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "problem/names.h"

static const char blanks[] = " \t\r";
static const char too_many[] = "at most 1000000 values";

/* A list under reading. */
struct list {
    struct cvl_sweep_values *values;
    const char *expected; /* set where it differs from the type's */
    bool no_memory;
};

static bool append(struct list *list, struct cvl_sweep_value value)
{
    struct cvl_sweep_values *values = list->values;
    if (values->count >= CVL_SWEEP_ITEMS_MAX) {
        list->expected = too_many;
        return false;
    }
    if (values->count == values->capacity) {
        size_t capacity = values->capacity ? values->capacity * 2 : 8;
        void *items = realloc(values->items, capacity * sizeof *values->items);
        if (!items) {
            list->no_memory = true;
            return false;
        }
        values->items = items;
        values->capacity = capacity;
    }
    values->items[values->count++] = value;
    return true;
}

static bool read_number(const char *text, int32_t low, int32_t *out)
{
    int64_t value;
    if (*text == '-' || !cvl_parse_i64(text, low, INT32_MAX, &value))
        return false;
    *out = (int32_t)value;
    return true;
}

/* Numbers separated by `separator`, exactly `count` of them. Writes into `text`. */
static bool read_numbers(char *text, char separator, int32_t low, size_t count, int32_t *out)
{
    for (size_t i = 0; i < count; i++) {
        char *end = strchr(text, separator);
        if ((end == NULL) != (i + 1 == count))
            return false;
        if (end)
            *end = '\0';
        if (!read_number(text, low, &out[i]))
            return false;
        text = end ? end + 1 : NULL;
    }
    return true;
}

/* A number or a range: first, first+step… or first, first*step… up to last. */
struct range {
    int32_t first, last, step;
    bool multiply;
};

static bool read_range(char *text, int32_t low, struct range *out)
{
    *out = (struct range){.step = 1};
    char *dots = strstr(text, "..");
    if (!dots) {
        bool good = read_number(text, low, &out->first);
        out->last = out->first;
        return good;
    }
    char *sign = strpbrk(dots, "*+");
    if (!sign)
        return false;
    out->multiply = *sign == '*';
    *dots = *sign = '\0';
    return read_number(text, out->multiply && low < 1 ? 1 : low, &out->first) &&
           read_number(dots + 2, out->first, &out->last) &&
           read_number(sign + 1, out->multiply ? 2 : 1, &out->step);
}

/* Appends the range's values, each made of `rest` with the value in its first place, and in its
 * second as well where `square`. */
static bool append_range(struct list *list, const struct range *range, bool square,
                         struct cvl_sweep_value rest)
{
    for (int64_t value = range->first; value <= range->last;
         value = range->multiply ? value * range->step : value + range->step) {
        rest.n[0] = (int32_t)value;
        if (square)
            rest.n[1] = (int32_t)value;
        if (!append(list, rest))
            return false;
    }
    return true;
}

static bool read_sizes(char *text, struct list *list)
{
    struct range range;
    return read_range(text, 1, &range) &&
           append_range(list, &range, false, (struct cvl_sweep_value){{0}});
}

/* 0: none. */
static bool read_expansion(char *text, struct list *list)
{
    return strcmp(text, "none") == 0 ? append(list, (struct cvl_sweep_value){{0}})
                                     : read_sizes(text, list);
}

static bool read_shape(char *text, struct list *list)
{
    struct cvl_sweep_value value = {{0}};
    struct range channels;
    char *extent = strchr(text, 'x');
    if (!extent)
        return false;
    *extent = '\0';
    return read_range(text, 1, &channels) && read_numbers(extent + 1, 'x', 1, 2, &value.n[1]) &&
           append_range(list, &channels, false, value);
}

static bool read_pair(char *text, int32_t low, struct list *list)
{
    struct cvl_sweep_value value = {{0}};
    struct range range;
    if (strchr(text, 'x'))
        return read_numbers(text, 'x', low, 2, value.n) && append(list, value);
    return read_range(text, low, &range) && append_range(list, &range, true, value);
}

/* top:bottom:left:right. The bottom and the right may be negative: rows and columns of the input
 * that are not read. */
static bool read_sides(char *text, int32_t sides[4])
{
    for (size_t i = 0; i < 4; i++) {
        char *end = strchr(text, ':');
        int64_t value;
        if ((end == NULL) != (i == 3))
            return false;
        if (end)
            *end = '\0';
        const bool is_after = i % 2 == 1;
        if (!cvl_parse_i64(text, is_after ? -INT32_MAX : 0, INT32_MAX, &value) ||
            (*text == '-' && !is_after))
            return false;
        sides[i] = (int32_t)value;
        text = end ? end + 1 : NULL;
    }
    return true;
}

static bool read_pad(char *text, struct list *list)
{
    struct cvl_sweep_value value = {{0}};
    int32_t n[2] = {0, 0};
    bool good = true;
    if (strcmp(text, "same") == 0) {
        value.n[0] = CVL_PAD_SAME;
    } else if (strcmp(text, "same_lower") == 0) {
        value.n[0] = CVL_PAD_SAME_LOWER;
    } else if (strchr(text, ':')) {
        good = read_sides(text, value.n);
    } else if (strcmp(text, "valid") != 0) {
        bool pair = strchr(text, 'x') != NULL;
        good = read_numbers(text, 'x', 0, pair ? 2 : 1, n);
        n[1] = pair ? n[1] : n[0];
        value = (struct cvl_sweep_value){{n[0], n[0], n[1], n[1]}};
    }
    return good && append(list, value);
}

static bool append_number(struct list *list, int64_t number)
{
    return append(list, (struct cvl_sweep_value){{(int32_t)number}});
}

/* The names that values of the type are; NULL: they are no names. */
static const struct cvl_names *names_of(enum cvl_sweep_type type)
{
    switch ((unsigned)type) {
    case CVL_TYPE_forms:
        return &cvl_form_names;
    case CVL_TYPE_dtypes:
        return &cvl_dtype_names;
    case CVL_TYPE_layouts:
        return &cvl_layout_names;
    case CVL_TYPE_passes:
        return &cvl_passes_names;
    case CVL_TYPE_optimizers:
        return &cvl_optimizer_names;
    case CVL_TYPE_functions:
        return &cvl_function_names;
    default:
        return NULL;
    }
}

static bool read_name(const struct cvl_names *names, const char *text, struct list *list)
{
    unsigned value;
    return cvl_names_find(names, text, &value, NULL) == CVL_OK && append_number(list, value);
}

static bool read_saves(const char *text, struct list *list)
{
    int32_t saves;
    return read_number(text, 0, &saves) && saves <= 3 && append_number(list, saves);
}

static bool read_yes_no(const char *text, struct list *list)
{
    bool yes = strcmp(text, "yes") == 0;
    return (yes || strcmp(text, "no") == 0) && append_number(list, yes);
}

static bool read_count(const char *text, struct list *list)
{
    int32_t count;
    return read_number(text, 1, &count) && append_number(list, count);
}

static bool read_elements(const char *text, struct list *list)
{
    int32_t count;
    return read_number(text, 0, &count) && append_number(list, count);
}

static bool read_piece(enum cvl_sweep_type type, char *text, struct list *list)
{
    switch (type) {
    case CVL_TYPE_forms:
    case CVL_TYPE_dtypes:
    case CVL_TYPE_layouts:
    case CVL_TYPE_passes:
    case CVL_TYPE_optimizers:
    case CVL_TYPE_functions:
        return read_name(names_of(type), text, list);
    case CVL_TYPE_saves:
        return read_saves(text, list);
    case CVL_TYPE_shapes:
        return read_shape(text, list);
    case CVL_TYPE_sizes:
        return read_sizes(text, list);
    case CVL_TYPE_expansions:
        return read_expansion(text, list);
    case CVL_TYPE_pairs:
        return read_pair(text, 1, list);
    case CVL_TYPE_gaps:
        return read_pair(text, 0, list);
    case CVL_TYPE_pads:
        return read_pad(text, list);
    case CVL_TYPE_count:
        return read_count(text, list);
    case CVL_TYPE_yes_no:
        return read_yes_no(text, list);
    case CVL_TYPE_elements:
        return read_elements(text, list);
    case CVL_TYPE_text:
    case CVL_TYPE_paths:
    case CVL_TYPE_ops:
    case CVL_TYPE_sources:
    case CVL_TYPE_steps:
    case CVL_TYPE_edges:
    case CVL_TYPE_patches:
    case CVL_TYPE_COUNT:
        break;
    }
    return false;
}

char *cvl_sweep_trim(char *text)
{
    char *start = text + strspn(text, blanks);
    char *end = start + strlen(start);
    while (end > start && strchr(blanks, end[-1]))
        end--;
    *end = '\0';
    return start;
}

char *cvl_sweep_next_piece(char **rest)
{
    char *piece = *rest;
    if (!piece)
        return NULL;
    char *comma = strchr(piece, ',');
    if (comma)
        *comma = '\0';
    *rest = comma ? comma + 1 : NULL;
    return cvl_sweep_trim(piece);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct cvl_sweep_value));
}

/* A value twice would make two problems of one name. */
static bool has_twins(struct list *list)
{
    size_t count = list->values->count;
    if (count < 2)
        return false;
    struct cvl_sweep_value *sorted = malloc(count * sizeof *sorted);
    list->no_memory = !sorted;
    if (!sorted)
        return true;
    memcpy(sorted, list->values->items, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    bool twins = false;
    for (size_t i = 1; i < count && !twins; i++)
        twins = compare(&sorted[i - 1], &sorted[i]) == 0;
    if (twins)
        list->expected = "each value once";
    free(sorted);
    return twins;
}

enum cvl_status cvl_sweep_values_read(struct cvl_sweep_values *out, enum cvl_sweep_type type,
                                      const char *text, char expected[CVL_SWEEP_EXPECTED_BYTES])
{
    struct list list = {.values = out};
    *out = (struct cvl_sweep_values){0};
    char *copy = cvl_duplicate(text), *rest = copy;
    if (!copy)
        return CVL_NO_MEMORY;
    bool good = true;
    for (char *piece; good && (piece = cvl_sweep_next_piece(&rest));)
        good = read_piece(type, piece, &list);
    good = good && !has_twins(&list);
    if (good && out->count > 1 && !cvl_sweep_types[type].list) {
        list.expected = "one value";
        good = false;
    }
    free(copy);
    if (!list.expected && names_of(type))
        cvl_names_print(names_of(type), expected, CVL_SWEEP_EXPECTED_BYTES);
    else
        cvl_copy(expected, CVL_SWEEP_EXPECTED_BYTES,
                 list.expected ? list.expected : cvl_sweep_types[type].expected);
    return good ? CVL_OK : list.no_memory ? CVL_NO_MEMORY : CVL_BAD_INPUT;
}

void cvl_sweep_values_clear(struct cvl_sweep_values *values)
{
    free(values->items);
    *values = (struct cvl_sweep_values){0};
}
