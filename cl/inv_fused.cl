/* Expansion, depthwise and projection in one kernel. A work-group computes whole rows of the
 * output, for all channels. It goes through the middle channels, MIDDLE at a time, computes them
 * for all input pixels that its windows reach, convolves them, and adds their part of the
 * projection, all in local memory. Nothing expanded reaches the device's memory. If the windows of
 * two groups reach a row, both compute it.
 *
 * Both pointwise weights are packed in blocks of output channels (pack.cl): of VECTORS vectors in
 * NHWC, of OUTPUTS channels in NCHW. NHWC: a register tile is PIXELS x VECTORS vectors of channels,
 * for depthwise DW_PIXELS pixels of one vector; depthwise weights are packed taps x channels. NCHW:
 * VECTORS vectors of pixels x OUTPUTS channels, for depthwise one vector; depthwise weights are
 * unpacked. */

/* Output rows per group. */
#ifndef TILE_ROWS
#define TILE_ROWS 1
#endif

/* Middle channels at a time: a multiple of a block. */
#ifndef MIDDLE
#define MIDDLE 16
#endif

/* Max input and output pixels per group, rounded up to whole register tiles. */
#ifndef IN_PIXELS
#define IN_PIXELS 64
#endif
#ifndef OUT_PIXELS
#define OUT_PIXELS 16
#endif

/* Channels of the input; output channels rounded up to whole blocks. */
#ifndef CHANNELS
#define CHANNELS 8
#endif
#ifndef SUMS
#define SUMS 16
#endif

/* 1: the input is added to the output. */
#ifndef RESIDUAL
#define RESIDUAL 0
#endif

#define BLOCK         (VECTORS * VEC)
#define PIXEL_COLUMNS ((DW_PIXELS - 1) * SW + (KW - 1) * DW + 1)

/* The output rows that a group computes, and the input rows that it needs. */
struct strip {
    int image, row, rows;  /* of the output */
    int first, y0;         /* first input row that is kept; first row of the first window */
    int in_pixels, pixels; /* of the input, of the output */
};

INLINE struct strip strip_of(int ih, int iw, int oh, int ow, int ph)
{
    struct strip strip;
    strip.image = (int)get_group_id(1);
    strip.row = (int)get_group_id(0) * TILE_ROWS;
    strip.rows = min(TILE_ROWS, oh - strip.row);
    strip.y0 = strip.row * SH - ph;
    strip.first = max(strip.y0, 0);
    strip.in_pixels =
        (min(strip.y0 + (strip.rows - 1) * SH + (KH - 1) * DH + 1, ih) - strip.first) * iw;
    strip.pixels = strip.rows * ow;
    return strip;
}

/* Computes the middle channels from channel block `block` on, `width` of them, for all input
 * pixels; past the last pixel, it is repeated. */
INLINE void expand_pixels(__local float *expanded, const __global REAL *in,
                          const __global REAL *weights, int width, int in_pixels)
{
    const int tiles = (in_pixels + PIXELS - 1) / PIXELS;
    const int blocks = (width + BLOCK - 1) / BLOCK;
    for (int t = (int)get_local_id(0); t < tiles * blocks; t += GROUP) {
        FLOATV acc[PIXELS][VECTORS];
        const __global REAL *source[PIXELS];
        const int p = t % tiles * PIXELS, b = t / tiles * BLOCK;
        const int wide = min(BLOCK, width - b);
        clear_pixels(acc);
        if (p + PIXELS <= in_pixels) {
#pragma unroll
            for (int i = 0; i < PIXELS; i++)
                source[i] = in + p * CHANNELS + i * CHANNELS;
            multiply_straight(acc, source, weights + b * CHANNELS, wide, CHANNELS);
        } else {
#pragma unroll
            for (int i = 0; i < PIXELS; i++)
                source[i] = in + min(p + i, in_pixels - 1) * CHANNELS;
            multiply_straight(acc, source, weights + b * CHANNELS, wide, CHANNELS);
        }
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                if (v * VEC < wide)
                    store_local(acc[i][v], expanded + (p + i) * MIDDLE + b + v * VEC);
    }
}

/* Computes the depthwise output of DW_PIXELS pixels of row r, from column x on. */
INLINE void convolve_pixels(FLOATV acc[DW_PIXELS], const __local float *expanded,
                            const __global REAL *weights, int channels, int mc, int r, int x,
                            struct strip strip, int ih, int iw, int pw)
{
#pragma unroll
    for (int p = 0; p < DW_PIXELS; p++)
        acc[p] = (FLOATV)(0.0f);
#pragma unroll 1
    for (int kh = 0; kh < KH; kh++) {
        FLOATV w[KW];
        const int y = strip.y0 + r * SH + kh * DH, x0 = x * SW - pw;
        const __local float *line = expanded + (y - strip.first) * iw * MIDDLE;
        if (y < 0 || y >= ih)
            continue;
#pragma unroll
        for (int kw = 0; kw < KW; kw++)
            w[kw] = load_part(weights + (kh * KW + kw) * mc, channels);
#pragma unroll
        for (int j = 0; j < PIXEL_COLUMNS; j++) {
            if (x0 + j < 0 || x0 + j >= iw)
                continue;
            const FLOATV value = load_local(line + (x0 + j) * MIDDLE);
#pragma unroll
            for (int kw = 0; kw < KW; kw++) {
                const int right = j - kw * DW;
                if (right >= 0 && right % SW == 0 && right / SW < DW_PIXELS)
                    acc[right / SW] = MULTIPLY_ADD(value, w[kw], acc[right / SW]);
            }
        }
    }
}

/* Computes the depthwise output of all pixels and `width` channels; `left` channels exist from the
 * first of them on. */
INLINE void convolve_rows(__local float *between, const __local float *expanded,
                          const __global REAL *weights, int width, int left, int mc,
                          struct strip strip, int ih, int iw, int ow, int pw)
{
    const int tiles = (ow + DW_PIXELS - 1) / DW_PIXELS;
    const int vectors = (width + VEC - 1) / VEC;
    for (int t = (int)get_local_id(0); t < vectors * strip.rows * tiles; t += GROUP) {
        FLOATV acc[DW_PIXELS];
        const int x = t % tiles * DW_PIXELS, r = t / tiles % strip.rows;
        const int c = t / (tiles * strip.rows) * VEC;
        convolve_pixels(acc, expanded + c, weights + c, left - c, mc, r, x, strip, ih, iw, pw);
#pragma unroll
        for (int p = 0; p < DW_PIXELS; p++)
            if (x + p < ow)
                store_local(acc[p], between + (r * ow + x + p) * MIDDLE + c);
    }
}

/* sums += between x weights, for `count` channels; the first channels of all start from zero. */
INLINE void project_pixels(__local float *sums, const __local float *between,
                           const __global REAL *weights, int c0, int count, int mc, int ocp,
                           int pixels)
{
    const int tiles = (pixels + PIXELS - 1) / PIXELS;
    const int blocks = (ocp + BLOCK - 1) / BLOCK;
    for (int t = (int)get_local_id(0); t < tiles * blocks; t += GROUP) {
        FLOATV acc[PIXELS][VECTORS];
        const int p = t % tiles * PIXELS, k = t / tiles * BLOCK;
        const int wide = min(BLOCK, ocp - k);
        __local float *target = sums + p * SUMS + k;
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                acc[i][v] = c0 == 0 ? (FLOATV)(0.0f) : load_local(target + i * SUMS + v * VEC);
        multiply_pixels(acc, between + p * MIDDLE, MIDDLE, weights + k * mc + c0 * wide, wide, 0,
                        count);
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                store_local(acc[i][v], target + i * SUMS + v * VEC);
    }
}

/* Arguments: mcp, ocp = mc, oc padded to VEC. */
USES_VECTORS
__kernel void inv_fused_nhwc(__global const REAL *in, __global const REAL *weights_ex,
                             __global const REAL *weights_dw, __global const REAL *weights_pw,
                             __global REAL *out, int ih, int iw, int mc, int mcp, int oc, int ocp,
                             int oh, int ow, int ph, int pw)
{
    __local float expanded[IN_PIXELS * MIDDLE];
    __local float between[OUT_PIXELS * MIDDLE];
    __local float sums[OUT_PIXELS * SUMS];
    const struct strip strip = strip_of(ih, iw, oh, ow, ph);
    const __global REAL *source = in + (strip.image * ih + strip.first) * iw * CHANNELS;
    const int place = (strip.image * oh + strip.row) * ow * oc;
    const int vectors = (oc + VEC - 1) / VEC;

    for (int c0 = 0; c0 < mc; c0 += MIDDLE) {
        const int width = min(MIDDLE, mcp - c0);
        expand_pixels(expanded, source, weights_ex + c0 * CHANNELS, width, strip.in_pixels);
        TILE_BARRIER();
        convolve_rows(between, expanded, weights_dw + c0, width, mc - c0, mc, strip, ih, iw, ow,
                      pw);
        TILE_BARRIER();
        project_pixels(sums, between, weights_pw, c0, min(MIDDLE, mc - c0), mc, ocp, strip.pixels);
    }
    TILE_BARRIER();
    for (int t = (int)get_local_id(0); t < strip.pixels * vectors; t += GROUP) {
        const int k = t % vectors * VEC;
        const int at = place + t / vectors * oc + k;
        FLOATV value = load_local(sums + t / vectors * SUMS + k);
#if RESIDUAL
        value += load_part(in + at, oc - k);
#endif
        store_part(value, out + at, oc - k);
    }
}

/* NCHW: how far a vector may be read beyond a row, before and after it. */
#define MARGIN ((KW - 1) * DW + SW * VEC)

/* Computes `width` middle channels, a multiple of OUTPUTS, for all input pixels. Elements past
 * these come from past the strip and are not used. `first` is where the strip starts. */
INLINE void expand_planes(__local float *expanded, const __global REAL *in, int first, int size,
                          int plane, const __global REAL *weights, int width, int in_pixels)
{
    const int tiles = (in_pixels + BLOCK - 1) / BLOCK;
    for (int t = (int)get_local_id(0); t < tiles * (width / OUTPUTS); t += GROUP) {
        FLOATV acc[VECTORS][OUTPUTS];
        const int p = t % tiles * BLOCK, b = t / tiles * OUTPUTS;
        clear_outputs(acc);
        for (int c = 0; c < CHANNELS; c++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                const int at = first + c * plane + p + v * VEC;
                multiply_outputs(acc[v], load_part(in + at, max(size - at, 0)),
                                 weights + b * CHANNELS + c * OUTPUTS);
            }
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
#pragma unroll
            for (int k = 0; k < OUTPUTS; k++)
                store_local(acc[v][k], expanded + (b + k) * IN_PIXELS + p + v * VEC);
    }
}

/* Loads VEC columns of a row in local memory, SW apart, from `x` on; 0 outside the row. */
INLINE FLOATV load_columns(const __local float *line, int x, int iw)
{
    const struct run run = run_at(x, iw);
#if VEC > 1 && SW == 1
    return select((FLOATV)(0.0f), load_local(line + x), run.inside);
#elif VEC > 1 && SW == 2
    const FLOATV low = load_local(line + x), high = load_local(line + x + VEC);
    return select((FLOATV)(0.0f), (FLOATV)(low.even, high.even), run.inside);
#else
    union int_lanes inside;
    union lanes value;
    inside.vec = run.inside;
#pragma unroll 1
    for (int i = 0; i < VEC; i++)
        value.at[i] = inside.at[i] ? line[x + i * SW] : 0.0f;
    return value.vec;
#endif
}

/* Stores the first `count` lanes. A work-item alone in its group stores all of them, since it
 * writes what follows later. */
INLINE void store_columns(FLOATV x, __local float *p, int count)
{
#if GROUP == 1
    store_local(x, p);
#else
    union lanes value;
    value.vec = x;
#pragma unroll 1
    for (int i = 0; i < min(VEC, count); i++)
        p[i] = value.at[i];
#endif
}

/* Computes the depthwise output of all pixels and `count` channels. */
INLINE void convolve_planes(__local float *between, const __local float *expanded,
                            const __global REAL *weights, int count, struct strip strip, int ih,
                            int iw, int ow, int pw)
{
    const int tiles = (ow + VEC - 1) / VEC;
    for (int t = (int)get_local_id(0); t < count * strip.rows * tiles; t += GROUP) {
        FLOATV acc = (FLOATV)(0.0f);
        const int x = t % tiles * VEC, r = t / tiles % strip.rows, c = t / (tiles * strip.rows);
        const __global REAL *w = weights + c * (KH * KW);
#pragma unroll 1
        for (int kh = 0; kh < KH; kh++) {
            const int y = strip.y0 + r * SH + kh * DH;
            if (y < 0 || y >= ih)
                continue;
#pragma unroll
            for (int kw = 0; kw < KW; kw++)
                acc = MULTIPLY_ADD(load_columns(expanded + c * IN_PIXELS + (y - strip.first) * iw,
                                                x * SW - pw + kw * DW, iw),
                                   (FLOATV)(load(w + kh * KW + kw)), acc);
        }
        store_columns(acc, between + c * OUT_PIXELS + r * ow + x, ow - x);
    }
}

/* sums += weights x between, for `count` channels; the first channels of all start from zero. */
INLINE void project_planes(__local float *sums, const __local float *between,
                           const __global REAL *weights, int c0, int count, int mc, int ocp,
                           int pixels)
{
    const int tiles = (pixels + BLOCK - 1) / BLOCK;
    for (int t = (int)get_local_id(0); t < tiles * (ocp / OUTPUTS); t += GROUP) {
        FLOATV acc[VECTORS][OUTPUTS];
        const int p = t % tiles * BLOCK, k0 = t / tiles * OUTPUTS;
        const __global REAL *w = weights + k0 * mc + c0 * OUTPUTS;
        __local float *target = sums + k0 * OUT_PIXELS + p;
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
#pragma unroll
            for (int k = 0; k < OUTPUTS; k++)
                acc[v][k] =
                    c0 == 0 ? (FLOATV)(0.0f) : load_local(target + k * OUT_PIXELS + v * VEC);
        for (int c = 0; c < count; c++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                multiply_outputs(acc[v], load_local(between + c * OUT_PIXELS + p + v * VEC),
                                 w + c * OUTPUTS);
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
#pragma unroll
            for (int k = 0; k < OUTPUTS; k++)
                store_local(acc[v][k], target + k * OUT_PIXELS + v * VEC);
    }
}

/* Arguments: mcp, ocp = mc, oc padded to OUTPUTS; `size` is the number of elements of `in`. */
USES_VECTORS
__kernel void inv_fused_nchw(__global const REAL *in, __global const REAL *weights_ex,
                             __global const REAL *weights_dw, __global const REAL *weights_pw,
                             __global REAL *out, int ih, int iw, int mc, int mcp, int oc, int ocp,
                             int oh, int ow, int ph, int pw, int size)
{
    __local float expanded[MARGIN + MIDDLE * IN_PIXELS + MARGIN];
    __local float between[MIDDLE * OUT_PIXELS + VEC];
    __local float sums[SUMS * OUT_PIXELS];
    const struct strip strip = strip_of(ih, iw, oh, ow, ph);
    const int first = (strip.image * CHANNELS * ih + strip.first) * iw;
    const int place = (strip.image * oc * oh + strip.row) * ow;
    const int vectors = (strip.pixels + VEC - 1) / VEC;

    for (int c0 = 0; c0 < mc; c0 += MIDDLE) {
        const int count = min(MIDDLE, mc - c0);
        expand_planes(expanded + MARGIN, in, first, size, ih * iw, weights_ex + c0 * CHANNELS,
                      min(MIDDLE, mcp - c0), strip.in_pixels);
        TILE_BARRIER();
        convolve_planes(between, expanded + MARGIN, weights_dw + c0 * (KH * KW), count, strip, ih,
                        iw, ow, pw);
        TILE_BARRIER();
        project_planes(sums, between, weights_pw, c0, count, mc, ocp, strip.pixels);
    }
    TILE_BARRIER();
    for (int t = (int)get_local_id(0); t < oc * vectors; t += GROUP) {
        const int p = t % vectors * VEC;
        const int at = place + t / vectors * oh * ow + p;
        FLOATV value = load_local(sums + t / vectors * OUT_PIXELS + p);
#if RESIDUAL
        value += load_part(in + at, strip.pixels - p);
#endif
        store_part(value, out + at, strip.pixels - p);
    }
}
