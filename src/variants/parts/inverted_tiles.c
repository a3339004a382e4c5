/* Chooses the tiles of inv_fused on devices without large groups, by estimated cost. */
#include "variants/parts/inverted_tiles.h"

#include "variants/parts/tiles.h"

/* Floats that a group of one work-item keeps in its core's second-level cache, beside weights. */
enum { NEAR_FLOATS = 96 * 1024 };

/* Rows per group if work-items run as lanes of a CPU. */
enum { SHARED_ROWS = 2 };

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
    const int32_t asked = cvl_parameter_value(request, "tile_rows", 0);
    tiles.items =
        cvl_tile_fitting_group(device, cvl_parameter_value(request, "items", kind->items));
    if (asked)
        set_rows(&tiles, request, asked);
    else if (kind->items == 1)
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
