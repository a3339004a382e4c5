/* The memory pass: one execution under each policy, its allocations really made and released. */
#include "run/passes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "run/memory/probing.h"

/* One pass under one policy. */
struct policy_pass {
    struct cvl_pass *pass;
    enum cvl_policy policy;
    struct cvl_ledger *ledger; /* or NULL */
    struct cvl_probing *probing;
    const char **names; /* owned: of our objects in order of creation */
    size_t name_count;
};

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

static void name_objects(struct policy_pass *p, uint32_t stage, bool made_all)
{
    const struct cvl_plan *plan = p->pass->executor->plan;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        if (cvl_buffer_runs(plan, buffer) && (made_all || buffer->first_stage == stage))
            p->names[p->name_count++] = buffer->name;
    }
}

/* The stage's figures are those of `freed`: what a program that releases early would see. */
static enum cvl_status record_stage(struct policy_pass *p, uint32_t stage, struct cvl_error *err)
{
    assert(stage >= p->pass->executor->plan->load_stage_count);
    const struct cvl_plan *plan = p->pass->executor->plan;
    cvl_probing_sample(p->probing);
    if (p->policy == CVL_FREED)
        cvl_watch_mark(p->probing->watch, stage - plan->load_stage_count);
    if (!p->ledger)
        return CVL_OK;
    struct cvl_ledger_reading reading;
    cvl_ledger_read(p->ledger, &reading);
    if (p->policy != CVL_FREED)
        return CVL_OK;
    struct cvl_row_stage *row = &p->pass->row->stages[stage - plan->load_stage_count];
    row->live_bytes = reading.live_bytes;
    row->peak_bytes = reading.peak_bytes;
    return compare_bytes(p, "live in stage ", plan->stages[stage].name, row->computed_bytes,
                         reading.own_live_bytes, err);
}

static bool ends_here(const struct policy_pass *p, const struct cvl_plan_buffer *buffer,
                      uint32_t stage)
{
    if (cvl_buffer_stays(buffer) || buffer->last_stage != stage || p->policy == CVL_ALL_LIVE)
        return false;
    return p->policy != CVL_FREED_PINNED || buffer->role != CVL_INPUT;
}

static void release_ended(struct policy_pass *p, uint32_t stage)
{
    struct cvl_executor *executor = p->pass->executor;
    for (uint32_t i = 0; i < executor->plan->buffer_count; i++)
        if (ends_here(p, &executor->plan->buffers[i], stage))
            cvl_executor_drop(executor, i);
    if (p->ledger)
        (void)cvl_ledger_settle(p->ledger, 2.0);
}

static enum cvl_status run_stage(struct policy_pass *p, uint32_t stage, struct cvl_error *err)
{
    struct cvl_executor *executor = p->pass->executor;
    if (p->ledger && p->policy == CVL_FREED && stage > executor->plan->load_stage_count)
        cvl_ledger_reset_peaks(p->ledger); /* the stage's own peak */
    enum cvl_status status = CVL_OK;
    if (p->policy != CVL_ALL_LIVE) {
        name_objects(p, stage, false);
        status = cvl_executor_make_run(executor, stage, err);
    }
    if (status == CVL_OK)
        status = cvl_executor_enqueue(executor, stage, NULL, err);
    if (status == CVL_OK)
        status = cvl_executor_finish(executor, err);
    cvl_executor_forget(executor, stage); /* some drivers keep a kernel's arguments alive */
    if (status == CVL_OK)
        status = record_stage(p, stage, err);
    bool is_last = stage + 1 == executor->plan->stage_count;
    if (status == CVL_OK && is_last)
        status = cvl_pass_check_output(p->pass, cvl_policy_name(p->policy), err);
    if (status == CVL_OK)
        release_ended(p, stage);
    return status;
}

static enum cvl_status begin_policy(struct policy_pass *p, struct cvl_error *err)
{
    const struct cvl_executor *executor = p->pass->executor;
    const struct cvl_plan *plan = executor->plan;
    if (p->ledger)
        cvl_ledger_begin(p->ledger);
    cvl_watch_begin(p->probing->watch, p->policy);
    if (p->policy == CVL_ARENA) {
        p->names[p->name_count++] = "arena";
        return cvl_executor_make_arena(p->pass->executor, plan->load_stage_count, err);
    }
    if (p->policy != CVL_ALL_LIVE)
        return CVL_OK;
    name_objects(p, 0, true);
    return cvl_executor_make_run(p->pass->executor, UINT32_MAX, err);
}

/* The max that was counted while each layer of a network ran, under `freed`. */
static void note_layers(struct policy_pass *p)
{
    const struct cvl_plan *plan = p->pass->executor->plan;
    struct cvl_row *row = p->pass->row;
    for (size_t s = 0; s < row->stage_count && row->layers_count > 0; s++) {
        struct cvl_row_layer *layer = &row->layers[plan->stages[plan->load_stage_count + s].step];
        const uint64_t peak = row->stages[s].peak_bytes;
        if (layer->counted_peak_bytes == CVL_ABSENT || peak > layer->counted_peak_bytes)
            layer->counted_peak_bytes = peak;
    }
}

/* Peaks of the whole pass: under `freed` the ledger's peak was reset at each stage, so the
 * largest of the stages' counts. */
static enum cvl_status note_counted(struct policy_pass *p, const struct cvl_ledger_reading *max,
                                    struct cvl_error *err)
{
    struct cvl_row *row = p->pass->row;
    if (!row->has_counted)
        row->counted.allocations = row->counted.library_bytes = 0;
    row->has_counted = true;
    row->counted.peak_bytes[p->policy] = max->peak_bytes;
    row->counted.own_peak_bytes[p->policy] = max->own_peak_bytes;
    row->counted.allocations += max->created;
    if (max->library_peak_bytes > row->counted.library_bytes)
        row->counted.library_bytes = max->library_peak_bytes;
    if (p->policy == CVL_FREED)
        note_layers(p);
    enum cvl_status status = cvl_ledger_timeline(p->ledger, p->policy, p->names, p->name_count,
                                                 &row->allocations, &row->allocation_count, err);
    if (status != CVL_OK)
        return status;
    return compare_bytes(p, "peak", "", row->computed.peak_bytes[p->policy], max->own_peak_bytes,
                         err);
}

static void keep_max(struct cvl_ledger_reading *max, const struct cvl_ledger_reading *reading)
{
    if (reading->peak_bytes > max->peak_bytes)
        max->peak_bytes = reading->peak_bytes;
    if (reading->own_peak_bytes > max->own_peak_bytes)
        max->own_peak_bytes = reading->own_peak_bytes;
    if (reading->library_peak_bytes > max->library_peak_bytes)
        max->library_peak_bytes = reading->library_peak_bytes;
    max->created = reading->created;
}

static enum cvl_status run_stages(struct policy_pass *p, struct cvl_ledger_reading *max,
                                  struct cvl_error *err)
{
    const struct cvl_plan *plan = p->pass->executor->plan;
    enum cvl_status status = CVL_OK;
    for (uint32_t s = plan->load_stage_count; s < plan->stage_count && status == CVL_OK; s++) {
        struct cvl_ledger_reading reading;
        status = run_stage(p, s, err);
        if (p->ledger) {
            cvl_ledger_read(p->ledger, &reading);
            keep_max(max, &reading);
        }
    }
    return status;
}

static void end_policy(struct policy_pass *p)
{
    struct cvl_executor *executor = p->pass->executor;
    for (uint32_t i = 0; i < executor->plan->buffer_count; i++)
        if (!cvl_buffer_stays(&executor->plan->buffers[i]))
            cvl_executor_drop(executor, i);
    cvl_executor_drop_arena(executor);
    if (p->ledger)
        (void)cvl_ledger_settle(p->ledger, 2.0);
}

static enum cvl_status run_policy(struct cvl_pass *pass, enum cvl_policy policy,
                                  struct cvl_probing *probing, struct cvl_error *err)
{
    const struct cvl_plan *plan = pass->executor->plan;
    struct policy_pass p = {
        .pass = pass,
        .policy = policy,
        .ledger = pass->executor->opened->ledger,
        .probing = probing,
        .names = calloc((size_t)plan->buffer_count + 1, sizeof *p.names),
    };
    struct cvl_ledger_reading max = {0};
    char step[32];
    if (!p.names)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for %u names", plan->buffer_count);
    (void)snprintf(step, sizeof step, "memory/%s", cvl_policy_name(policy));
    cvl_pass_announce(pass, step);
    enum cvl_status status = CVL_OK;
    if (plan->passes == CVL_TRAINING) /* the pass before changed the weights */
        status = cvl_executor_renew_input(pass->executor, err);
    if (status == CVL_OK)
        status = begin_policy(&p, err);
    if (status == CVL_OK)
        status = run_stages(&p, &max, err);
    if (status == CVL_OK)
        cvl_watch_end(probing->watch, policy);
    end_policy(&p);
    if (status == CVL_OK && p.ledger)
        status = note_counted(&p, &max, err);
    free(p.names);
    return status;
}

static enum cvl_status load_weights(struct cvl_pass *pass, struct cvl_error *err)
{
    struct cvl_ledger *ledger = pass->executor->opened->ledger;
    if (ledger) {
        (void)cvl_ledger_settle(ledger, 2.0); /* what the pass before released */
        cvl_ledger_begin(ledger);
    }
    enum cvl_status status = cvl_executor_load(pass->executor, err);
    if (status != CVL_OK || !ledger)
        return status;
    struct cvl_ledger_reading reading;
    cvl_ledger_read(ledger, &reading);
    if (reading.own_peak_bytes != pass->row->computed.load_peak_bytes)
        return cvl_fail(err, CVL_FAILED,
                        "memory/load: computed %llu bytes for our buffers, counted %llu",
                        (unsigned long long)pass->row->computed.load_peak_bytes,
                        (unsigned long long)reading.own_peak_bytes);
    return CVL_OK;
}

/* The arena may be larger than any of its buffers, which the fit check has seen; an input whose
 * place the output takes cannot be kept. */
static bool is_possible(const struct cvl_pass *pass, enum cvl_policy policy)
{
    if (policy == CVL_FREED_PINNED && cvl_plan_overwrites_input(pass->executor->plan))
        return false;
    return policy != CVL_ARENA || pass->executor->plan->bytes.peak_without_weights[CVL_ARENA] <=
                                      pass->executor->opened->facts.max_allocation_bytes;
}

enum cvl_status cvl_memory_pass(struct cvl_pass *pass, struct cvl_error *err)
{
    struct cvl_probing probing;
    cvl_pass_announce(pass, "memory/load");
    enum cvl_status status = cvl_probing_start(pass->executor, &probing, err);
    if (status != CVL_OK)
        return status;
    status = load_weights(pass, err);
    for (unsigned policy = 0; policy < CVL_POLICY_COUNT && status == CVL_OK; policy++)
        if (is_possible(pass, (enum cvl_policy)policy))
            status = run_policy(pass, (enum cvl_policy)policy, &probing, err);
    cvl_executor_release_run(pass->executor);
    enum cvl_status finished =
        cvl_probing_finish(&probing, pass->row, status == CVL_OK ? err : NULL);
    return status == CVL_OK ? finished : status;
}

enum cvl_status cvl_pass_check_leaks(struct cvl_pass *pass, const struct cvl_ledger_reading *before,
                                     struct cvl_error *err)
{
    struct cvl_ledger_reading after;
    if (!pass->row->has_counted)
        return CVL_OK;
    (void)cvl_ledger_settle(pass->executor->opened->ledger, 2.0);
    cvl_ledger_read(pass->executor->opened->ledger, &after);
    pass->row->counted.leaked_bytes =
        after.live_bytes > before->live_bytes ? after.live_bytes - before->live_bytes : 0;
    if (after.own_live_bytes > before->own_live_bytes)
        return cvl_fail(err, CVL_FAILED, "memory: %llu bytes of ours were not released",
                        (unsigned long long)(after.own_live_bytes - before->own_live_bytes));
    return CVL_OK;
}
