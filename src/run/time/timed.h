/* A plan that is ready to be timed: weights loaded, all buffers live and warm. What a timing pass
 * samples, a search compares and a peer is compared with. */
#ifndef CVL_RUN_TIME_TIMED_H
#define CVL_RUN_TIME_TIMED_H

#include "run/executor.h"
#include "run/time/awake.h"
#include "run/time/sampler.h"

struct cvl_timed {
    struct cvl_executor *executor; /* borrowed; its buffers are held until cleared */
    struct cvl_awake awake;        /* until cleared */
    bool use_events;               /* until the event clock fails */
    char clock_reason[128];        /* how it failed; empty while it has not */
    uint32_t first, count;         /* run stages */
    double *stage_s;               /* of each run stage in the last execution, by the event clock */
    struct cvl_stage_events *events; /* of each run stage */
};

/* Runs the load stages and makes every buffer. On failure nothing is held.
 * @return CVL_OK, CVL_OUT_OF_MEMORY, CVL_NO_MEMORY, … */
enum cvl_status cvl_timed_create(struct cvl_executor *executor, struct cvl_timed *out,
                                 struct cvl_error *err);

/* Executes the run stages once and waits for them. The event time, from the first stage's start to
 * the last one's end, is NAN where the device's event clock is not trusted or fails; the latter
 * is no error and ends its use. */
enum cvl_status cvl_timed_sample(struct cvl_timed *timed, struct cvl_sample *out,
                                 struct cvl_error *err);

/* Leaves the executor without kernels and buffers. A zeroed one is allowed. */
void cvl_timed_clear(struct cvl_timed *timed);

#endif
