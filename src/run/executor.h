/* Carries out a plan, of a layer or of a network, on an opened device: builds its programs, makes
 * and releases its buffers, enqueues its stages. When each of these happens is up to the pass that
 * uses it. */
#ifndef CVL_RUN_EXECUTOR_H
#define CVL_RUN_EXECUTOR_H

#include "run/executor_buffers.h"
#include "run/verify/tensors.h"

/* Prepares contents and builds every program.
 * @param tensors of each step of the plan
 * @return CVL_OK, CVL_BUILD_FAILED, CVL_NO_MEMORY, … */
enum cvl_status cvl_executor_create(const struct cvl_opened *opened, const struct cvl_plan *plan,
                                    const struct cvl_tensors *tensors, struct cvl_executor *out,
                                    struct cvl_error *err);
/* Releases everything that is still held. */
void cvl_executor_clear(struct cvl_executor *executor);

/* Events around a stage: a kernel's own is `last` alone; a library's work lies between two markers.
 */
struct cvl_stage_events {
    cl_event first, last;
};
void cvl_stage_events_release(struct cvl_stage_events *events);

/* Enqueues a stage. `events` may be NULL. */
enum cvl_status cvl_executor_enqueue(struct cvl_executor *executor, uint32_t stage,
                                     struct cvl_stage_events *events, struct cvl_error *err);
/* Waits for the queue. */
enum cvl_status cvl_executor_finish(struct cvl_executor *executor, struct cvl_error *err);
/* Releases a stage's kernel, and with it the buffers that are its arguments. */
void cvl_executor_forget(struct cvl_executor *executor, uint32_t stage);

/* Makes what the load stages need, runs them, and keeps only the weights that stay: layer after
 * layer. Does nothing where they are there already. */
enum cvl_status cvl_executor_load(struct cvl_executor *executor, struct cvl_error *err);

/* Waits for the queue; releases every kernel, run buffer and arena. The weights stay loaded. */
void cvl_executor_release_run(struct cvl_executor *executor);
/* The same, and the weights. */
void cvl_executor_release(struct cvl_executor *executor);

#endif
