/* A convolution, or a batch of matrix products, whose operands a whole work-group shares: it copies
 * CHUNK rows of packed weights (pack.cl) and of the patch matrix into local memory, and each of its
 * items multiplies a register tile from there. While it multiplies, the next rows are on their way
 * into registers, and then into the other half of local memory.
 *
 * Rows are (kernel row, kernel column, input channel). A group computes ACROSS x DOWN outputs,
 * `across` being the direction in which outputs are adjacent in memory: channels in NHWC, pixels in
 * NCHW. An item computes VECTORS vectors of VEC across, and PIXELS (NHWC) or OUTPUTS (NCHW) down;
 * GC and GP are the items along channels and along pixels. */

/* 1: NCHW. */
#ifndef PLANES
#define PLANES 0
#endif

/* 1: a chunk may span several taps of the window; 0: it ends with the channels of a tap. */
#ifndef SPAN_TAPS
#define SPAN_TAPS 0
#endif

/* 1: chunks end where their rows do; blocks of OUTPUT_TILE outputs where the padded outputs do. */
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

/* With PHASE, the windows' rows go through local memory (phases.clh): NCHW as phases, with blocks
 * of CHUNK channels, of which all taps follow one another, or with all channels if a chunk may span
 * taps; NHWC as they lie in memory, with all channels. */

/* Adjacent elements that are read or written at once. The plan sees to it that they are aligned and
 * that no edge parts them. OUT_WIDE is VEC or 1. */
#ifndef IN_WIDE
#define IN_WIDE 1
#endif
#ifndef WEIGHTS_WIDE
#define WEIGHTS_WIDE 1
#endif
#ifndef OUT_WIDE
#define OUT_WIDE 1
#endif

/* Groups that divide the rows of one product among them. With more than one, each writes its sums
 * as floats, and group_product_sum adds them up. */
#ifndef SPLITS
#define SPLITS 1
#endif

/* 1: adds another tensor of the output's shape. */
#ifndef RESIDUAL
#define RESIDUAL 0
#endif
#if RESIDUAL
#define RESIDUAL_ARGUMENT , __global const REAL *residual
#define RESIDUAL_PASSED   , residual
#else
#define RESIDUAL_ARGUMENT
#define RESIDUAL_PASSED
#endif

#if SPLITS > 1
typedef float RESULT;
#define RESIDUAL_IN_PRODUCT
#else
typedef REAL RESULT;
#define RESIDUAL_IN_PRODUCT RESIDUAL_ARGUMENT
#endif

#if PLANES
#define ITEMS_ACROSS GP
#define ITEMS_DOWN   GC
#define TILE_DOWN    OUTPUTS
#else
#define ITEMS_ACROSS GC
#define ITEMS_DOWN   GP
#define TILE_DOWN    PIXELS
#endif
#define ACROSS      (ITEMS_ACROSS * VECTORS * VEC)
#define DOWN        (ITEMS_DOWN * TILE_DOWN)
#define PIXEL_TILE  (PLANES ? ACROSS : DOWN)
#define OUTPUT_TILE (PLANES ? DOWN : ACROSS)

/* With HALF: rows whose products are added up in half arithmetic; their sums are then added in
 * float. 0: all arithmetic is in float. */
#ifndef HALF_ROWS
#define HALF_ROWS 0
#endif

/* Rows that are multiplied without a branch. Beside copied rows a chunk may be small: half of it,
 * so that its code and the copy's do not become one, with registers for both. */
#define STEP_ROWS (HALF_ROWS ? HALF_ROWS : PHASE && CHUNK == 8 ? 4 : 8)
#define STEP      (CHUNK < STEP_ROWS ? CHUNK : STEP_ROWS)

/* Down, an item reads QUAD adjacent cells of local memory at once. The quads of the items
 * alternate, as the vectors across do, so that neighbours read from different banks. */
#if TILE_DOWN % 4 == 0
#define QUAD 4
#elif TILE_DOWN % 2 == 0
#define QUAD 2
#else
#define QUAD 1
#endif

/* A row of the tile down starts 16-byte aligned. NHWC: a piece of IN_WIDE channels of a pixel is
 * spread over as many rows. Neighbouring items read NEAR adjacent pieces, together 32 bytes, of
 * different pixels; the skew between the rows of one piece and the next keeps them apart. */
#define PITCH       ((DOWN + 3) / 4 * 4)
#define PIECES      (CHUNK / IN_WIDE)
#define SECTOR      (32 / (IN_WIDE * (HALF ? 2 : 4)))
#define NEAR_       (SECTOR < PIECES ? SECTOR : PIECES)
#define NEAR        (NEAR_ < 8 ? NEAR_ : 8)
#define SKEW        (PLANES ? 0 : (32 + 32 / NEAR - IN_WIDE * PITCH % 32) % 32)
#define DOWN_ROW(k) ((k)*PITCH + (k) / IN_WIDE * SKEW)

#define ACROSS_CELLS (CHUNK * ACROSS)
#define DOWN_CELLS   (CHUNK * PITCH + PIECES * SKEW)

/* Pieces that an item copies for a chunk. */
#define IN_PIECES                 (PIXEL_TILE * CHUNK / IN_WIDE)
#define IN_COPIES                 ((IN_PIECES + GROUP - 1) / GROUP)
#define WEIGHTS_PIECES            (OUTPUT_TILE * CHUNK / WEIGHTS_WIDE)
#define WEIGHTS_COPIES            ((WEIGHTS_PIECES + GROUP - 1) / GROUP)
#define HAS_PIECE(number, pieces) ((pieces) % GROUP == 0 ? true : (number) < (pieces))

/* Pieces on their way are as they are stored. */
#if HALF
typedef ushort STORED1;
typedef uint2 STORED4;
typedef uint4 STORED8;
#else
typedef float STORED1;
typedef float4 STORED4;
#endif
typedef JOIN(STORED, IN_WIDE) IN_PIECE;
typedef JOIN(STORED, WEIGHTS_WIDE) WEIGHTS_PIECE;

/* Loads that are aligned to their size: one instruction each. A vload is only aligned to its
 * elements. */
#define load_wide1(p) (*(const __global STORED1 *)(p))
#define load_wide4(p) (*(const __global STORED4 *)(p))
#define load_wide8(p) (*(const __global STORED8 *)(p))

/* What was loaded, as floats. */
#if HALF
INLINE float floats1(STORED1 x)
{
    return vload_half(0, (const __private half *)&x);
}

INLINE float4 floats4(STORED4 x)
{
    return vload_half4(0, (const __private half *)&x);
}

INLINE float8 floats8(STORED8 x)
{
    return vload_half8(0, (const __private half *)&x);
}
#else
#define floats1(x) (x)
#define floats4(x) (x)
#endif

/* Vectors of one element, for JOIN. */
#define float1       float
#define ushort1      ushort
#define half1        half
#define as_ushort1   as_ushort
#define as_int1      as_int
#define as_float1    as_float
#define as_half1     as_half
#define vload_half1  vload_half
#define vstore_half1 vstore_half

/* A cell of local memory is a float, or with HALF_ROWS a half as it is stored. */
#if HALF_ROWS
typedef ushort CELL;
typedef JOIN(ushort, IN_WIDE) IN_CELLS;
typedef JOIN(ushort, WEIGHTS_WIDE) WEIGHTS_CELLS;
#define cells(n, x) JOIN(as_ushort, n)(x)
#else
typedef float CELL;
typedef JOIN(float, IN_WIDE) IN_CELLS;
typedef JOIN(float, WEIGHTS_WIDE) WEIGHTS_CELLS;
#define cells(n, x) JOIN(floats, n)(x)
#endif

union in_cells {
    IN_CELLS vec;
    CELL at[IN_WIDE];
};

/* What is multiplied: vectors of n terms, of n cells. Halves are floats on a device without half
 * arithmetic. */
#if HALF_ROWS && CVL_HAS_HALF
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#define TERM(n)          JOIN(half, n)
#define load_terms(n, p) JOIN(as_half, n)(*(const __local JOIN(ushort, n) *)(p))
#elif HALF_ROWS
#define TERM(n)          JOIN(float, n)
#define load_terms(n, p) JOIN(vload_half, n)(0, (const __local half *)(p))
#else
#define TERM(n)          JOIN(float, n)
#define load_terms(n, p) (*(const __local TERM(n) *)(p))
#endif
typedef TERM(VEC) TERMV;

union down_tile {
    TERM(QUAD) quad[TILE_DOWN / QUAD];
    TERM(1) at[TILE_DOWN];
};

#if HALF_ROWS && !CVL_HAS_HALF
/* What a fused multiply-add of halves gives, to the last bit, by float arithmetic: for tests of
 * answers on devices without half arithmetic. a * b is exact, since halves have 11 bits and floats
 * 24. The sum is rounded to odd: where `rest`, what its rounding took away, is not 0, it is the
 * neighbour of the exact sum whose last bit is 1. Such a float lies halfway between two halves only
 * where the exact sum does, so that rounding it to half gives what one rounding gives (Boldo and
 * Melquiond, IEEE Transactions on Computers 57, 2008). A NaN and an infinity stay. */
INLINE FLOATV multiply_halves(FLOATV a, FLOATV b, FLOATV c)
{
    const FLOATV product = a * b, sum = product + c, back = sum - product;
    const FLOATV rest = (product - (sum - back)) + (c - back);
    const INTV bits = JOIN(as_int, VEC)(sum);
    const INTV is_even = (bits & 1) == 0, is_inexact = (rest > 0.0f) | (rest < 0.0f);
    const INTV outward = (rest > 0.0f) == (sum > 0.0f);
    const INTV step = select((INTV)(-1), (INTV)(1), outward);
    const INTV odd = bits + select((INTV)(0), step, is_inexact & is_even);
    JOIN(ushort, VEC) rounded;
    JOIN(vstore_half, VEC)(JOIN(as_float, VEC)(odd), 0, (__private half *)&rounded);
    return JOIN(vload_half, VEC)(0, (const __private half *)&rounded);
}
#define MULTIPLY_TERMS(a, b, c) multiply_halves(a, b, c)
#else
#define MULTIPLY_TERMS(a, b, c) MULTIPLY_ADD(a, b, c)
#endif

/* A piece that a work-item copies of each chunk. */
struct piece {
    int y, x; /* the start of its pixel's window; DENSE: 0, and the pixel */
    int row;  /* of the chunk */
#if SPAN_TAPS
    int tap, channel; /* of the next copy */
#else
    int place; /* in the input, at channel 0 of the tap; below 0: in the padding */
#endif
#if PHASE
    int from; /* its window's place in the copied rows, without the padding on the left */
#endif
};

/* 1: after a chunk comes the same block of channels at the next tap. */
#define BLOCKS_FIRST (PHASE && !SPAN_TAPS)

/* The first row of a chunk: tap and channel; with SPAN_TAPS, `channel` counts on from tap 0. */
struct position {
    int tap, channel;
};

/* What all copies of a group need. */
struct source {
    const __global REAL *in, *weights;
    int channels, rows, width;          /* input channels; rows in all; channels in a packed row */
    int ih, iw, pixel_step, plane_step; /* elements from a pixel, a channel, to the next */
#if PHASE
    const __local ELEMENT1 *tile; /* copied rows */
    int place;                    /* of `in` in its buffer */
    int pw, first_line; /* the line of output pixels whose windows begin with the first row */
#endif
};

/* Pixel and row of a piece, by its number. */
INLINE void place_piece(uint number, int *pixel, int *row)
{
#if PLANES
    *pixel = (int)(number % (PIXEL_TILE / IN_WIDE)) * IN_WIDE;
    *row = (int)(number / (PIXEL_TILE / IN_WIDE));
#else
    *pixel = (int)(number / NEAR % PIXEL_TILE);
    *row = (int)(number / (NEAR * PIXEL_TILE) * NEAR + number % NEAR) * IN_WIDE;
#endif
}

#if PHASE
/* In the copied rows: where the window of a pixel begins, and where a tap is from there. */
INLINE int window_start(const struct source *source, int line, int column)
{
#if PLANES
    return line * phase_pitch(source->iw) + column;
#else
    return (line * SH * source->iw + column * SW) * source->channels;
#endif
}

INLINE int place_of_tap(const struct source *source, int tap)
{
    const int y = tap / KW * DH, x = tap % KW * DW - source->pw;
#if PLANES
    return phase_row(y, phase_pitch(source->iw)) + phase_column(x);
#else
    return (y * source->iw + x) * source->channels;
#endif
}
#endif

INLINE void find_pieces(struct piece pieces[IN_COPIES], const struct source *source,
                        struct position at, int first, int pixels, int ow, int ph, int pw)
{
#pragma unroll
    for (int n = 0; n < IN_COPIES; n++) {
        const uint number = (uint)get_local_id(0) + n * GROUP;
        int pixel, row;
        place_piece(number, &pixel, &row);
        pixel += first;
        pieces[n].row = row;
#if DENSE
        pieces[n].y = pixel < pixels && HAS_PIECE(number, IN_PIECES) ? 0 : FAR;
        pieces[n].x = pixel;
#else
        const int line = pixel / ow, column = pixel - line * ow;
        pieces[n].y = pixel < pixels && HAS_PIECE(number, IN_PIECES) ? line * SH - ph : FAR;
        pieces[n].x = column * SW - pw;
#endif
#if PHASE
        pieces[n].from = window_start(source, line - source->first_line, column);
#endif
#if SPAN_TAPS
        pieces[n].tap = (at.channel + row) / source->channels;
        pieces[n].channel = at.channel + row - pieces[n].tap * source->channels;
#endif
    }
}

/* Where the window's tap is for a piece, from channel 0 on; below 0 if in the padding. */
INLINE int place_of(const struct piece *piece, const struct source *source, int tap)
{
#if DENSE
    return piece->y == 0 ? piece->x * source->pixel_step : -1;
#else
    const int y = piece->y + tap / KW * DH, x = piece->x + tap % KW * DW;
#if PHASE
    return inside(y, x, source->ih, source->iw) ? piece->from + place_of_tap(source, tap) : -1;
#else
    return inside(y, x, source->ih, source->iw) ? (y * source->iw + x) * source->pixel_step : -1;
#endif
#endif
}

/* A piece of a channel, from the input or from its copied rows. */
INLINE IN_PIECE load_piece(const struct source *source, int place, int channel)
{
#if PHASE
    return source->tile[place + channel * (PLANES ? PHASE_PLANE : 1)];
#else
    return JOIN(load_wide, IN_WIDE)(source->in + place + channel * source->plane_step);
#endif
}

#if SPAN_TAPS
INLINE void fetch_input(IN_PIECE values[IN_COPIES], struct piece pieces[IN_COPIES],
                        const struct source *source, struct position at)
{
#pragma unroll
    for (int n = 0; n < IN_COPIES; n++) {
        const int place =
            pieces[n].tap < KH * KW ? place_of(&pieces[n], source, pieces[n].tap) : -1;
        values[n] = (IN_PIECE)(0);
        if (place >= 0)
            values[n] = load_piece(source, place, pieces[n].channel);
        pieces[n].channel += CHUNK;
        for (; pieces[n].channel >= source->channels; pieces[n].channel -= source->channels)
            pieces[n].tap++;
    }
}
#else
INLINE void enter_tap(struct piece pieces[IN_COPIES], const struct source *source, int tap)
{
#pragma unroll
    for (int n = 0; n < IN_COPIES; n++)
        pieces[n].place = place_of(&pieces[n], source, tap);
}

INLINE void fetch_input(IN_PIECE values[IN_COPIES], struct piece pieces[IN_COPIES],
                        const struct source *source, struct position at)
{
#pragma unroll
    for (int n = 0; n < IN_COPIES; n++) {
        const int channel = at.channel + pieces[n].row;
        values[n] = (IN_PIECE)(0);
        if (pieces[n].place >= 0 && (WHOLE_CHUNKS || channel < source->channels))
            values[n] = load_piece(source, pieces[n].place, PHASE ? pieces[n].row : channel);
    }
}
#endif

#if PHASE
/* Copies the rows of the windows of a group's pixels, from a channel on. No item may need those
 * before any more. */
INLINE void copy_input(__local ELEMENT1 *tile, const struct source *source, int channel,
                       int last_line, int ph)
{
    const struct rows rows = {
        .in = source->in - source->place,
        .place = source->place + channel * source->plane_step,
        .step = source->plane_step,
        .planes = PLANES ? min(PHASE_PLANES, source->channels - channel) : 1,
        .height = source->ih,
        .width = PLANES ? source->iw : source->iw * source->channels,
        .first = source->first_line * SH - ph,
        .count = (last_line - source->first_line) * SH + (KH - 1) * DH + 1,
    };
    copy_rows(tile, rows);
    barrier(CLK_LOCAL_MEM_FENCE);
}
#endif

INLINE void fetch_weights(WEIGHTS_PIECE values[WEIGHTS_COPIES], const struct source *source,
                          struct position at)
{
#if SPAN_TAPS
    const int first = at.channel, end = source->rows;
#else
    const int first = at.tap * source->channels + at.channel;
    const int end = (at.tap + 1) * source->channels;
#endif
    const __global REAL *weights = source->weights + first * source->width;
#pragma unroll
    for (int n = 0; n < WEIGHTS_COPIES; n++) {
        const uint number = (uint)get_local_id(0) + n * GROUP;
        const int k = (int)(number % (OUTPUT_TILE / WEIGHTS_WIDE)) * WEIGHTS_WIDE;
        const int row = (int)(number / (OUTPUT_TILE / WEIGHTS_WIDE));
        values[n] = (WEIGHTS_PIECE)(0);
        if ((WHOLE_BLOCKS || k < source->width) && (WHOLE_CHUNKS || first + row < end) &&
            HAS_PIECE(number, WEIGHTS_PIECES))
            values[n] = JOIN(load_wide, WEIGHTS_WIDE)(weights + row * source->width + k);
    }
}

/* Stores a piece. 8 floats are two stores, 16 bytes each: of eight neighbours, which hardware
 * serves together, four begin with the second, so that they meet in no bank. */
#if HALF_ROWS
#define put_cells(n, to, cells, number) (*(__local JOIN(ushort, n) *)(to) = (cells))
#else
#define put_cells(n, to, cells, number) JOIN(put_floats, n)(to, cells, number)
#endif
#define put_floats1(to, values, number) (*(to) = (values))
#define put_floats4(to, values, number) (*(__local float4 *)(to) = (values))
#if HALF
INLINE void put_floats8(__local float *to, float8 values, uint number)
{
    const bool turned = number & 4;
    *(__local float4 *)(to + (turned ? 4 : 0)) = turned ? values.hi : values.lo;
    *(__local float4 *)(to + (turned ? 0 : 4)) = turned ? values.lo : values.hi;
}
#endif

/* Local memory starts aligned for any vector, and rows keep that for 4 floats. */
INLINE void put_weights(__local CELL *tile, const WEIGHTS_PIECE values[WEIGHTS_COPIES])
{
#pragma unroll
    for (int n = 0; n < WEIGHTS_COPIES; n++) {
        const uint number = (uint)get_local_id(0) + n * GROUP;
        const int k = (int)(number % (OUTPUT_TILE / WEIGHTS_WIDE)) * WEIGHTS_WIDE;
        const int row = (int)(number / (OUTPUT_TILE / WEIGHTS_WIDE));
        const int place = (PLANES ? row * PITCH : row * ACROSS) + k;
        if (!HAS_PIECE(number, WEIGHTS_PIECES))
            continue;
#if PLANES
        put_cells(WEIGHTS_WIDE, tile + place, cells(WEIGHTS_WIDE, values[n]), number);
#else
        /* Not turned: that would take registers which tiles of NHWC have no more. */
        *(__local WEIGHTS_CELLS *)(tile + place) = cells(WEIGHTS_WIDE, values[n]);
#endif
    }
}

INLINE void put_input(__local CELL *tile, const IN_PIECE values[IN_COPIES])
{
#pragma unroll
    for (int n = 0; n < IN_COPIES; n++) {
        const uint number = (uint)get_local_id(0) + n * GROUP;
        int pixel, row;
        place_piece(number, &pixel, &row);
        if (!HAS_PIECE(number, IN_PIECES))
            continue;
#if PLANES
        put_cells(IN_WIDE, tile + row * ACROSS + pixel, cells(IN_WIDE, values[n]), number);
#else
        union in_cells piece;
        piece.vec = cells(IN_WIDE, values[n]);
#pragma unroll
        for (int i = 0; i < IN_WIDE; i++)
            tile[DOWN_ROW(row) + i * PITCH + pixel] = piece.at[i];
#endif
    }
}

#if HALF_ROWS
INLINE void clear_sums(TERMV sums[TILE_DOWN][VECTORS])
{
#pragma unroll
    for (int i = 0; i < TILE_DOWN; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            sums[i][v] = (TERMV)(0.0f);
}

INLINE FLOATV terms_to_float(TERMV x)
{
#if CVL_HAS_HALF
    return JOIN(vload_half, VEC)(0, (const __private half *)&x);
#else
    return x;
#endif
}

/* acc += sums */
INLINE void add_sums(FLOATV acc[TILE_DOWN][VECTORS], TERMV sums[TILE_DOWN][VECTORS])
{
#pragma unroll
    for (int i = 0; i < TILE_DOWN; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            acc[i][v] += terms_to_float(sums[i][v]);
}
#endif

/* acc += down x across, over a chunk; with HALF_ROWS by way of the sums of each step. */
INLINE void multiply_chunk(FLOATV acc[TILE_DOWN][VECTORS], const __local CELL *across,
                           const __local CELL *down)
{
#pragma unroll 1
    for (int k0 = 0; k0 < CHUNK; k0 += STEP) {
#if HALF_ROWS
        TERMV sums[TILE_DOWN][VECTORS];
        clear_sums(sums);
#else
        TERMV(*sums)[VECTORS] = acc;
#endif
#pragma unroll
        for (int k = 0; k < STEP; k++) {
            TERMV x[VECTORS];
            union down_tile y;
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                x[v] = load_terms(VEC, across + (k0 + k) * ACROSS + v * (ITEMS_ACROSS * VEC));
#pragma unroll
            for (int q = 0; q < TILE_DOWN / QUAD; q++)
                y.quad[q] =
                    load_terms(QUAD, down + DOWN_ROW(k0) + DOWN_ROW(k) + q * (ITEMS_DOWN * QUAD));
#pragma unroll
            for (int i = 0; i < TILE_DOWN; i++)
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    sums[i][v] = MULTIPLY_TERMS((TERMV)(y.at[i]), x[v], sums[i][v]);
        }
#if HALF_ROWS
        add_sums(acc, sums);
#endif
    }
}

INLINE void clear_tile(FLOATV acc[TILE_DOWN][VECTORS])
{
#pragma unroll
    for (int i = 0; i < TILE_DOWN; i++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            acc[i][v] = (FLOATV)(0.0f);
}

/* Stores `count` lanes, or all if it is larger, after it has added the residual to them. */
INLINE void store_result(FLOATV x, __global REAL *out, int place, int count RESIDUAL_ARGUMENT)
{
#if OUT_WIDE == VEC && HALF
#if RESIDUAL
    x += floats4(load_wide4(residual + place));
#endif
    uint2 raw;
    vstore_half4(x, 0, (__private half *)&raw);
    *(__global uint2 *)(out + place) = raw;
#elif OUT_WIDE == VEC
#if RESIDUAL
    x += *(const __global FLOATV *)(residual + place);
#endif
    *(__global FLOATV *)(out + place) = x;
#else
#if RESIDUAL
    x += load_part(residual + place, count);
#endif
    store_part(x, out + place, count);
#endif
}

/* Arguments of a kernel: `channels`, `outputs` and `padded` (outputs with padding) of one group;
 * elements from an image, a group and a step to the next, of the input (a step is to the next pixel
 * in NHWC, to the next channel in NCHW) and of the output (a step is to the next one down);
 * `share`: chunks for each of the SPLITS. */
#define PRODUCT_ARGUMENTS                                                                          \
    __global const REAL *restrict in, __global const REAL *restrict weights,                       \
        __global RESULT *restrict out, int channels, int outputs, int padded, int ih, int iw,      \
        int ow, int ph, int pw, int pixels, int groups, int share, int in_first, int in_image,     \
        int in_group, int in_step, int out_first, int out_image, int out_group,                    \
        int out_step RESIDUAL_IN_PRODUCT
#define OF_GROUP __attribute__((reqd_work_group_size(GROUP, 1, 1)))
#if PLANES
__kernel OF_GROUP void group_product_nchw(PRODUCT_ARGUMENTS)
#else
__kernel OF_GROUP void group_product_nhwc(PRODUCT_ARGUMENTS)
#endif
{
    __local CELL across[2 * ACROSS_CELLS] __attribute__((aligned(64)));
    __local CELL down[2 * DOWN_CELLS] __attribute__((aligned(16)));
    const int split = (int)get_group_id(2) % SPLITS, z = (int)get_group_id(2) / SPLITS;
    const int image = z / groups, group = z - image * groups;
    const int pixel = (int)get_group_id(0) * PIXEL_TILE;
    const int output = (int)get_group_id(1) * OUTPUT_TILE;
    const int own_across = (int)get_local_id(0) % ITEMS_ACROSS;
    const int own_down = (int)get_local_id(0) / ITEMS_ACROSS;
    const int rows = channels * (KH * KW);
    const int in_place = in_first + image * in_image + group * in_group;
#if PHASE
    __local ELEMENT1 tile[PHASE_ELEMENTS] __attribute__((aligned(16)));
    const int last_line = (min(pixel + PIXEL_TILE, pixels) - 1) / ow;
#endif
    const struct source source = {
        .in = in + in_place,
        .weights = weights + (group * padded + output) * rows,
        .channels = channels,
        .rows = rows,
        .width = min(OUTPUT_TILE, padded - output),
        .ih = ih,
        .iw = iw,
        .pixel_step = PLANES ? 1 : in_step,
        .plane_step = PLANES ? in_step : 1,
#if PHASE
        .tile = tile,
        .place = in_place,
        .pw = pw,
        .first_line = pixel / ow
#endif
    };
    const int run = SPAN_TAPS ? rows : channels;
    const int run_chunks = (run + CHUNK - 1) / CHUNK;
    const int chunks = SPAN_TAPS ? run_chunks : run_chunks * (KH * KW);
    const int first = split * share, count = min(share, chunks - first);
#if BLOCKS_FIRST
    struct position at = {first % (KH * KW), first / (KH * KW) * CHUNK};
#else
    struct position at = {first / run_chunks, first % run_chunks * CHUNK};
#endif
    struct piece pieces[IN_COPIES];
    IN_PIECE in_values[IN_COPIES];
    WEIGHTS_PIECE weights_values[WEIGHTS_COPIES];
    FLOATV acc[TILE_DOWN][VECTORS];

    clear_tile(acc);
    find_pieces(pieces, &source, at, pixel, pixels, ow, ph, pw);
#if !SPAN_TAPS
    enter_tap(pieces, &source, at.tap);
#endif
#if PHASE
    copy_input(tile, &source, SPAN_TAPS ? 0 : at.channel, last_line, ph);
#endif
    if (count > 0) {
        fetch_input(in_values, pieces, &source, at);
        fetch_weights(weights_values, &source, at);
    }
#pragma unroll 1
    for (int i = 0; i < count; i++) {
        __local CELL *x = across + (i & 1) * ACROSS_CELLS, *y = down + (i & 1) * DOWN_CELLS;
        put_input(PLANES ? x : y, in_values);
        put_weights(PLANES ? y : x, weights_values);
        barrier(CLK_LOCAL_MEM_FENCE);
#if BLOCKS_FIRST
        if (++at.tap == KH * KW) {
            at.tap = 0;
            at.channel += CHUNK;
            if (i + 1 < count)
                copy_input(tile, &source, at.channel, last_line, ph);
        }
        enter_tap(pieces, &source, at.tap);
#else
        at.channel += CHUNK;
#if !SPAN_TAPS
        if (at.channel >= channels) {
            at.channel = 0;
            at.tap++;
            enter_tap(pieces, &source, at.tap);
        }
#endif
#endif
        if (i + 1 < count) {
            fetch_input(in_values, pieces, &source, at);
            fetch_weights(weights_values, &source, at);
        }
        multiply_chunk(acc, x + own_across * VEC, y + own_down * QUAD);
    }
    const int rest_across = (PLANES ? pixels - pixel : outputs - output) - own_across * VEC;
    const int rest_down = (PLANES ? outputs - output : pixels - pixel) - own_down * QUAD;
#if SPLITS > 1
    const int step = ((PLANES ? pixels : outputs) + VEC - 1) / VEC * VEC;
    const int steps = PLANES ? outputs : pixels;
    const int place = ((int)get_group_id(2) * steps + steps - rest_down) * step +
                      (PLANES ? pixel : output) + own_across * VEC;
#else
    const int step = out_step;
    const int place = out_first + image * out_image + group * out_group +
                      (PLANES ? output * out_step + pixel : pixel * out_step + output) +
                      own_down * QUAD * out_step + own_across * VEC;
#endif
#pragma unroll
    for (int i = 0; i < TILE_DOWN; i++) {
        const int y = i / QUAD * (ITEMS_DOWN * QUAD) + i % QUAD;
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            const int x = v * (ITEMS_ACROSS * VEC);
            if (y >= rest_down || x >= rest_across)
                continue;
#if SPLITS > 1
            *(__global FLOATV *)(out + place + y * step + x) = acc[i][v];
#else
            store_result(acc[i][v], out, place + y * step + x, rest_across - x RESIDUAL_PASSED);
#endif
        }
    }
}

#if SPLITS > 1
/* Adds up the sums of the splits, in their order. An item takes a vector of one step down of one
 * product; the sums are images and groups x splits x down x across, padded to VEC. */
__kernel void group_product_sum(__global const float *restrict sums, __global REAL *restrict out,
                                int across, int steps, int groups, int out_first, int out_image,
                                int out_group, int out_step RESIDUAL_ARGUMENT)
{
    const int x = (int)get_global_id(0) * VEC, y = (int)get_global_id(1);
    const int z = (int)get_global_id(2), image = z / groups, group = z - image * groups;
    const int step = (across + VEC - 1) / VEC * VEC;
    const __global float *source = sums + (z * SPLITS * steps + y) * step + x;
    FLOATV sum = (FLOATV)(0.0f);
    if (x >= across || y >= steps)
        return;
#pragma unroll
    for (int split = 0; split < SPLITS; split++)
        sum += *(const __global FLOATV *)(source + split * steps * step);
    store_result(sum, out, out_first + image * out_image + group * out_group + y * out_step + x,
                 across - x RESIDUAL_PASSED);
}
#endif
