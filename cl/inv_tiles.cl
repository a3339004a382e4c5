/* Expansion, depthwise and projection in one kernel, by groups of many work-items. A group takes a
 * block of TILE_ROWS x TILE_COLUMNS output pixels and a part of the output channels. MIDDLE middle
 * channels at a time, it computes the expansion of all input pixels that its windows reach, and
 * from it the depthwise output, both in local memory, and adds that part of the projection to sums
 * in registers. What windows of two blocks reach, both expand.
 *
 * A launch reads all weights once for each block of pixels, those of expansion and depthwise also
 * for each part of the output channels.
 *
 * NHWC: VEC divides the input and middle channels. The weights of the expansion are packed in
 * blocks of MIDDLE channels, those of the projection in blocks of GC * VECTORS * VEC (pack.cl). A
 * work-item's sums are PIXELS pixels x VECTORS vectors of output channels; GC work-items are along
 * channels, GP along pixels. */

#ifndef TILE_ROWS
#define TILE_ROWS 1
#endif
#ifndef TILE_COLUMNS
#define TILE_COLUMNS PIXELS
#endif
#define AREA (TILE_ROWS * TILE_COLUMNS)

/* Middle channels at a time. */
#ifndef MIDDLE
#define MIDDLE 16
#endif
#define MIDDLE_VECTORS (MIDDLE / VEC)
/* Vectors from pixel to pixel in local memory: one more, so that pixels start in different banks.
 */
#define STRIDE (MIDDLE_VECTORS + 1)

/* Channels of the input. */
#ifndef CHANNELS
#define CHANNELS 8
#endif

/* Pixels that a work-item expands at a time, and those of a row that it convolves. */
#ifndef EX_PIXELS
#define EX_PIXELS 4
#endif

/* 1: the input is added to the output. */
#ifndef RESIDUAL
#define RESIDUAL 0
#endif

/* The input pixels that the windows of a block cover. */
#define IN_ROWS    ((TILE_ROWS - 1) * SH + (KH - 1) * DH + 1)
#define IN_COLUMNS ((TILE_COLUMNS - 1) * SW + (KW - 1) * DW + 1)
#define IN_AREA    (IN_ROWS * IN_COLUMNS)

#define RUNS     (TILE_COLUMNS / DW_PIXELS)
#define EX_TILES ((IN_AREA + EX_PIXELS - 1) / EX_PIXELS)

/* Expands all input pixels of a block to `vectors` vectors of middle channels; the first is at
 * (y0, x0) of the input. Pixels of the padding are zeros. `width`: channels in a packed row. */
INLINE void expand_block(__local FLOATV *expanded, const __global REAL *in,
                         const __global REAL *weights, int item, int width, int ih, int iw, int y0,
                         int x0)
{
#pragma unroll 1
    for (int t = item; t < MIDDLE_VECTORS * EX_TILES; t += GC * GP) {
        FLOATV acc[EX_PIXELS];
        const __global REAL *source[EX_PIXELS];
        const int v = t % MIDDLE_VECTORS, first = t / MIDDLE_VECTORS * EX_PIXELS;
        const __global REAL *w = weights + min(v * VEC, width - VEC);
#pragma unroll
        for (int i = 0; i < EX_PIXELS; i++) {
            const int at = min(first + i, IN_AREA - 1);
            const int y = clamp(y0 + at / IN_COLUMNS, 0, ih - 1);
            const int x = clamp(x0 + at % IN_COLUMNS, 0, iw - 1);
            source[i] = in + (y * iw + x) * CHANNELS;
            acc[i] = (FLOATV)(0.0f);
        }
#pragma unroll 1
        for (int c = 0; c < CHANNELS; c += VEC) {
            union lanes x[EX_PIXELS];
#pragma unroll
            for (int i = 0; i < EX_PIXELS; i++)
                x[i].vec = load_whole(source[i] + c);
#pragma unroll
            for (int k = 0; k < VEC; k++) {
                const FLOATV weight = load_whole(w + k * width);
#pragma unroll
                for (int i = 0; i < EX_PIXELS; i++)
                    acc[i] = MULTIPLY_ADD((FLOATV)(x[i].at[k]), weight, acc[i]);
            }
            w += VEC * width;
        }
#pragma unroll
        for (int i = 0; i < EX_PIXELS; i++) {
            const int at = first + i;
            const int y = y0 + at / IN_COLUMNS, x = x0 + at % IN_COLUMNS;
            if (at < IN_AREA)
                expanded[at * STRIDE + v] = inside(y, x, ih, iw) ? acc[i] : (FLOATV)(0.0f);
        }
    }
}

/* Computes the depthwise output of a block from the expanded pixels, for `vectors` vectors. */
INLINE void convolve_block(__local FLOATV *between, const __local FLOATV *expanded,
                           const __global REAL *weights, int item, int vectors, int mc)
{
#pragma unroll 1
    for (int t = item; t < MIDDLE_VECTORS * TILE_ROWS * RUNS; t += GC * GP) {
        FLOATV acc[DW_PIXELS];
        const int v = t % MIDDLE_VECTORS, at = t / MIDDLE_VECTORS;
        const int row = at / RUNS, column = at % RUNS * DW_PIXELS;
        const __local FLOATV *line = expanded + (row * SH * IN_COLUMNS + column * SW) * STRIDE + v;
        if (v >= vectors)
            continue;
#pragma unroll
        for (int p = 0; p < DW_PIXELS; p++)
            acc[p] = (FLOATV)(0.0f);
#pragma unroll 1
        for (int kh = 0; kh < KH; kh++) {
            FLOATV w[KW];
#pragma unroll
            for (int kw = 0; kw < KW; kw++)
                w[kw] = load_whole(weights + (kh * KW + kw) * mc + v * VEC);
#pragma unroll
            for (int j = 0; j < (DW_PIXELS - 1) * SW + (KW - 1) * DW + 1; j++) {
                const FLOATV x = line[j * STRIDE];
#pragma unroll
                for (int kw = 0; kw < KW; kw++) {
                    const int right = j - kw * DW;
                    if (right >= 0 && right % SW == 0 && right / SW < DW_PIXELS)
                        acc[right / SW] = MULTIPLY_ADD(x, w[kw], acc[right / SW]);
                }
            }
            line += DH * IN_COLUMNS * STRIDE;
        }
#pragma unroll
        for (int p = 0; p < DW_PIXELS; p++)
            between[(row * TILE_COLUMNS + column + p) * STRIDE + v] = acc[p];
    }
}

/* sums += between x weights, over `vectors` vectors of middle channels; `lanes` are the item's
 * places in a packed row of `width` weights. */
INLINE void project_block(FLOATV sums[PIXELS][VECTORS], const __local FLOATV *between,
                          const __global REAL *weights, const int lanes[VECTORS], int width,
                          int vectors)
{
#pragma unroll 1
    for (int c = 0; c < vectors; c++) {
        union lanes x[PIXELS];
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
            x[i].vec = between[i * STRIDE + c];
#pragma unroll
        for (int k = 0; k < VEC; k++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                const FLOATV w = load_whole(weights + k * width + lanes[v]);
#pragma unroll
                for (int i = 0; i < PIXELS; i++)
                    sums[i][v] = MULTIPLY_ADD((FLOATV)(x[i].at[k]), w, sums[i][v]);
            }
        weights += VEC * width;
    }
}

/* Arguments: mcp, ocp = mc, oc padded to VEC; `parts` of the output channels. The last block of a
 * row or column starts early enough to be whole, and so do the last pixels of a block. */
__kernel __attribute__((reqd_work_group_size(GC, GP, 1))) void inv_tiles_nhwc(
    __global const REAL *in, __global const REAL *weights_ex, __global const REAL *weights_dw,
    __global const REAL *weights_pw, __global REAL *out, int ih, int iw, int mc, int mcp, int oc,
    int ocp, int oh, int ow, int ph, int pw, int parts)
{
    __local FLOATV expanded[IN_AREA * STRIDE];
    __local FLOATV between[AREA * STRIDE];
    FLOATV sums[PIXELS][VECTORS];
    int lanes[VECTORS];
    const int column = min((int)get_group_id(0) * TILE_COLUMNS, ow - TILE_COLUMNS);
    const int row = min((int)get_group_id(1) * TILE_ROWS, oh - TILE_ROWS);
    const int image = (int)get_group_id(2) / parts;
    const int block = ((int)get_group_id(2) - image * parts) * (GC * VECTORS * VEC);
    const int width = min(GC * VECTORS * VEC, ocp - block);
    const int item = (int)get_local_id(1) * GC + (int)get_local_id(0);
    const int first = min((int)get_local_id(1) * PIXELS, AREA - PIXELS);
    const __global REAL *source = in + image * ih * iw * CHANNELS;
    const int place = ((image * oh + row) * ow + column) * oc;

    clear_pixels(sums);
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
        lanes[v] = min((v * GC + (int)get_local_id(0)) * VEC, width - VEC);
#pragma unroll 1
    for (int c0 = 0; c0 < mc; c0 += MIDDLE) {
        const int wide = min(MIDDLE, mcp - c0), vectors = min(MIDDLE, mc - c0) / VEC;
        expand_block(expanded, source, weights_ex + c0 * CHANNELS, item, wide, ih, iw,
                     row * SH - ph, column * SW - pw);
        TILE_BARRIER();
        convolve_block(between, expanded, weights_dw + c0, item, vectors, mc);
        TILE_BARRIER();
        project_block(sums, between + first * STRIDE, weights_pw + block * mc + c0 * width, lanes,
                      width, vectors);
    }
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            const int r = (first + i) / TILE_COLUMNS, p = (first + i) % TILE_COLUMNS;
            const int k = block + (v * GC + (int)get_local_id(0)) * VEC;
            const int at = place + (r * ow + p) * oc + k;
            if (k >= oc)
                continue;
#if RESIDUAL
            sums[i][v] += load_part(in + at, oc - k);
#endif
            store_part(sums[i][v], out + at, oc - k);
        }
}
