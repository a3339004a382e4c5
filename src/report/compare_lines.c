/* Lines, notes and counts of a comparison. */
#include "report/compare_lines.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static bool has(const struct cvl_difference *item, enum cvl_outcome outcome)
{
    return item->outcomes >> outcome & 1U;
}

static struct cvl_compare_line begin_line(const struct cvl_difference *item,
                                          enum cvl_outcome outcome, const char *what)
{
    struct cvl_compare_line line = {
        .item = item,
        .row = item->after ? item->after : item->before,
        .outcome = outcome,
        .fails = item->failures >> outcome & 1U,
    };
    cvl_copy(line.what, sizeof line.what, what);
    return line;
}

static bool is_alike(const struct cvl_byte_change *a, const struct cvl_byte_change *b)
{
    return a->before == b->before && a->after == b->after;
}

static bool is_policy(const struct cvl_byte_change *change)
{
    enum cvl_policy policy;
    return cvl_policy_parse(change->name, &policy, NULL) == CVL_OK;
}

/* Which policies changed as this one did. @return how many; `other` is one that did not */
static unsigned find_alike(const struct cvl_difference *item, const struct cvl_byte_change *change,
                           enum cvl_policy *other)
{
    bool there[CVL_POLICY_COUNT] = {false};
    enum cvl_policy policy;
    unsigned count = 0;
    for (size_t i = 0; i < item->byte_count; i++)
        if (is_alike(&item->bytes[i], change) &&
            cvl_policy_parse(item->bytes[i].name, &policy, NULL) == CVL_OK) {
            there[policy] = true;
            count++;
        }
    *other = CVL_ALL_LIVE;
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        *other = there[p] ? *other : (enum cvl_policy)p;
    return count;
}

/* One line serves all policies, or all but one, that changed alike: that of the first. */
static bool is_said(const struct cvl_difference *item, size_t index)
{
    const struct cvl_byte_change *change = &item->bytes[index];
    enum cvl_policy other;
    if (!is_policy(change) || find_alike(item, change, &other) + 1 < CVL_POLICY_COUNT)
        return false;
    for (size_t i = 0; i < index; i++)
        if (is_alike(&item->bytes[i], change))
            return true;
    return false;
}

/* "freed", "all but arena", "all policies" */
static void name_policies(const struct cvl_difference *item, const struct cvl_byte_change *change,
                          char what[CVL_COMPARE_CELL_BYTES])
{
    enum cvl_policy other;
    const unsigned count = find_alike(item, change, &other);
    if (count == CVL_POLICY_COUNT)
        cvl_copy(what, CVL_COMPARE_CELL_BYTES, "all policies");
    else if (count + 1 == CVL_POLICY_COUNT)
        (void)snprintf(what, CVL_COMPARE_CELL_BYTES, "all but %s", cvl_policy_name(other));
}

/* Exact, since one byte counts; the percentage is for a sense of the size. */
static struct cvl_compare_line byte_line(const struct cvl_difference *item,
                                         const struct cvl_byte_change *change)
{
    const bool more = change->after > change->before;
    const uint64_t bytes = more ? change->after - change->before : change->before - change->after;
    const double percent =
        change->before > 0 ? 100.0 * (double)bytes / (double)change->before : 0.0;
    struct cvl_compare_line line =
        begin_line(item, more ? CVL_OUTCOME_MORE_MEMORY : CVL_OUTCOME_LESS_MEMORY, change->name);
    if (is_policy(change))
        name_policies(item, change, line.what);
    (void)snprintf(line.before, sizeof line.before, "%" PRIu64 " B", change->before);
    (void)snprintf(line.after, sizeof line.after, "%" PRIu64 " B", change->after);
    if (percent >= 0.05)
        (void)snprintf(line.change, sizeof line.change, "%c%" PRIu64 " B, %.1f %%",
                       more ? '+' : '-', bytes, percent);
    else
        (void)snprintf(line.change, sizeof line.change, "%c%" PRIu64 " B", more ? '+' : '-', bytes);
    return line;
}

static struct cvl_compare_line time_line(const struct cvl_difference *item,
                                         enum cvl_outcome outcome)
{
    struct cvl_compare_line line = begin_line(item, outcome, "time");
    cvl_print_seconds(line.before, sizeof line.before, item->time.before_s);
    cvl_print_seconds(line.after, sizeof line.after, item->time.after_s);
    if (isfinite(item->time.median))
        (void)snprintf(line.change, sizeof line.change, "%+.1f %%", 100.0 * item->time.median);
    return line;
}

static void put_status(const struct cvl_row *row, char text[CVL_COMPARE_CELL_BYTES])
{
    cvl_copy(text, CVL_COMPARE_CELL_BYTES, row ? cvl_row_status_name(row->status) : "none");
}

static struct cvl_compare_line status_line(const struct cvl_difference *item,
                                           enum cvl_outcome outcome)
{
    struct cvl_compare_line line = begin_line(item, outcome, "");
    put_status(item->before, line.before);
    put_status(item->after, line.after);
    return line;
}

size_t cvl_compare_lines(const struct cvl_difference *item,
                         struct cvl_compare_line lines[CVL_COMPARE_LINES])
{
    static const enum cvl_outcome of_time[] = {CVL_OUTCOME_SLOWER, CVL_OUTCOME_FASTER,
                                               CVL_OUTCOME_UNSURE};
    static const enum cvl_outcome of_status[] = {
        CVL_OUTCOME_FAILED, CVL_OUTCOME_FIXED, CVL_OUTCOME_NEW, CVL_OUTCOME_GONE, CVL_OUTCOME_SAME};
    size_t count = 0;
    for (size_t i = 0; i < item->byte_count; i++)
        if (!is_said(item, i))
            lines[count++] = byte_line(item, &item->bytes[i]);
    for (size_t i = 0; i < sizeof of_time / sizeof of_time[0]; i++)
        if (has(item, of_time[i]))
            lines[count++] = time_line(item, of_time[i]);
    for (size_t i = 0; i < sizeof of_status / sizeof of_status[0]; i++)
        if (has(item, of_status[i]))
            lines[count++] = status_line(item, of_status[i]);
    return count;
}

bool cvl_compare_is_shown(const struct cvl_compared *compared, const struct cvl_difference *item)
{
    return compared->all || !has(item, CVL_OUTCOME_SAME);
}

const char *cvl_compare_subject(const struct cvl_row *row)
{
    return cvl_key_is_network(&row->key) ? row->key.network : row->key.layer;
}

void cvl_compare_kind(const struct cvl_row *row, char *text, size_t size)
{
    (void)snprintf(text, size, "%s %s%s", cvl_layout_name(row->key.layout),
                   cvl_dtype_name(row->key.dtype), cvl_key_passes_text(&row->key));
}

/* Without its name, which is that of its layer. */
static void print_problem(const struct cvl_row *row, char text[CVL_PROBLEM_TEXT_BYTES])
{
    struct cvl_problem problem = row->key.problem;
    problem.name[0] = '\0';
    (void)cvl_problem_print(&problem, text, CVL_PROBLEM_TEXT_BYTES);
}

void cvl_compare_problem(const struct cvl_difference *item, struct cvl_text *text)
{
    char before[CVL_PROBLEM_TEXT_BYTES], after[CVL_PROBLEM_TEXT_BYTES];
    if (!item->problem_changed)
        return;
    print_problem(item->before, before);
    print_problem(item->after, after);
    cvl_text_append(text, "its problem was %s and is %s", before, after);
}

bool cvl_compare_is_first(const struct cvl_comparison *comparison, size_t index)
{
    static const unsigned parts =
        CVL_KEY_NETWORK | CVL_KEY_LAYER | CVL_KEY_GEOMETRY | CVL_KEY_PROBLEM;
    const struct cvl_difference *item = &comparison->items[index];
    const struct cvl_difference *last = index > 0 ? item - 1 : NULL;
    return item->problem_changed &&
           (!last || !last->problem_changed ||
            cvl_key_compare(&item->before->key, &last->before->key, parts) != 0 ||
            cvl_key_compare(&item->after->key, &last->after->key, parts) != 0);
}

void cvl_compare_counts(const struct cvl_comparison *comparison, struct cvl_text *text)
{
    char fail_on[128];
    const char *separator = ": ";
    cvl_text_append(text, "%zu row%s", comparison->count, comparison->count == 1 ? "" : "s");
    for (unsigned i = 0; i < CVL_OUTCOME_COUNT; i++) {
        if (comparison->counts[i] == 0)
            continue;
        cvl_text_append(text, "%s%zu ", separator, comparison->counts[i]);
        for (const char *c = cvl_outcome_name((enum cvl_outcome)i); *c != '\0'; c++)
            cvl_text_append_bytes(text, *c == '_' ? " " : c, 1);
        separator = ", ";
    }
    cvl_fail_on_print(&comparison->rules, fail_on, sizeof fail_on);
    if (comparison->failures == 0)
        cvl_text_append(text, "; none fails (--fail-on %s)", fail_on);
    else
        cvl_text_append(text, "; %zu fail%s (--fail-on %s)", comparison->failures,
                        comparison->failures == 1 ? "s" : "", fail_on);
}
