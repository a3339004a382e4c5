/* Winograd's minimal filtering (winograd.clh) in stages, for all tiles at once: winograd_weights
 * (winograd.cl) when weights are loaded; then winograd_input, a batch of products, one for each
 * position (pw_direct.cl or group_product.cl), and winograd_output.
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

/* 1: NCHW, one channel a vector: the tiles of a group are a strip, adjacent in a row of tiles.
 * Work-items go along channels where they access transformed tiles or products, and along the
 * pixels of the strip's rows where they access the tensor: neighbours access adjacent memory in
 * both. */
#ifndef STRIP
#define STRIP 0
#endif

/* 1: NHWC whose channels are a multiple of VEC. */
#ifndef WHOLE
#define WHOLE 0
#endif

/* Floats of a tile, of all tiles of a group at one position, and of these at a row of positions in
 * local memory. The items of a warp may take several rows, or columns, of narrow slots: the skew
 * sees to it that these are in different banks, whichever they take. */
#define PITCH (VECTORS * VEC)
#define SLOT  (TILES * PITCH)
#define SKEW  (ROWS > 1 ? (32 - (SPAN - 1) * SLOT % 32) % 32 : 0)
#define LINE  (SPAN * SLOT + SKEW)

/* What other work-items wrote is read only if several share a tile or a strip. */
#if ROWS > 1 || STRIP
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
INLINE struct own own_part(int pitch)
{
    struct own own;
    const int group = (int)get_group_id(0), across = (pitch - 1) / (VECTORS * VEC) + 1;
    const int item = (int)get_local_id(0);
    const int lane = item % VECTORS, tile = item / VECTORS % TILES;
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

#define LOAD_BETWEEN(p)     (*(const __local FLOATV *)(p))
#define STORE_BETWEEN(x, p) (*(__local FLOATV *)(p) = (x))
#define BETWEEN(lines)      __local float between[(lines)*LINE] __attribute__((aligned(4 * VEC)))

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
    const struct own own = own_part(pitch);
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
            STORE_BETWEEN(d[i], between + r * LINE + i * SLOT + own.slot);
    }
}

/* Transforms columns and stores them. */
INLINE void store_columns(const __local float *between, __global float *transformed, int tiles,
                          int pitch)
{
    const struct own own = own_part(pitch);
    if (own.tile >= tiles || own.c >= pitch)
        return;
#pragma unroll 1
    for (int r = own.row; r < SPAN; r += ROWS) {
        FLOATV d[SPAN];
        __global float *target = transformed + (r * tiles + own.tile) * pitch + own.c;
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            d[i] = LOAD_BETWEEN(between + i * LINE + r * SLOT + own.slot);
        transform_input(d, 1);
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            store_aligned(d[i], target + i * SPAN * tiles * pitch);
    }
}

#if STRIP
/* A strip in local memory: for each of its channels SPAN positions along columns, of the pixels of
 * a row; those of the input from one on whose column is a multiple of 8, so that the loads of most
 * images are aligned. Neighbours go along a line of pixels, of two channels if it is short, or take
 * 8 channels of 4 tiles, which lie EDGE pixels apart: the skew of a plane, and the pitch of its
 * lines, keep them in different banks. */
#define IN_LINE             ((TILES * EDGE + 2 + 7 + 15) / 16 * 16)
#define IN_PITCH            (IN_LINE + TILES * EDGE % (4 * EDGE))
#define OUT_LINE            ((TILES * EDGE + 15) / 16 * 16)
#define OUT_PITCH           (TILES * EDGE)
#define PLANE_SKEW(c)       ((c) % 2 * 16 + (c) / 2 % EDGE + (c) / 2 / EDGE * (4 * EDGE) % 16)
#define PLANE_FLOATS(pitch) ((SPAN * (pitch) + 31) / 32 * 32 + 32)
#define PLANE(c, pitch)     ((c)*PLANE_FLOATS(pitch) + PLANE_SKEW(c))
#define ITEMS               (VECTORS * TILES * ROWS)

/* What a group takes: so many tiles from one on, which starts at a place, and channels from c on.
 */
struct strip {
    struct tile_place place;
    int tile, count, c;
};

INLINE struct strip own_strip(struct tile_sizes sizes, int pitch)
{
    struct strip own;
    const int across = (pitch - 1) / VECTORS + 1, strips = (sizes.columns - 1) / TILES + 1;
    const int group = (int)get_group_id(0), row = group / across / strips;
    const int column = (group / across - row * strips) * TILES;
    own.c = group % across * VECTORS;
    own.tile = row * sizes.columns + column;
    own.count = min(TILES, sizes.columns - column);
    own.place = tile_place(own.tile, sizes);
    return own;
}

/* The column of the input from which on a group's tiles are in local memory. */
INLINE int first_column(struct tile_sizes sizes, struct strip own)
{
    return (own.place.x - sizes.pw) & -8;
}

/* Loads columns of pixels, zeros in the padding, and transforms them: those of the tiles, and what
 * completes groups of 8. */
INLINE void load_strip(__local float *planes, const __global REAL *in, struct tile_sizes sizes,
                       struct strip own)
{
    const int y0 = own.place.y - sizes.ph, first = first_column(sizes, own);
    const int last = ((own.place.x - sizes.pw + TILES * EDGE + 2 + 7) & -8) - 1;
    const __global REAL *image = in + own.place.image * sizes.ic * sizes.ih * sizes.iw;
#pragma unroll 1
    for (int n = (int)get_local_id(0); n < VECTORS * IN_LINE; n += ITEMS) {
        FLOATV d[SPAN];
        const int c = n / IN_LINE, x = min(first + n % IN_LINE, last);
        const int plane = min(own.c + c, sizes.ic - 1) * sizes.ih;
        const bool exists = own.c + c < sizes.ic && x >= 0 && x < sizes.iw;
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            d[i] = load(image + (plane + clamp(y0 + i, 0, sizes.ih - 1)) * sizes.iw +
                        clamp(x, 0, sizes.iw - 1));
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            d[i] = exists && y0 + i >= 0 && y0 + i < sizes.ih ? d[i] : 0.0f;
        transform_input(d, 1);
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            planes[PLANE(c, IN_PITCH) + i * IN_PITCH + n % IN_LINE] = d[i];
    }
}

/* Transforms rows of the tiles and stores them. */
INLINE void store_tiles(const __local float *planes, __global float *transformed,
                        struct tile_sizes sizes, struct strip own, int pitch)
{
    const int item = (int)get_local_id(0), c = item % VECTORS, tile = item / VECTORS % TILES;
    const __local float *source = planes + PLANE(c, IN_PITCH) + tile * EDGE + own.place.x -
                                  sizes.pw - first_column(sizes, own);
    if (tile >= own.count || own.c + c >= pitch)
        return;
#pragma unroll 1
    for (int r = item / (VECTORS * TILES); r < SPAN; r += ROWS) {
        FLOATV d[SPAN];
        __global float *target =
            transformed + (r * SPAN * sizes.tiles + own.tile + tile) * pitch + own.c + c;
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            d[i] = source[r * IN_PITCH + i];
        transform_input(d, 1);
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            target[i * sizes.tiles * pitch] = d[i];
    }
}

/* Loads rows of products and transforms them; what does not exist repeats what does. */
INLINE void transform_products(__local float *planes, const __global float *products,
                               struct tile_sizes sizes, struct strip own, int pitch)
{
    const int item = (int)get_local_id(0), c = item % VECTORS, tile = item / VECTORS % TILES;
    const __global float *source =
        products + (own.tile + min(tile, own.count - 1)) * pitch + min(own.c + c, pitch - 1);
#pragma unroll 1
    for (int r = item / (VECTORS * TILES); r < SPAN; r += ROWS) {
        FLOATV m[SPAN];
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            m[i] = source[(r * SPAN + i) * sizes.tiles * pitch];
        transform_output(m, 1);
#pragma unroll
        for (int i = 0; i < EDGE; i++)
            planes[PLANE(c, OUT_PITCH) + r * OUT_PITCH + tile * EDGE + i] = m[i];
    }
}

/* Transforms columns of pixels and stores those that exist. */
INLINE void store_strip(const __local float *planes, __global REAL *out, struct tile_sizes sizes,
                        struct strip own)
{
    const int height = min(EDGE, sizes.oh - own.place.y);
    __global REAL *image = out + (own.place.image * sizes.oc + own.c) * sizes.oh * sizes.ow;
#pragma unroll 1
    for (int n = (int)get_local_id(0); n < VECTORS * OUT_LINE; n += ITEMS) {
        FLOATV m[SPAN];
        const int c = n / OUT_LINE, column = n % OUT_LINE, x = own.place.x + column;
        if (column >= TILES * EDGE || x >= sizes.ow || own.c + c >= sizes.oc)
            continue;
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            m[i] = planes[PLANE(c, OUT_PITCH) + i * OUT_PITCH + column];
        transform_output(m, 1);
#pragma unroll
        for (int i = 0; i < EDGE; i++)
            if (i < height)
                store(m[i], image + (c * sizes.oh + own.place.y + i) * sizes.ow + x);
    }
}
#endif

USES_VECTORS
__kernel void winograd_input_nhwc(__global const REAL *in, __global float *transformed, int ic,
                                  int ih, int iw, int oc, int oh, int ow, int ph, int pw, int rows,
                                  int columns, int tiles, int pitch)
{
    BETWEEN(SPAN);
    const struct tile_sizes sizes = {ic, ih, iw, oc, oh, ow, ph, pw, rows, columns, tiles, ic, oc};
    transform_rows(between, in, sizes, pitch, ic, 1);
    TURN_BARRIER();
    store_columns(between, transformed, tiles, pitch);
}

USES_VECTORS
__kernel void winograd_input_nchw(__global const REAL *in, __global float *transformed, int ic,
                                  int ih, int iw, int oc, int oh, int ow, int ph, int pw, int rows,
                                  int columns, int tiles, int pitch)
{
    const struct tile_sizes sizes = {ic, ih, iw, oc, oh, ow, ph, pw, rows, columns, tiles, ic, oc};
#if STRIP
    __local float planes[VECTORS * PLANE_FLOATS(IN_PITCH)];
    const struct strip own = own_strip(sizes, pitch);
    load_strip(planes, in, sizes, own);
    TURN_BARRIER();
    store_tiles(planes, transformed, sizes, own, pitch);
#else
    BETWEEN(SPAN);
    transform_rows(between, in, sizes, pitch, 1, ih * iw);
    TURN_BARRIER();
    store_columns(between, transformed, tiles, pitch);
#endif
}

/* Loads columns of products and transforms them; what does not exist repeats what does. */
INLINE void transform_columns(__local float *between, const __global float *products, int tiles,
                              int pitch)
{
    const struct own own = own_part(pitch);
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
            STORE_BETWEEN(m[i], between + i * LINE + r * SLOT + own.slot);
    }
}

/* Transforms rows and stores the pixels that exist. */
INLINE void store_rows(const __local float *between, __global REAL *out, struct tile_sizes sizes,
                       int pitch, int step, int plane)
{
    const struct own own = own_part(pitch);
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
            m[i] = LOAD_BETWEEN(between + r * LINE + i * SLOT + own.slot);
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
    BETWEEN(EDGE);
    const struct tile_sizes sizes = {ic, ih, iw, oc, oh, ow, ph, pw, rows, columns, tiles, ic, oc};
    transform_columns(between, products, tiles, pitch);
    TURN_BARRIER();
    store_rows(between, out, sizes, pitch, oc, 1);
}

USES_VECTORS
__kernel void winograd_output_nchw(__global const float *products, __global REAL *out, int ic,
                                   int ih, int iw, int oc, int oh, int ow, int ph, int pw, int rows,
                                   int columns, int tiles, int pitch)
{
    const struct tile_sizes sizes = {ic, ih, iw, oc, oh, ow, ph, pw, rows, columns, tiles, ic, oc};
#if STRIP
    __local float planes[VECTORS * PLANE_FLOATS(OUT_PITCH)];
    const struct strip own = own_strip(sizes, pitch);
    transform_products(planes, products, sizes, own, pitch);
    TURN_BARRIER();
    store_strip(planes, out, sizes, own);
#else
    BETWEEN(EDGE);
    transform_columns(between, products, tiles, pitch);
    TURN_BARRIER();
    store_rows(between, out, sizes, pitch, 1, oh * ow);
#endif
}
