/* Convolution as a product with the patch matrix, of which only CHUNK rows exist at a time, in
 * local memory: no workspace. The matrix's rows are (kernel row, kernel column, input channel), as
 * in the packed weights (pack.cl); a chunk may span several taps of the window.
 *
 * NHWC: a work-group takes GP x PIXELS output pixels and GC x VECTORS vectors of output channels.
 * NCHW: GP vectors of output pixels and GC x OUTPUTS output channels. */

/* Adjacent input channels that are copied together: VEC if that divides the channels of a tap, else
 * 1. NHWC only. */
#ifndef PIECE
#define PIECE 1
#endif

/* The sum keeps Intel's compiler for CPUs from making the loop of copies a call of memcpy for each
 * tap, around which it saves the product's sums: 3 channels took 1.3 times as long. */
#if PIECE == 1
INLINE void copy_piece(__local float *to, const __global REAL *from, bool valid)
{
    *to = valid ? load(from) + 0.0f : 0.0f;
}
#else
INLINE void copy_piece(__local float *to, const __global REAL *from, bool valid)
{
    FLOATV value = (FLOATV)(0.0f);
    if (valid)
        value = load_vec(from);
    store_local(value, to);
}
#endif

/* Copies rows k0 to k0 + count of the patch matrix for one pixel, every GC-th piece of them. */
INLINE void copy_patch(__local float *tile, const __global REAL *in, int k0, int count, int y0,
                       int x0, int ic, int icg, int ih, int iw)
{
    int k = (int)get_local_id(0) % GC * PIECE;
    int tap = (k0 + k) / icg;
    int c = k0 + k - tap * icg;
    while (k < count) {
        const int y = y0 + tap / KW * DH, x = x0 + tap % KW * DW;
        const bool valid = inside(y, x, ih, iw);
        const __global REAL *source = in + (y * iw + x) * ic;
        for (; k < count && c < icg; k += GC * PIECE, c += GC * PIECE)
            copy_piece(tile + k, source + c, valid);
        for (; c >= icg; c -= icg)
            tap++;
    }
}

/* Arguments: ic, oc of the whole tensors; icg, ocg of one group; ocp = ocg padded to VEC. */
USES_VECTORS
__kernel void implicit_gemm_nhwc(__global const REAL *in, __global const REAL *weights,
                                 __global REAL *out, int ic, int icg, int ih, int iw, int oc,
                                 int ocg, int ocp, int oh, int ow, int ph, int pw, int groups)
{
    __local float tile[TILE * CHUNK];
    FLOATV acc[PIXELS][VECTORS];
    const int group = (int)get_group_id(2) % groups;
    const int image = (int)get_group_id(2) / groups;
    const int pixels = oh * ow;
    const int first = (int)get_group_id(0) * TILE;
    const int block = (int)get_group_id(1) * (GC * VECTORS * VEC);
    const int width = min(GC * VECTORS * VEC, ocp - block);
    const int lane = (int)get_local_id(0) % GC * (VECTORS * VEC);
    const int own = (int)get_local_id(0) / GC;
    const int rows = icg * KH * KW;
    const __global REAL *w = weights + (group * ocp + block) * rows;
    const __global REAL *source = in + image * ih * iw * ic + group * icg;

    clear_pixels(acc);
    for (int k0 = 0; k0 < rows; k0 += CHUNK) {
        const int count = min(CHUNK, rows - k0);
        TILE_BARRIER();
        for (int i = own; i < TILE; i += GP) {
            const int pixel = min(first + i, pixels - 1), row = pixel / ow;
            copy_patch(tile + i * CHUNK, source, k0, count, row * SH - ph,
                       (pixel - row * ow) * SW - pw, ic, icg, ih, iw);
        }
        TILE_BARRIER();
        multiply_pixels(acc, tile + own * PIXELS * CHUNK, CHUNK, w + k0 * width, width, lane,
                        count);
    }
    store_pixels(acc,
                 out + (image * pixels + first + own * PIXELS) * oc + group * ocg + block + lane,
                 oc, pixels - first - own * PIXELS, ocg - block - lane);
}

/* ocp = ocg padded to OUTPUTS; `size` is the number of elements of `in`. */
USES_VECTORS
__kernel void implicit_gemm_nchw(__global const REAL *in, __global const REAL *weights,
                                 __global REAL *out, int ic, int icg, int ih, int iw, int oc,
                                 int ocg, int ocp, int oh, int ow, int ph, int pw, int groups,
                                 int size)
{
    __local float tile[CHUNK * GP * VEC];
    FLOATV acc[OUTPUTS];
    const int group = (int)get_group_id(2) % groups;
    const int image = (int)get_group_id(2) / groups;
    const int pixels = oh * ow;
    const int column = (int)get_local_id(0) % GP * VEC;
    const int item = (int)get_local_id(0) / GP;
    const int pixel = (int)get_group_id(0) * (GP * VEC) + column;
    const int k0 = ((int)get_group_id(1) * GC + item) * OUTPUTS;
    const int rows = icg * KH * KW;
    const int plane = (image * ic + group * icg) * ih * iw;
    const struct origin origin = origin_of(min(pixel, pixels - 1), pixels, iw, ow, ph, pw);
    /* an item past the last channel multiplies the last channels again and stores nothing */
    const __global REAL *w = weights + (group * ocp + min(k0, ocp - OUTPUTS)) * rows;

#pragma unroll
    for (int k = 0; k < OUTPUTS; k++)
        acc[k] = (FLOATV)(0.0f);
    for (int r0 = 0; r0 < rows; r0 += CHUNK) {
        const int count = min(CHUNK, rows - r0);
        TILE_BARRIER();
        for (int r = item; r < count; r += GC) {
            const int t = (r0 + r) / icg, c = r0 + r - t * icg;
            store_local(
                load_tap(in, plane + c * ih * iw, size, tap_of(origin, t / KW, t % KW, ih, iw)),
                tile + r * (GP * VEC) + column);
        }
        TILE_BARRIER();
        for (int r = 0; r < count; r++)
            multiply_outputs(acc, load_local(tile + r * (GP * VEC) + column),
                             w + (r0 + r) * OUTPUTS);
    }
    if (pixel < pixels)
        store_outputs(acc, out + (image * oc + group * ocg + k0) * pixels + pixel, pixels,
                      pixels - pixel, ocg - k0);
}
