/* When to stop sampling. */
#include "run/time/sampler.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/statistics.h"

struct cvl_sampler cvl_sampler_default(double budget_s)
{
    return (struct cvl_sampler){
        .budget_s = budget_s,
        .whole_s = budget_s,
        .uncertainty = 0.005,
        .min = 3,
        .max = 400,
    };
}

/* A round is a thirtieth of the budget, long enough for clocks that rise and caches that fill to
 * show between two of them. */
static const double round_part = 1.0 / 30.0, warmup_part = 0.2, faster = 0.98;

/* An execution of that many budgets is the only sample: two more would cost more than they show. */
static const double long_part = 5.0;

/* One round of executions, at least one. *fastest_s: the least time of them. */
static enum cvl_status warm_round(const struct cvl_sampler *sampler, uint32_t *count,
                                  struct cvl_sample *last, double *fastest_s, struct cvl_error *err)
{
    const double begin_s = sampler->now(sampler->user);
    *fastest_s = INFINITY;
    do {
        enum cvl_status status = sampler->sample(sampler->user, last, err);
        if (status != CVL_OK)
            return status;
        ++*count;
        *fastest_s = fmin(*fastest_s, isnan(last->event_s) ? last->host_s : last->event_s);
    } while (*count < sampler->max &&
             sampler->now(sampler->user) - begin_s < round_part * sampler->budget_s);
    return CVL_OK;
}

static void keep(struct cvl_samples *samples, const struct cvl_sample *sample)
{
    assert(samples->host_s && samples->event_s);
    samples->host_s[samples->count] = sample->host_s;
    samples->event_s[samples->count] = sample->event_s;
    samples->count++;
}

static enum cvl_status warm_up(const struct cvl_sampler *sampler, struct cvl_samples *out,
                               struct cvl_error *err)
{
    const double limit_s = warmup_part * sampler->budget_s;
    const double begin_s = sampler->now(sampler->user);
    double before_s = INFINITY, fastest_s;
    struct cvl_sample last;
    for (;; before_s = fastest_s) {
        enum cvl_status status = warm_round(sampler, &out->warmup, &last, &fastest_s, err);
        if (status != CVL_OK)
            return status;
        const double spent_s = sampler->now(sampler->user) - begin_s;
        if (spent_s >= limit_s || fastest_s >= faster * before_s || out->warmup >= sampler->max)
            break;
    }
    if (out->warmup == 1) {
        out->warmup = 0;
        keep(out, &last);
    }
    return CVL_OK;
}

/* Sorting every time would dominate short subjects: ask at 10, 12, 14, 17, … samples. */
static bool is_known(const struct cvl_sampler *sampler, const double *values, size_t count,
                     size_t *next_look)
{
    if (count < *next_look)
        return false;
    *next_look = count + count / 5 + 1;
    struct cvl_statistics statistics;
    return cvl_statistics_compute(values, count, &statistics) &&
           statistics.uncertainty < sampler->uncertainty;
}

/* Is not one of the values as fast as what is sought? */
static bool is_hopeless(const struct cvl_sampler *sampler, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] <= sampler->hopeless_s)
            return false;
    return sampler->hopeless_s > 0.0;
}

/* Is what warm-up left enough? */
static bool is_long(const struct cvl_sampler *sampler, const struct cvl_samples *samples)
{
    return samples->count > 0 && (samples->host_s[0] > long_part * sampler->whole_s ||
                                  (sampler->min == 1 && samples->host_s[0] >= sampler->budget_s));
}

static enum cvl_status take_samples(const struct cvl_sampler *sampler, struct cvl_samples *out,
                                    struct cvl_error *err)
{
    if (is_long(sampler, out))
        return CVL_OK;
    const double begin = sampler->now(sampler->user);
    size_t next_look = 10;
    while (out->count < sampler->max) {
        struct cvl_sample sample;
        const enum cvl_status status = sampler->sample(sampler->user, &sample, err);
        if (status != CVL_OK)
            return status;
        keep(out, &sample);
        const double taken_s = sampler->now(sampler->user) - begin;
        const bool spent = taken_s >= sampler->budget_s;
        const double *judged = isnan(sample.event_s) ? out->host_s : out->event_s;
        if (out->count >= sampler->min &&
            (spent || is_hopeless(sampler, judged, out->count) ||
             (taken_s >= sampler->min_s && is_known(sampler, judged, out->count, &next_look))))
            break;
    }
    return CVL_OK;
}

enum cvl_status cvl_sampler_run(const struct cvl_sampler *sampler, struct cvl_samples *out,
                                struct cvl_error *err)
{
    assert(sampler->min > 0 && sampler->min <= sampler->max && sampler->now && sampler->sample);
    enum cvl_status status = CVL_OK;
    *out = (struct cvl_samples){0};
    out->host_s = malloc(sampler->max * sizeof *out->host_s);
    out->event_s = malloc(sampler->max * sizeof *out->event_s);
    if (!out->host_s || !out->event_s)
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no memory for %u samples", sampler->max);
    if (status == CVL_OK)
        status = warm_up(sampler, out, err);
    if (status == CVL_OK)
        status = take_samples(sampler, out, err);
    if (status != CVL_OK)
        cvl_samples_clear(out);
    return status;
}

void cvl_samples_clear(struct cvl_samples *samples)
{
    free(samples->host_s);
    free(samples->event_s);
    *samples = (struct cvl_samples){0};
}
