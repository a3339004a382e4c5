/* Pointwise convolution: a matrix product over pixels, on packed weights (pack.cl). A launch reads
 * `pixels` pixels of each image and writes as many, from pixel `first_out` on of an output with
 * `pixels_out` pixels per image; it starts at pixel `first_in` of each input image.
 *
 * Tiles are those of direct.cl: NHWC works from local memory on PIXELS x VECTORS vectors, NCHW on
 * VECTORS vectors of pixels x OUTPUTS channels. */

/* 1: output pixels are input pixels; 0: the stride skips some. */
#ifndef DENSE
#define DENSE 1
#endif

/* 1: adds another tensor of the output's shape. */
#ifndef RESIDUAL
#define RESIDUAL 0
#endif
#if RESIDUAL
#define RESIDUAL_ARGUMENT , __global const REAL *residual
#else
#define RESIDUAL_ARGUMENT
#endif

/* 1: each image has weights of its own, one after another: a batch of products. */
#ifndef BATCHED
#define BATCHED 0
#endif

/* The input pixel that an output pixel reads. */
static int source_pixel(int pixel, int iw, int ow)
{
#if DENSE
    return pixel;
#else
    return pixel / ow * SH * iw + pixel % ow * SW;
#endif
}

/* Computes the product of one tile of pixels. Pixels that do not exist must not be stored. */
INLINE void multiply_tile(FLOATV acc[PIXELS][VECTORS], __local float *tile, const __global REAL *in,
                          const __global REAL *w, int first, int pixels, int ic, int iw, int ow,
                          int width)
{
#if STRAIGHT
    const __global REAL *source[PIXELS];
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
        source[i] = in + source_pixel(min(first + i, pixels - 1), iw, ow) * ic;
    multiply_straight(acc, source, w, width, ic);
#else
    const int item = (int)get_local_id(0) % GC, own = (int)get_local_id(0) / GC;
    for (int c0 = 0; c0 < ic; c0 += CHUNK) {
        const int count = min(CHUNK, ic - c0);
        TILE_BARRIER();
        for (int i = own; i < TILE; i += GP) {
            const int pixel = source_pixel(first + i, iw, ow);
            for (int c = item * VEC; c < count; c += GC * VEC) {
                FLOATV value = (FLOATV)(0.0f);
                if (first + i < pixels)
                    value = load_part(in + pixel * ic + c0 + c, count - c);
                store_local(value, tile + i * CHUNK + c);
            }
        }
        TILE_BARRIER();
        multiply_pixels(acc, tile + own * PIXELS * CHUNK, CHUNK, w + c0 * width, width,
                        item * (VECTORS * VEC), count);
    }
#endif
}

#if RESIDUAL
/* acc += the elements of `in` that correspond to those that store_pixels writes. */
INLINE void add_pixels(FLOATV acc[PIXELS][VECTORS], const __global REAL *in, int oc, int pixels,
                       int channels)
{
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            if (i < pixels && v * VEC < channels)
                acc[i][v] += load_part(in + i * oc + v * VEC, channels - v * VEC);
}
#endif

/* Arguments: ocp = oc padded to VEC. */
USES_VECTORS
__kernel void pw_direct_nhwc(__global const REAL *in, __global const REAL *weights,
                             __global REAL *out, int ic, int ih, int iw, int oc, int ocp, int ow,
                             int pixels, int pixels_out, int first_out,
                             int first_in RESIDUAL_ARGUMENT)
{
    __local float tile[STRAIGHT ? 1 : TILE * CHUNK];
    const int image = (int)get_group_id(2);
    const int start = (int)get_group_id(CHANNELS_FIRST) * (TILE * RUN);
    const int end = min(start + TILE * RUN, pixels);
    const int block = (int)get_group_id(!CHANNELS_FIRST) * (GC * VECTORS * VEC);
    const int width = min(GC * VECTORS * VEC, ocp - block);
    const int lane = (int)get_local_id(0) % GC * (VECTORS * VEC);
    const int own = (int)get_local_id(0) / GC * PIXELS;

#pragma unroll 1
    for (int first = start; first < end; first += TILE) {
        FLOATV acc[PIXELS][VECTORS];
        clear_pixels(acc);
        const int place = (image * pixels_out + first_out + first + own) * oc + block + lane;
        multiply_tile(acc, tile, in + (image * ih * iw + first_in) * ic,
                      weights + (BATCHED * image * ocp + block) * ic, first, pixels, ic, iw, ow,
                      width);
#if RESIDUAL
        add_pixels(acc, residual + place, oc, pixels - first - own, oc - block - lane);
#endif
        store_pixels(acc, out + place, oc, pixels - first - own, oc - block - lane);
    }
}

/* acc += weights x input, over all channels; the first plane starts at `plane`. */
INLINE void multiply_planes(FLOATV acc[VECTORS][OUTPUTS], const __local float *panel,
                            const __global REAL *in, int plane, int size, int ic,
                            const __global REAL *w, int ih, int iw, int pixel, int pixels, int ow,
                            bool rest)
{
#if PANEL
    multiply_panel(acc, panel, PANEL, w, rest);
#else
#if !DENSE
    struct tap tap[VECTORS];
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
        tap[v] = tap_of(origin_of(pixel + v * VEC, pixels, iw, ow, 0, 0), 0, 0, ih, iw);
#endif
    for (int c = 0; c < ic; c++) {
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
#if DENSE
            const int first = plane + c * ih * iw + pixel + v * VEC;
            const FLOATV x = load_part(in + first, max(size - first, 0));
#else
            const FLOATV x = load_tap(in, plane + c * ih * iw, size, tap[v]);
#endif
            multiply_channel(acc[v], x, w + c * OUTPUTS, rest);
        }
    }
#endif
}

#if RESIDUAL
/* acc += the elements of `in` that correspond to those that store_tile writes. */
INLINE void add_tile(FLOATV acc[VECTORS][OUTPUTS], const __global REAL *in, int plane, int pixels,
                     int channels, bool rest)
{
#if REST
    if (rest) {
#pragma unroll
        for (int i = 0; i < REST; i++) {
            union lanes block;
            block.vec = acc[0][i];
#pragma unroll 1
            for (int k = 0; k < min(VEC, channels); k++)
                block.at[k] += load(in + k * plane + i);
            acc[0][i] = block.vec;
        }
        return;
    }
#endif
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
#pragma unroll
        for (int k = 0; k < OUTPUTS; k++)
            if (v * VEC < pixels && k < channels)
                acc[v][k] += load_part(in + k * plane + v * VEC, pixels - v * VEC);
}
#endif

/* `size` is the number of elements of `in`. */
USES_VECTORS
__kernel void pw_direct_nchw(__global const REAL *in, __global const REAL *weights,
                             __global REAL *out, int ic, int ih, int iw, int oc, int ocp, int ow,
                             int pixels, int pixels_out, int first_out, int first_in,
                             int size RESIDUAL_ARGUMENT)
{
    __local float panel[PANEL_FLOATS];
    const int image = (int)get_global_id(2);
    const int pixel = (int)get_global_id(0) * (VECTORS * VEC);
    const bool rest = REST > 0 && pixels - pixel == REST;
    const int first = (int)get_global_id(1) * (BLOCKS * OUTPUTS);
    const int plane = image * ic * ih * iw + first_in;
    const int place = image * oc * pixels_out + first_out + pixel;

    if (pixel >= pixels)
        return;
#if PANEL
    fill_panel(panel, in, plane, size, ic, ih, iw, pixel, pixels, ow, 0, 0);
#endif
    for (int k = first; k < min(first + BLOCKS * OUTPUTS, oc); k += OUTPUTS) {
        FLOATV acc[VECTORS][OUTPUTS];
        clear_outputs(acc);
        if (rest)
            multiply_planes(acc, panel, in, plane, size, ic, weights + k * ic, ih, iw, pixel,
                            pixels, ow, true);
        else
            multiply_planes(acc, panel, in, plane, size, ic, weights + k * ic, ih, iw, pixel,
                            pixels, ow, false);
#if RESIDUAL
        add_tile(acc, residual + place + k * pixels_out, pixels_out, pixels - pixel, oc - k, rest);
#endif
        store_tile(acc, out + place + k * pixels_out, pixels_out, pixels - pixel, oc - k, rest);
    }
}
