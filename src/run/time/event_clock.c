/* Compares the event clock with the host clock on kernels of growing length. */
#include "run/time/event_clock.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"

/* Items come in multiples of the first ones, a work-group that nearly every device can launch. */
enum { TRIALS = 5, FIRST_ITEMS = 64, MAX_ITEMS = 1 << 24 };

static const double min_s = 5e-3;

enum cvl_status cvl_event_stamps_read(cl_event event, struct cvl_event_stamps *out,
                                      struct cvl_error *err)
{
    const struct {
        cl_profiling_info name;
        uint64_t *value;
    } stamps[] = {
        {CL_PROFILING_COMMAND_QUEUED, &out->queued_ns},
        {CL_PROFILING_COMMAND_SUBMIT, &out->submit_ns},
        {CL_PROFILING_COMMAND_START, &out->start_ns},
        {CL_PROFILING_COMMAND_END, &out->end_ns},
    };
    for (size_t i = 0; i < sizeof stamps / sizeof stamps[0]; i++) {
        cl_ulong value = 0;
        cl_int code = clGetEventProfilingInfo(event, stamps[i].name, sizeof value, &value, NULL);
        if (code != CL_SUCCESS)
            return cvl_cl_fail(err, code, "clGetEventProfilingInfo", "event clock");
        *stamps[i].value = value;
    }
    return CVL_OK;
}

enum cvl_clock_trust cvl_event_clock_judge(const struct cvl_clock_trial *trials, size_t count,
                                           uint64_t resolution_ns, char *reason, size_t size)
{
    double worst = 0.0;
    size_t agreed = 0;
    if (resolution_ns == 0) {
        (void)snprintf(reason, size, "timer resolution is 0");
        return CVL_CLOCK_DISTRUSTED;
    }
    for (size_t i = 0; i < count; i++) {
        const struct cvl_event_stamps *t = &trials[i].stamps;
        if (t->queued_ns > t->submit_ns || t->submit_ns > t->start_ns || t->start_ns > t->end_ns) {
            (void)snprintf(reason, size, "event times out of order");
            return CVL_CLOCK_DISTRUSTED;
        }
        double event_s = (double)(t->end_ns - t->start_ns) * 1e-9;
        double apart_s = fabs(event_s - trials[i].host_s);
        if (apart_s > fmax(0.1 * trials[i].host_s, 1e-3)) {
            (void)snprintf(reason, size, "event clock says %.3f ms where the host waited %.3f ms",
                           event_s * 1e3, trials[i].host_s * 1e3);
            continue;
        }
        worst = fmax(worst, apart_s / trials[i].host_s);
        agreed++;
    }
    if (2 * agreed <= count)
        return CVL_CLOCK_DISTRUSTED;
    (void)snprintf(reason, size, "within %.1f %% of the host clock in %zu of %zu kernels",
                   worst * 100.0, agreed, count);
    return CVL_CLOCK_TRUSTED;
}

struct calibration {
    struct cvl_opened *opened;
    cl_kernel kernel;
    cl_mem buffer;
    size_t group; /* of constant size: drivers compile anew for each one that they choose */
};

static enum cvl_status run_trial(const struct calibration *c, size_t items,
                                 struct cvl_clock_trial *out, struct cvl_error *err)
{
    cl_event event = NULL;
    double begin = cvl_host_now();
    cl_int code = clEnqueueNDRangeKernel(c->opened->queue, c->kernel, 1, NULL, &items, &c->group, 0,
                                         NULL, &event);
    if (code == CL_SUCCESS)
        code = clFinish(c->opened->queue);
    out->host_s = cvl_host_now() - begin;
    enum cvl_status status = CVL_OK;
    if (code != CL_SUCCESS)
        status = cvl_cl_fail(err, code, "clEnqueueNDRangeKernel", "calibration");
    else
        status = cvl_event_stamps_read(event, &out->stamps, err);
    if (event)
        clReleaseEvent(event);
    return status;
}

/* Work-items are added, not iterations: some drivers end long loops early. */
static enum cvl_status run_trials(const struct calibration *c, struct cvl_clock_trial *trials,
                                  struct cvl_error *err)
{
    size_t items = FIRST_ITEMS;
    enum cvl_status status = run_trial(c, items, &trials[0], err); /* the driver may compile here */
    while (status == CVL_OK) {
        status = run_trial(c, items, &trials[0], err);
        if (trials[0].host_s >= min_s || items >= MAX_ITEMS)
            break;
        double factor = fmax(2.0, fmin(16.0, 1.5 * min_s / trials[0].host_s));
        items = (size_t)fmin((double)items * factor, MAX_ITEMS);
        items -= items % FIRST_ITEMS;
    }
    if (status == CVL_OK && trials[0].host_s < min_s)
        return cvl_fail(err, CVL_FAILED, "no calibration kernel of 5 ms could be made");
    for (size_t i = 0; i < TRIALS && status == CVL_OK; i++)
        status = run_trial(c, items, &trials[i], err);
    return status;
}

static enum cvl_status prepare(struct calibration *c, struct cvl_error *err)
{
    cl_program program = NULL;
    enum cvl_status status =
        cvl_program_get(c->opened->programs, "calibrate.cl", "", &program, err);
    if (status != CVL_OK)
        return status;
    cl_int code = CL_SUCCESS;
    c->kernel = clCreateKernel(program, "calibrate", &code);
    if (!c->kernel)
        return cvl_cl_fail(err, code, "clCreateKernel", "calibrate");
    c->buffer = clCreateBuffer(c->opened->context, CL_MEM_READ_WRITE, sizeof(float), NULL, &code);
    if (!c->buffer)
        return cvl_cl_fail(err, code, "clCreateBuffer", "calibration");
    code = clSetKernelArg(c->kernel, 0, sizeof c->buffer, &c->buffer);
    return code == CL_SUCCESS ? CVL_OK : cvl_cl_fail(err, code, "clSetKernelArg", "calibrate");
}

void cvl_event_clock_calibrate(struct cvl_opened *opened)
{
    struct calibration c = {
        .opened = opened,
        .group = opened->facts.max_work_group >= FIRST_ITEMS ? FIRST_ITEMS : 1,
    };
    struct cvl_clock_trial trials[TRIALS] = {0};
    struct cvl_error err = {0};
    struct cvl_device_facts *facts = &opened->facts;
    enum cvl_status status = prepare(&c, &err);
    if (status == CVL_OK)
        status = run_trials(&c, trials, &err);
    if (status == CVL_OK) {
        facts->event_clock =
            cvl_event_clock_judge(trials, TRIALS, facts->timer_resolution_ns,
                                  facts->event_clock_reason, sizeof facts->event_clock_reason);
    } else {
        facts->event_clock = CVL_CLOCK_DISTRUSTED;
        cvl_copy(facts->event_clock_reason, sizeof facts->event_clock_reason, err.text);
    }
    if (c.kernel)
        clReleaseKernel(c.kernel);
    if (c.buffer)
        clReleaseMemObject(c.buffer);
}
