/* Depthwise convolution of stride 1 that writes its output over its input. A work-group goes down
 * the rows of its channels and keeps the input rows that windows still need in local memory. Each
 * row is read from the tensor once, before the output row with the same number is written. Other
 * groups have other channels or images: none reads what another writes.
 *
 * NHWC: a group has one vector of channels, and its work-items divide tiles of PIXELS columns;
 * weights are packed taps x channels (pack.cl). NCHW: a group has a plane, and its work-items
 * divide vectors of columns; weights are unpacked. */

/* Columns of a row in local memory: whole tiles, and what windows reach beyond them; padding is
 * zeros. */
#ifndef WIDTH
#define WIDTH 32
#endif

/* Input rows that a window covers and that are kept: row y is in slot (y + ph) % WINDOW. */
#define WINDOW ((KH - 1) * DH + 1)

/* Columns that the windows of a tile cover. */
#define COLUMNS (PIXELS + (KW - 1) * DW)

/* Unrolled rows of the window: above a limit the loop is not unrolled. */
#if KH * KW * PIXELS <= 160
#define UNROLLED KH
#else
#define UNROLLED 1
#endif

/* Also orders what a group reads from the tensor before what it writes to it. */
#if GROUP > 1
#define ROW_BARRIER() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#else
#define ROW_BARRIER()
#endif

/* Keeps a row: VEC channels of each column from -pw on, zeros where there is no input. */
INLINE void keep_pixels(__local float *kept, const __global REAL *in, int item, int y, int h, int w,
                        int pw, int ic, int channels)
{
    const bool exists = y >= 0 && y < h;
    for (int i = item; i < WIDTH; i += GROUP) {
        FLOATV value = (FLOATV)(0.0f);
        if (exists && i >= pw && i < pw + w)
            value = load_part(in + (y * w + i - pw) * ic, channels);
        store_local(value, kept + i * VEC);
    }
}

/* Computes the output of PIXELS columns of row y from column x on. */
INLINE void convolve_pixels(FLOATV acc[PIXELS], const __local float *ring,
                            const FLOATV weights[KH * KW], int y, int x)
{
#pragma unroll
    for (int p = 0; p < PIXELS; p++)
        acc[p] = (FLOATV)(0.0f);
#pragma unroll UNROLLED
    for (int kh = 0; kh < KH; kh++) {
        const __local float *kept = ring + ((y + kh * DH) % WINDOW * WIDTH + x) * VEC;
#pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
            const FLOATV value = load_local(kept + j * VEC);
#pragma unroll
            for (int kw = 0; kw < KW; kw++)
                if (j >= kw * DW && j - kw * DW < PIXELS)
                    acc[j - kw * DW] = MULTIPLY_ADD(value, weights[kh * KW + kw], acc[j - kw * DW]);
        }
    }
}

/* `data` is h x w pixels of ic channels, both before and after. */
USES_VECTORS
__kernel void dw_inplace_nhwc(__global REAL *data, __global const REAL *weights, int ic, int h,
                              int w, int ph, int pw)
{
    __local float ring[WINDOW * WIDTH * VEC];
    FLOATV taps[KH * KW];
    const int item = (int)get_local_id(0);
    const int c = (int)get_group_id(1) * VEC;
    __global REAL *image = data + (int)get_group_id(2) * h * w * ic + c;

    for (int t = 0; t < KH * KW; t++)
        taps[t] = load_part(weights + t * ic + c, ic - c);
    for (int i = 0; i < WINDOW - 1; i++)
        keep_pixels(ring + i * (WIDTH * VEC), image, item, i - ph, h, w, pw, ic, ic - c);
#pragma unroll 1
    for (int y = 0; y < h; y++) {
        keep_pixels(ring + (y + WINDOW - 1) % WINDOW * (WIDTH * VEC), image, item,
                    y + WINDOW - 1 - ph, h, w, pw, ic, ic - c);
        ROW_BARRIER();
        for (int x = item * PIXELS; x < w; x += GROUP * PIXELS) {
            FLOATV acc[PIXELS];
            convolve_pixels(acc, ring, taps, y, x);
#pragma unroll
            for (int p = 0; p < PIXELS; p++)
                if (x + p < w)
                    store_part(acc[p], image + (y * w + x + p) * ic, ic - c);
        }
        ROW_BARRIER();
    }
}

/* Keeps a row of a plane. A vector that extends past the end of the row adds zeros. */
INLINE void keep_row(__local float *kept, const __global REAL *in, int item, int y, int h, int w,
                     int pw)
{
    const bool exists = y >= 0 && y < h;
    for (int x = item * VEC; x < w; x += GROUP * VEC) {
        FLOATV value = (FLOATV)(0.0f);
        if (exists)
            value = load_part(in + y * w + x, w - x);
        store_local(value, kept + pw + x);
    }
}

/* `data` is planes of h x w pixels, both before and after. */
USES_VECTORS
__kernel void dw_inplace_nchw(__global REAL *data, __global const REAL *weights, int ic, int h,
                              int w, int ph, int pw)
{
    __local float ring[WINDOW * WIDTH];
    float taps[KH * KW];
    const int item = (int)get_local_id(0);
    const int c = (int)get_group_id(1);
    __global REAL *plane = data + ((int)get_group_id(2) * ic + c) * h * w;

    for (int t = 0; t < KH * KW; t++)
        taps[t] = load(weights + c * (KH * KW) + t);
    for (int i = item; i < WINDOW * WIDTH; i += GROUP)
        ring[i] = 0.0f;
    ROW_BARRIER();
    for (int i = 0; i < WINDOW - 1; i++)
        keep_row(ring + i * WIDTH, plane, item, i - ph, h, w, pw);
#pragma unroll 1
    for (int y = 0; y < h; y++) {
        keep_row(ring + (y + WINDOW - 1) % WINDOW * WIDTH, plane, item, y + WINDOW - 1 - ph, h, w,
                 pw);
        ROW_BARRIER();
        for (int x = item * VEC; x < w; x += GROUP * VEC) {
            FLOATV acc = (FLOATV)(0.0f);
#pragma unroll UNROLLED
            for (int kh = 0; kh < KH; kh++)
#pragma unroll
                for (int kw = 0; kw < KW; kw++)
                    acc = MULTIPLY_ADD(
                        load_local(ring + (y + kh * DH) % WINDOW * WIDTH + x + kw * DW),
                        (FLOATV)(taps[kh * KW + kw]), acc);
            store_part(acc, plane + y * w + x, w - x);
        }
        ROW_BARRIER();
    }
}
