/* What a run is given: cases, devices, a store, and whom to tell of its progress. */
#ifndef CVL_SUPERVISE_SUPERVISION_H
#define CVL_SUPERVISE_SUPERVISION_H

#include <stdbool.h>

#include <convlens/run.h>
#include <convlens/store.h>

#include "result/row_index.h"
#include "sweep/cases.h"
#include "tuning/choice.h"

/* Given when a case begins and every few seconds of it (row NULL), and when it has ended. */
struct cvl_progress {
    size_t done, total; /* cases over all devices, those of a resumed run included; of a further
                           round: rows of the device that have it, and want it */
    uint32_t round;     /* further round of samples, from 2; 0: none */
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
    const struct cvl_results *done;        /* rows of a resumed run, or NULL */
    const struct cvl_row_index *done_rows; /* these by CVL_KEY_ALL, or NULL */
    int signal_fd;                         /* readable: stop; -1: none */
    void (*progress)(void *user, const struct cvl_progress *progress); /* or NULL */
    void *user;
};

#endif
