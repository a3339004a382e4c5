#include "run/chain_passes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/statistics.h"
#include "base/text.h"
#include "run/time/awake.h"
#include "run/time/timed.h"

enum { MOST_SAMPLES = 50, LEAST_SAMPLES = 3, WARMUP = 1, LONG = 5 };

/* A network under timing. */
struct timing {
    struct cvl_chain_pass *pass;
    struct cvl_stage_events *events; /* of each stage */
    double *layer_s;                 /* [layer][sample] */
    double host_s[MOST_SAMPLES];
    bool use_events;
    uint32_t samples;
};

static void announce(struct cvl_chain_pass *pass, const char *step)
{
    if (pass->options->progress)
        pass->options->progress(pass->options->user, step);
}

/* Adds the stages' times to their layers'. An event clock that fails is no more used. */
static void add_stages(struct timing *t)
{
    const struct cvl_chain_plan *plan = t->pass->executor->plan;
    for (uint32_t s = 0; t->use_events && s < plan->stage_count; s++) {
        uint64_t begin_ns, end_ns;
        t->use_events = cvl_stage_span(&t->events[s], &begin_ns, &end_ns, NULL) == CVL_OK;
        if (t->use_events)
            t->layer_s[cvl_chain_step_of(plan, s) * MOST_SAMPLES + t->samples] +=
                (double)(end_ns - begin_ns) * 1e-9;
    }
}

static enum cvl_status execute(struct timing *t, bool is_sample, struct cvl_error *err)
{
    struct cvl_chain_executor *executor = t->pass->executor;
    const uint32_t count = executor->plan->stage_count;
    const bool use_events = t->use_events;
    const double begin_s = cvl_host_now();
    enum cvl_status status = CVL_OK;
    for (uint32_t s = 0; s < count && status == CVL_OK; s++)
        status = cvl_chain_executor_enqueue(executor, s, use_events ? &t->events[s] : NULL, err);
    if (status == CVL_OK)
        status = cvl_chain_executor_finish(executor, err);
    const double host_s = cvl_host_now() - begin_s;
    if (status == CVL_OK && is_sample) {
        add_stages(t);
        t->host_s[t->samples++] = host_s;
    }
    for (uint32_t s = 0; use_events && s < count; s++)
        cvl_stage_events_release(&t->events[s]);
    return status;
}

static enum cvl_status take_samples(struct timing *t, struct cvl_error *err)
{
    const double budget_s = t->pass->options->budget_s > 0.0 ? t->pass->options->budget_s : 0.3;
    const double begin_s = cvl_host_now();
    enum cvl_status status = execute(t, false, err);
    const double once_s = cvl_host_now() - begin_s;
    /* Three of what is slow are many budgets already. */
    const uint32_t least = once_s > LONG * budget_s ? 1 : LEAST_SAMPLES;
    const double end_s = cvl_host_now() + budget_s;
    while (status == CVL_OK && t->samples < MOST_SAMPLES &&
           (t->samples < least || cvl_host_now() < end_s))
        status = execute(t, true, err);
    return status;
}

static enum cvl_status note_times(struct timing *t, struct cvl_error *err)
{
    struct cvl_chain_row *row = t->pass->row;
    struct cvl_statistics host, layer;
    if (!cvl_statistics_compute(t->host_s, t->samples, &host))
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for the statistics");
    row->time = (struct cvl_row_time){
        .clock = CVL_CLOCK_HOST,
        .median_s = host.median,
        .min_s = host.min,
        .p05_s = host.p05,
        .p95_s = host.p95,
        .mad_s = host.mad,
        .host_median_s = host.median,
        .samples = t->samples,
        .warmup = WARMUP,
    };
    if (host.mad > 0.05 * host.median)
        (void)snprintf(row->time.doubt, sizeof row->time.doubt, "spread of %.0f %%",
                       100.0 * host.mad / host.median);
    else if (t->samples < 5)
        (void)snprintf(row->time.doubt, sizeof row->time.doubt, "only %u samples", t->samples);
    row->has_time = true;
    for (size_t i = 0; t->use_events && i < row->layer_count; i++)
        if (cvl_statistics_compute(t->layer_s + i * MOST_SAMPLES, t->samples, &layer))
            row->layers[i].time_s = layer.median;
    return CVL_OK;
}

enum cvl_status cvl_chain_timing_pass(struct cvl_chain_pass *pass, struct cvl_error *err)
{
    const struct cvl_opened *opened = pass->executor->opened;
    const struct cvl_chain_plan *plan = pass->executor->plan;
    struct timing t = {.pass = pass, .use_events = opened->facts.event_clock == CVL_CLOCK_TRUSTED};
    announce(pass, "time");
    t.events = calloc(plan->stage_count, sizeof *t.events);
    t.layer_s = calloc(plan->chain->step_count * MOST_SAMPLES, sizeof *t.layer_s);
    enum cvl_status status = CVL_OK;
    if (!t.events || !t.layer_s)
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no memory for %u stages", plan->stage_count);
    if (status == CVL_OK)
        status = cvl_chain_executor_make(pass->executor, UINT32_MAX, err);
    struct cvl_awake awake = cvl_awake_begin(&opened->facts);
    if (status == CVL_OK)
        status = take_samples(&t, err);
    cvl_awake_end(&awake);
    if (status == CVL_OK)
        status = note_times(&t, err);
    cvl_chain_executor_release(pass->executor);
    free(t.events);
    free(t.layer_s);
    return status;
}

/* Weights of all layers, held against the plan as they are loaded. */
static enum cvl_status load(const struct cvl_opened *opened, const struct cvl_chain_plan *plan,
                            struct cvl_chain_executor *executor, struct cvl_error *err)
{
    struct cvl_ledger_reading reading;
    if (opened->ledger)
        cvl_ledger_begin(opened->ledger);
    const enum cvl_status status = cvl_chain_executor_create(opened, plan, executor, err);
    if (status != CVL_OK || !opened->ledger)
        return status;
    cvl_ledger_read(opened->ledger, &reading);
    if (reading.own_peak_bytes == plan->bytes.plan.load_peak)
        return CVL_OK;
    cvl_chain_executor_clear(executor);
    return cvl_fail(
        err, CVL_FAILED, "memory/load: computed %llu bytes for our buffers, counted %llu",
        (unsigned long long)plan->bytes.plan.load_peak, (unsigned long long)reading.own_peak_bytes);
}

static enum cvl_status check_leaks(struct cvl_ledger *ledger, uint64_t live_before,
                                   uint64_t own_before, struct cvl_chain_row *row,
                                   struct cvl_error *err)
{
    struct cvl_ledger_reading after;
    (void)cvl_ledger_settle(ledger, 2.0);
    cvl_ledger_read(ledger, &after);
    row->counted.leaked_bytes = after.live_bytes > live_before ? after.live_bytes - live_before : 0;
    if (after.own_live_bytes <= own_before)
        return CVL_OK;
    return cvl_fail(err, CVL_FAILED, "memory: %llu bytes of ours were not released",
                    (unsigned long long)(after.own_live_bytes - own_before));
}

static enum cvl_status run_passes(struct cvl_chain_pass *pass, struct cvl_error *err)
{
    const struct cvl_problem *last = &pass->reference->last.problem;
    const size_t bytes =
        cvl_extent_elements(cvl_output_extent(last)) * cvl_dtype_bytes(pass->executor->plan->dtype);
    pass->output = calloc(1, bytes);
    pass->verified = calloc(1, bytes);
    enum cvl_status status = CVL_OK;
    if (!pass->output || !pass->verified)
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the output");
    if (status == CVL_OK)
        status = cvl_chain_memory_pass(pass, err);
    if (status == CVL_OK)
        status = cvl_chain_timing_pass(pass, err);
    free(pass->output);
    free(pass->verified);
    return status;
}

enum cvl_status cvl_chain_run(const struct cvl_opened *opened, const struct cvl_chain_plan *plan,
                              struct cvl_chain_reference *reference,
                              const struct cvl_run_options *options, struct cvl_chain_row *row,
                              struct cvl_error *err)
{
    struct cvl_chain_executor executor;
    struct cvl_chain_pass pass = {
        .executor = &executor, .reference = reference, .options = options, .row = row};
    struct cvl_ledger_reading before = {0};
    enum cvl_status status = CVL_OK;
    announce(&pass, "reference");
    if (!cvl_chain_reference_is_of(reference, plan->chain, plan->dtype)) {
        cvl_chain_reference_clear(reference);
        status = cvl_chain_reference_compute(plan->chain, plan->dtype, reference, err);
    }
    if (status != CVL_OK)
        return status;
    announce(&pass, "memory/load");
    if (opened->ledger) {
        (void)cvl_ledger_settle(opened->ledger, 2.0);
        cvl_ledger_read(opened->ledger, &before);
    }
    status = load(opened, plan, &executor, err);
    if (status != CVL_OK)
        return status;
    status = run_passes(&pass, err);
    cvl_chain_executor_clear(&executor);
    if (status == CVL_OK && opened->ledger)
        status = check_leaks(opened->ledger, before.live_bytes, before.own_live_bytes, row, err);
    return status;
}
