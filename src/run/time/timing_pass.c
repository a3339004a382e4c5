/* The timing pass: all buffers live and warm, nothing allocated inside. */
#include "run/passes.h"

#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/statistics.h"
#include "base/text.h"
#include "run/time/reference.h"
#include "run/time/sampler.h"
#include "run/time/timed.h"

/* What the sampler's subject works on. */
struct subject {
    struct cvl_pass *pass;
    struct cvl_timed timed;
    double *stage_s; /* [sample][run stage], without warm-up after a round */
    size_t executions;
    struct cvl_load_figure load; /* while they were taken */
    struct cvl_pace *pace;       /* borrowed; NULL: samples wait for nothing */
};

/* Waiting for a slow device is no part of the budget. */
static double now(void *user)
{
    const struct subject *subject = user;
    return cvl_host_now() - (subject->pace ? subject->pace->waited_s : 0.0);
}

static enum cvl_status keep_stages(struct subject *subject, struct cvl_error *err)
{
    size_t count = subject->timed.count;
    double *rows =
        realloc(subject->stage_s, (subject->executions + 1) * count * sizeof *subject->stage_s);
    if (!rows)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for the stages' times");
    subject->stage_s = rows;
    memcpy(rows + subject->executions * count, subject->timed.stage_s, count * sizeof *rows);
    subject->executions++;
    return CVL_OK;
}

static enum cvl_status sample(void *user, struct cvl_sample *out, struct cvl_error *err)
{
    struct subject *subject = user;
    if (subject->pace)
        cvl_pace_step(subject->pace);
    enum cvl_status status = cvl_timed_sample(&subject->timed, out, err);
    if (status == CVL_OK && subject->timed.use_events)
        status = keep_stages(subject, err);
    return status;
}

/* Below this a kernel's time has a sleeping processor's waking in it. */
static const double short_s = 100e-6;

static void state_doubt(struct cvl_row_time *time, const double *values, size_t count,
                        const struct subject *subject)
{
    const struct cvl_timed *timed = &subject->timed;
    const char *clock_reason = timed->clock_reason;
    struct cvl_text doubt = {0};
    char load[64];
    double low, high;
    cvl_load_doubt(&subject->load, load, sizeof load);
    if (*load != '\0')
        cvl_text_append(&doubt, "%s; ", load);
    const double speed =
        subject->pace ? cvl_reference_speed(subject->pass->executor->opened->reference) : 1.0;
    if (speed < 1.0 / CVL_PACE_SLOW)
        cvl_text_append(&doubt, "the device ran at %.0f %% of its speed; ", 100.0 * speed);
    if (*clock_reason != '\0')
        cvl_text_append(&doubt, "event clock failed: %s; ", clock_reason);
    if (cvl_statistics_two_peaks(values, count, &low, &high))
        cvl_text_append(&doubt, "two peaks, at %.4g and %.4g us; ", low * 1e6, high * 1e6);
    if (time->mad_s > 0.05 * time->median_s)
        cvl_text_append(&doubt, "spread of %.0f %%; ", 100.0 * time->mad_s / time->median_s);
    if (count < 5)
        cvl_text_append(&doubt, "only %zu samples; ", count);
    /* The host's time has the launches in it, 100 us and more each on a busy machine. */
    bool disagree =
        time->clock == CVL_CLOCK_EVENT && (time->median_s > 1.02 * time->host_median_s ||
                                           time->host_median_s > 1.25 * time->median_s + 200e-6);
    if (timed->awake.may_sleep && time->median_s < short_s)
        cvl_text_append(&doubt, "processors may have slept (no right to /dev/cpu_dma_latency); ");
    if (disagree)
        cvl_text_append(&doubt, "clocks disagree: event %.4g us, host %.4g us; ",
                        time->median_s * 1e6, time->host_median_s * 1e6);
    if (doubt.length >= 2)
        doubt.data[doubt.length - 2] = '\0';
    cvl_copy(time->doubt, sizeof time->doubt, doubt.data ? doubt.data : "");
    cvl_text_clear(&doubt);
}

static enum cvl_status note_times(const struct subject *subject, struct cvl_samples *samples,
                                  struct cvl_error *err)
{
    struct cvl_row *row = subject->pass->row;
    const struct cvl_reference *reference = subject->pass->executor->opened->reference;
    bool use_events = subject->timed.use_events;
    struct cvl_statistics chosen, host;
    const double *values = use_events ? samples->event_s : samples->host_s;
    if (!cvl_statistics_compute(values, samples->count, &chosen) ||
        !cvl_statistics_compute(samples->host_s, samples->count, &host))
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for the statistics");
    row->time = (struct cvl_row_time){
        .clock = use_events ? CVL_CLOCK_EVENT : CVL_CLOCK_HOST,
        .median_s = chosen.median,
        .min_s = chosen.min,
        .p05_s = chosen.p05,
        .p95_s = chosen.p95,
        .mad_s = chosen.mad,
        .host_median_s = host.median,
        .samples = (uint32_t)samples->count,
        .warmup = samples->warmup,
        .load = subject->load.load,
        .reference_flops_per_s = subject->pace ? cvl_reference_flops_per_s(reference) : (double)NAN,
        .reference_bytes_per_s = subject->pace ? cvl_reference_bytes_per_s(reference) : (double)NAN,
    };
    if (row->planned_for[0] == '\0')
        state_doubt(&row->time, values, samples->count, subject);
    else
        (void)snprintf(row->time.doubt, sizeof row->time.doubt,
                       "tiles of another device, %s: the time means nothing", row->planned_for);
    row->has_time = true;
    row->sample_count = samples->count;
    row->samples_s = use_events ? samples->event_s : samples->host_s;
    if (use_events)
        samples->event_s = NULL;
    else
        samples->host_s = NULL;
    return CVL_OK;
}

/* The median over the samples of the time of `stages` of each execution. */
static double median_of(const struct subject *subject, double *column,
                        bool (*counts)(const struct subject *, uint32_t stage, uint32_t wanted),
                        uint32_t wanted)
{
    const size_t count = subject->executions;
    assert(count > 0);
    struct cvl_statistics statistics;
    for (size_t i = 0; i < count; i++) {
        column[i] = 0.0;
        for (uint32_t s = 0; s < subject->timed.count; s++)
            if (counts(subject, s, wanted))
                column[i] += subject->stage_s[i * subject->timed.count + s];
    }
    return cvl_statistics_compute(column, count, &statistics) ? statistics.median : (double)NAN;
}

static bool is_stage(const struct subject *subject, uint32_t stage, uint32_t wanted)
{
    (void)subject;
    return stage == wanted;
}

static bool is_of_layer(const struct subject *subject, uint32_t stage, uint32_t wanted)
{
    const struct cvl_plan *plan = subject->pass->executor->plan;
    return plan->stages[plan->load_stage_count + stage].step == wanted;
}

/* Medians of the stages, and of the layers of a network. With the host clock only a plan of one
 * stage has its stage's time. */
static enum cvl_status note_stages(const struct subject *subject, struct cvl_error *err)
{
    struct cvl_row *row = subject->pass->row;
    if (!subject->timed.use_events) {
        if (subject->timed.count == 1)
            row->stages[0].time_s = row->time.median_s;
        return CVL_OK;
    }
    double *column = malloc(subject->executions * sizeof *column);
    if (!column)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for the stages' times");
    for (uint32_t s = 0; s < subject->timed.count; s++)
        row->stages[s].time_s = median_of(subject, column, is_stage, s);
    for (uint32_t i = 0; i < row->layers_count; i++)
        row->layers[i].time_s = median_of(subject, column, is_of_layer, i);
    free(column);
    return CVL_OK;
}

/* Of stage_s, leaves out a round's warm-up. */
static void drop_warmup(struct subject *subject, size_t begin, uint32_t warmup)
{
    if (!subject->stage_s || subject->executions < begin + warmup)
        return;
    const size_t count = subject->timed.count, left = subject->executions - begin - warmup;
    memmove(subject->stage_s + begin * count, subject->stage_s + (begin + warmup) * count,
            left * count * sizeof *subject->stage_s);
    subject->executions -= warmup;
}

static bool append(double **values, size_t count, const double *more, size_t more_count)
{
    double *longer = realloc(*values, (count + more_count) * sizeof *longer);
    if (!longer)
        return false;
    memcpy(longer + count, more, more_count * sizeof *longer);
    *values = longer;
    return true;
}

/* Samples of a part of the budget, after those that there are. */
static enum cvl_status take_round(struct subject *subject, double whole_s, double part,
                                  struct cvl_samples *samples, struct cvl_error *err)
{
    struct cvl_sampler sampler = cvl_sampler_default(part * whole_s);
    struct cvl_samples round;
    const size_t begin = subject->executions;
    if (!(subject->pass->options->hopeless_s > 0.0)) /* a search has no time for it */
        sampler.min_s = sampler.budget_s / 3.0;
    sampler.whole_s = whole_s;
    sampler.now = now;
    sampler.sample = sample;
    sampler.user = subject;
    sampler.hopeless_s = subject->pass->options->hopeless_s;
    enum cvl_status status = cvl_sampler_run(&sampler, &round, err);
    if (status != CVL_OK)
        return status;
    drop_warmup(subject, begin, round.warmup);
    if (append(&samples->host_s, samples->count, round.host_s, round.count) &&
        append(&samples->event_s, samples->count, round.event_s, round.count))
        samples->count += round.count;
    else
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no memory for %zu samples", round.count);
    samples->warmup += round.warmup;
    cvl_samples_clear(&round);
    return status;
}

/* What the allocator keeps would be taken again: other pages are wanted. */
static enum cvl_status move_buffers(struct subject *subject, struct cvl_error *err)
{
    cvl_executor_release_run(subject->pass->executor);
    (void)malloc_trim(0);
    return cvl_executor_make_run(subject->pass->executor, UINT32_MAX, err);
}

/* In each round the buffers lie elsewhere: where they lie can make a fifth of a kernel's time, for
 * as long as they lie there. Long executions have one round, as has a search. */
static enum cvl_status take_rounds(struct subject *subject, struct cvl_samples *samples,
                                   struct cvl_error *err)
{
    enum { ROUNDS = 4, FEW_SAMPLES = 8 };
    const struct cvl_run_options *options = subject->pass->options;
    const double budget_s = options->budget_s > 0.0 ? options->budget_s : 0.3;
    const double part = 1.0 / ROUNDS;
    if (options->time_only)
        return take_round(subject, budget_s, 1.0, samples, err);
    enum cvl_status status = take_round(subject, budget_s, part, samples, err);
    if (status == CVL_OK && samples->count > 1 && samples->count < FEW_SAMPLES)
        return take_round(subject, budget_s, 1.0 - part, samples, err);
    for (unsigned round = 1; round < ROUNDS && samples->count > 1 && status == CVL_OK; round++) {
        status = move_buffers(subject, err);
        if (status == CVL_OK)
            status = take_round(subject, budget_s, part, samples, err);
    }
    return status;
}

static enum cvl_status take_samples(struct subject *subject, struct cvl_error *err)
{
    const struct cvl_opened *opened = subject->pass->executor->opened;
    struct cvl_samples samples = {0};
    const struct cvl_run_options *options = subject->pass->options;
    if (!options->time_only && !options->as)
        subject->pace = cvl_reference_begin(opened->reference, opened);
    cvl_load_mark(opened->load);
    enum cvl_status status = take_rounds(subject, &samples, err);
    cvl_reference_end(opened->reference);
    subject->load = cvl_load_since_mark(opened->load);
    if (status == CVL_OK)
        status = note_times(subject, &samples, err);
    if (status == CVL_OK)
        status = note_stages(subject, err);
    cvl_samples_clear(&samples);
    return status;
}

enum cvl_status cvl_timing_pass(struct cvl_pass *pass, struct cvl_error *err)
{
    struct subject subject = {.pass = pass};
    cvl_pass_announce(pass, "time");
    enum cvl_status status = cvl_timed_create(pass->executor, &subject.timed, err);
    if (status == CVL_OK)
        status = take_samples(&subject, err);
    cvl_timed_clear(&subject.timed);
    free(subject.stage_s);
    return status;
}
