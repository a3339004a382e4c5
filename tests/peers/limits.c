#include "limits.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Vectors as wide as the processor's, and enough independent sums to hide the latency of a
 * multiply-add (4 or 5 cycles, two a cycle) without spilling: 32 registers with AVX-512, else 16.
 */
#if defined(__AVX512F__)
enum { VECTOR_BYTES = 64, SUMS = 20 };
#elif defined(__AVX__)
enum { VECTOR_BYTES = 32, SUMS = 12 };
#else
enum { VECTOR_BYTES = 16, SUMS = 12 };
#endif
typedef float vector __attribute__((vector_size(VECTOR_BYTES)));

enum { LANES = VECTOR_BYTES / sizeof(float), MAX_THREADS = 1024, REPEATS = 7 };

static const size_t array_bytes = (size_t)512 << 20;
static const uint64_t rounds = 4000000;

/* A loop over a thread's share of the arrays. */
typedef float loop(float *target, const float *source, size_t elements);

struct team;

/* One processor's part. */
struct share {
    struct team *team;
    size_t processor;
    float *target;
    const float *source;
    size_t elements;
    float sum; /* keeps the compiler from leaving the work out */
    double begin_s[REPEATS], end_s[REPEATS];
};

struct team {
    loop *work;
    pthread_barrier_t barrier;
};

static float multiply_add(float *target, const float *source, size_t elements)
{
    vector sums[SUMS], factor, addend;
    float result = 0.0f;
    (void)elements;
    for (size_t lane = 0; lane < LANES; lane++) {
        factor[lane] = source[0];
        addend[lane] = source[1];
    }
    for (size_t i = 0; i < SUMS; i++)
        sums[i] = factor * (float)i;
    for (uint64_t r = 0; r < rounds; r++)
#pragma GCC unroll 32
        for (size_t i = 0; i < SUMS; i++)
            sums[i] = sums[i] * factor + addend;
    for (size_t i = 0; i < SUMS; i++)
        result += sums[i][0] + sums[i][LANES - 1];
    target[0] = result;
    return result;
}

static float read_array(float *target, const float *source, size_t elements)
{
    enum { STREAMS = 8 };
    const vector *vectors = (const vector *)source;
    vector sums[STREAMS] = {{0}};
    (void)target;
    for (size_t i = 0; i + STREAMS <= elements / LANES; i += STREAMS)
#pragma GCC unroll 8
        for (size_t s = 0; s < STREAMS; s++)
            sums[s] += vectors[i + s];
    float result = 0.0f;
    for (size_t s = 0; s < STREAMS; s++)
        result += sums[s][0];
    return result;
}

/* Plain loops: whether stores go around the caches is the compiler's and the library's choice. */
static float write_array(float *target, const float *source, size_t elements)
{
    vector *vectors = (vector *)target;
    vector value = {source[0]};
    for (size_t i = 0; i < elements / LANES; i++)
        vectors[i] = value;
    return target[0];
}

static float copy_array(float *target, const float *source, size_t elements)
{
    vector *to = (vector *)target;
    const vector *from = (const vector *)source;
    for (size_t i = 0; i < elements / LANES; i++)
        to[i] = from[i];
    return target[0];
}

static void *run_share(void *user)
{
    struct share *share = user;
    cpu_set_t processor;
    CPU_ZERO(&processor);
    CPU_SET(share->processor, &processor);
    (void)pthread_setaffinity_np(pthread_self(), sizeof processor, &processor);
    for (int r = 0; r < REPEATS; r++) {
        (void)pthread_barrier_wait(&share->team->barrier);
        share->begin_s[r] = cvl_host_now();
        share->sum += share->team->work(share->target, share->source, share->elements);
        share->end_s[r] = cvl_host_now();
    }
    return NULL;
}

/* The processors that this process may have: threads of OpenMP's may have narrowed this one's. */
static int find_processors(size_t *out)
{
    cpu_set_t all, ours, former;
    int count = 0;
    memset(&all, 0xFF, sizeof all);
    (void)sched_getaffinity(0, sizeof former, &former);
    (void)sched_setaffinity(0, sizeof all, &all);
    (void)sched_getaffinity(0, sizeof ours, &ours);
    (void)sched_setaffinity(0, sizeof former, &former);
    for (size_t i = 0; i < CPU_SETSIZE && count < MAX_THREADS; i++)
        if (CPU_ISSET(i, &ours))
            out[count++] = i;
    return count;
}

static void divide(struct share *shares, int count, float *target, const float *source,
                   size_t elements)
{
    size_t part = elements / (size_t)count / LANES * LANES;
    for (int i = 0; i < count; i++) {
        shares[i].target = target + (size_t)i * part;
        shares[i].source = source + (size_t)i * part;
        shares[i].elements = part;
    }
}

/* From the first share's begin to the last one's end; the shortest repetition. */
static double shortest(const struct share *shares, int count)
{
    double best_s = INFINITY;
    for (int r = 0; r < REPEATS; r++) {
        double begin_s = INFINITY, end_s = 0.0;
        for (int i = 0; i < count; i++) {
            begin_s = fmin(begin_s, shares[i].begin_s[r]);
            end_s = fmax(end_s, shares[i].end_s[r]);
        }
        best_s = fmin(best_s, end_s - begin_s);
    }
    return best_s;
}

static enum cvl_status run_team(struct share *shares, int count, loop *work, double *seconds,
                                struct cvl_error *err)
{
    struct team team = {.work = work};
    pthread_t threads[MAX_THREADS];
    int started = 0, code = pthread_barrier_init(&team.barrier, NULL, (unsigned)count);
    if (code != 0)
        return cvl_fail(err, CVL_FAILED, "limits: pthread_barrier_init: %s", strerror(code));
    for (; started < count && code == 0; started += code == 0) {
        shares[started].team = &team;
        code = pthread_create(&threads[started], NULL, run_share, &shares[started]);
    }
    if (code != 0) /* those that have started wait for ever: the program ends with this error */
        return cvl_fail(err, CVL_FAILED, "limits: pthread_create: %s", strerror(code));
    for (int i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_barrier_destroy(&team.barrier);
    *seconds = shortest(shares, count);
    return CVL_OK;
}

static enum cvl_status measure(struct share *shares, int count, size_t elements,
                               struct peers_limits *out, struct cvl_error *err)
{
    double seconds[4] = {0};
    loop *const work[4] = {multiply_add, write_array, read_array, copy_array};
    enum cvl_status status = CVL_OK;
    for (int i = 0; i < 4 && status == CVL_OK; i++)
        status = run_team(shares, count, work[i], &seconds[i], err);
    if (status != CVL_OK)
        return status;
    double bytes = (double)(elements * sizeof(float));
    out->flops = 2.0 * LANES * SUMS * (double)rounds * count / seconds[0];
    out->write = bytes / seconds[1];
    out->read = bytes / seconds[2];
    out->copy = 2.0 * bytes / seconds[3];
    return CVL_OK;
}

enum cvl_status peers_limits_measure(struct peers_limits *out, struct cvl_error *err)
{
    size_t processors[MAX_THREADS];
    int count = find_processors(processors);
    size_t elements = array_bytes / sizeof(float);
    float *source = aligned_alloc(4096, array_bytes), *target = aligned_alloc(4096, array_bytes);
    struct share *shares = calloc((size_t)count, sizeof *shares);
    enum cvl_status status = CVL_OK;
    if (!source || !target || !shares)
        status = cvl_fail(err, CVL_NO_MEMORY, "limits: no memory for the arrays");
    if (status == CVL_OK) {
        memset(source, 0, array_bytes);
        memset(target, 0, array_bytes);
        divide(shares, count, target, source, elements);
        for (int i = 0; i < count; i++)
            shares[i].processor = processors[i];
        status = measure(shares, count, elements, out, err);
    }
    free(shares);
    free(target);
    free(source);
    return status;
}
