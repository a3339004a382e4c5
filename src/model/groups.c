#include "model/groups.h"

#include <stdlib.h>
#include <string.h>

#include "problem/problem_parts.h"

static bool is_separable(const struct cvl_row *row)
{
    return row->problem.form == CVL_SEPARABLE;
}

static bool takes_part(const struct cvl_row *row)
{
    return row->status == CVL_ROW_OK && (is_separable(row) || row->problem.form == CVL_STANDARD);
}

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_geometry(const struct cvl_problem *a, const struct cvl_problem *b)
{
    int order = 0;
    for (int i = 0; order == 0 && i < CVL_PART_COUNT; i++)
        order =
            compare_integers(cvl_part_get(a, (enum cvl_part)i), cvl_part_get(b, (enum cvl_part)i));
    return order;
}

int cvl_row_compare_layer(const struct cvl_row *a, const struct cvl_row *b)
{
    int order = strcmp(a->device, b->device);
    if (order == 0)
        order = strcmp(a->layer, b->layer);
    if (order == 0)
        order = compare_geometry(&a->problem, &b->problem);
    if (order == 0)
        order = compare_integers(a->layout, b->layout);
    if (order == 0)
        order = compare_integers(a->dtype, b->dtype);
    if (order == 0)
        order = compare_integers(a->passes, b->passes);
    if (order == 0)
        order = compare_integers(a->optimizer, b->optimizer);
    return order;
}

/* Within a group standard rows first, then the order of the results: all rows are elements of one
 * array, so that their addresses tell it. */
static int compare_rows(const void *left, const void *right)
{
    const struct cvl_row *a = *(const struct cvl_row *const *)left;
    const struct cvl_row *b = *(const struct cvl_row *const *)right;
    int order = cvl_row_compare_layer(a, b);
    if (order == 0)
        order = compare_integers(is_separable(a), is_separable(b));
    return order != 0 ? order : (a > b) - (a < b);
}

static int compare_groups(const void *left, const void *right)
{
    const struct cvl_row *a = ((const struct cvl_group *)left)->separable[0];
    const struct cvl_row *b = ((const struct cvl_group *)right)->separable[0];
    return (a > b) - (a < b);
}

/* The group that begins at rows[0], of the `count` sorted rows that are left. */
static struct cvl_group first_group(const struct cvl_row **rows, size_t count)
{
    struct cvl_group group = {.standard = rows};
    size_t i = 0;
    while (i < count && cvl_row_compare_layer(rows[0], rows[i]) == 0 && !is_separable(rows[i]))
        i++;
    group.standard_count = i;
    group.separable = rows + i;
    while (i < count && cvl_row_compare_layer(rows[0], rows[i]) == 0)
        i++;
    group.separable_count = i - group.standard_count;
    return group;
}

static void split(struct cvl_groups *groups, size_t row_count)
{
    for (size_t i = 0; i < row_count;) {
        struct cvl_group group = first_group(groups->rows + i, row_count - i);
        i += group.standard_count + group.separable_count;
        if (group.standard_count > 0 && group.separable_count > 0)
            groups->groups[groups->count++] = group;
    }
}

enum cvl_status cvl_groups_create(const struct cvl_results *results, struct cvl_groups *out,
                                  struct cvl_error *err)
{
    *out = (struct cvl_groups){0};
    if (results->row_count == 0)
        return CVL_OK;
    out->rows = calloc(results->row_count, sizeof *out->rows);
    out->groups = calloc(results->row_count, sizeof *out->groups);
    if (!out->rows || !out->groups) {
        cvl_groups_clear(out);
        return cvl_fail(err, CVL_NO_MEMORY, "model: no memory to compare %zu rows",
                        results->row_count);
    }
    size_t count = 0;
    for (size_t i = 0; i < results->row_count; i++)
        if (takes_part(&results->rows[i]))
            out->rows[count++] = &results->rows[i];
    qsort(out->rows, count, sizeof *out->rows, compare_rows);
    split(out, count);
    qsort(out->groups, out->count, sizeof *out->groups, compare_groups);
    return CVL_OK;
}

void cvl_groups_clear(struct cvl_groups *groups)
{
    free(groups->rows);
    free(groups->groups);
    *groups = (struct cvl_groups){0};
}

const char *cvl_source_name(enum cvl_source source)
{
    return source == CVL_SOURCE_COUNTED ? "counted" : "computed";
}

uint64_t cvl_row_peak(const struct cvl_row *row, enum cvl_policy policy, enum cvl_source source)
{
    if (source == CVL_SOURCE_COUNTED)
        return row->has_counted ? row->counted.peak_bytes[policy] : CVL_ABSENT;
    return row->has_computed ? row->computed.peak[policy] : CVL_ABSENT;
}

uint64_t cvl_row_peak_without_weights(const struct cvl_row *row, enum cvl_policy policy,
                                      enum cvl_source source)
{
    if (!row->has_computed)
        return CVL_ABSENT;
    if (source == CVL_SOURCE_COMPUTED)
        return row->computed.peak_without_weights[policy];
    uint64_t peak = cvl_row_peak(row, policy, source);
    uint64_t staying = row->computed.peak[policy] - row->computed.peak_without_weights[policy];
    return peak == CVL_ABSENT || staying > peak ? CVL_ABSENT : peak - staying;
}

double cvl_row_time_s(const struct cvl_row *row, const struct cvl_row *other)
{
    bool alike = !other->has_time || row->time.clock == other->time.clock;
    double time_s = alike ? row->time.median_s : row->time.host_median_s;
    return row->has_time && time_s > 0 ? time_s : (double)NAN;
}
