/* What devices can do at most, measured by workers. */
#ifndef CVL_SUPERVISE_MEASURE_H
#define CVL_SUPERVISE_MEASURE_H

#include "supervise/worker_link.h"

/* Has a device measured by a worker of its own. facts->peaks always holds the result, with a
 * time stamp: no figures and the reason if the worker died or hung. The other facts are the
 * worker's.
 * @return CVL_OK, though figures may be absent by rule; CVL_INTERRUPTED; else what went wrong */
enum cvl_status cvl_measure_device(const struct cvl_worker_setup *setup, int signal_fd,
                                   struct cvl_device_facts *facts, struct cvl_error *err);

#endif
