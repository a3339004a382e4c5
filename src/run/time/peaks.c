/* Runs each peak in turn, and says why one is absent. */
#include "run/time/peaks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/statistics.h"
#include "base/text.h"
#include "run/time/awake.h"

enum { LAUNCHES = 100, LEAST_LAUNCHES = 5 };

static const double launching_s = 0.1;

enum cvl_status cvl_bench_argument(cl_kernel kernel, cl_uint index, size_t size, const void *value,
                                   struct cvl_error *err)
{
    cl_int code = clSetKernelArg(kernel, index, size, value);
    return code == CL_SUCCESS
               ? CVL_OK
               : cvl_cl_fail(err, code, "clSetKernelArg", "measuring, argument %u", index);
}

enum cvl_status cvl_bench_kernel(const struct cvl_bench *bench, const char *name,
                                 const struct cvl_bench_shape *shape, const char *extra,
                                 cl_kernel *out, struct cvl_error *err)
{
    const struct cvl_device_facts *facts = &bench->opened->facts;
    char options[128];
    cl_program program = NULL;
    uint64_t group = (uint64_t)shape->group;
    if (group > facts->max_work_group || group > facts->max_work_item[0])
        return cvl_fail(err, CVL_UNSUPPORTED, "work-groups of %d are more than the device takes",
                        shape->group);
    (void)snprintf(options, sizeof options, "-D VEC=%d -D GROUP=%d -D SUMS=%d%s", shape->vec,
                   shape->group, shape->sums, extra);
    enum cvl_status status =
        cvl_program_get(bench->opened->programs, "measure.cl", options, &program, err);
    if (status != CVL_OK)
        return status;
    cl_int code = CL_SUCCESS;
    *out = clCreateKernel(program, name, &code);
    return *out ? CVL_OK : cvl_cl_fail(err, code, "clCreateKernel", "%s", name);
}

/* Host time of launching an empty kernel and waiting for it. */
static enum cvl_status time_round_trips(const struct cvl_burst *burst, double *launch_s,
                                        struct cvl_error *err)
{
    double times[LAUNCHES], begin_s = cvl_host_now();
    size_t count = 0;
    struct cvl_statistics statistics;
    while (count < LAUNCHES && (count < LEAST_LAUNCHES || cvl_host_now() - begin_s < launching_s)) {
        double launch_begin_s = cvl_host_now();
        cl_int code = clEnqueueNDRangeKernel(burst->opened->queue, burst->kernel, 1, NULL,
                                             &burst->items, &burst->group, 0, NULL, NULL);
        if (code == CL_SUCCESS)
            code = clFinish(burst->opened->queue);
        times[count++] = cvl_host_now() - launch_begin_s;
        if (code != CL_SUCCESS)
            return cvl_cl_fail(err, code, "clEnqueueNDRangeKernel", "an empty kernel");
    }
    if (!cvl_statistics_compute(times, count, &statistics))
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for the statistics");
    *launch_s = statistics.median;
    return CVL_OK;
}

/* Median of the gaps between kernels that keep every compute unit busy for some microseconds:
 * between empty ones of a single work-item, PoCL's threads need not wait for each other. */
static enum cvl_status time_event_gaps(const struct cvl_bench *bench, double *gap_s,
                                       struct cvl_error *err)
{
    static const struct cvl_bench_shape single = {1, 1, 8};
    const cl_int rounds = 1000;
    double gaps_s[CVL_BURST_GAPS], seconds;
    struct cvl_statistics statistics;
    struct cvl_burst burst = {.opened = bench->opened,
                              .items = 4 * (size_t)bench->opened->facts.compute_units,
                              .group = 1};
    if (burst.items == 0)
        burst.items = 1;
    enum cvl_status status =
        cvl_bench_kernel(bench, "measure_compute", &single, "", &burst.kernel, err);
    if (status != CVL_OK)
        return status;
    status = cvl_bench_argument(burst.kernel, 0, sizeof bench->never, &bench->never, err);
    if (status == CVL_OK)
        status = cvl_bench_argument(burst.kernel, 1, sizeof rounds, &rounds, err);
    if (status == CVL_OK)
        status = cvl_burst_run(&burst, 1, &seconds, err); /* the driver may compile here */
    if (status == CVL_OK)
        status = cvl_burst_gaps(&burst, gaps_s, err);
    (void)clReleaseKernel(burst.kernel);
    if (status != CVL_OK)
        return status;
    if (!cvl_statistics_compute(gaps_s, CVL_BURST_GAPS, &statistics))
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for the statistics");
    *gap_s = statistics.median;
    return CVL_OK;
}

/* Without an event clock: what each of many empty launches in a row takes. */
static enum cvl_status time_gap(const struct cvl_bench *bench, const struct cvl_burst *empty,
                                double *gap_s, struct cvl_error *err)
{
    if (bench->opened->facts.event_clock == CVL_CLOCK_TRUSTED)
        return time_event_gaps(bench, gap_s, err);
    enum cvl_status status =
        cvl_burst_shortest(empty, CVL_BURST_GAPS, CVL_BENCH_PATIENCE_S, gap_s, err);
    *gap_s /= CVL_BURST_GAPS;
    return status;
}

static enum cvl_status measure_launch(const struct cvl_bench *bench, struct cvl_device_peaks *peaks,
                                      struct cvl_error *err)
{
    static const struct cvl_bench_shape single = {1, 1, 1};
    struct cvl_burst burst = {.opened = bench->opened, .items = 1, .group = 1};
    double seconds, launch_s = (double)NAN, gap_s = (double)NAN;
    enum cvl_status status =
        cvl_bench_kernel(bench, "measure_empty", &single, "", &burst.kernel, err);
    if (status != CVL_OK)
        return status;
    status = cvl_bench_argument(burst.kernel, 0, sizeof bench->never, &bench->never, err);
    if (status == CVL_OK)
        status = cvl_burst_run(&burst, 1, &seconds, err); /* the driver may compile here */
    if (status == CVL_OK)
        status = time_round_trips(&burst, &launch_s, err);
    if (status == CVL_OK)
        status = time_gap(bench, &burst, &gap_s, err);
    if (status == CVL_OK) {
        peaks->launch_s = launch_s;
        peaks->gap_s = gap_s;
    }
    (void)clReleaseKernel(burst.kernel);
    return status;
}

static const struct step {
    const char *name;
    enum cvl_status (*measure)(const struct cvl_bench *, struct cvl_device_peaks *,
                               struct cvl_error *);
} steps[] = {
    {"measure/launch", measure_launch},     {"measure/compute", cvl_measure_compute},
    {"measure/half", cvl_measure_half},     {"measure/local", cvl_measure_local},
    {"measure/memory", cvl_measure_memory},
};

static enum cvl_status run_steps(const struct cvl_bench *bench, struct cvl_device_peaks *out,
                                 struct cvl_error *err)
{
    const struct cvl_run_options *options = bench->options;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct cvl_error reason = {0};
        if (options && options->progress)
            options->progress(options->user, steps[i].name);
        enum cvl_status status = steps[i].measure(bench, out, &reason);
        if (status != CVL_OK && out->reason[0] == '\0')
            cvl_copy_safe(out->reason, sizeof out->reason, reason.text);
        if (status != CVL_OK && status != CVL_UNSUPPORTED)
            return cvl_fail(err, status, "%s: %s", steps[i].name, reason.text);
    }
    return CVL_OK;
}

enum cvl_status cvl_peaks_measure(struct cvl_opened *opened, const struct cvl_run_options *options,
                                  struct cvl_device_peaks *out, struct cvl_error *err)
{
    struct cvl_bench bench = {.opened = opened, .options = options};
    cl_int code = CL_SUCCESS;
    *out = cvl_device_peaks_none();
    bench.never = clCreateBuffer(opened->context, CL_MEM_READ_WRITE, sizeof(cl_float), NULL, &code);
    if (!bench.never)
        return cvl_cl_fail(err, code, "clCreateBuffer", "measuring");
    struct cvl_awake awake = cvl_awake_begin(&opened->facts);
    cvl_load_mark(opened->load);
    enum cvl_status status = run_steps(&bench, out, err);
    const struct cvl_load_figure load = cvl_load_since_mark(opened->load);
    cvl_awake_end(&awake);
    out->load = load.load;
    cvl_load_doubt(&load, out->doubt, sizeof out->doubt);
    (void)clReleaseMemObject(bench.never);
    cvl_print_utc_now(out->measured, sizeof out->measured);
    return status;
}
