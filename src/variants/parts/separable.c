/* Plans depthwise and pointwise stages in bands of output rows. */
#include "variants/parts/separable.h"

#include "variants/parts/depthwise.h"
#include "variants/parts/library.h"
#include "variants/parts/pack.h"
#include "variants/parts/pointwise.h"

/* Adds the two stages of one band; their buffers are already set. */
static void add_band(struct cvl_builder *builder, struct cvl_depthwise depthwise,
                     struct cvl_pointwise pointwise, uint64_t index, uint64_t count)
{
    struct cvl_problem *part = &pointwise.problem;
    pointwise.first_out = (uint64_t)depthwise.row0 * (uint64_t)part->ow;
    part->ih = part->oh = depthwise.rows;
    cvl_depthwise_stage(builder, cvl_stage_name("depthwise", index, count).text, &depthwise);
    cvl_pointwise_stage(builder, cvl_stage_name("pointwise", index, count).text, &pointwise);
}

/* Uses the tiles of a full band even for a shorter last one, so that both use the same program. */
static struct cvl_pointwise pointwise_of(const struct cvl_builder *builder, int32_t band)
{
    const struct cvl_problem *problem = &builder->request->problem;
    struct cvl_pointwise pointwise = {.problem = cvl_problem_part(problem, CVL_POINTWISE)};
    pointwise.pixels_out = (uint64_t)problem->oh * (uint64_t)problem->ow;
    pointwise.problem.ih = pointwise.problem.oh = band;
    pointwise.tiles = cvl_pointwise_tiles(builder, &pointwise.problem,
                                          cvl_build_blocks((uint64_t)problem->oh, (uint64_t)band));
    return pointwise;
}

enum cvl_status cvl_separable_plan(const struct cvl_request *request,
                                   const struct cvl_device_facts *device, int32_t band,
                                   struct cvl_plan *plan, struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct cvl_problem *problem = &request->problem;
    const struct cvl_problem part = cvl_problem_part(problem, CVL_DEPTHWISE);
    struct cvl_depthwise depthwise = cvl_depthwise_of(&part);
    struct cvl_pointwise pointwise = pointwise_of(&builder, band);
    depthwise.input = cvl_build_input(&builder);
    depthwise.weights = cvl_depthwise_weights(&builder, &depthwise.problem, CVL_FILTER_DW);
    pointwise.weights = cvl_pack_blocks(&builder, &pointwise.problem, CVL_FILTER_PW,
                                        pointwise.tiles.block, pointwise.tiles.padded);
    depthwise.output = pointwise.input = cvl_build_buffer(
        &builder, "intermediate", CVL_INTERMEDIATE, CVL_CONTENT_NONE,
        cvl_problem_sizes(problem).intermediate_elements / (uint64_t)problem->oh * (uint64_t)band);
    pointwise.output = cvl_build_output(&builder);
    const uint64_t bands = cvl_build_blocks((uint64_t)problem->oh, (uint64_t)band);
    if (bands > 1)
        cvl_build_tuning(&builder, "band", band);
    for (uint64_t i = 0; i < bands; i++) {
        depthwise.row0 = (int32_t)i * band;
        depthwise.rows = problem->oh - depthwise.row0;
        if (depthwise.rows > band)
            depthwise.rows = band;
        add_band(&builder, depthwise, pointwise, i, bands);
    }
    return cvl_build_end(&builder);
}
