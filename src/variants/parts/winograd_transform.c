/* Chooses how a transform of Winograd in stages divides its work. */
#include "variants/parts/winograd_transform.h"

/* Channels of a transformed tile are padded to this many floats, 16 bytes: what a GPU loads at
 * once. */
enum { ALIGNED_FLOATS = 4 };

/* Vectors of a group of a device that runs many groups: enough for a few warps, of which several
 * fit on a compute unit, and half of that where there are few tiles. */
enum { GROUP_VECTORS = 32, SMALL_GROUP_VECTORS = 16 };

/* Channels and pixels of a strip: floats of a whole sector of memory, 32 bytes, of a transformed
 * tile, and two of a row of pixels; one where there are few tiles. */
enum { STRIP_CHANNELS = 8, STRIP_PIXELS = 16, SHORT_STRIP_PIXELS = 8 };

/* On a CPU, a group is a loop over this many vectors of one tile. */
enum { CPU_VECTORS = 4 };

/* Banks of local memory that the kernels keep neighbours apart in. */
enum { BANKS = 32 };

static uint64_t round_up(uint64_t count, uint64_t size)
{
    return cvl_build_blocks(count, size) * size;
}

uint64_t cvl_winograd_transform_groups(const struct cvl_winograd_transform *transform,
                                       const struct cvl_winograd_grid *grid)
{
    const uint64_t tiles = (uint64_t)transform->tiles;
    const uint64_t across =
        cvl_build_blocks(transform->pitch, (uint64_t)transform->vec * (uint64_t)transform->vectors);
    return across * (transform->strip
                         ? grid->tiles / grid->columns * cvl_build_blocks(grid->columns, tiles)
                         : cvl_build_blocks(grid->tiles, tiles));
}

/* Divides a group's `count` vectors into channels and tiles. */
static void shape_group(struct cvl_winograd_transform *transform, int32_t count)
{
    const uint64_t depths = transform->pitch / (uint64_t)transform->vec;
    transform->vectors = cvl_tile_width(count, depths);
    transform->tiles = count / transform->vectors;
}

static bool fills_units(const struct cvl_winograd_transform *transform,
                        const struct cvl_winograd_grid *grid, const struct cvl_device_facts *device)
{
    return cvl_winograd_transform_groups(transform, grid) >= device->compute_units;
}

/* Smaller groups, then shorter vectors, until each compute unit has a group. */
static void fill_units(struct cvl_winograd_transform *transform,
                       const struct cvl_winograd_grid *grid, const struct cvl_device_facts *device,
                       int32_t count)
{
    shape_group(transform, count);
    if (count > SMALL_GROUP_VECTORS && !fills_units(transform, grid, device))
        shape_group(transform, SMALL_GROUP_VECTORS);
    while (transform->vec > 1 && !fills_units(transform, grid, device)) {
        transform->vec /= 2;
        shape_group(transform, transform->vectors * transform->tiles);
    }
}

/* A shorter strip, if a compute unit would have no group. */
static void choose_strip(struct cvl_winograd_transform *transform,
                         const struct cvl_winograd_grid *grid,
                         const struct cvl_device_facts *device)
{
    const int32_t edge = transform->winograd->edge;
    transform->strip = true;
    transform->vectors =
        cvl_tile_width(STRIP_CHANNELS, transform->pitch / (uint64_t)transform->vec);
    transform->tiles = STRIP_PIXELS / edge;
    if (!fills_units(transform, grid, device))
        transform->tiles = SHORT_STRIP_PIXELS / edge;
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

/* Pixels of a row of a strip: what work-items go along, and what local memory has. */
struct line {
    uint64_t items, pitch;
};

/* See cl/winograd_staged.cl. */
static struct line line_of(const struct cvl_winograd_transform *transform)
{
    const uint64_t edge = (uint64_t)transform->winograd->edge;
    const uint64_t pixels = (uint64_t)transform->tiles * edge;
    struct line line = {round_up(pixels, 16), pixels};
    if (transform->side == CVL_WINOGRAD_INPUT) {
        line.items = round_up(pixels + 2 + 7, 16);
        line.pitch = line.items + pixels % (4 * edge);
    }
    return line;
}

/* The kernels' array between rows and columns. */
uint64_t cvl_winograd_transform_local(const struct cvl_winograd_transform *transform)
{
    const uint64_t span = cvl_winograd_span(transform->winograd);
    const uint64_t vectors = (uint64_t)transform->vectors;
    if (transform->strip)
        return 4 * vectors * (round_up(span * line_of(transform).pitch, BANKS) + BANKS);
    const uint64_t lines =
        transform->side == CVL_WINOGRAD_INPUT ? span : (uint64_t)transform->winograd->edge;
    const uint64_t slot = vectors * (uint64_t)transform->vec * (uint64_t)transform->tiles;
    const uint64_t skew = (BANKS - (span - 1) * slot % BANKS) % BANKS;
    return 4 * lines * (span * slot + (transform->rows > 1 ? skew : 0));
}

/* Takes fewer tiles, then fewer vectors, until a group fits on the device. */
static void fit_group(struct cvl_winograd_transform *transform,
                      const struct cvl_device_facts *device, bool nchw)
{
    for (;;) {
        transform->strip = nchw && transform->vec == 1 && transform->tiles > 1;
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
                         const struct cvl_winograd_grid *grid,
                         const struct cvl_device_facts *device, bool nchw)
{
    const struct cvl_tile_class kind = cvl_tile_class(device);
    if (kind.items == 1) {
        transform->rows = transform->tiles = 1;
        transform->vectors =
            cvl_tile_width(CPU_VECTORS, transform->pitch / (uint64_t)transform->vec);
        return;
    }
    transform->rows = (int32_t)cvl_winograd_span(transform->winograd);
    if (nchw && kind.items >= GROUP_VECTORS)
        choose_strip(transform, grid, device);
    else
        fill_units(transform, grid, device,
                   kind.items < GROUP_VECTORS ? kind.items : GROUP_VECTORS);
}

struct cvl_winograd_transform cvl_winograd_transform(const struct cvl_builder *builder,
                                                     const struct cvl_winograd *winograd,
                                                     const struct cvl_winograd_grid *grid,
                                                     int32_t channels, enum cvl_winograd_side side)
{
    const struct cvl_request *request = builder->request;
    const struct cvl_tile_class kind = cvl_tile_class(builder->device);
    const bool nchw = request->layout == CVL_NCHW;
    struct cvl_winograd_transform transform = {
        .winograd = winograd, .side = side, .channels = (uint64_t)channels};
    transform.vec = cvl_parameter_value(request, "vec", vec_of(&kind, (uint64_t)channels, nchw));
    const int32_t aligned = transform.vec > ALIGNED_FLOATS ? transform.vec : ALIGNED_FLOATS;
    transform.pitch = round_up((uint64_t)channels, (uint64_t)aligned);
    choose_group(&transform, grid, builder->device, nchw);
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
    cvl_build_option(builder, "STRIP", transform->strip);
    cvl_build_option(builder, "WHOLE", whole);
}

/* Rows, then columns, or the other way round; loops of constant length too, since the compiler may
 * not unroll them. */
uint64_t cvl_winograd_transform_iterations(const struct cvl_winograd_transform *transform)
{
    const uint64_t span = cvl_winograd_span(transform->winograd);
    const uint64_t shares = cvl_build_blocks(span, (uint64_t)transform->rows);
    const uint64_t items =
        (uint64_t)transform->vectors * (uint64_t)transform->tiles * (uint64_t)transform->rows;
    if (!transform->strip)
        return 2 * shares * (1 + span * (2 + (uint64_t)transform->vec));
    const uint64_t pixels = (uint64_t)transform->vectors * line_of(transform).items;
    return (shares + cvl_build_blocks(pixels, items)) * (1 + 3 * span);
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
