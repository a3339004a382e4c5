/* Plans Winograd's minimal filtering in one stage or in two. */
#include "variants/parts/winograd.h"

#include "plan/builder.h"
#include "variants/parts/library.h"

/* Consecutive tiles; the last block may be partly empty. */
struct band {
    uint64_t first, tiles, blocks;
};

static struct band band_at(const struct cvl_winograd_shape *shape, uint64_t index)
{
    const uint64_t pixels = (uint64_t)shape->tile.pixels;
    struct band band = {.first = index * shape->band * pixels, .tiles = shape->band * pixels};
    if (band.tiles > shape->grid.tiles - band.first)
        band.tiles = shape->grid.tiles - band.first;
    band.blocks = cvl_build_blocks(band.tiles, pixels);
    return band;
}

/* A band's share of what all tiles have; the shares of all bands add up exactly. */
static uint64_t part_of(uint64_t elements, const struct cvl_winograd_shape *shape,
                        const struct band *band)
{
    return elements * (band->first + band->tiles) / shape->grid.tiles -
           elements * band->first / shape->grid.tiles;
}

/* Adds the band's part of a tensor as an argument. */
static void add_part(struct cvl_builder *builder, const struct cvl_winograd_shape *shape,
                     const struct band *band, uint32_t tensor)
{
    cvl_build_argument(builder, tensor, part_of(cvl_build_elements(builder, tensor), shape, band));
}

/* Adds the band's transformed blocks as an argument. They are floats, but a plan counts elements of
 * its own type. */
static void add_transformed(struct cvl_builder *builder, const struct cvl_winograd_shape *shape,
                            const struct band *band, uint32_t transformed)
{
    const uint64_t bytes = sizeof(float) * shape->groups * band->blocks * shape->block_floats;
    cvl_build_argument(builder, transformed, bytes / cvl_dtype_bytes(builder->request->dtype));
}

/* struct tile_sizes (cl/winograd.clh). */
static void add_sizes(struct cvl_builder *builder, const struct cvl_winograd_shape *shape)
{
    const struct cvl_problem *p = &builder->request->problem;
    cvl_winograd_sizes(builder, &shape->grid);
    cvl_build_ints(builder, (const int32_t[]){p->ic, p->oc}, 2);
}

static void begin_stage(struct cvl_builder *builder, const struct cvl_winograd_shape *shape,
                        const char *name, const char *algo, int32_t vec)
{
    cvl_build_kernel(builder, name, "winograd.cl", algo, NULL);
    cvl_build_option(builder, "EDGE", shape->winograd->edge);
    cvl_build_option(builder, "FUSED", shape->stages == 1);
    cvl_build_option(builder, "VEC", vec);
    cvl_build_option(builder, "DEPTH", shape->tile.chunk);
    cvl_build_option(builder, "PIXELS", shape->tile.pixels);
}

static void add_product_options(struct cvl_builder *builder, const struct cvl_dense_tiles *tile)
{
    cvl_build_option(builder, "VECTORS", tile->vectors);
    cvl_build_option(builder, "GC", tile->channel_items);
    cvl_build_option(builder, "GP", tile->pixel_items);
    cvl_build_option(builder, "GROUP", tile->items);
}

/* FLOPs of the product with the output transforms. */
static uint64_t product_flops(const struct cvl_winograd_shape *shape, uint64_t tiles,
                              uint64_t inputs, uint64_t outputs)
{
    return 2 * tiles * outputs * inputs * shape->positions +
           cvl_winograd_output_flops(shape->winograd, tiles, outputs);
}

/* The buffers of a plan with one stage or two. */
struct buffers {
    uint32_t input, weights, transformed, output;
};

static void add_tiles(struct cvl_builder *builder, const struct cvl_winograd_shape *shape,
                      const struct band *band, const char *name, const struct buffers *buffers)
{
    const uint64_t pixels = (uint64_t)shape->tile.pixels, vec = (uint64_t)shape->tile.chunk;
    const bool fits =
        pixels <= builder->device->max_work_group && pixels <= builder->device->max_work_item[1];
    begin_stage(builder, shape, name, "winograd_tiles", shape->tile.chunk);
    add_part(builder, shape, band, buffers->input);
    add_transformed(builder, shape, band, buffers->transformed);
    add_sizes(builder, shape);
    cvl_build_int(builder, (int64_t)band->first);
    cvl_build_int(builder, (int64_t)band->blocks);
    cvl_build_range(builder, (struct cvl_span){shape->depths, 1},
                    (struct cvl_span){band->blocks * pixels, fits ? pixels : 1},
                    (struct cvl_span){shape->groups, 1});
    cvl_build_flops(builder, cvl_winograd_input_flops(shape->winograd, band->tiles,
                                                      (uint64_t)builder->request->problem.ic));
    cvl_build_limits(builder, shape->positions * (2 + vec) + 2 * shape->span, 0);
}

static void add_product(struct cvl_builder *builder, const struct cvl_winograd_shape *shape,
                        const struct band *band, const char *name, const struct buffers *buffers)
{
    const struct cvl_dense_tiles *tile = &shape->tile;
    const uint64_t inputs = (uint64_t)builder->request->problem.ic / shape->groups;
    const uint64_t outputs = (uint64_t)builder->request->problem.oc;
    const uint64_t items = (uint64_t)tile->items;
    begin_stage(builder, shape, name, "winograd_product", tile->vec);
    add_product_options(builder, tile);
    add_transformed(builder, shape, band, buffers->transformed);
    cvl_build_whole(builder, buffers->weights);
    add_part(builder, shape, band, buffers->output);
    add_sizes(builder, shape);
    cvl_build_int(builder, (int64_t)band->first);
    cvl_build_int(builder, (int64_t)band->blocks);
    cvl_build_int(builder, tile->padded);
    cvl_build_range(
        builder,
        (struct cvl_span){items * cvl_build_blocks(band->blocks, (uint64_t)tile->pixel_items),
                          items},
        (struct cvl_span){cvl_build_blocks(outputs / shape->groups, (uint64_t)tile->block), 1},
        (struct cvl_span){shape->groups, 1});
    cvl_build_flops(builder, product_flops(shape, band->tiles, inputs, outputs));
    cvl_build_limits(builder, cvl_winograd_iterations(shape, inputs),
                     cvl_winograd_local_bytes(shape));
}

/* Adds two stages per band. */
static void add_bands(struct cvl_builder *builder, const struct cvl_winograd_shape *shape,
                      const struct buffers *buffers)
{
    const uint64_t bands = cvl_build_blocks(shape->blocks, shape->band);
    for (uint64_t i = 0; i < bands; i++) {
        const struct band band = band_at(shape, i);
        add_tiles(builder, shape, &band, cvl_stage_name("tiles", i, bands).text, buffers);
        add_product(builder, shape, &band, cvl_stage_name("product", i, bands).text, buffers);
    }
}

/* Adds the only stage. Each work-group that shares a block transforms it again. */
static void add_fused(struct cvl_builder *builder, const struct cvl_winograd_shape *shape,
                      const struct buffers *buffers)
{
    const struct cvl_dense_tiles *tile = &shape->tile;
    const uint64_t inputs = (uint64_t)builder->request->problem.ic / shape->groups;
    const uint64_t outputs = (uint64_t)builder->request->problem.oc;
    const uint64_t splits = cvl_build_blocks((uint64_t)tile->padded, (uint64_t)shape->length);
    begin_stage(builder, shape, "winograd", "winograd_fused", tile->vec);
    add_product_options(builder, tile);
    cvl_build_option(builder, "CHANNELS", (int64_t)shape->depths * tile->chunk);
    cvl_build_whole(builder, buffers->input);
    cvl_build_whole(builder, buffers->weights);
    cvl_build_whole(builder, buffers->output);
    add_sizes(builder, shape);
    cvl_build_ints(builder, (const int32_t[]){tile->padded, shape->length}, 2);
    cvl_build_range(builder,
                    (struct cvl_span){(uint64_t)tile->items * shape->blocks, (uint64_t)tile->items},
                    (struct cvl_span){splits, 1}, (struct cvl_span){shape->groups, 1});
    cvl_build_flops(builder, splits * cvl_winograd_input_flops(shape->winograd, shape->grid.tiles,
                                                               shape->groups * inputs) +
                                 product_flops(shape, shape->grid.tiles, inputs, outputs));
    cvl_build_limits(builder, cvl_winograd_iterations(shape, inputs),
                     cvl_winograd_local_bytes(shape));
}

static void add_tuning(struct cvl_builder *builder, const struct cvl_winograd_shape *shape)
{
    const struct cvl_dense_tiles *tile = &shape->tile;
    cvl_build_tuning(builder, "vec", tile->vec);
    cvl_build_tuning(builder, "pixels", tile->pixels);
    cvl_build_tuning(builder, "vectors", tile->vectors);
    cvl_build_tuning(builder, "channel_items", tile->channel_items);
    cvl_build_tuning(builder, "stages", shape->stages);
    if (shape->stages == 1) {
        cvl_build_tuning(builder, "splits", shape->splits);
        return;
    }
    cvl_build_tuning(builder, "pixel_items", tile->pixel_items);
    cvl_build_tuning(builder, "band_kib", shape->band_kib);
}

enum cvl_status cvl_winograd_plan(const struct cvl_winograd *winograd,
                                  const struct cvl_request *request,
                                  const struct cvl_device_facts *device, struct cvl_plan *plan,
                                  struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct cvl_winograd_shape shape = cvl_winograd_shape(winograd, request, device);
    struct buffers buffers = {.input = cvl_build_input(&builder)};
    buffers.weights = cvl_winograd_weights(
        &builder, winograd,
        &(struct cvl_winograd_packing){(uint64_t)request->problem.ic / shape.groups,
                                       shape.tile.block, shape.tile.padded, false});
    if (shape.stages == 2)
        buffers.transformed = cvl_build_floats(&builder, "transformed", CVL_WORKSPACE,
                                               shape.groups * shape.band * shape.block_floats);
    buffers.output = cvl_build_output(&builder);
    plan->steps[0].tolerance_factor = winograd->tolerance_factor;
    add_tuning(&builder, &shape);
    if (shape.stages == 1)
        add_fused(&builder, &shape, &buffers);
    else
        add_bands(&builder, &shape, &buffers);
    return cvl_build_end(&builder);
}
