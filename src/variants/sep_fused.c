/* sep_fused: depthwise and pointwise in one kernel; the intermediate is in local memory only. */
#include <inttypes.h>

#include "variants/depthwise.h"
#include "variants/pack.h"
#include "variants/pointwise.h"
#include "variants/variant.h"

/* Local memory of a work-group: all channels of its pixels, as floats. */
struct shape {
    struct cvl_dense_tiles tiles;
    int32_t channels; /* that the local tile has room for */
    int32_t pixels;   /* of a work-group */
};

static uint64_t local_bytes(const struct shape *shape)
{
    return 4 * (uint64_t)shape->channels * (uint64_t)shape->pixels;
}

/* A group takes one tile of pixels, and its work-items share out the channels. */
static struct shape shape_of(const struct cvl_case *request, const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const bool nhwc = request->layout == CVL_NHWC;
    const uint64_t pixels = (uint64_t)p->oh * (uint64_t)p->ow;
    const struct cvl_product product = {p->oc, p->ic, nhwc ? (uint64_t)p->ow : pixels, 1, false};
    struct shape shape = {.tiles = cvl_dense_tiles(request, device, &product)};
    struct cvl_dense_tiles *tiles = &shape.tiles;
    const int32_t vec = tiles->vec;
    shape.channels = nhwc ? (int32_t)cvl_build_blocks((uint64_t)p->ic, (uint64_t)vec) * vec : p->ic;
    int32_t *run = nhwc ? &tiles->pixels : &tiles->vec;
    shape.pixels = *run;
    while (shape.pixels > 1 && local_bytes(&shape) > device->local_bytes)
        shape.pixels = nhwc ? shape.pixels - 1 : shape.pixels / 2;
    *run = shape.pixels;
    tiles->block = nhwc ? tiles->vectors * vec : tiles->outputs;
    tiles->channel_items = cvl_tile_width(
        cvl_tile_class(device).items, cvl_build_blocks((uint64_t)p->oc, (uint64_t)tiles->block));
    tiles->pixel_items = 1;
    tiles->items = tiles->channel_items;
    return shape;
}

static enum cvl_status sep_fused_applies(const struct cvl_case *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_error *err)
{
    const struct shape shape = shape_of(request, device);
    if (local_bytes(&shape) <= device->local_bytes)
        return CVL_OK;
    return cvl_fail(err, CVL_UNSUPPORTED,
                    "one pixel of all channels needs %" PRIu64
                    " bytes of local memory; the device has %" PRIu64,
                    local_bytes(&shape), device->local_bytes);
}

static void add_options(struct cvl_builder *builder, const struct shape *shape)
{
    const struct cvl_dense_tiles *tiles = &shape->tiles;
    cvl_build_option(builder, "VEC", tiles->vec);
    cvl_build_tuning(builder, "vec", tiles->vec);
    if (builder->request->layout == CVL_NHWC) {
        cvl_build_option(builder, "PIXELS", tiles->pixels);
        cvl_build_option(builder, "VECTORS", tiles->vectors);
        cvl_build_tuning(builder, "pixels", tiles->pixels);
        cvl_build_tuning(builder, "vectors", tiles->vectors);
    } else {
        cvl_build_option(builder, "OUTPUTS", tiles->outputs);
        cvl_build_tuning(builder, "outputs", tiles->outputs);
    }
    cvl_build_option(builder, "GROUP", tiles->items);
    cvl_build_tuning(builder, "items", tiles->items);
    cvl_build_option(builder, "CHANNELS", shape->channels);
    cvl_build_window(builder, &builder->request->problem);
}

static void set_range(struct cvl_builder *builder, const struct shape *shape)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t items = (uint64_t)shape->tiles.items, run = (uint64_t)shape->pixels;
    const uint64_t columns = (uint64_t)p->ow, rows = (uint64_t)p->oh, images = (uint64_t)p->mb;
    if (builder->request->layout == CVL_NHWC)
        cvl_build_range(builder, (struct cvl_span){items * cvl_build_blocks(columns, run), items},
                        (struct cvl_span){rows, 1}, (struct cvl_span){images, 1});
    else
        cvl_build_range(builder,
                        (struct cvl_span){items * cvl_build_blocks(rows * columns, run), items},
                        (struct cvl_span){images, 1}, (struct cvl_span){1, 1});
}

/* Both phases, each over the share of one work-item. */
static uint64_t iterations(const struct cvl_builder *builder, const struct shape *shape)
{
    const struct cvl_problem *p = &builder->request->problem;
    const struct cvl_dense_tiles *tiles = &shape->tiles;
    const struct cvl_depthwise_tiles depthwise = {
        .vec = tiles->vec, .pixels = tiles->pixels, .planes = 1};
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw, items = (uint64_t)tiles->items;
    const uint64_t lanes = builder->request->layout == CVL_NHWC ? (uint64_t)tiles->vec : 1;
    const uint64_t first = cvl_build_blocks((uint64_t)p->ic, lanes * items);
    const uint64_t second = cvl_build_blocks((uint64_t)p->oc, (uint64_t)tiles->block * items);
    return first * (1 + cvl_depthwise_iterations(builder->request, &depthwise, taps)) +
           second * (1 + cvl_dense_iterations(builder->request, tiles, (uint64_t)p->ic, 1));
}

static enum cvl_status sep_fused_plan(const struct cvl_case *request,
                                      const struct cvl_device_facts *device, struct cvl_plan *plan,
                                      struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct cvl_problem *p = &request->problem;
    const struct cvl_problem depthwise = cvl_problem_part(p, CVL_DEPTHWISE);
    const struct cvl_problem pointwise = cvl_problem_part(p, CVL_POINTWISE);
    const struct shape shape = shape_of(request, device);
    const uint32_t input = cvl_build_input(&builder);
    const uint32_t weights_dw = cvl_depthwise_weights(&builder, &depthwise, CVL_CONTENT_WEIGHTS_DW);
    const uint32_t weights_pw = cvl_pack_blocks(&builder, &pointwise, CVL_CONTENT_WEIGHTS_PW,
                                                shape.tiles.block, shape.tiles.padded);
    const uint32_t output = cvl_build_output(&builder);
    cvl_build_kernel(&builder, "fused", "sep_fused.cl", "sep_fused", NULL);
    add_options(&builder, &shape);
    cvl_build_whole(&builder, input);
    cvl_build_whole(&builder, weights_dw);
    cvl_build_whole(&builder, weights_pw);
    cvl_build_whole(&builder, output);
    cvl_build_ints(&builder,
                   (const int32_t[]){p->ic, p->ih, p->iw, p->oc, shape.tiles.padded, p->oh, p->ow,
                                     p->ph, p->pw},
                   9);
    if (request->layout == CVL_NCHW)
        cvl_build_int(&builder, (int64_t)cvl_build_elements(&builder, input));
    set_range(&builder, &shape);
    cvl_build_cost(&builder, cvl_problem_sizes(p).macs);
    cvl_build_limits(&builder, iterations(&builder, &shape), local_bytes(&shape));
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_sep_fused = {
    .name = "sep_fused",
    .summary = "depthwise and pointwise in one kernel, the intermediate in local memory",
    .forms = CVL_FORM_BIT(CVL_SEPARABLE),
    .applies = sep_fused_applies,
    .plan = sep_fused_plan,
    .parameters = {[CVL_NHWC] = {&cvl_dense_parameters[CVL_NHWC]},
                   [CVL_NCHW] = {&cvl_dense_parameters[CVL_NCHW]}},
};
