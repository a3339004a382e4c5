#include "run/passes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "run/clock.h"
#include "run/event_clock.h"
#include "run/sampler.h"
#include "run/statistics.h"

/* What the sampler's subject works on. */
struct subject {
    struct cvl_pass *pass;
    bool use_events;                 /* until the event clock fails */
    char clock_reason[128];          /* how it failed */
    uint32_t first, count;           /* run stages */
    struct cvl_stage_events *events; /* of each run stage */
    double *stage_s;                 /* [sample][run stage], all executions with warm-up */
    size_t executions;
};

static double now(void *user)
{
    (void)user;
    return cvl_host_now();
}

static enum cvl_status enqueue_all(struct subject *subject, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (uint32_t s = 0; s < subject->count && status == CVL_OK; s++)
        status = cvl_executor_enqueue(subject->pass->executor, subject->first + s,
                                      subject->use_events ? &subject->events[s] : NULL, err);
    return status;
}

/* Clocks may count from anywhere: stamps are too large to be subtracted as doubles. */
static double span_s(uint64_t begin_ns, uint64_t end_ns)
{
    return (double)(end_ns - begin_ns) * 1e-9;
}

/* A kernel lies between its own START and END, a library's work between the ends of two markers. */
static enum cvl_status read_stage(const struct cvl_stage_events *events, uint64_t *begin_ns,
                                  uint64_t *end_ns, struct cvl_error *err)
{
    struct cvl_event_stamps last, first;
    enum cvl_status status = cvl_event_stamps_read(events->last, &last, err);
    *begin_ns = last.start_ns;
    *end_ns = last.end_ns;
    if (status == CVL_OK && events->first) {
        status = cvl_event_stamps_read(events->first, &first, err);
        *begin_ns = first.end_ns;
    }
    if (status == CVL_OK && *begin_ns > *end_ns)
        status = cvl_fail(err, CVL_FAILED, "event times out of order");
    return status;
}

static enum cvl_status read_events(struct subject *subject, double *total_s, struct cvl_error *err)
{
    double *row = realloc(subject->stage_s,
                          (subject->executions + 1) * subject->count * sizeof *subject->stage_s);
    if (!row)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for the stages' times");
    subject->stage_s = row;
    row += subject->executions * subject->count;
    uint64_t begin_ns = 0, end_ns = 0;
    for (uint32_t s = 0; s < subject->count; s++) {
        uint64_t stage_begin_ns, stage_end_ns;
        enum cvl_status status =
            read_stage(&subject->events[s], &stage_begin_ns, &stage_end_ns, err);
        if (status != CVL_OK)
            return status;
        if (s == 0)
            begin_ns = stage_begin_ns;
        end_ns = stage_end_ns;
        row[s] = span_s(stage_begin_ns, stage_end_ns);
    }
    if (begin_ns > end_ns)
        return cvl_fail(err, CVL_FAILED, "event times out of order");
    subject->executions++;
    *total_s = span_s(begin_ns, end_ns);
    return CVL_OK;
}

/* An event clock that fails, proven or not, leaves the host's times of the same executions. */
static enum cvl_status use_event_clock(struct subject *subject, double *total_s,
                                       struct cvl_error *err)
{
    struct cvl_error reason = {0};
    enum cvl_status status = read_events(subject, total_s, &reason);
    if (status == CVL_NO_MEMORY)
        return cvl_fail(err, status, "%s", reason.text);
    if (status != CVL_OK) {
        subject->use_events = false;
        cvl_copy(subject->clock_reason, sizeof subject->clock_reason, reason.text);
    }
    return CVL_OK;
}

static enum cvl_status sample(void *user, struct cvl_sample *out, struct cvl_error *err)
{
    struct subject *subject = user;
    double begin = cvl_host_now();
    enum cvl_status status = enqueue_all(subject, err);
    if (status == CVL_OK)
        status = cvl_executor_finish(subject->pass->executor, err);
    out->host_s = cvl_host_now() - begin;
    out->event_s = NAN;
    if (status == CVL_OK && subject->use_events)
        status = use_event_clock(subject, &out->event_s, err);
    for (uint32_t s = 0; subject->events && s < subject->count; s++)
        cvl_stage_events_release(&subject->events[s]);
    return status;
}

static void state_doubt(struct cvl_row_time *time, const double *values, size_t count,
                        const char *clock_reason)
{
    struct cvl_text doubt = {0};
    double low, high;
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
    bool use_events = subject->use_events;
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
    };
    state_doubt(&row->time, values, samples->count, subject->clock_reason);
    row->has_time = true;
    row->sample_count = samples->count;
    row->samples_s = use_events ? samples->event_s : samples->host_s;
    if (use_events)
        samples->event_s = NULL;
    else
        samples->host_s = NULL;
    return CVL_OK;
}

/* Medians of the stages over the samples, warm-up left out. With the host clock only a plan of one
 * stage has its stage's time. */
static enum cvl_status note_stages(const struct subject *subject, uint32_t warmup,
                                   struct cvl_error *err)
{
    struct cvl_row *row = subject->pass->row;
    if (!subject->use_events) {
        if (subject->count == 1)
            row->stages[0].time_s = row->time.median_s;
        return CVL_OK;
    }
    size_t count = subject->executions - warmup;
    double *column = malloc(count * sizeof *column);
    if (!column)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for the stages' times");
    for (uint32_t s = 0; s < subject->count; s++) {
        struct cvl_statistics statistics;
        for (size_t i = 0; i < count; i++)
            column[i] = subject->stage_s[(i + warmup) * subject->count + s];
        if (cvl_statistics_compute(column, count, &statistics))
            row->stages[s].time_s = statistics.median;
    }
    free(column);
    return CVL_OK;
}

static enum cvl_status take_samples(struct subject *subject, struct cvl_error *err)
{
    double budget_s = subject->pass->options->budget_s;
    struct cvl_sampler sampler = cvl_sampler_default(budget_s > 0.0 ? budget_s : 0.3);
    struct cvl_samples samples = {0};
    sampler.now = now;
    sampler.sample = sample;
    sampler.user = subject;
    enum cvl_status status = cvl_sampler_run(&sampler, &samples, err);
    if (status != CVL_OK)
        return status;
    status = note_times(subject, &samples, err);
    if (status == CVL_OK)
        status = note_stages(subject, samples.warmup, err);
    cvl_samples_clear(&samples);
    return status;
}

enum cvl_status cvl_timing_pass(struct cvl_pass *pass, struct cvl_error *err)
{
    struct cvl_executor *executor = pass->executor;
    struct subject subject = {
        .pass = pass,
        .use_events = executor->opened->facts.event_clock == CVL_CLOCK_TRUSTED,
        .first = executor->plan->load_stage_count,
        .count = executor->plan->stage_count - executor->plan->load_stage_count,
    };
    cvl_pass_announce(pass, "time");
    subject.events = calloc(subject.count, sizeof *subject.events);
    enum cvl_status status = CVL_OK;
    if (!subject.events)
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no memory for %u events", subject.count);
    if (status == CVL_OK)
        status = cvl_executor_load(executor, err);
    if (status == CVL_OK)
        status = cvl_pass_make(pass, UINT32_MAX, err);
    if (status == CVL_OK)
        status = take_samples(&subject, err);
    cvl_pass_release(pass);
    free(subject.events);
    free(subject.stage_s);
    return status;
}
