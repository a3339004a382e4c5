/* inv_fused: expands, convolves depthwise and projects in one kernel; the intermediates exist only
 * in local memory, a few channels at a time. */
#include <inttypes.h>

#include "variants/parts/depthwise.h"
#include "variants/parts/groups.h"
#include "variants/parts/inverted.h"
#include "variants/parts/inverted_groups.h"
#include "variants/parts/inverted_tiles.h"
#include "variants/parts/pack.h"
#include "variants/variant.h"

static enum cvl_status blocks_apply(const struct cvl_request *request,
                                    const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct cvl_inverted_groups tiles = cvl_inverted_groups(request, device);
    const uint64_t bytes = cvl_inverted_groups_local_bytes(&tiles, &request->problem);
    if (bytes <= device->local_bytes)
        return CVL_OK;
    return cvl_fail(err, CVL_UNSUPPORTED,
                    "tiles of %" PRId32 "x%" PRId32 " pixels and %" PRId32 " middle channels"
                    " need %" PRIu64 " bytes of local memory; the device has %" PRIu64,
                    tiles.rows, tiles.columns, tiles.middle, bytes, device->local_bytes);
}

static enum cvl_status inv_fused_applies(const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_error *err)
{
    if (cvl_inverted_rows_apply(request, err) != CVL_OK)
        return CVL_UNSUPPORTED;
    if (cvl_groups_are_large(device))
        return blocks_apply(request, device, err);
    const struct cvl_inverted_tiles tiles = cvl_inverted_tiles(request, device);
    const uint64_t bytes = cvl_inverted_local_bytes(&tiles, request);
    if (bytes <= device->local_bytes)
        return CVL_OK;
    return cvl_fail(err, CVL_UNSUPPORTED,
                    "tiles of %" PRId32 " output rows and %" PRId32 " middle channels"
                    " need %" PRIu64 " bytes of local memory; the device has %" PRIu64,
                    tiles.rows, tiles.middle, bytes, device->local_bytes);
}

static void set_cost(struct cvl_builder *builder, const struct cvl_inverted_tiles *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const struct cvl_sizes sizes = cvl_problem_sizes(p);
    const uint64_t row_macs = (uint64_t)p->mb * (uint64_t)p->iw * (uint64_t)p->ic * (uint64_t)p->mc;
    const uint64_t made = cvl_inverted_rows_made(tiles, p);
    cvl_build_cost(builder, sizes.macs - row_macs * (uint64_t)p->ih + row_macs * made);
    cvl_build_note(builder,
                   "expands %" PRIu64 " rows (input: %" PRId32 "), %" PRId32
                   " output rows a group, weights read %" PRIu64 " times",
                   made, p->ih, tiles->rows,
                   cvl_build_blocks((uint64_t)p->oh, (uint64_t)tiles->rows) * (uint64_t)p->mb);
}

static void add_launch(struct cvl_builder *builder, const struct cvl_inverted_tiles *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t items = (uint64_t)tiles->items;
    const uint64_t groups = cvl_build_blocks((uint64_t)p->oh, (uint64_t)tiles->rows);
    if (builder->request->layout == CVL_NCHW)
        cvl_build_int(builder, (int64_t)cvl_problem_sizes(p).input_elements);
    cvl_build_range(builder, (struct cvl_span){items * groups, items},
                    (struct cvl_span){(uint64_t)p->mb, 1}, (struct cvl_span){1, 1});
    cvl_build_limits(builder, cvl_inverted_iterations(tiles, builder->request),
                     cvl_inverted_local_bytes(tiles, builder->request));
}

/* How the weights are packed, and the kernel that reads them so. */
struct packing {
    int32_t ex_block, expansion, pw_block, projection;
    bool packs_taps; /* of the depthwise weights, in NCHW too */
    const char *source, *algo;
};

static void add_fused(struct cvl_builder *builder, const struct packing *packing)
{
    const struct cvl_problem *p = &builder->request->problem;
    const struct cvl_problem expansion = cvl_problem_expansion(p);
    const struct cvl_problem depthwise = cvl_problem_part(p, CVL_DEPTHWISE);
    const struct cvl_problem projection = cvl_problem_part(p, CVL_POINTWISE);
    const uint32_t input = cvl_build_input(builder);
    const uint32_t weights_ex =
        cvl_pack_blocks(builder, &expansion, CVL_FILTER_EX, packing->ex_block, packing->expansion);
    const uint32_t weights_dw = packing->packs_taps
                                    ? cvl_pack_taps(builder, &depthwise, CVL_FILTER_DW)
                                    : cvl_depthwise_weights(builder, &depthwise, CVL_FILTER_DW);
    const uint32_t weights_pw = cvl_pack_blocks(builder, &projection, CVL_FILTER_PW,
                                                packing->pw_block, packing->projection);
    const uint32_t output = cvl_build_output(builder);
    cvl_build_kernel(builder, "fused", packing->source, packing->algo, NULL);
    cvl_build_window(builder, p);
    cvl_build_whole(builder, input);
    cvl_build_whole(builder, weights_ex);
    cvl_build_whole(builder, weights_dw);
    cvl_build_whole(builder, weights_pw);
    cvl_build_whole(builder, output);
    cvl_build_ints(builder,
                   (const int32_t[]){p->ih, p->iw, p->mc, packing->expansion, p->oc,
                                     packing->projection, p->oh, p->ow, p->ph, p->pw},
                   10);
}

static void plan_blocks(struct cvl_builder *builder)
{
    const struct cvl_inverted_groups tiles = cvl_inverted_groups(builder->request, builder->device);
    add_fused(builder, &(struct packing){tiles.middle, tiles.expansion, tiles.block,
                                         tiles.projection, true, "inv_tiles.cl", "inv_tiles"});
    cvl_inverted_groups_launch(builder, &tiles);
}

static void plan_rows(struct cvl_builder *builder)
{
    const struct cvl_inverted_tiles tiles = cvl_inverted_tiles(builder->request, builder->device);
    add_fused(builder, &(struct packing){tiles.block, tiles.expansion, tiles.block,
                                         tiles.projection, false, "inv_fused.cl", "inv_fused"});
    cvl_inverted_options(builder, &tiles);
    add_launch(builder, &tiles);
    set_cost(builder, &tiles);
}

static enum cvl_status inv_fused_plan(const struct cvl_request *request,
                                      const struct cvl_device_facts *device, struct cvl_plan *plan,
                                      struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    if (cvl_groups_are_large(device))
        plan_blocks(&builder);
    else
        plan_rows(&builder);
    return cvl_build_end(&builder);
}

const struct cvl_variant cvl_variant_inv_fused = {
    .name = "inv_fused",
    .summary = "expand, depthwise and project in one kernel, the intermediates in local memory",
    .forms = CVL_FORM_BIT(CVL_INVERTED),
    .kind = CVL_KIND_FUSED,
    .applies = inv_fused_applies,
    .plan = inv_fused_plan,
    .parameters = {[CVL_NHWC] = {&cvl_inverted_parameters[CVL_NHWC],
                                 &cvl_inverted_groups_parameters[CVL_NHWC]},
                   [CVL_NCHW] = {&cvl_inverted_parameters[CVL_NCHW],
                                 &cvl_inverted_groups_parameters[CVL_NCHW]}},
};
