/* The three passes over a case. Each leaves the executor without buffers, kept or released in
 * error as well. */
#ifndef CVL_RUN_PASSES_H
#define CVL_RUN_PASSES_H

#include "run/executor.h"

#include <convlens/result.h>
#include <convlens/run.h>

/* What every pass is given. */
struct cvl_pass {
    struct cvl_executor *executor;
    const struct cvl_tensors *tensors;
    const struct cvl_run_options *options;
    void *output; /* host memory for the plan's output buffer */
    struct cvl_row *row;
};

/* Tells the step that begins. */
void cvl_pass_announce(const struct cvl_pass *pass, const char *step);

/* Makes the buffers of the run stages that are used from `stage` on, or all of them (UINT32_MAX).
 */
enum cvl_status cvl_pass_make(const struct cvl_pass *pass, uint32_t stage, struct cvl_error *err);
/* Lets go of every kernel, run buffer, arena and weight. */
void cvl_pass_release(const struct cvl_pass *pass);

/* Executes once with guards behind every buffer, and compares the output with the reference. Fills
 * row->check.
 * @return CVL_OK, CVL_WRONG_ANSWER, … */
enum cvl_status cvl_verify_pass(const struct cvl_pass *pass, struct cvl_error *err);

/* Reads the output and compares it; `what` names the moment in the error. */
enum cvl_status cvl_pass_check_output(const struct cvl_pass *pass, const char *what,
                                      struct cvl_error *err);

/* Executes once under each policy, allocating and releasing at the plan's points; fills
 * row->counted, row->measured, the stages' bytes and the timeline.
 * @return CVL_OK; CVL_FAILED where our own buffers differ from what was computed; … */
enum cvl_status cvl_memory_pass(const struct cvl_pass *pass, struct cvl_error *err);

/* All buffers live and warm, nothing allocated inside; fills row->time, the stages' times and the
 * samples. */
enum cvl_status cvl_timing_pass(const struct cvl_pass *pass, struct cvl_error *err);

#endif
