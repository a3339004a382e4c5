/* The depthwise product over a patch matrix (im2col.cl): each channel's windows times its taps.
 * Only the weights are used more than once; everything else that is read is the matrix.
 *
 * NHWC: a work-item takes one vector of channels and PIXELS pixels; weights are packed taps x
 * channels (pack.cl). NCHW: VEC pixels of OUTPUTS channels; weights are unpacked. */

USES_VECTORS
__kernel void dw_product_nhwc(__global const REAL *matrix, __global const REAL *weights,
                              __global REAL *out, int ic, int pixels, int image)
{
    FLOATV acc[PIXELS];
    const int c = (int)get_global_id(0) * VEC;
    const int first = (int)get_global_id(1) * PIXELS;

    if (c >= ic)
        return;
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
        acc[i] = (FLOATV)(0.0f);
#pragma unroll 1
    for (int t = 0; t < KH * KW; t++) {
        const FLOATV weight = load_part(weights + t * ic + c, ic - c);
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
            if (first + i < pixels)
                acc[i] =
                    MULTIPLY_ADD(load_part(matrix + ((first + i) * (KH * KW) + t) * ic + c, ic - c),
                                 weight, acc[i]);
    }
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
        if (first + i < pixels)
            store_part(acc[i], out + (image * pixels + first + i) * ic + c, ic - c);
}

USES_VECTORS
__kernel void dw_product_nchw(__global const REAL *matrix, __global const REAL *weights,
                              __global REAL *out, int ic, int pixels, int image)
{
    FLOATV acc[OUTPUTS];
    const int pixel = (int)get_global_id(0) * VEC;
    const int c0 = (int)get_global_id(1) * OUTPUTS;

    if (pixel >= pixels)
        return;
#pragma unroll
    for (int k = 0; k < OUTPUTS; k++)
        acc[k] = (FLOATV)(0.0f);
#pragma unroll 1
    for (int t = 0; t < KH * KW; t++)
#pragma unroll
        for (int k = 0; k < OUTPUTS; k++)
            if (c0 + k < ic) {
                const int row = (c0 + k) * (KH * KW) + t;
                acc[k] = MULTIPLY_ADD(load_part(matrix + row * pixels + pixel, pixels - pixel),
                                      (FLOATV)(load(weights + row)), acc[k]);
            }
    store_outputs(acc, out + (image * ic + c0) * pixels + pixel, pixels, pixels - pixel, ic - c0);
}
