/* Which searches there are to do on a device. */
#include "supervise/tuner_jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tuning/choice.h"
#include "tuning/library.h"

/* Any: equal searches are what matters. */
static const uint64_t seed = 1;

/* What a candidate of an earlier search is taken to have cost. */
static const double nominal_trial_s = 0.3;

static bool is_wanted(const struct cvl_tuner *tuner, const char *name)
{
    return cvl_globs_match(tuner->variants, name);
}

static bool resolve(void *user, const struct cvl_values *asked, struct cvl_values *used)
{
    const struct cvl_tuner_job *job = user;
    return cvl_tuning_resolve(job->device, job->variant, &job->request, asked, used) == CVL_OK;
}

/* Adds a job and says what it is; its search is made when all jobs are there and stay in place. */
static enum cvl_status add_job(struct cvl_tuner_jobs *jobs, const struct cvl_case *item,
                               const struct cvl_device_facts *device, const char *name,
                               const struct cvl_problem_class *kind, struct cvl_error *err)
{
    struct cvl_tuner_job *more = realloc(jobs->at, (jobs->count + 1) * sizeof *more);
    if (!more)
        return cvl_fail(err, CVL_NO_MEMORY, "tune: no memory for a job");
    jobs->at = more;
    struct cvl_tuner_job *job = &more[jobs->count++];
    *job = (struct cvl_tuner_job){
        .found = {.layout = item->layout, .dtype = item->dtype, .kind = *kind},
        .variant = item->variant,
        .device = device,
        .request = cvl_case_request(item, 0),
        .share = {.weight_s = (double)NAN},
    };
    cvl_copy(job->found.device, sizeof job->found.device, device->id);
    cvl_copy(job->found.variant, sizeof job->found.variant, name);
    cvl_copy(job->found.layer, sizeof job->found.layer, item->network->steps[0].layer);
    return CVL_OK;
}

static struct cvl_tuner_job *find_job(const struct cvl_tuner_jobs *jobs,
                                      const struct cvl_problem_class *kind)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (strcmp(jobs->at[i].found.kind.family, kind->family) == 0 &&
            strcmp(jobs->at[i].found.kind.shape, kind->shape) == 0)
            return &jobs->at[i];
    return NULL;
}

static bool can_be_tuned(const struct cvl_case *item, const struct cvl_device_facts *device)
{
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    const struct cvl_request request = cvl_case_request(item, 0);
    struct cvl_values nothing = {0}, used;
    return cvl_variant_parameters(item->variant, item->layout, device, parameters) > 0 &&
           cvl_tuning_resolve(device, item->variant, &request, &nothing, &used) == CVL_OK;
}

static enum cvl_status add_case(struct cvl_tuner_jobs *jobs, const struct cvl_case *item,
                                const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct cvl_request request = cvl_case_request(item, 0);
    struct cvl_problem_class kind;
    enum cvl_status status = CVL_OK;
    if (!can_be_tuned(item, device))
        return CVL_OK;
    cvl_problem_class(cvl_variant_name(item->variant), &request, &kind);
    if (!find_job(jobs, &kind))
        status = add_job(jobs, item, device, cvl_variant_name(item->variant), &kind, err);
    if (status == CVL_OK)
        find_job(jobs, &kind)->found.layer_count += item->network->steps[0].repetitions;
    return status;
}

/* FLOPs that a plan has the library do in matrix products. */
static uint64_t library_flops(const struct cvl_case *item, const struct cvl_device_facts *device)
{
    struct cvl_plan plan = {0};
    uint64_t flops = 0;
    if (!cvl_network_is_layer(item->network) ||
        cvl_case_plan(item, NULL, device, &plan, NULL) != CVL_OK)
        return 0;
    for (uint32_t s = 0; s < plan.stage_count; s++)
        flops += plan.stages[s].kind == CVL_STAGE_GEMM ? plan.stages[s].flops : 0;
    cvl_plan_clear(&plan);
    return flops;
}

/* The case with the most multiply-adds stands for all of the device's. */
static enum cvl_status add_library(const struct cvl_tuner *tuner, struct cvl_tuner_jobs *jobs,
                                   const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct cvl_case *largest = NULL;
    struct cvl_problem_class kind;
    uint64_t max_flops = 0;
    uint32_t layers = 0;
    for (size_t i = 0; i < tuner->case_count; i++) {
        const uint64_t flops = library_flops(&tuner->cases[i], device);
        layers += flops > 0 ? tuner->cases[i].network->steps[0].repetitions : 0;
        if (flops > max_flops) {
            max_flops = flops;
            largest = &tuner->cases[i];
        }
    }
    if (!largest)
        return CVL_OK;
    cvl_library_class(&kind);
    const enum cvl_status status = add_job(jobs, largest, device, CVL_LIBRARY_VARIANT, &kind, err);
    if (status == CVL_OK) {
        jobs->at[jobs->count - 1].is_library = true;
        jobs->at[jobs->count - 1].found.layer_count = layers;
    }
    return status;
}

static enum cvl_status create_search(struct cvl_tuner_job *job, struct cvl_error *err)
{
    if (job->is_library)
        return cvl_library_search(seed, &job->search, err);
    struct cvl_space space = {.resolve = resolve, .user = job};
    space.parameter_count =
        cvl_variant_parameters(job->variant, job->request.layout, job->device, space.parameters);
    return cvl_search_create(&space, seed, &job->search, err);
}

/* What an earlier search did for a job counts as time spent on it: jobs that it did not come to are
 * first now. */
static void remember_turns(struct cvl_tuner_job *job)
{
    const struct cvl_candidate *best = cvl_search_best(job->search);
    job->share.spent_s = nominal_trial_s * (double)cvl_search_tried(job->search);
    job->share.weight_s = best ? best->median_s * (double)job->found.layer_count : (double)NAN;
}

static enum cvl_status prepare(const struct cvl_tuner *tuner, struct cvl_tuner_job *job,
                               struct cvl_error *err)
{
    const struct cvl_tuning_key key = {job->device, &job->found.kind};
    enum cvl_status status = cvl_tuning_stand_in(tuner->database, &key, &job->request.problem, err);
    if (status == CVL_OK)
        status = create_search(job, err);
    if (status == CVL_OK)
        status = cvl_tuning_load(tuner->database, &key, job->search, err);
    if (status == CVL_OK)
        status = cvl_tuning_find(tuner->database, &key, &job->found.settled_as, &job->found.settled,
                                 err);
    if (status == CVL_OK)
        remember_turns(job);
    return status;
}

enum cvl_status cvl_tuner_jobs_create(const struct cvl_tuner *tuner,
                                      const struct cvl_device_facts *device,
                                      struct cvl_tuner_jobs *out, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    *out = (struct cvl_tuner_jobs){0};
    if (is_wanted(tuner, CVL_LIBRARY_VARIANT))
        status = add_library(tuner, out, device, err);
    for (size_t i = 0; i < tuner->case_count && status == CVL_OK; i++)
        if (cvl_network_is_layer(tuner->cases[i].network) &&
            is_wanted(tuner, cvl_variant_name(tuner->cases[i].variant)))
            status = add_case(out, &tuner->cases[i], device, err);
    for (size_t i = 0; i < out->count && status == CVL_OK; i++)
        status = prepare(tuner, &out->at[i], err);
    return status;
}

void cvl_tuner_jobs_clear(struct cvl_tuner_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        cvl_search_destroy(&jobs->at[i].search);
    free(jobs->at);
    *jobs = (struct cvl_tuner_jobs){0};
}
