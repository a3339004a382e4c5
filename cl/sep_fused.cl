/* Depthwise, then pointwise convolution in one kernel. A work-group computes the depthwise output
 * of a few pixels and all channels in local memory, and multiplies it there by all pointwise
 * weights (packed, pack.cl): no intermediate reaches the device's memory.
 *
 * With a MULTIPLIER (depthwise.clh), `ic` counts the channels of the depthwise output.
 *
 * NHWC: TILE_ROWS x TILE_COLUMNS pixels, in registers PIXELS x VECTORS vectors of channels at a
 * time; work-items divide the vectors of channels. NCHW: VECTORS vectors of consecutive pixels;
 * work-items divide the channels. */

/* Floats from pixel to pixel (NCHW: the channels) in the local tile: ic, in NHWC rounded up to a
 * multiple of VEC, plus one vector, so that a power of two of channels does not map to only a few
 * cache lines. */
#ifndef CHANNELS
#define CHANNELS 32
#endif

/* NHWC: rows and columns of the output that a group computes, and the number of parts into which
 * groups divide the output channels; each part computes the depthwise output for itself. */
#ifndef TILE_ROWS
#define TILE_ROWS 1
#endif
#ifndef TILE_COLUMNS
#define TILE_COLUMNS PIXELS
#endif
#ifndef PARTS
#define PARTS 1
#endif

/* Computes the depthwise output of `rows` rows of a tile, for a work-item's share of the channels;
 * the first window starts at (y0, x0). A register tile that extends past the last column moves
 * back. */
INLINE void fill_tile(__local float *tile, const __global REAL *in, const __global REAL *weights,
                      int item, int ic, int ih, int iw, int y0, int x0, int rows)
{
    FLOATV acc[DW_ROWS][DW_PIXELS];
    for (int block = item; block * VEC < ic; block += GROUP * DW_VECTORS)
        for (int r0 = 0; r0 < rows; r0 += DW_ROWS)
            for (int p0 = 0; p0 < TILE_COLUMNS; p0 += DW_PIXELS)
                for (int v = 0; v < DW_VECTORS; v++) {
                    const int c = vector_start((block + v * GROUP) * VEC, ic);
                    const int first = min(p0, TILE_COLUMNS - DW_PIXELS);
                    if ((block + v * GROUP) * VEC >= ic)
                        break;
                    depthwise_tile(acc, INPUT_AT(in, c), weights + c, c, y0 + r0 * SH,
                                   x0 + first * SW, ic, ih, iw);
#pragma unroll
                    for (int r = 0; r < DW_ROWS; r++)
#pragma unroll
                        for (int p = 0; p < DW_PIXELS; p++)
                            if (r0 + r < rows)
                                store_local(
                                    acc[r][p],
                                    tile + ((r0 + r) * TILE_COLUMNS + first + p) * CHANNELS + c);
                }
}

/* Multiplies `pixels` pixels, contiguous in the tile and in the output, by the weights of the
 * output channels from `block` on. The last pixels start early enough to be whole. */
INLINE void multiply_run(const __local float *tile, const __global REAL *weights,
                         __global REAL *out, int ic, int oc, int ocp, int block, int pixels)
{
    const int width = min(VECTORS * VEC, ocp - block);
    for (int p = 0; p < pixels; p += PIXELS) {
        FLOATV acc[PIXELS][VECTORS];
        const int first = min(p, pixels - PIXELS);
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                acc[i][v] = (FLOATV)(0.0f);
        multiply_pixels(acc, tile + first * CHANNELS, CHANNELS, weights + block * ic, width, 0, ic);
        if (oc - block >= VECTORS * VEC) {
#pragma unroll
            for (int i = 0; i < PIXELS; i++)
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    store_vec(acc[i][v], out + (first + i) * oc + block + v * VEC);
        } else {
            store_pixels(acc, out + first * oc + block, oc, PIXELS, oc - block);
        }
    }
}

/* Arguments: ocp = oc padded to VEC. The last tile of a row starts early enough to be whole; a tile
 * as wide as the output is one run of pixels. */
USES_VECTORS
__kernel void sep_fused_nhwc(__global const REAL *in, __global const REAL *weights_dw,
                             __global const REAL *weights_pw, __global REAL *out, int ic, int ih,
                             int iw, int oc, int ocp, int oh, int ow, int ph, int pw)
{
    __local float tile[TILE_ROWS * TILE_COLUMNS * CHANNELS];
    const int column = min((int)get_group_id(0) * TILE_COLUMNS, ow - TILE_COLUMNS);
    const int row = (int)get_group_id(1) * TILE_ROWS;
    const int rows = min(TILE_ROWS, oh - row);
    const int image = (int)get_group_id(2) / PARTS;
    const int runs = ow == TILE_COLUMNS ? 1 : rows;
    const int pixels = ow == TILE_COLUMNS ? rows * ow : TILE_COLUMNS;
    const int blocks = (ocp + VECTORS * VEC - 1) / (VECTORS * VEC);
    const int part = (int)get_group_id(2) % PARTS;
    const int item = (int)get_local_id(0);
    const int end = min((part + 1) * blocks / PARTS * (VECTORS * VEC), ocp);
    __global REAL *target = out + ((image * oh + row) * ow + column) * oc;

    fill_tile(tile, in + image * ih * iw * (ic / MULTIPLIER), weights_dw, item, ic, ih, iw,
              row * SH - ph, column * SW - pw, rows);
    TILE_BARRIER();
    for (int block = (part * blocks / PARTS + item) * (VECTORS * VEC); block < end;
         block += GROUP * VECTORS * VEC)
        for (int run = 0; run < runs; run++)
            multiply_run(tile + run * TILE_COLUMNS * CHANNELS, weights_pw, target + run * ow * oc,
                         ic, oc, ocp, block, pixels);
}

/* Channels that a work-item of sep_fused_nchw convolves at a time: they share a tap's place. */
#ifndef PLANES
#define PLANES 1
#endif

/* Computes the depthwise output of VEC pixels of PLANES channels from c0 on; a channel that does
 * not exist is computed like the last one. */
INLINE void depthwise_planes(FLOATV acc[PLANES], const __global REAL *in,
                             const __global REAL *weights, int image, int c0, int ic, int ih,
                             int iw, int size, struct origin origin)
{
#pragma unroll
    for (int i = 0; i < PLANES; i++)
        acc[i] = (FLOATV)(0.0f);
#pragma unroll 1
    for (int t = 0; t < KH * KW; t++) {
        const struct tap tap = tap_of(origin, t / KW, t % KW, ih, iw);
#pragma unroll
        for (int i = 0; i < PLANES; i++) {
            const int c = min(c0 + i, ic - 1);
            acc[i] = MULTIPLY_ADD(
                load_tap(in, (image * (ic / MULTIPLIER) + c / MULTIPLIER) * ih * iw, size, tap),
                (FLOATV)(load(weights + c * (KH * KW) + t)), acc[i]);
        }
    }
}

/* ocp = oc padded to OUTPUTS; `size` is the number of elements of `in`. */
USES_VECTORS
__kernel void sep_fused_nchw(__global const REAL *in, __global const REAL *weights_dw,
                             __global const REAL *weights_pw, __global REAL *out, int ic, int ih,
                             int iw, int oc, int ocp, int oh, int ow, int ph, int pw, int size)
{
    __local float tile[CHANNELS * VECTORS * VEC];
    const int pixels = oh * ow;
    const int pixel = (int)get_group_id(0) * (VECTORS * VEC);
    const int image = (int)get_group_id(1);
    const bool rest = REST > 0 && pixels - pixel == REST;

    for (int v = 0; v < VECTORS; v++) {
        const struct origin origin = origin_of(pixel + v * VEC, pixels, iw, ow, ph, pw);
        for (int c = (int)get_local_id(0) * PLANES; c < ic; c += GROUP * PLANES) {
            FLOATV acc[PLANES];
            depthwise_planes(acc, in, weights_dw, image, c, ic, ih, iw, size, origin);
#pragma unroll
            for (int i = 0; i < PLANES; i++)
                if (c + i < ic)
                    store_local(acc[i], tile + ((c + i) * VECTORS + v) * VEC);
        }
    }
    TILE_BARRIER();
    for (int k0 = (int)get_local_id(0) * OUTPUTS; k0 < ocp; k0 += GROUP * OUTPUTS) {
        FLOATV acc[VECTORS][OUTPUTS];
        clear_outputs(acc);
        if (rest)
            multiply_panel(acc, tile, ic, weights_pw + k0 * ic, true);
        else
            multiply_panel(acc, tile, ic, weights_pw + k0 * ic, false);
        store_tile(acc, out + (image * oc + k0) * pixels + pixel, pixels, pixels - pixel, oc - k0,
                   rest);
    }
}
