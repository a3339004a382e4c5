/* sep_fused: depthwise and pointwise in one kernel; the intermediate is in local memory only. */
#include <inttypes.h>

#include "variants/depthwise.h"
#include "variants/fused_tiles.h"
#include "variants/pack.h"
#include "variants/tiles.h"
#include "variants/variant.h"

/* NCHW: a group takes a vector of pixels, and its work-items share out the channels. */
static struct cvl_dense_tiles plane_tiles(const struct cvl_case *request,
                                          const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const struct cvl_product product = {
        .outputs = p->oc, .inputs = p->ic, .pixels = (uint64_t)p->oh * (uint64_t)p->ow, .taps = 1};
    struct cvl_dense_tiles tiles = cvl_dense_tiles(request, device, &product);
    while (tiles.vec > 1 && 4 * (uint64_t)p->ic * (uint64_t)tiles.vec > device->local_bytes)
        tiles.vec /= 2;
    tiles.block = tiles.outputs;
    tiles.items = cvl_tile_width(cvl_tile_class(device).items,
                                 cvl_build_blocks((uint64_t)p->oc, (uint64_t)tiles.block));
    return tiles;
}

/* What a group keeps in local memory: all channels of its pixels, as floats. */
struct local {
    uint64_t pixels, bytes;
};

static struct local local_of(const struct cvl_case *request, const struct cvl_device_facts *device)
{
    if (request->layout == CVL_NCHW) {
        const uint64_t pixels = (uint64_t)plane_tiles(request, device).vec;
        return (struct local){pixels, 4 * (uint64_t)request->problem.ic * pixels};
    }
    const struct cvl_fused_tiles tiles = cvl_fused_tiles(request, device);
    return (struct local){(uint64_t)tiles.rows * (uint64_t)tiles.columns,
                          cvl_fused_local_bytes(&tiles)};
}

static enum cvl_status sep_fused_applies(const struct cvl_case *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_error *err)
{
    const struct local local = local_of(request, device);
    if (local.bytes <= device->local_bytes)
        return CVL_OK;
    if (local.pixels == 1)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "one pixel of all channels needs %" PRIu64
                        " bytes of local memory; the device has %" PRIu64,
                        local.bytes, device->local_bytes);
    return cvl_fail(err, CVL_UNSUPPORTED,
                    "%" PRIu64 " pixels of all channels need %" PRIu64
                    " bytes of local memory; the device has %" PRIu64,
                    local.pixels, local.bytes, device->local_bytes);
}

/* Both phases, each over the share of one work-item. */
static uint64_t plane_iterations(const struct cvl_case *request,
                                 const struct cvl_dense_tiles *tiles)
{
    const struct cvl_problem *p = &request->problem;
    const struct cvl_depthwise_tiles depthwise = {
        .vec = tiles->vec, .pixels = tiles->pixels, .planes = 1};
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw, items = (uint64_t)tiles->items;
    const uint64_t first = cvl_build_blocks((uint64_t)p->ic, items);
    const uint64_t second = cvl_build_blocks((uint64_t)p->oc, (uint64_t)tiles->block * items);
    return first * (1 + cvl_depthwise_iterations(request, &depthwise, taps)) +
           second * (1 + cvl_dense_iterations(request, tiles, (uint64_t)p->ic, 1));
}

static void plane_stage(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                        uint32_t input)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t items = (uint64_t)tiles->items;
    const uint64_t pixels = (uint64_t)p->oh * (uint64_t)p->ow;
    cvl_build_option(builder, "VEC", tiles->vec);
    cvl_build_tuning(builder, "vec", tiles->vec);
    cvl_build_option(builder, "OUTPUTS", tiles->outputs);
    cvl_build_tuning(builder, "outputs", tiles->outputs);
    cvl_build_option(builder, "GROUP", tiles->items);
    cvl_build_tuning(builder, "items", tiles->items);
    cvl_build_option(builder, "CHANNELS", p->ic);
    cvl_build_int(builder, (int64_t)cvl_build_elements(builder, input));
    cvl_build_range(
        builder, (struct cvl_span){items * cvl_build_blocks(pixels, (uint64_t)tiles->vec), items},
        (struct cvl_span){(uint64_t)p->mb, 1}, (struct cvl_span){1, 1});
    cvl_build_limits(builder, plane_iterations(builder->request, tiles),
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

static enum cvl_status sep_fused_plan(const struct cvl_case *request,
                                      const struct cvl_device_facts *device, struct cvl_plan *plan,
                                      struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct cvl_problem *p = &request->problem;
    const struct cvl_problem depthwise = cvl_problem_part(p, CVL_DEPTHWISE);
    const struct cvl_problem pointwise = cvl_problem_part(p, CVL_POINTWISE);
    const bool nhwc = request->layout == CVL_NHWC;
    const struct cvl_fused_tiles tiles = cvl_fused_tiles(request, device);
    const struct cvl_dense_tiles planes = plane_tiles(request, device);
    const int32_t padded = nhwc ? tiles.padded : planes.padded;
    const uint32_t input = cvl_build_input(&builder);
    const uint32_t weights_dw = cvl_depthwise_weights(&builder, &depthwise, CVL_CONTENT_WEIGHTS_DW);
    const uint32_t weights_pw = cvl_pack_blocks(&builder, &pointwise, CVL_CONTENT_WEIGHTS_PW,
                                                nhwc ? tiles.block : planes.block, padded);
    const uint32_t output = cvl_build_output(&builder);
    cvl_build_kernel(&builder, "fused", "sep_fused.cl", "sep_fused", NULL);
    cvl_build_window(&builder, p);
    cvl_build_whole(&builder, input);
    cvl_build_whole(&builder, weights_dw);
    cvl_build_whole(&builder, weights_pw);
    cvl_build_whole(&builder, output);
    cvl_build_ints(
        &builder, (const int32_t[]){p->ic, p->ih, p->iw, p->oc, padded, p->oh, p->ow, p->ph, p->pw},
        9);
    if (nhwc)
        pixel_stage(&builder, &tiles);
    else
        plane_stage(&builder, &planes, input);
    cvl_build_cost(&builder, cvl_problem_sizes(p).macs);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_sep_fused = {
    .name = "sep_fused",
    .summary = "depthwise and pointwise in one kernel, the intermediate in local memory",
    .forms = CVL_FORM_BIT(CVL_SEPARABLE),
    .applies = sep_fused_applies,
    .plan = sep_fused_plan,
    .parameters =
        {[CVL_NHWC] = {&cvl_fused_parameters}, [CVL_NCHW] = {&cvl_dense_parameters[CVL_NCHW]}},
};
