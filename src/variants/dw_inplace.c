/* dw_inplace: a depthwise convolution that writes its output over its input. A work-group processes
 * the rows of a vector of channels (NHWC) or of a plane (NCHW) one after another and keeps those
 * that later windows still need in local memory. */
#include <inttypes.h>

#include "variants/parts/depthwise.h"
#include "variants/parts/groups.h"
#include "variants/parts/tiles.h"
#include "variants/variant.h"

/* The compiler unrolls every multiply-add of a row of the window; more than this many take too long
 * to compile. */
enum { MAX_UNROLLED = 160 };

/* With large groups: max work-items, taps of a window in registers, and bytes that come from memory
 * together. */
enum { MAX_ITEMS = 256, MAX_WINDOW = 25, SECTOR_BYTES = 32 };

struct inplace_tiles {
    int32_t vec, pixels; /* of the register tile; NCHW: one vector of pixels */
    int32_t items;       /* work-items per group, along the columns */
    int32_t width;       /* columns of a row in local memory, with padding */
    int32_t vectors;     /* NHWC: of channels, per group */
    int32_t step;        /* rows at a time; 0: one, and the kernel is dw_inplace */
};

static int64_t window_rows(const struct cvl_problem *p)
{
    return (int64_t)(p->kh - 1) * ((int64_t)p->dh + 1) + 1;
}

static int32_t pixels_of(const struct cvl_request *request, const struct cvl_tile_class *kind)
{
    const struct cvl_problem *p = &request->problem;
    int32_t pixels = cvl_tile_run(kind->row, (uint64_t)p->ow);
    while (pixels > 1 && (int64_t)pixels * p->kw > MAX_UNROLLED)
        pixels /= 2;
    return cvl_parameter_value(request, "dw_pixels", pixels);
}

/* The kernel for large groups keeps a window's weights in registers. */
static bool takes_steps(const struct cvl_request *request, const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    return cvl_groups_are_large(device) && (int64_t)p->kh * p->kw <= MAX_WINDOW;
}

static uint64_t local_bytes(const struct cvl_request *request, const struct inplace_tiles *tiles)
{
    const uint64_t lanes =
        request->layout == CVL_NHWC ? (uint64_t)tiles->vec * (uint64_t)tiles->vectors : 1;
    const uint64_t kept = (uint64_t)window_rows(&request->problem) - 1 +
                          (uint64_t)(tiles->step > 0 ? tiles->step : 1);
    return 4 * kept * (uint64_t)tiles->width * lanes;
}

/* As many vectors of channels as fill a sector, if there are so many and a row at a time fits in
 * local memory: what groups take of one sector, each of them fetches. */
static int32_t vectors_of(const struct cvl_request *request, const struct cvl_device_facts *device,
                          struct inplace_tiles tiles)
{
    const int32_t bytes = tiles.vec * (int32_t)cvl_dtype_bytes(request->dtype);
    for (tiles.vectors = SECTOR_BYTES / bytes; tiles.vectors > 1; tiles.vectors /= 2)
        if (tiles.vectors / 2 * tiles.vec < request->problem.ic &&
            local_bytes(request, &tiles) <= cvl_groups_local(device))
            return tiles.vectors;
    return 1;
}

/* As many rows at a time as have work for all items, `wanted`, and fit in local memory; all steps
 * alike. */
static int32_t step_of(const struct cvl_request *request, const struct cvl_device_facts *device,
                       struct inplace_tiles tiles, uint64_t wanted)
{
    const uint64_t rows = (uint64_t)request->problem.oh;
    tiles.step = (int32_t)(wanted < rows ? wanted : rows);
    while (tiles.step > 1 && local_bytes(request, &tiles) > cvl_groups_local(device))
        tiles.step--;
    if (tiles.step < 1)
        return 1;
    const uint64_t steps = cvl_build_blocks(rows, (uint64_t)tiles.step);
    return (int32_t)cvl_build_blocks(rows, steps);
}

static struct inplace_tiles large_tiles(const struct cvl_request *request,
                                        const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const bool nhwc = request->layout == CVL_NHWC;
    struct inplace_tiles tiles = {.vec = 1, .vectors = 1, .step = 1};
    if (nhwc)
        tiles.vec = cvl_parameter_value(request, "dw_vec", cvl_tile_width(4, (uint64_t)p->ic));
    tiles.pixels = cvl_parameter_value(request, "dw_pixels", 1);
    tiles.width =
        (int32_t)cvl_build_blocks((uint64_t)p->ow, (uint64_t)tiles.pixels) * tiles.pixels +
        (p->kw - 1) * (p->dw + 1);
    if (nhwc)
        tiles.vectors = vectors_of(request, device, tiles);
    const uint64_t runs =
        (uint64_t)(tiles.width / tiles.pixels); /* those of the padding are idle */
    const int32_t max =
        cvl_tile_fitting_group(device, cvl_parameter_value(request, "dw_items", MAX_ITEMS));
    tiles.step = step_of(request, device, tiles, (uint64_t)max / (runs * (uint64_t)tiles.vectors));
    tiles.items = cvl_tile_width(max, (uint64_t)tiles.step * runs * (uint64_t)tiles.vectors);
    if (tiles.items < tiles.vectors)
        tiles.vectors = 1;
    return tiles;
}

static struct inplace_tiles tiles_of(const struct cvl_request *request,
                                     const struct cvl_device_facts *device)
{
    if (takes_steps(request, device))
        return large_tiles(request, device);
    const struct cvl_problem *p = &request->problem;
    const struct cvl_tile_class kind = cvl_tile_class(device);
    const bool nhwc = request->layout == CVL_NHWC;
    struct inplace_tiles tiles = {.pixels = nhwc ? pixels_of(request, &kind) : 1, .vectors = 1};
    tiles.vec = cvl_parameter_value(request, "dw_vec",
                                    cvl_tile_width(kind.vec, (uint64_t)(nhwc ? p->ic : p->ow)));
    const int32_t step = nhwc ? tiles.pixels : tiles.vec;
    const uint64_t steps = cvl_build_blocks((uint64_t)p->ow, (uint64_t)step);
    tiles.items = cvl_tile_width(
        cvl_tile_fitting_group(device, cvl_parameter_value(request, "dw_items", kind.items)),
        steps);
    /* the output's columns plus a window's fit in 31 bits: cvl_variant_plan has checked */
    tiles.width = (int32_t)steps * step + (p->kw - 1) * (p->dw + 1);
    return tiles;
}

static enum cvl_status dw_inplace_applies(const struct cvl_request *request,
                                          const struct cvl_device_facts *device,
                                          struct cvl_error *err)
{
    const struct cvl_problem *p = &request->problem;
    if (cvl_depthwise_single(request, err) != CVL_OK)
        return CVL_UNSUPPORTED;
    if (p->sh != 1 || p->sw != 1)
        return cvl_fail(err, CVL_UNSUPPORTED, "stride 1 only");
    if (p->oh != p->ih || p->ow != p->iw)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "needs an output as large as the input: got %" PRId32 "x%" PRId32
                        ", expected %" PRId32 "x%" PRId32,
                        p->oh, p->ow, p->ih, p->iw);
    const struct inplace_tiles tiles = tiles_of(request, device);
    const uint64_t bytes = local_bytes(request, &tiles);
    if (bytes > device->local_bytes)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "the rows of a window need %" PRIu64
                        " bytes of local memory; the device has %" PRIu64,
                        bytes, device->local_bytes);
    return CVL_OK;
}

/* Counts loops of constant length too, since the compiler may not unroll them. */
static uint64_t iterations(const struct cvl_request *request, const struct inplace_tiles *tiles)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t kh = (uint64_t)p->kh, kw = (uint64_t)p->kw, pixels = (uint64_t)tiles->pixels;
    const uint64_t window = (uint64_t)window_rows(p), items = (uint64_t)tiles->items;
    const uint64_t width = (uint64_t)tiles->width * (uint64_t)tiles->vectors;
    const bool by_vectors = request->layout == CVL_NCHW && !tiles->step;
    const uint64_t rows = (uint64_t)(tiles->step ? tiles->step : 1);
    const uint64_t run = by_vectors ? (uint64_t)tiles->vec : pixels;
    const uint64_t runs =
        tiles->step ? (uint64_t)tiles->width / run : cvl_build_blocks((uint64_t)p->ow, run);
    const uint64_t tiled = rows * (uint64_t)tiles->vectors * runs;
    const uint64_t columns = pixels + (kw - 1) * ((uint64_t)p->dw + 1);
    const uint64_t tile = 3 * pixels + kh * (1 + columns * (1 + kw));
    const uint64_t steps = cvl_build_blocks((uint64_t)p->oh, rows);
    const uint64_t filled = 1 + cvl_build_blocks(rows * width, items);
    return kh * kw + window * width / items + (steps + window) * (1 + filled) +
           steps * (cvl_build_blocks(tiled, items) + 1) * (1 + tile);
}

static void set_tiles(struct cvl_builder *builder, const struct inplace_tiles *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const bool nhwc = builder->request->layout == CVL_NHWC;
    const int32_t lanes = nhwc ? tiles->vec * tiles->vectors : 1;
    const uint64_t items = (uint64_t)tiles->items;
    const uint64_t groups = cvl_build_blocks((uint64_t)p->ic, (uint64_t)lanes);
    cvl_build_option(builder, "VEC", tiles->vec);
    cvl_build_tuning(builder, "dw_vec", tiles->vec);
    if (nhwc) {
        cvl_build_option(builder, "PIXELS", tiles->pixels);
        cvl_build_tuning(builder, "dw_pixels", tiles->pixels);
    }
    cvl_build_option(builder, "GROUP", tiles->items);
    cvl_build_tuning(builder, "dw_items", tiles->items);
    cvl_build_option(builder, "WIDTH", tiles->width);
    if (tiles->step) {
        cvl_build_option(builder, "STEP", tiles->step);
        cvl_build_option(builder, "GC", tiles->vectors);
        cvl_build_option(builder, "DW_ALIGNED", nhwc && p->ic % tiles->vec == 0);
    }
    if (tiles->step && !nhwc)
        cvl_build_option(builder, "PIXELS", tiles->pixels);
    cvl_build_range(builder, (struct cvl_span){items, items}, (struct cvl_span){groups, 1},
                    (struct cvl_span){(uint64_t)p->mb, 1});
    cvl_build_limits(builder, iterations(builder->request, tiles),
                     local_bytes(builder->request, tiles));
    cvl_build_note(builder,
                   "rows in sequence: parallel over channels and images only, %" PRIu64 " groups",
                   groups * (uint64_t)p->mb);
}

static enum cvl_status dw_inplace_plan(const struct cvl_request *request,
                                       const struct cvl_device_facts *device, struct cvl_plan *plan,
                                       struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct cvl_problem *p = &request->problem;
    const struct inplace_tiles tiles = tiles_of(request, device);
    const uint32_t data = cvl_build_in_place(&builder);
    const uint32_t weights = cvl_depthwise_weights(&builder, p, CVL_FILTER_ALL);
    const uint64_t elements = cvl_problem_sizes(p).output_elements;
    if (tiles.step)
        cvl_build_kernel(&builder, "depthwise", "inplace_tiles.cl", "inplace_tiles", NULL);
    else
        cvl_build_kernel(&builder, "depthwise", "dw_inplace.cl", "dw_inplace", NULL);
    cvl_build_window(&builder, p);
    cvl_build_argument(&builder, data, 2 * elements); /* read and written */
    cvl_build_whole(&builder, weights);
    cvl_build_ints(&builder, (const int32_t[]){p->ic, p->oh, p->ow, p->ph, p->pw}, 5);
    set_tiles(&builder, &tiles);
    cvl_build_cost(&builder, cvl_problem_sizes(p).macs);
    return cvl_build_end(&builder);
}

static const struct cvl_parameter_set inplace_parameters[CVL_LAYOUT_COUNT] = {
    [CVL_NHWC] = {.parameters =
                      (const struct cvl_parameter[]){
                          {"dw_vec", "channels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
                          {"dw_pixels",
                           "pixels of a row in registers",
                           CVL_EVERYWHERE,
                           {1, 2, 4, 5, 6, 7, 8, 14, 16}},
                          {"dw_items",
                           "work-items per group",
                           CVL_ON_OTHERS,
                           {8, 16, 32, 64, 128, 256}},
                          {0}}},
    [CVL_NCHW] = {
        .parameters =
            (const struct cvl_parameter[]){
                {"dw_vec", "pixels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
                {"dw_items", "work-items per group", CVL_ON_OTHERS, {8, 16, 32, 64, 128, 256}},
                {0}}}};

const struct cvl_variant cvl_variant_dw_inplace = {
    .name = "dw_inplace",
    .summary = "depthwise of stride 1, the output written over the input",
    .forms = CVL_FORM_BIT(CVL_DEPTHWISE),
    .applies = dw_inplace_applies,
    .plan = dw_inplace_plan,
    .parameters = {[CVL_NHWC] = {&inplace_parameters[CVL_NHWC]},
                   [CVL_NCHW] = {&inplace_parameters[CVL_NCHW]}},
};
