/* Bandwidth of global memory. Two buffers, each far larger than the last-level cache. Launches
 * follow each other rather than passes within one: a work-group that came round again would find
 * its own block in a cache. */
#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "opencl/query.h"
#include "run/time/peaks.h"

/* A block is what a work-group works on: measure.cl's BLOCK_BYTES. */
enum { BLOCK_BYTES = 65536, TRIAL_BLOCKS = 16 };

static const double aim_s = 15e-3;    /* of a burst */
static const double quick_s = 1e-3;   /* a pass shorter than that deserves larger buffers */
static const double shapes_s = 1.5;   /* after that, no further shape is tried */
static const double patience_s = 1.0; /* of a pass over all: what takes longer is not measured */
static const uint64_t usual_bytes = UINT64_C(256) << 20;
static const uint64_t least_bytes = UINT64_C(16) << 20;

/* Two buffers and the kernels over them. `read` takes source and never, `write` the target, `copy`
 * source and target. */
struct memory {
    const struct cvl_bench *bench;
    cl_mem source, target;
    size_t blocks;
};

enum kernel { READ, WRITE, COPY, KERNEL_COUNT };

static const struct {
    const char *name;
    double passes; /* bytes that cross the memory for each of the buffer */
} kernels[KERNEL_COUNT] = {
    [READ] = {"measure_read", 1.0},
    [WRITE] = {"measure_write", 1.0},
    [COPY] = {"measure_copy", 2.0},
};

/* Each buffer at least twice the cache that the driver reports; both within a quarter of the
 * memory. */
static size_t choose_blocks(const struct cvl_opened *opened)
{
    uint64_t cache = cvl_query_ulong(opened->device, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE);
    uint64_t bytes = usual_bytes;
    if (cache < opened->facts.memory_bytes && 2 * cache > bytes)
        bytes = 2 * cache;
    if (bytes > opened->facts.memory_bytes / 8)
        bytes = opened->facts.memory_bytes / 8;
    if (bytes > opened->facts.max_allocation_bytes)
        bytes = opened->facts.max_allocation_bytes;
    return (size_t)(bytes / BLOCK_BYTES);
}

static void clear(struct memory *memory)
{
    if (memory->source)
        (void)clReleaseMemObject(memory->source);
    if (memory->target)
        (void)clReleaseMemObject(memory->target);
    memory->source = memory->target = NULL;
}

static enum cvl_status make_buffer(const struct memory *memory, cl_mem *out, struct cvl_error *err)
{
    size_t bytes = memory->blocks * BLOCK_BYTES;
    cl_int code = CL_SUCCESS;
    *out = clCreateBuffer(memory->bench->opened->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    return *out ? CVL_OK : cvl_cl_fail(err, code, "clCreateBuffer", "measuring, %zu bytes", bytes);
}

static enum cvl_status make(struct memory *memory, struct cvl_error *err)
{
    enum cvl_status status = make_buffer(memory, &memory->source, err);
    return status == CVL_OK ? make_buffer(memory, &memory->target, err) : status;
}

static enum cvl_status prepare(const struct memory *memory, enum kernel which,
                               const struct cvl_bench_shape *shape, struct cvl_burst *out,
                               struct cvl_error *err)
{
    const cl_mem *first = which == WRITE ? &memory->target : &memory->source;
    const cl_mem *second = which == COPY ? &memory->target : &memory->bench->never;
    *out = (struct cvl_burst){.opened = memory->bench->opened,
                              .items = memory->blocks * (size_t)shape->group,
                              .group = (size_t)shape->group};
    enum cvl_status status =
        cvl_bench_kernel(memory->bench, kernels[which].name, shape, "", &out->kernel, err);
    if (status == CVL_OK)
        status = cvl_bench_argument(out->kernel, 0, sizeof *first, first, err);
    if (status == CVL_OK && which != WRITE)
        status = cvl_bench_argument(out->kernel, 1, sizeof *second, second, err);
    return status;
}

/* Would a pass over everything take too long? A few blocks show it; this is for simulators. */
static enum cvl_status try_few(const struct cvl_burst *burst, size_t blocks, struct cvl_error *err)
{
    struct cvl_burst few = *burst;
    double seconds = 0.0;
    few.items = TRIAL_BLOCKS * burst->group;
    enum cvl_status status = cvl_burst_run(&few, 1, &seconds, err); /* the driver may compile */
    if (status == CVL_OK)
        status = cvl_burst_run(&few, 1, &seconds, err);
    double whole_s = seconds * (double)blocks / TRIAL_BLOCKS;
    if (status != CVL_OK || whole_s <= patience_s)
        return status;
    char bytes[24];
    cvl_print_bytes(bytes, sizeof bytes, (uint64_t)blocks * BLOCK_BYTES);
    return cvl_fail(err, CVL_UNSUPPORTED, "too slow to measure memory: %s would take %.0f s", bytes,
                    whole_s);
}

/* Bytes per second of a kernel in a shape. One far from the best so far is left at its first pass.
 */
static enum cvl_status measure_shape(const struct memory *memory, enum kernel which,
                                     const struct cvl_bench_shape *shape, double best, double *rate,
                                     struct cvl_error *err)
{
    struct cvl_burst burst = {0};
    double seconds = 0.0;
    size_t launches = 1;
    enum cvl_status status = prepare(memory, which, shape, &burst, err);
    if (status == CVL_OK)
        status = try_few(&burst, memory->blocks, err);
    if (status == CVL_OK)
        status = cvl_burst_run(&burst, 1, &seconds, err);
    double bytes = kernels[which].passes * (double)memory->blocks * BLOCK_BYTES;
    bool near = bytes >= CVL_BENCH_NEAR * best * seconds;
    if (status == CVL_OK && near && seconds < aim_s)
        launches = (size_t)fmin(64.0, ceil(aim_s / fmax(seconds, 1e-6)));
    if (status == CVL_OK && near)
        status = cvl_burst_shortest(&burst, launches, CVL_BENCH_PATIENCE_S, &seconds, err);
    if (status == CVL_OK && !(seconds > 0.0))
        status = cvl_fail(err, CVL_UNSUPPORTED, "shorter than the clock's step");
    if (status == CVL_OK)
        *rate = kernels[which].passes * (double)memory->blocks * BLOCK_BYTES * (double)launches /
                seconds;
    if (burst.kernel)
        (void)clReleaseKernel(burst.kernel);
    return status;
}

/* Touches a buffer: a page that was never written may be one page of zeros for all, and reading it
 * is reading a cache. */
static enum cvl_status fill(struct memory *memory, const struct cvl_bench_shape *shape,
                            double *seconds, struct cvl_error *err)
{
    struct cvl_burst burst = {0};
    enum cvl_status status = prepare(memory, WRITE, shape, &burst, err);
    if (status == CVL_OK)
        status = try_few(&burst, memory->blocks, err);
    for (int i = 0; i < 2 && status == CVL_OK; i++) {
        status = cvl_bench_argument(burst.kernel, 0, sizeof memory->source,
                                    i == 0 ? &memory->source : &memory->target, err);
        if (status == CVL_OK)
            status = cvl_burst_run(&burst, 1, seconds, err);
    }
    if (status == CVL_OK) /* the second time there is nothing to be made */
        status = cvl_burst_run(&burst, 1, seconds, err);
    if (burst.kernel)
        (void)clReleaseKernel(burst.kernel);
    return status;
}

/* Buffers that a pass takes a millisecond for, filled. */
static enum cvl_status size_buffers(struct memory *memory, const struct cvl_bench_shape *shape,
                                    struct cvl_error *err)
{
    const struct cvl_device_facts *facts = &memory->bench->opened->facts;
    uint64_t max_blocks = facts->memory_bytes / 8;
    max_blocks =
        (max_blocks < facts->max_allocation_bytes ? max_blocks : facts->max_allocation_bytes) /
        BLOCK_BYTES;
    double seconds = 0.0;
    for (;;) {
        enum cvl_status status = make(memory, err);
        if (status == CVL_OK)
            status = fill(memory, shape, &seconds, err);
        if (status != CVL_OK || seconds >= quick_s || memory->blocks > max_blocks / 4 ||
            memory->blocks >= 16 * usual_bytes / BLOCK_BYTES)
            return status;
        clear(memory);
        memory->blocks *= 4;
    }
}

static const struct cvl_bench_shape shapes[] = {{16, 1, 1}, {4, 256, 1}, {1, 256, 1}};

/* For touching the buffers: no device with memory worth measuring is hopeless at it. */
static const struct cvl_bench_shape filling = {4, 256, 1};

/* The best of the shapes; 0 where none fits the device. */
static enum cvl_status measure_kernel(const struct memory *memory, enum kernel which, double *best,
                                      struct cvl_error *err)
{
    double begin_s = cvl_host_now();
    *best = 0.0;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        double rate = 0.0;
        if (*best > 0.0 && cvl_host_now() - begin_s >= shapes_s)
            break;
        enum cvl_status status = measure_shape(memory, which, &shapes[i], *best, &rate, err);
        if (status != CVL_OK && status != CVL_UNSUPPORTED)
            return status;
        *best = fmax(*best, rate);
    }
    return *best > 0.0 ? CVL_OK : CVL_UNSUPPORTED;
}

enum cvl_status cvl_measure_memory(const struct cvl_bench *bench, struct cvl_device_peaks *peaks,
                                   struct cvl_error *err)
{
    struct memory memory = {.bench = bench, .blocks = choose_blocks(bench->opened)};
    double *const figures[KERNEL_COUNT] = {[READ] = &peaks->read_bytes_per_s,
                                           [WRITE] = &peaks->write_bytes_per_s,
                                           [COPY] = &peaks->copy_bytes_per_s};
    if (memory.blocks * BLOCK_BYTES < least_bytes)
        return cvl_fail(err, CVL_UNSUPPORTED, "too little memory to measure beyond caches");
    enum cvl_status status = size_buffers(&memory, &filling, err);
    for (unsigned k = 0; k < KERNEL_COUNT && status == CVL_OK; k++) {
        double best = 0.0;
        status = measure_kernel(&memory, (enum kernel)k, &best, err);
        if (status == CVL_OK)
            *figures[k] = best;
    }
    clear(&memory);
    return status;
}
