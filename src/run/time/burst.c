/* Launches a kernel several times and takes the best. */
#include "run/time/burst.h"

#include "base/clock.h"
#include "run/time/event_clock.h"

enum { TRIES = 5 };

static enum cvl_status launch(const struct cvl_burst *burst, cl_event *event, struct cvl_error *err)
{
    cl_int code = clEnqueueNDRangeKernel(burst->opened->queue, burst->kernel, 1, NULL,
                                         &burst->items, &burst->group, 0, NULL, event);
    return code == CL_SUCCESS
               ? CVL_OK
               : cvl_cl_fail(err, code, "clEnqueueNDRangeKernel", "measuring, %zu items by %zu",
                             burst->items, burst->group);
}

static enum cvl_status finish(const struct cvl_burst *burst, struct cvl_error *err)
{
    cl_int code = clFinish(burst->opened->queue);
    return code == CL_SUCCESS ? CVL_OK : cvl_cl_fail(err, code, "clFinish", "measuring");
}

/* Nanoseconds as seconds; an end before its begin is no time at all. */
static double span_s(uint64_t begin_ns, uint64_t end_ns)
{
    return end_ns > begin_ns ? (double)(end_ns - begin_ns) * 1e-9 : 0.0;
}

static enum cvl_status read_span(cl_event first, cl_event last, double *seconds,
                                 struct cvl_error *err)
{
    struct cvl_event_stamps begin, end;
    enum cvl_status status = cvl_event_stamps_read(first, &begin, err);
    if (status == CVL_OK)
        status = cvl_event_stamps_read(last, &end, err);
    if (status == CVL_OK)
        *seconds = span_s(begin.start_ns, end.end_ns);
    return status;
}

static void release(cl_event event)
{
    if (event)
        (void)clReleaseEvent(event);
}

enum cvl_status cvl_burst_run(const struct cvl_burst *burst, size_t launches, double *seconds,
                              struct cvl_error *err)
{
    bool use_events = burst->opened->facts.event_clock == CVL_CLOCK_TRUSTED;
    cl_event first = NULL, last = NULL;
    enum cvl_status status = CVL_OK;
    double begin_s = cvl_host_now();
    for (size_t i = 0; i < launches && status == CVL_OK; i++) {
        cl_event *event = i == 0 ? &first : i + 1 == launches ? &last : NULL;
        status = launch(burst, use_events ? event : NULL, err);
    }
    enum cvl_status ended = finish(burst, status == CVL_OK ? err : NULL);
    status = status == CVL_OK ? ended : status;
    *seconds = cvl_host_now() - begin_s;
    if (status == CVL_OK && use_events)
        status = read_span(first, last ? last : first, seconds, err);
    release(first);
    release(last);
    return status;
}

enum cvl_status cvl_burst_shortest(const struct cvl_burst *burst, size_t launches,
                                   double patience_s, double *seconds, struct cvl_error *err)
{
    enum cvl_status status = cvl_burst_run(burst, launches, seconds, err);
    for (int i = 1; i < TRIES && status == CVL_OK && *seconds < patience_s; i++) {
        double again_s;
        status = cvl_burst_run(burst, launches, &again_s, err);
        if (status == CVL_OK && again_s < *seconds)
            *seconds = again_s;
    }
    return status;
}

static enum cvl_status read_gaps(const cl_event events[CVL_BURST_GAPS + 1],
                                 double gaps_s[CVL_BURST_GAPS], struct cvl_error *err)
{
    struct cvl_event_stamps before, after;
    enum cvl_status status = cvl_event_stamps_read(events[0], &before, err);
    for (size_t i = 0; i < CVL_BURST_GAPS && status == CVL_OK; i++) {
        status = cvl_event_stamps_read(events[i + 1], &after, err);
        gaps_s[i] = span_s(before.end_ns, after.start_ns);
        before = after;
    }
    return status;
}

enum cvl_status cvl_burst_gaps(const struct cvl_burst *burst, double gaps_s[CVL_BURST_GAPS],
                               struct cvl_error *err)
{
    cl_event events[CVL_BURST_GAPS + 1] = {NULL};
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i <= CVL_BURST_GAPS && status == CVL_OK; i++)
        status = launch(burst, &events[i], err);
    enum cvl_status ended = finish(burst, status == CVL_OK ? err : NULL);
    status = status == CVL_OK ? ended : status;
    if (status == CVL_OK)
        status = read_gaps(events, gaps_s, err);
    for (size_t i = 0; i <= CVL_BURST_GAPS; i++)
        release(events[i]);
    return status;
}
