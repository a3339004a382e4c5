/* The max rates of a device: arithmetic, memory and launches. The kernels are independent of each
 * other and store nothing except what they measure. A sum would be stored if it were below zero,
 * which it cannot be, so no compiler drops the work.
 *
 * VEC and GROUP are tried in several shapes: a CPU needs wide vectors in a work-group of one, a GPU
 * many work-items with few lanes each. */

/* Type of the multiply-adds: float, or half if the device computes in it. */
#ifndef NUMBER
#define NUMBER float
#endif
#if CVL_HAS_HALF
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#endif

/* Independent sums per work-item: enough to hide the latency of a multiply-add, few enough to stay
 * in registers. */
#ifndef SUMS
#define SUMS 8
#endif

/* Bytes of global memory per work-group: long runs, and enough work to pay for starting the
 * group. */
#ifndef BLOCK_BYTES
#define BLOCK_BYTES 65536
#endif

/* Bytes of local memory per work-group, read repeatedly: they fit in the first-level cache of a
 * CPU. */
#ifndef TILE_BYTES
#define TILE_BYTES 16384
#endif

/* Loads in flight per work-item. */
#define FLIGHT 8

#define VECTOR_BYTES  (4 * VEC)
#define BLOCK_VECTORS (BLOCK_BYTES / VECTOR_BYTES)
#define TILE_VECTORS  (TILE_BYTES / VECTOR_BYTES)

/* Lanes differ, and all of them count in the end: compilers that split vectors into scalars drop
 * lanes that are equal or never used. */
#if VEC == 1
typedef NUMBER NUMBERV;
#define NUMBER_LANES  ((NUMBER)0)
#define NEGATIVE(sum) ((sum) < 0)
#else
typedef JOIN(NUMBER, VEC) NUMBERV;
#define NUMBER_LANES  JOIN(JOIN(convert_, NUMBER), VEC)(LANES)
#define NEGATIVE(sum) any((sum) < 0)
#endif

/* SUMS multiply-adds per round, each on VEC lanes. The sums converge to 1: no infinities, no
 * denormals. */
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void measure_compute(global float *never,
                                                                               int rounds)
{
    const NUMBERV first = NUMBER_LANES + (NUMBERV)((NUMBER)(get_global_id(0) % 64));
    const NUMBERV factor = (NUMBERV)((NUMBER)0.75f);
    const NUMBERV term = (NUMBERV)((NUMBER)0.25f);
    NUMBERV sums[SUMS];
#pragma unroll
    for (int s = 0; s < SUMS; s++)
        sums[s] = first + (NUMBERV)((NUMBER)s);
#pragma unroll 1
    for (int r = 0; r < rounds; r++) {
#pragma unroll
        for (int s = 0; s < SUMS; s++)
            sums[s] = MULTIPLY_ADD(sums[s], factor, term);
    }
    NUMBERV sum = sums[0];
#pragma unroll
    for (int s = 1; s < SUMS; s++)
        sum += sums[s];
    if (NEGATIVE(sum))
        never[0] = (float)FIRST(sum);
}

/* The work-items of a group take vectors in turn, so that vectors loaded together are adjacent. */
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void measure_read(
    global const FLOATV *source, global float *never)
{
    global const FLOATV *block = source + (size_t)get_group_id(0) * BLOCK_VECTORS + get_local_id(0);
    FLOATV sums[FLIGHT];
#pragma unroll
    for (int f = 0; f < FLIGHT; f++)
        sums[f] = (FLOATV)(0.0f);
#pragma unroll 1
    for (int i = 0; i < BLOCK_VECTORS; i += FLIGHT * GROUP) {
#pragma unroll
        for (int f = 0; f < FLIGHT; f++)
            sums[f] += block[i + f * GROUP];
    }
    FLOATV sum = sums[0];
#pragma unroll
    for (int f = 1; f < FLIGHT; f++)
        sum += sums[f];
    if (NEGATIVE(sum))
        never[0] = FIRST(sum);
}

kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void measure_write(global FLOATV *target)
{
    global FLOATV *block = target + (size_t)get_group_id(0) * BLOCK_VECTORS + get_local_id(0);
    const FLOATV value = (FLOATV)((float)(get_global_id(0) % 1024));
#pragma unroll 1
    for (int i = 0; i < BLOCK_VECTORS; i += FLIGHT * GROUP) {
#pragma unroll
        for (int f = 0; f < FLIGHT; f++)
            block[i + f * GROUP] = value;
    }
}

kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void measure_copy(
    global const FLOATV *source, global FLOATV *target)
{
    size_t begin = (size_t)get_group_id(0) * BLOCK_VECTORS + get_local_id(0);
    global const FLOATV *from = source + begin;
    global FLOATV *to = target + begin;
#pragma unroll 1
    for (int i = 0; i < BLOCK_VECTORS; i += FLIGHT * GROUP) {
#pragma unroll
        for (int f = 0; f < FLIGHT; f++)
            to[i + f * GROUP] = from[i + f * GROUP];
    }
}

/* FLIGHT vectors per round, from a place in the tile that moves on, so that no load can be reused
 * from the previous round. TILE_VECTORS is a multiple of FLIGHT * GROUP, a power of two. */
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void measure_local(global float *never,
                                                                             int rounds)
{
    local FLOATV tile[TILE_VECTORS];
    int item = (int)get_local_id(0);
    for (int i = item; i < TILE_VECTORS; i += GROUP)
        tile[i] = (FLOATV)((float)i);
    TILE_BARRIER();
    FLOATV sums[FLIGHT];
#pragma unroll
    for (int f = 0; f < FLIGHT; f++)
        sums[f] = (FLOATV)(0.0f);
#pragma unroll 1
    for (int r = 0; r < rounds; r++) {
        const local FLOATV *from = tile + ((r * FLIGHT * GROUP) & (TILE_VECTORS - 1)) + item;
#pragma unroll
        for (int f = 0; f < FLIGHT; f++)
            sums[f] += from[f * GROUP];
    }
    FLOATV sum = sums[0];
#pragma unroll
    for (int f = 1; f < FLIGHT; f++)
        sum += sums[f];
    if (NEGATIVE(sum))
        never[0] = FIRST(sum);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) void measure_empty(global float *never)
{
    (void)never;
}
