/* Running a network: weights loaded, executed and verified under each policy with its allocations
 * really made and released, then timed. */
#ifndef CVL_RUN_CHAIN_PASSES_H
#define CVL_RUN_CHAIN_PASSES_H

#include <convlens/chains.h>
#include <convlens/run.h>

#include "run/chain_executor.h"
#include "run/verify/chain_reference.h"

struct cvl_chain_pass {
    struct cvl_chain_executor *executor;
    const struct cvl_chain_reference *reference;
    const struct cvl_run_options *options;
    void *output;     /* host memory for the network's output */
    void *verified;   /* as large: the output that was found right */
    bool is_verified; /* verified holds one */
    struct cvl_chain_row *row;
};

/* Executes once under each policy; fills row->counted, row->check and the layers' counted bytes.
 * Each leaves the executor without buffers.
 * @return CVL_OK; CVL_WRONG_ANSWER; CVL_FAILED where our own buffers differ from what was computed;
 * … */
enum cvl_status cvl_chain_memory_pass(struct cvl_chain_pass *pass, struct cvl_error *err);

/* All buffers live and warm; fills row->time and the layers' times. */
enum cvl_status cvl_chain_timing_pass(struct cvl_chain_pass *pass, struct cvl_error *err);

/* All of it: plan's row described before, fit checked. `reference` is the session's: kept from one
 * network to the next. */
enum cvl_status cvl_chain_run(const struct cvl_opened *opened, const struct cvl_chain_plan *plan,
                              struct cvl_chain_reference *reference,
                              const struct cvl_run_options *options, struct cvl_chain_row *row,
                              struct cvl_error *err);

#endif
