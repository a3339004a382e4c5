/* Chooses the tiles of sep_fused in NHWC, by estimated cost. */
#include "variants/parts/fused_tiles.h"

#include "variants/parts/tiles.h"

/* Floats of a tile if a group is one work-item on a core: the tile stays in the core's second-level
 * cache beside all weights or, if they are too many for that, beside a block of them. */
enum { NEAR_TILE = 32 * 1024, FAR_TILE = 64 * 1024, NEAR_WEIGHTS = 128 * 1024 };

/* Cost of the depthwise part relative to a multiply-add of the product, in tenths: its own
 * arithmetic, and each read of an input row (PoCL 3.1, Zen 4). */
enum { DEPTHWISE_TENTHS = 10, ROW_TENTHS = 4 };

/* Cycles until the other cores start after the first one (PoCL 3.1: 15 us). */
#define WAKE_UP_CYCLES 50000.0

static int32_t min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static uint64_t blocks(int32_t count, int32_t size)
{
    return cvl_build_blocks((uint64_t)count, (uint64_t)size);
}

uint64_t cvl_fused_local_bytes(const struct cvl_fused_tiles *tiles)
{
    return 4 * (uint64_t)tiles->stride * (uint64_t)tiles->rows * (uint64_t)tiles->columns;
}

/* Pixels that are contiguous both in a tile and in the output. */
static int32_t run_length(const struct cvl_fused_tiles *tiles, const struct cvl_problem *problem)
{
    return tiles->columns == problem->ow ? tiles->rows * tiles->columns : tiles->columns;
}

/* Pixels of a register tile: the count from `max_pixels` down to `min_pixels` that covers a run
 * with the fewest left over. */
static int32_t fitting_pixels(int32_t max_pixels, int32_t min_pixels, int32_t run)
{
    int32_t best = min(max_pixels, run);
    int32_t best_covered = INT32_MAX;
    for (int32_t pixels = best; pixels >= min_pixels && pixels >= 1; pixels--) {
        const int32_t covered = (int32_t)blocks(run, pixels) * pixels;
        if (covered >= best_covered)
            continue;
        best = pixels;
        best_covered = covered;
    }
    return best;
}

static int32_t pixel_limit(const struct cvl_tile_class *kind, int32_t vectors)
{
    return kind->keeps_all ? (vectors > 1 ? kind->registers * 7 / 8 : kind->registers / 2)
                           : kind->registers;
}

static void fit_pixels(struct cvl_fused_tiles *tiles, const struct cvl_request *request,
                       const struct cvl_tile_class *kind)
{
    const int32_t run = run_length(tiles, &request->problem);
    const int32_t limit = pixel_limit(kind, tiles->vectors);
    tiles->pixels = fitting_pixels(limit, kind->keeps_all ? limit / 2 : limit, run);
    tiles->pixels = min(cvl_parameter_value(request, "pixels", tiles->pixels), run);
}

static bool weights_are_far(const struct cvl_fused_tiles *tiles, const struct cvl_problem *problem)
{
    return (uint64_t)problem->ic * (uint64_t)tiles->padded > NEAR_WEIGHTS;
}

/* Cycles of one group if a multiply-add of a vector takes one: both parts, with whole register
 * tiles. Weights that do not fit in a near cache cost more, since every group reads them again. */
static double group_cost(const struct cvl_fused_tiles *tiles, const struct cvl_problem *problem)
{
    const int32_t run = run_length(tiles, problem);
    const double pixels = (double)tiles->rows * tiles->columns;
    const double covered = pixels / run * (double)blocks(run, tiles->pixels) * tiles->pixels;
    const double taps = (double)problem->kh * problem->kw;
    const double outputs = (double)tiles->padded / tiles->parts / tiles->vec;
    const double reads = ((tiles->rows - 1.0) * problem->sh + problem->kh) / tiles->rows;
    const double depthwise =
        taps * (DEPTHWISE_TENTHS + ROW_TENTHS * reads) / 10.0 * pixels / tiles->vec;
    return (depthwise + (covered + (weights_are_far(tiles, problem) ? 4.0 : 1.0)) * outputs) *
           problem->ic;
}

/* When the last of `groups` groups ends. The first core starts at once and takes `early` of them;
 * the others take the rest after they wake up. */
static double end_of(uint64_t groups, uint64_t early, uint64_t others, double group)
{
    const double first = (double)early * group;
    if (early == groups)
        return first;
    const double last = WAKE_UP_CYCLES + (double)cvl_build_blocks(groups - early, others) * group;
    return first > last ? first : last;
}

/* Each group goes to the first free core, so they end as early as possible. A core that other work
 * holds up delays the end by part of a group. */
static double cost_of(const struct cvl_fused_tiles *tiles, const struct cvl_device_facts *device,
                      const struct cvl_problem *problem)
{
    const double group = group_cost(tiles, problem);
    const uint64_t groups = blocks(problem->oh, tiles->rows) * blocks(problem->ow, tiles->columns) *
                            (uint64_t)tiles->parts * (uint64_t)problem->mb;
    const uint64_t others = device->compute_units > 1 ? device->compute_units - 1 : 0;
    const double even =
        ((double)groups + (double)others * (WAKE_UP_CYCLES / group)) / (double)(others + 1);
    const uint64_t early = even < (double)groups ? (uint64_t)even : groups;
    const double end = end_of(groups, early, others, group) + group / 4;
    if (early == groups)
        return end;
    const double more = end_of(groups, early + 1, others, group) + group / 4;
    return more < end ? more : end;
}

/* A core's tile: as many whole rows as cost least, or part of one row if it is long. */
static void core_tile(struct cvl_fused_tiles *tiles, const struct cvl_request *request,
                      const struct cvl_device_facts *device, const struct cvl_tile_class *kind)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t room = device->local_bytes / 4;
    const int32_t wanted = weights_are_far(tiles, p) ? FAR_TILE : NEAR_TILE;
    const int32_t max_pixels = (room < (uint64_t)wanted ? (int32_t)room : wanted) / tiles->stride;
    struct cvl_fused_tiles tried = *tiles;
    double best = -1.0;
    tried.columns = p->ow <= max_pixels
                        ? p->ow
                        : min(p->ow, max_pixels > 16 ? max_pixels / 16 * 16 : max_pixels);
    if (tried.columns < 1)
        tried.columns = 1;
    for (tried.rows = 1; tried.rows == 1 || (tried.rows <= p->oh && tried.columns == p->ow &&
                                             tried.rows * tried.columns <= max_pixels);
         tried.rows++)
        for (tried.parts = 1; tried.parts <= 2; tried.parts++) {
            fit_pixels(&tried, request, kind);
            const double cost = cost_of(&tried, device, p);
            if (best >= 0.0 && cost >= best)
                continue;
            best = cost;
            *tiles = tried;
        }
}

/* A tile with one register tile of pixels: there are many groups, whose items share the
 * channels. */
static void shared_tile(struct cvl_fused_tiles *tiles, const struct cvl_device_facts *device,
                        const struct cvl_problem *problem, const struct cvl_tile_class *kind)
{
    tiles->rows = tiles->parts = 1;
    tiles->columns = min(kind->registers, problem->ow);
    while (tiles->columns > 1 && cvl_fused_local_bytes(tiles) > device->local_bytes)
        tiles->columns--;
}

static struct cvl_fused_tiles tiles_of(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_tile_class *kind)
{
    const struct cvl_problem *p = &request->problem;
    const struct cvl_problem depthwise = cvl_problem_part(p, CVL_DEPTHWISE);
    struct cvl_fused_tiles tiles = {.rows = 1};
    tiles.vec = cvl_parameter_value(request, "vec", cvl_tile_width(kind->vec, (uint64_t)p->oc));
    tiles.vectors = kind->keeps_all && blocks(p->oc, tiles.vec) > 1 ? 2 : 1;
    tiles.vectors = cvl_parameter_value(request, "vectors", tiles.vectors);
    tiles.block = tiles.vectors * tiles.vec;
    tiles.padded = (int32_t)blocks(p->oc, tiles.vec) * tiles.vec;
    tiles.stride = ((int32_t)blocks(p->ic, tiles.vec) + 1) * tiles.vec;
    if (kind->items == 1)
        core_tile(&tiles, request, device, kind);
    else
        shared_tile(&tiles, device, p, kind);
    tiles.rows = min(cvl_parameter_value(request, "tile_rows", tiles.rows), p->oh);
    tiles.columns = min(cvl_parameter_value(request, "tile_columns", tiles.columns), p->ow);
    tiles.parts = min(cvl_parameter_value(request, "parts", tiles.parts),
                      (int32_t)blocks(tiles.padded, tiles.block));
    fit_pixels(&tiles, request, kind);
    tiles.items = cvl_tile_fitting_group(
        device, cvl_parameter_value(request, "items",
                                    cvl_tile_width(kind->items, blocks(p->oc, tiles.block))));
    tiles.depthwise =
        cvl_block_tiles(request, device, &depthwise, tiles.rows, tiles.columns, tiles.vec);
    return tiles;
}

/* If the device limits loops, shrinks the tiles until a work-item's loops are short enough or the
 * tiles cannot shrink further. */
struct cvl_fused_tiles cvl_fused_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device)
{
    struct cvl_tile_class kind = cvl_tile_class(device);
    for (;;) {
        const struct cvl_fused_tiles tiles = tiles_of(request, device, &kind);
        if (!device->loop_limit || kind.registers == 1 ||
            cvl_fused_iterations(&tiles, &request->problem) <= device->loop_limit)
            return tiles;
        kind.registers /= 2;
    }
}

void cvl_fused_options(struct cvl_builder *builder, const struct cvl_fused_tiles *tiles)
{
    cvl_build_tuned_option(builder, "VEC", "vec", tiles->vec);
    cvl_build_tuned_option(builder, "PIXELS", "pixels", tiles->pixels);
    cvl_build_tuned_option(builder, "VECTORS", "vectors", tiles->vectors);
    cvl_build_tuned_option(builder, "TILE_ROWS", "tile_rows", tiles->rows);
    cvl_build_tuned_option(builder, "TILE_COLUMNS", "tile_columns", tiles->columns);
    cvl_build_tuned_option(builder, "PARTS", "parts", tiles->parts);
    cvl_build_tuned_option(builder, "GROUP", "items", tiles->items);
    cvl_build_option(builder, "CHANNELS", tiles->stride);
    cvl_block_options(builder, &tiles->depthwise);
}

void cvl_fused_range(struct cvl_builder *builder, const struct cvl_fused_tiles *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t items = (uint64_t)tiles->items;
    cvl_build_range(builder, (struct cvl_span){items * blocks(p->ow, tiles->columns), items},
                    (struct cvl_span){blocks(p->oh, tiles->rows), 1},
                    (struct cvl_span){(uint64_t)p->mb * (uint64_t)tiles->parts, 1});
}

uint64_t cvl_fused_iterations(const struct cvl_fused_tiles *tiles,
                              const struct cvl_problem *problem)
{
    const uint64_t items = (uint64_t)tiles->items, ic = (uint64_t)problem->ic;
    const uint64_t vectors = (uint64_t)tiles->vectors, pixels = (uint64_t)tiles->pixels;
    const uint64_t turn = (uint64_t)tiles->depthwise.vectors;
    const uint64_t register_tiles = blocks(tiles->rows, tiles->depthwise.rows) *
                                    (1 + blocks(tiles->columns, tiles->depthwise.pixels));
    const uint64_t made = 1 + cvl_block_iterations(&tiles->depthwise, problem);
    const uint64_t first = blocks(problem->ic, tiles->vec) / (items * turn) + 1;
    const uint64_t all_blocks = blocks(tiles->padded, tiles->block);
    const uint64_t second =
        cvl_build_blocks(cvl_build_blocks(all_blocks, (uint64_t)tiles->parts), items);
    const uint64_t run = (uint64_t)run_length(tiles, problem);
    const uint64_t runs = (uint64_t)tiles->rows * (uint64_t)tiles->columns / run;
    const uint64_t product =
        3 * pixels * (1 + vectors) + ic * (1 + vectors + pixels * (1 + vectors));
    return first * (1 + register_tiles * (1 + turn * made)) +
           (second + 1) * (1 + runs * (1 + cvl_build_blocks(run, pixels) * (1 + product)));
}

uint64_t cvl_fused_weight_reads(const struct cvl_fused_tiles *tiles,
                                const struct cvl_problem *problem)
{
    return blocks(problem->oh, tiles->rows) * blocks(problem->ow, tiles->columns) *
           (uint64_t)problem->mb;
}

const struct cvl_parameter_set cvl_fused_parameters = {
    .parameters =
        (const struct cvl_parameter[]){
            {"vec", "channels in a vector", CVL_EVERYWHERE, {4, 8, 16}},
            {"pixels",
             "pixels per register tile",
             CVL_EVERYWHERE,
             {1, 2, 4, 6, 7, 8, 10, 12, 14, 16}},
            {"vectors", "vectors per register tile", CVL_EVERYWHERE, {1, 2, 3, 4}},
            {"tile_rows",
             "output rows per group",
             CVL_EVERYWHERE,
             {1, 2, 3, 4, 5, 7, 8, 10, 14, 28, 56}},
            {"tile_columns",
             "output columns per group",
             CVL_EVERYWHERE,
             {4, 7, 8, 14, 16, 28, 32, 56, 112, 224}},
            {"parts", "parts of the output channels", CVL_EVERYWHERE, {1, 2, 4, 8}},
            {"items", "work-items per group", CVL_ON_OTHERS, {8, 16, 32, 64, 128, 256}},
            {"dw_pixels",
             "depthwise: pixels of a row in registers",
             CVL_EVERYWHERE,
             {1, 2, 4, 5, 6, 7, 8}},
            {"dw_rows", "depthwise: rows in registers", CVL_EVERYWHERE, {1, 2, 3, 4}},
            {0}},
    .limits = (const struct cvl_parameter_limit[]){{{"pixels", "vectors", "vec"}, 512},
                                                   {{"dw_pixels", "dw_rows"}, 24},
                                                   {{"tile_rows", "tile_columns"}, 1024},
                                                   {{0}, 0}}};
