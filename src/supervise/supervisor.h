/* Runs each case on each device, by workers that may die. Each row goes into the store as soon as
 * it is there. Never calls OpenCL. */
#ifndef CVL_SUPERVISE_SUPERVISOR_H
#define CVL_SUPERVISE_SUPERVISOR_H

#include <stdbool.h>

#include <convlens/run.h>
#include <convlens/store.h>

#include "sweep/cases.h"
#include "tuning/choice.h"

/* Given when a case begins and every few seconds of it (row NULL), and when it has ended. */
struct cvl_progress {
    size_t done, total; /* cases over all devices, those of a resumed run included */
    const char *device_id;
    const struct cvl_case *item;
    const struct cvl_row *row;
    const char *times; /* with a row: what its steps took; NULL: it was not run */
};

struct cvl_supervision {
    const struct cvl_case *cases;
    size_t case_count;
    const char *network_command;            /* what repeats the networks: cvl_case_repro */
    const struct cvl_device_facts *devices; /* the selected ones */
    size_t device_count;
    const char *icd_folder; /* of cvl_discovery */
    double timeout_s;       /* of one case */
    struct cvl_run_options options;
    const struct cvl_device_facts *planned; /* of options.as: whose tiles are run; NULL: each
                                               device's own */
    const char *as;                         /* what --as was given, for the command that repeats */
    bool measure; /* have devices measured whose peaks the store does not know */
    bool echo;    /* pass on what drivers print */
    const struct cvl_tuning_origin *tuning; /* where tile parameters come from */
    struct cvl_store *store;
    int64_t run_id;
    const struct cvl_results *done; /* rows of a resumed run, or NULL */
    int signal_fd;                  /* readable: stop; -1: none */
    void (*progress)(void *user, const struct cvl_progress *progress); /* or NULL */
    void *user;
};

/* Is there a row of the case on that device in the resumed run? */
bool cvl_case_is_done(const struct cvl_supervision *supervision, const char *device_id,
                      const struct cvl_case *item);

/* Runs what is not done yet, device after device. A worker's death costs the row in flight; a
 * variant that kills its worker twice on a device is quarantined there: its further rows are
 * skipped, with the reason. A device whose worker does not start twice in a row has its remaining
 * rows recorded as failed.
 * @return CVL_OK whatever the rows' statuses; CVL_INTERRUPTED; CVL_IO or CVL_BAD_INPUT of the
 * store; CVL_NO_MEMORY */
enum cvl_status cvl_supervise(const struct cvl_supervision *supervision, struct cvl_error *err);

#endif
