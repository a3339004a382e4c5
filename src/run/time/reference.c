/* Kernels of cl/measure.cl, for some tenths of a millisecond each: multiply-adds, reading what fits
 * the last cache of a CPU, and short launches that copy 1 MiB in place, one after the other. */
#include "run/time/reference.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/statistics.h"
#include "run/time/peaks.h"

enum { FIRST_ROUNDS = 64, MORE_ROUNDS = 8, MAX_ROUNDS = 32768, GROUPS_PER_UNIT = 4, LAUNCHES = 3 };
enum { IN_A_ROW = 8, PASSED_BLOCKS = 16 }; /* launches, and blocks of each */
enum { BLOCK_BYTES = 65536, BLOCKS = 64 }; /* a block: measure.cl's */

static const double enough_s = 60e-6, too_long_s = 3e-3;
/* Reading varies more than arithmetic does: as much is let pass in addition. */
static const double memory_slack = 1.05;

/* A kernel of constant work, and how long it takes. */
struct part {
    struct cvl_burst burst; /* its kernel is held between begin and end */
    double work;            /* of a launch: operations or bytes */
    double best_s;          /* 0: none yet */
    double sum_s;           /* since begin */
    double last_s[2];       /* the last two */
    unsigned count;
};

struct cvl_reference {
    struct cvl_pace pace;
    struct cvl_bench bench;
    struct part arithmetic, memory;
    struct part passing; /* copies blocks in place: what a thread wrote is another's next time */
    double passing_s;    /* of a launch in a row, before the samples; NAN: unknown */
    cl_mem source;       /* that memory reads */
    int rounds;          /* of arithmetic; 0: not found yet */
    bool reads;          /* memory's turn has come */
    bool is_off;         /* this device has none */
};

static double now(void *user)
{
    (void)user;
    return cvl_host_now();
}

static void rest(void *user, double seconds)
{
    const struct timespec span = {.tv_nsec = (long)(seconds * 1e9)};
    (void)user;
    (void)nanosleep(&span, NULL);
}

/* The shortest of a few launches over the shortest so far; NAN where one failed. */
static double slowness(struct part *part)
{
    double shortest_s = INFINITY;
    for (int i = 0; i < LAUNCHES; i++) {
        double seconds = 0.0;
        if (cvl_burst_run(&part->burst, 1, &seconds, NULL) != CVL_OK || !(seconds > 0.0))
            return (double)NAN;
        shortest_s = fmin(shortest_s, seconds);
    }
    if (part->best_s <= 0.0 || shortest_s < part->best_s)
        part->best_s = shortest_s;
    part->sum_s += shortest_s;
    part->last_s[0] = part->last_s[1];
    part->last_s[1] = shortest_s;
    part->count++;
    return shortest_s / part->best_s;
}

/* A pace wants a time: the slower of the two, over its best. Reading takes the caches from the
 * samples: it is done before the first of them, while they wait, and after the last. */
static double take(void *user)
{
    struct cvl_reference *reference = user;
    double slowest = slowness(&reference->arithmetic);
    if (reference->reads)
        slowest = fmax(slowest, slowness(&reference->memory) / memory_slack);
    reference->reads = slowest > CVL_PACE_SLOW;
    return slowest;
}

struct cvl_reference *cvl_reference_create(void)
{
    struct cvl_reference *reference = calloc(1, sizeof *reference);
    if (!reference)
        return NULL;
    cvl_pace_init(&reference->pace);
    reference->pace.now = now;
    reference->pace.reference = take;
    reference->pace.rest = rest;
    reference->pace.user = reference;
    return reference;
}

void cvl_reference_destroy(struct cvl_reference **reference)
{
    cvl_reference_end(*reference);
    free(*reference);
    *reference = NULL;
}

static bool set_rounds(struct cvl_reference *reference, int rounds)
{
    reference->rounds = rounds;
    return cvl_bench_argument(reference->arithmetic.burst.kernel, 1, sizeof rounds, &rounds,
                              NULL) == CVL_OK;
}

static bool is_quick(const struct part *part, double *seconds)
{
    return cvl_burst_run(&part->burst, 1, seconds, NULL) == CVL_OK && /* it may compile */
           cvl_burst_shortest(&part->burst, 1, too_long_s, seconds, NULL) == CVL_OK &&
           *seconds < too_long_s;
}

/* Grows the work in large steps until a launch takes long enough, so that runs on one device as a
 * rule do the same work. */
static bool find_rounds(struct cvl_reference *reference)
{
    const uint64_t limit = reference->bench.opened->facts.loop_limit;
    const int max = limit > 0 && limit / 2 < MAX_ROUNDS ? (int)(limit / 2) : MAX_ROUNDS;
    double seconds = 0.0;
    int rounds = FIRST_ROUNDS;
    bool works = set_rounds(reference, rounds) && is_quick(&reference->arithmetic, &seconds);
    while (works && seconds < enough_s && MORE_ROUNDS * rounds <= max) {
        rounds *= MORE_ROUNDS;
        works = set_rounds(reference, rounds) && is_quick(&reference->arithmetic, &seconds);
    }
    return works;
}

static bool make_part(const struct cvl_reference *reference, const char *kernel,
                      const struct cvl_bench_shape *shape, size_t groups, struct part *part)
{
    part->burst.opened = reference->bench.opened;
    part->burst.group = (size_t)shape->group;
    part->burst.items = (size_t)shape->group * groups;
    part->sum_s = 0.0;
    part->count = 0;
    return cvl_bench_kernel(&reference->bench, kernel, shape, "", &part->burst.kernel, NULL) ==
           CVL_OK;
}

static bool set_buffer(const struct part *part, cl_uint index, const cl_mem *buffer)
{
    return cvl_bench_argument(part->burst.kernel, index, sizeof *buffer, buffer, NULL) == CVL_OK;
}

static bool make_buffers(struct cvl_reference *reference)
{
    cl_context context = reference->bench.opened->context;
    cl_int code = CL_SUCCESS;
    reference->bench.never =
        clCreateBuffer(context, CL_MEM_READ_WRITE, sizeof(cl_float), NULL, &code);
    reference->source =
        clCreateBuffer(context, CL_MEM_READ_WRITE, (size_t)BLOCKS * BLOCK_BYTES, NULL, &code);
    return reference->bench.never && reference->source;
}

static bool prepare(struct cvl_reference *reference, const struct cvl_opened *opened)
{
    static const struct cvl_bench_shape on_cpu = {16, 1, 8}, elsewhere = {4, 64, 8};
    const struct cvl_bench_shape *shape =
        opened->facts.type == CVL_DEVICE_CPU ? &on_cpu : &elsewhere;
    const size_t units = opened->facts.compute_units > 0 ? opened->facts.compute_units : 1;
    reference->bench = (struct cvl_bench){.opened = opened};
    reference->memory.work = (double)BLOCKS * BLOCK_BYTES;
    return make_buffers(reference) &&
           make_part(reference, "measure_compute", shape, GROUPS_PER_UNIT * units,
                     &reference->arithmetic) &&
           make_part(reference, "measure_read", shape, BLOCKS, &reference->memory) &&
           make_part(reference, "measure_copy", shape, PASSED_BLOCKS, &reference->passing) &&
           set_buffer(&reference->passing, 0, &reference->source) &&
           set_buffer(&reference->passing, 1, &reference->source) &&
           set_buffer(&reference->arithmetic, 0, &reference->bench.never) &&
           set_buffer(&reference->memory, 0, &reference->source) &&
           set_buffer(&reference->memory, 1, &reference->bench.never);
}

/* The first time also finds the work. */
static bool begin(struct cvl_reference *reference, const struct cvl_opened *opened)
{
    static const double operations =
        2.0 * 16 * 8; /* of a work-item in a round; 4 lanes elsewhere */
    double seconds = 0.0;
    if (!prepare(reference, opened))
        return false;
    if (reference->rounds > 0)
        return set_rounds(reference, reference->rounds);
    if (!is_quick(&reference->memory, &seconds) || !find_rounds(reference))
        return false;
    reference->arithmetic.work = (opened->facts.type == CVL_DEVICE_CPU ? 1.0 : 0.25) * operations *
                                 reference->rounds * (double)reference->arithmetic.burst.items;
    return true;
}

static double measure_passing(const struct cvl_reference *reference)
{
    enum { TIMES = 9 };
    double seconds[TIMES];
    struct cvl_statistics statistics;
    for (int i = 0; i < TIMES; i++)
        if (cvl_burst_run(&reference->passing.burst, IN_A_ROW, &seconds[i], NULL) != CVL_OK)
            return (double)NAN;
    return cvl_statistics_compute(seconds, TIMES, &statistics) ? statistics.median / IN_A_ROW
                                                               : (double)NAN;
}

struct cvl_pace *cvl_reference_begin(struct cvl_reference *reference,
                                     const struct cvl_opened *opened)
{
    if (!reference || reference->is_off)
        return NULL;
    reference->is_off = !begin(reference, opened);
    if (reference->is_off) {
        cvl_reference_end(reference);
        return NULL;
    }
    reference->passing_s = measure_passing(reference);
    cvl_pace_begin(&reference->pace);
    reference->reads = true;
    return &reference->pace;
}

static void drop_kernel(struct part *part)
{
    if (part->burst.kernel)
        (void)clReleaseKernel(part->burst.kernel);
    part->burst.kernel = NULL;
}

static void drop_buffer(cl_mem *buffer)
{
    if (*buffer)
        (void)clReleaseMemObject(*buffer);
    *buffer = NULL;
}

void cvl_reference_end(struct cvl_reference *reference)
{
    if (!reference)
        return;
    if (reference->memory.burst.kernel && reference->memory.count > 0) /* samples were taken */
        (void)slowness(&reference->memory);
    drop_kernel(&reference->arithmetic);
    drop_kernel(&reference->memory);
    drop_kernel(&reference->passing);
    drop_buffer(&reference->source);
    drop_buffer(&reference->bench.never);
}

/* Of the last two readings: before the first sample, when it was as fast as the wait allowed, and
 * after the last. */
static double memory_speed(const struct part *part)
{
    return part->count >= 2
               ? fmin(1.0, memory_slack * 2.0 * part->best_s / (part->last_s[0] + part->last_s[1]))
               : 1.0;
}

double cvl_reference_speed(const struct cvl_reference *reference, double memory_share)
{
    const double reading = 1.0 / memory_speed(&reference->memory) - 1.0;
    return fmin(cvl_pace_speed(&reference->pace), 1.0 / (1.0 + memory_share * reading));
}

double cvl_reference_flops_per_s(const struct cvl_reference *reference)
{
    const struct part *part = &reference->arithmetic;
    return part->count > 0 ? part->work * part->count / part->sum_s : (double)NAN;
}

/* Of the last two readings, as memory_speed. */
double cvl_reference_bytes_per_s(const struct cvl_reference *reference)
{
    const struct part *part = &reference->memory;
    return part->count >= 2 ? 2.0 * part->work / (part->last_s[0] + part->last_s[1]) : (double)NAN;
}

double cvl_reference_passed_per_s(const struct cvl_reference *reference)
{
    return reference->passing_s > 0.0 ? 1.0 / reference->passing_s : (double)NAN;
}
