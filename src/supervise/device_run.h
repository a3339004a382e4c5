/* One device's part of a run: its worker, and what its rows share. Of the supervisor alone. */
#ifndef CVL_SUPERVISE_DEVICE_RUN_H
#define CVL_SUPERVISE_DEVICE_RUN_H

#include "supervise/known_peaks.h"
#include "supervise/rounds.h"
#include "supervise/supervision.h"
#include "supervise/worker_link.h"
#include "tuning/library.h"
#include "tuning/steps.h"

struct cvl_device_run {
    const struct cvl_supervision *s;
    struct cvl_device_facts facts;
    struct cvl_worker_link link;
    struct cvl_tuning_choice library; /* what the library is set to */
    char library_text[CVL_VALUES_TEXT_BYTES];
    struct cvl_tuned_steps steps; /* what the present case runs with */
    uint32_t *deaths;             /* by variant */
    uint32_t failed_starts;
    char start_reason[CVL_REASON_BYTES];
    const struct cvl_case *item; /* the present case */
    struct cvl_known_peaks peaks;
    struct cvl_rounds rounds;
    uint32_t round; /* as of cvl_progress */
    size_t round_done, round_total;
    size_t *done; /* over all devices */
};

/* Progress: of the case at hand, or of its row. */
void cvl_device_run_report(const struct cvl_device_run *run, const struct cvl_case *item,
                           const struct cvl_row *row);

/* Nothing that a worker did: the run ends. */
bool cvl_device_run_ends(enum cvl_status status);

/* A worker for the case, if it is not there. @return CVL_OK, or why none starts */
enum cvl_status cvl_device_run_need_worker(struct cvl_device_run *run, struct cvl_error *err);

/* Gives the worker a case, with `run->steps`. As cvl_worker_link_run. */
enum cvl_status cvl_device_run_ask(struct cvl_device_run *run, enum cvl_job_kind kind,
                                   const struct cvl_case *item, struct cvl_row *row,
                                   struct cvl_error *err);

/* Times the rows that were kept in further rounds, until none wants another. A worker's death costs
 * the further rounds of one row, and no row.
 * @return CVL_OK, CVL_INTERRUPTED, CVL_NO_MEMORY, or what the store said */
enum cvl_status cvl_device_run_rounds(struct cvl_device_run *run, struct cvl_error *err);

#endif
