/* Winograd's minimal filtering (winograd.clh) in one kernel, or in two through global memory. A
 * block of PIXELS tiles is the unit of the product.
 *
 * winograd_weights runs when weights are loaded. Then either winograd_fused does everything, with a
 * block's transformed tiles in local memory; or winograd_tiles transforms the input of the blocks
 * of one band into global memory, and winograd_product multiplies them and transforms back.
 * Transformed values are kept in float, however the tensors are stored: half would lose what the
 * transforms amplify. */

/* 1: transformed tiles are in local memory. */
#ifndef FUSED
#define FUSED 0
#endif
#if FUSED
#define SPACE __local
#else
#define SPACE __global
#endif

/* Adjacent input channels in a transformed tile. */
#ifndef DEPTH
#define DEPTH 4
#endif

/* Fused: input channels that fit in local memory, ic rounded up to a multiple of VEC. */
#ifndef CHANNELS
#define CHANNELS 32
#endif

static inline FLOATV load_weights(const __global float *p)
{
#if VEC == 1
    return *p;
#else
    return JOIN(vload, VEC)(0, p);
#endif
}

static inline void store_floats(FLOATV x, SPACE float *p)
{
#if VEC == 1
    *p = x;
#else
    STORE_FLOATS(x, SPACE, p);
#endif
}

static inline FLOATV load_floats(const SPACE float *p)
{
#if VEC == 1
    return *p;
#else
    return JOIN(vload, VEC)(0, p);
#endif
}

/* 1: packed weights are ordered by position first, then as pack_blocks does it; 0: by block first.
 */
#ifndef POSITIONS_FIRST
#define POSITIONS_FIRST 0
#endif

/* 1: the weights are of several groups. */
#ifndef GROUPED
#define GROUPED 0
#endif

/* OIHW into blocks of `block` output channels, each as input channel, then the adjacent channels of
 * the block; either a block has all positions, or a position has all blocks. Channels are those of
 * one group, padded with zeros to `icp` and `ocp`; groups follow each other. A work-item takes one
 * pair of channels. */
__kernel void winograd_weights(__global const REAL *weights, __global float *packed, int ic,
                               int icp, int oc, int ocp, int block)
{
    float g[POSITIONS];
    const int k = (int)get_global_id(0);
    const int c = (int)get_global_id(1);
    const int start = k / block * block;
    const int width = min(block, ocp - start);
    const int step = POSITIONS_FIRST ? icp * ocp : icp * width;
    const int first = POSITIONS_FIRST ? start * icp : start * icp * POSITIONS;
    if (k >= ocp)
        return;
#if GROUPED
    weights += (int)get_global_id(2) * (oc * ic * 9);
    packed += (int)get_global_id(2) * (icp * ocp * POSITIONS);
#endif
#pragma unroll
    for (int i = 0; i < 9; i++)
        g[i / 3 * SPAN + i % 3] = k < oc && c < ic ? load(weights + (k * ic + c) * 9 + i) : 0.0f;
#pragma unroll
    for (int i = 0; i < 3; i++)
        transform_weights(g + i, SPAN);
#pragma unroll
    for (int i = 0; i < SPAN; i++)
        transform_weights(g + i * SPAN, 1);
#pragma unroll
    for (int i = 0; i < POSITIONS; i++)
        packed[first + i * step + c * width + k - start] = g[i];
}

/* Copies `count` channels of the input tile that starts at (y, x), zeros in the padding; pixels are
 * `step` elements apart, channels `plane`; positions are written `stride` apart. */
static inline void copy_window(SPACE float *target, int stride, const __global REAL *in, int count,
                               int y, int x, int ih, int iw, int step, int plane)
{
#pragma unroll 1
    for (int i = 0; i < POSITIONS; i++) {
        const int row = y + i / SPAN, column = x + i % SPAN;
        FLOATV value = (FLOATV)(0.0f);
        if (inside(row, column, ih, iw))
            value = load_apart(in + (row * iw + column) * step, count, plane);
        store_floats(value, target + i * stride);
    }
}

/* Transforms what copy_window copies. Only whole tiles of contiguous channels are read directly
 * from the input; the other path has a loop that is not unrolled, to keep compile time short. */
INLINE void transform_window(SPACE float *target, int stride, const __global REAL *in, int count,
                             int y, int x, int ih, int iw, int step, int plane)
{
    FLOATV d[POSITIONS];
    if (plane == 1 && count >= VEC && y >= 0 && y + SPAN <= ih && x >= 0 && x + SPAN <= iw) {
#pragma unroll
        for (int i = 0; i < POSITIONS; i++)
            d[i] = load_vec(in + ((y + i / SPAN) * iw + x + i % SPAN) * step);
    } else {
        copy_window(target, stride, in, count, y, x, ih, iw, step, plane);
#pragma unroll
        for (int i = 0; i < POSITIONS; i++)
            d[i] = load_floats(target + i * stride);
    }
#pragma unroll
    for (int i = 0; i < SPAN; i++)
        transform_input(d + i, SPAN);
#pragma unroll
    for (int i = 0; i < SPAN; i++)
        transform_input(d + i * SPAN, 1);
#pragma unroll
    for (int i = 0; i < POSITIONS; i++)
        store_floats(d[i], target + i * stride);
}

/* Transforms the channels from c on of tile i of a block that starts with tile `first`. A block
 * holds position, DEPTH channels, tile, channel. Tiles that only fill up the block are zero. */
INLINE void transform_tile(const __global REAL *in, SPACE float *block, struct tile_sizes sizes,
                           int first, int i, int c, int step, int plane)
{
    const int stride = ((sizes.ic - 1) / VEC + 1) * PIXELS * VEC;
    struct tile_place place = tile_place(first + i, sizes);
    if (first + i >= sizes.tiles) {
        place.image = 0;
        place.y = FAR;
    }
    transform_window(block + c * PIXELS + i * VEC, stride,
                     in + place.image * sizes.ih * sizes.iw * sizes.all_ic + c * plane,
                     sizes.ic - c, place.y - sizes.ph, place.x - sizes.pw, sizes.ih, sizes.iw, step,
                     plane);
}

/* acc += tiles x weights over `count` of DEPTH input channels. */
static inline void multiply_tiles(FLOATV acc[PIXELS][VECTORS], const SPACE float *tiles,
                                  const __global float *weights, int width, int lane, int count)
{
    for (int c = 0; c < count; c++) {
        FLOATV w[VECTORS];
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            w[v] = load_weights(weights + min(lane + v * VEC, width - VEC));
        weights += width;
#pragma unroll
        for (int i = 0; i < PIXELS; i++) {
            const FLOATV x = (FLOATV)(tiles[i * DEPTH + c]);
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                acc[i][v] = MULTIPLY_ADD(x, w[v], acc[i][v]);
        }
    }
}

/* Puts the products of one position of the block into local memory. */
static inline void multiply_position(__local float *target, const SPACE float *tiles,
                                     const __global float *weights, int ic, int width, int lane)
{
    FLOATV acc[PIXELS][VECTORS];
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            acc[i][v] = (FLOATV)(0.0f);
    for (int c = 0; c < ic; c += DEPTH)
        multiply_tiles(acc, tiles + c * PIXELS, weights + c * width, width, lane,
                       min(DEPTH, ic - c));
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            store_local(acc[i][v], target + (i * VECTORS + v) * GROUP * VEC);
}

/* Transforms one vector of channels of one tile back. `out` is its first pixel, from which on the
 * image has `height` x `width` pixels. Positions are `stride` apart. Anything but a whole tile of
 * contiguous channels is stored from where the products were. */
INLINE void finish_tile(__local float *products, int stride, __global REAL *out, int count,
                        int height, int width, int ow, int step, int plane)
{
    FLOATV m[POSITIONS];
    const bool whole = plane == 1 && count >= VEC && height >= EDGE && width >= EDGE;
#pragma unroll
    for (int i = 0; i < POSITIONS; i++)
        m[i] = load_local(products + i * stride);
#pragma unroll
    for (int i = 0; i < SPAN; i++)
        transform_output(m + i, SPAN);
#pragma unroll
    for (int i = 0; i < EDGE; i++)
        transform_output(m + i * SPAN, 1);
#pragma unroll
    for (int i = 0; i < EDGE * EDGE; i++) {
        const FLOATV value = m[i / EDGE * SPAN + i % EDGE];
        if (whole)
            store_vec(value, out + (i / EDGE * ow + i % EDGE) * step);
        else
            store_local(value, products + i * stride);
    }
    if (whole)
        return;
#pragma unroll 1
    for (int i = 0; i < EDGE * EDGE; i++)
        if (i / EDGE < height && i % EDGE < width)
            store_apart(load_local(products + i * stride), out + (i / EDGE * ow + i % EDGE) * step,
                        count, plane);
}

/* Multiplies a block, which starts with tile `first`, by GC x VECTORS vectors of output channels
 * from k0 on, and transforms back. `lane` is the first of the item's own channels among them; no
 * other item uses the place of its products. */
INLINE void multiply_block(__local float *products, const SPACE float *block,
                           const __global float *weights, __global REAL *out,
                           struct tile_sizes sizes, int ocp, int k0, int lane, int first, int step,
                           int plane)
{
    const int width = min(GC * VECTORS * VEC, ocp - k0);
    const int stride = ((sizes.ic - 1) / DEPTH + 1) * DEPTH * PIXELS;
    const __global float *w = weights + k0 * sizes.ic * POSITIONS;
#pragma unroll 1
    for (int i = 0; i < POSITIONS; i++)
        multiply_position(products + i * (PIXELS * VECTORS * GROUP * VEC), block + i * stride,
                          w + i * sizes.ic * width, sizes.ic, width, lane);
#pragma unroll 1
    for (int i = 0; i < PIXELS * VECTORS; i++) {
        const int k = k0 + lane + i % VECTORS * VEC;
        const int tile = first + i / VECTORS;
        const struct tile_place place = tile_place(tile, sizes);
        if (tile < sizes.tiles && k < sizes.oc)
            finish_tile(products + i * (GROUP * VEC), PIXELS * VECTORS * GROUP * VEC,
                        out + place.image * sizes.oh * sizes.ow * sizes.all_oc +
                            (place.y * sizes.ow + place.x) * step + k * plane,
                        sizes.oc - k, sizes.oh - place.y, sizes.ow - place.x, sizes.ow, step,
                        plane);
    }
}

#if FUSED

/* A work-group takes a block of a group of channels and `length` output channels of it, a multiple
 * of GC x VECTORS vectors; its items divide the channels. */
static inline void convolve_block(__local float *block, __local float *products,
                                  const __global REAL *in, const __global float *weights,
                                  __global REAL *out, struct tile_sizes sizes, int ocp, int length,
                                  int in_step, int in_plane, int out_step, int out_plane)
{
    const int item = (int)get_local_id(0);
    const int first = (int)get_group_id(0) * PIXELS;
    const int k0 = (int)get_group_id(1) * length;
    const int group = (int)get_group_id(2);
    in += group * sizes.ic * in_plane;
    out += group * sizes.oc * out_plane;
    weights += group * (ocp * sizes.ic * POSITIONS);
    for (int c = item * VEC; c < sizes.ic; c += GROUP * VEC)
        for (int i = 0; i < PIXELS; i++)
            transform_tile(in, block, sizes, first, i, c, in_step, in_plane);
    TILE_BARRIER();
    for (int k = k0; k < min(ocp, k0 + length); k += GC * VECTORS * VEC)
        multiply_block(products + item * VEC, block, weights, out, sizes, ocp, k,
                       item * (VECTORS * VEC), first, out_step, out_plane);
}

USES_VECTORS
__kernel void winograd_fused_nhwc(__global const REAL *in, __global const float *weights,
                                  __global REAL *out, int ic, int ih, int iw, int oc, int oh,
                                  int ow, int ph, int pw, int rows, int columns, int tiles,
                                  int all_ic, int all_oc, int ocp, int length)
{
    __local float block[POSITIONS * PIXELS * CHANNELS];
    __local float products[POSITIONS * PIXELS * VECTORS * GROUP * VEC];
    const struct tile_sizes sizes = {ic, ih,   iw,      oc,    oh,     ow,    ph,
                                     pw, rows, columns, tiles, all_ic, all_oc};
    convolve_block(block, products, in, weights, out, sizes, ocp, length, all_ic, 1, all_oc, 1);
}

USES_VECTORS
__kernel void winograd_fused_nchw(__global const REAL *in, __global const float *weights,
                                  __global REAL *out, int ic, int ih, int iw, int oc, int oh,
                                  int ow, int ph, int pw, int rows, int columns, int tiles,
                                  int all_ic, int all_oc, int ocp, int length)
{
    __local float block[POSITIONS * PIXELS * CHANNELS];
    __local float products[POSITIONS * PIXELS * VECTORS * GROUP * VEC];
    const struct tile_sizes sizes = {ic, ih,   iw,      oc,    oh,     ow,    ph,
                                     pw, rows, columns, tiles, all_ic, all_oc};
    convolve_block(block, products, in, weights, out, sizes, ocp, length, 1, ih * iw, 1, oh * ow);
}

#else

/* A work-item takes VEC = DEPTH channels of one tile of a band of `blocks` that starts with tile
 * `first`, of one group of channels. */
INLINE void transform_item(const __global REAL *in, __global float *transformed,
                           struct tile_sizes sizes, int first, int blocks, int step, int plane)
{
    const int c = (int)get_global_id(0) * VEC;
    const int own = (int)get_global_id(1);
    const int floats = POSITIONS * ((sizes.ic - 1) / VEC + 1) * PIXELS * VEC;
    const int group = (int)get_global_id(2);
    if (c < sizes.ic)
        transform_tile(in + group * sizes.ic * plane,
                       transformed + (group * blocks + own / PIXELS) * floats, sizes,
                       first + own / PIXELS * PIXELS, own % PIXELS, c, step, plane);
}

USES_VECTORS
__kernel void winograd_tiles_nhwc(__global const REAL *in, __global float *transformed, int ic,
                                  int ih, int iw, int oc, int oh, int ow, int ph, int pw, int rows,
                                  int columns, int tiles, int all_ic, int all_oc, int first,
                                  int blocks)
{
    const struct tile_sizes sizes = {ic, ih,   iw,      oc,    oh,     ow,    ph,
                                     pw, rows, columns, tiles, all_ic, all_oc};
    transform_item(in, transformed, sizes, first, blocks, all_ic, 1);
}

USES_VECTORS
__kernel void winograd_tiles_nchw(__global const REAL *in, __global float *transformed, int ic,
                                  int ih, int iw, int oc, int oh, int ow, int ph, int pw, int rows,
                                  int columns, int tiles, int all_ic, int all_oc, int first,
                                  int blocks)
{
    const struct tile_sizes sizes = {ic, ih,   iw,      oc,    oh,     ow,    ph,
                                     pw, rows, columns, tiles, all_ic, all_oc};
    transform_item(in, transformed, sizes, first, blocks, 1, ih * iw);
}

/* A work-group takes GP blocks of a group of channels and GC x VECTORS vectors of output channels;
 * each item keeps its own products. */
INLINE void multiply_item(__local float *products, const __global float *transformed,
                          const __global float *weights, __global REAL *out,
                          struct tile_sizes sizes, int first, int blocks, int ocp, int step,
                          int plane)
{
    const int group = (int)get_group_id(2);
    const int item = (int)get_local_id(0);
    const int own = (int)get_group_id(0) * GP + item / GC;
    const int floats = POSITIONS * ((sizes.ic - 1) / DEPTH + 1) * PIXELS * DEPTH;
    if (first + own * PIXELS < sizes.tiles)
        multiply_block(products + item * VEC, transformed + (group * blocks + own) * floats,
                       weights + group * (ocp * sizes.ic * POSITIONS),
                       out + group * sizes.oc * plane, sizes, ocp,
                       (int)get_group_id(1) * (GC * VECTORS * VEC), item % GC * (VECTORS * VEC),
                       first + own * PIXELS, step, plane);
}

USES_VECTORS
__kernel void winograd_product_nhwc(__global const float *transformed,
                                    __global const float *weights, __global REAL *out, int ic,
                                    int ih, int iw, int oc, int oh, int ow, int ph, int pw,
                                    int rows, int columns, int tiles, int all_ic, int all_oc,
                                    int first, int blocks, int ocp)
{
    __local float products[POSITIONS * PIXELS * VECTORS * GROUP * VEC];
    const struct tile_sizes sizes = {ic, ih,   iw,      oc,    oh,     ow,    ph,
                                     pw, rows, columns, tiles, all_ic, all_oc};
    multiply_item(products, transformed, weights, out, sizes, first, blocks, ocp, all_oc, 1);
}

USES_VECTORS
__kernel void winograd_product_nchw(__global const float *transformed,
                                    __global const float *weights, __global REAL *out, int ic,
                                    int ih, int iw, int oc, int oh, int ow, int ph, int pw,
                                    int rows, int columns, int tiles, int all_ic, int all_oc,
                                    int first, int blocks, int ocp)
{
    __local float products[POSITIONS * PIXELS * VECTORS * GROUP * VEC];
    const struct tile_sizes sizes = {ic, ih,   iw,      oc,    oh,     ow,    ph,
                                     pw, rows, columns, tiles, all_ic, all_oc};
    multiply_item(products, transformed, weights, out, sizes, first, blocks, ocp, 1, oh * ow);
}

#endif
