/* Depthwise, then pointwise convolution in one kernel, by groups of many work-items. A group takes
 * a block of TILE_ROWS x TILE_COLUMNS pixels and a part of the output channels. It computes the
 * depthwise output of its pixels, CHUNK channels at a time, in local memory, and adds the product
 * with these channels' pointwise weights (packed, pack.cl) to sums in registers.
 *
 * A launch reads the pointwise weights once for each block of pixels. It reads the input once for
 * each part of the output channels, and again where windows of two blocks overlap.
 *
 * NHWC: VEC divides the input channels. A work-item's sums are PIXELS pixels x VECTORS vectors of
 * output channels; GC work-items are along channels, GP along pixels. */

#ifndef TILE_ROWS
#define TILE_ROWS 1
#endif
#ifndef TILE_COLUMNS
#define TILE_COLUMNS PIXELS
#endif
#define AREA (TILE_ROWS * TILE_COLUMNS)

/* 1: all input channels fit in a chunk, so that the depthwise output is computed once for all
 * blocks of output channels of a part. */
#ifndef KEEPS_ALL
#define KEEPS_ALL 0
#endif

#define CHUNK_VECTORS (CHUNK / VEC)
/* Vectors from pixel to pixel in local memory: one more, so that pixels start in different banks.
 */
#define STRIDE        (CHUNK_VECTORS + 1)
#define REGISTER_ROWS (TILE_ROWS / DW_ROWS)
#define REGISTER_RUNS (TILE_COLUMNS / DW_PIXELS)

/* Computes the depthwise output of `vectors` vectors of channels; the first window starts at
 * (y0, x0). Neighbours take adjacent channels. */
INLINE void fill_chunk(__local FLOATV *tile, const __global REAL *in, const __global REAL *weights,
                       int item, int vectors, int ic, int ih, int iw, int y0, int x0)
{
#pragma unroll 1
    for (int t = item; t < CHUNK_VECTORS * REGISTER_ROWS * REGISTER_RUNS; t += GC * GP) {
        FLOATV acc[DW_ROWS][DW_PIXELS];
        const int v = t % CHUNK_VECTORS, at = t / CHUNK_VECTORS;
        const int row = at / REGISTER_RUNS * DW_ROWS, column = at % REGISTER_RUNS * DW_PIXELS;
        if (v >= vectors)
            continue;
        depthwise_tile(acc, in + v * VEC, weights + v * VEC, y0 + row * SH, x0 + column * SW, ic,
                       ih, iw);
#pragma unroll
        for (int r = 0; r < DW_ROWS; r++)
#pragma unroll
            for (int p = 0; p < DW_PIXELS; p++)
                tile[((row + r) * TILE_COLUMNS + column + p) * STRIDE + v] = acc[r][p];
    }
}

/* acc += tile x weights, over `vectors` vectors of input channels; `lanes` are the item's places in
 * a packed row of `width` weights. */
INLINE void multiply_chunk(FLOATV acc[PIXELS][VECTORS], const __local FLOATV *tile,
                           const __global REAL *weights, const int lanes[VECTORS], int width,
                           int vectors)
{
#pragma unroll 1
    for (int c = 0; c < vectors; c++) {
        union lanes x[PIXELS];
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
            x[i].vec = tile[i * STRIDE + c];
#pragma unroll
        for (int k = 0; k < VEC; k++) {
            FLOATV w[VECTORS];
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                w[v] = load_whole(weights + k * width + lanes[v]);
#pragma unroll
            for (int i = 0; i < PIXELS; i++)
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    acc[i][v] = MULTIPLY_ADD((FLOATV)(x[i].at[k]), w[v], acc[i][v]);
        }
        weights += VEC * width;
    }
}

/* Arguments: ocp = oc padded to VEC; `parts` of the output channels. The last block of a row or
 * column starts early enough to be whole, and so do the last pixels of a block. */
__kernel __attribute__((reqd_work_group_size(GC, GP, 1))) void sep_tiles_nhwc(
    __global const REAL *in, __global const REAL *weights_dw, __global const REAL *weights_pw,
    __global REAL *out, int ic, int ih, int iw, int oc, int ocp, int oh, int ow, int ph, int pw,
    int parts)
{
    __local FLOATV tile[AREA * STRIDE];
    const int column = min((int)get_group_id(0) * TILE_COLUMNS, ow - TILE_COLUMNS);
    const int row = min((int)get_group_id(1) * TILE_ROWS, oh - TILE_ROWS);
    const int image = (int)get_group_id(2) / parts;
    const int part = (int)get_group_id(2) - image * parts;
    const int item = (int)get_local_id(1) * GC + (int)get_local_id(0);
    const int first = min((int)get_local_id(1) * PIXELS, AREA - PIXELS);
    const int blocks = (ocp + GC * VECTORS * VEC - 1) / (GC * VECTORS * VEC);
    const __global REAL *source = in + image * ih * iw * ic;
    __global REAL *target = out + ((image * oh + row) * ow + column) * oc;

#if KEEPS_ALL
    fill_chunk(tile, source, weights_dw, item, CHUNK_VECTORS, ic, ih, iw, row * SH - ph,
               column * SW - pw);
    TILE_BARRIER();
#endif
#pragma unroll 1
    for (int b = part * blocks / parts; b < (part + 1) * blocks / parts; b++) {
        FLOATV acc[PIXELS][VECTORS];
        int lanes[VECTORS];
        const int block = b * (GC * VECTORS * VEC);
        const int width = min(GC * VECTORS * VEC, ocp - block);
        clear_pixels(acc);
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            lanes[v] = min((v * GC + (int)get_local_id(0)) * VEC, width - VEC);
#if KEEPS_ALL
        multiply_chunk(acc, tile + first * STRIDE, weights_pw + block * ic, lanes, width,
                       CHUNK_VECTORS);
#else
#pragma unroll 1
        for (int c0 = 0; c0 < ic; c0 += CHUNK) {
            const int vectors = min(CHUNK, ic - c0) / VEC;
            TILE_BARRIER();
            fill_chunk(tile, source + c0, weights_dw + c0, item, vectors, ic, ih, iw, row * SH - ph,
                       column * SW - pw);
            TILE_BARRIER();
            multiply_chunk(acc, tile + first * STRIDE, weights_pw + block * ic + c0 * width, lanes,
                           width, vectors);
        }
#endif
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                const int r = (first + i) / TILE_COLUMNS, p = (first + i) % TILE_COLUMNS;
                const int k = block + (v * GC + (int)get_local_id(0)) * VEC;
                if (k < oc)
                    store_part(acc[i][v], target + (r * ow + p) * oc + k, oc - k);
            }
    }
}

/* NCHW, VEC 1: a work-item's sums are PIXELS pixels x OUTPUTS output channels, a multiple of 4; GP
 * work-items are along pixels, and take adjacent ones. Weights are packed in blocks of OUTPUTS. */
#define COVERED ((TILE_ROWS - 1) * SH + (KH - 1) * DH + 1)

/* Computes the depthwise output of `count` planes, each work-item one column of the block at a
 * time; the first window starts at (y0, x0). An input row is read once for all windows of the
 * column. */
INLINE void fill_planes(__local float *tile, const __global REAL *in, const __global REAL *weights,
                        int item, int count, int ih, int iw, int y0, int x0)
{
#pragma unroll 1
    for (int t = item; t < count * TILE_COLUMNS; t += GC * GP) {
        float acc[TILE_ROWS];
        const int c = t / TILE_COLUMNS, column = t % TILE_COLUMNS;
        const __global REAL *plane = in + c * ih * iw, *window = weights + c * (KH * KW);
#pragma unroll
        for (int r = 0; r < TILE_ROWS; r++)
            acc[r] = 0.0f;
#pragma unroll 1
        for (int kw = 0; kw < KW; kw++) {
            const int x = x0 + column * SW + kw * DW;
            float w[KH];
#pragma unroll
            for (int kh = 0; kh < KH; kh++)
                w[kh] = load(window + kh * KW + kw);
#pragma unroll
            for (int i = 0; i < COVERED; i++) {
                const int y = y0 + i;
                const bool is_inside = ((uint)y < (uint)ih) & ((uint)x < (uint)iw);
                const float value = load(plane + clamp(y, 0, ih - 1) * iw + clamp(x, 0, iw - 1));
#pragma unroll
                for (int kh = 0; kh < KH; kh++) {
                    const int below = i - kh * DH;
                    if (below >= 0 && below % SH == 0 && below / SH < TILE_ROWS)
                        acc[below / SH] =
                            MULTIPLY_ADD(is_inside ? value : 0.0f, w[kh], acc[below / SH]);
                }
            }
        }
#pragma unroll
        for (int r = 0; r < TILE_ROWS; r++)
            tile[c * AREA + r * TILE_COLUMNS + column] = acc[r];
    }
}

/* Loads four aligned weights. */
static inline float4 load_four(const __global REAL *p)
{
#if HALF
    return vload_half4(0, p);
#else
    return *(const __global float4 *)p;
#endif
}

/* Planes that a loop takes at a time; divides the planes of each chunk. */
#ifndef STEP
#define STEP 1
#endif

/* acc += weights x tile, over `count` planes; `at` are the item's pixels. */
INLINE void multiply_planes(float4 acc[PIXELS][OUTPUTS / 4], const __local float *tile,
                            const __global REAL *weights, const int at[PIXELS], int count)
{
#pragma unroll 1
    for (int c0 = 0; c0 < count; c0 += STEP)
#pragma unroll
        for (int s = 0; s < STEP; s++) {
            const int c = c0 + s;
            float x[PIXELS];
#pragma unroll
            for (int i = 0; i < PIXELS; i++)
                x[i] = tile[c * AREA + at[i]];
#pragma unroll
            for (int k = 0; k < OUTPUTS / 4; k++) {
                const float4 w = load_four(weights + c * OUTPUTS + 4 * k);
#pragma unroll
                for (int i = 0; i < PIXELS; i++)
                    acc[i][k] = MULTIPLY_ADD((float4)(x[i]), w, acc[i][k]);
            }
        }
}

INLINE void store_four(float4 x, __global REAL *out, int plane, int channels)
{
    if (channels > 0)
        store(x.s0, out);
    if (channels > 1)
        store(x.s1, out + plane);
    if (channels > 2)
        store(x.s2, out + 2 * plane);
    if (channels > 3)
        store(x.s3, out + 3 * plane);
}

/* Arguments as of sep_tiles_nhwc; ocp = oc padded to OUTPUTS. */
__kernel __attribute__((reqd_work_group_size(GP, GC, 1))) void sep_tiles_nchw(
    __global const REAL *in, __global const REAL *weights_dw, __global const REAL *weights_pw,
    __global REAL *out, int ic, int ih, int iw, int oc, int ocp, int oh, int ow, int ph, int pw,
    int parts)
{
    __local float tile[AREA * CHUNK];
    const int column = min((int)get_group_id(0) * TILE_COLUMNS, ow - TILE_COLUMNS);
    const int row = min((int)get_group_id(1) * TILE_ROWS, oh - TILE_ROWS);
    const int image = (int)get_group_id(2) / parts;
    const int part = (int)get_group_id(2) - image * parts;
    const int lane = (int)get_local_id(0), item = (int)get_local_id(1) * GP + lane;
    const int blocks = (ocp + GC * OUTPUTS - 1) / (GC * OUTPUTS);
    const __global REAL *source = in + image * ic * ih * iw;
    int at[PIXELS];

#pragma unroll
    for (int i = 0; i < PIXELS; i++)
        at[i] = min(lane + i * GP, AREA - 1);
#if KEEPS_ALL
    fill_planes(tile, source, weights_dw, item, CHUNK, ih, iw, row * SH - ph, column * SW - pw);
    TILE_BARRIER();
#endif
#pragma unroll 1
    for (int b = part * blocks / parts; b < (part + 1) * blocks / parts; b++) {
        float4 acc[PIXELS][OUTPUTS / 4];
        const int k0 = (b * GC + (int)get_local_id(1)) * OUTPUTS;
        const __global REAL *weights = weights_pw + min(k0, ocp - OUTPUTS) * ic;
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
#pragma unroll
            for (int k = 0; k < OUTPUTS / 4; k++)
                acc[i][k] = (float4)(0.0f);
#if KEEPS_ALL
        multiply_planes(acc, tile, weights, at, CHUNK);
#else
#pragma unroll 1
        for (int c0 = 0; c0 < ic; c0 += CHUNK) {
            const int count = min(CHUNK, ic - c0);
            TILE_BARRIER();
            fill_planes(tile, source + c0 * ih * iw, weights_dw + c0 * (KH * KW), item, count, ih,
                        iw, row * SH - ph, column * SW - pw);
            TILE_BARRIER();
            multiply_planes(acc, tile, weights + c0 * OUTPUTS, at, count);
        }
#endif
#pragma unroll
        for (int i = 0; i < PIXELS; i++) {
            const int place = (row + at[i] / TILE_COLUMNS) * ow + column + at[i] % TILE_COLUMNS;
            if (lane + i * GP < AREA)
#pragma unroll
                for (int k = 0; k < OUTPUTS / 4; k++)
                    store_four(acc[i][k], out + (image * oc + k0 + 4 * k) * oh * ow + place,
                               oh * ow, oc - k0 - 4 * k);
        }
    }
}
