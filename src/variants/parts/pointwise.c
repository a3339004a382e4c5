/* Plans the pointwise stage that several variants share. */
#include "variants/parts/pointwise.h"

#include "variants/parts/dense.h"
#include "variants/parts/group_product.h"
#include "variants/parts/panel.h"

struct cvl_dense_tiles cvl_pointwise_tiles(const struct cvl_builder *builder,
                                           const struct cvl_problem *problem, uint64_t bands)
{
    const struct cvl_product product = {.outputs = problem->oc,
                                        .inputs = problem->ic,
                                        .pixels = (uint64_t)problem->oh * (uint64_t)problem->ow,
                                        .taps = 1,
                                        .straight = true,
                                        .batch = (uint64_t)problem->mb,
                                        .whole = bands == 1,
                                        .subgroups = true};
    struct cvl_dense_tiles tiles = cvl_product_tiles(builder->request, builder->device, &product);
    cvl_panel_choose(&tiles, builder->request, builder->device, problem);
    return tiles;
}

bool cvl_pointwise_is_dense(const struct cvl_problem *problem)
{
    return problem->ih == problem->oh && problem->iw == problem->ow;
}

/* Does it read rows without gaps, from all of the input or from a part? */
static bool is_straight_on(const struct cvl_problem *problem)
{
    return cvl_pointwise_is_dense(problem) ||
           (problem->sh == 1 && problem->sw == 1 && problem->iw == problem->ow);
}

static void add_buffers(struct cvl_builder *builder, const struct cvl_pointwise *pointwise,
                        uint64_t read, uint64_t made)
{
    if (pointwise->batched) {
        cvl_build_whole(builder, pointwise->input);
        cvl_build_whole(builder, pointwise->weights);
        cvl_build_whole(builder, pointwise->output);
        return;
    }
    cvl_build_argument(builder, pointwise->input, read);
    cvl_build_whole(builder, pointwise->weights);
    cvl_build_argument(builder, pointwise->output, made);
}

static void add_arguments(struct cvl_builder *builder, const struct cvl_pointwise *pointwise,
                          uint64_t pixels)
{
    const struct cvl_problem *p = &pointwise->problem;
    const uint64_t images = (uint64_t)p->mb;
    const uint64_t size = images * (uint64_t)p->ic * (uint64_t)p->ih * (uint64_t)p->iw;
    const uint64_t made = images * (uint64_t)p->oc * pixels;
    add_buffers(builder, pointwise, is_straight_on(p) ? images * (uint64_t)p->ic * pixels : size,
                made);
    cvl_build_ints(
        builder, (const int32_t[]){p->ic, p->ih, p->iw, p->oc, pointwise->tiles.padded, p->ow}, 6);
    cvl_build_int(builder, (int64_t)pixels);
    cvl_build_int(builder, (int64_t)pointwise->pixels_out);
    cvl_build_int(builder, (int64_t)pointwise->first_out);
    cvl_build_int(builder, (int64_t)pointwise->first_in);
    if (builder->request->layout == CVL_NCHW)
        cvl_build_int(builder, (int64_t)size);
    if (pointwise->adds)
        cvl_build_argument(builder, pointwise->residual, made);
}

/* Products with weights of their own are groups that lie apart. */
static void shared_stage(struct cvl_builder *builder, const char *name,
                         const struct cvl_pointwise *pointwise)
{
    struct cvl_group_product product = {.problem = pointwise->problem,
                                        .input = pointwise->input,
                                        .weights = pointwise->weights,
                                        .output = pointwise->output,
                                        .pixels_out = pointwise->pixels_out,
                                        .first_out = pointwise->first_out,
                                        .first_in = pointwise->first_in,
                                        .adds = pointwise->adds,
                                        .residual = pointwise->residual,
                                        .apart = pointwise->batched,
                                        .tiles = pointwise->tiles};
    if (pointwise->batched) {
        product.problem.g = product.problem.mb;
        product.problem.ic *= product.problem.mb;
        product.problem.oc *= product.problem.mb;
        product.problem.mb = 1;
    }
    cvl_group_product_stage(builder, name, &product);
}

void cvl_pointwise_stage(struct cvl_builder *builder, const char *name,
                         const struct cvl_pointwise *pointwise)
{
    const struct cvl_problem *p = &pointwise->problem;
    const struct cvl_dense_tiles *tiles = &pointwise->tiles;
    const uint64_t pixels = (uint64_t)p->oh * (uint64_t)p->ow;
    if (tiles->shared) {
        shared_stage(builder, name, pointwise);
        return;
    }
    cvl_build_kernel(builder, name, "pw_direct.cl", "pw_direct", NULL);
    cvl_dense_options(builder, tiles);
    cvl_build_option(builder, "DENSE", is_straight_on(p));
    if (pointwise->adds)
        cvl_build_option(builder, "RESIDUAL", 1);
    if (pointwise->batched)
        cvl_build_option(builder, "BATCHED", 1);
    cvl_panel_options(builder, tiles, p);
    cvl_build_window(builder, p);
    add_arguments(builder, pointwise, pixels);
    cvl_dense_range(builder, tiles, pixels, (uint64_t)p->oc, (uint64_t)p->mb);
    cvl_build_cost(builder, cvl_problem_sizes(p).macs); /* of oh x ow pixels */
    cvl_build_limits(builder, cvl_dense_iterations(builder->request, tiles, (uint64_t)p->ic, 1),
                     cvl_dense_local_bytes(builder->request, tiles, 0));
}
