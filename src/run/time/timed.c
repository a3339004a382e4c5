/* Makes a plan ready to be timed, and times one execution. */
#include "run/time/timed.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "run/time/event_clock.h"

/* Clocks may count from anywhere: stamps are too large to be subtracted as doubles. */
static double span_s(uint64_t begin_ns, uint64_t end_ns)
{
    return (double)(end_ns - begin_ns) * 1e-9;
}

/* When a finished stage began and ended, by the event clock: a kernel lies between its own START
 * and END, a library's work between the ends of two markers. */
static enum cvl_status stage_span(const struct cvl_stage_events *events, uint64_t *begin_ns,
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

static enum cvl_status read_events(struct cvl_timed *timed, double *total_s, struct cvl_error *err)
{
    uint64_t begin_ns = 0, end_ns = 0;
    for (uint32_t s = 0; s < timed->count; s++) {
        uint64_t stage_begin_ns, stage_end_ns;
        enum cvl_status status = stage_span(&timed->events[s], &stage_begin_ns, &stage_end_ns, err);
        if (status != CVL_OK)
            return status;
        if (s == 0)
            begin_ns = stage_begin_ns;
        end_ns = stage_end_ns;
        timed->stage_s[s] = span_s(stage_begin_ns, stage_end_ns);
    }
    if (begin_ns > end_ns)
        return cvl_fail(err, CVL_FAILED, "event times out of order");
    *total_s = span_s(begin_ns, end_ns);
    return CVL_OK;
}

/* An event clock that fails, proven or not, leaves the host's times of the same executions. */
static void use_event_clock(struct cvl_timed *timed, double *total_s)
{
    struct cvl_error reason = {0};
    if (read_events(timed, total_s, &reason) == CVL_OK)
        return;
    timed->use_events = false;
    cvl_copy(timed->clock_reason, sizeof timed->clock_reason, reason.text);
}

static enum cvl_status enqueue_all(struct cvl_timed *timed, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (uint32_t s = 0; s < timed->count && status == CVL_OK; s++)
        status = cvl_executor_enqueue(timed->executor, timed->first + s,
                                      timed->use_events ? &timed->events[s] : NULL, err);
    return status;
}

enum cvl_status cvl_timed_sample(struct cvl_timed *timed, struct cvl_sample *out,
                                 struct cvl_error *err)
{
    enum cvl_status status = cvl_executor_renew_input(timed->executor, err);
    double begin = cvl_host_now();
    if (status == CVL_OK)
        status = enqueue_all(timed, err);
    if (status == CVL_OK)
        status = cvl_executor_finish(timed->executor, err);
    out->host_s = cvl_host_now() - begin;
    out->event_s = NAN;
    if (status == CVL_OK && timed->use_events)
        use_event_clock(timed, &out->event_s);
    for (uint32_t s = 0; s < timed->count; s++)
        cvl_stage_events_release(&timed->events[s]);
    return status;
}

enum cvl_status cvl_timed_create(struct cvl_executor *executor, struct cvl_timed *out,
                                 struct cvl_error *err)
{
    const struct cvl_plan *plan = executor->plan;
    *out = (struct cvl_timed){
        .executor = executor,
        .use_events = executor->opened->facts.event_clock == CVL_CLOCK_TRUSTED,
        .first = plan->load_stage_count,
        .count = plan->stage_count - plan->load_stage_count,
    };
    out->events = calloc(out->count, sizeof *out->events);
    out->stage_s = calloc(out->count, sizeof *out->stage_s);
    enum cvl_status status = CVL_OK;
    if (!out->events || !out->stage_s)
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no memory for %u stages", out->count);
    if (status == CVL_OK)
        status = cvl_executor_load(executor, err);
    if (status == CVL_OK)
        status = cvl_executor_make_run(executor, UINT32_MAX, err);
    if (status == CVL_OK)
        out->awake = cvl_awake_begin(&executor->opened->facts);
    else
        cvl_timed_clear(out);
    return status;
}

void cvl_timed_clear(struct cvl_timed *timed)
{
    cvl_awake_end(&timed->awake);
    if (timed->executor)
        cvl_executor_release(timed->executor);
    free(timed->events);
    free(timed->stage_s);
    *timed = (struct cvl_timed){0};
}
