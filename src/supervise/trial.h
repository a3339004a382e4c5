/* Candidates of a search, tried one at a time by a worker that may die. */
#ifndef CVL_SUPERVISE_TRIAL_H
#define CVL_SUPERVISE_TRIAL_H

#include "supervise/tuner_jobs.h"
#include "supervise/worker_link.h"

/* Who tries on a device. */
struct cvl_trials {
    const struct cvl_tuner *tuner;
    struct cvl_device_facts facts;
    struct cvl_worker_link link;
    struct cvl_values library; /* what the present worker's library is set to */
    uint32_t failed_starts;
};

struct cvl_trials cvl_trials_begin(const struct cvl_tuner *tuner,
                                   const struct cvl_device_facts *facts);
void cvl_trials_end(struct cvl_trials *trials);

/* How long a candidate is measured, when to give up on it, and what is skipped before it runs; as
 * in run options. */
struct cvl_trial_limits {
    double budget_s, hopeless_s;
    bool skip_unfit, skip_spilled;
};

/* Fills the candidate's outcome.
 * @return CVL_OK, whatever became of it; CVL_INTERRUPTED; CVL_FAILED where no worker starts, time
 * after time; CVL_NO_MEMORY */
enum cvl_status cvl_trial_run(struct cvl_trials *trials, const struct cvl_tuner_job *job,
                              struct cvl_trial_limits limits, struct cvl_candidate *candidate,
                              struct cvl_error *err);

#endif
