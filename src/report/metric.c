#include "report/metric.h"

#include <stdio.h>
#include <string.h>

#include <convlens/model.h>

#include "base/text.h"
#include "model/groups.h"
#include "problem/problem_parts.h"

static const char *device_name(const struct cvl_results *results, const struct cvl_row *row)
{
    const struct cvl_device_facts *facts = cvl_results_device(results, row->device);
    return facts ? facts->name : NULL;
}

static const char *problem_text(const struct cvl_row *row, struct cvl_value *value)
{
    (void)cvl_problem_print(&row->problem, value->buffer, sizeof value->buffer);
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

static bool is_rival(const struct cvl_row *a, const struct cvl_row *b)
{
    return b->has_time && b->status == CVL_ROW_OK && a->layout == b->layout &&
           a->dtype == b->dtype && a->passes == b->passes && a->optimizer == b->optimizer &&
           strcmp(a->layer, b->layer) == 0 && strcmp(a->device, b->device) == 0 &&
           cvl_problem_same_geometry(&a->problem, &b->problem);
}

static double time_ratio(const struct cvl_results *results, const struct cvl_row *row)
{
    if (!row->has_time || row->status != CVL_ROW_OK)
        return (double)NAN;
    double ratio = 1.0;
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_row *rival = &results->rows[i];
        if (is_rival(row, rival))
            ratio = fmax(ratio, cvl_row_time_s(row, rival) / cvl_row_time_s(rival, row));
    }
    return isnan(cvl_row_time_s(row, row)) ? (double)NAN : ratio;
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

#define CVL_METRIC(id, kind, unit, heading, text, expression)                                      \
    static void get_##id(const struct cvl_results *results, const struct cvl_row *row,             \
                         struct cvl_value *value)                                                  \
    {                                                                                              \
        (void)results;                                                                             \
        set_##kind(value, expression);                                                             \
    }
#include "report/metrics.def"
#undef CVL_METRIC

static const struct cvl_metric metrics[] = {
#define CVL_METRIC(id, kind, unit, heading, text, expression)                                      \
    {#id, CVL_UNIT_##unit, heading, text, get_##id},
#include "report/metrics.def"
#undef CVL_METRIC
};

size_t cvl_metric_count(void)
{
    return sizeof metrics / sizeof metrics[0];
}

const struct cvl_metric *cvl_metric_at(size_t index)
{
    return index < cvl_metric_count() ? &metrics[index] : NULL;
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
    else
        (void)snprintf(text, size, unit == CVL_UNIT_RATIO ? "%.2f" : "%.1f", value->real);
}
