/* Carrying out the plan of a network: an executor for each layer, to which the chain lends its
 * buffers while the layer runs. */
#ifndef CVL_RUN_CHAIN_EXECUTOR_H
#define CVL_RUN_CHAIN_EXECUTOR_H

#include "run/executor.h"

#include <convlens/chain.h>

struct cvl_chain_executor {
    const struct cvl_opened *opened;
    const struct cvl_chain_plan *plan;
    struct cvl_executor *parts; /* one for each step: program, kernels and loaded weights */
    uint32_t part_count;        /* that are made */
    void *input;                /* owned: the network's input as the device holds it */
    cl_program sums;            /* borrowed; NULL without residuals */
    cl_mem *buffers;            /* the chain's; NULL: not made */
    cl_mem arena;               /* where set, the buffers are parts of it */
};

/* Builds every layer's programs and loads its weights, which stay, one layer after the other.
 * @return CVL_OK, CVL_BUILD_FAILED, CVL_OUT_OF_MEMORY, CVL_NO_MEMORY, …; on anything but CVL_OK
 * nothing is held */
enum cvl_status cvl_chain_executor_create(const struct cvl_opened *opened,
                                          const struct cvl_chain_plan *plan,
                                          struct cvl_chain_executor *out, struct cvl_error *err);
/* Waits for the queue and releases everything. */
void cvl_chain_executor_clear(struct cvl_chain_executor *executor);

/* Makes the buffers whose life begins with a stage, or all of them (UINT32_MAX): every byte touched
 * (NaNs), the network's input written. */
enum cvl_status cvl_chain_executor_make(struct cvl_chain_executor *executor, uint32_t stage,
                                        struct cvl_error *err);
/* One allocation for all buffers; cvl_chain_executor_make then makes parts of it. */
enum cvl_status cvl_chain_executor_make_arena(struct cvl_chain_executor *executor,
                                              struct cvl_error *err);
void cvl_chain_executor_drop(struct cvl_chain_executor *executor, uint32_t buffer);
/* Waits for the queue; lets go of every kernel, buffer and the arena; weights stay. */
void cvl_chain_executor_release(struct cvl_chain_executor *executor);

/* Enqueues a stage, whose buffers must be made. `events` may be NULL. */
enum cvl_status cvl_chain_executor_enqueue(struct cvl_chain_executor *executor, uint32_t stage,
                                           struct cvl_stage_events *events, struct cvl_error *err);
enum cvl_status cvl_chain_executor_finish(struct cvl_chain_executor *executor,
                                          struct cvl_error *err);
/* Lets go of a stage's kernel and with it of its arguments. */
void cvl_chain_executor_forget(struct cvl_chain_executor *executor, uint32_t stage);

/* The network's output to the host. */
enum cvl_status cvl_chain_executor_read_output(struct cvl_chain_executor *executor, void *target,
                                               struct cvl_error *err);

#endif
