/* Divides Winograd's work: the register tile, the work-group, and where transformed tiles are
 * kept. */
#include "variants/parts/winograd.h"

/* KiB of transformed tiles that two stages keep at once. They should stay in the last-level cache
 * between the stage that writes them and the one that reads them. */
enum { BAND_KIB = 8192, MAX_BANDS = 256 };

/* Costs in vector multiply-adds, measured with PoCL 3.1 on AVX-512: transforming one position of a
 * vector of channels of a tile; loading a vector of weights from the cache. */
enum { TRANSFORM_COST = 11, WEIGHTS_COST = 2 };

/* With fewer tiles per block than this, one stage with everything in local memory does not pay
 * off. */
enum { MIN_FUSED = 8 };

/* Transformed weights that a CPU's last-level cache is assumed to hold beside everything else. 512
 * -> 512 @28 has 36 MiB of them: 318 GFLOP/s in one stage, 570 in two; 256 -> 256 @56 has 9 MiB:
 * 695 and 607. */
enum { WEIGHTS_CACHED_BYTES = 16 << 20 };

static uint64_t min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t cvl_winograd_local_bytes(const struct cvl_winograd_shape *shape)
{
    const struct cvl_dense_tiles *tile = &shape->tile;
    uint64_t floats = (uint64_t)tile->vectors * (uint64_t)tile->items * (uint64_t)tile->vec;
    if (shape->stages == 1)
        floats += shape->depths * (uint64_t)tile->chunk;
    return 4 * shape->positions * (uint64_t)tile->pixels * floats;
}

/* Counts loops of constant length too, since the compiler may not unroll them. */
uint64_t cvl_winograd_iterations(const struct cvl_winograd_shape *shape, uint64_t inputs)
{
    const struct cvl_dense_tiles *tile = &shape->tile;
    const uint64_t edge = (uint64_t)shape->winograd->edge, vec = (uint64_t)tile->vec;
    const uint64_t pixels = (uint64_t)tile->pixels, vectors = (uint64_t)tile->vectors;
    const uint64_t accumulators = pixels * (1 + vectors);
    const uint64_t position =
        1 + 2 * accumulators + shape->depths + inputs * (1 + vectors + accumulators);
    const uint64_t finish =
        1 + shape->positions + shape->span + edge + edge * (1 + edge * (1 + vec));
    const uint64_t block = shape->positions * position + pixels * vectors * finish;
    if (shape->stages != 1)
        return block;
    const uint64_t transform = shape->positions * (2 + vec) + 2 * shape->span;
    return shape->depths * (1 + pixels * (1 + transform)) +
           cvl_build_blocks((uint64_t)shape->length, (uint64_t)tile->block) * (1 + block);
}

/* Work of the slowest compute unit if blocks have `pixels` tiles and `splits` work-groups each. */
static uint64_t fused_cost(const struct cvl_winograd_shape *shape, uint64_t units, uint64_t inputs,
                           uint64_t vectors, uint64_t pixels, uint64_t splits)
{
    const uint64_t own = (uint64_t)shape->tile.vectors;
    const uint64_t runs = cvl_build_blocks(cvl_build_blocks(vectors, own), splits) * own;
    const uint64_t groups = shape->groups * cvl_build_blocks(shape->grid.tiles, pixels) * splits;
    return cvl_build_blocks(groups, units) *
           (TRANSFORM_COST * pixels * shape->depths + inputs * runs * (pixels + WEIGHTS_COST));
}

/* Chooses the block size and the number of work-groups per block with which one stage ends
 * first. */
static void choose_fused(struct cvl_winograd_shape *shape, const struct cvl_device_facts *device,
                         uint64_t inputs, uint64_t vectors, uint64_t max_tiles)
{
    const uint64_t units = device->compute_units ? device->compute_units : 1;
    const uint64_t groups = cvl_build_blocks(vectors, (uint64_t)shape->tile.vectors);
    uint64_t best = UINT64_MAX;
    for (uint64_t pixels = max_tiles; pixels >= 1 && 3 * pixels >= max_tiles; pixels--)
        for (uint64_t splits = 1; splits <= groups; splits *= 2) {
            const uint64_t cost = fused_cost(shape, units, inputs, vectors, pixels, splits);
            if (cost >= best)
                continue;
            best = cost;
            shape->tile.pixels = (int32_t)pixels;
            shape->splits = (int32_t)splits;
        }
}

/* Max tiles per block of one stage that fit in local memory and in registers. */
static uint64_t max_fused(const struct cvl_winograd_shape *shape,
                          const struct cvl_device_facts *device, int32_t registers)
{
    struct cvl_winograd_shape one = *shape;
    one.stages = one.tile.pixels = one.tile.items = 1;
    const uint64_t held = device->local_bytes / cvl_winograd_local_bytes(&one);
    return min(min(held, (uint64_t)(registers / shape->tile.vectors)), shape->grid.tiles);
}

/* Would one stage read weights again and again that no cache holds? Each round of blocks reads all
 * of them; two stages read them once. */
static bool streams_weights(const struct cvl_winograd_shape *shape,
                            const struct cvl_device_facts *device, uint64_t weights,
                            uint64_t max_tiles)
{
    const uint64_t units = device->compute_units ? device->compute_units : 1;
    return 4 * weights > WEIGHTS_CACHED_BYTES && shape->grid.tiles > max_tiles * units;
}

/* A work-group's products must fit in local memory: first its items take fewer tiles, then it has
 * fewer items. */
static void choose_group(struct cvl_winograd_shape *shape, const struct cvl_request *request,
                         const struct cvl_device_facts *device, const struct cvl_tile_class *kind,
                         uint64_t vectors)
{
    struct cvl_dense_tiles *tile = &shape->tile;
    const uint64_t across = cvl_build_blocks(vectors, (uint64_t)tile->vectors);
    tile->items = kind->items;
    tile->pixels = cvl_tile_run(kind->registers / tile->vectors, shape->grid.tiles);
    while (cvl_winograd_local_bytes(shape) > device->local_bytes && tile->pixels > 2)
        tile->pixels /= 2;
    tile->pixels = cvl_parameter_value(request, "pixels", tile->pixels);
    while (cvl_winograd_local_bytes(shape) > device->local_bytes && tile->items > 1)
        tile->items /= 2;
    tile->channel_items = cvl_tile_width(tile->items < 16 ? tile->items : 16, across);
    tile->pixel_items = cvl_tile_width(tile->items / tile->channel_items,
                                       cvl_build_blocks(shape->grid.tiles, (uint64_t)tile->pixels));
}

/* Fewer tiles leave registers for more vectors of channels. */
static int32_t vectors_of(const struct cvl_tile_class *kind, uint64_t vectors, uint64_t tiles)
{
    int32_t own = kind->keeps_all ? cvl_tile_width(2, vectors) : 1;
    while (kind->keeps_all && 2 * (uint64_t)own * tiles <= (uint64_t)kind->registers &&
           vectors % (2 * (uint64_t)own) == 0 && own < 4)
        own *= 2;
    return own;
}

static void set_tile(struct cvl_winograd_shape *shape, const struct cvl_request *request,
                     uint64_t vectors)
{
    struct cvl_dense_tiles *tile = &shape->tile;
    tile->pixels = cvl_parameter_value(request, "pixels", tile->pixels);
    tile->channel_items = cvl_parameter_value(request, "channel_items", tile->channel_items);
    tile->pixel_items = cvl_parameter_value(request, "pixel_items", tile->pixel_items);
    if (shape->stages == 1)
        tile->pixel_items = 1;
    tile->items = tile->channel_items * tile->pixel_items;
    tile->block = tile->channel_items * tile->vectors * tile->vec;
    tile->padded = (int32_t)vectors * tile->vec;
    shape->splits = cvl_parameter_value(request, "splits", shape->splits);
    const uint64_t blocks = cvl_build_blocks((uint64_t)tile->padded, (uint64_t)tile->block);
    shape->length = (int32_t)cvl_build_blocks(blocks, (uint64_t)shape->splits) * tile->block;
}

static void choose_tile(struct cvl_winograd_shape *shape, const struct cvl_request *request,
                        const struct cvl_device_facts *device, const struct cvl_tile_class *kind)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t inputs = (uint64_t)p->ic;
    struct cvl_dense_tiles *tile = &shape->tile;
    tile->vec = cvl_parameter_value(request, "vec", cvl_tile_width(kind->vec, (uint64_t)p->oc));
    const uint64_t vectors = cvl_build_blocks((uint64_t)p->oc, (uint64_t)tile->vec);
    tile->vectors =
        cvl_parameter_value(request, "vectors", vectors_of(kind, vectors, shape->grid.tiles));
    tile->chunk = tile->vec;
    shape->depths = cvl_build_blocks(inputs, (uint64_t)tile->chunk);
    const uint64_t max_tiles = max_fused(shape, device, kind->registers);
    const uint64_t weights = shape->positions * inputs * vectors * (uint64_t)tile->vec;
    const bool fits = kind->keeps_all && max_tiles >= min(MIN_FUSED, shape->grid.tiles) &&
                      !streams_weights(shape, device, weights, max_tiles);
    shape->splits = 1;
    shape->stages = cvl_parameter_value(request, "stages", fits ? 1 : 2);
    if (shape->stages == 2) {
        tile->chunk = cvl_tile_width(kind->vec, inputs);
        shape->depths = cvl_build_blocks(inputs, (uint64_t)tile->chunk);
    }
    choose_group(shape, request, device, kind, vectors);
    if (shape->stages == 1 && max_tiles > 0)
        choose_fused(shape, device, inputs, vectors, max_tiles);
    set_tile(shape, request, vectors);
}

/* Bands of equal length, in whole work-groups: what a group found past the end of its band would
 * belong to the next one. */
static void choose_band(struct cvl_winograd_shape *shape, const struct cvl_request *request)
{
    const struct cvl_dense_tiles *tile = &shape->tile;
    const uint64_t group = (uint64_t)tile->pixel_items;
    shape->band_kib = cvl_parameter_value(request, "band_kib", BAND_KIB);
    shape->block_floats =
        shape->positions * shape->depths * (uint64_t)tile->chunk * (uint64_t)tile->pixels;
    shape->blocks = cvl_build_blocks(shape->grid.tiles, (uint64_t)tile->pixels);
    uint64_t max_blocks =
        (uint64_t)shape->band_kib * 1024 / (4 * shape->groups * shape->block_floats);
    if (max_blocks < cvl_build_blocks(shape->blocks, MAX_BANDS))
        max_blocks = cvl_build_blocks(shape->blocks, MAX_BANDS);
    const uint64_t even =
        cvl_build_blocks(shape->blocks, cvl_build_blocks(shape->blocks, max_blocks));
    shape->band = min(cvl_build_blocks(even, group) * group, shape->blocks);
}

/* If the device limits loops, shrinks the register tiles until a work-item's loops are short
 * enough. If none are, cvl_variant_plan refuses the plan. */
struct cvl_winograd_shape cvl_winograd_shape(const struct cvl_winograd *winograd,
                                             const struct cvl_request *request,
                                             const struct cvl_device_facts *device)
{
    struct cvl_request own = *request; /* one group's */
    struct cvl_problem *p = &own.problem;
    struct cvl_tile_class kind = cvl_tile_class(device);
    struct cvl_winograd_shape shape = {.winograd = winograd,
                                       .groups = (uint64_t)p->g,
                                       .span = cvl_winograd_span(winograd),
                                       .positions = cvl_winograd_positions(winograd),
                                       .grid = cvl_winograd_grid(winograd, p)};
    p->ic /= p->g;
    p->oc /= p->g;
    /* 12 x 2 and 6 x 4 vectors of 32 stay in registers here, 14 x 2 do not (PoCL 3.1, LLVM 15). */
    if (kind.keeps_all)
        kind.registers += kind.registers / 2;
    choose_tile(&shape, &own, device, &kind);
    while (device->loop_limit && kind.registers > 1 &&
           cvl_winograd_iterations(&shape, (uint64_t)p->ic) > device->loop_limit) {
        kind.registers /= 2;
        choose_tile(&shape, &own, device, &kind);
    }
    choose_band(&shape, &own);
    return shape;
}

const struct cvl_parameter_set cvl_winograd_parameters = {
    .parameters =
        (const struct cvl_parameter[]){
            {"vec", "output channels in a vector", CVL_EVERYWHERE, {4, 8, 16}},
            {"pixels",
             "tiles per work-item",
             CVL_EVERYWHERE,
             {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
            {"vectors", "vectors per work-item", CVL_EVERYWHERE, {1, 2, 3, 4}},
            {"channel_items",
             "work-items per group along channels",
             CVL_ON_OTHERS,
             {1, 2, 4, 8, 16, 32}},
            {"pixel_items",
             "work-items per group along tiles",
             CVL_ON_OTHERS,
             {1, 2, 4, 8, 16, 32}},
            {"stages", "1: transformed tiles in local memory", CVL_EVERYWHERE, {1, 2}},
            {"splits",
             "one stage: groups that share a block's channels",
             CVL_EVERYWHERE,
             {1, 2, 4, 8, 16}},
            {"band_kib",
             "two stages: KiB of transformed tiles at once",
             CVL_EVERYWHERE,
             {16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536}},
            {0}},
    .limits = (const struct cvl_parameter_limit[]){
        {{"pixels", "vectors", "vec"}, 384}, {{"channel_items", "pixel_items"}, 1024}, {{0}, 0}}};
