/* Groups the rows that may be compared with each other. */
#include "model/groups.h"

#include <stdlib.h>
#include <string.h>

/* Standard rows come first within a group. */
static int rank(const struct cvl_row *row)
{
    switch (row->key.problem.form) {
    case CVL_STANDARD:
        return 0;
    case CVL_SEPARABLE:
        return 1;
    case CVL_INVERTED:
        return 2;
    default:
        return -1;
    }
}

static bool takes_part(const struct cvl_row *row)
{
    return row->status == CVL_ROW_OK && rank(row) >= 0;
}

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_inner(const struct cvl_problem *a, const struct cvl_problem *b)
{
    int order = compare_integers(a->mc, b->mc);
    if (order == 0)
        order = compare_integers(a->res, b->res);
    return order != 0 ? order : compare_integers(a->dm, b->dm);
}

/* Orders the rows of a group by rank, then as in the results: all rows are elements of one array,
 * so their addresses show the order. Inverted rows of one problem stay together. */
static int compare_rows(const void *left, const void *right)
{
    const struct cvl_row *a = *(const struct cvl_row *const *)left;
    const struct cvl_row *b = *(const struct cvl_row *const *)right;
    int order = cvl_key_compare(&a->key, &b->key, CVL_KEY_GROUP);
    if (order == 0)
        order = compare_integers(rank(a), rank(b));
    if (order == 0)
        order = compare_inner(&a->key.problem, &b->key.problem);
    return order != 0 ? order : (a > b) - (a < b);
}

static int compare_groups(const void *left, const void *right)
{
    const struct cvl_row *a = ((const struct cvl_group *)left)->judged[0];
    const struct cvl_row *b = ((const struct cvl_group *)right)->judged[0];
    return (a > b) - (a < b);
}

/* Counts the rows from rows[0] on that belong to one layer. */
static size_t count_same_layer(const struct cvl_row **rows, size_t count)
{
    size_t i = 0;
    while (i < count && cvl_key_compare(&rows[0]->key, &rows[i]->key, CVL_KEY_GROUP) == 0)
        i++;
    return i;
}

/* Counts the rows from rows[0] on that have the same problem, not just the same geometry. */
static size_t count_same_problem(const struct cvl_row **rows, size_t count)
{
    size_t i = 0;
    while (i < count && rank(rows[0]) == rank(rows[i]) &&
           compare_inner(&rows[0]->key.problem, &rows[i]->key.problem) == 0)
        i++;
    return i;
}

/* A network whose layers all have one form is the same network whatever form it is asked for in. */
static bool same_layers(const struct cvl_row *a, const struct cvl_row *b)
{
    if (!cvl_key_is_network(&a->key) || a->layers_count != b->layers_count)
        return false;
    for (size_t i = 0; i < a->layers_count; i++)
        if (strcmp(a->layers[i].form, b->layers[i].form) != 0)
            return false;
    return a->layers_count > 0;
}

/* Moves the judged rows that are the same network as the baseline to the end. @return the others */
static size_t drop_same(const struct cvl_row **rows, size_t baselines, size_t count)
{
    size_t kept = baselines;
    for (size_t i = baselines; i < count; i++)
        if (rank(rows[i]) == rank(rows[0]) || !same_layers(rows[i], rows[0]))
            rows[kept++] = rows[i];
    return kept;
}

static void add_group(struct cvl_groups *groups, const struct cvl_row **rows, size_t baselines,
                      size_t count)
{
    count = drop_same(rows, baselines, count);
    if (baselines > 0 && count > baselines)
        groups->groups[groups->count++] =
            (struct cvl_group){rows, baselines, rows + baselines, count - baselines};
}

/* Compares all rows with the standard rows; without these, inverted rows of one problem with the
 * first. */
static void split_layer(struct cvl_groups *groups, const struct cvl_row **rows, size_t count)
{
    size_t at = 0;
    if (rank(rows[0]) == 0) {
        while (at < count && rank(rows[at]) == 0)
            at++;
        add_group(groups, rows, at, count);
        return;
    }
    for (size_t equal; at < count; at += equal) {
        equal = count_same_problem(rows + at, count - at);
        if (rows[at]->key.problem.form == CVL_INVERTED)
            add_group(groups, rows + at, 1, equal);
    }
}

static void split(struct cvl_groups *groups, size_t row_count)
{
    for (size_t i = 0, alike; i < row_count; i += alike) {
        alike = count_same_layer(groups->rows + i, row_count - i);
        split_layer(groups, groups->rows + i, alike);
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
        return cvl_fail(err, CVL_NO_MEMORY, "model: out of memory to compare %zu rows",
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
    return row->has_computed ? row->computed.peak_bytes[policy] : CVL_ABSENT;
}

uint64_t cvl_row_known_peak(const struct cvl_row *row, enum cvl_policy policy)
{
    const uint64_t counted = cvl_row_peak(row, policy, CVL_SOURCE_COUNTED);
    return counted != CVL_ABSENT ? counted : cvl_row_peak(row, policy, CVL_SOURCE_COMPUTED);
}

uint64_t cvl_row_peak_without_weights(const struct cvl_row *row, enum cvl_policy policy,
                                      enum cvl_source source)
{
    if (!row->has_computed)
        return CVL_ABSENT;
    if (source == CVL_SOURCE_COMPUTED)
        return row->computed.peak_without_weights_bytes[policy];
    uint64_t peak = cvl_row_peak(row, policy, source);
    uint64_t staying =
        row->computed.peak_bytes[policy] - row->computed.peak_without_weights_bytes[policy];
    return peak == CVL_ABSENT || staying > peak ? CVL_ABSENT : peak - staying;
}

double cvl_row_time_s(const struct cvl_row *row, const struct cvl_row *other)
{
    bool alike = !cvl_row_is_timed(other) || row->time.clock == other->time.clock;
    double time_s = alike ? row->time.median_s : row->time.host_median_s;
    return cvl_row_is_timed(row) && time_s > 0 ? time_s : (double)NAN;
}
