/* Plans the three steps of an inverted problem in bands of output rows. */
#include "variants/parts/inverted.h"

#include "problem/problem_parts.h"
#include "variants/parts/depthwise.h"
#include "variants/parts/library.h"
#include "variants/parts/pack.h"
#include "variants/parts/pointwise.h"

/* The steps of a band. */
struct steps {
    struct cvl_pointwise expansion, projection;
    struct cvl_depthwise depthwise;
};

/* Input rows that `rows` output rows from `row0` on need: `count` rows from `first` on. */
struct rows {
    int32_t first, count;
};

static struct rows rows_for(const struct cvl_problem *p, int32_t row0, int32_t rows)
{
    const int64_t window = (int64_t)(p->kh - 1) * ((int64_t)p->dh + 1) + 1;
    int64_t first = (int64_t)row0 * p->sh - p->ph;
    int64_t end = first + (int64_t)(rows - 1) * p->sh + window;
    first = first > 0 ? first : 0;
    end = end < p->ih ? end : p->ih;
    return (struct rows){(int32_t)first, (int32_t)(end - first)};
}

/* Max input rows of a band; all rows if there is one band. */
static int32_t max_rows(const struct cvl_problem *p, int32_t band)
{
    int32_t largest = band < p->oh ? 1 : p->ih;
    for (int32_t row = 0; row < p->oh; row += band) {
        const int32_t left = p->oh - row;
        const struct rows rows = rows_for(p, row, left < band ? left : band);
        largest = rows.count > largest ? rows.count : largest;
    }
    return largest;
}

static void add_band(struct cvl_builder *builder, struct steps steps, int32_t row0, int32_t rows,
                     uint64_t index, uint64_t count)
{
    const struct cvl_problem *p = &builder->request->problem;
    const struct rows in = count == 1 ? (struct rows){0, p->ih} : rows_for(p, row0, rows);
    steps.expansion.problem.oh = in.count;
    steps.expansion.pixels_out = (uint64_t)in.count * (uint64_t)p->iw;
    steps.expansion.first_in = (uint64_t)in.first * (uint64_t)p->iw;
    cvl_build_prefix(builder, CVL_EXPANSION_PREFIX);
    cvl_pointwise_stage(builder, cvl_stage_name("expand", index, count).text, &steps.expansion);
    cvl_build_prefix(builder, NULL);
    /* the input of this step is the band's rows alone, with what remains of the padding above
     * them */
    steps.depthwise.problem.ih = in.count;
    steps.depthwise.problem.ph = in.first - (row0 * p->sh - p->ph);
    steps.depthwise.rows = rows;
    cvl_depthwise_stage(builder, cvl_stage_name("depthwise", index, count).text, &steps.depthwise);
    steps.projection.problem.ih = steps.projection.problem.oh = rows;
    steps.projection.first_out = (uint64_t)row0 * (uint64_t)p->ow;
    cvl_pointwise_stage(builder, cvl_stage_name("project", index, count).text, &steps.projection);
}

/* Uses the tiles of a full band for all bands, even for a shorter first or last one, so that all
 * bands use the same programs. */
static void tile(struct cvl_builder *builder, struct steps *steps, int32_t band, int32_t expanded)
{
    const uint64_t bands = cvl_build_blocks((uint64_t)builder->request->problem.oh, (uint64_t)band);
    struct cvl_problem problem = steps->expansion.problem;
    problem.oh = expanded;
    cvl_build_prefix(builder, CVL_EXPANSION_PREFIX);
    steps->expansion.tiles = cvl_pointwise_tiles(builder, &problem, bands);
    cvl_build_prefix(builder, NULL);
    problem = steps->projection.problem;
    problem.ih = problem.oh = band;
    steps->projection.tiles = cvl_pointwise_tiles(builder, &problem, bands);
}

/* Adds the buffers, and the weights packed for the tiles. */
static void add_buffers(struct cvl_builder *builder, struct steps *steps, int32_t band,
                        int32_t expanded)
{
    const struct cvl_problem *p = &builder->request->problem;
    const struct cvl_sizes sizes = cvl_problem_sizes(p);
    steps->expansion.input = steps->projection.residual = cvl_build_input(builder);
    steps->expansion.weights =
        cvl_pack_blocks(builder, &steps->expansion.problem, CVL_FILTER_EX,
                        steps->expansion.tiles.block, steps->expansion.tiles.padded);
    steps->depthwise.weights =
        cvl_depthwise_weights(builder, &steps->depthwise.problem, CVL_FILTER_DW);
    steps->projection.weights =
        cvl_pack_blocks(builder, &steps->projection.problem, CVL_FILTER_PW,
                        steps->projection.tiles.block, steps->projection.tiles.padded);
    steps->expansion.output = steps->depthwise.input =
        cvl_build_buffer(builder, "expanded", CVL_INTERMEDIATE, CVL_CONTENT_NONE,
                         sizes.expanded_elements / (uint64_t)p->ih * (uint64_t)expanded);
    steps->depthwise.output = steps->projection.input =
        cvl_build_buffer(builder, "intermediate", CVL_INTERMEDIATE, CVL_CONTENT_NONE,
                         sizes.intermediate_elements / (uint64_t)p->oh * (uint64_t)band);
    steps->projection.output = cvl_build_output(builder);
}

enum cvl_status cvl_inverted_plan(const struct cvl_request *request,
                                  const struct cvl_device_facts *device, int32_t band,
                                  struct cvl_plan *plan, struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    const struct cvl_problem *p = &request->problem;
    const uint64_t bands = cvl_build_blocks((uint64_t)p->oh, (uint64_t)band);
    const int32_t expanded = max_rows(p, band);
    struct steps steps = {
        .expansion = {.problem = cvl_problem_expansion(p)},
        .depthwise = {.problem = cvl_problem_part(p, CVL_DEPTHWISE)},
        .projection = {.problem = cvl_problem_part(p, CVL_POINTWISE), .adds = p->res},
    };
    steps.projection.pixels_out = (uint64_t)p->oh * (uint64_t)p->ow;
    tile(&builder, &steps, band, expanded);
    add_buffers(&builder, &steps, band, expanded);
    if (bands > 1)
        cvl_build_tuning(&builder, "band", band);
    for (uint64_t i = 0; i < bands; i++) {
        const int32_t row0 = (int32_t)i * band, left = p->oh - row0;
        add_band(&builder, steps, row0, left < band ? left : band, i, bands);
    }
    return cvl_build_end(&builder);
}

enum cvl_status cvl_inverted_rows_apply(const struct cvl_request *request, struct cvl_error *err)
{
    return cvl_problem_windows_reach(&request->problem)
               ? CVL_OK
               : cvl_fail(err, CVL_UNSUPPORTED,
                          "needs windows that have a row and a column of the input");
}

const struct cvl_parameter_set cvl_expansion_parameters[CVL_LAYOUT_COUNT] =
    {[CVL_NHWC] =
         {.parameters =
              (const struct cvl_parameter[]){
                  {"e_vec", "expansion: output channels in a vector", CVL_EVERYWHERE, {4, 8, 16}},
                  {"e_pixels",
                   "expansion: pixels per work-item",
                   CVL_EVERYWHERE,
                   {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16}},
                  {"e_vectors", "expansion: vectors per work-item", CVL_EVERYWHERE, {1, 2, 3, 4}},
                  {"e_order",
                   "expansion: groups go along pixels (1) or channels (2)",
                   CVL_EVERYWHERE,
                   {1, 2}},
                  {0}},
          .limits = (const struct cvl_parameter_limit[]){{{"e_pixels", "e_vectors", "e_vec"}, 512},
                                                         {{0}, 0}}},
     [CVL_NCHW] = {
         .parameters =
             (const struct cvl_parameter[]){
                 {"e_vec", "expansion: pixels in a vector", CVL_EVERYWHERE, {4, 8, 16}},
                 {"e_vectors", "expansion: vectors per work-item", CVL_EVERYWHERE, {1, 2, 3, 4}},
                 {"e_outputs",
                  "expansion: output channels per work-item",
                  CVL_EVERYWHERE,
                  {1, 2, 4, 6, 8, 12, 16, 24}},
                 {0}},
         .limits = (const struct cvl_parameter_limit[]){{{"e_outputs", "e_vectors", "e_vec"}, 384},
                                                        {{0}, 0}}}};

const struct cvl_parameter_set cvl_expansion_group_parameters = {
    .parameters =
        (const struct cvl_parameter[]){{"e_channel_items",
                                        "expansion: work-items per group along channels",
                                        CVL_ON_OTHERS,
                                        {1, 2, 4, 8, 16, 32}},
                                       {"e_pixel_items",
                                        "expansion: work-items per group along pixels",
                                        CVL_ON_OTHERS,
                                        {1, 2, 4, 8, 16, 32}},
                                       {"e_chunk",
                                        "expansion: input channels copied at a time",
                                        CVL_ON_OTHERS,
                                        {8, 16, 32, 64}},
                                       {"e_splits",
                                        "expansion: groups that divide the input channels",
                                        CVL_ON_OTHERS,
                                        {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32}},
                                       {0}},
    .limits = (const struct cvl_parameter_limit[]){{{"e_channel_items", "e_pixel_items"}, 1024},
                                                   {{0}, 0}}};
