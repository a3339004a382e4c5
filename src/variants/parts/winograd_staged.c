/* Plans Winograd's minimal filtering in stages (cl/winograd_staged.cl): each for all tiles at once,
 * with everything between them in global memory. */
#include "plan/builder.h"
#include "variants/parts/pointwise.h"
#include "variants/parts/winograd.h"

/* Channels of a transformed tile are padded to this many floats, 16 bytes: what a GPU loads at
 * once. */
enum { ALIGNED_FLOATS = 4 };

/* Vectors of a group of a device that runs many groups: enough for a few warps, of which several
 * fit on a compute unit, and half of that where there are few tiles. NCHW: this many of them are
 * channels, so that consecutive items store whole sectors of 32 bytes. */
enum { GROUP_VECTORS = 32, SMALL_GROUP_VECTORS = 16, TURNED_CHANNELS = 8 };

/* On a CPU, a group is a loop over this many vectors of one tile. */
enum { CPU_VECTORS = 4 };

/* How a transform divides its work: groups of `vectors` x `tiles`, `rows` work-items for each. */
struct transform {
    uint64_t channels, pitch; /* of the tensor; of a transformed tile: padded */
    int32_t vec, vectors, tiles, rows;
    bool turned; /* items go along channels, then along tiles, or the other way round */
};

struct staged {
    const struct cvl_winograd *winograd;
    struct cvl_winograd_grid grid;
    struct transform input, output;
};

static uint64_t round_up(uint64_t count, uint64_t size)
{
    return cvl_build_blocks(count, size) * size;
}

static uint64_t groups_of(const struct transform *transform, uint64_t tiles)
{
    return cvl_build_blocks(transform->pitch,
                            (uint64_t)transform->vec * (uint64_t)transform->vectors) *
           cvl_build_blocks(tiles, (uint64_t)transform->tiles);
}

/* Divides a group's `count` vectors into channels and tiles. */
static void shape_group(struct transform *transform, int32_t count, bool nchw)
{
    const uint64_t depths = transform->pitch / (uint64_t)transform->vec;
    const int32_t max = nchw && count > TURNED_CHANNELS ? TURNED_CHANNELS : count;
    transform->vectors = cvl_tile_width(max, depths);
    transform->tiles = count / transform->vectors;
}

/* Smaller groups, then shorter vectors, until each compute unit has a group. */
static void fill_units(struct transform *transform, const struct cvl_device_facts *device,
                       uint64_t tiles, int32_t count, bool nchw)
{
    shape_group(transform, count, nchw);
    if (count > SMALL_GROUP_VECTORS && groups_of(transform, tiles) < device->compute_units)
        shape_group(transform, SMALL_GROUP_VECTORS, nchw);
    while (transform->vec > 1 && groups_of(transform, tiles) < device->compute_units) {
        transform->vec /= 2;
        shape_group(transform, transform->vectors * transform->tiles, nchw);
    }
}

/* The longest vector that needs no more padding than the shortest; one channel at a time where
 * channels are planes apart and a group has many items. */
static int32_t vec_of(const struct cvl_tile_class *kind, uint64_t channels, bool nchw)
{
    int32_t vec = kind->vec;
    if (nchw && kind->items > 1)
        return 1;
    while (vec > ALIGNED_FLOATS && round_up(channels, ALIGNED_FLOATS) % (uint64_t)vec != 0)
        vec /= 2;
    return vec;
}

static uint64_t local_bytes(const struct cvl_winograd *winograd, const struct transform *transform)
{
    return 4 * cvl_winograd_positions(winograd) * (uint64_t)transform->tiles *
           ((uint64_t)transform->vectors * (uint64_t)transform->vec + transform->turned);
}

/* Takes fewer tiles, then fewer vectors, until a group fits on the device. */
static void fit_group(struct transform *transform, const struct cvl_winograd *winograd,
                      const struct cvl_device_facts *device, bool nchw)
{
    for (;;) {
        transform->turned = nchw && transform->vectors > 1 && transform->tiles > 1;
        const int32_t items = transform->vectors * transform->tiles * transform->rows;
        if (cvl_tile_fitting_group(device, items) == items &&
            local_bytes(winograd, transform) <= device->local_bytes)
            return;
        if (transform->tiles > 1)
            transform->tiles /= 2;
        else if (transform->vectors > 1)
            transform->vectors /= 2;
        else if (transform->rows > 1)
            transform->rows = 1;
        else
            return;
    }
}

/* The defaults, for channels padded to transform->pitch. */
static void choose_group(struct transform *transform, const struct staged *staged,
                         const struct cvl_device_facts *device, bool nchw)
{
    const struct cvl_tile_class kind = cvl_tile_class(device);
    if (kind.items == 1) {
        transform->rows = transform->tiles = 1;
        transform->vectors =
            cvl_tile_width(CPU_VECTORS, transform->pitch / (uint64_t)transform->vec);
        return;
    }
    transform->rows = (int32_t)cvl_winograd_span(staged->winograd);
    fill_units(transform, device, staged->grid.tiles,
               kind.items < GROUP_VECTORS ? kind.items : GROUP_VECTORS, nchw);
}

static struct transform transform_of(const struct cvl_builder *builder, const struct staged *staged,
                                     int32_t channels)
{
    const struct cvl_request *request = builder->request;
    const struct cvl_tile_class kind = cvl_tile_class(builder->device);
    const bool nchw = request->layout == CVL_NCHW;
    struct transform transform = {.channels = (uint64_t)channels};
    transform.vec = cvl_parameter_value(request, "vec", vec_of(&kind, (uint64_t)channels, nchw));
    const int32_t aligned = transform.vec > ALIGNED_FLOATS ? transform.vec : ALIGNED_FLOATS;
    transform.pitch = round_up((uint64_t)channels, (uint64_t)aligned);
    choose_group(&transform, staged, builder->device, nchw);
    transform.vec = cvl_parameter_value(request, "vec", transform.vec);
    transform.vectors = cvl_parameter_value(request, "vectors", transform.vectors);
    transform.tiles = cvl_parameter_value(request, "tiles", transform.tiles);
    transform.rows = cvl_parameter_value(request, "items", transform.rows);
    fit_group(&transform, staged->winograd, builder->device, nchw);
    return transform;
}

/* Two transforms have tile parameters of their own: in_vec, out_vec and so on. */
static void choose_transforms(struct cvl_builder *builder, struct staged *staged)
{
    const struct cvl_problem *p = &builder->request->problem;
    cvl_build_prefix(builder, "in_");
    staged->input = transform_of(builder, staged, p->ic);
    cvl_build_prefix(builder, "out_");
    staged->output = transform_of(builder, staged, p->oc);
    cvl_build_prefix(builder, NULL);
}

/* The case of the product: a position is an image, a tile is a pixel, and all is NHWC floats. */
static struct cvl_request product_request(const struct cvl_builder *builder,
                                          const struct staged *staged)
{
    struct cvl_request request = *builder->request;
    const int32_t tiles = (int32_t)staged->grid.tiles;
    request.layout = CVL_NHWC;
    request.dtype = CVL_F32;
    request.problem = (struct cvl_problem){.form = CVL_POINTWISE,
                                           .mb = (int32_t)cvl_winograd_positions(staged->winograd),
                                           .g = 1,
                                           .ic = (int32_t)staged->input.pitch,
                                           .ih = 1,
                                           .iw = tiles,
                                           .oc = (int32_t)staged->output.pitch,
                                           .oh = 1,
                                           .ow = tiles,
                                           .kh = 1,
                                           .kw = 1,
                                           .sh = 1,
                                           .sw = 1};
    return request;
}

static void add_options(struct cvl_builder *builder, const struct transform *transform)
{
    const bool whole =
        builder->request->layout == CVL_NHWC && transform->channels % (uint64_t)transform->vec == 0;
    cvl_build_option(builder, "VEC", transform->vec);
    cvl_build_tuning(builder, "vec", transform->vec);
    cvl_build_option(builder, "VECTORS", transform->vectors);
    cvl_build_tuning(builder, "vectors", transform->vectors);
    cvl_build_option(builder, "TILES", transform->tiles);
    cvl_build_tuning(builder, "tiles", transform->tiles);
    cvl_build_option(builder, "ROWS", transform->rows);
    cvl_build_tuning(builder, "items", transform->rows);
    cvl_build_option(builder, "TURNED", transform->turned);
    cvl_build_option(builder, "WHOLE", whole);
}

/* Loop iterations of a work-item: rows, then columns; loops of constant length too, since the
 * compiler may not unroll them. */
static uint64_t iterations(const struct cvl_winograd *winograd, const struct transform *transform)
{
    const uint64_t span = cvl_winograd_span(winograd);
    return 2 * cvl_build_blocks(span, (uint64_t)transform->rows) *
           (1 + span * (2 + (uint64_t)transform->vec));
}

/* Adds the stage that transforms `from` into `to`. */
static void add_transform(struct cvl_builder *builder, const struct staged *staged,
                          const struct transform *transform, const char *name, const char *algo,
                          uint32_t from, uint32_t to)
{
    const uint64_t vectors = transform->pitch / (uint64_t)transform->vec;
    const uint64_t items =
        (uint64_t)transform->vectors * (uint64_t)transform->tiles * (uint64_t)transform->rows;
    cvl_build_kernel(builder, name, "winograd_staged.cl", algo, NULL);
    cvl_build_option(builder, "EDGE", staged->winograd->edge);
    add_options(builder, transform);
    cvl_build_whole(builder, from);
    cvl_build_whole(builder, to);
    cvl_winograd_sizes(builder, &staged->grid);
    cvl_build_int(builder, (int64_t)transform->pitch);
    cvl_build_range(
        builder,
        (struct cvl_span){items * cvl_build_blocks(vectors, (uint64_t)transform->vectors), items},
        (struct cvl_span){cvl_build_blocks(staged->grid.tiles, (uint64_t)transform->tiles), 1},
        (struct cvl_span){1, 1});
    cvl_build_limits(builder, iterations(staged->winograd, transform),
                     local_bytes(staged->winograd, transform));
}

/* Adds the product; what pads channels is no work. */
static void add_product(struct cvl_builder *builder, const struct staged *staged,
                        const struct cvl_request *floats, struct cvl_pointwise *product)
{
    const struct cvl_request *request = builder->request;
    builder->request = floats;
    product->pixels_out = staged->grid.tiles;
    cvl_pointwise_stage(builder, "product", product);
    builder->request = request;
    cvl_build_cost(builder, cvl_winograd_positions(staged->winograd) * staged->grid.tiles *
                                staged->input.channels * staged->output.channels);
}

/* Floats of one channel of all tiles at all positions, times the padded channels. */
static uint32_t add_workspace(struct cvl_builder *builder, const struct staged *staged,
                              const char *name, const struct transform *transform)
{
    return cvl_build_floats(builder, name, CVL_WORKSPACE,
                            cvl_winograd_positions(staged->winograd) * staged->grid.tiles *
                                transform->pitch);
}

static void add_stages(struct cvl_builder *builder, const struct staged *staged)
{
    const struct cvl_request floats = product_request(builder, staged);
    struct cvl_builder planner = *builder;
    planner.request = &floats;
    struct cvl_pointwise product = {.problem = floats.problem, .batched = true};
    product.tiles = cvl_pointwise_tiles(&planner, &product.problem);
    const uint32_t input = cvl_build_input(builder);
    product.weights = cvl_winograd_weights(
        builder, staged->winograd,
        &(struct cvl_winograd_packing){staged->input.pitch, product.tiles.block,
                                       product.tiles.padded, true});
    product.input = add_workspace(builder, staged, "transformed", &staged->input);
    product.output = add_workspace(builder, staged, "products", &staged->output);
    const uint32_t output = cvl_build_output(builder);
    cvl_build_prefix(builder, "in_");
    add_transform(builder, staged, &staged->input, "input_transform", "winograd_input", input,
                  product.input);
    cvl_build_flops(builder, cvl_winograd_input_flops(staged->winograd, staged->grid.tiles,
                                                      staged->input.channels));
    cvl_build_prefix(builder, NULL);
    add_product(builder, staged, &floats, &product);
    cvl_build_prefix(builder, "out_");
    add_transform(builder, staged, &staged->output, "output_transform", "winograd_output",
                  product.output, output);
    cvl_build_flops(builder, cvl_winograd_output_flops(staged->winograd, staged->grid.tiles,
                                                       staged->output.channels));
    cvl_build_prefix(builder, NULL);
}

enum cvl_status cvl_winograd_staged_plan(const struct cvl_winograd *winograd,
                                         const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_plan *plan, struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    struct staged staged = {.winograd = winograd,
                            .grid = cvl_winograd_grid(winograd, &request->problem)};
    choose_transforms(&builder, &staged);
    plan->steps[0].tolerance_factor = winograd->tolerance_factor;
    add_stages(&builder, &staged);
    return cvl_build_end(&builder);
}

const struct cvl_parameter_set cvl_winograd_staged_parameters = {
    .parameters =
        (const struct cvl_parameter[]){
            {"in_vec", "input transform: channels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
            {"in_vectors",
             "input transform: vectors per group",
             CVL_EVERYWHERE,
             {1, 2, 4, 8, 16, 32}},
            {"in_tiles", "input transform: tiles per group", CVL_EVERYWHERE, {1, 2, 4, 8, 16, 32}},
            {"in_items", "input transform: work-items per tile", CVL_ON_OTHERS, {1, 2, 3, 4, 6}},
            {"out_vec", "output transform: channels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
            {"out_vectors",
             "output transform: vectors per group",
             CVL_EVERYWHERE,
             {1, 2, 4, 8, 16, 32}},
            {"out_tiles",
             "output transform: tiles per group",
             CVL_EVERYWHERE,
             {1, 2, 4, 8, 16, 32}},
            {"out_items", "output transform: work-items per tile", CVL_ON_OTHERS, {1, 2, 3, 4, 6}},
            {0}},
    .limits =
        (const struct cvl_parameter_limit[]){{{"in_vectors", "in_tiles", "in_items"}, 1024},
                                             {{"out_vectors", "out_tiles", "out_items"}, 1024},
                                             {{0}, 0}}};
