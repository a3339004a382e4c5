/* Depthwise then pointwise convolution in one kernel. A work-group makes the depthwise output of a
 * few pixels and all channels in local memory, and multiplies it from there with all pointwise
 * weights (packed, pack.cl): no intermediate reaches the device's memory.
 *
 * NHWC: PIXELS pixels of a row; work-items share out vectors of channels. NCHW: VEC pixels that
 * follow each other; work-items share out channels. */

/* Channels that the local tile has room for: ic, in NHWC rounded up to a multiple of VEC. */
#ifndef CHANNELS
#define CHANNELS 32
#endif

/* Arguments: ocp = oc padded to VEC. */
__kernel void sep_fused_nhwc(__global const REAL *in, __global const REAL *weights_dw,
                             __global const REAL *weights_pw, __global REAL *out, int ic, int ih,
                             int iw, int oc, int ocp, int oh, int ow, int ph, int pw)
{
    __local float tile[PIXELS * CHANNELS];
    const int first = (int)get_group_id(0) * PIXELS;
    const int row = (int)get_group_id(1);
    const int image = (int)get_group_id(2);
    const __global REAL *source = in + image * ih * iw * ic;
    __global REAL *target = out + ((image * oh + row) * ow + first) * oc;

    for (int c = (int)get_local_id(0) * VEC; c < ic; c += GROUP * VEC) {
        FLOATV acc[PIXELS];
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
            acc[i] = (FLOATV)(0.0f);
        depthwise_row(acc, source + c, weights_dw + c, row * SH - ph, first * SW - pw, ic, ih, iw,
                      ic - c);
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
            store_local(acc[i], tile + i * CHANNELS + c);
    }
    TILE_BARRIER();
    for (int block = (int)get_local_id(0) * (VECTORS * VEC); block < ocp;
         block += GROUP * VECTORS * VEC) {
        FLOATV acc[PIXELS][VECTORS];
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                acc[i][v] = (FLOATV)(0.0f);
        multiply_pixels(acc, tile, CHANNELS, weights_pw + block * ic,
                        min(VECTORS * VEC, ocp - block), 0, ic);
        store_pixels(acc, target + block, oc, ow - first, oc - block);
    }
}

/* ocp = oc padded to OUTPUTS; `size` is the number of elements of `in`. */
__kernel void sep_fused_nchw(__global const REAL *in, __global const REAL *weights_dw,
                             __global const REAL *weights_pw, __global REAL *out, int ic, int ih,
                             int iw, int oc, int ocp, int oh, int ow, int ph, int pw, int size)
{
    __local float tile[CHANNELS * VEC];
    const int pixels = oh * ow;
    const int pixel = (int)get_group_id(0) * VEC;
    const int image = (int)get_group_id(1);
    const struct origin origin = origin_of(pixel, pixels, iw, ow, ph, pw);

    for (int c = (int)get_local_id(0); c < ic; c += GROUP) {
        FLOATV acc = (FLOATV)(0.0f);
        for (int t = 0; t < KH * KW; t++)
            acc = MULTIPLY_ADD(load_tap(in, (image * ic + c) * ih * iw, size,
                                        tap_of(origin, t / KW, t % KW, ih, iw)),
                               (FLOATV)(load(weights_dw + c * (KH * KW) + t)), acc);
        store_local(acc, tile + c * VEC);
    }
    TILE_BARRIER();
    for (int k0 = (int)get_local_id(0) * OUTPUTS; k0 < ocp; k0 += GROUP * OUTPUTS) {
        FLOATV acc[OUTPUTS];
#pragma unroll
        for (int k = 0; k < OUTPUTS; k++)
            acc[k] = (FLOATV)(0.0f);
        for (int c = 0; c < ic; c++)
            multiply_outputs(acc, load_local(tile + c * VEC), weights_pw + k0 * ic + c * OUTPUTS);
        store_outputs(acc, out + (image * oc + k0) * pixels + pixel, pixels, pixels - pixel,
                      oc - k0);
    }
}
