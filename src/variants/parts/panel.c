/* Chooses how a product in NCHW reads its input. */
#include "variants/parts/panel.h"

/* Work-groups per compute unit, so that no unit waits long for the last. */
enum { GROUPS_PER_UNIT = 4 };

/* Are equal taps of consecutive pixels contiguous, even from row to row? */
static bool is_linear(const struct cvl_problem *p)
{
    return p->sw == 1 && (int64_t)p->sh * p->iw == (int64_t)p->ow;
}

/* How many row segments a kernel reads to fill a vector of pixels. */
static int32_t segments(const struct cvl_problem *p, int32_t vec)
{
    int32_t count = (vec - 2) / p->ow + 2;
    if ((int64_t)p->sh * p->iw == (int64_t)p->sw * p->ow || p->ow % vec == 0)
        return 1;
    count = count < p->oh ? count : p->oh;
    return count <= CVL_MAX_SEGMENTS ? count : 1;
}

/* Blocks of output channels per work-group: all of them if there are pixels enough to keep every
 * unit busy. */
static int32_t shared_blocks(const struct cvl_dense_tiles *tiles,
                             const struct cvl_device_facts *device, const struct cvl_problem *p)
{
    const uint64_t blocks = (uint64_t)(tiles->padded / tiles->outputs);
    const uint64_t run = (uint64_t)tiles->vec * (uint64_t)tiles->vectors;
    const uint64_t groups =
        cvl_build_blocks((uint64_t)p->oh * (uint64_t)p->ow, run) * (uint64_t)p->mb * (uint64_t)p->g;
    const uint64_t wanted = (uint64_t)GROUPS_PER_UNIT * device->compute_units;
    uint64_t shares = wanted > groups ? cvl_build_blocks(wanted, groups) : 1;
    if (shares > blocks)
        shares = blocks;
    return (int32_t)cvl_build_blocks(blocks, shares);
}

void cvl_panel_choose(struct cvl_dense_tiles *tiles, const struct cvl_request *request,
                      const struct cvl_device_facts *device, const struct cvl_problem *problem)
{
    const uint64_t rows =
        (uint64_t)(problem->ic / problem->g) * (uint64_t)problem->kh * (uint64_t)problem->kw;
    const uint64_t bytes = 4 * (uint64_t)tiles->vec * (uint64_t)tiles->vectors;
    if (request->layout == CVL_NHWC || tiles->shared || !cvl_tile_class(device).keeps_all ||
        is_linear(problem) || rows > device->local_bytes / bytes)
        return;
    const int32_t blocks = shared_blocks(tiles, device, problem);
    if (blocks == 1)
        return;
    tiles->panel = (int32_t)rows;
    tiles->blocks = blocks;
}

/* Pixels after the last whole vector, if there are few. A device that keeps many work-items busy
 * gains nothing from one that takes a path of its own. */
static int32_t rest_of(const struct cvl_dense_tiles *tiles, const struct cvl_device_facts *device,
                       const struct cvl_problem *p)
{
    const int32_t rest = (int32_t)((int64_t)p->oh * p->ow % tiles->vec);
    const bool fits = tiles->vectors == 1 && tiles->outputs == tiles->vec;
    return fits && 4 * rest <= tiles->vec && cvl_tile_class(device).keeps_all ? rest : 0;
}

void cvl_panel_options(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                       const struct cvl_problem *problem)
{
    if (builder->request->layout == CVL_NHWC)
        return;
    cvl_build_option(builder, "SEGMENTS", segments(problem, tiles->vec));
    cvl_build_option(builder, "REST", rest_of(tiles, builder->device, problem));
    if (!tiles->panel)
        return;
    cvl_build_option(builder, "PANEL", tiles->panel);
    cvl_build_option(builder, "BLOCKS", tiles->blocks);
    cvl_build_tuning(builder, "blocks", tiles->blocks);
}
