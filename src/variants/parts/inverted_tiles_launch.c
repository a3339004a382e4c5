/* What a launch of inv_fused needs on devices without large groups: options, loop iterations, and
 * the parameters that a search may set. */
#include "variants/parts/inverted_tiles.h"

/* Loop iterations of a register tile's product over `inputs` channels, start and end included. */
static uint64_t product(const struct cvl_inverted_tiles *tiles, const struct cvl_request *request,
                        uint64_t inputs)
{
    const bool nhwc = request->layout == CVL_NHWC;
    const uint64_t vectors = (uint64_t)tiles->vectors;
    const uint64_t along = (uint64_t)(nhwc ? tiles->pixels : tiles->outputs);
    return 1 + 4 * along * (1 + vectors) +
           inputs * (1 + vectors * (2 + (uint64_t)tiles->vec / 4) + along * (1 + vectors));
}

/* Counts loops of constant length too, since the compiler may not unroll them. */
uint64_t cvl_inverted_iterations(const struct cvl_inverted_tiles *tiles,
                                 const struct cvl_request *request)
{
    const struct cvl_problem *p = &request->problem;
    const bool nhwc = request->layout == CVL_NHWC;
    const uint64_t items = (uint64_t)tiles->items, middle = (uint64_t)tiles->middle;
    const uint64_t block = (uint64_t)tiles->block, vec = (uint64_t)tiles->vec;
    const uint64_t step = nhwc ? (uint64_t)tiles->pixels : vec * (uint64_t)tiles->vectors;
    const uint64_t in_tiles = (uint64_t)tiles->in_pixels / step;
    const uint64_t out_tiles = (uint64_t)tiles->out_pixels / step;
    const uint64_t expand = cvl_build_blocks(in_tiles * (middle / block), items) *
                            product(tiles, request, (uint64_t)p->ic);
    const uint64_t project = cvl_build_blocks(out_tiles * ((uint64_t)tiles->sums / block), items) *
                             product(tiles, request, middle);
    const uint64_t run = nhwc ? (uint64_t)tiles->dw_pixels : vec;
    const uint64_t rows = (uint64_t)tiles->rows * cvl_build_blocks((uint64_t)p->ow, run);
    const uint64_t kw = (uint64_t)p->kw, kh = (uint64_t)p->kh;
    const uint64_t columns = (run - 1) * (uint64_t)p->sw + (kw - 1) * ((uint64_t)p->dw + 1) + 1;
    const uint64_t window =
        nhwc ? kh * (1 + kw + columns * (1 + kw)) + 3 * run : kh * (1 + kw * (1 + vec)) + vec;
    const uint64_t convolve =
        cvl_build_blocks(rows * (nhwc ? cvl_build_blocks(middle, vec) : middle), items) *
        (1 + window);
    const uint64_t last =
        cvl_build_blocks((uint64_t)tiles->out_pixels * (uint64_t)tiles->sums / vec + 1, items);
    return cvl_build_blocks((uint64_t)p->mc, middle) * (1 + expand + convolve + project) + last;
}

void cvl_inverted_options(struct cvl_builder *builder, const struct cvl_inverted_tiles *tiles)
{
    cvl_build_tuned_option(builder, "VEC", "vec", tiles->vec);
    cvl_build_tuned_option(builder, "VECTORS", "vectors", tiles->vectors);
    if (builder->request->layout == CVL_NHWC) {
        cvl_build_tuned_option(builder, "PIXELS", "pixels", tiles->pixels);
        cvl_build_tuned_option(builder, "DW_PIXELS", "dw_pixels", tiles->dw_pixels);
    } else {
        cvl_build_tuned_option(builder, "OUTPUTS", "outputs", tiles->outputs);
    }
    cvl_build_tuned_option(builder, "TILE_ROWS", "tile_rows", tiles->rows);
    cvl_build_tuned_option(builder, "MIDDLE", "middle", tiles->middle);
    cvl_build_tuned_option(builder, "GROUP", "items", tiles->items);
    cvl_build_option(builder, "IN_PIXELS", tiles->in_pixels);
    cvl_build_option(builder, "OUT_PIXELS", tiles->out_pixels);
    cvl_build_option(builder, "SUMS", tiles->sums);
    cvl_build_option(builder, "CHANNELS", builder->request->problem.ic);
    if (builder->request->problem.res)
        cvl_build_option(builder, "RESIDUAL", 1);
}

#define ROWS                                                                                       \
    {                                                                                              \
        "tile_rows", "output rows per group", CVL_EVERYWHERE,                                      \
        {                                                                                          \
            1, 2, 3, 4, 5, 7, 8, 10, 14, 28, 56                                                    \
        }                                                                                          \
    }
#define MIDDLE                                                                                     \
    {                                                                                              \
        "middle", "middle channels at a time", CVL_EVERYWHERE,                                     \
        {                                                                                          \
            16, 32, 48, 64, 96, 128                                                                \
        }                                                                                          \
    }
#define ITEMS                                                                                      \
    {                                                                                              \
        "items", "work-items per group", CVL_ON_OTHERS,                                            \
        {                                                                                          \
            8, 16, 32, 64, 128, 256                                                                \
        }                                                                                          \
    }

const struct cvl_parameter_set cvl_inverted_parameters[CVL_LAYOUT_COUNT] = {
    [CVL_NHWC] = {.parameters =
                      (const struct cvl_parameter[]){
                          {"vec", "channels in a vector", CVL_EVERYWHERE, {4, 8, 16}},
                          {"vectors", "vectors per register tile", CVL_EVERYWHERE, {1, 2, 3, 4}},
                          {"pixels",
                           "pixels per register tile",
                           CVL_EVERYWHERE,
                           {1, 2, 4, 6, 7, 8, 10, 12, 14, 16}},
                          {"dw_pixels",
                           "depthwise: pixels of a row in registers",
                           CVL_EVERYWHERE,
                           {1, 2, 4, 5, 6, 7, 8, 14, 16}},
                          ROWS,
                          MIDDLE,
                          ITEMS,
                          {0}},
                  .limits =
                      (const struct cvl_parameter_limit[]){
                          {{"pixels", "vectors", "vec"}, 512}, {{0}, 0}}},
    [CVL_NCHW] = {.parameters =
                      (const struct cvl_parameter[]){
                          {"vec", "pixels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
                          {"vectors", "vectors per register tile", CVL_EVERYWHERE, {1, 2, 3, 4}},
                          {"outputs",
                           "channels per register tile",
                           CVL_EVERYWHERE,
                           {1, 2, 4, 6, 8, 12, 16, 24}},
                          ROWS,
                          MIDDLE,
                          ITEMS,
                          {0}},
                  .limits = (const struct cvl_parameter_limit[]){
                      {{"outputs", "vectors", "vec"}, 384}, {{0}, 0}}}};
