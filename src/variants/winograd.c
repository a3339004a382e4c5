#include "variants/winograd.h"

#include "variants/builder.h"
#include "variants/library.h"
#include "variants/pack.h"
#include "variants/tiles.h"

/* Transformed tiles that are kept at once, in KiB: on a CPU they are to stay in the last cache
 * between the stage that writes them and the stage that reads them. */
enum { BAND_KIB_CPU = 8192, BAND_KIB_OTHERS = 65536, MOST_BANDS = 256 };

/* A convolution in tiles, and how the product over them is cut. A block of tiles is what a
 * work-item multiplies. */
struct shape {
    const struct cvl_winograd *winograd;
    uint64_t span, positions;      /* input pixels along an edge of a tile; squared */
    uint64_t rows, columns, tiles; /* of an image; of all images together */
    uint64_t depths;               /* vectors of input channels */
    uint64_t blocks, band;         /* of all tiles; of one band */
    uint64_t block_floats;         /* of a transformed block */
    int32_t band_kib;              /* most that a band's blocks may take */
    struct cvl_dense_tiles tile;   /* pixels counts tiles; chunk: input channels side by side */
};

enum cvl_status cvl_winograd_applies(const struct cvl_case *request,
                                     const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct cvl_problem *p = &request->problem;
    (void)device;
    if (p->kh != 3 || p->kw != 3 || p->sh != 1 || p->sw != 1 || p->dh != 0 || p->dw != 0)
        return cvl_fail(err, CVL_UNSUPPORTED, "needs 3x3, stride 1, no dilation");
    return cvl_need_one_group(request, err);
}

static uint64_t product_bytes(const struct shape *shape)
{
    const struct cvl_dense_tiles *tile = &shape->tile;
    return 4 * shape->positions * (uint64_t)tile->pixels * (uint64_t)tile->vectors *
           (uint64_t)tile->items * (uint64_t)tile->vec;
}

static uint64_t product_iterations(const struct shape *shape, uint64_t inputs)
{
    const struct cvl_dense_tiles *tile = &shape->tile;
    const uint64_t edge = (uint64_t)shape->winograd->edge, vec = (uint64_t)tile->vec;
    const uint64_t pixels = (uint64_t)tile->pixels, vectors = (uint64_t)tile->vectors;
    const uint64_t accumulators = pixels * (1 + vectors);
    const uint64_t position =
        1 + 2 * accumulators + shape->depths + inputs * (1 + vectors + accumulators);
    const uint64_t finish =
        1 + shape->positions + shape->span + edge + edge * (1 + edge * (1 + vec));
    return shape->positions * position + pixels * vectors * finish;
}

/* The register tile: two vectors of channels for each tile, more where there are few tiles. */
static void choose_registers(struct cvl_dense_tiles *tile, const struct cvl_tile_class *kind,
                             uint64_t vectors, uint64_t tiles)
{
    tile->vectors = kind->keeps_all ? cvl_tile_width(2, vectors) : 1;
    tile->pixels = cvl_tile_run(kind->registers / tile->vectors, tiles);
    while (kind->keeps_all && 2 * tile->vectors * tile->pixels <= kind->registers &&
           vectors % (2 * (uint64_t)tile->vectors) == 0)
        tile->vectors *= 2;
}

/* A work-group's products must fit local memory: first its items take fewer tiles, then it has
 * fewer items. */
static void choose_group(struct shape *shape, const struct cvl_device_facts *device,
                         const struct cvl_tile_class *kind, uint64_t vectors)
{
    struct cvl_dense_tiles *tile = &shape->tile;
    const uint64_t across = cvl_build_blocks(vectors, (uint64_t)tile->vectors);
    tile->items = kind->items;
    while (product_bytes(shape) > device->local_bytes && tile->pixels > 2)
        tile->pixels /= 2;
    while (product_bytes(shape) > device->local_bytes && tile->items > 1)
        tile->items /= 2;
    tile->channel_items = cvl_tile_width(tile->items < 16 ? tile->items : 16, across);
    tile->pixel_items = cvl_tile_width(tile->items / tile->channel_items,
                                       cvl_build_blocks(shape->tiles, (uint64_t)tile->pixels));
}

static void choose_tile(struct shape *shape, const struct cvl_case *request,
                        const struct cvl_device_facts *device, const struct cvl_tile_class *kind)
{
    const struct cvl_problem *p = &request->problem;
    struct cvl_dense_tiles *tile = &shape->tile;
    tile->vec = cvl_parameter_value(request, "vec", cvl_tile_width(kind->vec, (uint64_t)p->oc));
    const uint64_t vectors = cvl_build_blocks((uint64_t)p->oc, (uint64_t)tile->vec);
    choose_registers(tile, kind, vectors, shape->tiles);
    choose_group(shape, device, kind, vectors);
    tile->pixels = cvl_parameter_value(request, "pixels", tile->pixels);
    tile->vectors = cvl_parameter_value(request, "vectors", tile->vectors);
    tile->channel_items = cvl_parameter_value(request, "channel_items", tile->channel_items);
    tile->pixel_items = cvl_parameter_value(request, "pixel_items", tile->pixel_items);
    tile->items = tile->channel_items * tile->pixel_items;
    tile->chunk = cvl_tile_width(kind->vec, (uint64_t)p->ic);
    tile->block = tile->channel_items * tile->vectors * tile->vec;
    tile->padded = (int32_t)vectors * tile->vec;
    shape->depths = cvl_build_blocks((uint64_t)p->ic, (uint64_t)tile->chunk);
}

/* Bands of equal length, whole work-groups each: what a group reads behind its band would be the
 * next one's. */
static void choose_band(struct shape *shape, const struct cvl_case *request,
                        const struct cvl_device_facts *device)
{
    const struct cvl_dense_tiles *tile = &shape->tile;
    const uint64_t group = (uint64_t)tile->pixel_items;
    shape->band_kib = cvl_parameter_value(
        request, "band_kib", device->type == CVL_DEVICE_CPU ? BAND_KIB_CPU : BAND_KIB_OTHERS);
    shape->block_floats =
        shape->positions * shape->depths * (uint64_t)tile->chunk * (uint64_t)tile->pixels;
    shape->blocks = cvl_build_blocks(shape->tiles, (uint64_t)tile->pixels);
    uint64_t most = (uint64_t)shape->band_kib * 1024 / (4 * shape->block_floats);
    if (most < cvl_build_blocks(shape->blocks, MOST_BANDS))
        most = cvl_build_blocks(shape->blocks, MOST_BANDS);
    const uint64_t even = cvl_build_blocks(shape->blocks, cvl_build_blocks(shape->blocks, most));
    shape->band = cvl_build_blocks(even, group) * group;
    if (shape->band > shape->blocks)
        shape->band = shape->blocks;
}

/* Where the device limits loops, register tiles shrink until a work-item's loops are short enough;
 * if none is, cvl_variant_plan refuses the plan. */
static struct shape shape_of(const struct cvl_winograd *winograd, const struct cvl_case *request,
                             const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t edge = (uint64_t)winograd->edge, span = edge + 2;
    struct cvl_tile_class kind = cvl_tile_class(device);
    struct shape shape = {.winograd = winograd, .span = span, .positions = span * span};
    shape.rows = cvl_build_blocks((uint64_t)p->oh, edge);
    shape.columns = cvl_build_blocks((uint64_t)p->ow, edge);
    shape.tiles = (uint64_t)p->mb * shape.rows * shape.columns;
    choose_tile(&shape, request, device, &kind);
    while (device->loop_limit && kind.registers > 1 &&
           product_iterations(&shape, (uint64_t)p->ic) > device->loop_limit) {
        kind.registers /= 2;
        choose_tile(&shape, request, device, &kind);
    }
    choose_band(&shape, request, device);
    return shape;
}

static void add_options(struct cvl_builder *builder, const struct shape *shape, int32_t vec)
{
    cvl_build_option(builder, "EDGE", shape->winograd->edge);
    cvl_build_option(builder, "VEC", vec);
    cvl_build_option(builder, "DEPTH", shape->tile.chunk);
    cvl_build_option(builder, "PIXELS", shape->tile.pixels);
}

/* Transforms the weights when they are loaded. @return the transformed ones */
static uint32_t load_weights(struct cvl_builder *builder, const struct shape *shape)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t inputs = (uint64_t)p->ic, padded = (uint64_t)shape->tile.padded;
    const int32_t group = cvl_tile_fitting_group(builder->device, 16);
    const uint32_t raw = cvl_raw_weights(builder, p, CVL_CONTENT_WEIGHTS);
    const uint32_t packed = cvl_build_floats(builder, "transformed_weights", CVL_WEIGHTS,
                                             shape->positions * inputs * padded);
    cvl_build_kernel(builder, "transform_weights", "winograd.cl", "winograd", "weights");
    cvl_build_at_load(builder);
    cvl_build_option(builder, "EDGE", shape->winograd->edge);
    cvl_build_whole(builder, raw);
    cvl_build_whole(builder, packed);
    cvl_build_ints(builder, (const int32_t[]){p->ic, p->oc, shape->tile.padded, shape->tile.block},
                   4);
    cvl_build_range(builder, (struct cvl_span){padded, (uint64_t)cvl_tile_width(group, padded)},
                    (struct cvl_span){inputs, 1}, (struct cvl_span){1, 1});
    cvl_build_flops(builder,
                    inputs * (uint64_t)p->oc * (3 + shape->span) * shape->winograd->weights_flops);
    cvl_build_limits(builder, 9 + 3 + shape->span + shape->positions, 0);
    return packed;
}

/* The blocks of one band. */
struct band {
    uint64_t first, count;      /* blocks */
    uint64_t first_tile, tiles; /* that are there */
};

static struct band band_at(const struct shape *shape, uint64_t index)
{
    const uint64_t pixels = (uint64_t)shape->tile.pixels;
    struct band band = {.first = index * shape->band, .count = shape->band};
    if (band.count > shape->blocks - band.first)
        band.count = shape->blocks - band.first;
    band.first_tile = band.first * pixels;
    band.tiles = band.count * pixels;
    if (band.tiles > shape->tiles - band.first_tile)
        band.tiles = shape->tiles - band.first_tile;
    return band;
}

/* A band's part of what all tiles have; the parts of all bands add up. */
static uint64_t part_of(uint64_t elements, const struct shape *shape, const struct band *band)
{
    return elements * (band->first_tile + band->tiles) / shape->tiles -
           elements * band->first_tile / shape->tiles;
}

/* The band's transformed blocks as an argument. They are floats, and a plan counts elements of its
 * own type. */
static void add_transformed(struct cvl_builder *builder, const struct shape *shape,
                            const struct band *band, uint32_t transformed)
{
    const uint64_t bytes = sizeof(float) * band->count * shape->block_floats;
    cvl_build_argument(builder, transformed, bytes / cvl_dtype_bytes(builder->request->dtype));
}

static void add_place(struct cvl_builder *builder, const struct shape *shape,
                      const struct band *band)
{
    cvl_build_int(builder, (int64_t)shape->rows);
    cvl_build_int(builder, (int64_t)shape->columns);
    cvl_build_int(builder, (int64_t)band->first_tile);
    cvl_build_int(builder, (int64_t)shape->tiles);
}

static void add_tiles(struct cvl_builder *builder, const struct shape *shape,
                      const struct band *band, const char *name, uint32_t input,
                      uint32_t transformed)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t pixels = (uint64_t)shape->tile.pixels, vec = (uint64_t)shape->tile.chunk;
    const int32_t items = builder->device->type == CVL_DEVICE_CPU ? 1 : 8;
    const bool fits = 8 * pixels <= builder->device->max_work_group &&
                      pixels <= builder->device->max_work_item[1];
    cvl_build_kernel(builder, name, "winograd.cl", "winograd_tiles", NULL);
    add_options(builder, shape, shape->tile.chunk);
    cvl_build_argument(builder, input, part_of(cvl_build_elements(builder, input), shape, band));
    add_transformed(builder, shape, band, transformed);
    cvl_build_ints(builder, (const int32_t[]){p->ic, p->ih, p->iw, p->ph, p->pw}, 5);
    add_place(builder, shape, band);
    cvl_build_range(
        builder, (struct cvl_span){shape->depths, (uint64_t)cvl_tile_width(items, shape->depths)},
        (struct cvl_span){band->count * pixels, fits ? pixels : 1}, (struct cvl_span){1, 1});
    cvl_build_flops(builder,
                    band->tiles * (uint64_t)p->ic * 2 * shape->span * shape->winograd->input_flops);
    cvl_build_limits(builder, shape->positions * (2 + vec) + 2 * shape->span, 0);
}

static void add_product(struct cvl_builder *builder, const struct shape *shape,
                        const struct band *band, const char *name, uint32_t transformed,
                        uint32_t weights, uint32_t output)
{
    const struct cvl_problem *p = &builder->request->problem;
    const struct cvl_dense_tiles *tile = &shape->tile;
    const uint64_t edge = (uint64_t)shape->winograd->edge;
    const uint64_t pairs = band->tiles * (uint64_t)p->oc;
    cvl_build_kernel(builder, name, "winograd.cl", "winograd_product", NULL);
    add_options(builder, shape, tile->vec);
    cvl_build_option(builder, "VECTORS", tile->vectors);
    cvl_build_option(builder, "GC", tile->channel_items);
    cvl_build_option(builder, "GP", tile->pixel_items);
    cvl_build_option(builder, "GROUP", tile->items);
    add_transformed(builder, shape, band, transformed);
    cvl_build_whole(builder, weights);
    cvl_build_argument(builder, output, part_of(cvl_build_elements(builder, output), shape, band));
    cvl_build_ints(builder, (const int32_t[]){p->ic, p->oc, tile->padded, p->oh, p->ow}, 5);
    add_place(builder, shape, band);
    cvl_build_range(
        builder,
        (struct cvl_span){(uint64_t)tile->items *
                              cvl_build_blocks(band->count, (uint64_t)tile->pixel_items),
                          (uint64_t)tile->items},
        (struct cvl_span){cvl_build_blocks((uint64_t)p->oc, (uint64_t)tile->block), 1},
        (struct cvl_span){1, 1});
    cvl_build_flops(builder, pairs * (2 * shape->positions * (uint64_t)p->ic +
                                      (shape->span + edge) * shape->winograd->output_flops));
    cvl_build_limits(builder, product_iterations(shape, (uint64_t)p->ic), product_bytes(shape));
}

static void add_tuning(struct cvl_builder *builder, const struct shape *shape)
{
    const struct cvl_dense_tiles *tile = &shape->tile;
    cvl_build_tuning(builder, "vec", tile->vec);
    cvl_build_tuning(builder, "pixels", tile->pixels);
    cvl_build_tuning(builder, "vectors", tile->vectors);
    cvl_build_tuning(builder, "channel_items", tile->channel_items);
    cvl_build_tuning(builder, "pixel_items", tile->pixel_items);
    cvl_build_tuning(builder, "band_kib", shape->band_kib);
}

enum cvl_status cvl_winograd_plan(const struct cvl_winograd *winograd,
                                  const struct cvl_case *request,
                                  const struct cvl_device_facts *device, struct cvl_plan *plan,
                                  struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct shape shape = shape_of(winograd, request, device);
    const uint64_t bands = cvl_build_blocks(shape.blocks, shape.band);
    const uint32_t input = cvl_build_input(&builder);
    const uint32_t weights = load_weights(&builder, &shape);
    const uint32_t transformed =
        cvl_build_floats(&builder, "transformed", CVL_WORKSPACE, shape.band * shape.block_floats);
    const uint32_t output = cvl_build_output(&builder);
    plan->tolerance_factor = winograd->tolerance_factor;
    add_tuning(&builder, &shape);
    for (uint64_t i = 0; i < bands; i++) {
        const struct band band = band_at(&shape, i);
        add_tiles(&builder, &shape, &band, cvl_stage_name("tiles", i, bands).text, input,
                  transformed);
        add_product(&builder, &shape, &band, cvl_stage_name("product", i, bands).text, transformed,
                    weights, output);
    }
    return cvl_build_end(&builder);
}

const struct cvl_parameter_set cvl_winograd_parameters = {
    .parameters =
        (const struct cvl_parameter[]){
            {"vec", "output channels in a vector", CVL_EVERYWHERE, {4, 8, 16}},
            {"pixels",
             "tiles of a work-item",
             CVL_EVERYWHERE,
             {1, 2, 4, 6, 7, 8, 9, 10, 12, 14, 16}},
            {"vectors", "vectors of a work-item", CVL_EVERYWHERE, {1, 2, 3, 4}},
            {"channel_items",
             "work-items of a group along channels",
             CVL_ON_OTHERS,
             {1, 2, 4, 8, 16, 32}},
            {"pixel_items",
             "work-items of a group along tiles",
             CVL_ON_OTHERS,
             {1, 2, 4, 8, 16, 32}},
            {"band_kib",
             "KiB of transformed tiles kept at once",
             CVL_EVERYWHERE,
             {256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536}},
            {0}},
    .limits = (const struct cvl_parameter_limit[]){
        {{"pixels", "vectors", "vec"}, 512}, {{"channel_items", "pixel_items"}, 1024}, {{0}, 0}}};
