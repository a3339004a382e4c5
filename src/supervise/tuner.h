/* The search for tile parameters on real devices: candidates are tried by workers that may die, and
 * each is in the database the moment it is known. Never calls OpenCL. */
#ifndef CVL_SUPERVISE_TUNER_H
#define CVL_SUPERVISE_TUNER_H

#include <stdbool.h>

#include "sweep/cases.h"
#include "tuning/tuned.h"

/* Called before each candidate. */
struct cvl_tuner_progress {
    const struct cvl_tuned *job;
    const struct cvl_values *asked; /* none: the default */
    size_t tried;                   /* by this search, over all jobs */
    double default_s, best_s;       /* of this job so far; NAN: none */
    double left_s;                  /* of the budget */
};

struct cvl_tuner {
    const struct cvl_case *cases; /* of every variant */
    size_t case_count;
    const char *variant_glob;               /* NULL: all that have parameters */
    const struct cvl_device_facts *devices; /* the selected ones, which share the budget */
    size_t device_count;
    const char *icd_folder; /* of cvl_discovery */
    double budget_s;
    double timeout_s; /* of one candidate */
    bool echo;        /* pass on what drivers print */
    struct cvl_tuning_database *database;
    int signal_fd; /* readable: stop; -1: none */
    void (*progress)(void *user, const struct cvl_tuner_progress *progress); /* or NULL */
    void *user;
};

/* Searches until the budget is spent or nothing is left. A candidate that kills or hangs its worker
 * costs itself only and is never tried again. The best of a job is held against the default, in
 * turns, at the end of each of its turns, and is settled only where it was faster every time.
 * @param out what there is, owned by the caller; on CVL_INTERRUPTED as well
 * @return CVL_OK; CVL_INTERRUPTED; CVL_BAD_INPUT where nothing can be tuned; CVL_FAILED where no
 * worker starts; of the database CVL_IO, CVL_BAD_INPUT; CVL_NO_MEMORY */
enum cvl_status cvl_tune(const struct cvl_tuner *tuner, struct cvl_tuned **out, size_t *count,
                         struct cvl_error *err);

#endif
