/* sep_fused: depthwise and pointwise in one kernel; the intermediate exists only in local
 * memory. */
#include <inttypes.h>

#include "variants/parts/depthwise.h"
#include "variants/parts/fused_groups.h"
#include "variants/parts/fused_tiles.h"
#include "variants/parts/groups.h"
#include "variants/parts/pack.h"
#include "variants/parts/panel.h"
#include "variants/parts/tiles.h"
#include "variants/variant.h"

static uint64_t plane_bytes(const struct cvl_problem *p, const struct cvl_dense_tiles *tiles)
{
    return 4 * (uint64_t)p->ic * (uint64_t)tiles->vectors * (uint64_t)tiles->vec;
}

/* Channels that a work-item convolves at a time: more than one only if it is alone in its group. */
static int32_t planes_of(const struct cvl_device_facts *device, const struct cvl_dense_tiles *tiles)
{
    return tiles->items == 1 ? cvl_tile_class(device).planes : 1;
}

/* NCHW: a group takes vectors of pixels, and its work-items divide the channels. */
static struct cvl_dense_tiles plane_tiles(const struct cvl_request *request,
                                          const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const struct cvl_product product = {
        .outputs = p->oc, .inputs = p->ic, .pixels = (uint64_t)p->oh * (uint64_t)p->ow, .taps = 1};
    struct cvl_dense_tiles tiles = cvl_dense_tiles(request, device, &product);
    while (tiles.vec > 1 && plane_bytes(p, &tiles) > device->local_bytes) {
        if (tiles.vectors > 1)
            tiles.vectors--;
        else
            tiles.vec /= 2;
    }
    tiles.block = tiles.outputs;
    tiles.items = cvl_tile_width(cvl_tile_class(device).items,
                                 cvl_build_blocks((uint64_t)p->oc, (uint64_t)tiles.block));
    return tiles;
}

/* What a group keeps in local memory: all channels of its pixels, as floats. */
struct local {
    uint64_t pixels, bytes;
};

static struct local local_of(const struct cvl_request *request,
                             const struct cvl_device_facts *device)
{
    if (cvl_groups_are_large(device)) {
        const struct cvl_fused_groups tiles = cvl_fused_groups(request, device);
        return (struct local){(uint64_t)tiles.rows * (uint64_t)tiles.columns,
                              cvl_fused_groups_local_bytes(&tiles)};
    }
    if (request->layout == CVL_NCHW) {
        const struct cvl_dense_tiles tiles = plane_tiles(request, device);
        return (struct local){(uint64_t)tiles.vec * (uint64_t)tiles.vectors,
                              plane_bytes(&request->problem, &tiles)};
    }
    const struct cvl_fused_tiles tiles = cvl_fused_tiles(request, device);
    return (struct local){(uint64_t)tiles.rows * (uint64_t)tiles.columns,
                          cvl_fused_local_bytes(&tiles)};
}

/* The case with an input channel for each channel of the depthwise output. All but the input itself
 * is as if there were so many. */
static struct cvl_request spread_channels(const struct cvl_request *request)
{
    struct cvl_request spread = *request;
    spread.problem.ic = cvl_problem_middle(&request->problem);
    spread.problem.dm = 0;
    return spread;
}

static enum cvl_status sep_fused_applies(const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_error *err)
{
    const struct cvl_request spread = spread_channels(request);
    const struct local local = local_of(&spread, device);
    if (local.bytes <= device->local_bytes)
        return CVL_OK;
    if (local.pixels == 1)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "all channels of one pixel need %" PRIu64
                        " bytes of local memory; the device has %" PRIu64,
                        local.bytes, device->local_bytes);
    return cvl_fail(err, CVL_UNSUPPORTED,
                    "all channels of %" PRIu64 " pixels need %" PRIu64
                    " bytes of local memory; the device has %" PRIu64,
                    local.pixels, local.bytes, device->local_bytes);
}

/* The input, and how many channels of the depthwise output each of its channels has; 0: one. */
struct source {
    uint32_t buffer;
    uint64_t elements;
    int32_t multiplier;
};

/* Loop iterations of both phases, each over the share of one work-item. */
static uint64_t plane_iterations(const struct cvl_request *request,
                                 const struct cvl_dense_tiles *tiles, uint64_t planes)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t vec = (uint64_t)tiles->vec;
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw, items = (uint64_t)tiles->items;
    const uint64_t first =
        (uint64_t)tiles->vectors *
        (1 + cvl_build_blocks((uint64_t)p->ic, planes * items) *
                 (1 + 2 * planes + taps * (1 + planes * (1 + CVL_MAX_SEGMENTS + vec))));
    const uint64_t second = cvl_build_blocks((uint64_t)p->oc, (uint64_t)tiles->block * items);
    return first + second * (1 + cvl_dense_iterations(request, tiles, (uint64_t)p->ic, 1));
}

static void plane_stage(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                        const struct source *source)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t items = (uint64_t)tiles->items;
    const uint64_t pixels = (uint64_t)p->oh * (uint64_t)p->ow;
    const uint64_t run = (uint64_t)tiles->vec * (uint64_t)tiles->vectors;
    const int32_t planes = planes_of(builder->device, tiles);
    cvl_build_option(builder, "VEC", tiles->vec);
    cvl_build_tuning(builder, "vec", tiles->vec);
    cvl_build_option(builder, "OUTPUTS", tiles->outputs);
    cvl_build_tuning(builder, "outputs", tiles->outputs);
    cvl_build_option(builder, "GROUP", tiles->items);
    cvl_build_tuning(builder, "items", tiles->items);
    cvl_build_option(builder, "VECTORS", tiles->vectors);
    cvl_build_tuning(builder, "vectors", tiles->vectors);
    cvl_build_option(builder, "PLANES", planes);
    cvl_build_option(builder, "CHANNELS", p->ic);
    cvl_panel_options(builder, tiles, p);
    cvl_build_int(builder, (int64_t)source->elements);
    cvl_build_range(builder, (struct cvl_span){items * cvl_build_blocks(pixels, run), items},
                    (struct cvl_span){(uint64_t)p->mb, 1}, (struct cvl_span){1, 1});
    cvl_build_limits(builder, plane_iterations(builder->request, tiles, (uint64_t)planes),
                     local_of(builder->request, builder->device).bytes);
}

static void pixel_stage(struct cvl_builder *builder, const struct cvl_fused_tiles *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t reads = cvl_fused_weight_reads(tiles, p);
    cvl_fused_options(builder, tiles);
    cvl_fused_range(builder, tiles);
    cvl_build_limits(builder, cvl_fused_iterations(tiles, p), cvl_fused_local_bytes(tiles));
    cvl_build_note(builder,
                   "pointwise weights read %" PRIu64 " times, by groups of %" PRId32 "x%" PRId32
                   " pixels",
                   reads, tiles->rows, tiles->columns);
}

/* How the weights are packed, and the kernel that reads them so. */
struct packing {
    int32_t block, padded;
    bool packs_taps; /* of the depthwise weights, in NCHW too */
    const char *source, *algo;
};

static void add_fused(struct cvl_builder *builder, const struct source *source,
                      const struct packing *packing)
{
    const struct cvl_problem *p = &builder->request->problem;
    const struct cvl_problem depthwise = cvl_problem_part(p, CVL_DEPTHWISE);
    const struct cvl_problem pointwise = cvl_problem_part(p, CVL_POINTWISE);
    const uint32_t weights_dw = packing->packs_taps
                                    ? cvl_pack_taps(builder, &depthwise, CVL_FILTER_DW)
                                    : cvl_depthwise_weights(builder, &depthwise, CVL_FILTER_DW);
    const uint32_t weights_pw =
        cvl_pack_blocks(builder, &pointwise, CVL_FILTER_PW, packing->block, packing->padded);
    const uint32_t output = cvl_build_output(builder);
    cvl_build_kernel(builder, "fused", packing->source, packing->algo, NULL);
    cvl_build_window(builder, p);
    if (source->multiplier)
        cvl_build_option(builder, "MULTIPLIER", source->multiplier);
    cvl_build_whole(builder, source->buffer);
    cvl_build_whole(builder, weights_dw);
    cvl_build_whole(builder, weights_pw);
    cvl_build_whole(builder, output);
    cvl_build_ints(
        builder,
        (const int32_t[]){p->ic, p->ih, p->iw, p->oc, packing->padded, p->oh, p->ow, p->ph, p->pw},
        9);
    cvl_build_cost(builder, cvl_problem_sizes(p).macs);
}

static void plan_groups(struct cvl_builder *builder, const struct source *source)
{
    const struct cvl_fused_groups tiles = cvl_fused_groups(builder->request, builder->device);
    add_fused(builder, source,
              &(struct packing){tiles.block, tiles.padded, true, "sep_tiles.cl", "sep_tiles"});
    cvl_fused_groups_launch(builder, &tiles);
}

static void plan_pixels(struct cvl_builder *builder, const struct source *source)
{
    const struct cvl_fused_tiles tiles = cvl_fused_tiles(builder->request, builder->device);
    add_fused(builder, source,
              &(struct packing){tiles.block, tiles.padded, false, "sep_fused.cl", "sep_fused"});
    pixel_stage(builder, &tiles);
}

static void plan_planes(struct cvl_builder *builder, const struct source *source)
{
    const struct cvl_dense_tiles tiles = plane_tiles(builder->request, builder->device);
    add_fused(builder, source,
              &(struct packing){tiles.block, tiles.padded, false, "sep_fused.cl", "sep_fused"});
    plane_stage(builder, &tiles, source);
}

static enum cvl_status sep_fused_plan(const struct cvl_request *request,
                                      const struct cvl_device_facts *device, struct cvl_plan *plan,
                                      struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct source source = {.buffer = cvl_build_input(&builder),
                                  .elements = cvl_problem_sizes(&request->problem).input_elements,
                                  .multiplier = request->problem.dm};
    const struct cvl_request spread = spread_channels(request);
    builder.request = &spread;
    if (cvl_groups_are_large(device))
        plan_groups(&builder, &source);
    else if (request->layout == CVL_NCHW)
        plan_planes(&builder, &source);
    else
        plan_pixels(&builder, &source);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_sep_fused = {
    .name = "sep_fused",
    .summary = "depthwise and pointwise in one kernel, the intermediate in local memory",
    .forms = CVL_FORM_BIT(CVL_SEPARABLE),
    .kind = CVL_KIND_FUSED,
    .applies = sep_fused_applies,
    .plan = sep_fused_plan,
    .parameters = {[CVL_NHWC] = {&cvl_fused_parameters, &cvl_fused_groups_parameters[CVL_NHWC]},
                   [CVL_NCHW] = {&cvl_dense_parameters[CVL_NCHW],
                                 &cvl_fused_groups_parameters[CVL_NCHW]}},
};
