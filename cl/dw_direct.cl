/* Depthwise convolution. A launch writes `rows` rows of the output from `row0` on, as a tensor of
 * that many rows.
 *
 * NHWC: a work-item computes tiles of DW_ROWS rows of DW_PIXELS pixels and one vector of channels;
 * weights are packed taps x channels (pack.cl). NCHW: VEC pixels of each of ROWS rows of a plane;
 * weights are unpacked, or repeated if PERIOD is defined. */

/* A work-item takes `height` rows of `width` pixels of the output, a tile at a time along the
 * rows. */
USES_VECTORS
__kernel void dw_direct_nhwc(__global const REAL *in, __global const REAL *weights,
                             __global REAL *out, int ic, int ih, int iw, int ow, int ph, int pw,
                             int row0, int rows, int height, int width)
{
    FLOATV acc[DW_ROWS][DW_PIXELS];
    const int strips = (rows + height - 1) / height;
    const int block = (int)get_group_id(0) * (GROUP * DW_VECTORS) + (int)get_local_id(0);
    const int column = (int)get_group_id(1) * width;
    const int row = (int)get_group_id(2) % strips * height;
    const int image = (int)get_group_id(2) / strips;
    const int end = min(row + height, rows), right = min(column + width, ow);
    const __global REAL *source = in + image * ih * iw * (ic / MULTIPLIER);
    __global REAL *target = out + image * rows * ow * ic;

    for (int r0 = row; r0 < end; r0 += DW_ROWS)
        for (int first = column; first < right; first += DW_PIXELS)
            for (int v = 0; v < DW_VECTORS; v++) {
                const int c = vector_start((block + v * GROUP) * VEC, ic);
                if ((block + v * GROUP) * VEC >= ic)
                    break;
                depthwise_tile(acc, INPUT_AT(source, c), weights + c, c, (row0 + r0) * SH - ph,
                               first * SW - pw, ic, ih, iw);
#pragma unroll
                for (int r = 0; r < DW_ROWS; r++)
#pragma unroll
                    for (int p = 0; p < DW_PIXELS; p++)
                        if (r0 + r < end && first + p < right)
                            store_lanes(acc[r][p], target + ((r0 + r) * ow + first + p) * ic + c,
                                        ic);
            }
}

/* Output rows in a work-item's register tile, NCHW. */
#ifndef ROWS
#define ROWS 4
#endif

/* Input rows that the windows of ROWS output rows cover, ROW_STEP apart: each is read once for all
 * of these windows. */
#if ROWS == 1
#define ROW_STEP DH
#else
#define ROW_STEP 1
#endif
#define COVERED (((ROWS - 1) * SH + (KH - 1) * DH) / ROW_STEP + 1)

/* A device with many work-items keeps the window of a single lane in registers, for which every
 * index must be constant. */
#if defined(PERIOD) && VEC == 1 && KH * KW <= 25
#define TAPS_UNROLL    (KH * KW)
#define COLUMNS_UNROLL KW
#else
#define TAPS_UNROLL    1
#define COLUMNS_UNROLL 1
#endif

/* NHWC with PERIOD channels, fewer than lanes in a vector, is computed as NCHW: rows are planes of
 * one channel, PERIOD times as wide, and each lane has its own weights. */
#ifdef PERIOD
typedef FLOATV WEIGHT;

/* The window's weights for a vector that starts at `column`, from taps x channels. */
INLINE void spread_weights(WEIGHT spread[KH * KW], const __global REAL *weights, int column)
{
#pragma unroll TAPS_UNROLL
    for (int tap = 0; tap < KH * KW; tap++) {
        union lanes x;
        for (int i = 0; i < VEC; i++)
            x.at[i] = load(weights + tap * PERIOD + (column + i) % PERIOD);
        spread[tap] = x.vec;
    }
}

#define WEIGHTS               WEIGHT *
#define WEIGHT_AT(window, at) (window)[at]
#else
typedef float WEIGHT;
#define WEIGHTS               __global REAL *
#define WEIGHT_AT(window, at) load((window) + (at))
#endif

/* Adds a row of the input, ROW_STEP * i below the first, times one column of the window. */
INLINE void add_row(FLOATV acc[ROWS], FLOATV x, const WEIGHT weights[KH], int i)
{
#pragma unroll
    for (int kh = 0; kh < KH; kh++) {
        const int below = i * ROW_STEP - kh * DH;
        if (below >= 0 && below % SH == 0 && below / SH < ROWS)
            acc[below / SH] = MULTIPLY_ADD(x, (FLOATV)(weights[kh]), acc[below / SH]);
    }
}

/* Computes ROWS rows from `row` on of a vector that starts at `column`; `plane` is where the input
 * plane starts, `size` the number of elements of `in`. */
INLINE void make_strip(FLOATV acc[ROWS], const __global REAL *in, int plane, const WEIGHTS weights,
                       int column, int row, int ih, int iw, int ph, int pw, int size)
{
    const int y0 = row * SH - ph;
#pragma unroll
    for (int r = 0; r < ROWS; r++)
        acc[r] = (FLOATV)(0.0f);
#pragma unroll COLUMNS_UNROLL
    for (int kw = 0; kw < KW; kw++) {
        const int x = column * SW - pw + kw * DW;
        const struct run run = run_at(x, iw);
        WEIGHT column_weights[KH];
#pragma unroll
        for (int kh = 0; kh < KH; kh++)
            column_weights[kh] = WEIGHT_AT(weights, kh * KW + kw);
#pragma unroll
        for (int i = 0; i < COVERED; i++) {
            const int y = y0 + i * ROW_STEP;
            if (y >= 0 && y < ih)
                add_row(acc, load_run(in, plane + y * iw + x, size, run), column_weights, i);
        }
    }
}

/* A work-item takes `height` rows, a strip of ROWS at a time. `size` is the number of elements of
 * `in`. */
USES_VECTORS
__kernel void dw_direct_nchw(__global const REAL *in, __global const REAL *weights,
                             __global REAL *out, int ic, int ih, int iw, int ow, int ph, int pw,
                             int row0, int rows, int size, int height)
{
    FLOATV acc[ROWS];
    const int column = (int)get_global_id(0) * VEC;
    const int first = (int)get_global_id(1) * height;
    const int plane = (int)get_global_id(2);
    const int end = min(first + height, rows);
    __global REAL *target = out + plane * rows * ow + column;

    if (column >= ow)
        return;
#ifdef PERIOD
    WEIGHT window[KH * KW];
    spread_weights(window, weights, column);
#else
    const __global REAL *window = weights + plane % ic * (KH * KW);
#endif
    for (int row = first; row < end; row += ROWS) {
        make_strip(acc, in, plane / MULTIPLIER * ih * iw, window, column, row0 + row, ih, iw, ph,
                   pw, size);
#pragma unroll
        for (int r = 0; r < ROWS; r++)
            if (row + r < end)
                store_part(acc[r], target + (row + r) * ow, ow - column);
    }
}
