/* Depthwise convolution. A launch writes `rows` rows of the output from `row0` on, as a tensor of
 * that many rows.
 *
 * NHWC: a work-item takes one vector of channels and PIXELS pixels of a row; weights are packed
 * taps x channels (pack.cl). NCHW: VEC pixels of OUTPUTS channels; weights as they are. */

__kernel void dw_direct_nhwc(__global const REAL *in, __global const REAL *weights,
                             __global REAL *out, int ic, int ih, int iw, int ow, int ph, int pw,
                             int row0, int rows)
{
    FLOATV acc[PIXELS];
    const int c = (int)get_global_id(0) * VEC;
    const int first = (int)get_global_id(1) * PIXELS;
    const int row = (int)get_global_id(2) % rows;
    const int image = (int)get_global_id(2) / rows;

    if (c >= ic)
        return;
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
        acc[i] = (FLOATV)(0.0f);
    depthwise_row(acc, in + image * ih * iw * ic + c, weights + c, (row0 + row) * SH - ph,
                  first * SW - pw, ic, ih, iw, ic - c);
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
        if (first + i < ow)
            store_part(acc[i], out + ((image * rows + row) * ow + first + i) * ic + c, ic - c);
}

/* `size` is the number of elements of `in`. */
__kernel void dw_direct_nchw(__global const REAL *in, __global const REAL *weights,
                             __global REAL *out, int ic, int ih, int iw, int ow, int ph, int pw,
                             int row0, int rows, int size)
{
    FLOATV acc[OUTPUTS];
    const int pixels = rows * ow;
    const int pixel = (int)get_global_id(0) * VEC;
    const int c0 = (int)get_global_id(1) * OUTPUTS;
    const int image = (int)get_global_id(2);
    const int plane = (image * ic + c0) * ih * iw;

    if (pixel >= pixels)
        return;
    const struct origin origin = origin_of(pixel, pixels, iw, ow, ph - row0 * SH, pw);
#pragma unroll
    for (int k = 0; k < OUTPUTS; k++)
        acc[k] = (FLOATV)(0.0f);
#pragma unroll 1
    for (int t = 0; t < KH * KW; t++) {
        const struct tap tap = tap_of(origin, t / KW, t % KW, ih, iw);
#pragma unroll
        for (int k = 0; k < OUTPUTS; k++)
            if (c0 + k < ic)
                acc[k] = MULTIPLY_ADD(load_tap(in, plane + k * ih * iw, size, tap),
                                      (FLOATV)(load(weights + (c0 + k) * (KH * KW) + t)), acc[k]);
    }
    store_outputs(acc, out + (image * ic + c0) * pixels + pixel, pixels, pixels - pixel, ic - c0);
}
