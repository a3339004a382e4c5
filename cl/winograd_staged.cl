/* Winograd's minimal filtering (winograd.clh) in stages, for all tiles at once: winograd_weights
 * (winograd.cl) when weights are loaded; then winograd_input, a batch of products, one for each
 * position (pw_direct.cl), and winograd_output.
 *
 * Between the stages, transformed tiles and products lie in global memory as position, tile,
 * channel: floats, however the tensors are stored, since half would lose what the transforms
 * amplify. The channels of a tile are padded with zeros to a `pitch` that VEC divides, so vectors
 * are aligned.
 *
 * A work-group transforms TILES tiles of VECTORS vectors of channels; ROWS work-items share a tile
 * and vector. Each takes whole rows or columns of the tile at a time, so it needs only SPAN vectors
 * of registers; between rows and columns the tile is in local memory. */

#ifndef TILES
#define TILES 1
#endif
#ifndef ROWS
#define ROWS 1
#endif

/* 1: work-items go along channels where they access transformed tiles or products, and along tiles
 * where they access the tensor, which is NCHW: consecutive items then access memory in order. */
#ifndef TURNED
#define TURNED 0
#endif

/* 1: NHWC whose channels are a multiple of VEC. */
#ifndef WHOLE
#define WHOLE 0
#endif

/* Floats of a tile, and of all tiles of a group, at one position in local memory. */
#define PITCH (VECTORS * VEC + TURNED)
#define SLOT  (TILES * PITCH)

/* What other work-items wrote is read only if several share a tile, or if they turn. */
#if ROWS > 1 || TURNED
#define TURN_BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
#else
#define TURN_BARRIER()
#endif

/* What a work-item takes: a vector of channels of a tile, and rows or columns from `row` on. */
struct own {
    int c, tile, row; /* of the whole tensor */
    int slot;         /* in local memory */
};

/* Groups of the same tiles, which take different channels, are adjacent. */
INLINE struct own own_part(bool turned, int pitch)
{
    struct own own;
    const int group = (int)get_group_id(0), across = (pitch - 1) / (VECTORS * VEC) + 1;
    const int item = (int)get_local_id(0);
    const int lane = turned ? item / TILES % VECTORS : item % VECTORS;
    const int tile = turned ? item % TILES : item / VECTORS % TILES;
    own.c = (group % across * VECTORS + lane) * VEC;
    own.tile = group / across * TILES + tile;
    own.row = item / (VECTORS * TILES);
    own.slot = tile * PITCH + lane * VEC;
    return own;
}

/* Accesses that are aligned to their size: one instruction each, where a vload, which is only
 * aligned to its elements, may be one for each of them. */
static inline FLOATV load_aligned(const __global float *p)
{
    return *(const __global FLOATV *)p;
}

static inline void store_aligned(FLOATV x, __global float *p)
{
    *(__global FLOATV *)p = x;
}

#if TURNED
#define LOAD_BETWEEN(p)     load_local(p)
#define STORE_BETWEEN(x, p) store_local(x, p)
#else
#define LOAD_BETWEEN(p)     (*(const __local FLOATV *)(p))
#define STORE_BETWEEN(x, p) (*(__local FLOATV *)(p) = (x))
#endif
#define BETWEEN(slots) __local float between[(slots)*SLOT] __attribute__((aligned(4 * VEC)))

/* Loads VEC channels of one pixel, `plane` elements apart; 0 after the first `count`. */
INLINE FLOATV load_pixel(const __global REAL *p, int count, int plane)
{
#if WHOLE
    return load_whole(p);
#else
    return load_apart(p, count, plane);
#endif
}

/* Stores VEC channels of one pixel, `plane` elements apart; `count` of them exist. */
INLINE void store_pixel(FLOATV value, __global REAL *p, int count, int plane)
{
#if WHOLE
    store_whole(value, p);
#else
    store_apart(value, p, count, plane);
#endif
}

/* Loads rows of input tiles, zeros in the padding, and transforms them. */
INLINE void transform_rows(__local float *between, const __global REAL *in, struct tile_sizes sizes,
                           int pitch, int step, int plane)
{
    const struct own own = own_part(TURNED, pitch);
    const struct tile_place place = tile_place(own.tile, sizes);
    const bool exists = own.tile < sizes.tiles && own.c < sizes.ic;
    const int x0 = place.x - sizes.pw;
    const __global REAL *image = in + place.image * sizes.ih * sizes.iw * sizes.ic + own.c * plane;
#pragma unroll 1
    for (int r = own.row; r < SPAN; r += ROWS) {
        FLOATV d[SPAN];
        const int y = place.y - sizes.ph + r;
#pragma unroll
        for (int i = 0; i < SPAN; i++) {
            d[i] = (FLOATV)(0.0f);
            if (exists && inside(y, x0 + i, sizes.ih, sizes.iw))
                d[i] = load_pixel(image + (y * sizes.iw + x0 + i) * step, sizes.ic - own.c, plane);
        }
        transform_input(d, 1);
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            STORE_BETWEEN(d[i], between + (r * SPAN + i) * SLOT + own.slot);
    }
}

/* Transforms columns and stores them. */
INLINE void store_columns(const __local float *between, __global float *transformed, int tiles,
                          int pitch)
{
    const struct own own = own_part(false, pitch);
    if (own.tile >= tiles || own.c >= pitch)
        return;
#pragma unroll 1
    for (int r = own.row; r < SPAN; r += ROWS) {
        FLOATV d[SPAN];
        __global float *target = transformed + (r * tiles + own.tile) * pitch + own.c;
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            d[i] = LOAD_BETWEEN(between + (i * SPAN + r) * SLOT + own.slot);
        transform_input(d, 1);
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            store_aligned(d[i], target + i * SPAN * tiles * pitch);
    }
}

USES_VECTORS
__kernel void winograd_input_nhwc(__global const REAL *in, __global float *transformed, int ic,
                                  int ih, int iw, int oc, int oh, int ow, int ph, int pw, int rows,
                                  int columns, int tiles, int pitch)
{
    BETWEEN(POSITIONS);
    const struct tile_sizes sizes = {ic, ih, iw, oc, oh, ow, ph, pw, rows, columns, tiles};
    transform_rows(between, in, sizes, pitch, ic, 1);
    TURN_BARRIER();
    store_columns(between, transformed, tiles, pitch);
}

USES_VECTORS
__kernel void winograd_input_nchw(__global const REAL *in, __global float *transformed, int ic,
                                  int ih, int iw, int oc, int oh, int ow, int ph, int pw, int rows,
                                  int columns, int tiles, int pitch)
{
    BETWEEN(POSITIONS);
    const struct tile_sizes sizes = {ic, ih, iw, oc, oh, ow, ph, pw, rows, columns, tiles};
    transform_rows(between, in, sizes, pitch, 1, ih * iw);
    TURN_BARRIER();
    store_columns(between, transformed, tiles, pitch);
}

/* Loads columns of products and transforms them; what does not exist repeats what does. */
INLINE void transform_columns(__local float *between, const __global float *products, int tiles,
                              int pitch)
{
    const struct own own = own_part(false, pitch);
    const __global float *source =
        products + min(own.tile, tiles - 1) * pitch + min(own.c, pitch - VEC);
#pragma unroll 1
    for (int r = own.row; r < SPAN; r += ROWS) {
        FLOATV m[SPAN];
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            m[i] = load_aligned(source + (i * SPAN + r) * tiles * pitch);
        transform_output(m, 1);
#pragma unroll
        for (int i = 0; i < EDGE; i++)
            STORE_BETWEEN(m[i], between + (i * SPAN + r) * SLOT + own.slot);
    }
}

/* Transforms rows and stores the pixels that exist. */
INLINE void store_rows(const __local float *between, __global REAL *out, struct tile_sizes sizes,
                       int pitch, int step, int plane)
{
    const struct own own = own_part(TURNED, pitch);
    const struct tile_place place = tile_place(own.tile, sizes);
    const int height = min(EDGE, sizes.oh - place.y), width = sizes.ow - place.x;
    __global REAL *first = out + place.image * sizes.oh * sizes.ow * sizes.oc + own.c * plane;
    if (own.tile >= sizes.tiles || own.c >= sizes.oc)
        return;
#pragma unroll 1
    for (int r = own.row; r < height; r += ROWS) {
        FLOATV m[SPAN];
        __global REAL *row = first + ((place.y + r) * sizes.ow + place.x) * step;
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            m[i] = LOAD_BETWEEN(between + (r * SPAN + i) * SLOT + own.slot);
        transform_output(m, 1);
#pragma unroll
        for (int i = 0; i < EDGE; i++)
            if (i < width)
                store_pixel(m[i], row + i * step, sizes.oc - own.c, plane);
    }
}

USES_VECTORS
__kernel void winograd_output_nhwc(__global const float *products, __global REAL *out, int ic,
                                   int ih, int iw, int oc, int oh, int ow, int ph, int pw, int rows,
                                   int columns, int tiles, int pitch)
{
    BETWEEN(EDGE * SPAN);
    const struct tile_sizes sizes = {ic, ih, iw, oc, oh, ow, ph, pw, rows, columns, tiles};
    transform_columns(between, products, tiles, pitch);
    TURN_BARRIER();
    store_rows(between, out, sizes, pitch, oc, 1);
}

USES_VECTORS
__kernel void winograd_output_nchw(__global const float *products, __global REAL *out, int ic,
                                   int ih, int iw, int oc, int oh, int ow, int ph, int pw, int rows,
                                   int columns, int tiles, int pitch)
{
    BETWEEN(EDGE * SPAN);
    const struct tile_sizes sizes = {ic, ih, iw, oc, oh, ow, ph, pw, rows, columns, tiles};
    transform_columns(between, products, tiles, pitch);
    TURN_BARRIER();
    store_rows(between, out, sizes, pitch, 1, oh * ow);
}
