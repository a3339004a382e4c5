/* The backward pass of a convolution with any groups, NHWC. Gradients of weights are computed as
 * sums over chunks of output rows, taps x outputs x inputs; `gradients_finish` adds them up and
 * puts them into the order of the weights. */

/* In registers, `backward_data_nhwc` keeps PIXELS input pixels and `backward_weights_nhwc` keeps
 * OUTPUTS output channels, both times VECTORS vectors of input channels. */

/* floor(a / b), b > 0 */
static inline int floor_div(int a, int b)
{
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

/* The first channel of a work-item's VECTORS vectors. As in depthwise.clh, the last ones start
 * early enough to be whole, unless FEW_CHANNELS says that a group has fewer channels. */
static inline int channels_start(int block, int icg)
{
    const int c = block * (VEC * VECTORS);
    return FEW_CHANNELS ? c : min(c, icg - VEC * VECTORS);
}

INLINE void load_channels(FLOATV x[VECTORS], const __global REAL *p, int icg)
{
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
#if FEW_CHANNELS
        x[v] = load_part(p + v * VEC, max(icg - v * VEC, 0));
#else
        x[v] = load_vec(p + v * VEC);
#endif
}

INLINE void store_channels(FLOATV x[VECTORS], __global REAL *p, int icg)
{
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
#if FEW_CHANNELS
        store_part(x[v], p + v * VEC, max(icg - v * VEC, 0));
#else
        store_vec(x[v], p + v * VEC);
#endif
}

/* Turns the weights into the order that `backward_data_nhwc` reads: taps, groups, blocks of `width`
 * input channels, output channels of the group, then the adjacent channels of the block. `width`
 * divides icg. A work-item takes one output channel, one input channel and one tap. */
__kernel void turn_weights(__global const REAL *weights, __global REAL *turned, int icg, int oc,
                           int ocg, int taps, int width)
{
    const int row = (int)get_global_id(0);
    const int tap = (int)get_global_id(1);
    const int k = row / icg;
    const int c = row - k * icg;
    const int group = k / ocg;
    const int lane = c % width;
    if (k >= oc)
        return;
    store(load(weights + row * taps + tap), turned + (tap * oc + group * ocg) * icg +
                                                (c - lane) * ocg + (k - group * ocg) * width +
                                                lane);
}

/* The gradient of the input: each input pixel gathers from the outputs whose windows cover it.
 * Weights are turned, in blocks of `width` channels: all of a group's, or those of a work-item. The
 * pixels of a tile are SW apart in a row, so that the same taps reach all of them; `tiles` tiles
 * make up each of the SW residues of a row. */
USES_VECTORS
__kernel void backward_data_nhwc(__global const REAL *gradient, __global const REAL *weights,
                                 __global REAL *out, int ic, int icg, int ih, int iw, int oc,
                                 int ocg, int oh, int ow, int ph, int pw, int g, int tiles,
                                 int width)
{
    FLOATV acc[PIXELS][VECTORS];
    FLOATV w[VECTORS];
    const int c = channels_start((int)get_global_id(0), icg);
    const int residue = (int)get_global_id(1) / tiles;
    const int first = ((int)get_global_id(1) - residue * tiles) * PIXELS;
    const int line = (int)get_global_id(2) / g;
    const int group = (int)get_global_id(2) - line * g;
    const int image = line / ih;
    const int y = line - image * ih;
    int from[PIXELS], covered[PIXELS];

    if ((int)get_global_id(0) * (VEC * VECTORS) >= icg || residue + first * SW >= iw)
        return;
#pragma unroll
    for (int p = 0; p < PIXELS; p++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            acc[p][v] = (FLOATV)(0.0f);
    for (int tap = 0; tap < KH * KW; tap++) {
        const int above = y + ph - tap / KW * DH;
        const int before = residue + pw - tap % KW * DW;
        const int row = above / SH;
        const int column = floor_div(before, SW) + first;
        const __global REAL *source =
            weights + (tap * oc + group * ocg) * icg + (width < icg ? c * ocg : c);
        if (above < 0 || above % SH != 0 || row >= oh || floor_div(before, SW) * SW != before)
            continue;
#pragma unroll
        for (int p = 0; p < PIXELS; p++) {
            covered[p] = column + p >= 0 && column + p < ow;
            from[p] = ((image * oh + row) * ow + clamp(column + p, 0, ow - 1)) * oc + group * ocg;
        }
        for (int k = 0; k < ocg; k++) {
            load_channels(w, source + k * width, icg);
#pragma unroll
            for (int p = 0; p < PIXELS; p++) {
                const float d = covered[p] ? load(gradient + from[p] + k) : 0.0f;
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    acc[p][v] = MULTIPLY_ADD((FLOATV)(d), w[v], acc[p][v]);
            }
        }
    }
#pragma unroll
    for (int p = 0; p < PIXELS; p++) {
        const int x = residue + (first + p) * SW;
        if (x < iw)
            store_channels(acc[p], out + (line * iw + x) * ic + group * icg + c, icg);
    }
}

/* The gradient of the weights over `rows` rows of the output: one tap, OUTPUTS output channels and
 * VECTORS vectors of input channels of a group. `lines` is the number of rows of all images. */
USES_VECTORS
__kernel void backward_weights_nhwc(__global const REAL *in, __global const REAL *gradient,
                                    __global REAL *sums, int ic, int icg, int ih, int iw, int oc,
                                    int ocg, int oh, int ow, int ph, int pw, int blocks, int rows,
                                    int lines)
{
    FLOATV acc[OUTPUTS][VECTORS];
    FLOATV x[VECTORS];
    const int c = channels_start((int)get_global_id(0), icg);
    const int tap = (int)get_global_id(1) % (KH * KW);
    const int block = (int)get_global_id(1) / (KH * KW);
    const int group = block / blocks;
    const int k = (block - group * blocks) * OUTPUTS;
    const int chunk = (int)get_global_id(2);
    const int down = tap / KW * DH - ph;
    const int across = tap % KW * DW - pw;
    const int begin = max(0, -floor_div(across, SW));
    const int end = min(ow, floor_div(iw - 1 - across, SW) + 1);
    int from[OUTPUTS];

    if ((int)get_global_id(0) * (VEC * VECTORS) >= icg)
        return;
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++) {
        from[o] = group * ocg + min(k + o, ocg - 1);
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            acc[o][v] = (FLOATV)(0.0f);
    }
    for (int line = chunk * rows; line < min((chunk + 1) * rows, lines); line++) {
        const int image = line / oh;
        const int y = (line - image * oh) * SH + down;
        const __global REAL *source = in + (image * ih + y) * iw * ic + group * icg + c;
        if (y < 0 || y >= ih)
            continue;
        for (int column = begin; column < end; column++) {
            const __global REAL *d = gradient + (line * ow + column) * oc;
            load_channels(x, source + (column * SW + across) * ic, icg);
#pragma unroll
            for (int o = 0; o < OUTPUTS; o++)
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    acc[o][v] = MULTIPLY_ADD((FLOATV)(load(d + from[o])), x[v], acc[o][v]);
        }
    }
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++)
        if (k + o < ocg)
            store_channels(acc[o],
                           sums + ((chunk * (KH * KW) + tap) * oc + group * ocg + k + o) * icg + c,
                           icg);
}

/* Adds up the chunks: sums are chunks x taps x rows, gradients rows x taps. A work-item takes one
 * row and one tap. */
__kernel void gradients_finish(__global const REAL *sums, __global REAL *gradients, int rows,
                               int taps, int chunks)
{
    const int row = (int)get_global_id(0);
    const int tap = (int)get_global_id(1);
    float sum = 0.0f;
    if (row >= rows)
        return;
    for (int chunk = 0; chunk < chunks; chunk++)
        sum += load(sums + (chunk * taps + tap) * rows + row);
    store(sum, gradients + row * taps + tap);
}
