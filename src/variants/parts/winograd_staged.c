/* Plans Winograd's minimal filtering in stages (cl/winograd_staged.cl): each for all tiles at once,
 * with everything between them in global memory. */
#include <inttypes.h>

#include "plan/builder.h"
#include "variants/parts/group_product.h"
#include "variants/parts/pointwise.h"
#include "variants/parts/winograd_transform.h"

struct staged {
    const struct cvl_winograd *winograd;
    struct cvl_winograd_grid grid;
    struct cvl_winograd_transform input, output;
};

/* Two transforms have tile parameters of their own: in_vec, out_vec and so on. */
static void choose_transforms(struct cvl_builder *builder, struct staged *staged)
{
    const struct cvl_problem *p = &builder->request->problem;
    cvl_build_prefix(builder, "in_");
    staged->input =
        cvl_winograd_transform(builder, staged->winograd, &staged->grid, p->ic, CVL_WINOGRAD_INPUT);
    cvl_build_prefix(builder, "out_");
    staged->output = cvl_winograd_transform(builder, staged->winograd, &staged->grid, p->oc,
                                            CVL_WINOGRAD_OUTPUT);
    cvl_build_prefix(builder, NULL);
}

/* The case of the product: a position is an image, a tile is a pixel, and all is NHWC floats. */
static struct cvl_request product_request(const struct cvl_builder *builder,
                                          const struct staged *staged)
{
    struct cvl_request request = *builder->request;
    const int32_t tiles = (int32_t)staged->grid.tiles;
    request.layout = CVL_NHWC;
    request.dtype = CVL_F32;
    request.problem = (struct cvl_problem){.form = CVL_POINTWISE,
                                           .mb = (int32_t)cvl_winograd_positions(staged->winograd),
                                           .g = 1,
                                           .ic = (int32_t)staged->input.pitch,
                                           .ih = 1,
                                           .iw = tiles,
                                           .oc = (int32_t)staged->output.pitch,
                                           .oh = 1,
                                           .ow = tiles,
                                           .kh = 1,
                                           .kw = 1,
                                           .sh = 1,
                                           .sw = 1};
    return request;
}

/* Where groups share operands and a layer is small, they may divide the rows of the products among
 * them; the sums are more workspace then. */
static struct cvl_dense_tiles product_tiles(const struct cvl_request *floats,
                                            const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &floats->problem;
    return cvl_product_tiles(floats, device,
                             &(struct cvl_product){.outputs = p->oc,
                                                   .inputs = p->ic,
                                                   .pixels = (uint64_t)p->ow,
                                                   .taps = 1,
                                                   .straight = true,
                                                   .batch = (uint64_t)p->mb,
                                                   .whole = true});
}

/* Adds the stage that transforms `from` into `to`. */
static void add_transform(struct cvl_builder *builder, const struct staged *staged,
                          const struct cvl_winograd_transform *transform, const char *name,
                          const char *algo, uint32_t from, uint32_t to)
{
    const uint64_t items =
        (uint64_t)transform->vectors * (uint64_t)transform->tiles * (uint64_t)transform->rows;
    const uint64_t groups = cvl_winograd_transform_groups(transform, &staged->grid);
    cvl_build_kernel(builder, name, "winograd_staged.cl", algo, NULL);
    cvl_build_option(builder, "EDGE", staged->winograd->edge);
    cvl_winograd_transform_options(builder, transform);
    cvl_build_whole(builder, from);
    cvl_build_whole(builder, to);
    cvl_winograd_sizes(builder, &staged->grid);
    cvl_build_int(builder, (int64_t)transform->pitch);
    cvl_build_range(builder, (struct cvl_span){items * groups, items}, (struct cvl_span){1, 1},
                    (struct cvl_span){1, 1});
    cvl_build_limits(builder, cvl_winograd_transform_iterations(transform),
                     cvl_winograd_transform_local(transform));
}

/* Adds the product; what pads channels is no work. */
static void add_product(struct cvl_builder *builder, const struct staged *staged,
                        const struct cvl_request *floats, struct cvl_pointwise *product)
{
    const struct cvl_request *request = builder->request;
    builder->request = floats;
    product->pixels_out = staged->grid.tiles;
    cvl_pointwise_stage(builder, "product", product);
    builder->request = request;
    cvl_build_cost(builder, cvl_winograd_positions(staged->winograd) * staged->grid.tiles *
                                staged->input.channels * staged->output.channels);
}

/* Floats of one channel of all tiles at all positions, times the padded channels. */
static uint32_t add_workspace(struct cvl_builder *builder, const struct staged *staged,
                              const char *name, const struct cvl_winograd_transform *transform)
{
    return cvl_build_floats(builder, name, CVL_WORKSPACE,
                            cvl_winograd_positions(staged->winograd) * staged->grid.tiles *
                                transform->pitch);
}

static void add_stages(struct cvl_builder *builder, const struct staged *staged)
{
    const struct cvl_request floats = product_request(builder, staged);
    struct cvl_pointwise product = {.problem = floats.problem, .batched = true};
    product.tiles = product_tiles(&floats, builder->device);
    const uint32_t input = cvl_build_input(builder);
    product.weights = cvl_winograd_weights(
        builder, staged->winograd,
        &(struct cvl_winograd_packing){staged->input.pitch, product.tiles.block,
                                       product.tiles.padded, true});
    product.input = add_workspace(builder, staged, "transformed", &staged->input);
    product.output = add_workspace(builder, staged, "products", &staged->output);
    const uint32_t output = cvl_build_output(builder);
    cvl_build_prefix(builder, "in_");
    add_transform(builder, staged, &staged->input, "input_transform", "winograd_input", input,
                  product.input);
    cvl_build_flops(builder, cvl_winograd_input_flops(staged->winograd, staged->grid.tiles,
                                                      staged->input.channels));
    cvl_build_prefix(builder, NULL);
    add_product(builder, staged, &floats, &product);
    cvl_build_prefix(builder, "out_");
    add_transform(builder, staged, &staged->output, "output_transform", "winograd_output",
                  product.output, output);
    cvl_build_flops(builder, cvl_winograd_output_flops(staged->winograd, staged->grid.tiles,
                                                       staged->output.channels));
    cvl_build_prefix(builder, NULL);
}

enum cvl_status cvl_winograd_staged_plan(const struct cvl_winograd *winograd,
                                         const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_plan *plan, struct cvl_error *err)
{
    struct cvl_builder builder = cvl_build_begin(request, device, plan, err);
    struct staged staged = {.winograd = winograd,
                            .grid = cvl_winograd_grid(winograd, &request->problem)};
    if (staged.grid.tiles > INT32_MAX / cvl_winograd_positions(winograd))
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "%" PRIu64 " tiles of %" PRIu64 " positions; kernels count to 2147483647",
                        staged.grid.tiles, cvl_winograd_positions(winograd));
    choose_transforms(&builder, &staged);
    plan->steps[0].tolerance_factor = winograd->tolerance_factor;
    add_stages(&builder, &staged);
    return cvl_build_end(&builder);
}
