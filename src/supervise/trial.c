/* Trying one candidate of a search. */
#include "supervise/trial.h"

#include "base/clock.h"
#include "base/text.h"

static const double start_limit_s = 120.0;

enum { MAX_FAILED_STARTS = 2 };

struct cvl_trials cvl_trials_begin(const struct cvl_tuner *tuner,
                                   const struct cvl_device_facts *facts)
{
    struct cvl_trials trials = {.tuner = tuner, .facts = *facts};
    trials.link.process.input = trials.link.process.output = trials.link.process.noise = -1;
    return trials;
}

void cvl_trials_end(struct cvl_trials *trials)
{
    cvl_worker_link_close(&trials->link);
}

/* A worker whose library is set to these values: it cannot be set back. */
static enum cvl_status need_worker(struct cvl_trials *trials, const struct cvl_values *library,
                                   struct cvl_error *err)
{
    const struct cvl_tuner *tuner = trials->tuner;
    if (cvl_worker_link_is_open(&trials->link) && cvl_values_equal(&trials->library, library))
        return CVL_OK;
    cvl_worker_link_close(&trials->link);
    trials->library = *library;
    const struct cvl_worker_setup setup = {
        .device_id = trials->facts.id, .icd_folder = tuner->icd_folder, .echo = tuner->echo};
    return cvl_worker_link_open(&setup, cvl_host_now() + start_limit_s, tuner->signal_fd,
                                &trials->link, &trials->facts, err);
}

/* Nothing that a candidate did: the search ends. */
static bool ends_search(enum cvl_status status)
{
    return status == CVL_INTERRUPTED || status == CVL_NO_MEMORY;
}

static void note_row(const struct cvl_row *row, struct cvl_candidate *candidate)
{
    candidate->status = row->status;
    candidate->median_s = row->has_time ? row->time.median_s : (double)NAN;
    if (row->status == CVL_ROW_OK && !(candidate->median_s > 0.0))
        candidate->status = CVL_ROW_FAILED; /* shorter than the clock's step */
    cvl_copy_safe(candidate->reason, sizeof candidate->reason, row->reason);
}

static void note_loss(enum cvl_status loss, const struct cvl_error *reason,
                      struct cvl_candidate *candidate)
{
    candidate->status = loss == CVL_TIMEOUT   ? CVL_ROW_TIMEOUT
                        : loss == CVL_CRASHED ? CVL_ROW_CRASHED
                                              : CVL_ROW_FAILED;
    candidate->median_s = (double)NAN;
    cvl_copy_safe(candidate->reason, sizeof candidate->reason, reason->text);
}

/* A worker that does not start is the candidate's fault where the candidate is what it was opened
 * with; else the device's. */
static enum cvl_status judge_start(struct cvl_trials *trials, const struct cvl_tuner_job *job,
                                   enum cvl_status loss, const struct cvl_error *reason,
                                   struct cvl_candidate *candidate, struct cvl_error *err)
{
    if (ends_search(loss))
        return cvl_fail(err, loss, "%s", reason->text);
    if (!job->is_library && ++trials->failed_starts >= MAX_FAILED_STARTS)
        return cvl_fail(err, CVL_FAILED, "no worker starts on device %s: %s", trials->facts.id,
                        reason->text);
    note_loss(loss, reason, candidate);
    return CVL_OK;
}

/* Runs the job's problem as a layer of its own, verified and timed only. */
static enum cvl_status run_job(struct cvl_trials *trials, const struct cvl_tuner_job *job,
                               struct cvl_trial_limits limits, const struct cvl_values *values,
                               struct cvl_row *row, struct cvl_error *err)
{
    struct cvl_network_step step = {
        .repetition = 1, .repetitions = 1, .problem = job->request.problem};
    const struct cvl_network network = {.form = step.problem.form, .steps = &step, .step_count = 1};
    const struct cvl_case item = {
        .network = &network,
        .variant = job->variant,
        .layout = job->request.layout,
        .dtype = job->request.dtype,
    };
    const struct cvl_step_choice choice = {job->variant, values->at, values->count};
    char library[CVL_VALUES_TEXT_BYTES];
    struct cvl_run_options options = {
        .time_only = true,
        .budget_s = limits.budget_s,
        .hopeless_s = limits.hopeless_s,
        .skip_unfit = limits.skip_unfit,
        .skip_spilled = limits.skip_spilled,
    };
    cvl_values_print(&trials->library, library);
    if (trials->library.count > 0)
        options.library = library;
    const enum cvl_status status = cvl_worker_link_configure(&trials->link, &options, err);
    if (status != CVL_OK)
        return status;
    return cvl_worker_link_run(&trials->link, CVL_JOB_CASE, &item, &choice,
                               trials->tuner->timeout_s, trials->tuner->signal_fd, row, err);
}

enum cvl_status cvl_trial_run(struct cvl_trials *trials, const struct cvl_tuner_job *job,
                              struct cvl_trial_limits limits, struct cvl_candidate *candidate,
                              struct cvl_error *err)
{
    const struct cvl_values nothing = {0};
    struct cvl_error reason = {0};
    struct cvl_row row;
    enum cvl_status status =
        need_worker(trials, job->is_library ? &candidate->asked : &nothing, &reason);
    if (status != CVL_OK)
        return judge_start(trials, job, status, &reason, candidate, err);
    trials->failed_starts = 0;
    status =
        run_job(trials, job, limits, job->is_library ? &nothing : &candidate->asked, &row, &reason);
    if (ends_search(status))
        return cvl_fail(err, status, "%s", reason.text);
    if (status != CVL_OK) {
        note_loss(status, &reason, candidate);
        return CVL_OK;
    }
    note_row(&row, candidate);
    cvl_row_clear(&row);
    return CVL_OK;
}
