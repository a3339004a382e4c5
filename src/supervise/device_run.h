/* One device's part of a run: what single layers and networks share. */
#ifndef CVL_SUPERVISE_DEVICE_RUN_H
#define CVL_SUPERVISE_DEVICE_RUN_H

#include "supervise/supervisor.h"
#include "supervise/worker_link.h"

/* A variant that has killed its worker so often on a device is quarantined there. */
enum { CVL_MOST_DEATHS = 2 };

struct device_run {
    const struct cvl_supervision *s;
    struct cvl_device_facts facts;
    struct cvl_worker_link link;
    struct cvl_tuning_choice library; /* what its workers are opened with */
    struct cvl_tuning_choice choice;  /* what the case at hand runs with */
    uint32_t *deaths;                 /* by variant */
    uint32_t failed_starts;
    char start_reason[CVL_REASON_BYTES];
    size_t *done; /* over all devices */
};

size_t cvl_variant_index(const struct cvl_variant *variant);

/* Cases and networks over all devices. */
size_t cvl_run_total(const struct cvl_supervision *supervision);

/* Starts a worker. @return CVL_OK, or why there is none */
enum cvl_status cvl_device_run_start(struct device_run *run, struct cvl_error *err);

/* Nothing that a worker did: the run ends. */
bool cvl_ends_run(enum cvl_status status);

/* What became of a row whose worker gave none. */
enum cvl_row_status cvl_death_status(enum cvl_status status);

/* Runs the networks that are not done yet; returns as cvl_supervise. */
enum cvl_status cvl_run_chains(struct device_run *run, struct cvl_error *err);
bool cvl_chains_are_done(const struct device_run *run);

#endif
