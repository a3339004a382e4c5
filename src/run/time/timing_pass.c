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
#include "result/row_time.h"
#include "run/time/reference.h"
#include "run/time/sampler.h"
#include "run/time/timed.h"

/* Where a pass takes all of the budget, it takes so many rounds. */
enum { ROUNDS_AT_ONCE = 4 };

/* What the sampler's subject works on. */
struct subject {
    struct cvl_pass *pass;
    struct cvl_timed timed;
    double *stage_s; /* [sample][run stage], without warm-up after a round */
    size_t executions;
    struct cvl_samples samples;      /* of all rounds */
    uint32_t counts[ROUNDS_AT_ONCE]; /* of them, by round */
    size_t rounds;
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

/* What another round may lack. */
static void append_disturbance(const struct subject *subject, const struct cvl_row_round *round,
                               struct cvl_text *doubt)
{
    char load[64];
    const double share =
        cvl_row_memory_share(subject->pass->row, round->reference_bytes_per_s, round->median_s);
    const double speed =
        subject->pace ? cvl_reference_speed(subject->pass->executor->opened->reference, share)
                      : 1.0;
    cvl_load_doubt(&subject->load, load, sizeof load);
    if (*load != '\0')
        cvl_text_append(doubt, "%s; ", load);
    if (speed < 1.0 / CVL_PACE_SLOW)
        cvl_text_append(doubt, "the device ran at %.0f %% of its speed; ", 100.0 * speed);
}

static void state_doubt(const struct subject *subject, struct cvl_row_round *round)
{
    const struct cvl_timed *timed = &subject->timed;
    struct cvl_text doubt = {0};
    append_disturbance(subject, round, &doubt);
    round->disturbed = doubt.length > 0;
    if (*timed->clock_reason != '\0')
        cvl_text_append(&doubt, "event clock failed: %s; ", timed->clock_reason);
    if (timed->awake.may_sleep && round->median_s < short_s)
        cvl_text_append(&doubt, "processors may have slept (no right to /dev/cpu_dma_latency); ");
    if (doubt.length >= 2)
        doubt.data[doubt.length - 2] = '\0';
    cvl_copy(round->doubt, sizeof round->doubt, doubt.data ? doubt.data : "");
    cvl_text_clear(&doubt);
}

static bool note_round(const struct subject *subject, const double *values, const double *host_s,
                       uint32_t count, struct cvl_row_round *out)
{
    const struct cvl_reference *reference = subject->pass->executor->opened->reference;
    struct cvl_statistics chosen, host;
    if (!cvl_statistics_compute(values, count, &chosen) ||
        !cvl_statistics_compute(host_s, count, &host))
        return false;
    *out = (struct cvl_row_round){
        .samples = count,
        .median_s = chosen.median,
        .host_median_s = host.median,
        .load = subject->load.load,
        .reference_flops_per_s = subject->pace ? cvl_reference_flops_per_s(reference) : (double)NAN,
        .reference_bytes_per_s = subject->pace ? cvl_reference_bytes_per_s(reference) : (double)NAN,
        .reference_passed_per_s =
            subject->pace ? cvl_reference_passed_per_s(reference) : (double)NAN,
    };
    state_doubt(subject, out);
    return true;
}

static enum cvl_status note_times(struct subject *subject, struct cvl_error *err)
{
    struct cvl_row *row = subject->pass->row;
    struct cvl_samples *samples = &subject->samples;
    double **values = subject->timed.use_events ? &samples->event_s : &samples->host_s;
    size_t first = 0;
    row->rounds = calloc(subject->rounds, sizeof *row->rounds);
    for (size_t i = 0; row->rounds && i < subject->rounds; first += subject->counts[i++])
        if (note_round(subject, *values + first, samples->host_s + first, subject->counts[i],
                       &row->rounds[row->round_count]))
            row->round_count++;
    if (row->round_count < subject->rounds)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for the statistics");
    row->time.clock = subject->timed.use_events ? CVL_CLOCK_EVENT : CVL_CLOCK_HOST;
    row->time.warmup = samples->warmup;
    row->time.discarded_rounds = 0;
    row->samples_s = *values;
    row->sample_count = samples->count;
    *values = NULL;
    return cvl_row_note_time(row, err);
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
                                  struct cvl_error *err)
{
    struct cvl_sampler sampler = cvl_sampler_default(part * whole_s);
    struct cvl_samples round, *samples = &subject->samples;
    const size_t begin = subject->executions;
    if (!(subject->pass->options->hopeless_s > 0.0)) /* a search has no time for it */
        sampler.min_s = sampler.budget_s / 3.0;
    if (subject->pass->is_further)
        sampler.min = 1;
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
    subject->counts[subject->rounds++] = (uint32_t)round.count;
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
 * as long as they lie there. Long executions have one round, as has a search. Where the rounds are
 * spread over the run, this is one of them. */
static enum cvl_status take_rounds(struct subject *subject, struct cvl_error *err)
{
    enum { FEW_SAMPLES = 8 };
    const struct cvl_run_options *options = subject->pass->options;
    const double budget_s = options->budget_s > 0.0 ? options->budget_s : 0.3;
    const double part = 1.0 / ROUNDS_AT_ONCE;
    const struct cvl_samples *samples = &subject->samples;
    if (options->rounds > 0)
        return take_round(subject, budget_s, 1.0 / (double)options->rounds, err);
    if (options->time_only)
        return take_round(subject, budget_s, 1.0, err);
    enum cvl_status status = take_round(subject, budget_s, part, err);
    if (status == CVL_OK && samples->count > 1 && samples->count < FEW_SAMPLES)
        return take_round(subject, budget_s, 1.0 - part, err);
    for (unsigned round = 1; round < ROUNDS_AT_ONCE && samples->count > 1 && status == CVL_OK;
         round++) {
        status = move_buffers(subject, err);
        if (status == CVL_OK)
            status = take_round(subject, budget_s, part, err);
    }
    return status;
}

static enum cvl_status take_samples(struct subject *subject, struct cvl_error *err)
{
    const struct cvl_opened *opened = subject->pass->executor->opened;
    const struct cvl_run_options *options = subject->pass->options;
    if (!options->time_only && !options->as)
        subject->pace = cvl_reference_begin(opened->reference, opened);
    cvl_load_mark(opened->load);
    enum cvl_status status = take_rounds(subject, err);
    cvl_reference_end(opened->reference);
    subject->load = cvl_load_since_mark(opened->load);
    if (status == CVL_OK)
        status = note_times(subject, err);
    if (status == CVL_OK)
        status = note_stages(subject, err);
    cvl_samples_clear(&subject->samples);
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
