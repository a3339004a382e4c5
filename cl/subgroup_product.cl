/* A convolution, or a matrix product, in NHWC, by sub-groups that need no local memory. A lane of a
 * sub-group computes VECTORS output channels of PIXELS pixels. Each lane has 4 input channels of
 * every fourth pixel in registers, and a multiply-add takes its input from the register of the lane
 * that has it, without an instruction of its own.
 *
 * Weights (pack.cl) are rows of SUBGROUP x VECTORS adjacent channels, in blocks of that; rows are
 * (kernel row, kernel column, input channel). A lane reads its 2 or 4 adjacent weights of a row, or
 * all lanes read a block of several rows, whichever takes fewer instructions.
 *
 * A device without these sub-groups runs the same plan with plain loads. */

#ifndef CVL_HAS_BLOCK_READS
#define CVL_HAS_BLOCK_READS 0
#endif
#ifndef CVL_HAS_SHORT_BLOCK_READS
#define CVL_HAS_SHORT_BLOCK_READS 0
#endif
#if HALF
#define BLOCK_READS CVL_HAS_SHORT_BLOCK_READS
#else
#define BLOCK_READS CVL_HAS_BLOCK_READS
#endif

/* Lanes. */
#ifndef SUBGROUP
#define SUBGROUP 16
#endif

/* Rows of weights that a lane has in registers; they divide the input channels. */
#ifndef ROWS
#define ROWS 4
#endif

/* 1: input channels are a multiple of SUBGROUP; outputs are one of SUBGROUP x VECTORS. */
#ifndef WHOLE_CHUNKS
#define WHOLE_CHUNKS 0
#endif
#ifndef WHOLE_BLOCKS
#define WHOLE_BLOCKS 0
#endif

/* 1: the window is one tap, and output pixels are input pixels. */
#ifndef DENSE
#define DENSE 0
#endif

/* 0: no tap of any window lies in the padding. */
#ifndef PADDED
#define PADDED 1
#endif

/* Sub-groups that divide the rows of one product among them. With more than one, each writes its
 * sums as floats, and group_product_sum adds them up. */
#ifndef SPLITS
#define SPLITS 1
#endif

/* 1: adds another tensor of the output's shape. */
#ifndef RESIDUAL
#define RESIDUAL 0
#endif

#if SPLITS > 1
typedef float RESULT;
#else
typedef REAL RESULT;
#endif
#if RESIDUAL && SPLITS == 1
#define RESIDUAL_ARGUMENT , __global const REAL *restrict residual
#else
#define RESIDUAL_ARGUMENT
#endif

#define BLOCK   (SUBGROUP * VECTORS)
#define WEIGHTS (ROWS * VECTORS)

/* A lane's channels: 2 or 4 adjacent ones, or else SUBGROUP apart. */
#define ADJACENT (!HALF && (VECTORS == 2 || VECTORS == 4))
#if ADJACENT
#define CHANNEL(v)    (LANE * VECTORS + (v))
#define FIRST_CHANNEL (LANE * VECTORS)
#else
#define FIRST_CHANNEL 0
#define CHANNEL(v)    (LANE + (v)*SUBGROUP)
#endif

/* What is read, as it is stored. */
#if HALF
typedef ushort STORED;
#else
typedef uint STORED;
#endif

/* Weights that are read at once: of a row, or of a block of rows. */
#if ADJACENT
#define WIDE VECTORS
#elif WEIGHTS % 8 == 0
#define WIDE 8
#else
#define WIDE 4
#endif

#if BLOCK_READS
#pragma OPENCL EXTENSION cl_intel_subgroups : enable
#if HALF
#pragma OPENCL EXTENSION cl_intel_subgroups_short : enable
#define READ_BLOCK(n, p) JOIN(intel_sub_group_block_read_us, n)((const __global ushort *)(p))
typedef JOIN(ushort, WIDE) STORED_WIDE;
#else
#define READ_BLOCK(n, p) JOIN(intel_sub_group_block_read, n)((const __global uint *)(p))
typedef JOIN(uint, WIDE) STORED_WIDE;
#endif
#define OF_SUBGROUPS __attribute__((intel_reqd_sub_group_size(SUBGROUP)))
#define LANE         ((int)get_sub_group_local_id())
#define NUMBER       ((int)get_sub_group_id())

/* Four channels of a pixel, and rows of weights, as they are read. */
#if HALF
typedef ushort4 STORED4;
#else
typedef uint4 STORED4;
#endif
union piece {
    STORED4 wide;
    STORED at[4];
};

union rows {
    STORED_WIDE wide[WEIGHTS / WIDE];
    STORED at[WEIGHTS];
};

INLINE float to_float(STORED x)
{
#if HALF
    return vload_half(0, (const __private half *)&x);
#else
    return as_float(x);
#endif
}
#else
#define OF_SUBGROUPS
#define LANE   ((int)get_local_id(0) % SUBGROUP)
#define NUMBER ((int)get_local_id(0) / SUBGROUP)
#endif

/* An output pixel: the start of its window, and where the window's tap is. */
struct pixel {
    int y, x;    /* DENSE: 0, and the pixel */
    int place;   /* of channel 0; the nearest inside the input if the tap is in the padding */
    STORED mask; /* all bits, or 0 in the padding */
};

/* Pixels of which a lane knows the place. Where lanes read each other, four lanes have the 16
 * channels of a pixel. */
#if BLOCK_READS
#define HELD             ((PIXELS + 3) / 4)
#define NUMBER_OF(n)     ((n)*4 + LANE / 4)
#define SHUFFLE(x, lane) intel_sub_group_shuffle(x, lane)
#else
#define HELD         PIXELS
#define NUMBER_OF(n) (n)
#endif

/* What all pixels of a sub-group need. */
struct source {
    const __global REAL *in;
    int channels, ih, iw, step; /* elements from a pixel to the next */
};

/* Pixels past the last one are the last one again. */
INLINE void find_pixels(struct pixel pixels[HELD], int first, int last, int ow, int ph, int pw)
{
#pragma unroll
    for (int n = 0; n < HELD; n++) {
        const int pixel = min(first + NUMBER_OF(n), last);
#if DENSE
        pixels[n].y = 0;
        pixels[n].x = pixel;
#else
        const int line = pixel / ow;
        pixels[n].y = line * SH - ph;
        pixels[n].x = (pixel - line * ow) * SW - pw;
#endif
    }
}

INLINE void enter_tap(struct pixel pixels[HELD], const struct source *source, int tap)
{
#pragma unroll
    for (int n = 0; n < HELD; n++) {
        int y = pixels[n].y, x = pixels[n].x;
#if !DENSE
        y += tap / KW * DH;
        x += tap % KW * DW;
#endif
#if PADDED
        pixels[n].mask = inside(y, x, source->ih, source->iw) ? (STORED)~0u : (STORED)0;
        y = clamp(y, 0, source->ih - 1);
        x = clamp(x, 0, source->iw - 1);
#endif
        pixels[n].place = (y * source->iw + x) * source->step;
    }
}

#if BLOCK_READS
/* The lane's channels, from `channel` on; 0 past the last one. */
INLINE void read_pixels(union piece own[HELD], const struct pixel pixels[HELD],
                        const struct source *source, int channel)
{
    const int own_channel = channel + LANE % 4 * 4;
    const bool is_there = WHOLE_CHUNKS || own_channel < source->channels;
#pragma unroll
    for (int n = 0; n < HELD; n++) {
        const __global REAL *from = source->in + pixels[n].place + (is_there ? own_channel : 0);
        own[n].wide = *(const __global STORED4 *)from;
#if PADDED
        own[n].wide &= (STORED4)(pixels[n].mask);
#endif
        if (!is_there)
            own[n].wide = (STORED4)(0);
    }
}

INLINE void read_rows(float rows[WEIGHTS], const __global REAL *from)
{
    union rows read;
#pragma unroll
    for (int n = 0; n < WEIGHTS / WIDE; n++)
#if ADJACENT
        read.wide[n] = *(const __global STORED_WIDE *)(from + n * BLOCK);
#else
        read.wide[n] = READ_BLOCK(WIDE, from + n * (WIDE * SUBGROUP));
#endif
#pragma unroll
    for (int n = 0; n < WEIGHTS; n++)
        rows[n] = to_float(read.at[n]);
}

typedef union piece OPERAND;
#define CHANNEL_OF(p, k) SHUFFLE(to_float(own[(p) / 4].at[(k) % 4]), (p) % 4 * 4 + (k) / 4)
#else
INLINE void read_rows(float rows[WEIGHTS], const __global REAL *from)
{
#pragma unroll
    for (int n = 0; n < WEIGHTS; n++)
        rows[n] = load(from + n / VECTORS * BLOCK + (CHANNEL(n % VECTORS) - FIRST_CHANNEL));
}

INLINE float read_channel(const struct pixel *pixel, const struct source *source, int channel)
{
    const float x = load(source->in + pixel->place + channel);
#if PADDED
    return pixel->mask ? x : 0.0f;
#else
    return x;
#endif
}

typedef struct pixel OPERAND;
#define CHANNEL_OF(p, k) read_channel(&own[p], source, channel + (k))
#endif

/* acc += channels x rows, from `first` of SUBGROUP channels on. */
INLINE void multiply_rows(float acc[PIXELS][VECTORS], const OPERAND *own,
                          const struct source *source, const __global REAL *weights, int channel,
                          int first)
{
    float rows[WEIGHTS];
    if (!WHOLE_CHUNKS && channel + first >= source->channels)
        return;
    read_rows(rows, weights + first * BLOCK);
#pragma unroll
    for (int k = 0; k < ROWS; k++)
#pragma unroll
        for (int p = 0; p < PIXELS; p++) {
            const float x = CHANNEL_OF(p, first + k);
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                acc[p][v] = MULTIPLY_ADD(x, rows[k * VECTORS + v], acc[p][v]);
        }
}

/* The same over SUBGROUP channels, without a loop: Intel's compiler does not unroll one of this
 * length, and reads a lane whose number it does not know by a detour. */
INLINE void multiply_chunk(float acc[PIXELS][VECTORS], const struct pixel pixels[HELD],
                           const struct source *source, const __global REAL *weights, int channel)
{
#if BLOCK_READS
    union piece own[HELD];
    read_pixels(own, pixels, source, channel);
#else
    const struct pixel *own = pixels;
#endif
    multiply_rows(acc, own, source, weights, channel, 0);
    multiply_rows(acc, own, source, weights, channel, ROWS);
#if ROWS < 8
    multiply_rows(acc, own, source, weights, channel, 2 * ROWS);
    multiply_rows(acc, own, source, weights, channel, 3 * ROWS);
#endif
}

/* The arguments are those of group_product.cl. `share`: chunks of SUBGROUP channels of a tap for
 * each of the SPLITS. */
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) OF_SUBGROUPS void subgroup_product_nhwc(
    __global const REAL *restrict in, __global const REAL *restrict weights,
    __global RESULT *restrict out, int channels, int outputs, int padded, int ih, int iw, int ow,
    int ph, int pw, int pixels, int groups, int share, int in_first, int in_image, int in_group,
    int in_step, int out_first, int out_image, int out_group, int out_step RESIDUAL_ARGUMENT)
{
    const int split = (int)get_group_id(2) % SPLITS, z = (int)get_group_id(2) / SPLITS;
    const int image = z / groups, group = z - image * groups;
    const int pixel = ((int)get_group_id(0) * (GROUP / SUBGROUP) + NUMBER) * PIXELS;
    const int output = (int)get_group_id(1) * BLOCK;
    const int rows = channels * (KH * KW);
    const struct source source = {.in = in + in_first + image * in_image + group * in_group,
                                  .channels = channels,
                                  .ih = ih,
                                  .iw = iw,
                                  .step = in_step};
    const __global REAL *block = weights + (group * padded + output) * rows + FIRST_CHANNEL;
    const int tap_chunks = (channels + SUBGROUP - 1) / SUBGROUP;
    const int first = split * share;
    int left = min(share, tap_chunks * (KH * KW) - first);
    int channel = first % tap_chunks * SUBGROUP;
    struct pixel own[HELD];
    float acc[PIXELS][VECTORS];

#pragma unroll
    for (int p = 0; p < PIXELS; p++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            acc[p][v] = 0.0f;
    find_pixels(own, pixel, pixels - 1, ow, ph, pw);
#pragma unroll 1
    for (int tap = first / tap_chunks; left > 0; tap++) {
        const int end = min(channels, channel + left * SUBGROUP);
        enter_tap(own, &source, tap);
        left -= (end - channel + SUBGROUP - 1) / SUBGROUP;
#pragma unroll 1
        for (; channel < end; channel += SUBGROUP)
            multiply_chunk(acc, own, &source, block + (tap * channels + channel) * BLOCK, channel);
        channel = 0;
    }
#if SPLITS > 1
    const int step = (outputs + 3) / 4 * 4, width = step - output;
    const int place = ((int)get_group_id(2) * pixels + pixel) * step + output;
#else
    const int step = out_step, width = outputs - output;
    const int place = out_first + image * out_image + group * out_group + pixel * out_step + output;
#endif
#pragma unroll
    for (int p = 0; p < PIXELS; p++) {
        if (pixel + p >= pixels)
            continue;
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            const int at = place + p * step + CHANNEL(v);
            if (!WHOLE_BLOCKS && CHANNEL(v) >= width)
                continue;
#if SPLITS > 1
            out[at] = acc[p][v];
#elif RESIDUAL
            store(acc[p][v] + load(residual + at), out + at);
#else
            store(acc[p][v], out + at);
#endif
        }
    }
}
