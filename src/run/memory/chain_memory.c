#include "run/chain_passes.h"

#include <stdio.h>
#include <string.h>

#include "run/verify/check.h"

/* One pass under one policy. */
struct policy_pass {
    struct cvl_chain_pass *pass;
    enum cvl_policy policy;
    struct cvl_ledger *ledger; /* or NULL */
    struct cvl_ledger_reading most;
};

static void keep_most(struct cvl_ledger_reading *most, const struct cvl_ledger_reading *reading)
{
    if (reading->peak_bytes > most->peak_bytes)
        most->peak_bytes = reading->peak_bytes;
    if (reading->own_peak_bytes > most->own_peak_bytes)
        most->own_peak_bytes = reading->own_peak_bytes;
    if (reading->library_peak_bytes > most->library_peak_bytes)
        most->library_peak_bytes = reading->library_peak_bytes;
    most->created = reading->created;
}

static enum cvl_status compare_bytes(const struct policy_pass *p, const char *what,
                                     const char *where, uint64_t computed, uint64_t counted,
                                     struct cvl_error *err)
{
    if (computed == counted)
        return CVL_OK;
    return cvl_fail(err, CVL_FAILED,
                    "memory/%s: %s%s: computed %llu bytes for our buffers, counted %llu",
                    cvl_policy_name(p->policy), what, where, (unsigned long long)computed,
                    (unsigned long long)counted);
}

/* Under freed what lives is held against the plan at each stage's end. */
static enum cvl_status read_stage(struct policy_pass *p, uint32_t stage, struct cvl_error *err)
{
    const struct cvl_chain_plan *plan = p->pass->executor->plan;
    const uint32_t step = cvl_chain_step_of(plan, stage);
    struct cvl_chain_layer *layer = &p->pass->row->layers[step];
    struct cvl_ledger_reading reading;
    if (!p->ledger)
        return CVL_OK;
    cvl_ledger_read(p->ledger, &reading);
    keep_most(&p->most, &reading);
    if (p->policy != CVL_FREED)
        return CVL_OK;
    if (layer->counted_peak_bytes == CVL_ABSENT || reading.peak_bytes > layer->counted_peak_bytes)
        layer->counted_peak_bytes = reading.peak_bytes;
    return compare_bytes(p, "live in ", layer->layer,
                         cvl_chain_live(plan, stage, false) + plan->bytes.plan.role[CVL_WEIGHTS],
                         reading.own_live_bytes, err);
}

static void release_ended(struct policy_pass *p, uint32_t stage)
{
    struct cvl_chain_executor *executor = p->pass->executor;
    for (uint32_t i = 0; i < executor->plan->buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &executor->plan->buffers[i];
        const bool pinned = p->policy == CVL_FREED_PINNED && buffer->role == CVL_INPUT;
        if (buffer->last_stage == stage && p->policy != CVL_ALL_LIVE && !pinned)
            cvl_chain_executor_drop(executor, i);
    }
    if (p->ledger)
        (void)cvl_ledger_settle(p->ledger, 2.0);
}

/* The tolerance is the sum of what each layer may add. */
static enum cvl_status check_output(struct cvl_chain_pass *pass, const char *when,
                                    struct cvl_error *err)
{
    const struct cvl_chain_plan *plan = pass->executor->plan;
    const struct cvl_tensors *expected = &pass->reference->last;
    const size_t bytes =
        cvl_extent_elements(cvl_output_extent(&expected->problem)) * cvl_dtype_bytes(plan->dtype);
    enum cvl_status status = cvl_chain_executor_read_output(pass->executor, pass->output, err);
    if (status != CVL_OK || (pass->is_verified && memcmp(pass->output, pass->verified, bytes) == 0))
        return status;
    double tolerance = 0.0;
    for (size_t i = 0; i < plan->chain->step_count; i++) {
        const struct cvl_plan *part = &plan->parts[i].plan;
        tolerance += cvl_check_tolerance(&part->problem, plan->dtype, expected->max_abs,
                                         part->tolerance_factor > 0.0 ? part->tolerance_factor : 1);
    }
    const double one = cvl_check_tolerance(&expected->problem, plan->dtype, expected->max_abs, 1.0);
    const double base =
        cvl_check_tolerance(&expected->problem, plan->dtype, expected->max_abs, 0.0);
    char wrong[160];
    struct cvl_row_check check =
        cvl_check_output(expected, plan->layout, (tolerance - base) / (one - base), pass->output,
                         wrong, sizeof wrong);
    if (!pass->row->has_check || !check.passed)
        pass->row->check = check;
    pass->row->has_check = true;
    if (!check.passed)
        return cvl_fail(err, CVL_WRONG_ANSWER, "%s: %s (largest error %.3g, tolerance %.3g)", when,
                        wrong, check.max_abs_err, check.tolerance);
    memcpy(pass->verified, pass->output, bytes);
    pass->is_verified = true;
    return CVL_OK;
}

static enum cvl_status run_stage(struct policy_pass *p, uint32_t stage, struct cvl_error *err)
{
    struct cvl_chain_executor *executor = p->pass->executor;
    if (p->ledger && p->policy == CVL_FREED && stage > 0)
        cvl_ledger_reset_peaks(p->ledger); /* the stage's own peak */
    enum cvl_status status = CVL_OK;
    if (p->policy != CVL_ALL_LIVE)
        status = cvl_chain_executor_make(executor, stage, err);
    if (status == CVL_OK)
        status = cvl_chain_executor_enqueue(executor, stage, NULL, err);
    if (status == CVL_OK)
        status = cvl_chain_executor_finish(executor, err);
    cvl_chain_executor_forget(executor, stage); /* some drivers keep a kernel's arguments alive */
    if (status == CVL_OK)
        status = read_stage(p, stage, err);
    if (status == CVL_OK && stage + 1 == executor->plan->stage_count)
        status = check_output(p->pass, cvl_policy_name(p->policy), err);
    if (status == CVL_OK)
        release_ended(p, stage);
    return status;
}

static enum cvl_status note_counted(struct policy_pass *p, struct cvl_error *err)
{
    struct cvl_row_counted *counted = &p->pass->row->counted;
    if (!p->pass->row->has_counted)
        counted->allocations = counted->library_bytes = 0;
    p->pass->row->has_counted = true;
    counted->peak_bytes[p->policy] = p->most.peak_bytes;
    counted->own_peak_bytes[p->policy] = p->most.own_peak_bytes;
    counted->allocations += p->most.created;
    if (p->most.library_peak_bytes > counted->library_bytes)
        counted->library_bytes = p->most.library_peak_bytes;
    return compare_bytes(p, "peak", "", p->pass->row->computed.plan.peak[p->policy],
                         p->most.own_peak_bytes, err);
}

static void announce(struct cvl_chain_pass *pass, const char *step)
{
    if (pass->options->progress)
        pass->options->progress(pass->options->user, step);
}

static enum cvl_status run_policy(struct cvl_chain_pass *pass, enum cvl_policy policy,
                                  struct cvl_error *err)
{
    struct cvl_chain_executor *executor = pass->executor;
    struct policy_pass p = {.pass = pass, .policy = policy, .ledger = executor->opened->ledger};
    char step[32];
    (void)snprintf(step, sizeof step, "memory/%s", cvl_policy_name(policy));
    announce(pass, step);
    if (p.ledger)
        cvl_ledger_begin(p.ledger);
    enum cvl_status status = CVL_OK;
    if (policy == CVL_ARENA)
        status = cvl_chain_executor_make_arena(executor, err);
    else if (policy == CVL_ALL_LIVE)
        status = cvl_chain_executor_make(executor, UINT32_MAX, err);
    for (uint32_t s = 0; s < executor->plan->stage_count && status == CVL_OK; s++)
        status = run_stage(&p, s, err);
    cvl_chain_executor_release(executor);
    if (p.ledger)
        (void)cvl_ledger_settle(p.ledger, 2.0);
    return status == CVL_OK && p.ledger ? note_counted(&p, err) : status;
}

/* The arena may be larger than the device lets one buffer be. */
static bool is_possible(const struct cvl_chain_pass *pass, enum cvl_policy policy)
{
    return policy != CVL_ARENA || pass->row->computed.plan.peak_without_weights[CVL_ARENA] <=
                                      pass->executor->opened->facts.max_allocation_bytes;
}

enum cvl_status cvl_chain_memory_pass(struct cvl_chain_pass *pass, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (unsigned policy = 0; policy < CVL_POLICY_COUNT && status == CVL_OK; policy++)
        if (is_possible(pass, (enum cvl_policy)policy))
            status = run_policy(pass, (enum cvl_policy)policy, err);
    return status;
}
