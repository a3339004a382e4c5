/* Chooses the tiles of inv_fused on a device with large groups, by estimated cost. */
#include "variants/parts/inverted_groups.h"

#include <math.h>

#include "variants/parts/groups.h"
#include "variants/parts/tiles.h"

/* Costs in multiply-adds of a float: a load of a vector, and the barriers of one turn. */
enum { LOAD_COST = 6, BARRIER_COST = 300 };

/* Bytes that come from memory together. */
enum { SECTOR_BYTES = 32 };

/* Adjacent vectors of four floats that are in different banks of local memory, and work-items that
 * access memory together. */
enum { BANK_VECTORS = 8, WARP = 32 };

/* What is tried. NCHW: columns are adjacent in memory, and wide blocks read whole sectors; narrow
 * ones are for windows that reach too far for local memory. */
static const int32_t all_pixels[] = {1, 2, 4}, all_channel_items[] = {4, 8, 16, 32},
                     all_rows[] = {1, 2, 4, 7, 8},
                     all_columns[CVL_LAYOUT_COUNT][8] = {{1, 2, 4, 7, 8, 14, 16},
                                                         {14, 16, 28, 32, 56}},
                     all_middles[] = {16, 32, 64};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

enum { MAX_VECTORS = 3, MAX_EX_PIXELS = 4 };

static int32_t min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static uint64_t blocks(int32_t count, int32_t size)
{
    return cvl_build_blocks((uint64_t)count, (uint64_t)size);
}

static int32_t padded(int32_t count, int32_t size)
{
    return (int32_t)blocks(count, size) * size;
}

int32_t cvl_inverted_groups_items(const struct cvl_inverted_groups *tiles)
{
    return tiles->channel_items * tiles->pixel_items;
}

/* Input rows and columns that the windows of a block cover. */
static uint64_t row_reach(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    return (uint64_t)(tiles->rows - 1) * (uint64_t)p->sh +
           (uint64_t)(p->kh - 1) * ((uint64_t)p->dh + 1) + 1;
}

static uint64_t column_reach(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    return (uint64_t)(tiles->columns - 1) * (uint64_t)p->sw +
           (uint64_t)(p->kw - 1) * ((uint64_t)p->dw + 1) + 1;
}

uint64_t cvl_inverted_groups_reach(const struct cvl_inverted_groups *tiles,
                                   const struct cvl_problem *p)
{
    return row_reach(tiles, p) * column_reach(tiles, p);
}

/* Items that expand a vector of all pixels. NCHW: they take adjacent pixels, and those of the next
 * vector start in the next bank. */
static uint64_t ex_tiles(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const uint64_t count =
        cvl_build_blocks(cvl_inverted_groups_reach(tiles, p), (uint64_t)tiles->ex_pixels);
    return tiles->planes ? cvl_build_blocks(count, BANK_VECTORS) * BANK_VECTORS : count;
}

/* How much of the input memory moves, over what is needed. NCHW: what a warp reads together, a row
 * or with all columns several, begins and ends within sectors. */
static double waste(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const uint64_t items = ex_tiles(tiles, p), columns = column_reach(tiles, p);
    const uint64_t together = items < WARP ? items : WARP;
    const uint64_t run = tiles->columns == p->ow || columns > together ? together : columns;
    return tiles->planes ? (double)(run + (uint64_t)tiles->sector - 1) / (double)run : 1.0;
}

uint64_t cvl_inverted_groups_blocks(const struct cvl_inverted_groups *tiles,
                                    const struct cvl_problem *p)
{
    return blocks(p->oh, tiles->rows) * blocks(p->ow, tiles->columns) * (uint64_t)p->mb;
}

uint64_t cvl_inverted_groups_local_bytes(const struct cvl_inverted_groups *tiles,
                                         const struct cvl_problem *problem)
{
    const uint64_t stride = ((uint64_t)(tiles->middle / tiles->vec) | 1) * (uint64_t)tiles->vec;
    return 4 *
           (cvl_inverted_groups_reach(tiles, problem) +
            (uint64_t)tiles->rows * (uint64_t)tiles->columns) *
           stride;
}

uint64_t cvl_inverted_groups_expand_turns(const struct cvl_inverted_groups *tiles,
                                          const struct cvl_problem *p)
{
    return cvl_build_blocks(
        (uint64_t)(tiles->middle / tiles->vec) *
            cvl_build_blocks(cvl_inverted_groups_reach(tiles, p), (uint64_t)tiles->ex_pixels),
        (uint64_t)cvl_inverted_groups_items(tiles));
}

uint64_t cvl_inverted_groups_convolve_turns(const struct cvl_inverted_groups *tiles)
{
    return blocks(tiles->middle / tiles->vec * tiles->rows * (tiles->columns / tiles->dw_pixels),
                  cvl_inverted_groups_items(tiles));
}

int32_t cvl_inverted_groups_channels(const struct cvl_inverted_groups *tiles,
                                     const struct cvl_problem *p)
{
    return tiles->planes ? (p->ic % 4 == 0 ? 4 : 1) : tiles->vec;
}

/* Those that it reads by one load. */
static int32_t channels_loaded(const struct cvl_inverted_groups *tiles)
{
    return tiles->planes ? 1 : tiles->vec;
}

static double expand_cost(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const double loads = 1.0 + tiles->ex_pixels * waste(tiles, p) / channels_loaded(tiles);
    return (double)cvl_inverted_groups_expand_turns(tiles, p) * p->ic *
           ((double)tiles->ex_pixels * tiles->vec + LOAD_COST * loads);
}

/* Multiply-adds of a work-item, with what it waits for. */
static double item_cost(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const double vec = tiles->vec, taps = (double)p->kh * p->kw;
    const double convolve = taps * tiles->dw_pixels * (vec + LOAD_COST);
    const double project =
        tiles->middle * (tiles->pixels * tiles->vectors * vec +
                         LOAD_COST * (tiles->vectors + (double)tiles->pixels / vec));
    return (double)blocks(p->mc, tiles->middle) *
           (expand_cost(tiles, p) + (double)cvl_inverted_groups_convolve_turns(tiles) * convolve +
            project + BARRIER_COST);
}

static double cost_of(const struct cvl_inverted_groups *tiles,
                      const struct cvl_device_facts *device, const struct cvl_problem *p)
{
    const double groups = (double)cvl_inverted_groups_blocks(tiles, p) * tiles->parts;
    const double elements =
        (double)p->mc * (p->ic + (double)p->kh * p->kw + (double)tiles->projection / tiles->parts) +
        (double)cvl_inverted_groups_reach(tiles, p) * waste(tiles, p) * p->ic;
    return cvl_groups_time(device, groups, cvl_inverted_groups_items(tiles), item_cost(tiles, p),
                           elements);
}

/* Pixels that an item expands at a time. NHWC: as many as leave no item idle. */
static void set_expansion(struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const uint64_t vectors = (uint64_t)(tiles->middle / tiles->vec);
    const uint64_t items = (uint64_t)cvl_inverted_groups_items(tiles);
    struct cvl_inverted_groups tried = *tiles;
    double best = INFINITY;
    tiles->ex_pixels = MAX_EX_PIXELS;
    while (!tiles->planes && tiles->ex_pixels > 1 &&
           vectors * cvl_inverted_groups_reach(tiles, p) < (uint64_t)tiles->ex_pixels * items)
        tiles->ex_pixels /= 2;
    for (tried.ex_pixels = MAX_EX_PIXELS; tiles->planes && tried.ex_pixels >= 1;
         tried.ex_pixels--) {
        const double cost = expand_cost(&tried, p);
        if (cost >= best)
            continue;
        best = cost;
        tiles->ex_pixels = tried.ex_pixels;
    }
}

/* Items along the pixels. NCHW: more than that many start again at the first bank with the next
 * vector of channels. */
static int32_t pixel_items_of(const struct cvl_inverted_groups *tiles)
{
    const int32_t count = (int32_t)blocks(tiles->rows * tiles->columns, tiles->pixels);
    return tiles->planes && count > BANK_VECTORS ? padded(count, BANK_VECTORS) : count;
}

/* Completes tiles whose register tile and shape are set. @return false: they do not work */
static bool complete(struct cvl_inverted_groups *tiles, const struct cvl_request *request,
                     const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const int32_t area = tiles->rows * tiles->columns;
    if (tiles->pixels > area)
        return false;
    tiles->pixel_items = pixel_items_of(tiles);
    tiles->block = tiles->channel_items * tiles->vectors * tiles->vec;
    tiles->expansion = padded(p->mc, tiles->vec);
    tiles->projection = padded(p->oc, tiles->vec);
    tiles->parts = (int32_t)blocks(tiles->projection, tiles->block);
    tiles->middle = min(tiles->middle, p->mc) / tiles->vec * tiles->vec;
    tiles->dw_pixels = tiles->columns % 4 == 0 ? 4 : tiles->columns % 2 == 0 ? 2 : 1;
    while (tiles->dw_pixels > 1 &&
           tiles->middle / tiles->vec * area < tiles->dw_pixels * cvl_inverted_groups_items(tiles))
        tiles->dw_pixels /= 2;
    set_expansion(tiles, p);
    const int32_t x = tiles->planes ? tiles->pixel_items : tiles->channel_items;
    return cvl_groups_allow(device, x, cvl_inverted_groups_items(tiles) / x,
                            cvl_parameter_value(request, "items", 0)) &&
           cvl_inverted_groups_local_bytes(tiles, p) <= cvl_groups_local(device);
}

static void try_tiles(struct cvl_inverted_groups tried, const struct cvl_request *request,
                      const struct cvl_device_facts *device, struct cvl_inverted_groups *best,
                      double *best_cost)
{
    if (!complete(&tried, request, device))
        return;
    const double cost = cost_of(&tried, device, &request->problem);
    if (cost >= *best_cost)
        return;
    *best_cost = cost;
    *best = tried;
}

static void try_shapes(struct cvl_inverted_groups *tried, const struct cvl_request *request,
                       const struct cvl_device_facts *device, const int32_t *columns,
                       struct cvl_inverted_groups *best, double *best_cost)
{
    const struct cvl_problem *p = &request->problem;
    for (size_t r = 0; r < COUNT(all_rows); r++)
        for (size_t c = 0; columns[c]; c++)
            for (size_t m = 0; m < COUNT(all_middles); m++) {
                tried->rows = min(cvl_parameter_value(request, "tile_rows", all_rows[r]), p->oh);
                tried->columns =
                    min(cvl_parameter_value(request, "tile_columns", columns[c]), p->ow);
                tried->middle = cvl_parameter_value(request, "middle", all_middles[m]);
                try_tiles(*tried, request, device, best, best_cost);
            }
}

/* One pixel at a time, where nothing else works: the output is too small, or a case asks for what
 * does not go together. */
static struct cvl_inverted_groups smallest(const struct cvl_inverted_groups *tried,
                                           const struct cvl_request *request,
                                           const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    struct cvl_inverted_groups tiles = *tried;
    tiles.pixels = tiles.vectors = tiles.rows = tiles.columns = 1;
    tiles.middle = tiles.vec > 16 ? tiles.vec : 16;
    tiles.channel_items =
        cvl_tile_width(cvl_tile_fitting_group(device, 64), blocks(p->oc, tiles.vec));
    (void)complete(&tiles, request, device);
    return tiles;
}

/* @return the cost of the best; INFINITY: none works */
static double search(struct cvl_inverted_groups tried, const struct cvl_request *request,
                     const struct cvl_device_facts *device, const int32_t *columns,
                     struct cvl_inverted_groups *best)
{
    double cost = INFINITY;
    for (size_t i = 0; i < COUNT(all_pixels); i++)
        for (int32_t v = 1; v <= MAX_VECTORS; v++)
            for (size_t g = 0; g < COUNT(all_channel_items); g++) {
                tried.pixels = cvl_parameter_value(request, "pixels", all_pixels[i]);
                tried.vectors = cvl_parameter_value(request, "vectors", v);
                tried.channel_items = all_channel_items[g];
                try_shapes(&tried, request, device, columns, best, &cost);
            }
    return cost;
}

struct cvl_inverted_groups cvl_inverted_groups(const struct cvl_request *request,
                                               const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const bool planes = request->layout == CVL_NCHW;
    const int32_t vec = cvl_groups_vector(cvl_parameter_value(request, "vec", 4), p->mc);
    const struct cvl_inverted_groups tried = {.planes = planes,
                                              .vec = planes ? vec : cvl_groups_vector(vec, p->ic),
                                              .sector = SECTOR_BYTES /
                                                        (int32_t)cvl_dtype_bytes(request->dtype)};
    struct cvl_inverted_groups best = tried;
    if (search(tried, request, device, all_columns[request->layout], &best) < INFINITY ||
        search(tried, request, device, all_columns[CVL_NHWC], &best) < INFINITY)
        return best;
    return smallest(&tried, request, device);
}
