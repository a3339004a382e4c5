/* The passes over a case. Each leaves the executor without the buffers of a run, in error as
 * well; the memory pass leaves the weights loaded, for the timing pass. */
#ifndef CVL_RUN_PASSES_H
#define CVL_RUN_PASSES_H

#include "run/executor.h"
#include "run/verify/expected.h"

#include <convlens/result.h>
#include <convlens/run.h>
#include <convlens/variant.h>

/* What every pass is given. */
struct cvl_pass {
    struct cvl_executor *executor;
    const struct cvl_case *item;
    const struct cvl_expected *expected;
    const struct cvl_run_options *options;
    void *output;     /* host memory for the plan's outputs, in the order of its buffers */
    void *verified;   /* as large: the output that was found right. Later executions give the same
                         bytes as a rule, and need no second comparison with the reference then */
    bool is_verified; /* verified holds one */
    bool is_further;  /* the timing pass of a case that was run before: one sample is enough */
    struct cvl_row *row;
};

/* Reports the step that begins. */
void cvl_pass_announce(struct cvl_pass *pass, const char *step);

/* Skips a layer of a search whose built kernels do not fit, by what the driver says of them
 * (tuning/fit.h): sets the row's status and reason. Nothing has run by then.
 * @return CVL_OK, also where it is skipped; CVL_NO_MEMORY, … */
enum cvl_status cvl_fit_pass(struct cvl_pass *pass, struct cvl_error *err);

/* Executes once with guards after every buffer, and compares the output with the reference. Fills
 * row->check.
 * @return CVL_OK, CVL_WRONG_ANSWER, … */
enum cvl_status cvl_verify_pass(struct cvl_pass *pass, struct cvl_error *err);

/* Reads the output and compares it, with what was verified before or else with the reference;
 * `what` names the moment in the error. */
enum cvl_status cvl_pass_check_output(struct cvl_pass *pass, const char *what,
                                      struct cvl_error *err);

/* Executes once under each policy, allocating and releasing at the plan's points; fills
 * row->counted, row->measured, the stages' bytes and the timeline. A policy that was not carried
 * out has no figures: where an earlier one failed, or the arena is larger than the device allows
 * one allocation to be.
 * @return CVL_OK; CVL_FAILED where our own buffers differ from what was computed; … */
enum cvl_status cvl_memory_pass(struct cvl_pass *pass, struct cvl_error *err);

/* Fills row->counted.leaked_bytes after everything was released; `before` is from before the first
 * pass.
 * @return CVL_OK; CVL_FAILED where a buffer of ours is left */
enum cvl_status cvl_pass_check_leaks(struct cvl_pass *pass, const struct cvl_ledger_reading *before,
                                     struct cvl_error *err);

/* All buffers live and warm, nothing allocated inside; fills row->time, the stages' times and the
 * samples. */
enum cvl_status cvl_timing_pass(struct cvl_pass *pass, struct cvl_error *err);

#endif
