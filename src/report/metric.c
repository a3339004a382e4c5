/* The columns of row.def as metrics, and what is computed where it is written. */
#include "report/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <convlens/model.h>

#include "base/text.h"
#include "plan/values.h"

static const char *device_name(const struct cvl_row_groups *groups, const struct cvl_row *row)
{
    const struct cvl_device_facts *facts = cvl_results_device(groups->results, row->key.device);
    return facts ? facts->name : NULL;
}

static const char *problem_text(const struct cvl_key *key, struct cvl_value *value)
{
    if (cvl_key_is_network(key))
        return NULL;
    (void)cvl_problem_print(&key->problem, value->buffer, sizeof value->buffer);
    return value->buffer;
}

static const char *tuning_text(const struct cvl_row *row, struct cvl_value *value)
{
    size_t used = 0;
    value->buffer[0] = '\0';
    for (uint32_t i = 0; i < row->tuning_count && used < sizeof value->buffer; i++)
        used += (size_t)snprintf(value->buffer + used, sizeof value->buffer - used, "%s%s=%d",
                                 i ? ";" : "", row->tuning[i].name, row->tuning[i].value);
    return value->buffer;
}

static double unexplained(const struct cvl_row *row, enum cvl_policy policy)
{
    struct cvl_reconciled reconciled;
    cvl_reconcile(row, policy, &reconciled);
    return reconciled.has_rest ? (double)reconciled.unexplained_bytes : (double)NAN;
}

static const char *rest_reason(const struct cvl_row *row, struct cvl_value *value)
{
    struct cvl_reconciled reconciled;
    cvl_reconcile(row, CVL_FREED, &reconciled);
    cvl_copy(value->buffer, sizeof value->buffer, reconciled.reason);
    return value->buffer;
}

static bool is_rival(const struct cvl_row *row)
{
    return cvl_row_is_timed(row) && row->status == CVL_ROW_OK;
}

/* By one clock: that of the rows, or the host's where they differ. */
static double time_ratio(const struct cvl_row_groups *groups, const struct cvl_row *row)
{
    const struct cvl_row *rows = groups->results->rows;
    const size_t first = groups->first[row - rows];
    bool one_clock = true;
    double own_s, best_s = INFINITY;
    if (!is_rival(row))
        return (double)NAN;
    for (size_t i = first; i != SIZE_MAX; i = groups->next[i])
        one_clock &= !is_rival(&rows[i]) || rows[i].time.clock == row->time.clock;
    for (size_t i = first; i != SIZE_MAX; i = groups->next[i]) {
        const double rival_s = one_clock ? rows[i].time.median_s : rows[i].time.host_median_s;
        if (is_rival(&rows[i]) && rival_s > 0.0)
            best_s = fmin(best_s, rival_s);
    }
    own_s = one_clock ? row->time.median_s : row->time.host_median_s;
    return own_s > 0.0 ? own_s / fmin(best_s, own_s) : (double)NAN;
}

static double speed_ratio(const struct cvl_row_groups *groups, const struct cvl_row *row)
{
    return 1.0 / time_ratio(groups, row);
}

static uint64_t flops_without_padding(const struct cvl_row *row)
{
    const struct cvl_problem *problem = &row->key.problem;
    return !cvl_key_is_network(&row->key) && cvl_problem_check(problem, NULL) == CVL_OK
               ? cvl_problem_flops_without_padding(problem, row->key.passes)
               : CVL_ABSENT;
}

static void set_TEXT(struct cvl_value *value, const char *text)
{
    value->text = text;
    value->kind = text && *text != '\0' ? CVL_VALUE_TEXT : CVL_VALUE_ABSENT;
}

static void set_INTEGER(struct cvl_value *value, uint64_t integer)
{
    value->integer = integer;
    value->kind = integer == CVL_ABSENT ? CVL_VALUE_ABSENT : CVL_VALUE_INTEGER;
}

static void set_REAL(struct cvl_value *value, double real)
{
    value->real = real;
    value->kind = isfinite(real) ? CVL_VALUE_REAL : CVL_VALUE_ABSENT;
}

#define CVL_ROW_KEY(column, heading, text, expression)                                             \
    static void get_##column(const struct cvl_row_groups *groups, const struct cvl_row *row,       \
                             struct cvl_value *value)                                              \
    {                                                                                              \
        const struct cvl_key *key = &row->key;                                                     \
        (void)groups;                                                                              \
        set_TEXT(value, expression);                                                               \
    }
#define CVL_ROW_DERIVED(column, kind, unit, heading, text, expression)                             \
    static void get_##column(const struct cvl_row_groups *groups, const struct cvl_row *row,       \
                             struct cvl_value *value)                                              \
    {                                                                                              \
        (void)groups;                                                                              \
        set_##kind(value, expression);                                                             \
    }
#define CVL_ROW_DERIVED_POLICIES(name, kind, column, unit, heading, text, expression)              \
    static void get_##name(const struct cvl_row *row, enum cvl_policy policy,                      \
                           struct cvl_value *value)                                                \
    {                                                                                              \
        set_##kind(value, expression);                                                             \
    }
#include <convlens/row.def>

/* Of a pair. */
#define FIRST(a, b)  a
#define SECOND(a, b) b

#define ALWAYS SIZE_MAX
#define PART(name, is_there)                                                                       \
    static const struct cvl_metric_part name##_part = {&cvl_row_##name##_fields,                   \
                                                       offsetof(struct cvl_row, name), is_there};
#define FLAG(name) offsetof(struct cvl_row, has_##name)
PART(time, FLAG(time))
PART(computed, FLAG(computed))
PART(counted, FLAG(counted))
PART(measured, ALWAYS) /* says why it is not there */
PART(kernels, ALWAYS)
PART(check, FLAG(check))
PART(roofline, ALWAYS)
static const struct cvl_metric_part head_part = {&cvl_row_head_fields, 0, ALWAYS};

/* Entries of the table. */
#define PLAIN(of, member, column, of_unit, title, text)                                            \
    {.name = {column, "", ""},                                                                     \
     .meaning = {text, "", ""},                                                                    \
     .heading = title,                                                                             \
     .unit = CVL_UNIT_##of_unit,                                                                   \
     .part = &of##_part,                                                                           \
     .key = #member},
#define OF_POLICY(ID, label, policy_heading, title, words, summary, of, member, column, of_unit,   \
                  heading_, text)                                                                  \
    {.name = {FIRST column, #label, SECOND column},                                                \
     .meaning = {FIRST text, #label, SECOND text},                                                 \
     .heading = sizeof heading_ > 1 ? policy_heading : "",                                         \
     .unit = CVL_UNIT_##of_unit,                                                                   \
     .part = &of##_part,                                                                           \
     .key = #member,                                                                               \
     .policy = CVL_##ID},
#define DERIVED_OF_POLICY(ID, label, policy_heading, title, words, summary, getter, column,        \
                          of_unit, text)                                                           \
    {.name = {FIRST column, #label, SECOND column},                                                \
     .meaning = {FIRST text, #label, SECOND text},                                                 \
     .heading = "",                                                                                \
     .unit = CVL_UNIT_##of_unit,                                                                   \
     .get_of_policy = getter,                                                                      \
     .policy = CVL_##ID},
#define ENTRY_TEXT(...)           PLAIN(__VA_ARGS__)
#define ENTRY_NOTE(...)           PLAIN(__VA_ARGS__)
#define ENTRY_OWNED(...)          PLAIN(__VA_ARGS__)
#define ENTRY_CHOICE(...)         PLAIN(__VA_ARGS__)
#define ENTRY_BOOL(...)           PLAIN(__VA_ARGS__)
#define ENTRY_U32(...)            PLAIN(__VA_ARGS__)
#define ENTRY_U64(...)            PLAIN(__VA_ARGS__)
#define ENTRY_REAL(...)           PLAIN(__VA_ARGS__)
#define ENTRY_POLICIES(...)       CVL_POLICY_LIST(OF_POLICY, __VA_ARGS__)
#define ENTRY(of, kind, arg, ...) ENTRY_##kind(of, __VA_ARGS__)
#define COMPUTED(column, of_unit, title, text)                                                     \
    {.name = {#column, "", ""},                                                                    \
     .meaning = {text, "", ""},                                                                    \
     .heading = title,                                                                             \
     .unit = CVL_UNIT_##of_unit,                                                                   \
     .get = get_##column},

static const struct cvl_metric metrics[] = {
#define CVL_ROW_KEY(column, heading, text, expression) COMPUTED(column, NONE, heading, text)
#define CVL_ROW_DERIVED(column, kind, unit, heading, text, expression)                             \
    COMPUTED(column, unit, heading, text)
#define CVL_ROW_DERIVED_POLICIES(name, kind, column, unit, heading, text, expression)              \
    CVL_POLICY_LIST(DERIVED_OF_POLICY, get_##name, column, unit, text)
#define CVL_ROW_HEAD(...)     ENTRY(head, __VA_ARGS__)
#define CVL_ROW_TIME(...)     ENTRY(time, __VA_ARGS__)
#define CVL_ROW_COMPUTED(...) ENTRY(computed, __VA_ARGS__)
#define CVL_ROW_COUNTED(...)  ENTRY(counted, __VA_ARGS__)
#define CVL_ROW_MEASURED(...) ENTRY(measured, __VA_ARGS__)
#define CVL_ROW_KERNELS(...)  ENTRY(kernels, __VA_ARGS__)
#define CVL_ROW_CHECK(...)    ENTRY(check, __VA_ARGS__)
#define CVL_ROW_ROOFLINE(...) ENTRY(roofline, __VA_ARGS__)
#include <convlens/row.def>
};

/* A field that is no column has no name. */
static bool is_column(const struct cvl_metric *metric)
{
    return metric->name[0][0] != '\0' || metric->name[2][0] != '\0';
}

size_t cvl_metric_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        count += is_column(&metrics[i]);
    return count;
}

const struct cvl_metric *cvl_metric_at(size_t index)
{
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        if (is_column(&metrics[i]) && index-- == 0)
            return &metrics[i];
    return NULL;
}

void cvl_metric_name(const struct cvl_metric *metric, char name[CVL_METRIC_NAME_BYTES])
{
    (void)snprintf(name, CVL_METRIC_NAME_BYTES, "%s%s%s", metric->name[0], metric->name[1],
                   metric->name[2]);
}

void cvl_metric_meaning(const struct cvl_metric *metric, char meaning[CVL_METRIC_MEANING_BYTES])
{
    (void)snprintf(meaning, CVL_METRIC_MEANING_BYTES, "%s%s%s", metric->meaning[0],
                   metric->meaning[1], metric->meaning[2]);
}

static const struct cvl_field *find_field(const struct cvl_metric *metric)
{
    const struct cvl_fields *fields = metric->part->fields;
    size_t i = 0;
    while (strcmp(fields->at[i].key, metric->key) != 0)
        i++;
    return &fields->at[i];
}

static void get_choice(const struct cvl_field *field, const void *member, struct cvl_value *value)
{
    unsigned number;
    memcpy(&number, member, sizeof number);
    set_TEXT(value, number < field->count ? field->name(number) : NULL);
}

static void get_number(const struct cvl_field *field, const struct cvl_metric *metric,
                       const void *member, struct cvl_value *value)
{
    uint64_t policies[CVL_POLICY_COUNT], integer;
    uint32_t small;
    double real;
    if (field->kind == CVL_FIELD_REAL) {
        memcpy(&real, member, sizeof real);
        set_REAL(value, real);
    } else if (field->kind == CVL_FIELD_U32) {
        memcpy(&small, member, sizeof small);
        set_INTEGER(value, small);
    } else if (field->kind == CVL_FIELD_POLICIES) {
        memcpy(policies, member, sizeof policies);
        set_INTEGER(value, policies[metric->policy]);
    } else {
        memcpy(&integer, member, sizeof integer);
        set_INTEGER(value, integer);
    }
}

static void get_field(const struct cvl_metric *metric, const struct cvl_row *row,
                      struct cvl_value *value)
{
    const struct cvl_field *field = find_field(metric);
    const void *member = (const char *)row + metric->part->base + field->offset;
    const char *owned;
    switch (field->kind) {
    case CVL_FIELD_TEXT:
    case CVL_FIELD_NOTE:
        set_TEXT(value, member);
        return;
    case CVL_FIELD_OWNED:
        memcpy(&owned, member, sizeof owned);
        set_TEXT(value, owned);
        return;
    case CVL_FIELD_BOOL:
        set_TEXT(value, *(const bool *)member ? "true" : "false");
        return;
    case CVL_FIELD_CHOICE:
        get_choice(field, member, value);
        return;
    default:
        get_number(field, metric, member, value);
    }
}

void cvl_metric_get(const struct cvl_metric *metric, const struct cvl_row_groups *groups,
                    const struct cvl_row *row, struct cvl_value *value)
{
    const size_t has = metric->part ? metric->part->has : ALWAYS;
    value->kind = CVL_VALUE_ABSENT;
    if (metric->get)
        metric->get(groups, row, value);
    else if (metric->get_of_policy)
        metric->get_of_policy(row, metric->policy, value);
    else if (has == ALWAYS || *(const bool *)((const char *)row + has))
        get_field(metric, row, value);
}

void cvl_value_print(const struct cvl_value *value, enum cvl_unit unit, char *text, size_t size)
{
    if (value->kind == CVL_VALUE_ABSENT)
        cvl_copy(text, size, "-");
    else if (value->kind == CVL_VALUE_TEXT)
        cvl_copy_safe(text, size, value->text);
    else if (value->kind == CVL_VALUE_INTEGER && unit == CVL_UNIT_BYTES)
        cvl_print_bytes(text, size, value->integer);
    else if (value->kind == CVL_VALUE_INTEGER)
        (void)snprintf(text, size, "%llu", (unsigned long long)value->integer);
    else if (unit == CVL_UNIT_SECONDS)
        cvl_print_seconds(text, size, value->real);
    else if (unit == CVL_UNIT_RATIO)
        cvl_print_ratio(text, size, value->real);
    else
        (void)snprintf(text, size, "%.1f", value->real);
}
