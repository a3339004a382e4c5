/* The patch matrix of one image; elements in the padding are 0.
 *
 * NHWC: a row per output pixel, with columns (kernel row, kernel column, channel); a work-item
 * writes VEC channels of each tap of a pixel. NCHW: rows (channel, kernel row, kernel column), a
 * column per output pixel; a work-item writes VEC columns of each row of a channel. */

USES_VECTORS
__kernel void im2col_nhwc(__global const REAL *in, __global REAL *matrix, int ic, int ih, int iw,
                          int oh, int ow, int ph, int pw, int image)
{
    const int c = (int)get_global_id(0) * VEC;
    const int pixel = (int)get_global_id(1);
    const int y0 = pixel / ow * SH - ph;
    const int x0 = pixel % ow * SW - pw;
    const __global REAL *from = in + image * ih * iw * ic + c;
    __global REAL *to = matrix + pixel * (KH * KW) * ic + c;

    if (c >= ic)
        return;
#pragma unroll 1
    for (int t = 0; t < KH * KW; t++) {
        const int y = y0 + t / KW * DH;
        const int x = x0 + t % KW * DW;
        FLOATV patch = (FLOATV)(0.0f);
        if (inside(y, x, ih, iw))
            patch = load_part(from + (y * iw + x) * ic, ic - c);
        store_part(patch, to + t * ic, ic - c);
    }
}

/* `size` is the number of elements of `in`. */
USES_VECTORS
__kernel void im2col_nchw(__global const REAL *in, __global REAL *matrix, int ic, int ih, int iw,
                          int oh, int ow, int ph, int pw, int image, int size)
{
    const int pixels = oh * ow;
    const int pixel = (int)get_global_id(0) * VEC;
    const int channel = (int)get_global_id(1);
    const int plane = (image * ic + channel) * ih * iw;
    __global REAL *to = matrix + channel * (KH * KW) * pixels + pixel;

    if (pixel >= pixels)
        return;
    const struct origin origin = origin_of(pixel, pixels, iw, ow, ph, pw);
#pragma unroll 1
    for (int t = 0; t < KH * KW; t++) {
        const struct tap tap = tap_of(origin, t / KW, t % KW, ih, iw);
        store_part(load_tap(in, plane, size, tap), to + t * pixels, pixels - pixel);
    }
}
