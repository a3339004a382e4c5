/* The verifying pass: one execution with guards, its output against the reference. */
#include "run/passes.h"

#include <stdio.h>
#include <string.h>

#include "run/verify/check.h"
#include "run/verify/training_check.h"

void cvl_pass_announce(struct cvl_pass *pass, const char *step)
{
    if (pass->options->progress)
        pass->options->progress(pass->options->user, step);
}

/* Of several outputs, the check of the one that comes closest to its tolerance, or misses it most.
 */
static struct cvl_row_check check_outputs(const struct cvl_pass *pass, char *wrong, size_t size)
{
    const struct cvl_plan *plan = pass->executor->plan;
    const unsigned char *at = pass->output;
    struct cvl_row_check worst = {.passed = true, .max_abs_err = -1.0, .tolerance = 1.0};
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        char first[160];
        if (!cvl_buffer_is_output(buffer))
            continue;
        const struct cvl_tensors *expected = &pass->expected->steps[buffer->step];
        const struct cvl_row_check check = cvl_check_output(
            expected, plan->layout, cvl_check_plan_tolerance(plan, expected->max_abs), at, first,
            sizeof first);
        at += buffer->bytes;
        /* a NaN is no less than anything */
        if (worst.passed &&
            !(check.max_abs_err * worst.tolerance <= worst.max_abs_err * check.tolerance)) {
            worst = check;
            (void)snprintf(wrong, size, "%s%s%s",
                           plan->step_count > 1 ? plan->steps[buffer->step].layer : "",
                           plan->step_count > 1 ? ": " : "", first);
        }
    }
    return worst;
}

enum cvl_status cvl_pass_check_output(struct cvl_pass *pass, const char *what,
                                      struct cvl_error *err)
{
    const struct cvl_plan *plan = pass->executor->plan;
    if (plan->passes == CVL_TRAINING)
        return cvl_training_check(pass, what, err);
    enum cvl_status status = cvl_executor_read_outputs(pass->executor, pass->output, err);
    if (status != CVL_OK)
        return status;
    const size_t bytes = cvl_executor_output_bytes(plan);
    if (pass->is_verified && memcmp(pass->output, pass->verified, bytes) == 0)
        return CVL_OK;
    char wrong[256];
    const struct cvl_row_check check = check_outputs(pass, wrong, sizeof wrong);
    if (!pass->row->has_check || !check.passed)
        pass->row->check = check;
    pass->row->has_check = true;
    if (check.passed) {
        memcpy(pass->verified, pass->output, bytes);
        pass->is_verified = true;
        return CVL_OK;
    }
    return cvl_fail(err, CVL_WRONG_ANSWER, "%s: %s (largest error %.3g, tolerance %.3g)", what,
                    wrong, check.max_abs_err, check.tolerance);
}

/* A kernel that failed on the device leaves its event with a negative status and clFinish content.
 */
static enum cvl_status check_event(const struct cvl_stage *stage, cl_event event,
                                   struct cvl_error *err)
{
    cl_int state = CL_COMPLETE;
    cl_int code =
        clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
    if (code != CL_SUCCESS)
        return cvl_cl_fail(err, code, "clGetEventInfo", "stage %s", stage->name);
    if (state < 0)
        return cvl_cl_fail(err, state, "the device", "stage %s", stage->name);
    return CVL_OK;
}

static enum cvl_status execute_stage(struct cvl_executor *executor, uint32_t stage,
                                     struct cvl_error *err)
{
    struct cvl_stage_events events = {0};
    enum cvl_status status = cvl_executor_enqueue(executor, stage, &events, err);
    if (status == CVL_OK)
        status = cvl_executor_finish(executor, err);
    if (status == CVL_OK)
        status = check_event(&executor->plan->stages[stage], events.last, err);
    cvl_stage_events_release(&events);
    return status;
}

enum cvl_status cvl_verify_pass(struct cvl_pass *pass, struct cvl_error *err)
{
    struct cvl_executor *executor = pass->executor;
    cvl_pass_announce(pass, "verify");
    executor->guard_bytes = CVL_GUARD_BYTES;
    enum cvl_status status = cvl_executor_load(executor, err);
    if (status == CVL_OK)
        status = cvl_executor_make_run(executor, UINT32_MAX, err);
    uint32_t first = executor->plan->load_stage_count;
    for (uint32_t s = first; s < executor->plan->stage_count && status == CVL_OK; s++)
        status = execute_stage(executor, s, err);
    /* Guards first: a write past the end says more than the wrong answer that comes with it. */
    if (status == CVL_OK)
        status = cvl_executor_check_guards(executor, err);
    if (status == CVL_OK)
        status = cvl_pass_check_output(pass, "verify", err);
    cvl_executor_release(executor);
    executor->guard_bytes = 0;
    return status;
}
