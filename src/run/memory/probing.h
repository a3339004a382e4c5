/* Probes in a memory pass: what they need to know of the device and of its buffers. */
#ifndef CVL_RUN_MEMORY_PROBING_H
#define CVL_RUN_MEMORY_PROBING_H

#include "probes/probe_watch.h"
#include "run/executor.h"

struct cvl_probing {
    struct cvl_executor *executor;
    struct cvl_watch *watch;
    struct cvl_probe_context context;
    struct cvl_probe_span *spans; /* owned: the buffers, mapped for a reading */
    cl_mem *mapped;               /* owned: those of the spans */
};

/* Opens the probes of the executor's device and reads their levels; nothing may live yet. It must
 * stay where it is until finish. */
enum cvl_status cvl_probing_start(struct cvl_executor *executor, struct cvl_probing *out,
                                  struct cvl_error *err);
/* Reads every probe, where the queue is idle. */
void cvl_probing_sample(struct cvl_probing *probing);
/* Writes what was found into the row, once all buffers are released, and closes the probes. */
enum cvl_status cvl_probing_finish(struct cvl_probing *probing, struct cvl_row *row,
                                   struct cvl_error *err);

#endif
