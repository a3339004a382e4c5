/* Compares two results row by row. */
#include <convlens/compare.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "model/compare_times.h"
#include "model/groups.h"
#include "model/pairs.h"

const char *cvl_outcome_name(enum cvl_outcome outcome)
{
    static const char *const names[] = {
#define CVL_OUTCOME_NAME(ID, name, ...) #name,
        CVL_OUTCOME_LIST(CVL_OUTCOME_NAME, )
#undef CVL_OUTCOME_NAME
    };
    return names[outcome];
}

const char *cvl_outcome_title(enum cvl_outcome outcome)
{
    static const char *const titles[] = {
#define CVL_OUTCOME_TITLE(ID, name, title, ...) title,
        CVL_OUTCOME_LIST(CVL_OUTCOME_TITLE, )
#undef CVL_OUTCOME_TITLE
    };
    return titles[outcome];
}

/* What a row's status means to a comparison. A refused row has no figures, and is not wrong. */
enum standing { ABSENT, GOOD, WRONG };

static enum standing stand(const struct cvl_row *row)
{
    if (!row || row->status == CVL_ROW_UNSUPPORTED || row->status == CVL_ROW_SKIPPED)
        return ABSENT;
    return row->status == CVL_ROW_OK ? GOOD : WRONG;
}

/* "crashed: signal 11"; "ok". */
static void state_status(const struct cvl_row *row, struct cvl_difference *item)
{
    if (row)
        (void)snprintf(item->reason, sizeof item->reason, "%s%s%s",
                       cvl_row_status_name(row->status), row->reason[0] ? ": " : "", row->reason);
}

/* Two refused rows, or one alone, have nothing to compare. */
static bool is_compared(const struct cvl_pair *pair)
{
    return stand(pair->before) != ABSENT || stand(pair->after) != ABSENT;
}

/* @return true: both rows have figures to compare */
static bool compare_statuses(struct cvl_difference *item)
{
    const enum standing before = stand(item->before), after = stand(item->after);
    if (before == GOOD && after == GOOD)
        return true;
    if (after == WRONG) {
        if (before != WRONG)
            item->outcomes |= CVL_OUTCOME_BIT(FAILED);
        state_status(item->after, item);
    } else if (after == GOOD) {
        item->outcomes |= before == WRONG ? CVL_OUTCOME_BIT(FIXED) : CVL_OUTCOME_BIT(NEW);
        state_status(before == WRONG ? item->before : NULL, item);
    } else if (before != ABSENT) {
        item->outcomes |= CVL_OUTCOME_BIT(GONE);
        state_status(item->after, item);
    }
    return false;
}

static void compare_bytes(struct cvl_difference *item, const char *name, uint64_t before,
                          uint64_t after)
{
    if (before == CVL_ABSENT || after == CVL_ABSENT || before == after)
        return;
    item->bytes[item->byte_count++] = (struct cvl_byte_change){name, before, after};
    item->outcomes |= after > before ? CVL_OUTCOME_BIT(MORE_MEMORY) : CVL_OUTCOME_BIT(LESS_MEMORY);
}

static void compare_memory(struct cvl_difference *item)
{
    const struct cvl_row *before = item->before, *after = item->after;
    const enum cvl_source source =
        before->has_counted && after->has_counted ? CVL_SOURCE_COUNTED : CVL_SOURCE_COMPUTED;
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        compare_bytes(item, cvl_policy_name((enum cvl_policy)p),
                      cvl_row_peak(before, (enum cvl_policy)p, source),
                      cvl_row_peak(after, (enum cvl_policy)p, source));
    if (before->has_computed && after->has_computed) {
        item->source = cvl_source_name(source);
        compare_bytes(item, "loading", before->computed.load_peak_bytes,
                      after->computed.load_peak_bytes);
    }
}

static void find_failures(const struct cvl_compare_rules *rules, struct cvl_difference *item)
{
    uint64_t growth = 0;
    for (size_t i = 0; i < item->byte_count; i++) {
        const struct cvl_byte_change *change = &item->bytes[i];
        if (change->after > change->before && change->after - change->before > growth)
            growth = change->after - change->before;
    }
    item->failures = item->outcomes & rules->fail_on;
    if (growth < rules->fail_bytes)
        item->failures &= ~CVL_OUTCOME_BIT(MORE_MEMORY);
    if (!(item->time.median >= rules->fail_change))
        item->failures &= ~CVL_OUTCOME_BIT(SLOWER);
}

static enum cvl_status compare_pair(const struct cvl_compare_rules *rules,
                                    const struct cvl_pair *pair, struct cvl_difference *item,
                                    struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    *item = (struct cvl_difference){
        .before = pair->before,
        .after = pair->after,
        .problem_changed = pair->problem_changed,
        .time = {NAN, NAN, NAN, NAN, NAN, NAN},
    };
    if (compare_statuses(item)) {
        compare_memory(item);
        if (cvl_row_is_timed(item->before) && cvl_row_is_timed(item->after))
            status = cvl_compare_times(rules, item, err);
    }
    if (item->outcomes == 0)
        item->outcomes = CVL_OUTCOME_BIT(SAME);
    find_failures(rules, item);
    return status;
}

static void count(struct cvl_comparison *comparison, const struct cvl_difference *item)
{
    for (unsigned i = 0; i < CVL_OUTCOME_COUNT; i++)
        comparison->counts[i] += (item->outcomes >> i) & 1U;
    comparison->failures += item->failures != 0;
    comparison->pair_count += item->before && item->after;
}

enum cvl_status cvl_compare(const struct cvl_results *before, const struct cvl_results *after,
                            const struct cvl_compare_rules *rules, struct cvl_comparison *out,
                            struct cvl_error *err)
{
    struct cvl_pair *pairs = NULL;
    size_t pair_count = 0;
    *out = (struct cvl_comparison){.rules = *rules};
    enum cvl_status status = cvl_pairs_create(before, after, &pairs, &pair_count, err);
    if (status == CVL_OK) {
        out->items = calloc(pair_count + 1, sizeof *out->items); /* the size is never 0 */
        if (!out->items)
            status = cvl_fail(err, CVL_NO_MEMORY, "model: out of memory to compare %zu rows",
                              pair_count);
    }
    for (size_t i = 0; i < pair_count && status == CVL_OK; i++) {
        if (!is_compared(&pairs[i]))
            continue;
        struct cvl_difference *item = &out->items[out->count++];
        status = compare_pair(rules, &pairs[i], item, err);
        count(out, item);
    }
    free(pairs);
    return status;
}

void cvl_comparison_clear(struct cvl_comparison *comparison)
{
    free(comparison->items);
    *comparison = (struct cvl_comparison){0};
}
