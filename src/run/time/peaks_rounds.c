/* Peaks that need no global memory: arithmetic, and reading local memory. A kernel does rounds of a
 * known amount, and is given as many as keep the device busy long enough. */
#include <math.h>

#include "base/clock.h"
#include "run/time/peaks.h"

/* Rounds of one work-item stay well below the iterations after which some drivers end loops. */
enum { FIRST_ROUNDS = 64, MAX_ROUNDS = 8192, FLIGHT = 8, FLOAT_BYTES = 4 };

static const double aim_s = 15e-3;    /* of a launch */
static const double shapes_s = 1.0;   /* after that, no further shape is tried */
static const double most_items = 1e9; /* of a launch */

/* A kernel (never, rounds), and what a work-item does in a round: operations or bytes. */
struct rounds {
    const char *kernel, *extra;
    double (*amount)(const struct cvl_bench_shape *shape);
};

static double compute_amount(const struct cvl_bench_shape *shape)
{
    return 2.0 * shape->vec * shape->sums;
}

static double local_amount(const struct cvl_bench_shape *shape)
{
    return (double)FLIGHT * FLOAT_BYTES * shape->vec;
}

static int limit_rounds(const struct cvl_opened *opened)
{
    uint64_t limit = opened->facts.loop_limit;
    return limit > 0 && limit / 2 < MAX_ROUNDS ? (int)(limit / 2) : MAX_ROUNDS;
}

/* Grows the work, rounds first, until a launch takes long enough. */
static enum cvl_status find_size(struct cvl_burst *burst, int *rounds, double *seconds,
                                 struct cvl_error *err)
{
    int max_rounds = limit_rounds(burst->opened);
    double groups = 1.0;
    *rounds = FIRST_ROUNDS;
    for (bool warm = false;; warm = true) {
        burst->items = (size_t)groups * burst->group;
        enum cvl_status status = cvl_bench_argument(burst->kernel, 1, sizeof *rounds, rounds, err);
        if (status == CVL_OK)
            status = cvl_burst_run(burst, 1, seconds, err);
        if (status != CVL_OK)
            return status;
        if (!warm) /* the driver may have compiled: the same again */
            continue;
        if (*seconds >= 0.75 * aim_s || (double)burst->items >= most_items)
            return CVL_OK;
        double factor = fmin(16.0, fmax(2.0, aim_s / fmax(*seconds, 1e-9)));
        double more = fmin(factor, (double)max_rounds / *rounds);
        *rounds = (int)(*rounds * more);
        groups = ceil(groups * factor / more);
    }
}

/* Amount per second. A shape far from the best so far keeps the rate that sizing gave. */
static enum cvl_status measure_shape(const struct cvl_bench *bench, const struct rounds *what,
                                     const struct cvl_bench_shape *shape, double best, double *rate,
                                     struct cvl_error *err)
{
    struct cvl_burst burst = {.opened = bench->opened, .group = (size_t)shape->group};
    int rounds = 0;
    double seconds = 0.0;
    enum cvl_status status =
        cvl_bench_kernel(bench, what->kernel, shape, what->extra, &burst.kernel, err);
    if (status != CVL_OK)
        return status;
    status = cvl_bench_argument(burst.kernel, 0, sizeof bench->never, &bench->never, err);
    if (status == CVL_OK)
        status = find_size(&burst, &rounds, &seconds, err);
    double work = what->amount(shape) * rounds * (double)burst.items;
    if (status == CVL_OK && work >= CVL_BENCH_NEAR * best * seconds)
        status = cvl_burst_shortest(&burst, 1, CVL_BENCH_PATIENCE_S, &seconds, err);
    if (status == CVL_OK && !(seconds > 0.0))
        status = cvl_fail(err, CVL_UNSUPPORTED, "shorter than the clock's step");
    if (status == CVL_OK)
        *rate = work / seconds;
    (void)clReleaseKernel(burst.kernel);
    return status;
}

/* The best of several shapes. One that the device does not take is passed over. */
static enum cvl_status measure_best(const struct cvl_bench *bench, const struct rounds *what,
                                    const struct cvl_bench_shape *shapes, size_t count,
                                    double *best, struct cvl_error *err)
{
    double begin_s = cvl_host_now(), highest = 0.0;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < count && (highest <= 0.0 || cvl_host_now() - begin_s < shapes_s); i++) {
        double rate = 0.0;
        status = measure_shape(bench, what, &shapes[i], highest, &rate, err);
        if (status != CVL_OK && status != CVL_UNSUPPORTED)
            return status;
        highest = fmax(highest, rate);
    }
    if (highest > 0.0)
        *best = highest;
    return highest > 0.0 ? CVL_OK : status;
}

static const struct cvl_bench_shape compute_shapes[] = {
    {16, 1, 8}, {16, 1, 12}, {4, 64, 8}, {1, 256, 8}};

static const struct cvl_bench_shape local_shapes[] = {{16, 1, 1}, {4, 64, 1}, {1, 256, 1}};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

enum cvl_status cvl_measure_compute(const struct cvl_bench *bench, struct cvl_device_peaks *peaks,
                                    struct cvl_error *err)
{
    static const struct rounds what = {"measure_compute", "", compute_amount};
    return measure_best(bench, &what, compute_shapes, COUNT(compute_shapes),
                        &peaks->f32_flops_per_s, err);
}

enum cvl_status cvl_measure_half(const struct cvl_bench *bench, struct cvl_device_peaks *peaks,
                                 struct cvl_error *err)
{
    static const struct rounds what = {"measure_compute", " -D NUMBER=half", compute_amount};
    /* Two halves for each float's lane. */
    static const struct cvl_bench_shape shapes[] = {{16, 1, 8}, {2, 256, 8}, {4, 64, 8}};
    if (!bench->opened->facts.has_half) /* known from the extension; nothing failed, so no reason */
        return CVL_OK;
    return measure_best(bench, &what, shapes, COUNT(shapes), &peaks->f16_flops_per_s, err);
}

enum cvl_status cvl_measure_local(const struct cvl_bench *bench, struct cvl_device_peaks *peaks,
                                  struct cvl_error *err)
{
    static const struct rounds what = {"measure_local", "", local_amount};
    enum { TILE_BYTES = 16384 }; /* measure.cl's */
    if (bench->opened->facts.local_bytes < TILE_BYTES)
        return cvl_fail(err, CVL_UNSUPPORTED, "less than %d bytes of local memory", TILE_BYTES);
    return measure_best(bench, &what, local_shapes, COUNT(local_shapes), &peaks->local_bytes_per_s,
                        err);
}
