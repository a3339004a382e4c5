/* Convolution in one step, any window, any number of groups, on packed weights (pack.cl).
 *
 * NHWC: a work-group takes GP x PIXELS output pixels and GC x VECTORS vectors of output channels.
 * It copies what one tap of the window reads, CHUNK channels at a time, into local memory, and
 * multiplies from there into a register tile.
 * NCHW: a work-item takes VEC pixels and OUTPUTS channels; a weight is spread over the pixels. */

/* Where the window of each pixel of the tile begins in the input. */
static void find_origins(__local int *origin_y, __local int *origin_x, int first, int pixels,
                         int ow, int ph, int pw)
{
    for (int i = (int)get_local_id(0); i < TILE; i += GROUP) {
        const int pixel = first + i;
        const int row = pixel / ow;
        origin_y[i] = pixel < pixels ? row * SH - ph : FAR;
        origin_x[i] = (pixel - row * ow) * SW - pw;
    }
}

/* Copies `count` channels of each pixel's tap; `in` is the image, from its first channel of these.
 */
static void copy_tap(__local float *tile, const __local int *origin_y, const __local int *origin_x,
                     const __global REAL *in, int ic, int count, int ih, int iw, int kh, int kw)
{
    for (int i = (int)get_local_id(0) / GC; i < TILE; i += GP) {
        const int y = origin_y[i] + kh * DH;
        const int x = origin_x[i] + kw * DW;
        const bool valid = inside(y, x, ih, iw);
        for (int c = (int)get_local_id(0) % GC * VEC; c < count; c += GC * VEC) {
            FLOATV value = (FLOATV)(0.0f);
            if (valid)
                value = load_part(in + (y * iw + x) * ic + c, count - c);
            store_local(value, tile + i * CHUNK + c);
        }
    }
}

/* Arguments: ic, oc of the whole tensors; icg, ocg of one group; ocp = ocg padded to VEC. */
__kernel void direct_nhwc(__global const REAL *in, __global const REAL *weights, __global REAL *out,
                          int ic, int icg, int ih, int iw, int oc, int ocg, int ocp, int oh, int ow,
                          int ph, int pw, int groups)
{
    __local float tile[TILE * CHUNK];
    __local int origin_y[TILE], origin_x[TILE];
    FLOATV acc[PIXELS][VECTORS];
    const int group = (int)get_group_id(2) % groups;
    const int image = (int)get_group_id(2) / groups;
    const int pixels = oh * ow;
    const int first = (int)get_group_id(0) * TILE;
    const int block = (int)get_group_id(1) * (GC * VECTORS * VEC);
    const int width = min(GC * VECTORS * VEC, ocp - block);
    const int lane = (int)get_local_id(0) % GC * (VECTORS * VEC);
    const int own = (int)get_local_id(0) / GC * PIXELS;
    const __global REAL *w = weights + (group * ocp + block) * (icg * KH * KW);
    const __global REAL *source = in + image * ih * iw * ic + group * icg;

#pragma unroll
    for (int i = 0; i < PIXELS; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            acc[i][v] = (FLOATV)(0.0f);
    find_origins(origin_y, origin_x, first, pixels, ow, ph, pw);
#pragma unroll 1
    for (int tap = 0; tap < KH * KW; tap++) {
        for (int c0 = 0; c0 < icg; c0 += CHUNK) {
            const int count = min(CHUNK, icg - c0);
            TILE_BARRIER();
            copy_tap(tile, origin_y, origin_x, source + c0, ic, count, ih, iw, tap / KW, tap % KW);
            TILE_BARRIER();
            multiply_pixels(acc, tile + own * CHUNK, CHUNK, w, width, lane, count);
            w += count * width;
        }
    }
    store_pixels(acc, out + (image * pixels + first + own) * oc + group * ocg + block + lane, oc,
                 pixels - first - own, ocg - block - lane);
}

/* `size` is the number of elements of `in`. */
__kernel void direct_nchw(__global const REAL *in, __global const REAL *weights, __global REAL *out,
                          int ic, int icg, int ih, int iw, int oc, int ocg, int ocp, int oh, int ow,
                          int ph, int pw, int groups, int size)
{
    FLOATV acc[OUTPUTS];
    const int group = (int)get_global_id(2) % groups;
    const int image = (int)get_global_id(2) / groups;
    const int pixels = oh * ow;
    const int pixel = (int)get_global_id(0) * VEC;
    const int k0 = (int)get_global_id(1) * OUTPUTS;
    const int plane = (image * ic + group * icg) * ih * iw;
    const __global REAL *w = weights + (group * ocp + k0) * (icg * KH * KW);
    __global REAL *target = out + (image * oc + group * ocg + k0) * pixels + pixel;

    if (pixel >= pixels)
        return;
    const struct origin origin = origin_of(pixel, pixels, iw, ow, ph, pw);
#pragma unroll
    for (int k = 0; k < OUTPUTS; k++)
        acc[k] = (FLOATV)(0.0f);
#pragma unroll 1
    for (int t = 0; t < KH * KW; t++) {
        const struct tap tap = tap_of(origin, t / KW, t % KW, ih, iw);
        for (int c = 0; c < icg; c++) {
            const FLOATV x = load_tap(in, plane + c * ih * iw, size, tap);
            multiply_outputs(acc, x, w);
            w += OUTPUTS;
        }
    }
    store_outputs(acc, target, pixels, pixels - pixel, ocg - k0);
}
