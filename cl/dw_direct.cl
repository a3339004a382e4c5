/* Depthwise convolution. A launch writes `rows` rows of the output from `row0` on, as a tensor of
 * that many rows.
 *
 * NHWC: a work-item makes tiles of DW_ROWS rows of DW_PIXELS pixels and one vector of channels;
 * weights are packed taps x channels (pack.cl). NCHW: VEC pixels of each of ROWS rows of a plane;
 * weights as they are. */

/* `height` rows of `width` pixels of the output are a work-item's, a tile at a time along the rows.
 */
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
    const __global REAL *source = in + image * ih * iw * ic;
    __global REAL *target = out + image * rows * ow * ic;

    for (int r0 = row; r0 < end; r0 += DW_ROWS)
        for (int first = column; first < right; first += DW_PIXELS)
            for (int v = 0; v < DW_VECTORS; v++) {
                const int c = vector_start((block + v * GROUP) * VEC, ic);
                if ((block + v * GROUP) * VEC >= ic)
                    break;
                depthwise_tile(acc, source + c, weights + c, (row0 + r0) * SH - ph, first * SW - pw,
                               ic, ih, iw);
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

/* A row of the input, ROW_STEP * i below the first, times one column of the window. */
INLINE void add_row(FLOATV acc[ROWS], FLOATV x, const float weights[KH], int i)
{
#pragma unroll
    for (int kh = 0; kh < KH; kh++) {
        const int below = i * ROW_STEP - kh * DH;
        if (below >= 0 && below % SH == 0 && below / SH < ROWS)
            acc[below / SH] = MULTIPLY_ADD(x, (FLOATV)(weights[kh]), acc[below / SH]);
    }
}

/* `size` is the number of elements of `in`. */
__kernel void dw_direct_nchw(__global const REAL *in, __global const REAL *weights,
                             __global REAL *out, int ic, int ih, int iw, int ow, int ph, int pw,
                             int row0, int rows, int size)
{
    FLOATV acc[ROWS];
    const int column = (int)get_global_id(0) * VEC;
    const int row = (int)get_global_id(1) * ROWS;
    const int plane = (int)get_global_id(2);
    const __global REAL *w = weights + plane % ic * (KH * KW);
    __global REAL *target = out + (plane * rows + row) * ow + column;
    const int y0 = (row0 + row) * SH - ph;

    if (column >= ow || row >= rows)
        return;
#pragma unroll
    for (int r = 0; r < ROWS; r++)
        acc[r] = (FLOATV)(0.0f);
#pragma unroll 1
    for (int kw = 0; kw < KW; kw++) {
        const int x = column * SW - pw + kw * DW;
        const struct run run = run_at(x, iw);
        float column_weights[KH];
#pragma unroll
        for (int kh = 0; kh < KH; kh++)
            column_weights[kh] = load(w + kh * KW + kw);
#pragma unroll
        for (int i = 0; i < COVERED; i++) {
            const int y = y0 + i * ROW_STEP;
            if (y >= 0 && y < ih)
                add_row(acc, load_run(in, (plane * ih + y) * iw + x, size, run), column_weights, i);
        }
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++)
        if (row + r < rows)
            store_part(acc[r], target + r * ow, ow - column);
}
