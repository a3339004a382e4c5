/* The patch matrix of one image, NCHW: row (channel, kernel row, kernel column), a column for each
 * output pixel; what lies in the padding is 0. A work-item writes VEC columns of a row. */

/* `size` is the number of elements of `in`. */
__kernel void im2col_nchw(__global const REAL *in, __global REAL *matrix, int ic, int ih, int iw,
                          int oh, int ow, int ph, int pw, int image, int size)
{
    const int pixels = oh * ow;
    const int pixel = (int)get_global_id(0) * VEC;
    const int row = (int)get_global_id(1);
    const int channel = row / (KH * KW);
    const int t = row % (KH * KW);

    if (pixel >= pixels)
        return;
    const struct tap tap = tap_of(origin_of(pixel, pixels, iw, ow, ph, pw), t / KW, t % KW, ih, iw);
    store_part(load_tap(in, (image * ic + channel) * ih * iw, size, tap),
               matrix + row * pixels + pixel, pixels - pixel);
}
