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
