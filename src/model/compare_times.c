/* Judges whether a row's time has changed. */
#include "model/compare_times.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/statistics.h"
#include "base/text.h"
#include "model/device_speed.h"
#include "model/disturbance.h"

/* What a row's time is judged by. */
struct times {
    double *samples; /* owned: the finite ones */
    size_t count;
    double median, quartile, p05; /* NAN: unknown */
};

/* Without samples there is no quartile. */
static enum cvl_status take_times(const struct cvl_row *row, bool has_samples, struct times *out,
                                  struct cvl_error *err)
{
    *out = (struct times){NULL, 0, row->time.median_s, (double)NAN, row->time.p05_s};
    if (!has_samples)
        return CVL_OK;
    out->samples = malloc(row->sample_count * sizeof *out->samples);
    for (size_t i = 0; out->samples && i < row->sample_count; i++)
        if (isfinite(row->samples_s[i]))
            out->samples[out->count++] = row->samples_s[i];
    struct cvl_statistics statistics;
    if (!out->samples ||
        (out->count > 0 && !cvl_statistics_compute(out->samples, out->count, &statistics)))
        return cvl_fail(err, CVL_NO_MEMORY, "model: out of memory to compare times");
    if (out->count > 0) {
        out->median = statistics.median;
        out->quartile = statistics.p25;
        out->p05 = statistics.p05;
    }
    return CVL_OK;
}

/* -1: fell by more than the min change, 1: grew, 0: neither, or unknown. The same change the other
 * way round is as large. */
static int direction(double before, double after, double min_change)
{
    return (after > before * (1.0 + min_change)) - (before > after * (1.0 + min_change));
}

static void state(struct cvl_difference *item, const char *text)
{
    cvl_copy(item->reason, sizeof item->reason, text);
}

static void state_cause(struct cvl_difference *item, const struct cvl_cause *cause)
{
    char explained[24] = "any change";
    if (isfinite(cause->explained))
        (void)snprintf(explained, sizeof explained, "up to %.0f %%", 100.0 * cause->explained);
    (void)snprintf(item->reason, sizeof item->reason,
                   "the device itself was %.0f %% %s, by its reference of %s, which explains %s",
                   100.0 * fabs(cause->change), cause->change > 0.0 ? "faster" : "slower",
                   cause->what, explained);
}

/* Rows of earlier versions have none. */
static bool has_rounds(const struct cvl_difference *item)
{
    return item->before->round_count > 0 && item->after->round_count > 0;
}

static size_t fewest_rounds(const struct cvl_difference *item)
{
    const size_t before = item->before->round_count, after = item->after->round_count;
    return before < after ? before : after;
}

/* Condition 8 judges the speed of the device where both rows know it. */
static bool knows_speed(const struct cvl_difference *item)
{
    const struct cvl_row_time *before = &item->before->time, *after = &item->after->time;
    return isfinite(before->reference_flops_per_s) && isfinite(after->reference_flops_per_s) &&
           isfinite(before->reference_passed_per_s) && isfinite(after->reference_passed_per_s);
}

/* Conditions 6 and 7. @return false with a reason */
static bool is_comparable(struct cvl_difference *item, const struct times *before,
                          const struct times *after)
{
    const struct cvl_row *rows[] = {item->before, item->after};
    char text[CVL_REASON_BYTES + 96], part[CVL_REASON_BYTES];
    const size_t fewest = before->count < after->count ? before->count : after->count;
    if (fewest == 0) {
        state(item, "no samples to test");
        return false;
    }
    if (fewest < CVL_COMPARE_MIN_SAMPLES) {
        (void)snprintf(text, sizeof text, "only %zu samples to test, %d are needed", fewest,
                       CVL_COMPARE_MIN_SAMPLES);
        state(item, text);
        return false;
    }
    if (has_rounds(item) && fewest_rounds(item) < CVL_COMPARE_MIN_ROUNDS) {
        (void)snprintf(text, sizeof text, "only %zu round%s of samples to test, %d are needed",
                       fewest_rounds(item), fewest_rounds(item) == 1 ? "" : "s",
                       CVL_COMPARE_MIN_ROUNDS);
        state(item, text);
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        cvl_disturbance_find(rows[i]->time.doubt, knows_speed(item), part, sizeof part);
        if (part[0] == '\0')
            continue;
        (void)snprintf(text, sizeof text, "doubt of the %s: %s", i == 0 ? "first" : "second", part);
        state(item, text);
        return false;
    }
    return true;
}

/* Condition 4. */
static bool are_apart(const struct times *before, const struct times *after, int sum)
{
    return sum > 0 ? after->p05 > before->median : before->p05 > after->median;
}

/* "p = 0.2" or "5th percentile +1.3 %": the conditions 1 to 5 that do not hold. */
static void state_conditions(struct cvl_difference *item, const int *directions, int sum,
                             bool apart, const struct cvl_compare_rules *rules)
{
    const struct cvl_time_change *time = &item->time;
    const double changes[] = {time->median, time->quartile, time->p05};
    static const char *const names[] = {"median", "lower quartile", "5th percentile"};
    const int wanted = sum > 0 ? 1 : -1;
    size_t used = 0;
    for (size_t i = 0; i < 3; i++)
        if (directions[i] != wanted && used < sizeof item->reason)
            used +=
                (size_t)snprintf(item->reason + used, sizeof item->reason - used, "%s%s %+.1f %%",
                                 used ? ", " : "", names[i], 100.0 * changes[i]);
    if (used == 0 && !apart)
        used = (size_t)snprintf(item->reason, sizeof item->reason, "the samples overlap");
    if (!(time->p_value < rules->max_p_value) && used < sizeof item->reason)
        (void)snprintf(item->reason + used, sizeof item->reason - used, "%sp = %.2g",
                       used ? ", " : "", time->p_value);
}

/* Of the median, the lower quartile and the 5th percentile. @return their sum */
static int find_directions(const struct times *before, const struct times *after, double min_change,
                           int *directions)
{
    directions[0] = direction(before->median, after->median, min_change);
    directions[1] = direction(before->quartile, after->quartile, min_change);
    directions[2] = direction(before->p05, after->p05, min_change);
    return directions[0] + directions[1] + directions[2];
}

static void judge(const struct cvl_compare_rules *rules, const struct times *before,
                  const struct times *after, struct cvl_difference *item)
{
    int directions[3], rest[3];
    const int sum = find_directions(before, after, rules->min_change, directions);
    if (directions[0] == 0 && directions[1] == 0 && directions[2] == 0)
        return;
    item->outcomes |= CVL_OUTCOME_BIT(UNSURE);
    if (!is_comparable(item, before, after))
        return;
    const bool one_way = sum == 3 || sum == -3, apart = are_apart(before, after, sum);
    if (!one_way || !apart || !(item->time.p_value < rules->max_p_value)) {
        state_conditions(item, directions, sum, apart, rules);
        return;
    }
    const struct cvl_cause cause = cvl_cause_find(item, sum > 0 ? 1 : -1);
    if (find_directions(before, after, rules->min_change + cause.explained, rest) != sum) {
        state_cause(item, &cause);
        return;
    }
    item->outcomes &= ~CVL_OUTCOME_BIT(UNSURE);
    item->outcomes |= sum > 0 ? CVL_OUTCOME_BIT(SLOWER) : CVL_OUTCOME_BIT(FASTER);
}

static double *round_medians(const struct cvl_row *row)
{
    double *medians = malloc(row->round_count * sizeof *medians);
    for (size_t i = 0; medians && i < row->round_count; i++)
        medians[i] = row->rounds[i].median_s;
    return medians;
}

/* Condition 5. Samples of a round are not independent; rounds that are spread over the run are. */
static enum cvl_status test_ranks(struct cvl_difference *item, const struct times *before,
                                  const struct times *after, struct cvl_error *err)
{
    struct cvl_rank_test test;
    enum cvl_status status = CVL_OK;
    if (before->count == 0 || after->count == 0)
        return CVL_OK;
    if (!has_rounds(item)) {
        status =
            cvl_rank_test(before->samples, before->count, after->samples, after->count, &test, err);
    } else {
        double *first = round_medians(item->before), *second = round_medians(item->after);
        status = first && second ? cvl_rank_test(first, item->before->round_count, second,
                                                 item->after->round_count, &test, err)
                                 : cvl_fail(err, CVL_NO_MEMORY, "model: out of memory to compare");
        free(first);
        free(second);
    }
    item->time.p_value = status == CVL_OK ? test.p_value : (double)NAN;
    return status;
}

static enum cvl_status compare(const struct cvl_compare_rules *rules, const struct times *before,
                               const struct times *after, struct cvl_difference *item,
                               struct cvl_error *err)
{
    item->time = (struct cvl_time_change){
        .before_s = before->median,
        .after_s = after->median,
        .median = after->median / before->median - 1.0,
        .quartile = after->quartile / before->quartile - 1.0,
        .p05 = after->p05 / before->p05 - 1.0,
        .p_value = (double)NAN,
    };
    enum cvl_status status = test_ranks(item, before, after, err);
    if (status == CVL_OK)
        judge(rules, before, after, item);
    return status;
}

/* Both rows were also timed by the host clock, which has the launches in it. */
static void compare_clocks(struct cvl_difference *item)
{
    const struct cvl_row_time *before = &item->before->time, *after = &item->after->time;
    item->outcomes |= CVL_OUTCOME_BIT(UNSURE);
    item->time.before_s = before->host_median_s;
    item->time.after_s = after->host_median_s;
    item->time.median = after->host_median_s / before->host_median_s - 1.0;
    (void)snprintf(item->reason, sizeof item->reason,
                   "timed by two clocks, %s and %s; shown is the host's",
                   cvl_clock_name(before->clock), cvl_clock_name(after->clock));
}

enum cvl_status cvl_compare_times(const struct cvl_compare_rules *rules,
                                  struct cvl_difference *item, struct cvl_error *err)
{
    struct times before = {0}, after = {0};
    if (item->before->time.clock != item->after->time.clock) {
        compare_clocks(item);
        return CVL_OK;
    }
    const bool has_samples = item->before->sample_count > 0 && item->after->sample_count > 0;
    enum cvl_status status = take_times(item->before, has_samples, &before, err);
    if (status == CVL_OK)
        status = take_times(item->after, has_samples, &after, err);
    if (status == CVL_OK)
        status = compare(rules, &before, &after, item, err);
    free(before.samples);
    free(after.samples);
    return status;
}
