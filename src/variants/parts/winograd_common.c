/* What all ways to compute Winograd's minimal filtering have in common. */
#include <inttypes.h>

#include "plan/builder.h"
#include "variants/parts/groups.h"
#include "variants/parts/library.h"
#include "variants/parts/pack.h"
#include "variants/parts/winograd.h"

const struct cvl_winograd cvl_winograd_f2 = {
    .edge = 2, .weights_flops = 6, .input_flops = 4, .output_flops = 4, .tolerance_factor = 1};
const struct cvl_winograd cvl_winograd_f4 = {
    .edge = 4, .weights_flops = 13, .input_flops = 19, .output_flops = 13, .tolerance_factor = 4};

uint64_t cvl_winograd_span(const struct cvl_winograd *winograd)
{
    return (uint64_t)winograd->edge + 2;
}

uint64_t cvl_winograd_positions(const struct cvl_winograd *winograd)
{
    return cvl_winograd_span(winograd) * cvl_winograd_span(winograd);
}

struct cvl_winograd_grid cvl_winograd_grid(const struct cvl_winograd *winograd,
                                           const struct cvl_problem *problem)
{
    const uint64_t edge = (uint64_t)winograd->edge;
    struct cvl_winograd_grid grid = {.rows = cvl_build_blocks((uint64_t)problem->oh, edge),
                                     .columns = cvl_build_blocks((uint64_t)problem->ow, edge)};
    grid.tiles = (uint64_t)problem->mb * grid.rows * grid.columns;
    return grid;
}

enum cvl_status cvl_winograd_applies(const struct cvl_request *request,
                                     const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct cvl_problem *p = &request->problem;
    (void)device;
    if (p->kh != 3 || p->kw != 3 || p->sh != 1 || p->sw != 1 || p->dh != 0 || p->dw != 0)
        return cvl_fail(err, CVL_UNSUPPORTED, "needs 3x3, stride 1, no dilation");
    return CVL_OK;
}

enum cvl_status cvl_winograd_staged_applies(const struct cvl_request *request,
                                            const struct cvl_device_facts *device,
                                            struct cvl_error *err)
{
    const enum cvl_status status = cvl_winograd_applies(request, device, err);
    return status == CVL_OK ? cvl_need_one_group(request, err) : status;
}

enum cvl_status cvl_winograd_bounded_applies(const struct cvl_winograd *winograd,
                                             const struct cvl_request *request,
                                             const struct cvl_device_facts *device,
                                             struct cvl_error *err)
{
    const enum cvl_status status = cvl_winograd_applies(request, device, err);
    if (status == CVL_OK && cvl_groups_are_large(device))
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "needs a CPU; on other devices use winograd_f%" PRId32
                        "_staged, which runs in stages",
                        winograd->edge);
    return status;
}

uint32_t cvl_winograd_weights(struct cvl_builder *builder, const struct cvl_winograd *winograd,
                              const struct cvl_winograd_packing *packing)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t outputs = (uint64_t)packing->outputs, groups = (uint64_t)p->g;
    const uint64_t span = cvl_winograd_span(winograd), positions = cvl_winograd_positions(winograd);
    const int32_t group = cvl_tile_fitting_group(builder->device, 16);
    const uint32_t raw = cvl_raw_weights(builder, p, CVL_FILTER_ALL);
    const uint32_t packed = cvl_build_floats(builder, "transformed_weights", CVL_WEIGHTS,
                                             groups * positions * packing->inputs * outputs);
    cvl_build_kernel(builder, "transform_weights", "winograd.cl", "winograd", "weights");
    cvl_build_at_load(builder);
    cvl_build_option(builder, "EDGE", winograd->edge);
    cvl_build_option(builder, "POSITIONS_FIRST", packing->positions_first);
    if (groups > 1)
        cvl_build_option(builder, "GROUPED", 1);
    cvl_build_whole(builder, raw);
    cvl_build_whole(builder, packed);
    cvl_build_ints(builder,
                   (const int32_t[]){p->ic / p->g, (int32_t)packing->inputs, p->oc / p->g,
                                     packing->outputs, packing->block},
                   5);
    cvl_build_range(builder, (struct cvl_span){outputs, (uint64_t)cvl_tile_width(group, outputs)},
                    (struct cvl_span){packing->inputs, 1}, (struct cvl_span){groups, 1});
    cvl_build_flops(builder, (uint64_t)(p->ic / p->g) * (uint64_t)p->oc * (3 + span) *
                                 winograd->weights_flops);
    cvl_build_limits(builder, 9 + 3 + span + positions, 0);
    return packed;
}

void cvl_winograd_sizes(struct cvl_builder *builder, const struct cvl_winograd_grid *grid)
{
    const struct cvl_problem *p = &builder->request->problem;
    cvl_build_ints(
        builder,
        (const int32_t[]){p->ic / p->g, p->ih, p->iw, p->oc / p->g, p->oh, p->ow, p->ph, p->pw}, 8);
    cvl_build_int(builder, (int64_t)grid->rows);
    cvl_build_int(builder, (int64_t)grid->columns);
    cvl_build_int(builder, (int64_t)grid->tiles);
}

uint64_t cvl_winograd_input_flops(const struct cvl_winograd *winograd, uint64_t tiles,
                                  uint64_t inputs)
{
    return tiles * inputs * 2 * cvl_winograd_span(winograd) * winograd->input_flops;
}

uint64_t cvl_winograd_output_flops(const struct cvl_winograd *winograd, uint64_t tiles,
                                   uint64_t outputs)
{
    return tiles * outputs * (cvl_winograd_span(winograd) + (uint64_t)winograd->edge) *
           winograd->output_flops;
}
