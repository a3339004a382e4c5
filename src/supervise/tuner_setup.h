/* What a search for tile parameters is asked to do. */
#ifndef CVL_SUPERVISE_TUNER_SETUP_H
#define CVL_SUPERVISE_TUNER_SETUP_H

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
    const struct cvl_globs *variants;       /* none: all that have parameters */
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

#endif
