/* Chooses how a transform of Winograd in stages divides its work. */
#include "variants/parts/winograd_transform.h"

/* Channels of a transformed tile are padded to this many floats, 16 bytes: what a GPU loads at
 * once. */
enum { ALIGNED_FLOATS = 4 };

/* Vectors of a group of a device that runs many groups: enough for a few warps, of which several
 * fit on a compute unit, and half of that where there are few tiles. NCHW: this many of them are
 * channels, so that consecutive items store whole sectors of 32 bytes. */
enum { GROUP_VECTORS = 32, SMALL_GROUP_VECTORS = 16, TURNED_CHANNELS = 8 };

/* On a CPU, a group is a loop over this many vectors of one tile. */
enum { CPU_VECTORS = 4 };

static uint64_t round_up(uint64_t count, uint64_t size)
{
    return cvl_build_blocks(count, size) * size;
}

static uint64_t groups_of(const struct cvl_winograd_transform *transform, uint64_t tiles)
{
    return cvl_build_blocks(transform->pitch,
                            (uint64_t)transform->vec * (uint64_t)transform->vectors) *
           cvl_build_blocks(tiles, (uint64_t)transform->tiles);
}

/* Divides a group's `count` vectors into channels and tiles. */
static void shape_group(struct cvl_winograd_transform *transform, int32_t count, bool nchw)
{
    const uint64_t depths = transform->pitch / (uint64_t)transform->vec;
    const int32_t max = nchw && count > TURNED_CHANNELS ? TURNED_CHANNELS : count;
    transform->vectors = cvl_tile_width(max, depths);
    transform->tiles = count / transform->vectors;
}

/* Smaller groups, then shorter vectors, until each compute unit has a group. */
static void fill_units(struct cvl_winograd_transform *transform,
                       const struct cvl_device_facts *device, uint64_t tiles, int32_t count,
                       bool nchw)
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

/* The kernels' array between rows and columns. */
uint64_t cvl_winograd_transform_local(const struct cvl_winograd_transform *transform)
{
    return 4 * transform->slots * (uint64_t)transform->tiles *
           ((uint64_t)transform->vectors * (uint64_t)transform->vec + transform->turned);
}

/* Takes fewer tiles, then fewer vectors, until a group fits on the device. */
static void fit_group(struct cvl_winograd_transform *transform,
                      const struct cvl_device_facts *device, bool nchw)
{
    for (;;) {
        transform->turned = nchw && transform->vectors > 1 && transform->tiles > 1;
        const int32_t items = transform->vectors * transform->tiles * transform->rows;
        if (cvl_tile_fitting_group(device, items) == items &&
            cvl_winograd_transform_local(transform) <= device->local_bytes)
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
static void choose_group(struct cvl_winograd_transform *transform,
                         const struct cvl_winograd_grid *grid, uint64_t rows,
                         const struct cvl_device_facts *device, bool nchw)
{
    const struct cvl_tile_class kind = cvl_tile_class(device);
    if (kind.items == 1) {
        transform->rows = transform->tiles = 1;
        transform->vectors =
            cvl_tile_width(CPU_VECTORS, transform->pitch / (uint64_t)transform->vec);
        return;
    }
    transform->rows = (int32_t)rows;
    fill_units(transform, device, grid->tiles,
               kind.items < GROUP_VECTORS ? kind.items : GROUP_VECTORS, nchw);
}

struct cvl_winograd_transform cvl_winograd_transform(const struct cvl_builder *builder,
                                                     const struct cvl_winograd_grid *grid,
                                                     int32_t channels, uint64_t rows,
                                                     uint64_t slots)
{
    const struct cvl_request *request = builder->request;
    const struct cvl_tile_class kind = cvl_tile_class(builder->device);
    const bool nchw = request->layout == CVL_NCHW;
    struct cvl_winograd_transform transform = {.channels = (uint64_t)channels, .slots = slots};
    transform.vec = cvl_parameter_value(request, "vec", vec_of(&kind, (uint64_t)channels, nchw));
    const int32_t aligned = transform.vec > ALIGNED_FLOATS ? transform.vec : ALIGNED_FLOATS;
    transform.pitch = round_up((uint64_t)channels, (uint64_t)aligned);
    choose_group(&transform, grid, rows, builder->device, nchw);
    transform.vec = cvl_parameter_value(request, "vec", transform.vec);
    transform.vectors = cvl_parameter_value(request, "vectors", transform.vectors);
    transform.tiles = cvl_parameter_value(request, "tiles", transform.tiles);
    transform.rows = cvl_parameter_value(request, "items", transform.rows);
    fit_group(&transform, builder->device, nchw);
    return transform;
}

void cvl_winograd_transform_options(struct cvl_builder *builder,
                                    const struct cvl_winograd_transform *transform)
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
uint64_t cvl_winograd_transform_iterations(const struct cvl_winograd_transform *transform,
                                           uint64_t span)
{
    return 2 * cvl_build_blocks(span, (uint64_t)transform->rows) *
           (1 + span * (2 + (uint64_t)transform->vec));
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
