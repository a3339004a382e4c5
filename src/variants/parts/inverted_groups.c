/* Chooses the tiles of inv_fused in NHWC on a device with large groups, by estimated cost. */
#include "variants/parts/inverted_groups.h"

#include <inttypes.h>
#include <math.h>

#include "variants/parts/groups.h"
#include "variants/parts/tiles.h"

/* Costs in multiply-adds of a float: a load of a vector, and the barriers of one turn. */
enum { LOAD_COST = 6, BARRIER_COST = 300 };

/* What is tried. */
static const int32_t all_pixels[] = {1, 2, 4}, all_channel_items[] = {4, 8, 16, 32},
                     all_rows[] = {1, 2, 4, 7, 8}, all_columns[] = {1, 2, 4, 7, 8, 14, 16},
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

static int32_t items_of(const struct cvl_inverted_groups *tiles)
{
    return tiles->channel_items * tiles->pixel_items;
}

/* Input pixels that the windows of a block cover. */
static uint64_t reach(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const uint64_t rows = (uint64_t)(tiles->rows - 1) * (uint64_t)p->sh +
                          (uint64_t)(p->kh - 1) * ((uint64_t)p->dh + 1) + 1;
    const uint64_t columns = (uint64_t)(tiles->columns - 1) * (uint64_t)p->sw +
                             (uint64_t)(p->kw - 1) * ((uint64_t)p->dw + 1) + 1;
    return rows * columns;
}

static uint64_t pixel_blocks(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    return blocks(p->oh, tiles->rows) * blocks(p->ow, tiles->columns) * (uint64_t)p->mb;
}

uint64_t cvl_inverted_groups_local_bytes(const struct cvl_inverted_groups *tiles,
                                         const struct cvl_problem *problem)
{
    return 4 * (reach(tiles, problem) + (uint64_t)tiles->rows * (uint64_t)tiles->columns) *
           (uint64_t)(tiles->middle + tiles->vec);
}

/* How many times the items of a group take turns to expand a block. */
static uint64_t expand_turns(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    return cvl_build_blocks((uint64_t)(tiles->middle / tiles->vec) *
                                cvl_build_blocks(reach(tiles, p), (uint64_t)tiles->ex_pixels),
                            (uint64_t)items_of(tiles));
}

static uint64_t convolve_turns(const struct cvl_inverted_groups *tiles)
{
    return blocks(tiles->middle / tiles->vec * tiles->rows * (tiles->columns / tiles->dw_pixels),
                  items_of(tiles));
}

/* Multiply-adds of a work-item, with what it waits for. */
static double item_cost(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const double vec = tiles->vec, taps = (double)p->kh * p->kw;
    const double expand =
        p->ic * (tiles->ex_pixels * vec + LOAD_COST * (1.0 + tiles->ex_pixels / vec));
    const double convolve = taps * tiles->dw_pixels * (vec + LOAD_COST);
    const double project =
        tiles->middle * (tiles->pixels * tiles->vectors * vec +
                         LOAD_COST * (tiles->vectors + (double)tiles->pixels / vec));
    return (double)blocks(p->mc, tiles->middle) *
           ((double)expand_turns(tiles, p) * expand + (double)convolve_turns(tiles) * convolve +
            project + BARRIER_COST);
}

static double cost_of(const struct cvl_inverted_groups *tiles,
                      const struct cvl_device_facts *device, const struct cvl_problem *p)
{
    const double groups = (double)pixel_blocks(tiles, p) * tiles->parts;
    const double elements =
        (double)p->mc * (p->ic + (double)p->kh * p->kw + (double)tiles->projection / tiles->parts) +
        (double)reach(tiles, p) * p->ic;
    return cvl_groups_time(device, groups, items_of(tiles), item_cost(tiles, p), elements);
}

/* Completes tiles whose register tile and shape are set. @return false: they do not work */
static bool complete(struct cvl_inverted_groups *tiles, const struct cvl_request *request,
                     const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const int32_t area = tiles->rows * tiles->columns;
    if (tiles->pixels > area)
        return false;
    tiles->pixel_items = (int32_t)blocks(area, tiles->pixels);
    tiles->block = tiles->channel_items * tiles->vectors * tiles->vec;
    tiles->expansion = padded(p->mc, tiles->vec);
    tiles->projection = padded(p->oc, tiles->vec);
    tiles->parts = (int32_t)blocks(tiles->projection, tiles->block);
    tiles->middle = min(tiles->middle, p->mc) / tiles->vec * tiles->vec;
    tiles->dw_pixels = tiles->columns % 4 == 0 ? 4 : tiles->columns % 2 == 0 ? 2 : 1;
    while (tiles->dw_pixels > 1 &&
           tiles->middle / tiles->vec * area < tiles->dw_pixels * items_of(tiles))
        tiles->dw_pixels /= 2;
    tiles->ex_pixels = 4;
    while (tiles->ex_pixels > 1 && (uint64_t)(tiles->middle / tiles->vec) * reach(tiles, p) <
                                       (uint64_t)tiles->ex_pixels * (uint64_t)items_of(tiles))
        tiles->ex_pixels /= 2;
    return cvl_groups_allow(device, tiles->channel_items, tiles->pixel_items,
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
                       const struct cvl_device_facts *device, struct cvl_inverted_groups *best,
                       double *best_cost)
{
    const struct cvl_problem *p = &request->problem;
    for (size_t r = 0; r < COUNT(all_rows); r++)
        for (size_t c = 0; c < COUNT(all_columns); c++)
            for (size_t m = 0; m < COUNT(all_middles); m++) {
                tried->rows = min(cvl_parameter_value(request, "tile_rows", all_rows[r]), p->oh);
                tried->columns =
                    min(cvl_parameter_value(request, "tile_columns", all_columns[c]), p->ow);
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

struct cvl_inverted_groups cvl_inverted_groups(const struct cvl_request *request,
                                               const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    struct cvl_inverted_groups tried = {
        .vec = cvl_groups_vector(cvl_groups_vector(cvl_parameter_value(request, "vec", 4), p->ic),
                                 p->mc)};
    struct cvl_inverted_groups best = tried;
    double best_cost = INFINITY;
    for (size_t i = 0; i < COUNT(all_pixels); i++)
        for (int32_t v = 1; v <= MAX_VECTORS; v++)
            for (size_t g = 0; g < COUNT(all_channel_items); g++) {
                tried.pixels = cvl_parameter_value(request, "pixels", all_pixels[i]);
                tried.vectors = cvl_parameter_value(request, "vectors", v);
                tried.channel_items = all_channel_items[g];
                try_shapes(&tried, request, device, &best, &best_cost);
            }
    return best_cost == INFINITY ? smallest(&tried, request, device) : best;
}

static void add_options(struct cvl_builder *builder, const struct cvl_inverted_groups *tiles)
{
    cvl_build_tuned_option(builder, "VEC", "vec", tiles->vec);
    cvl_build_tuned_option(builder, "PIXELS", "pixels", tiles->pixels);
    cvl_build_tuned_option(builder, "VECTORS", "vectors", tiles->vectors);
    cvl_build_tuned_option(builder, "TILE_ROWS", "tile_rows", tiles->rows);
    cvl_build_tuned_option(builder, "TILE_COLUMNS", "tile_columns", tiles->columns);
    cvl_build_tuned_option(builder, "MIDDLE", "middle", tiles->middle);
    cvl_build_tuned_option(builder, "GROUP", "items", items_of(tiles));
    cvl_build_option(builder, "GC", tiles->channel_items);
    cvl_build_option(builder, "GP", tiles->pixel_items);
    cvl_build_option(builder, "EX_PIXELS", tiles->ex_pixels);
    cvl_build_tuned_option(builder, "DW_PIXELS", "dw_pixels", tiles->dw_pixels);
    cvl_build_option(builder, "CHANNELS", builder->request->problem.ic);
    if (builder->request->problem.res)
        cvl_build_option(builder, "RESIDUAL", 1);
}

/* Loop iterations of one work-item, loops of constant length included. */
static uint64_t iterations(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const uint64_t vec = (uint64_t)tiles->vec, pixels = (uint64_t)tiles->pixels;
    const uint64_t vectors = (uint64_t)tiles->vectors, kh = (uint64_t)p->kh, kw = (uint64_t)p->kw;
    const uint64_t ex = (uint64_t)tiles->ex_pixels, dw = (uint64_t)tiles->dw_pixels;
    const uint64_t columns = (dw - 1) * (uint64_t)p->sw + (kw - 1) * ((uint64_t)p->dw + 1) + 1;
    const uint64_t expand =
        expand_turns(tiles, p) * (1 + 2 * ex + (uint64_t)p->ic / vec * (1 + ex + vec * (1 + ex)));
    const uint64_t convolve =
        convolve_turns(tiles) * (1 + 2 * dw + kh * (1 + kw + columns * (1 + kw)));
    const uint64_t project =
        (uint64_t)(tiles->middle / tiles->vec) * (1 + pixels + vec * (1 + vectors * (1 + pixels)));
    return blocks(p->mc, tiles->middle) * (1 + expand + convolve + project) +
           3 * pixels * (1 + vectors) + vectors;
}

void cvl_inverted_groups_launch(struct cvl_builder *builder,
                                const struct cvl_inverted_groups *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t gc = (uint64_t)tiles->channel_items, gp = (uint64_t)tiles->pixel_items;
    const uint64_t parts = (uint64_t)tiles->parts, all = pixel_blocks(tiles, p);
    const uint64_t area = (uint64_t)tiles->rows * (uint64_t)tiles->columns;
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw;
    add_options(builder, tiles);
    cvl_build_int(builder, tiles->parts);
    cvl_build_range(builder, (struct cvl_span){gc * blocks(p->ow, tiles->columns), gc},
                    (struct cvl_span){gp * blocks(p->oh, tiles->rows), gp},
                    (struct cvl_span){(uint64_t)p->mb * parts, 1});
    cvl_build_limits(builder, iterations(tiles, p), cvl_inverted_groups_local_bytes(tiles, p));
    cvl_build_cost(builder, all * (uint64_t)p->mc *
                                (parts * (reach(tiles, p) * (uint64_t)p->ic + area * taps) +
                                 area * (uint64_t)p->oc));
    cvl_build_note(builder,
                   "%" PRId32 "x%" PRId32 " pixels a group; expands %.1f times, weights read "
                   "%" PRIu64 " times",
                   tiles->rows, tiles->columns,
                   (double)(reach(tiles, p) * all * parts) /
                       ((double)p->mb * (double)p->ih * (double)p->iw),
                   all);
}

const struct cvl_parameter_set cvl_inverted_groups_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"tile_columns", "output columns per group", CVL_ON_OTHERS, {1, 2, 4, 7, 8, 14, 16, 28}},
        {0}}};
