/* The search on devices: one job at a time gets a turn, each candidate is a message to a worker. */
#include "supervise/tuner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/statistics.h"
#include "base/text.h"
#include "supervise/trial.h"

/* Seconds of measuring: a candidate, of which many are tried, and one side of a comparison. */
static const double trial_budget_s = 0.03, comparison_budget_s = 0.06;
/* A candidate so many times slower than the best in every sample is slow. */
static const double hopeless_factor = 1.3;
/* A best that is not this much faster is not worth a comparison. */
static const double least_gain = 1.01;

/* How often the best is compared with the default. Were they equal, it would be the faster every
 * time in one of twenty comparisons. */
enum { PAIRS = 3 };

/* One device's part of a search. */
struct device_search {
    const struct cvl_tuner *tuner;
    struct cvl_trials trials;
    struct cvl_tuner_jobs jobs;
    size_t *tried;
    double budget_s, begin_s;
};

static double left_s(const struct device_search *search)
{
    return search->budget_s - (cvl_host_now() - search->begin_s);
}

static double median_of(const struct cvl_candidate *candidate)
{
    return candidate && candidate->status == CVL_ROW_OK ? candidate->median_s : (double)NAN;
}

static void announce(const struct device_search *search, const struct cvl_tuner_job *job,
                     const struct cvl_candidate *candidate)
{
    const struct cvl_tuner_progress progress = {
        .job = &job->found,
        .asked = &candidate->asked,
        .tried = *search->tried,
        .default_s = median_of(cvl_search_default(job->search)),
        .best_s = median_of(cvl_search_best(job->search)),
        .left_s = left_s(search),
    };
    if (search->tuner->progress)
        search->tuner->progress(search->tuner->user, &progress);
}

/* Is there a default to hold a candidate's kernels against? One that crashed or hung is not built
 * again for that. */
static bool has_working_default(const struct cvl_tuner_job *job)
{
    const struct cvl_candidate *found = cvl_search_default(job->search);
    return !job->is_library && found && found->status == CVL_ROW_OK;
}

/* Tries a candidate and records it. */
static enum cvl_status work_on(struct device_search *search, struct cvl_tuner_job *job,
                               struct cvl_candidate *candidate, struct cvl_error *err)
{
    const struct cvl_tuning_key key = {job->device, &job->found.kind};
    const struct cvl_candidate *best = cvl_search_best(job->search);
    announce(search, job, candidate);
    const struct cvl_trial_limits limits = {
        .budget_s = trial_budget_s,
        .hopeless_s = best ? hopeless_factor * best->median_s : 0.0,
        .skip_unfit = true,
        .skip_spilled = has_working_default(job),
    };
    enum cvl_status status = cvl_trial_run(&search->trials, job, limits, candidate, err);
    if (status == CVL_OK)
        status = cvl_tuning_put(search->tuner->database, &key, candidate, err);
    if (status == CVL_OK)
        status = cvl_search_tell(job->search, candidate, err);
    ++*search->tried;
    return status;
}

/* What a comparison measures: medians of both sides, in turns. */
struct comparison {
    double default_s[PAIRS], best_s[PAIRS];
};

static enum cvl_status compare(struct device_search *search, const struct cvl_tuner_job *job,
                               const struct cvl_candidate *best, struct comparison *out,
                               struct cvl_error *err)
{
    const struct cvl_trial_limits limits = {.budget_s = comparison_budget_s};
    enum cvl_status status = CVL_OK;
    for (int i = 0; i < PAIRS && status == CVL_OK; i++) {
        struct cvl_candidate sides[2] = {{.status = CVL_ROW_OK}, *best};
        for (int side = 0; side < 2 && status == CVL_OK; side++)
            status = cvl_trial_run(&search->trials, job, limits, &sides[side], err);
        out->default_s[i] = median_of(&sides[0]);
        out->best_s[i] = median_of(&sides[1]);
    }
    return status;
}

/* Was the best the faster every time? A side that failed once has a NAN, and no. */
static bool is_faster(const struct comparison *comparison)
{
    for (int i = 0; i < PAIRS; i++)
        for (int j = 0; j < PAIRS; j++)
            if (!(comparison->best_s[i] < comparison->default_s[j]))
                return false;
    return true;
}

static double middle(const double *values)
{
    struct cvl_statistics statistics;
    for (int i = 0; i < PAIRS; i++)
        if (isnan(values[i]))
            return (double)NAN;
    return cvl_statistics_compute(values, PAIRS, &statistics) ? statistics.median : (double)NAN;
}

static enum cvl_status judge(struct device_search *search, const struct cvl_tuner_job *job,
                             const struct cvl_candidate *best, struct cvl_settlement *out,
                             struct cvl_error *err)
{
    const double default_s = median_of(cvl_search_default(job->search));
    struct comparison comparison;
    *out = (struct cvl_settlement){
        .compared = best->used, .default_s = default_s, .best_s = default_s};
    if (isnan(default_s)) { /* whatever works is better */
        out->asked = best->asked;
        out->best_s = best->median_s;
        return CVL_OK;
    }
    if (default_s < least_gain * best->median_s)
        return CVL_OK;
    const enum cvl_status status = compare(search, job, best, &comparison, err);
    if (status != CVL_OK)
        return status;
    const double again_s = middle(comparison.default_s);
    if (!is_faster(&comparison) && job->found.settled && job->found.settled_as.asked.count > 0) {
        *out = job->found.settled_as; /* an earlier best that has proven itself */
        out->compared = best->used;
        return CVL_OK;
    }
    out->default_s = out->best_s = isnan(again_s) ? default_s : again_s;
    if (is_faster(&comparison)) {
        out->asked = best->asked;
        out->best_s = middle(comparison.best_s);
    }
    return CVL_OK;
}

/* Holds a best that is new against the default. */
static enum cvl_status settle(struct device_search *search, struct cvl_tuner_job *job,
                              struct cvl_error *err)
{
    const struct cvl_tuning_key key = {job->device, &job->found.kind};
    const struct cvl_candidate *best = cvl_search_best(job->search);
    struct cvl_tuned *found = &job->found;
    struct cvl_settlement settlement;
    if (!best || (found->settled && cvl_values_equal(&found->settled_as.compared, &best->used)))
        return CVL_OK;
    enum cvl_status status = judge(search, job, best, &settlement, err);
    if (status == CVL_OK)
        status = cvl_tuning_settle(search->tuner->database, &key, &settlement, err);
    if (status != CVL_OK)
        return status;
    found->settled = true;
    found->settled_as = settlement;
    return CVL_OK;
}

/* Candidates of one job for a while: two at least of a job's first turn, the default and one more.
 */
static enum cvl_status take_turn(struct device_search *search, struct cvl_tuner_job *job,
                                 struct cvl_error *err)
{
    const struct cvl_tuning_key key = {job->device, &job->found.kind};
    const double begin_s = cvl_host_now();
    const double turn_s =
        cvl_share_turn(&job->share, search->jobs.count, search->budget_s, left_s(search));
    const size_t min_count = job->share.spent_s > 0.0 ? 1 : 2;
    enum cvl_status status = CVL_OK;
    if (!job->is_library)
        status = cvl_tuning_suggest(search->tuner->database, &key, job->search, err);
    for (size_t count = 0; status == CVL_OK; count++) {
        struct cvl_candidate candidate;
        const bool is_long = count >= min_count && cvl_host_now() - begin_s >= turn_s;
        if (is_long || left_s(search) <= 0.0)
            break;
        job->share.over = !cvl_search_next(job->search, &candidate);
        if (job->share.over)
            break;
        status = work_on(search, job, &candidate, err);
    }
    if (status == CVL_OK)
        status = settle(search, job, err);
    job->share.spent_s += cvl_host_now() - begin_s;
    const double best_s = median_of(cvl_search_best(job->search));
    job->share.weight_s = best_s * (double)job->found.layer_count;
    return status;
}

static enum cvl_status take_turns(struct device_search *search, struct cvl_error *err)
{
    const size_t count = search->jobs.count;
    struct cvl_share *shares = calloc(count + 1, sizeof *shares);
    enum cvl_status status =
        shares ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "tune: no memory for the jobs");
    while (status == CVL_OK && left_s(search) > 0.0) {
        for (size_t i = 0; i < count; i++)
            shares[i] = search->jobs.at[i].share;
        const size_t next = cvl_share_next(shares, count);
        if (next == count)
            break;
        status = take_turn(search, &search->jobs.at[next], err);
    }
    free(shares);
    return status;
}

/* Moves what became of the device's jobs to the end of the list. */
static enum cvl_status report(struct device_search *search, struct cvl_tuned **out, size_t *count,
                              struct cvl_error *err)
{
    const size_t jobs = search->jobs.count;
    struct cvl_tuned *more = realloc(*out, (*count + jobs + 1) * sizeof *more);
    if (!more)
        return cvl_fail(err, CVL_NO_MEMORY, "tune: no memory for the result");
    *out = more;
    for (size_t i = 0; i < jobs; i++) {
        struct cvl_tuner_job *job = &search->jobs.at[i];
        job->found.over = job->share.over;
        job->found.tried = cvl_search_tried(job->search);
        job->found.failed = cvl_search_failed(job->search);
        job->found.skipped = cvl_search_skipped(job->search);
        more[(*count)++] = job->found;
    }
    return CVL_OK;
}

static enum cvl_status search_device(const struct cvl_tuner *tuner,
                                     const struct cvl_device_facts *facts, size_t *tried,
                                     struct cvl_tuned **out, size_t *count, struct cvl_error *err)
{
    struct device_search search = {
        .tuner = tuner,
        .trials = cvl_trials_begin(tuner, facts),
        .tried = tried,
        .budget_s = tuner->budget_s / (double)tuner->device_count,
        .begin_s = cvl_host_now(),
    };
    enum cvl_status status = cvl_tuner_jobs_create(tuner, facts, &search.jobs, err);
    if (status == CVL_OK)
        status = take_turns(&search, err);
    cvl_trials_end(&search.trials);
    if (status == CVL_OK || status == CVL_INTERRUPTED) {
        const enum cvl_status reported = report(&search, out, count, err);
        status = reported == CVL_OK ? status : reported;
    }
    cvl_tuner_jobs_clear(&search.jobs);
    return status;
}

enum cvl_status cvl_tune(const struct cvl_tuner *tuner, struct cvl_tuned **out, size_t *count,
                         struct cvl_error *err)
{
    size_t tried = 0;
    enum cvl_status status = CVL_OK;
    *out = NULL;
    *count = 0;
    for (size_t i = 0; i < tuner->device_count && status == CVL_OK; i++)
        status = search_device(tuner, &tuner->devices[i], &tried, out, count, err);
    if (status == CVL_OK && *count == 0)
        status = cvl_fail(err, CVL_BAD_INPUT,
                          "tune: none of the variants asked for has parameters "
                          "for these layers");
    return status;
}
