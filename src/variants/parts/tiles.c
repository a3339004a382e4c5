/* Chooses the tiles of products over channels. */
#include "variants/parts/tiles.h"

#include <math.h>

enum {
    MAX_SOURCES = 8,     /* input pointers that a work-item of a CPU can keep in registers */
    GROUP_WORK = 8192,   /* vector multiply-adds that a group should have; it takes several tiles */
    MAX_RUN = 16,        /* tiles that it takes for that */
    GROUPS_PER_UNIT = 16 /* groups per compute unit that should remain */
};

static int32_t min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Cost of a way to divide the registers: the number of tiles that cover all pixels and channels,
 * times the multiply-adds of one tile, or its loads if there are more, plus a fixed cost. */
static double shape_cost(int32_t run, int32_t vectors_run, uint64_t pixels, uint64_t vectors)
{
    const double registers = (double)run * vectors_run;
    const double loads = (double)(run + vectors_run) / registers;
    const uint64_t tiles =
        cvl_build_blocks(pixels, (uint64_t)run) * cvl_build_blocks(vectors, (uint64_t)vectors_run);
    return (double)tiles * (registers * (loads > 1.0 ? loads : 1.0) + 1.0);
}

/* Divides the registers into vectors x pixels. */
static void shape_registers(struct cvl_dense_tiles *tiles, int32_t registers, uint64_t vectors,
                            uint64_t pixels)
{
    double best = INFINITY;
    for (int32_t along = 5; along >= 1; along--)
        for (int32_t run = min(registers / along, MAX_SOURCES); run >= 1; run--) {
            const double cost = shape_cost(run, along, pixels, vectors);
            if (cost >= best)
                continue;
            best = cost;
            tiles->vectors = along;
            tiles->pixels = run;
        }
}

/* Several tiles per work-item make up for the cost of starting a group, as long as enough groups
 * remain for all compute units. */
static int32_t run_of(const struct cvl_dense_tiles *tiles, const struct cvl_device_facts *device,
                      const struct cvl_product *product, uint64_t vectors)
{
    const uint64_t work = (uint64_t)tiles->pixels * (uint64_t)tiles->vectors *
                          (uint64_t)product->inputs * product->taps;
    const uint64_t tiles_left = cvl_build_blocks(product->pixels, (uint64_t)tiles->pixels) *
                                cvl_build_blocks(vectors, (uint64_t)tiles->vectors) /
                                (GROUPS_PER_UNIT * (uint64_t)device->compute_units + 1);
    int32_t run = 1;
    while (run < MAX_RUN && (uint64_t)run * work < GROUP_WORK && 2 * (uint64_t)run <= tiles_left)
        run *= 2;
    return run;
}

/* Tensors stored as half are converted on their way through local memory. */
static bool is_straight(const struct cvl_request *request, const struct cvl_dense_tiles *tiles,
                        const struct cvl_product *product)
{
    return product->straight && tiles->items == 1 && request->dtype == CVL_F32;
}

static struct cvl_dense_tiles nhwc_tiles(const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         const struct cvl_tile_class *kind,
                                         const struct cvl_product *product)
{
    const uint64_t pixels = product->pixels;
    const int32_t vec = cvl_tile_width(kind->vec, (uint64_t)product->outputs);
    struct cvl_dense_tiles tiles = {.vec = cvl_parameter_value(request, "vec", vec),
                                    .vectors = 1,
                                    .outputs = 1,
                                    .items = kind->items};
    const uint64_t vectors = cvl_build_blocks((uint64_t)product->outputs, (uint64_t)tiles.vec);
    const bool straight = is_straight(request, &tiles, product);
    tiles.pixels =
        (int32_t)(pixels < (uint64_t)kind->registers ? pixels : (uint64_t)kind->registers);
    if (kind->keeps_all)
        shape_registers(&tiles, straight ? kind->registers * 3 / 2 : kind->registers, vectors,
                        pixels);
    tiles.pixels = cvl_parameter_value(request, "pixels", tiles.pixels);
    tiles.vectors = cvl_parameter_value(request, "vectors", tiles.vectors);
    tiles.channel_items = cvl_parameter_value(request, "channel_items",
                                              cvl_tile_width(min(kind->items, 16), vectors));
    tiles.pixel_items = cvl_tile_width(min(kind->items / tiles.channel_items, 8),
                                       cvl_build_blocks(pixels, (uint64_t)tiles.pixels));
    tiles.pixel_items = cvl_parameter_value(request, "pixel_items", tiles.pixel_items);
    tiles.items = tiles.channel_items * tiles.pixel_items;
    tiles.chunk = cvl_parameter_value(request, "chunk",
                                      cvl_tile_width(kind->chunk, (uint64_t)product->inputs));
    if (tiles.chunk < tiles.vec)
        tiles.chunk = tiles.vec;
    tiles.run = 1;
    tiles.order = CVL_ALONG_PIXELS;
    tiles.straight = is_straight(request, &tiles, product);
    if (tiles.straight) {
        tiles.run = run_of(&tiles, device, product, vectors);
        tiles.order = product->taps == 1 && product->inputs <= product->outputs ? CVL_ALONG_CHANNELS
                                                                                : CVL_ALONG_PIXELS;
    }
    if (product->straight) {
        tiles.run = cvl_parameter_value(request, "run", tiles.run);
        tiles.order = cvl_parameter_value(request, "order", tiles.order);
    }
    tiles.block = tiles.channel_items * tiles.vectors * tiles.vec;
    tiles.padded = (int32_t)vectors * tiles.vec;
    return tiles;
}

static struct cvl_dense_tiles nchw_tiles(const struct cvl_request *request,
                                         const struct cvl_tile_class *kind, int32_t outputs,
                                         uint64_t pixels)
{
    const int32_t vec = cvl_tile_width(kind->vec, pixels);
    struct cvl_dense_tiles tiles = {.vec = cvl_parameter_value(request, "vec", vec)};
    const uint64_t vectors = cvl_build_blocks(pixels, (uint64_t)tiles.vec);
    tiles.vectors = cvl_parameter_value(request, "vectors", 1);
    tiles.outputs =
        cvl_parameter_value(request, "outputs", cvl_tile_width(kind->outputs, (uint64_t)outputs));
    tiles.items = cvl_parameter_value(
        request, "items",
        cvl_tile_width(kind->items, cvl_build_blocks(vectors, (uint64_t)tiles.vectors)));
    tiles.block = tiles.outputs;
    tiles.padded =
        (int32_t)cvl_build_blocks((uint64_t)outputs, (uint64_t)tiles.outputs) * tiles.outputs;
    return tiles;
}

/* If the device limits loops, shrinks the register tiles until a work-item's loops are short
 * enough. If none are, cvl_variant_plan refuses the plan. */
struct cvl_dense_tiles cvl_dense_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_product *product)
{
    struct cvl_tile_class kind = cvl_tile_class(device);
    for (;;) {
        const struct cvl_dense_tiles tiles =
            request->layout == CVL_NHWC
                ? nhwc_tiles(request, device, &kind, product)
                : nchw_tiles(request, &kind, product->outputs, product->pixels);
        if (!device->loop_limit || kind.registers == 1 ||
            cvl_dense_iterations(request, &tiles, (uint64_t)product->inputs, product->taps) <=
                device->loop_limit)
            return tiles;
        kind.registers /= 2;
        kind.outputs = kind.outputs > 1 ? kind.outputs / 2 : 1;
    }
}

const struct cvl_parameter_set cvl_dense_parameters[CVL_LAYOUT_COUNT] = {
    [CVL_NHWC] = {.parameters =
                      (const struct cvl_parameter[]){
                          {"vec", "output channels in a vector", CVL_EVERYWHERE, {4, 8, 16}},
                          {"pixels",
                           "pixels per work-item",
                           CVL_EVERYWHERE,
                           {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16}},
                          {"vectors", "vectors per work-item", CVL_EVERYWHERE, {1, 2, 3, 4, 5}},
                          {"channel_items",
                           "work-items per group along channels",
                           CVL_ON_OTHERS,
                           {1, 2, 4, 8, 16, 32}},
                          {"pixel_items",
                           "work-items per group along pixels",
                           CVL_ON_OTHERS,
                           {1, 2, 4, 8, 16, 32}},
                          {"chunk",
                           "input channels copied at a time",
                           CVL_EVERYWHERE,
                           {8, 16, 32, 64, 128, 256}},
                          {0}},
                  .limits =
                      (const struct cvl_parameter_limit[]){
                          {{"pixels", "vectors", "vec"}, 512},
                          {{"channel_items", "pixel_items"}, 1024},
                          {{0}, 0}}},
    [CVL_NCHW] = {
        .parameters =
            (const struct cvl_parameter[]){
                {"vec", "pixels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
                {"vectors", "vectors per work-item", CVL_EVERYWHERE, {1, 2, 3, 4}},
                {"outputs",
                 "output channels per work-item",
                 CVL_EVERYWHERE,
                 {1, 2, 4, 6, 8, 12, 16, 24}},
                {"items", "work-items per group", CVL_ON_OTHERS, {8, 16, 32, 64, 128, 256}},
                {0}},
        .limits =
            (const struct cvl_parameter_limit[]){{{"outputs", "vectors", "vec"}, 384}, {{0}, 0}}}};

const struct cvl_parameter_set cvl_straight_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"run", "tiles of pixels per work-item", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
        {"order", "consecutive groups go along pixels (1) or channels (2)", CVL_EVERYWHERE, {1, 2}},
        {0}}};

void cvl_dense_options(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles)
{
    cvl_build_tuned_option(builder, "VEC", "vec", tiles->vec);
    if (builder->request->layout == CVL_NCHW) {
        cvl_build_tuned_option(builder, "OUTPUTS", "outputs", tiles->outputs);
        cvl_build_tuned_option(builder, "VECTORS", "vectors", tiles->vectors);
        cvl_build_tuning(builder, "items", tiles->items);
        return;
    }
    cvl_build_tuned_option(builder, "PIXELS", "pixels", tiles->pixels);
    cvl_build_tuned_option(builder, "VECTORS", "vectors", tiles->vectors);
    cvl_build_tuned_option(builder, "GC", "channel_items", tiles->channel_items);
    cvl_build_tuned_option(builder, "GP", "pixel_items", tiles->pixel_items);
    cvl_build_tuned_option(builder, "CHUNK", "chunk", tiles->chunk);
    cvl_build_tuned_option(builder, "RUN", "run", tiles->run);
    cvl_build_option(builder, "CHANNELS_FIRST", tiles->order == CVL_ALONG_CHANNELS);
    cvl_build_tuning(builder, "order", tiles->order);
    cvl_build_option(builder, "GROUP", tiles->items);
}

static uint64_t planes_iterations(const struct cvl_dense_tiles *tiles, uint64_t inputs,
                                  uint64_t taps)
{
    const uint64_t vectors = (uint64_t)tiles->vectors, outputs = (uint64_t)tiles->outputs;
    const uint64_t loaded =
        (uint64_t)(tiles->vec > CVL_MAX_SEGMENTS ? tiles->vec : CVL_MAX_SEGMENTS);
    const uint64_t ends = 2 * vectors * (1 + outputs);
    if (!tiles->panel)
        return taps * (1 + vectors + inputs * (1 + vectors * (1 + loaded + outputs))) + ends;
    return vectors * (1 + taps * (1 + inputs * (1 + loaded))) +
           (uint64_t)tiles->blocks * (1 + inputs * taps * (1 + vectors * (1 + outputs)) + ends);
}

/* Counts loops of constant length too, since the compiler may not unroll them. */
uint64_t cvl_dense_iterations(const struct cvl_request *request,
                              const struct cvl_dense_tiles *tiles, uint64_t inputs, uint64_t taps)
{
    const uint64_t vec = (uint64_t)tiles->vec, vectors = (uint64_t)tiles->vectors;
    if (request->layout == CVL_NCHW)
        return planes_iterations(tiles, inputs, taps);
    const uint64_t pixels = (uint64_t)tiles->pixels;
    const uint64_t chunk = (uint64_t)tiles->chunk;
    const uint64_t copied = cvl_build_blocks(chunk, vec * (uint64_t)tiles->channel_items);
    const uint64_t copy = 1 + pixels * (1 + copied);
    const uint64_t product = 1 + vectors + pixels * (1 + vectors);
    const uint64_t tile = taps * (1 + cvl_build_blocks(inputs, chunk) * copy + pixels * (2 + vec) +
                                  inputs * product) +
                          pixels * (4 + vectors * (3 + vec));
    return (uint64_t)tiles->run * (1 + tile);
}

uint64_t cvl_dense_local_bytes(const struct cvl_request *request,
                               const struct cvl_dense_tiles *tiles, uint64_t ints)
{
    if (request->layout == CVL_NCHW)
        return tiles->panel
                   ? 4 * (uint64_t)tiles->panel * (uint64_t)tiles->vectors * (uint64_t)tiles->vec
                   : 4;
    return 4 * (uint64_t)tiles->pixel_items * (uint64_t)tiles->pixels *
           ((uint64_t)tiles->chunk + ints);
}
