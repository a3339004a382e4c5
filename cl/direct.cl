/* Convolution in one step, any window, any number of groups, on packed weights (pack.cl).
 *
 * NHWC: a work-group takes GP x PIXELS output pixels and GC x VECTORS vectors of output channels. A
 * work-item alone multiplies directly from the input into its register tile; a larger group first
 * copies what one tap of the window reads into local memory, CHUNK channels at a time.
 * NCHW: a work-item takes VECTORS vectors of pixels and OUTPUTS channels; a weight is spread over
 * the pixels. */

/* x and y in the input where the windows of a tile start. Past the last pixel, it is repeated. */
INLINE void find_windows(__local int2 *windows, int first, int pixels, int ow, int ph, int pw)
{
    TILE_BARRIER();
    for (int i = (int)get_local_id(0); i < TILE; i += GROUP) {
        const int pixel = min(first + i, pixels - 1), row = pixel / ow;
        windows[i] = (int2)((pixel - row * ow) * SW - pw, row * SH - ph);
    }
    TILE_BARRIER();
}

/* Copies `count` channels of each pixel's tap; `in` is the image, from the first of these
 * channels. */
INLINE void copy_tap(__local float *tile, const __local int2 *windows, const __global REAL *in,
                     int ic, int count, int ih, int iw, int kh, int kw)
{
    for (int i = (int)get_local_id(0) / GC; i < TILE; i += GP) {
        const int y = windows[i].y + kh * DH, x = windows[i].x + kw * DW;
        const bool valid = inside(y, x, ih, iw);
        for (int c = (int)get_local_id(0) % GC * VEC; c < count; c += GC * VEC) {
            FLOATV value = (FLOATV)(0.0f);
            if (valid)
                value = load_part(in + (y * iw + x) * ic + c, count - c);
            store_local(value, tile + i * CHUNK + c);
        }
    }
}

/* Adds the product over one tap, CHUNK channels at a time through local memory. */
INLINE void multiply_tap(FLOATV acc[PIXELS][VECTORS], __local float *tile,
                         const __local int2 *windows, const __global REAL *in,
                         const __global REAL *w, int ic, int icg, int ih, int iw, int kh, int kw,
                         int width)
{
    const int item = (int)get_local_id(0) % GC, own = (int)get_local_id(0) / GC;
    for (int c0 = 0; c0 < icg; c0 += CHUNK) {
        const int count = min(CHUNK, icg - c0);
        copy_tap(tile, windows, in + c0, ic, count, ih, iw, kh, kw);
        TILE_BARRIER();
        multiply_pixels(acc, tile + own * PIXELS * CHUNK, CHUNK, w + c0 * width, width,
                        item * (VECTORS * VEC), count);
        TILE_BARRIER();
    }
}

#if STRAIGHT
/* If the input contains everything that the pixels read, multiplies directly from it: a tap at a
 * time, or a row of the window where its taps are contiguous. */
INLINE void multiply_window(FLOATV acc[PIXELS][VECTORS], __local float *tile,
                            const __local int2 *windows, const __global REAL *in,
                            const __global REAL *w, int ic, int icg, int ih, int iw, int width)
{
    bool side_by_side = DW == 1 && icg == ic;
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
        side_by_side &= windows[i].x >= 0 && windows[i].x + KW <= iw;
    int taps = 1;
#pragma unroll 1
    for (int t = 0; t < KH * KW; t += taps) {
        const __global REAL *source[PIXELS];
        const int kh = t / KW, kw = t % KW;
        int valid = 0;
#pragma unroll
        for (int i = 0; i < PIXELS; i++) {
            const int y = windows[i].y + kh * DH, x = windows[i].x + kw * DW;
            source[i] = in + (y * iw + x) * ic;
            valid += inside(y, x, ih, iw);
        }
        taps = side_by_side && valid == PIXELS ? KW : 1;
        if (valid == PIXELS)
            multiply_straight(acc, source, w + t * icg * width, width, taps * icg);
        else if (valid > 0)
            multiply_tap(acc, tile, windows, in, w + t * icg * width, ic, icg, ih, iw, kh, kw,
                         width);
    }
}
#else
INLINE void multiply_window(FLOATV acc[PIXELS][VECTORS], __local float *tile,
                            const __local int2 *windows, const __global REAL *in,
                            const __global REAL *w, int ic, int icg, int ih, int iw, int width)
{
#pragma unroll 1
    for (int t = 0; t < KH * KW; t++)
        multiply_tap(acc, tile, windows, in, w + t * icg * width, ic, icg, ih, iw, t / KW, t % KW,
                     width);
}
#endif

/* Arguments: ic, oc of the whole tensors; icg, ocg of one group; ocp = ocg padded to VEC. */
USES_VECTORS
__kernel void direct_nhwc(__global const REAL *in, __global const REAL *weights, __global REAL *out,
                          int ic, int icg, int ih, int iw, int oc, int ocg, int ocp, int oh, int ow,
                          int ph, int pw, int groups)
{
    __local float tile[TILE * CHUNK];
    __local int2 windows[TILE];
    const int group = (int)get_group_id(2) % groups;
    const int image = (int)get_group_id(2) / groups;
    const int pixels = oh * ow;
    const int start = (int)get_group_id(CHANNELS_FIRST) * (TILE * RUN);
    const int end = min(start + TILE * RUN, pixels);
    const int block = (int)get_group_id(!CHANNELS_FIRST) * (GC * VECTORS * VEC);
    const int width = min(GC * VECTORS * VEC, ocp - block);
    const int lane = (int)get_local_id(0) % GC * (VECTORS * VEC);
    const int own = (int)get_local_id(0) / GC * PIXELS;
    const __global REAL *w = weights + (group * ocp + block) * (icg * KH * KW);
    const __global REAL *source = in + image * ih * iw * ic + group * icg;

#pragma unroll 1
    for (int first = start; first < end; first += TILE) {
        FLOATV acc[PIXELS][VECTORS];
        clear_pixels(acc);
        find_windows(windows, first, pixels, ow, ph, pw);
        multiply_window(acc, tile, windows, source, w, ic, icg, ih, iw, width);
        store_pixels(acc, out + (image * pixels + first + own) * oc + group * ocg + block + lane,
                     oc, pixels - first - own, ocg - block - lane);
    }
}

/* acc += weights x input, over `icg` channels of all taps; the first plane starts at `plane`. */
INLINE void multiply_taps(FLOATV acc[VECTORS][OUTPUTS], const __local float *panel,
                          const __global REAL *in, int plane, int size, int icg,
                          const __global REAL *w, int ih, int iw, int pixel, int pixels, int ow,
                          int ph, int pw, bool rest)
{
#if PANEL
    multiply_panel(acc, panel, PANEL, w, rest);
#else
    struct origin origin[VECTORS];
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
        origin[v] = origin_of(pixel + v * VEC, pixels, iw, ow, ph, pw);
#pragma unroll 1
    for (int t = 0; t < KH * KW; t++) {
        struct tap tap[VECTORS];
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            tap[v] = tap_of(origin[v], t / KW, t % KW, ih, iw);
        for (int c = 0; c < icg; c++) {
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                multiply_channel(acc[v], load_tap(in, plane + c * ih * iw, size, tap[v]), w, rest);
            w += OUTPUTS;
        }
    }
#endif
}

/* `size` is the number of elements of `in`. */
USES_VECTORS
__kernel void direct_nchw(__global const REAL *in, __global const REAL *weights, __global REAL *out,
                          int ic, int icg, int ih, int iw, int oc, int ocg, int ocp, int oh, int ow,
                          int ph, int pw, int groups, int size)
{
    __local float panel[PANEL_FLOATS];
    const int group = (int)get_global_id(2) % groups;
    const int image = (int)get_global_id(2) / groups;
    const int pixels = oh * ow;
    const int pixel = (int)get_global_id(0) * (VECTORS * VEC);
    const bool rest = REST > 0 && pixels - pixel == REST;
    const int first = (int)get_global_id(1) * (BLOCKS * OUTPUTS);
    const int plane = (image * ic + group * icg) * ih * iw;
    __global REAL *target = out + (image * oc + group * ocg) * pixels + pixel;

    if (pixel >= pixels)
        return;
#if PANEL
    fill_panel(panel, in, plane, size, icg, ih, iw, pixel, pixels, ow, ph, pw);
#endif
    for (int k = first; k < min(first + BLOCKS * OUTPUTS, ocg); k += OUTPUTS) {
        const __global REAL *w = weights + (group * ocp + k) * (icg * KH * KW);
        FLOATV acc[VECTORS][OUTPUTS];
        clear_outputs(acc);
        if (rest)
            multiply_taps(acc, panel, in, plane, size, icg, w, ih, iw, pixel, pixels, ow, ph, pw,
                          true);
        else
            multiply_taps(acc, panel, in, plane, size, icg, w, ih, iw, pixel, pixels, ow, ph, pw,
                          false);
        store_tile(acc, target + k * pixels, pixels, pixels - pixel, ocg - k, rest);
    }
}
