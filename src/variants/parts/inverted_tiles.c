/* Chooses the tiles of inv_fused, by estimated cost. */
#include "variants/parts/inverted_tiles.h"

#include "variants/parts/groups.h"
#include "variants/parts/tiles.h"

/* Floats that a group of one work-item keeps in its core's second-level cache, beside weights. */
enum { NEAR_FLOATS = 96 * 1024 };

/* Rows per group if work-items run as lanes of a CPU. */
enum { SHARED_ROWS = 2 };

/* Max work-items per group of a device with large groups, where a group has a unit to itself. */
enum { MAX_ITEMS = 256 };

/* Cost of a depthwise multiply-add relative to one of the products, in tenths. */
enum { DEPTHWISE_TENTHS = 25 };

static int32_t min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t round_up(int32_t count, int32_t step)
{
    return (int32_t)cvl_build_blocks((uint64_t)count, (uint64_t)step) * step;
}

/* Input rows that `rows` output rows from `row` on need. */
static int32_t reach(const struct cvl_problem *p, int32_t row, int32_t rows)
{
    const int64_t window = (int64_t)(p->kh - 1) * ((int64_t)p->dh + 1) + 1;
    const int64_t first = (int64_t)row * p->sh - p->ph;
    const int64_t end = first + (int64_t)(rows - 1) * p->sh + window;
    return (int32_t)((end < p->ih ? end : p->ih) - (first > 0 ? first : 0));
}

/* The max of that over all groups. */
static int32_t max_reach(const struct cvl_problem *p, int32_t rows)
{
    int32_t largest = 1;
    for (int32_t row = 0; row < p->oh; row += rows) {
        const int32_t count = reach(p, row, min(rows, p->oh - row));
        largest = count > largest ? count : largest;
    }
    return largest;
}

uint64_t cvl_inverted_rows_made(const struct cvl_inverted_tiles *tiles,
                                const struct cvl_problem *problem)
{
    uint64_t made = 0;
    for (int32_t row = 0; row < problem->oh; row += tiles->rows)
        made += (uint64_t)reach(problem, row, min(tiles->rows, problem->oh - row));
    return made;
}

static uint64_t local_floats(const struct cvl_inverted_tiles *tiles,
                             const struct cvl_request *request)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t in = (uint64_t)tiles->in_pixels, out = (uint64_t)tiles->out_pixels;
    const uint64_t middle = (uint64_t)tiles->middle;
    const uint64_t floats = in * middle + out * (middle + (uint64_t)tiles->sums);
    if (request->layout == CVL_NHWC)
        return floats;
    const uint64_t margin =
        (uint64_t)(p->kw - 1) * ((uint64_t)p->dw + 1) + (uint64_t)p->sw * (uint64_t)tiles->vec;
    return floats + 2 * margin + (uint64_t)tiles->vec;
}

uint64_t cvl_inverted_local_bytes(const struct cvl_inverted_tiles *tiles,
                                  const struct cvl_request *request)
{
    return 4 * local_floats(tiles, request);
}

static void set_rows(struct cvl_inverted_tiles *tiles, const struct cvl_request *request,
                     int32_t rows)
{
    const struct cvl_problem *p = &request->problem;
    const int32_t step = request->layout == CVL_NHWC ? tiles->pixels : tiles->vec * tiles->vectors;
    tiles->rows = min(rows, p->oh);
    tiles->in_pixels = round_up(max_reach(p, tiles->rows) * p->iw, step);
    tiles->out_pixels = round_up(tiles->rows * p->ow, step);
}

/* When the last core ends: cores take equal shares of groups, and each group computes the rows at
 * its borders again. */
static double cost_of(const struct cvl_inverted_tiles *tiles, const struct cvl_device_facts *device,
                      const struct cvl_problem *p)
{
    const uint64_t groups =
        cvl_build_blocks((uint64_t)p->oh, (uint64_t)tiles->rows) * (uint64_t)p->mb;
    const uint64_t units = device->compute_units > 0 ? device->compute_units : 1;
    const double taps = (double)p->kh * p->kw * DEPTHWISE_TENTHS / 10.0;
    const double made = (double)cvl_inverted_rows_made(tiles, p) * p->iw * p->ic;
    const double work = (made + (double)p->oh * p->ow * (taps + p->oc)) * p->mb;
    return work / (double)groups * (double)cvl_build_blocks(groups, units);
}

/* As many rows as fit in the cache are not always best, since cores wait for the last one. */
static void choose_rows(struct cvl_inverted_tiles *tiles, const struct cvl_request *request,
                        const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t room = device->local_bytes / 4;
    const uint64_t near = room < NEAR_FLOATS ? room : NEAR_FLOATS;
    struct cvl_inverted_tiles tried = *tiles;
    double best = -1.0;
    for (int32_t rows = 1; rows <= p->oh; rows++) {
        set_rows(&tried, request, rows);
        if (rows > 1 && local_floats(&tried, request) > near)
            break;
        const double cost = cost_of(&tried, device, p);
        if (best >= 0.0 && cost >= best)
            continue;
        best = cost;
        *tiles = tried;
    }
}

static void shrink(struct cvl_inverted_tiles *tiles, const struct cvl_request *request,
                   const struct cvl_device_facts *device, int32_t rows)
{
    for (set_rows(tiles, request, rows);
         rows > 1 && cvl_inverted_local_bytes(tiles, request) > device->local_bytes;)
        set_rows(tiles, request, --rows);
}

/* Sets the register tiles and the number of middle channels at a time. */
static struct cvl_inverted_tiles register_tiles(const struct cvl_request *request,
                                                const struct cvl_tile_class *kind)
{
    const struct cvl_problem *p = &request->problem;
    const bool nhwc = request->layout == CVL_NHWC;
    const uint64_t lanes = nhwc ? (uint64_t)p->mc : (uint64_t)p->ow;
    struct cvl_inverted_tiles tiles = {.pixels = 1, .outputs = 1, .dw_pixels = 1};
    tiles.vec = cvl_parameter_value(request, "vec", cvl_tile_width(kind->vec, lanes));
    tiles.vectors = cvl_parameter_value(request, "vectors",
                                        nhwc && kind->keeps_all && p->mc > tiles.vec ? 2 : 1);
    if (nhwc) {
        const int32_t max_pixels =
            kind->keeps_all ? kind->registers * (tiles.vectors > 1 ? 7 : 4) / 8 : kind->registers;
        tiles.pixels = cvl_parameter_value(request, "pixels", max_pixels);
        tiles.dw_pixels =
            cvl_parameter_value(request, "dw_pixels", cvl_tile_run(kind->row, (uint64_t)p->ow));
        tiles.block = tiles.vectors * tiles.vec;
    } else {
        tiles.outputs =
            cvl_parameter_value(request, "outputs", cvl_tile_width(kind->outputs, (uint64_t)p->oc));
        tiles.block = tiles.outputs;
    }
    const int32_t step = nhwc ? tiles.vec : tiles.block;
    tiles.expansion = round_up(p->mc, step);
    tiles.projection = round_up(p->oc, step);
    tiles.sums = round_up(p->oc, tiles.block);
    tiles.middle = cvl_parameter_value(request, "middle", kind->items == 1 ? 32 : 16);
    tiles.middle = round_up(min(tiles.middle, tiles.expansion), tiles.block);
    tiles.items = kind->items;
    return tiles;
}

static struct cvl_inverted_tiles tiles_of(const struct cvl_request *request,
                                          const struct cvl_device_facts *device,
                                          const struct cvl_tile_class *kind)
{
    struct cvl_inverted_tiles tiles = register_tiles(request, kind);
    const int32_t items = cvl_groups_are_large(device) ? MAX_ITEMS : kind->items;
    const int32_t asked = cvl_parameter_value(request, "tile_rows", 0);
    tiles.items = cvl_tile_fitting_group(device, cvl_parameter_value(request, "items", items));
    if (asked)
        set_rows(&tiles, request, asked);
    else if (kind->items == 1 || cvl_groups_are_large(device))
        choose_rows(&tiles, request, device);
    else
        shrink(&tiles, request, device, device->loop_limit ? 1 : SHARED_ROWS);
    return tiles;
}

/* If the device limits loops, shrinks the tiles until a work-item's loops are short enough or the
 * tiles cannot shrink further. */
struct cvl_inverted_tiles cvl_inverted_tiles(const struct cvl_request *request,
                                             const struct cvl_device_facts *device)
{
    struct cvl_tile_class kind = cvl_tile_class(device);
    for (;;) {
        const struct cvl_inverted_tiles tiles = tiles_of(request, device, &kind);
        if (!device->loop_limit || kind.registers == 1 ||
            cvl_inverted_iterations(&tiles, request) <= device->loop_limit)
            return tiles;
        kind.registers /= 2;
        kind.outputs = kind.outputs > 1 ? kind.outputs / 2 : 1;
    }
}

/* Loop iterations of a register tile's product over `inputs` channels, start and end included. */
static uint64_t product(const struct cvl_inverted_tiles *tiles, const struct cvl_request *request,
                        uint64_t inputs)
{
    const bool nhwc = request->layout == CVL_NHWC;
    const uint64_t vectors = (uint64_t)tiles->vectors;
    const uint64_t along = (uint64_t)(nhwc ? tiles->pixels : tiles->outputs);
    return 1 + 4 * along * (1 + vectors) +
           inputs * (1 + vectors * (2 + (uint64_t)tiles->vec / 4) + along * (1 + vectors));
}

/* Counts loops of constant length too, since the compiler may not unroll them. */
uint64_t cvl_inverted_iterations(const struct cvl_inverted_tiles *tiles,
                                 const struct cvl_request *request)
{
    const struct cvl_problem *p = &request->problem;
    const bool nhwc = request->layout == CVL_NHWC;
    const uint64_t items = (uint64_t)tiles->items, middle = (uint64_t)tiles->middle;
    const uint64_t block = (uint64_t)tiles->block, vec = (uint64_t)tiles->vec;
    const uint64_t step = nhwc ? (uint64_t)tiles->pixels : vec * (uint64_t)tiles->vectors;
    const uint64_t in_tiles = (uint64_t)tiles->in_pixels / step;
    const uint64_t out_tiles = (uint64_t)tiles->out_pixels / step;
    const uint64_t expand = cvl_build_blocks(in_tiles * (middle / block), items) *
                            product(tiles, request, (uint64_t)p->ic);
    const uint64_t project = cvl_build_blocks(out_tiles * ((uint64_t)tiles->sums / block), items) *
                             product(tiles, request, middle);
    const uint64_t run = nhwc ? (uint64_t)tiles->dw_pixels : vec;
    const uint64_t rows = (uint64_t)tiles->rows * cvl_build_blocks((uint64_t)p->ow, run);
    const uint64_t kw = (uint64_t)p->kw, kh = (uint64_t)p->kh;
    const uint64_t columns = (run - 1) * (uint64_t)p->sw + (kw - 1) * ((uint64_t)p->dw + 1) + 1;
    const uint64_t window =
        nhwc ? kh * (1 + kw + columns * (1 + kw)) + 3 * run : kh * (1 + kw * (1 + vec)) + vec;
    const uint64_t convolve =
        cvl_build_blocks(rows * (nhwc ? cvl_build_blocks(middle, vec) : middle), items) *
        (1 + window);
    const uint64_t last =
        cvl_build_blocks((uint64_t)tiles->out_pixels * (uint64_t)tiles->sums / vec + 1, items);
    return cvl_build_blocks((uint64_t)p->mc, middle) * (1 + expand + convolve + project) + last;
}

void cvl_inverted_options(struct cvl_builder *builder, const struct cvl_inverted_tiles *tiles)
{
    cvl_build_tuned_option(builder, "VEC", "vec", tiles->vec);
    cvl_build_tuned_option(builder, "VECTORS", "vectors", tiles->vectors);
    if (builder->request->layout == CVL_NHWC) {
        cvl_build_tuned_option(builder, "PIXELS", "pixels", tiles->pixels);
        cvl_build_tuned_option(builder, "DW_PIXELS", "dw_pixels", tiles->dw_pixels);
    } else {
        cvl_build_tuned_option(builder, "OUTPUTS", "outputs", tiles->outputs);
    }
    cvl_build_tuned_option(builder, "TILE_ROWS", "tile_rows", tiles->rows);
    cvl_build_tuned_option(builder, "MIDDLE", "middle", tiles->middle);
    cvl_build_tuned_option(builder, "GROUP", "items", tiles->items);
    cvl_build_option(builder, "IN_PIXELS", tiles->in_pixels);
    cvl_build_option(builder, "OUT_PIXELS", tiles->out_pixels);
    cvl_build_option(builder, "SUMS", tiles->sums);
    cvl_build_option(builder, "CHANNELS", builder->request->problem.ic);
    if (builder->request->problem.res)
        cvl_build_option(builder, "RESIDUAL", 1);
}

#define ROWS                                                                                       \
    {                                                                                              \
        "tile_rows", "output rows per group", CVL_EVERYWHERE,                                      \
        {                                                                                          \
            1, 2, 3, 4, 5, 7, 8, 10, 14, 28, 56                                                    \
        }                                                                                          \
    }
#define MIDDLE                                                                                     \
    {                                                                                              \
        "middle", "middle channels at a time", CVL_EVERYWHERE,                                     \
        {                                                                                          \
            16, 32, 48, 64, 96, 128                                                                \
        }                                                                                          \
    }
#define ITEMS                                                                                      \
    {                                                                                              \
        "items", "work-items per group", CVL_ON_OTHERS,                                            \
        {                                                                                          \
            8, 16, 32, 64, 128, 256                                                                \
        }                                                                                          \
    }

const struct cvl_parameter_set cvl_inverted_parameters[CVL_LAYOUT_COUNT] = {
    [CVL_NHWC] = {.parameters =
                      (const struct cvl_parameter[]){
                          {"vec", "channels in a vector", CVL_EVERYWHERE, {4, 8, 16}},
                          {"vectors", "vectors per register tile", CVL_EVERYWHERE, {1, 2, 3, 4}},
                          {"pixels",
                           "pixels per register tile",
                           CVL_EVERYWHERE,
                           {1, 2, 4, 6, 7, 8, 10, 12, 14, 16}},
                          {"dw_pixels",
                           "depthwise: pixels of a row in registers",
                           CVL_EVERYWHERE,
                           {1, 2, 4, 5, 6, 7, 8, 14, 16}},
                          ROWS,
                          MIDDLE,
                          ITEMS,
                          {0}},
                  .limits =
                      (const struct cvl_parameter_limit[]){
                          {{"pixels", "vectors", "vec"}, 512}, {{0}, 0}}},
    [CVL_NCHW] = {.parameters =
                      (const struct cvl_parameter[]){
                          {"vec", "pixels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
                          {"vectors", "vectors per register tile", CVL_EVERYWHERE, {1, 2, 3, 4}},
                          {"outputs",
                           "channels per register tile",
                           CVL_EVERYWHERE,
                           {1, 2, 4, 6, 8, 12, 16, 24}},
                          ROWS,
                          MIDDLE,
                          ITEMS,
                          {0}},
                  .limits = (const struct cvl_parameter_limit[]){
                      {{"outputs", "vectors", "vec"}, 384}, {{0}, 0}}}};
