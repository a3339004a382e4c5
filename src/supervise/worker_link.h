/* The supervisor's end of a worker: start it, give it a case, read the answer. */
#ifndef CVL_SUPERVISE_WORKER_LINK_H
#define CVL_SUPERVISE_WORKER_LINK_H

#include <stdbool.h>

#include <convlens/result.h>
#include <convlens/variant.h>

#include "base/text.h"
#include "supervise/process.h"
#include "supervise/protocol.h"

struct cvl_worker_setup {
    const char *device_id;
    const char *icd_folder;         /* NULL or empty: the environment's */
    struct cvl_run_options options; /* how it runs cases; progress is not looked at */
    bool echo;
};

struct cvl_worker_link {
    struct cvl_process process;
    char step[32];         /* the last one that it reported */
    double step_began_s;   /* when, by the host clock */
    struct cvl_text times; /* what the steps of the last case took: "reference 12.3 ms, build …" */
    void (*waiting)(void *user); /* called at each step of a case, and every few seconds of it; NULL
                                    after open */
    void *user;
};

/* Starts a worker and waits for its hello, whose facts replace *facts, those of the same device as
 * it was found; its peaks stay, and so does the judgement of its event clock, if there is one: the
 * worker then takes its times by the clock that was chosen.
 * @return CVL_OK; CVL_CRASHED, CVL_TIMEOUT, CVL_INTERRUPTED, or what the worker said; the link is
 * closed then */
enum cvl_status cvl_worker_link_open(const struct cvl_worker_setup *setup, double deadline_s,
                                     int signal_fd, struct cvl_worker_link *out,
                                     struct cvl_device_facts *facts, struct cvl_error *err);
/* Lets the worker end, or kills it. */
void cvl_worker_link_close(struct cvl_worker_link *link);
bool cvl_worker_link_is_open(const struct cvl_worker_link *link);

/* Has the device measured. The other returns are those of cvl_worker_link_run; *peaks is filled on
 * CVL_OK only. */
enum cvl_status cvl_worker_link_measure(struct cvl_worker_link *link, double limit_s, int signal_fd,
                                        struct cvl_device_peaks *peaks, struct cvl_error *err);

/* How cases are run from here on. @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_worker_link_configure(struct cvl_worker_link *link,
                                          const struct cvl_run_options *options,
                                          struct cvl_error *err);

/* Runs one case, or times it in a further round (CVL_JOB_CASE, CVL_JOB_TIME). The row is the
 * worker's answer to it, inited and filled on CVL_OK only.
 * @param choices one for each step of the case's network
 * @return CVL_OK whatever the row's status; CVL_CRASHED or CVL_TIMEOUT with how and in which step,
 * CVL_INTERRUPTED, CVL_FAILED or CVL_BAD_INPUT where the answer is none: the link is closed then;
 * CVL_FAILED with the link open where the worker could not read the job; CVL_NO_MEMORY */
enum cvl_status cvl_worker_link_run(struct cvl_worker_link *link, enum cvl_job_kind kind,
                                    const struct cvl_case *item,
                                    const struct cvl_step_choice *choices, double limit_s,
                                    int signal_fd, struct cvl_row *row, struct cvl_error *err);

#endif
