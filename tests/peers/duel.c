#include "duel.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "run/clock.h"
#include "run/statistics.h"

enum { MOST_SAMPLES = 4096, LEAST_TURNS = 3 };

static const double pause_s = 0.020;
static const double warm_s = 0.002;
static const double block_s = 0.025;

struct series {
    double *values;
    size_t count;
    double spent_s;
};

static void pause_briefly(void)
{
    struct timespec time = {0, (long)(pause_s * 1e9)};
    (void)nanosleep(&time, NULL);
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

static enum cvl_status take_block(const struct peers_side *side, struct series *series,
                                  struct cvl_error *err)
{
    pause_briefly();
    enum cvl_status status = warm_up(side, err);
    double begin = cvl_host_now(), spent_s = 0.0;
    while (status == CVL_OK && spent_s < block_s && series->count < MOST_SAMPLES) {
        status = side->sample(side->self, &series->values[series->count], err);
        series->count += status == CVL_OK;
        spent_s = cvl_host_now() - begin;
    }
    series->spent_s += spent_s;
    return status;
}

static enum cvl_status take_turns(const struct peers_side sides[2], double budget_s,
                                  struct series series[2], struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (int turn = 0; status == CVL_OK; turn++) {
        bool is_spent = series[0].spent_s >= budget_s && series[1].spent_s >= budget_s;
        bool is_full = series[0].count == MOST_SAMPLES || series[1].count == MOST_SAMPLES;
        if (turn >= LEAST_TURNS && (is_spent || is_full))
            break;
        for (int s = 0; s < 2 && status == CVL_OK; s++)
            status = take_block(&sides[s], &series[s], err);
    }
    return status;
}

static enum cvl_status find_median(const struct series *series, double *out, struct cvl_error *err)
{
    struct cvl_statistics statistics;
    if (!cvl_statistics_compute(series->values, series->count, &statistics))
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the statistics");
    *out = statistics.median;
    return CVL_OK;
}

enum cvl_status peers_duel(const struct peers_side sides[2], double budget_s, double medians_s[2],
                           struct cvl_error *err)
{
    struct series series[2] = {{0}};
    enum cvl_status status = CVL_OK;
    for (int s = 0; s < 2; s++) {
        series[s].values = malloc(MOST_SAMPLES * sizeof *series[s].values);
        if (!series[s].values)
            status = cvl_fail(err, CVL_NO_MEMORY, "no memory for the samples");
    }
    if (status == CVL_OK)
        status = take_turns(sides, budget_s, series, err);
    for (int s = 0; s < 2 && status == CVL_OK; s++)
        status = find_median(&series[s], &medians_s[s], err);
    free(series[0].values);
    free(series[1].values);
    return status;
}

enum cvl_status peers_try(const struct peers_side *side, double *seconds, struct cvl_error *err)
{
    enum { TRIES = 9 };
    double begin = cvl_host_now();
    enum cvl_status status = CVL_OK;
    *seconds = INFINITY;
    for (int i = 0; i < TRIES && status == CVL_OK; i++) {
        double spent_s;
        status = side->sample(side->self, &spent_s, err);
        if (status == CVL_OK && spent_s < *seconds)
            *seconds = spent_s;
        if (cvl_host_now() - begin > block_s)
            break;
    }
    return status;
}
