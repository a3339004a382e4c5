/* The supervisor's end of a worker: start it, give it a case, hear what becomes of it. */
#ifndef CVL_SUPERVISE_WORKER_LINK_H
#define CVL_SUPERVISE_WORKER_LINK_H

#include <stdbool.h>

#include <convlens/chains.h>
#include <convlens/result.h>
#include <convlens/variant.h>

#include "base/text.h"
#include "supervise/process.h"
#include "supervise/protocol.h"

struct cvl_worker_setup {
    const char *device_id;
    const char *icd_folder; /* NULL or empty: the environment's */
    const char *dump_folder;
    const struct cvl_values *library; /* what the library's product is set to; NULL: as it comes */
    double budget_s;                  /* 0: default */
    bool program_sizes;
    uint64_t memory_limit_bytes; /* 0: none */
    bool echo;
};

struct cvl_worker_link {
    struct cvl_process process;
    char step[32];         /* the last one it told */
    double step_began_s;   /* when, by the host clock */
    struct cvl_text times; /* what the steps of the last case took: "reference 12.3 ms, build …" */
};

/* Starts a worker and waits for its hello, whose facts replace *facts, those of the same device as
 * it was found; its peaks stay.
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

/* Runs one case. The row is the worker's answer to it, inited and filled on CVL_OK only.
 * @return CVL_OK whatever the row's status; CVL_CRASHED or CVL_TIMEOUT with how and in which step,
 * CVL_INTERRUPTED, CVL_FAILED or CVL_BAD_INPUT where the answer is none: the link is closed then;
 * CVL_FAILED with the link open where the worker could not read the request; CVL_NO_MEMORY */
enum cvl_status cvl_worker_link_run(struct cvl_worker_link *link, const struct cvl_job *request,
                                    double limit_s, int signal_fd, struct cvl_row *row,
                                    struct cvl_error *err);

/* Runs one network, told by a line of chain_protocol.h. The row is inited and filled on CVL_OK
 * only; returns as cvl_worker_link_run. */
enum cvl_status cvl_worker_link_run_chain(struct cvl_worker_link *link, const char *line,
                                          double limit_s, int signal_fd, struct cvl_chain_row *row,
                                          struct cvl_error *err);

#endif
