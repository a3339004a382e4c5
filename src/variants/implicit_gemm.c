/* implicit_gemm: multiplies by the patch matrix, which exists only one chunk at a time, in local
 * memory. Needs no workspace; takes any window and any groups. */
#include "variants/parts/dense.h"
#include "variants/parts/group_product.h"
#include "variants/parts/half.h"
#include "variants/parts/merged.h"
#include "variants/parts/pack.h"
#include "variants/variant.h"

/* NCHW: the items of a group divide both the channels and the vectors of pixels. */
static struct cvl_dense_tiles tiles_of(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_product *product)
{
    struct cvl_dense_tiles tiles = cvl_product_tiles(request, device, product);
    if (request->layout == CVL_NHWC || tiles.shared)
        return tiles;
    const int32_t channels =
        cvl_tile_width(8, cvl_build_blocks((uint64_t)product->outputs, (uint64_t)tiles.outputs));
    tiles.channel_items = tiles.items < channels ? tiles.items : channels;
    tiles.pixel_items = tiles.items / tiles.channel_items;
    tiles.chunk = cvl_parameter_value(request, "chunk", 32);
    return tiles;
}

static void add_options(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const bool whole = p->ic / p->g % tiles->vec == 0 && tiles->chunk % tiles->vec == 0;
    cvl_dense_options(builder, tiles);
    if (builder->request->layout == CVL_NHWC) {
        cvl_build_option(builder, "PIECE", whole ? tiles->vec : 1);
    } else {
        cvl_build_option(builder, "GC", tiles->channel_items);
        cvl_build_option(builder, "GP", tiles->pixel_items);
        cvl_build_option(builder, "CHUNK", tiles->chunk);
        cvl_build_option(builder, "GROUP", tiles->items);
        cvl_build_tuning(builder, "chunk", tiles->chunk);
    }
    cvl_build_window(builder, p);
}

static void set_range(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                      const struct cvl_product *product)
{
    const struct cvl_problem *p = &builder->request->problem;
    const bool nhwc = builder->request->layout == CVL_NHWC;
    const uint64_t items = (uint64_t)tiles->items;
    const uint64_t run =
        (uint64_t)tiles->pixel_items * (uint64_t)(nhwc ? tiles->pixels : tiles->vec);
    const uint64_t block = (uint64_t)tiles->block * (uint64_t)(nhwc ? 1 : tiles->channel_items);
    const uint64_t z = (uint64_t)p->mb * (uint64_t)p->g;
    cvl_build_range(builder,
                    (struct cvl_span){items * cvl_build_blocks(product->pixels, run), items},
                    (struct cvl_span){cvl_build_blocks((uint64_t)product->outputs, block), 1},
                    (struct cvl_span){z, 1});
}

/* Loop iterations of one work-item: the copy, with a step for each element and tap, the product,
 * and the store. */
static uint64_t iterations(const struct cvl_request *request, const struct cvl_dense_tiles *tiles,
                           const struct cvl_product *product)
{
    const uint64_t vec = (uint64_t)tiles->vec;
    const uint64_t rows = (uint64_t)product->inputs * product->taps;
    const uint64_t chunks = cvl_build_blocks(rows, (uint64_t)tiles->chunk);
    if (request->layout == CVL_NCHW) {
        const uint64_t outputs = (uint64_t)tiles->outputs;
        const uint64_t copied =
            chunks * cvl_build_blocks((uint64_t)tiles->chunk, (uint64_t)tiles->channel_items);
        return chunks + copied * (1 + vec) + rows * (1 + outputs) + outputs * (2 + vec);
    }
    const uint64_t pixels = (uint64_t)tiles->pixels, vectors = (uint64_t)tiles->vectors;
    const uint64_t copied =
        chunks * (2 + cvl_build_blocks((uint64_t)tiles->chunk, (uint64_t)tiles->channel_items));
    return chunks * (1 + pixels) + pixels * (copied + 2 * (product->taps + chunks)) +
           rows * (1 + vectors + pixels * (1 + vectors)) + pixels * (3 + vectors * (2 + vec));
}

static uint64_t local_bytes(const struct cvl_request *request, const struct cvl_dense_tiles *tiles)
{
    const int32_t run = request->layout == CVL_NHWC ? tiles->pixels : tiles->vec;
    return 4 * (uint64_t)tiles->pixel_items * (uint64_t)run * (uint64_t)tiles->chunk;
}

static void add_stage(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                      const struct cvl_product *product, uint32_t input, uint32_t weights,
                      uint32_t output)
{
    const struct cvl_request *request = builder->request;
    cvl_build_kernel(builder, "implicit_gemm", "implicit_gemm.cl", "implicit_gemm", NULL);
    add_options(builder, tiles);
    cvl_dense_arguments(builder, tiles, input, weights, output);
    set_range(builder, tiles, product);
    cvl_build_cost(builder, cvl_problem_sizes(&request->problem).macs);
    cvl_build_limits(builder, iterations(request, tiles, product), local_bytes(request, tiles));
}

static enum cvl_status implicit_gemm_plan(const struct cvl_request *request,
                                          const struct cvl_device_facts *device,
                                          struct cvl_plan *plan, struct cvl_error *err)
{
    const struct cvl_merged merged = cvl_merge_groups(request, device);
    struct cvl_builder builder = cvl_build_begin(&merged.request, device, plan, err);
    const struct cvl_problem *p = &merged.request.problem;
    const struct cvl_product product = {.outputs = p->oc / p->g,
                                        .inputs = p->ic / p->g,
                                        .pixels = (uint64_t)p->oh * (uint64_t)p->ow,
                                        .taps = (uint64_t)p->kh * (uint64_t)p->kw,
                                        .batch = (uint64_t)p->mb * (uint64_t)p->g,
                                        .whole = true,
                                        .spans_taps = true,
                                        .subgroups = true,
                                        .window = p};
    const struct cvl_dense_tiles tiles = tiles_of(&merged.request, device, &product);
    const uint32_t input = cvl_build_input(&builder);
    const uint32_t weights = cvl_pack_merged(&builder, p, merged.groups, tiles.block, tiles.padded);
    const uint32_t output = cvl_build_output(&builder);
    if (tiles.shared)
        cvl_group_product_stage(&builder, "implicit_gemm",
                                &(struct cvl_group_product){.problem = *p,
                                                            .input = input,
                                                            .weights = weights,
                                                            .output = output,
                                                            .pixels_out = product.pixels,
                                                            .spans_taps = true,
                                                            .tiles = tiles});
    else
        add_stage(&builder, &tiles, &product, input, weights, output);
    cvl_merged_tuning(&builder, &merged);
    return cvl_build_end(&builder);
}

static const struct cvl_parameter_set chunk_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"chunk", "rows of the patch matrix at a time", CVL_ON_CPU, {8, 16, 32, 64, 128}}, {0}}};

const struct cvl_variant cvl_variant_implicit_gemm = {
    .name = "implicit_gemm",
    .summary = "a product with the patch matrix, built one chunk at a time in local memory",
    .forms = CVL_FORM_BIT(CVL_STANDARD) | CVL_FORM_BIT(CVL_POINTWISE),
    .plan = implicit_gemm_plan,
    .parameters = {[CVL_NHWC] = {&cvl_dense_parameters[CVL_NHWC], &cvl_shared_parameters[CVL_NHWC],
                                 &cvl_half_parameters, &cvl_merged_parameters},
                   [CVL_NCHW] = {&cvl_dense_parameters[CVL_NCHW], &chunk_parameters,
                                 &cvl_shared_parameters[CVL_NCHW], &cvl_half_parameters,
                                 &cvl_merged_parameters}},
};
