#include "run/sampler.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "run/statistics.h"

struct cvl_sampler cvl_sampler_default(double budget_s)
{
    return (struct cvl_sampler){
        .budget_s = budget_s,
        .uncertainty = 0.005,
        .least = 3,
        .most = 400,
        .warmup_least = 1,
    };
}

static enum cvl_status warm_up(const struct cvl_sampler *sampler, uint32_t *count,
                               struct cvl_error *err)
{
    double begin = sampler->now(sampler->user);
    for (*count = 0; *count < sampler->most;) {
        struct cvl_sample unused;
        enum cvl_status status = sampler->sample(sampler->user, &unused, err);
        if (status != CVL_OK)
            return status;
        ++*count;
        double spent_s = sampler->now(sampler->user) - begin;
        if (*count >= sampler->warmup_least && spent_s >= 0.2 * sampler->budget_s)
            break;
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

enum cvl_status cvl_sampler_run(const struct cvl_sampler *sampler, struct cvl_samples *out,
                                struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    *out = (struct cvl_samples){0};
    out->host_s = malloc(sampler->most * sizeof *out->host_s);
    out->event_s = malloc(sampler->most * sizeof *out->event_s);
    if (!out->host_s || !out->event_s)
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no memory for %u samples", sampler->most);
    if (status == CVL_OK)
        status = warm_up(sampler, &out->warmup, err);
    size_t next_look = 10;
    double begin = sampler->now(sampler->user);
    while (status == CVL_OK && out->count < sampler->most) {
        struct cvl_sample sample;
        status = sampler->sample(sampler->user, &sample, err);
        if (status != CVL_OK)
            break;
        out->host_s[out->count] = sample.host_s;
        out->event_s[out->count] = sample.event_s;
        out->count++;
        bool spent = sampler->now(sampler->user) - begin >= sampler->budget_s;
        const double *judged = isnan(sample.event_s) ? out->host_s : out->event_s;
        if (out->count >= sampler->least && (spent || is_hopeless(sampler, judged, out->count) ||
                                             is_known(sampler, judged, out->count, &next_look)))
            break;
    }
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
