#include "duel.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/statistics.h"

enum { BLOCK_SAMPLES = 1024, MAX_TURNS = 400, MIN_TURNS = 3 };

static const double pause_s = 0.020;
static const double warm_s = 0.002;
static const double block_s = 0.025;
static const double patience = 4.0; /* times the budget, where turns are left out */

/* A turn this much slower than the fastest is left out: a guest of a shared machine may have half
 * of its speed for seconds, and what then limits a kernel is not what limits it else. */
static const double slow_turn = 1.4;

/* One side's executions in all turns. */
struct series {
    double *values;              /* of all turns, one after the other */
    size_t first[MAX_TURNS + 1]; /* where each turn begins */
    double median_s[MAX_TURNS];  /* of each turn */
    double spent_s[MAX_TURNS];
    double fastest_s; /* of the medians */
};

static void pause_briefly(void)
{
    struct timespec time = {0, (long)(pause_s * 1e9)};
    (void)nanosleep(&time, NULL);
}

static void tell_turn(const struct peers_side *side, bool begins)
{
    if (side->turn)
        side->turn(side->self, begins);
}

static enum cvl_status warm_up(const struct peers_side *side, struct cvl_error *err)
{
    double unused, begin = cvl_host_now();
    enum cvl_status status;
    do
        status = side->sample(side->self, &unused, err);
    while (status == CVL_OK && cvl_host_now() - begin < warm_s);
    return status;
}

static enum cvl_status find_median(const double *values, size_t count, double *out,
                                   struct cvl_error *err)
{
    struct cvl_statistics statistics;
    if (count == 0)
        return cvl_fail(err, CVL_FAILED, "no turn in which both sides had their speed");
    if (!cvl_statistics_compute(values, count, &statistics))
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the statistics");
    *out = statistics.median;
    return CVL_OK;
}

static enum cvl_status take_block(const struct peers_side *side, struct series *series, size_t turn,
                                  struct cvl_error *err)
{
    size_t count = 0;
    double *values =
        realloc(series->values, (series->first[turn] + BLOCK_SAMPLES) * sizeof *series->values);
    if (!values)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the samples");
    series->values = values;
    values += series->first[turn];
    pause_briefly();
    tell_turn(side, true);
    enum cvl_status status = warm_up(side, err);
    double begin = cvl_host_now(), spent_s = 0.0;
    while (status == CVL_OK && spent_s < block_s && count < BLOCK_SAMPLES) {
        status = side->sample(side->self, &values[count], err);
        count += status == CVL_OK;
        spent_s = cvl_host_now() - begin;
    }
    tell_turn(side, false);
    series->first[turn + 1] = series->first[turn] + count;
    series->spent_s[turn] = spent_s;
    return status == CVL_OK ? find_median(values, count, &series->median_s[turn], err) : status;
}

static bool is_slow(const struct series series[2], size_t turn)
{
    return series[0].median_s[turn] > slow_turn * series[0].fastest_s ||
           series[1].median_s[turn] > slow_turn * series[1].fastest_s;
}

/* Enough turns that count, or no patience left? */
static bool is_done(const struct series series[2], size_t turns, double budget_s)
{
    double counted_s[2] = {0.0, 0.0}, spent_s = 0.0;
    size_t counted = 0;
    for (size_t t = 0; t < turns; t++) {
        spent_s += fmin(series[0].spent_s[t], series[1].spent_s[t]);
        if (is_slow(series, t))
            continue;
        counted++;
        for (int s = 0; s < 2; s++)
            counted_s[s] += series[s].spent_s[t];
    }
    if (turns == MAX_TURNS || (turns > MIN_TURNS && spent_s > patience * budget_s))
        return true;
    return counted >= MIN_TURNS && fmin(counted_s[0], counted_s[1]) >= budget_s;
}

/* The median over the turns that count, whose samples move to the front. */
static enum cvl_status conclude(struct series series[2], size_t turns, double medians_s[2],
                                struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (int s = 0; s < 2 && status == CVL_OK; s++) {
        size_t count = 0;
        for (size_t t = 0; t < turns; t++)
            for (size_t i = series[s].first[t]; !is_slow(series, t) && i < series[s].first[t + 1];
                 i++)
                series[s].values[count++] = series[s].values[i];
        status = find_median(series[s].values, count, &medians_s[s], err);
    }
    return status;
}

enum cvl_status peers_duel(const struct peers_side sides[2], double budget_s, double medians_s[2],
                           struct cvl_error *err)
{
    struct series *series = calloc(2, sizeof *series);
    if (!series)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the samples");
    series[0].fastest_s = series[1].fastest_s = INFINITY;
    enum cvl_status status = CVL_OK;
    size_t turns = 0;
    while (status == CVL_OK && !is_done(series, turns, budget_s)) {
        for (int s = 0; s < 2 && status == CVL_OK; s++) {
            status = take_block(&sides[s], &series[s], turns, err);
            series[s].fastest_s = fmin(series[s].fastest_s, series[s].median_s[turns]);
        }
        turns++;
    }
    if (status == CVL_OK)
        status = conclude(series, turns, medians_s, err);
    free(series[0].values);
    free(series[1].values);
    free(series);
    return status;
}

enum cvl_status peers_try(const struct peers_side *side, double *seconds, struct cvl_error *err)
{
    enum { TRIES = 9 };
    double begin = cvl_host_now();
    enum cvl_status status = CVL_OK;
    *seconds = INFINITY;
    tell_turn(side, true);
    for (int i = 0; i < TRIES && status == CVL_OK; i++) {
        double spent_s;
        status = side->sample(side->self, &spent_s, err);
        if (status == CVL_OK && spent_s < *seconds)
            *seconds = spent_s;
        if (cvl_host_now() - begin > block_s)
            break;
    }
    tell_turn(side, false);
    return status;
}
