/* Expansion, depthwise and projection in one kernel, by groups of many work-items. A group takes a
 * block of TILE_ROWS x TILE_COLUMNS output pixels and a part of the output channels. MIDDLE middle
 * channels at a time, it computes the expansion of all input pixels that its windows reach, and
 * from it the depthwise output, both in local memory, and adds that part of the projection to sums
 * in registers. What windows of two blocks reach, both expand.
 *
 * A launch reads all weights once for each block of pixels, those of expansion and depthwise also
 * for each part of the output channels.
 *
 * In local memory a pixel is vectors of middle channels, whatever the layout of input and output;
 * VEC divides the middle channels, and in NHWC the input channels. The weights of the expansion are
 * packed in blocks of MIDDLE channels, those of the depthwise convolution taps x channels
 * (pack.cl); sums and those of the projection are as in blocks.clh. */

#ifndef TILE_ROWS
#define TILE_ROWS 1
#endif
#ifndef TILE_COLUMNS
#define TILE_COLUMNS PIXELS
#endif
#define AREA (TILE_ROWS * TILE_COLUMNS)

/* Middle channels at a time. */
#ifndef MIDDLE
#define MIDDLE 16
#endif
#define MIDDLE_VECTORS (MIDDLE / VEC)
/* Vectors from pixel to pixel in local memory: odd, so that pixels start in different banks. */
#define STRIDE (MIDDLE_VECTORS | 1)

/* Channels of the input. */
#ifndef CHANNELS
#define CHANNELS 8
#endif

/* Pixels that a work-item expands at a time, and those of a row that it convolves. */
#ifndef EX_PIXELS
#define EX_PIXELS 4
#endif

/* 1: the input is added to the output. */
#ifndef RESIDUAL
#define RESIDUAL 0
#endif

/* The input pixels that the windows of a block cover. */
#define IN_ROWS    ((TILE_ROWS - 1) * SH + (KH - 1) * DH + 1)
#define IN_COLUMNS ((TILE_COLUMNS - 1) * SW + (KW - 1) * DW + 1)
#define IN_AREA    (IN_ROWS * IN_COLUMNS)

#define RUNS (TILE_COLUMNS / DW_PIXELS)

/* Items that expand a vector of all pixels, the distance of an item's pixels, and input channels
 * that it reads at a time. NCHW: eight neighbours write to all banks of local memory. */
#if NCHW
#define EX_TILES      ((IN_AREA + 8 * EX_PIXELS - 1) / (8 * EX_PIXELS) * 8)
#define EX_APART      EX_TILES
#define CHANNELS_READ (CHANNELS % 4 == 0 ? 4 : 1)
#else
#define EX_TILES      ((IN_AREA + EX_PIXELS - 1) / EX_PIXELS)
#define EX_APART      1
#define CHANNELS_READ VEC
#endif

/* Reads CHANNELS_READ channels of a pixel; NCHW: `plane` elements apart. */
INLINE void read_channels(float x[CHANNELS_READ], const __global REAL *in, int plane)
{
#if NCHW
#pragma unroll
    for (int k = 0; k < CHANNELS_READ; k++)
        x[k] = load(in + k * plane);
#else
    union lanes read;
    read.vec = load_whole(in);
#pragma unroll
    for (int k = 0; k < CHANNELS_READ; k++)
        x[k] = read.at[k];
#endif
}

/* Expands all input pixels of a block; the first is at (y0, x0) of the input. Pixels of the padding
 * are zeros. `width`: channels in a packed row. */
INLINE void expand_block(__local FLOATV *expanded, const __global REAL *in,
                         const __global REAL *weights, int width, int ih, int iw, int y0, int x0)
{
    const int plane = NCHW ? ih * iw : 1, pitch = NCHW ? 1 : CHANNELS;
#pragma unroll 1
    for (int t = ITEM; t < MIDDLE_VECTORS * EX_TILES; t += GC * GP) {
        FLOATV acc[EX_PIXELS];
        const __global REAL *source[EX_PIXELS];
        const int v = NCHW ? t / EX_TILES : t % MIDDLE_VECTORS;
        const int first = NCHW ? t % EX_TILES : t / MIDDLE_VECTORS * EX_PIXELS;
        const __global REAL *w = weights + min(v * VEC, width - VEC);
#pragma unroll
        for (int i = 0; i < EX_PIXELS; i++) {
            const int at = min(first + i * EX_APART, IN_AREA - 1);
            const int y = clamp(y0 + at / IN_COLUMNS, 0, ih - 1);
            const int x = clamp(x0 + at % IN_COLUMNS, 0, iw - 1);
            source[i] = in + (y * iw + x) * pitch;
            acc[i] = (FLOATV)(0.0f);
        }
#pragma unroll 1
        for (int c = 0; c < CHANNELS; c += CHANNELS_READ) {
            float x[EX_PIXELS][CHANNELS_READ];
#pragma unroll
            for (int i = 0; i < EX_PIXELS; i++)
                read_channels(x[i], source[i] + c * plane, plane);
#pragma unroll
            for (int k = 0; k < CHANNELS_READ; k++) {
                const FLOATV weight = load_whole(w + k * width);
#pragma unroll
                for (int i = 0; i < EX_PIXELS; i++)
                    acc[i] = MULTIPLY_ADD((FLOATV)(x[i][k]), weight, acc[i]);
            }
            w += CHANNELS_READ * width;
        }
#pragma unroll
        for (int i = 0; i < EX_PIXELS; i++) {
            const int at = first + i * EX_APART;
            const int y = y0 + at / IN_COLUMNS, x = x0 + at % IN_COLUMNS;
            if (at < IN_AREA)
                expanded[at * STRIDE + v] = inside(y, x, ih, iw) ? acc[i] : (FLOATV)(0.0f);
        }
    }
}

/* Computes the depthwise output of a block from the expanded pixels, for `vectors` vectors. */
INLINE void convolve_block(__local FLOATV *between, const __local FLOATV *expanded,
                           const __global REAL *weights, int vectors, int mc)
{
#pragma unroll 1
    for (int t = ITEM; t < MIDDLE_VECTORS * TILE_ROWS * RUNS; t += GC * GP) {
        FLOATV acc[DW_PIXELS];
        const int v = t % MIDDLE_VECTORS, at = t / MIDDLE_VECTORS;
        const int row = at / RUNS, column = at % RUNS * DW_PIXELS;
        const __local FLOATV *line = expanded + (row * SH * IN_COLUMNS + column * SW) * STRIDE + v;
        if (v >= vectors)
            continue;
#pragma unroll
        for (int p = 0; p < DW_PIXELS; p++)
            acc[p] = (FLOATV)(0.0f);
#pragma unroll 1
        for (int kh = 0; kh < KH; kh++) {
            FLOATV w[KW];
#pragma unroll
            for (int kw = 0; kw < KW; kw++)
                w[kw] = load_whole(weights + (kh * KW + kw) * mc + v * VEC);
#pragma unroll
            for (int j = 0; j < (DW_PIXELS - 1) * SW + (KW - 1) * DW + 1; j++) {
                const FLOATV x = line[j * STRIDE];
#pragma unroll
                for (int kw = 0; kw < KW; kw++) {
                    const int right = j - kw * DW;
                    if (right >= 0 && right % SW == 0 && right / SW < DW_PIXELS)
                        acc[right / SW] = MULTIPLY_ADD(x, w[kw], acc[right / SW]);
                }
            }
            line += DH * IN_COLUMNS * STRIDE;
        }
#pragma unroll
        for (int p = 0; p < DW_PIXELS; p++)
            between[(row * TILE_COLUMNS + column + p) * STRIDE + v] = acc[p];
    }
}

/* Arguments: mcp, ocp = mc, oc padded to VEC; `parts` of the output channels. The last block of a
 * row or column starts early enough to be whole, and so do the last pixels of a block. */
#define INV_TILES_ARGUMENTS                                                                        \
    __global const REAL *in, __global const REAL *weights_ex, __global const REAL *weights_dw,     \
        __global const REAL *weights_pw, __global REAL *out, int ih, int iw, int mc, int mcp,      \
        int oc, int ocp, int oh, int ow, int ph, int pw, int parts
#if NCHW
__kernel BLOCK_GROUP void inv_tiles_nchw(INV_TILES_ARGUMENTS)
#else
__kernel BLOCK_GROUP void inv_tiles_nhwc(INV_TILES_ARGUMENTS)
#endif
{
    __local FLOATV expanded[IN_AREA * STRIDE];
    __local FLOATV between[AREA * STRIDE];
    FLOATV sums[PIXELS][VECTORS];
    int lanes[VECTORS], pixels[PIXELS], at[PIXELS];
    const int column = min((int)get_group_id(0) * TILE_COLUMNS, ow - TILE_COLUMNS);
    const int row = min((int)get_group_id(1) * TILE_ROWS, oh - TILE_ROWS);
    const int image = (int)get_group_id(2) / parts;
    const int block = ((int)get_group_id(2) - image * parts) * BLOCK_CHANNELS;
    const int width = ROW_WIDTH(ocp - block);
    const int plane = NCHW ? oh * ow : 1, pitch = NCHW ? 1 : oc;
    const __global REAL *source = in + image * ih * iw * CHANNELS;
    const int target = image * oh * ow * oc;

    clear_pixels(sums);
    place_vectors(lanes, width);
    place_pixels(pixels, AREA);
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
        at[i] = pixels[i] * STRIDE;
#pragma unroll 1
    for (int c0 = 0; c0 < mc; c0 += MIDDLE) {
        const int wide = min(MIDDLE, mcp - c0), vectors = min(MIDDLE, mc - c0) / VEC;
        expand_block(expanded, source, weights_ex + c0 * CHANNELS, wide, ih, iw, row * SH - ph,
                     column * SW - pw);
        TILE_BARRIER();
        convolve_block(between, expanded, weights_dw + c0, vectors, mc);
        TILE_BARRIER();
        multiply_vectors(sums, between, at, weights_pw + block * mc + c0 * width, lanes, width,
                         vectors);
    }
#pragma unroll
    for (int i = 0; i < PIXELS; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            const int y = row + pixels[i] / TILE_COLUMNS, x = column + pixels[i] % TILE_COLUMNS;
            const int k = block + OWN_CHANNEL(v);
            const int place = target + (y * ow + x) * pitch + k * plane;
            if (k >= oc)
                continue;
#if RESIDUAL
            sums[i][v] += load_at_pixel(in + place, plane, oc - k);
#endif
            store_at_pixel(sums[i][v], out + place, plane, oc - k);
        }
}
