/* Plans the depthwise stage that several variants share. */
#include "variants/parts/depthwise.h"

#include "variants/parts/blocks.h"
#include "variants/parts/groups.h"
#include "variants/parts/pack.h"
#include "variants/parts/strips.h"
#include "variants/parts/tiles.h"

uint32_t cvl_depthwise_weights(struct cvl_builder *builder, const struct cvl_problem *problem,
                               enum cvl_filter filter)
{
    return builder->request->layout == CVL_NHWC ? cvl_pack_taps(builder, problem, filter)
                                                : cvl_raw_weights(builder, problem, filter);
}

struct cvl_depthwise cvl_depthwise_of(const struct cvl_problem *problem)
{
    struct cvl_depthwise depthwise = {
        .problem = *problem, .multiplier = problem->oc / problem->ic, .rows = problem->oh};
    depthwise.problem.ic = depthwise.problem.g = problem->oc;
    return depthwise;
}

enum cvl_status cvl_depthwise_single(const struct cvl_request *request, struct cvl_error *err)
{
    const struct cvl_problem *p = &request->problem;
    return p->oc == p->ic
               ? CVL_OK
               : cvl_fail(err, CVL_UNSUPPORTED, "needs as many output channels as input channels");
}

/* With fewer channels than lanes, vectors would be partly empty or short. With half as many
 * channels as lanes, vectors of half the lanes do well. */
static bool is_flat(const struct cvl_builder *builder, const struct cvl_problem *problem)
{
    const struct cvl_tile_class kind = cvl_tile_class(builder->device);
    const int32_t lanes = cvl_groups_are_large(builder->device)
                              ? kind.vec
                              : cvl_parameter_value(builder->request, "dw_vec", kind.vec);
    return builder->request->layout == CVL_NHWC && problem->sw == 1 && problem->ic < lanes &&
           2 * problem->ic != lanes;
}

/* Treats a row of pixels of C channels as a row of C times as many pixels of one channel, whose
 * windows step by C. */
static struct cvl_problem flatten(const struct cvl_problem *problem)
{
    struct cvl_problem flat = *problem;
    flat.g = flat.ic = flat.oc = 1;
    flat.iw *= problem->ic;
    flat.ow *= problem->ic;
    flat.pw *= problem->ic;
    flat.dw = problem->ic * (problem->dw + 1) - 1;
    return flat;
}

static int32_t multiplier_of(const struct cvl_depthwise *depthwise)
{
    return depthwise->multiplier > 1 ? depthwise->multiplier : 1;
}

/* Says how many output channels an input channel has, where it is not one. */
static void multiply(struct cvl_builder *builder, const struct cvl_depthwise *depthwise)
{
    if (multiplier_of(depthwise) > 1)
        cvl_build_option(builder, "MULTIPLIER", multiplier_of(depthwise));
}

/* Input elements that the windows of these rows cover. */
static uint64_t input_elements(const struct cvl_depthwise *depthwise)
{
    const struct cvl_problem *problem = &depthwise->problem;
    const int64_t last_row = (int64_t)depthwise->row0 + depthwise->rows - 1;
    int64_t first = (int64_t)depthwise->row0 * problem->sh - problem->ph;
    int64_t end = last_row * problem->sh - problem->ph +
                  (int64_t)(problem->kh - 1) * ((int64_t)problem->dh + 1) + 1;
    if (first < 0)
        first = 0;
    if (end > problem->ih)
        end = problem->ih;
    return end <= first
               ? 0
               : (uint64_t)(end - first) * (uint64_t)problem->mb *
                     (uint64_t)(problem->ic / multiplier_of(depthwise)) * (uint64_t)problem->iw;
}

static void set_range(struct cvl_builder *builder, const struct cvl_depthwise *depthwise,
                      const struct cvl_block_tiles *tiles)
{
    const struct cvl_problem *problem = &depthwise->problem;
    const uint64_t items = (uint64_t)tiles->items;
    const uint64_t vectors = cvl_build_blocks((uint64_t)problem->ic, (uint64_t)tiles->vec);
    const uint64_t groups = cvl_build_blocks(vectors, items * (uint64_t)tiles->vectors);
    const uint64_t runs = cvl_build_blocks((uint64_t)problem->ow, (uint64_t)tiles->width);
    const uint64_t strips = cvl_build_blocks((uint64_t)depthwise->rows, (uint64_t)tiles->height) *
                            (uint64_t)problem->mb;
    cvl_build_range(builder, (struct cvl_span){groups * items, items},
                    (struct cvl_span){runs, (uint64_t)tiles->column_items},
                    (struct cvl_span){strips, (uint64_t)tiles->row_items});
}

static void add_arguments(struct cvl_builder *builder, const struct cvl_depthwise *depthwise,
                          uint64_t elements)
{
    const struct cvl_problem *p = &depthwise->problem;
    cvl_build_argument(builder, depthwise->input, input_elements(depthwise));
    cvl_build_whole(builder, depthwise->weights);
    cvl_build_argument(builder, depthwise->output, elements);
    cvl_build_ints(builder,
                   (const int32_t[]){p->ic, p->ih, p->iw, p->ow, p->ph, p->pw, depthwise->row0,
                                     depthwise->rows},
                   8);
}

/* A work-item takes one register tile, and every load of it is made. */
static void one_tile(struct cvl_builder *builder, const struct cvl_depthwise *depthwise,
                     const struct cvl_block_tiles *tiles)
{
    const uint64_t strips = cvl_build_blocks((uint64_t)depthwise->rows, (uint64_t)tiles->height);
    cvl_block_loads(builder, tiles, &depthwise->problem);
    cvl_build_option(builder, "GROUP_Y", tiles->column_items);
    cvl_build_option(builder, "GROUP_Z", tiles->row_items);
    cvl_build_int(builder, (int64_t)strips);
    cvl_build_int(builder, (int64_t)strips * depthwise->problem.mb);
}

static void tile_nhwc(struct cvl_builder *builder, const struct cvl_depthwise *depthwise,
                      const struct cvl_block_tiles *tiles)
{
    const struct cvl_problem *p = &depthwise->problem;
    const uint64_t turns = cvl_build_blocks((uint64_t)tiles->height, (uint64_t)tiles->rows) *
                           cvl_build_blocks((uint64_t)tiles->width, (uint64_t)tiles->pixels);
    cvl_build_option(builder, "VEC", tiles->vec);
    cvl_build_tuning(builder, "dw_vec", tiles->vec);
    cvl_build_option(builder, "GROUP", tiles->items);
    cvl_build_tuning(builder, "dw_items", tiles->items * tiles->column_items * tiles->row_items);
    cvl_block_options(builder, tiles);
    if (cvl_groups_are_large(builder->device)) {
        one_tile(builder, depthwise, tiles);
    } else {
        cvl_build_int(builder, tiles->height);
        cvl_build_int(builder, tiles->width);
    }
    set_range(builder, depthwise, tiles);
    cvl_build_limits(
        builder, turns * (2 + (uint64_t)tiles->vectors * (1 + cvl_block_iterations(tiles, p))), 0);
}

static void tile_nchw(struct cvl_builder *builder, const struct cvl_depthwise *depthwise,
                      const struct cvl_strip_tiles *tiles)
{
    const struct cvl_problem *p = &depthwise->problem;
    if (tiles->takes_column) {
        cvl_build_int(builder,
                      (int64_t)cvl_build_blocks((uint64_t)depthwise->rows, (uint64_t)tiles->rows));
        cvl_build_int(builder, (int64_t)p->mb * p->ic);
    } else {
        cvl_build_int(builder, (int64_t)cvl_build_elements(builder, depthwise->input));
        cvl_build_int(builder, tiles->height);
    }
    if (tiles->period)
        cvl_build_option(builder, "PERIOD", tiles->period);
    cvl_strip_options(builder, tiles, p);
    cvl_strip_range(builder, tiles, p, depthwise->rows);
    cvl_build_limits(builder, cvl_strip_iterations(tiles, p),
                     cvl_strip_local_bytes(tiles, builder->request->dtype));
}

static void nhwc_stage(struct cvl_builder *builder, const char *name,
                       const struct cvl_depthwise *depthwise, uint64_t elements)
{
    const struct cvl_problem *p = &depthwise->problem;
    const bool large = cvl_groups_are_large(builder->device);
    const struct cvl_block_tiles tiles = cvl_block_tiles(builder->request, builder->device, p,
                                                         large ? depthwise->rows : p->oh, p->ow, 0);
    if (large)
        cvl_build_kernel(builder, name, "dw_tiles.cl", "dw_tiles", NULL);
    else
        cvl_build_kernel(builder, name, "dw_direct.cl", "dw_direct", NULL);
    cvl_build_window(builder, p);
    multiply(builder, depthwise);
    add_arguments(builder, depthwise, elements);
    tile_nhwc(builder, depthwise, &tiles);
}

/* `period`: adjacent channels in a row; 0: the layout is NCHW. */
static void nchw_stage(struct cvl_builder *builder, const char *name,
                       const struct cvl_depthwise *depthwise, uint64_t elements, int32_t period)
{
    struct cvl_strip_tiles tiles = cvl_strip_tiles(builder->request, builder->device,
                                                   &depthwise->problem, depthwise->rows, period);
    /* output planes that share an input plane would make a group's rows go back */
    if (multiplier_of(depthwise) > 1)
        tiles.phases = (struct cvl_phases){0};
    if (tiles.takes_column)
        cvl_build_kernel(builder, name, "dw_tiles.cl", "dw_tiles", NULL);
    else
        cvl_build_kernel(builder, name, "dw_direct.cl", "dw_direct", "nchw");
    cvl_build_window(builder, &depthwise->problem);
    multiply(builder, depthwise);
    add_arguments(builder, depthwise, elements);
    tile_nchw(builder, depthwise, &tiles);
}

void cvl_depthwise_stage(struct cvl_builder *builder, const char *name,
                         const struct cvl_depthwise *depthwise)
{
    struct cvl_depthwise flat = *depthwise;
    const struct cvl_problem *p = &depthwise->problem;
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw;
    const uint64_t elements =
        (uint64_t)p->mb * (uint64_t)p->ic * (uint64_t)depthwise->rows * (uint64_t)p->ow;
    if (multiplier_of(depthwise) == 1 && is_flat(builder, p)) {
        flat.problem = flatten(p);
        nchw_stage(builder, name, &flat, elements, p->ic);
    } else if (builder->request->layout == CVL_NHWC) {
        nhwc_stage(builder, name, depthwise, elements);
    } else {
        nchw_stage(builder, name, depthwise, elements, 0);
    }
    cvl_build_cost(builder, elements * taps);
}
