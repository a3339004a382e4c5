/* Depthwise convolution by many work-items, each of which computes one register tile. A launch
 * writes `rows` rows of the output from `row0` on, as a tensor of that many rows.
 *
 * NHWC: a tile is DW_ROWS rows of DW_PIXELS pixels and one vector of channels; a group goes along
 * channels, then along pixels, then along rows. An input vector is read once for all windows of the
 * tile; weights are packed taps x channels (pack.cl) and read once for each tile.
 *
 * NCHW: a tile is one column of ROWS rows of a plane. Neighbours in a group take adjacent columns,
 * and at the end of a row go on in the next tile below, and in the next plane. An input row is read
 * once for all windows of the tile; weights are unpacked. With PHASE, where MULTIPLIER is 1, the
 * group first copies the rows of its windows into local memory. */

/* Work-items of a group along pixels and rows; GROUP are along channels. */
#ifndef GROUP_Y
#define GROUP_Y 1
#endif
#ifndef GROUP_Z
#define GROUP_Z 1
#endif
#define GROUP_SHAPE __attribute__((reqd_work_group_size(GROUP, GROUP_Y, GROUP_Z)))

/* `strips` tiles are above each other in an image, `lines` in all images. */
__kernel GROUP_SHAPE void dw_tiles_nhwc(__global const REAL *in, __global const REAL *weights,
                                        __global REAL *out, int ic, int ih, int iw, int ow, int ph,
                                        int pw, int row0, int rows, int strips, int lines)
{
    FLOATV acc[DW_ROWS][DW_PIXELS];
    const int c = vector_start((int)get_global_id(0) * VEC, ic);
    const int first = (int)get_global_id(1) * DW_PIXELS;
    const int image = (int)get_global_id(2) / strips;
    const int r0 = ((int)get_global_id(2) - image * strips) * DW_ROWS;
    const __global REAL *source = INPUT_AT(in + image * ih * iw * (ic / MULTIPLIER), c);
    __global REAL *target = out + ((image * rows + r0) * ow + first) * ic + c;

    if ((int)get_global_id(0) * VEC >= ic || first >= ow || (int)get_global_id(2) >= lines)
        return;
    depthwise_tile(acc, source, weights + c, c, (row0 + r0) * SH - ph, first * SW - pw, ic, ih, iw);
#pragma unroll
    for (int r = 0; r < DW_ROWS; r++)
#pragma unroll
        for (int p = 0; p < DW_PIXELS; p++)
            if (r0 + r < rows && first + p < ow)
                store_lanes(acc[r][p], target + (r * ow + p) * ic, ic);
}

/* Output rows in a work-item's tile, NCHW. */
#ifndef ROWS
#define ROWS 1
#endif

/* Input rows that the windows of ROWS output rows cover, ROW_STEP apart. */
#if ROWS == 1
#define ROW_STEP DH
#else
#define ROW_STEP 1
#endif
#define COVERED (((ROWS - 1) * SH + (KH - 1) * DH) / ROW_STEP + 1)

/* Adds one element of covered row i, times one column of the window. */
INLINE void add_element(float acc[ROWS], float x, const float weights[KH * KW], int i, int kw)
{
#pragma unroll
    for (int kh = 0; kh < KH; kh++) {
        const int below = i * ROW_STEP - kh * DH;
        if (below >= 0 && below % SH == 0 && below / SH < ROWS)
            acc[below / SH] = MULTIPLY_ADD(x, weights[kh * KW + kw], acc[below / SH]);
    }
}

#if !PHASE
/* 1: every other column is read, of rows of an even length: neighbours load adjacent pairs, of
 * which the window's first column is element PAIR_SHIFT of the first. */
#ifndef PAIRS
#define PAIRS 0
#endif
#ifndef PAIR_SHIFT
#define PAIR_SHIFT 0
#endif

/* What the window's columns read of a row from x on, from the nearest places inside the input. */
#if PAIRS
#define PAIR_COUNT ((PAIR_SHIFT + (KW - 1) * DW) / 2 + 1)

static inline float2 load_pair(const __global REAL *p)
{
#if HALF
    return vload_half2(0, p);
#else
    return *(const __global float2 *)p;
#endif
}

INLINE void load_row(float values[KW], const __global REAL *row, int x, int iw)
{
    float pairs[2 * PAIR_COUNT];
#pragma unroll
    for (int j = 0; j < PAIR_COUNT; j++) {
        const float2 pair = load_pair(row + clamp(x - PAIR_SHIFT + 2 * j, 0, iw - 2));
        pairs[2 * j] = pair.s0;
        pairs[2 * j + 1] = pair.s1;
    }
#pragma unroll
    for (int kw = 0; kw < KW; kw++)
        values[kw] = pairs[PAIR_SHIFT + kw * DW];
}
#else
INLINE void load_row(float values[KW], const __global REAL *row, int x, int iw)
{
#pragma unroll
    for (int kw = 0; kw < KW; kw++)
        values[kw] = load(row + clamp(x + kw * DW, 0, iw - 1));
}
#endif

/* Every load is made, from the nearest place inside the input (see DW_LOADS_ALL). */
INLINE void make_column(float acc[ROWS], const __global REAL *plane, const float weights[KH * KW],
                        int y0, int x0, int ih, int iw)
{
#pragma unroll
    for (int i = 0; i < COVERED; i++) {
        const int y = y0 + i * ROW_STEP;
        float values[KW];
        load_row(values, plane + clamp(y, 0, ih - 1) * iw, x0, iw);
#pragma unroll
        for (int kw = 0; kw < KW; kw++) {
            const bool is_inside = ((uint)y < (uint)ih) & ((uint)(x0 + kw * DW) < (uint)iw);
            add_element(acc, is_inside ? values[kw] : 0.0f, weights, i, kw);
        }
    }
}

#else
/* Rows from the first to the last that the windows of ROWS output rows cover. */
#define REACH ((COVERED - 1) * ROW_STEP + 1)

/* From rows in local memory (phases.clh), `above` of which are above the tile. What lies beyond the
 * ends of a row is read all the same: it is of another row. */
INLINE void make_copied_column(float acc[ROWS], const __local ELEMENT1 *tile,
                               const float weights[KH * KW], int above, int y0, int column, int ih,
                               int iw, int pw)
{
    const int pitch = phase_pitch(iw);
#pragma unroll
    for (int i = 0; i < COVERED; i++) {
        const __local ELEMENT1 *row = tile + phase_row(above + i * ROW_STEP, pitch) + column;
        const int y = y0 + i * ROW_STEP;
#pragma unroll
        for (int kw = 0; kw < KW; kw++) {
            const float value = phase_value(row + phase_column(kw * DW - pw));
            const int x = column * SW - pw + kw * DW;
            const bool is_inside = ((uint)y < (uint)ih) & ((uint)x < (uint)iw);
            add_element(acc, is_inside ? value : 0.0f, weights, i, kw);
        }
    }
}
#endif

/* A work-item's tile: its plane of all images, its first row and its column. */
struct place {
    int plane, row, column;
};

INLINE struct place place_of(int item, int ow, int strips)
{
    const int line = item / ow, plane = line / strips;
    return (struct place){plane, (line - plane * strips) * ROWS, item - line * ow};
}

/* `strips` tiles are above each other in a plane, `planes` planes in all images. */
__kernel GROUP_SHAPE void dw_tiles_nchw(__global const REAL *in, __global const REAL *weights,
                                        __global REAL *out, int ic, int ih, int iw, int ow, int ph,
                                        int pw, int row0, int rows, int strips, int planes)
{
    float acc[ROWS], window[KH * KW];
    const struct place own = place_of((int)get_global_id(0), ow, strips);
    __global REAL *target = out + (own.plane * rows + own.row) * ow + own.column;
    const int y0 = (row0 + own.row) * SH - ph;
#if PHASE
    __local ELEMENT1 tile[PHASE_ELEMENTS] __attribute__((aligned(16)));
    const int start = (int)get_group_id(0) * GROUP;
    const struct place first = place_of(start, ow, strips);
    const struct place last = place_of(min(start + GROUP, planes * strips * ow) - 1, ow, strips);
    /* rows of all planes, one after another */
    const int top = first.plane * ih + (row0 + first.row) * SH - ph;
    const int end = last.plane * ih + (row0 + last.row) * SH - ph + REACH;
    copy_rows(tile + PHASE_MARGIN, (struct rows){.in = in,
                                                 .planes = 1,
                                                 .height = planes * ih,
                                                 .width = iw,
                                                 .first = top,
                                                 .count = end - top});
    barrier(CLK_LOCAL_MEM_FENCE);
#endif

    if (own.plane >= planes)
        return;
#pragma unroll
    for (int t = 0; t < KH * KW; t++)
        window[t] = load(weights + own.plane % ic * (KH * KW) + t);
#pragma unroll
    for (int r = 0; r < ROWS; r++)
        acc[r] = 0.0f;
#if PHASE
    make_copied_column(acc, tile + PHASE_MARGIN, window, own.plane * ih + y0 - top, y0, own.column,
                       ih, iw, pw);
#else
    make_column(acc, in + own.plane / MULTIPLIER * ih * iw, window, y0, own.column * SW - pw, ih,
                iw);
#endif
#pragma unroll
    for (int r = 0; r < ROWS; r++)
        if (own.row + r < rows)
            store(acc[r], target + r * ow);
}
