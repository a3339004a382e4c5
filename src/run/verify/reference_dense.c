/* The reference of dense convolutions, several output channels at once. */
#include "run/verify/reference_pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

/* A tile of sums stays in registers: PIXELS of a row times LANES output channels. */
enum { LANES = 8, PIXELS = 4 };

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

/* The program is built for any x86-64; this loop is built for newer ones too, and the loader takes
 * what the machine has. (Sanitizers are not up yet when it does.) */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) &&                            \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FOR_EACH_MACHINE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_MACHINE
#endif

struct dense {
    struct cvl_reference_pass pass; /* weights: group, block of LANES channels, tap, channel, lane;
                                       zeros in the lanes after the last channel */
    const double *zeros;            /* a pixel of the padding */
    size_t blocks;                  /* of a group */
};

static size_t block_elements(const struct cvl_problem *p)
{
    return (size_t)p->kh * (size_t)p->kw * (size_t)(p->ic / p->g) * LANES;
}

/* The lanes of a block are written side by side, and read from as many streams. */
static void pack_block(const struct cvl_problem *p, const float *weights, size_t count,
                       double *packed)
{
    size_t cg = (size_t)(p->ic / p->g), window = (size_t)p->kh * (size_t)p->kw;
    for (size_t c = 0; c < cg; c++)
        for (size_t tap = 0; tap < window; tap++)
            for (size_t lane = 0; lane < count; lane++)
                packed[(tap * cg + c) * LANES + lane] = weights[(lane * cg + c) * window + tap];
}

static size_t lanes_of(const struct dense *dense, size_t block)
{
    size_t left = (size_t)(dense->pass.p->oc / dense->pass.p->g) - block % dense->blocks * LANES;
    return left < LANES ? left : LANES;
}

static size_t first_channel(const struct dense *dense, size_t block)
{
    size_t kg = (size_t)(dense->pass.p->oc / dense->pass.p->g);
    return block / dense->blocks * kg + block % dense->blocks * LANES;
}

static double *pack_weights(const struct dense *dense, const float *weights)
{
    const struct cvl_problem *p = dense->pass.p;
    size_t blocks = (size_t)p->g * dense->blocks;
    size_t length = block_elements(p) / LANES;
    double *packed = calloc(blocks * block_elements(p), sizeof *packed);
    for (size_t block = 0; packed && block < blocks; block++)
        pack_block(p, weights + first_channel(dense, block) * length, lanes_of(dense, block),
                   packed + block * block_elements(p));
    return packed;
}

/* sums += x of each pixel times the weights, over n channels. */
FOR_EACH_MACHINE
static void add_tap(lanes sums[PIXELS], const double *const x[PIXELS], const double *weights,
                    size_t n)
{
    lanes s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    const double *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3];
    for (size_t c = 0; c < n; c++) {
        lanes w;
        memcpy(&w, weights + c * LANES, sizeof w);
        s0 += x0[c] * w;
        s1 += x1[c] * w;
        s2 += x2[c] * w;
        s3 += x3[c] * w;
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

/* PIXELS pixels of a row from `at` on, as many of them as there are, of one block of channels. */
static void compute_tile(const struct dense *dense, struct cvl_reference_pixel at, size_t group,
                         const double *weights, lanes sums[PIXELS])
{
    const struct cvl_problem *p = dense->pass.p;
    const size_t cg = (size_t)(p->ic / p->g);
    memset(sums, 0, PIXELS * sizeof *sums);
    for (int32_t r = 0; r < p->kh; r++)
        for (int32_t s = 0; s < p->kw; s++, weights += cg * LANES) {
            const double *x[PIXELS];
            for (int32_t i = 0; i < PIXELS; i++) {
                struct cvl_reference_pixel pixel = {at.image, at.oh, at.ow + i};
                const double *tap =
                    at.ow + i < p->ow ? cvl_reference_tap(&dense->pass, pixel, r, s) : NULL;
                x[i] = tap ? tap + group * cg : dense->zeros;
            }
            add_tap(sums, x, weights, cg);
        }
}

static void compute_row(const struct dense *dense, size_t block, size_t row)
{
    const struct cvl_problem *p = dense->pass.p;
    const size_t oc = (size_t)p->oc, ow = (size_t)p->ow;
    const size_t count = lanes_of(dense, block);
    const double *weights = dense->pass.weights + block * block_elements(p);
    double *out = dense->pass.output + row * ow * oc + first_channel(dense, block);
    struct cvl_reference_pixel at = {row / (size_t)p->oh, (int32_t)(row % (size_t)p->oh), 0};
    for (; at.ow < p->ow; at.ow += PIXELS) {
        lanes sums[PIXELS];
        compute_tile(dense, at, block / dense->blocks, weights, sums);
        for (size_t i = 0; i < PIXELS && (size_t)at.ow + i < ow; i++)
            memcpy(out + ((size_t)at.ow + i) * oc, &sums[i], count * sizeof(double));
    }
}

/* Rows of one block follow each other: its weights stay in the cache. */
static void compute_rows(void *user, size_t begin, size_t end)
{
    const struct dense *dense = user;
    const size_t rows = (size_t)dense->pass.p->mb * (size_t)dense->pass.p->oh;
    for (size_t i = begin; i < end; i++)
        compute_row(dense, i / rows, i % rows);
}

enum cvl_status cvl_reference_dense(const struct cvl_problem *p, const double *input,
                                    const float *weights, double *output, struct cvl_error *err)
{
    struct dense dense = {.pass = {p, input, NULL, output},
                          .blocks = ((size_t)(p->oc / p->g) + LANES - 1) / LANES};
    double *packed = pack_weights(&dense, weights);
    double *zeros = calloc((size_t)(p->ic / p->g), sizeof *zeros);
    enum cvl_status status = CVL_OK;
    dense.pass.weights = packed;
    dense.zeros = zeros;
    if (packed && zeros)
        cvl_parallel_for((size_t)p->g * dense.blocks * (size_t)p->mb * (size_t)p->oh, compute_rows,
                         &dense);
    else
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the reference's weights");
    free(packed);
    free(zeros);
    return status;
}
