/* Chooses the tiles of a depthwise product over a patch matrix. */
#include "variants/parts/tiles.h"

struct cvl_depthwise_tiles cvl_depthwise_tiles(const struct cvl_request *request,
                                               const struct cvl_device_facts *device,
                                               int32_t channels, int32_t ow, uint64_t pixels)
{
    const struct cvl_tile_class kind = cvl_tile_class(device);
    struct cvl_depthwise_tiles tiles;
    const bool nhwc = request->layout == CVL_NHWC;
    const uint64_t lanes = nhwc ? (uint64_t)channels : pixels;
    tiles.vec = cvl_parameter_value(request, "dw_vec", cvl_tile_width(kind.vec, lanes));
    tiles.pixels = cvl_parameter_value(request, "dw_pixels", cvl_tile_run(kind.row, (uint64_t)ow));
    tiles.planes =
        cvl_parameter_value(request, "dw_outputs", cvl_tile_width(kind.planes, (uint64_t)channels));
    tiles.items = cvl_parameter_value(
        request, "dw_items",
        cvl_tile_width(kind.items, cvl_build_blocks(lanes, (uint64_t)tiles.vec)));
    return tiles;
}

const struct cvl_parameter_set cvl_depthwise_parameters[CVL_LAYOUT_COUNT] =
    {[CVL_NHWC] =
         {.parameters =
              (const struct cvl_parameter[]){
                  {"dw_vec", "channels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
                  {"dw_pixels", "pixels per work-item", CVL_EVERYWHERE, {1, 2, 4, 7, 8, 14, 16}},
                  {"dw_items", "work-items per group", CVL_ON_OTHERS, {8, 16, 32, 64, 128, 256}},
                  {0}}},
     [CVL_NCHW] = {
         .parameters =
             (const struct cvl_parameter[]){
                 {"dw_vec", "pixels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
                 {"dw_outputs", "channels per work-item", CVL_EVERYWHERE, {1, 2, 4, 8}},
                 {"dw_items", "work-items per group", CVL_ON_OTHERS, {8, 16, 32, 64, 128, 256}},
                 {0}}}};

void cvl_depthwise_options(struct cvl_builder *builder, const struct cvl_depthwise_tiles *tiles)
{
    cvl_build_tuned_option(builder, "VEC", "dw_vec", tiles->vec);
    if (builder->request->layout == CVL_NCHW)
        cvl_build_tuned_option(builder, "OUTPUTS", "dw_outputs", tiles->planes);
    else
        cvl_build_tuned_option(builder, "PIXELS", "dw_pixels", tiles->pixels);
    cvl_build_tuning(builder, "dw_items", tiles->items);
}

uint64_t cvl_depthwise_iterations(const struct cvl_request *request,
                                  const struct cvl_depthwise_tiles *tiles, uint64_t taps)
{
    const uint64_t vec = (uint64_t)tiles->vec;
    const uint64_t run = (uint64_t)(request->layout == CVL_NCHW ? tiles->planes : tiles->pixels);
    return taps * (2 + vec + run * (1 + vec)) + run * (2 + vec);
}
