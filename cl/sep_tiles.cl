/* Depthwise, then pointwise convolution in one kernel, by groups of many work-items. A group takes
 * a block of TILE_ROWS x TILE_COLUMNS pixels and a part of the output channels. It computes the
 * depthwise output of its pixels, CHUNK channels at a time, in local memory, and adds the product
 * with these channels' pointwise weights to sums in registers (blocks.clh).
 *
 * A launch reads the pointwise weights once for each block of pixels. It reads the input once for
 * each part of the output channels, and again where windows of two blocks overlap.
 *
 * NHWC: VEC divides the input channels; a pixel in local memory is vectors of channels. NCHW: local
 * memory has planes, as the input; a vector is VEC output channels. Depthwise weights are packed
 * taps x channels (pack.cl). */

#ifndef TILE_ROWS
#define TILE_ROWS 1
#endif
#ifndef TILE_COLUMNS
#define TILE_COLUMNS PIXELS
#endif
#define AREA (TILE_ROWS * TILE_COLUMNS)

/* 1: all input channels fit in a chunk, so that the depthwise output is computed once for all
 * blocks of output channels of a part. */
#ifndef KEEPS_ALL
#define KEEPS_ALL 0
#endif

/* Where the input of the depthwise output's channels from c0 on begins, in channels, and which of
 * them from there on channel c0 + c reads. With a MULTIPLIER (depthwise.clh), `ic` counts the
 * channels of the depthwise output, and the input begins with the image. */
#if MULTIPLIER == 1
#define READ_FROM(c0)       (c0)
#define READ_CHANNEL(c0, c) (c)
#else
#define READ_FROM(c0)       0
#define READ_CHANNEL(c0, c) (((c0) + (c)) / MULTIPLIER)
#endif

#if NCHW

/* The input that the windows of a block cover. */
#define COVERED_ROWS    ((TILE_ROWS - 1) * SH + (KH - 1) * DH + 1)
#define COVERED_COLUMNS ((TILE_COLUMNS - 1) * SW + (KW - 1) * DW + 1)

/* Planes whose covered input is copied to local memory at a time; 0: none is, and windows read the
 * tensor. */
#ifndef STAGED
#define STAGED 0
#endif

/* Of a plane, LINES lines of LINE floats, PLANE floats from plane to plane. 1: a block has all
 * columns, and its rows are one line, as they are in the tensor; 0: each row is one. */
#ifndef WHOLE_ROWS
#define WHOLE_ROWS 0
#endif
#ifndef LINE
#define LINE 32
#endif
#define LINES (WHOLE_ROWS ? 1 : COVERED_ROWS)
#ifndef PLANE
#define PLANE (LINES * LINE)
#endif

/* Elements of a sector, the 32 aligned bytes that come from memory together. */
#define SECTOR (HALF ? 16 : 8)

/* What a block reads of planes. */
struct covered {
    int y0, x0;    /* of the first window */
    int top, left; /* of what exists */
    int ih, iw;
};

INLINE struct covered cover(int y0, int x0, int ih, int iw)
{
    const struct covered covered = {
        y0, x0, clamp(y0, 0, ih - 1), WHOLE_ROWS ? 0 : clamp(x0, 0, iw - 1), ih, iw};
    return covered;
}

#if STAGED
/* Loads that an item makes before it stores the first value. */
#define AT_ONCE 4

/* Copies what the windows cover of the planes that `count` channels from c0 on read; their
 * READ_FROM is element number `first` of the tensor. Neighbours read whole sectors, from where a
 * sector begins. */
INLINE void stage_planes(__local float *staged, const __global REAL *in, int first, int c0,
                         int count, struct covered covered)
{
    const int rows = min(covered.y0 + COVERED_ROWS, covered.ih) - covered.top;
    const int columns = min(covered.x0 + COVERED_COLUMNS, covered.iw) - covered.left;
    const int length = max(WHOLE_ROWS ? rows * covered.iw : columns, 1);
    const int total = count * (LINES * LINE);
#pragma unroll 1
    for (int t0 = ITEM; t0 < total; t0 += AT_ONCE * (GC * GP)) {
        float values[AT_ONCE];
        int places[AT_ONCE];
#pragma unroll
        for (int i = 0; i < AT_ONCE; i++) {
            const int t = min(t0 + i * (GC * GP), total - 1);
            const int c = t / (LINES * LINE), line = t / LINE % LINES;
            const int y = WHOLE_ROWS ? covered.top : clamp(covered.y0 + line, 0, covered.ih - 1);
            const int start =
                first + (READ_CHANNEL(c0, c) * covered.ih + y) * covered.iw + covered.left;
            const int at = t % LINE - (start & (SECTOR - 1));
            values[i] = load(in + start + clamp(at, 0, length - 1));
            places[i] = (uint)at < (uint)length ? c * PLANE + line * LINE + at : -1;
        }
#pragma unroll
        for (int i = 0; i < AT_ONCE; i++)
            if (places[i] >= 0)
                staged[places[i]] = values[i];
    }
}

/* What is read by windows: what is staged, or the planes. */
typedef const __local float *PLANES_READ;
#else
typedef const __global REAL *PLANES_READ;
#endif

/* Reads covered row i of plane c at column x, from the nearest place inside. */
INLINE float read_input(PLANES_READ source, int c, int i, int x, struct covered covered)
{
    const int y = covered.y0 + i;
#if STAGED
    const int at = WHOLE_ROWS ? (y - covered.top) * covered.iw + x : i * LINE + x - covered.left;
    return source[c * PLANE + clamp(at, 0, PLANE - 1)];
#else
    return load(source + (c * covered.ih + clamp(y, 0, covered.ih - 1)) * covered.iw +
                clamp(x, 0, covered.iw - 1));
#endif
}

/* Computes the depthwise output of `count` channels from c0 on, each work-item one column of the
 * block at a time. An input row is read once for all windows of the column; every load is made, and
 * what lies in the padding is made 0 after it. */
INLINE void convolve_planes(__local float *tile, PLANES_READ source, const __global REAL *weights,
                            int c0, int count, int ic, struct covered covered)
{
#pragma unroll 1
    for (int t = ITEM; t < count * TILE_COLUMNS; t += GC * GP) {
        float acc[TILE_ROWS];
        const int c = t / TILE_COLUMNS, column = t % TILE_COLUMNS;
#pragma unroll
        for (int r = 0; r < TILE_ROWS; r++)
            acc[r] = 0.0f;
#pragma unroll 1
        for (int kw = 0; kw < KW; kw++) {
            const int x = covered.x0 + column * SW + kw * DW;
            float w[KH];
#pragma unroll
            for (int kh = 0; kh < KH; kh++)
                w[kh] = load(weights + (kh * KW + kw) * ic + c);
#pragma unroll
            for (int i = 0; i < COVERED_ROWS; i++) {
                const bool is_inside =
                    ((uint)(covered.y0 + i) < (uint)covered.ih) & ((uint)x < (uint)covered.iw);
                const float read =
                    read_input(source, STAGED ? c : READ_CHANNEL(c0, c), i, x, covered);
                const float value = is_inside ? read : 0.0f;
#pragma unroll
                for (int kh = 0; kh < KH; kh++) {
                    const int below = i - kh * DH;
                    if (below >= 0 && below % SH == 0 && below / SH < TILE_ROWS)
                        acc[below / SH] = MULTIPLY_ADD(value, w[kh], acc[below / SH]);
                }
            }
        }
#pragma unroll
        for (int r = 0; r < TILE_ROWS; r++)
            tile[c * AREA + r * TILE_COLUMNS + column] = acc[r];
    }
}

/* Computes the depthwise output of `count` channels from c0 on; their READ_FROM is element number
 * `first` of the tensor. */
INLINE void fill_tile(__local float *tile, __local float *staged, const __global REAL *in,
                      int first, int c0, const __global REAL *weights, int count, int ic, int ih,
                      int iw, int y0, int x0)
{
    const struct covered covered = cover(y0, x0, ih, iw);
#if STAGED
#pragma unroll 1
    for (int c = 0; c < count; c += STAGED) {
        const int planes = min(STAGED, count - c);
        if (c > 0) {
            TILE_BARRIER();
        }
        stage_planes(staged, in, first + READ_FROM(c) * ih * iw, c0 + c, planes, covered);
        TILE_BARRIER();
        convolve_planes(tile + c * AREA, staged, weights + c, c0 + c, planes, ic, covered);
    }
#else
    convolve_planes(tile, in + first, weights, c0, count, ic, covered);
#endif
}

/* Planes that a loop takes at a time; divides the planes of each chunk. */
#ifndef STEP
#define STEP 1
#endif

/* acc += weights x tile, over `count` planes; `at` are the item's pixels, `lanes` the places of its
 * vectors in a packed row of `width` weights. */
INLINE void multiply_tile(FLOATV acc[PIXELS][VECTORS], const __local float *tile,
                          const int at[PIXELS], const __global REAL *weights,
                          const int lanes[VECTORS], int width, int count)
{
#pragma unroll 1
    for (int c = 0; c < count; c += STEP) {
#pragma unroll
        for (int s = 0; s < STEP; s++) {
            float x[PIXELS];
#pragma unroll
            for (int i = 0; i < PIXELS; i++)
                x[i] = tile[(c + s) * AREA + at[i]];
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                const FLOATV w = load_whole(weights + s * width + lanes[v]);
#pragma unroll
                for (int i = 0; i < PIXELS; i++)
                    acc[i][v] = MULTIPLY_ADD((FLOATV)(x[i]), w, acc[i][v]);
            }
        }
        weights += STEP * width;
    }
}

typedef float TILE_FLOAT;
#define PIXEL_PLACE   1
#define TILE_FLOATS   (AREA * CHUNK)
#define STAGED_FLOATS (STAGED ? STAGED * PLANE : 1)

#else

#define CHUNK_VECTORS (CHUNK / VEC)
/* Vectors from pixel to pixel in local memory: one more, so that pixels start in different banks.
 */
#define STRIDE        (CHUNK_VECTORS + 1)
#define REGISTER_ROWS (TILE_ROWS / DW_ROWS)
#define REGISTER_RUNS (TILE_COLUMNS / DW_PIXELS)

/* Computes the depthwise output of `count` channels from c0 on, whole vectors; the first window
 * starts at (y0, x0). Their READ_FROM is element number `first` of the tensor. Neighbours take
 * adjacent channels. */
INLINE void fill_tile(__local FLOATV *tile, __local float *unused, const __global REAL *in,
                      int first, int c0, const __global REAL *weights, int count, int ic, int ih,
                      int iw, int y0, int x0)
{
#pragma unroll 1
    for (int t = ITEM; t < CHUNK_VECTORS * REGISTER_ROWS * REGISTER_RUNS; t += GC * GP) {
        FLOATV acc[DW_ROWS][DW_PIXELS];
        const int v = t % CHUNK_VECTORS, at = t / CHUNK_VECTORS;
        const int row = at / REGISTER_RUNS * DW_ROWS, column = at % REGISTER_RUNS * DW_PIXELS;
        if (v >= count / VEC)
            continue;
        depthwise_tile(acc, INPUT_AT(in + first, v * VEC), weights + v * VEC, c0 + v * VEC,
                       y0 + row * SH, x0 + column * SW, ic, ih, iw);
#pragma unroll
        for (int r = 0; r < DW_ROWS; r++)
#pragma unroll
            for (int p = 0; p < DW_PIXELS; p++)
                tile[((row + r) * TILE_COLUMNS + column + p) * STRIDE + v] = acc[r][p];
    }
}

INLINE void multiply_tile(FLOATV acc[PIXELS][VECTORS], const __local FLOATV *tile,
                          const int at[PIXELS], const __global REAL *weights,
                          const int lanes[VECTORS], int width, int count)
{
    multiply_vectors(acc, tile, at, weights, lanes, width, count / VEC);
}

typedef FLOATV TILE_FLOAT;
#define PIXEL_PLACE   STRIDE
#define TILE_FLOATS   (AREA * STRIDE)
#define STAGED_FLOATS 1

#endif

/* Arguments: ocp = oc padded to VEC; `parts` of the output channels. The last block of a row or
 * column starts early enough to be whole, and so do the last pixels of a block. */
#define SEP_TILES_ARGUMENTS                                                                        \
    __global const REAL *in, __global const REAL *weights_dw, __global const REAL *weights_pw,     \
        __global REAL *out, int ic, int ih, int iw, int oc, int ocp, int oh, int ow, int ph,       \
        int pw, int parts
#if NCHW
__kernel BLOCK_GROUP void sep_tiles_nchw(SEP_TILES_ARGUMENTS)
#else
__kernel BLOCK_GROUP void sep_tiles_nhwc(SEP_TILES_ARGUMENTS)
#endif
{
    __local TILE_FLOAT tile[TILE_FLOATS];
    __local float staged[STAGED_FLOATS];
    int pixels[PIXELS], at[PIXELS];
    const int column = min((int)get_group_id(0) * TILE_COLUMNS, ow - TILE_COLUMNS);
    const int row = min((int)get_group_id(1) * TILE_ROWS, oh - TILE_ROWS);
    const int y0 = row * SH - ph, x0 = column * SW - pw;
    const int image = (int)get_group_id(2) / parts;
    const int part = (int)get_group_id(2) - image * parts;
    const int blocks = (ocp + BLOCK_CHANNELS - 1) / BLOCK_CHANNELS;
    const int plane_in = NCHW ? ih * iw : 1, plane = NCHW ? oh * ow : 1, pitch = NCHW ? 1 : oc;
    const int source = image * ih * iw * (ic / MULTIPLIER), target = image * oh * ow * oc;

    place_pixels(pixels, AREA);
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
        at[i] = pixels[i] * PIXEL_PLACE;
#if KEEPS_ALL
    fill_tile(tile, staged, in, source, 0, weights_dw, CHUNK, ic, ih, iw, y0, x0);
    TILE_BARRIER();
#endif
#pragma unroll 1
    for (int b = part * blocks / parts; b < (part + 1) * blocks / parts; b++) {
        FLOATV acc[PIXELS][VECTORS];
        int lanes[VECTORS];
        const int block = b * BLOCK_CHANNELS;
        const int width = ROW_WIDTH(ocp - block);
        clear_pixels(acc);
        place_vectors(lanes, width);
#if KEEPS_ALL
        multiply_tile(acc, tile, at, weights_pw + block * ic, lanes, width, CHUNK);
#else
#pragma unroll 1
        for (int c = 0; c < ic; c += CHUNK) {
            const int count = min(CHUNK, ic - c);
            TILE_BARRIER();
            fill_tile(tile, staged, in, source + READ_FROM(c) * plane_in, c, weights_dw + c, count,
                      ic, ih, iw, y0, x0);
            TILE_BARRIER();
            multiply_tile(acc, tile, at, weights_pw + block * ic + c * width, lanes, width, count);
        }
#endif
#pragma unroll
        for (int i = 0; i < PIXELS; i++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                const int y = row + pixels[i] / TILE_COLUMNS, x = column + pixels[i] % TILE_COLUMNS;
                const int k = block + OWN_CHANNEL(v);
                if (k < oc)
                    store_at_pixel(acc[i][v], out + target + (y * ow + x) * pitch + k * plane,
                                   plane, oc - k);
            }
    }
}
