/* Chooses the tiles of inv_fused on a device with large groups, by estimated cost. */
#include "variants/parts/inverted_groups.h"

#include <math.h>

#include "variants/parts/groups.h"
#include "variants/parts/tiles.h"

/* Cost of the barriers of one turn, in multiply-adds of a float. */
enum { BARRIER_COST = 300 };

/* Warps that a compute unit should have, two for each of four schedulers, and what it costs to have
 * fewer. */
enum { WARPS_TO_HIDE = 8 };
#define WAITING 1.2

/* Bytes that come from memory together. */
enum { SECTOR_BYTES = 32 };

/* What is tried. NCHW: columns are adjacent in memory, and wide blocks read whole sectors; narrow
 * ones are for windows that reach too far for local memory. */
static const int32_t all_pixels[] = {1, 2, 4}, all_channel_items[] = {4, 8, 16, 32},
                     all_rows[] = {1, 2, 4, 7, 8},
                     all_columns[CVL_LAYOUT_COUNT][8] = {{1, 2, 4, 7, 8, 14, 16},
                                                         {14, 16, 28, 32, 56}},
                     all_middles[] = {16, 32, 64};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

enum { MAX_VECTORS = 3 };

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

uint64_t cvl_inverted_groups_convolve_turns(const struct cvl_inverted_groups *tiles)
{
    return blocks(tiles->middle / tiles->vec * tiles->rows * (tiles->columns / tiles->dw_pixels),
                  cvl_inverted_groups_items(tiles));
}

/* Multiply-adds of a work-item, with what it waits for. */
static double item_cost(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const double vec = tiles->vec, taps = (double)p->kh * p->kw;
    const double convolve = taps * tiles->dw_pixels * (vec + CVL_INVERTED_LOAD_COST);
    const double project =
        tiles->middle * (tiles->pixels * tiles->vectors * vec +
                         CVL_INVERTED_LOAD_COST * (tiles->vectors + (double)tiles->pixels / vec));
    return (double)blocks(p->mc, tiles->middle) *
           (cvl_inverted_groups_expand_cost(tiles, p) +
            (double)cvl_inverted_groups_convolve_turns(tiles) * convolve + project + BARRIER_COST);
}

/* NCHW: has a compute unit local memory for as many groups as hide how long a load takes? */
static bool hides_loads(const struct cvl_inverted_groups *tiles,
                        const struct cvl_device_facts *device, const struct cvl_problem *p)
{
    const uint64_t warps = blocks(cvl_inverted_groups_items(tiles), cvl_groups_step(device));
    const uint64_t groups = device->local_bytes / cvl_inverted_groups_local_bytes(tiles, p);
    return !tiles->planes || groups * warps >= WARPS_TO_HIDE;
}

static double cost_of(const struct cvl_inverted_groups *tiles,
                      const struct cvl_device_facts *device, const struct cvl_problem *p)
{
    const double groups = (double)cvl_inverted_groups_blocks(tiles, p) * tiles->parts;
    const double elements =
        (double)p->mc * (p->ic + (double)p->kh * p->kw + (double)tiles->projection / tiles->parts) +
        (double)cvl_inverted_groups_reach(tiles, p) * cvl_inverted_groups_waste(tiles, p) * p->ic;
    const double time = cvl_groups_time(device, groups, cvl_inverted_groups_items(tiles),
                                        item_cost(tiles, p), elements);
    return hides_loads(tiles, device, p) ? time : WAITING * time;
}

/* Items along the pixels. NCHW: more than that many start again at the first bank with the next
 * vector of channels. */
static int32_t pixel_items_of(const struct cvl_inverted_groups *tiles)
{
    const int32_t count = (int32_t)blocks(tiles->rows * tiles->columns, tiles->pixels);
    return tiles->planes && count > CVL_INVERTED_BANKS ? padded(count, CVL_INVERTED_BANKS) : count;
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
    cvl_inverted_groups_set_expansion(tiles, p);
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
