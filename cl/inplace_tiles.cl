/* Depthwise convolution of stride 1 that writes its output over its input, by groups of many
 * work-items. A group goes down the rows of its channels, STEP rows at a time, and keeps the input
 * rows that windows still need in local memory: it reads each row from the tensor once, before it
 * writes the output rows with the same numbers. Other groups have other channels or images: none
 * reads what another writes.
 *
 * NHWC: a group has GC vectors of channels; weights are packed taps x channels (pack.cl). NCHW: a
 * group has a plane, which is treated as an image of one channel; weights are unpacked. Work-items
 * divide tiles of PIXELS columns of the STEP rows; neighbours take adjacent channels, then adjacent
 * columns. Columns of the padding have work-items, too, which stay idle: from row to row,
 * neighbours then go on in adjacent local memory. */

#ifndef STEP
#define STEP 1
#endif

/* Columns of a row in local memory: whole tiles, and what windows reach beyond them; padding is
 * zeros. */
#ifndef WIDTH
#define WIDTH 32
#endif

/* Input rows that are kept: row y is in slot (y + ph) % KEPT. */
#define KEPT (STEP + (KH - 1) * DH)
/* Tiles in a row, and the columns that the windows of one cover. */
#define RUNS    (WIDTH / PIXELS)
#define COLUMNS (PIXELS + (KW - 1) * DW)

#define ROW_BARRIER() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)

/* A vector of channels of which `count` exist. */
INLINE FLOATV load_channels(const __global REAL *p, int count)
{
#if DW_ALIGNED
    return load_whole(p);
#else
    return load_part(p, count);
#endif
}

INLINE void store_channels(FLOATV x, __global REAL *p, int count)
{
#if DW_ALIGNED
    store_whole(x, p);
#else
    store_part(x, p, count);
#endif
}

/* Keeps `count` rows of an image from row y on, zeros where there is no input. `pitch`: elements
 * from pixel to pixel; `channels` are left from the group's first. */
INLINE void keep_rows(__local FLOATV *kept, const __global REAL *in, int item, int y, int count,
                      int h, int w, int ph, int pw, int pitch, int channels)
{
#pragma unroll 1
    for (int t = item; t < count * WIDTH * GC; t += GROUP) {
        const int v = t % GC, at = t / GC;
        const int row = y + at / WIDTH, column = at % WIDTH - pw;
        FLOATV value = (FLOATV)(0.0f);
        if (((uint)row < (uint)h) & ((uint)column < (uint)w) & (v * VEC < channels))
            value = load_channels(in + (row * w + column) * pitch + v * VEC, channels - v * VEC);
        kept[((row + ph) % KEPT * WIDTH + at % WIDTH) * GC + v] = value;
    }
}

/* Computes the output of PIXELS columns of row y from column x on. */
INLINE void convolve(FLOATV acc[PIXELS], const __local FLOATV *kept, const FLOATV taps[KH * KW],
                     int y, int x, int v)
{
#pragma unroll
    for (int p = 0; p < PIXELS; p++)
        acc[p] = (FLOATV)(0.0f);
#pragma unroll
    for (int kh = 0; kh < KH; kh++) {
        const __local FLOATV *line = kept + ((y + kh * DH) % KEPT * WIDTH + x) * GC + v;
#pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
            const FLOATV value = line[j * GC];
#pragma unroll
            for (int kw = 0; kw < KW; kw++)
                if (j >= kw * DW && j - kw * DW < PIXELS)
                    acc[j - kw * DW] = MULTIPLY_ADD(value, taps[kh * KW + kw], acc[j - kw * DW]);
        }
    }
}

/* Convolves an image in place. */
INLINE void convolve_image(__local FLOATV *kept, __global REAL *image, const FLOATV taps[KH * KW],
                           int item, int h, int w, int ph, int pw, int pitch, int channels)
{
    keep_rows(kept, image, item, -ph, (KH - 1) * DH, h, w, ph, pw, pitch, channels);
#pragma unroll 1
    for (int y = 0; y < h; y += STEP) {
        keep_rows(kept, image, item, y + (KH - 1) * DH - ph, STEP, h, w, ph, pw, pitch, channels);
        ROW_BARRIER();
#pragma unroll 1
        for (int t = item; t < STEP * RUNS * GC; t += GROUP) {
            FLOATV acc[PIXELS];
            const int v = t % GC, at = t / GC;
            const int row = y + at / RUNS, x = at % RUNS * PIXELS;
            if (x >= w)
                continue;
            convolve(acc, kept, taps, row, x, v);
#pragma unroll
            for (int p = 0; p < PIXELS; p++)
                if (row < h && x + p < w && v * VEC < channels)
                    store_channels(acc[p], image + (row * w + x + p) * pitch + v * VEC,
                                   channels - v * VEC);
        }
        ROW_BARRIER();
    }
}

/* `data` is h x w pixels of ic channels, both before and after. GC divides GROUP. */
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void inplace_tiles_nhwc(
    __global REAL *data, __global const REAL *weights, int ic, int h, int w, int ph, int pw)
{
    __local FLOATV kept[KEPT * WIDTH * GC];
    FLOATV taps[KH * KW];
    const int item = (int)get_local_id(0);
    const int c = (int)get_group_id(1) * (GC * VEC), own = c + item % GC * VEC;

#pragma unroll
    for (int t = 0; t < KH * KW; t++)
        taps[t] = own < ic ? load_channels(weights + t * ic + own, ic - own) : (FLOATV)(0.0f);
    convolve_image(kept, data + (int)get_group_id(2) * h * w * ic + c, taps, item, h, w, ph, pw, ic,
                   ic - c);
}

/* `data` is planes of h x w pixels, both before and after. VEC and GC are 1. */
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void inplace_tiles_nchw(
    __global REAL *data, __global const REAL *weights, int ic, int h, int w, int ph, int pw)
{
    __local FLOATV kept[KEPT * WIDTH * GC];
    FLOATV taps[KH * KW];
    const int c = (int)get_group_id(1);

#pragma unroll
    for (int t = 0; t < KH * KW; t++)
        taps[t] = (FLOATV)(load(weights + c * (KH * KW) + t));
    convolve_image(kept, data + ((int)get_group_id(2) * ic + c) * h * w, taps, (int)get_local_id(0),
                   h, w, ph, pw, 1, 1);
}
