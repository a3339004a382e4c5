/* Launches inv_fused on a device with large groups. */
#include <inttypes.h>

#include "variants/parts/inverted_groups.h"

static uint64_t blocks(int32_t count, int32_t size)
{
    return cvl_build_blocks((uint64_t)count, (uint64_t)size);
}

static void add_options(struct cvl_builder *builder, const struct cvl_inverted_groups *tiles)
{
    if (tiles->planes)
        cvl_build_option(builder, "NCHW", 1);
    cvl_build_tuned_option(builder, "VEC", "vec", tiles->vec);
    cvl_build_tuned_option(builder, "PIXELS", "pixels", tiles->pixels);
    cvl_build_tuned_option(builder, "VECTORS", "vectors", tiles->vectors);
    cvl_build_tuned_option(builder, "TILE_ROWS", "tile_rows", tiles->rows);
    cvl_build_tuned_option(builder, "TILE_COLUMNS", "tile_columns", tiles->columns);
    cvl_build_tuned_option(builder, "MIDDLE", "middle", tiles->middle);
    cvl_build_tuned_option(builder, "GROUP", "items", cvl_inverted_groups_items(tiles));
    cvl_build_option(builder, "GC", tiles->channel_items);
    cvl_build_option(builder, "GP", tiles->pixel_items);
    cvl_build_option(builder, "WHOLE_BLOCKS", tiles->projection % tiles->block == 0);
    cvl_build_option(builder, "EX_PIXELS", tiles->ex_pixels);
    cvl_build_tuned_option(builder, "DW_PIXELS", "dw_pixels", tiles->dw_pixels);
    cvl_build_option(builder, "CHANNELS", builder->request->problem.ic);
    if (builder->request->problem.res)
        cvl_build_option(builder, "RESIDUAL", 1);
}

/* Loop iterations of one work-item, loops of constant length included. */
static uint64_t iterations(const struct cvl_inverted_groups *tiles, const struct cvl_problem *p)
{
    const uint64_t vec = (uint64_t)tiles->vec, pixels = (uint64_t)tiles->pixels;
    const uint64_t vectors = (uint64_t)tiles->vectors, kh = (uint64_t)p->kh, kw = (uint64_t)p->kw;
    const uint64_t ex = (uint64_t)tiles->ex_pixels, dw = (uint64_t)tiles->dw_pixels;
    const uint64_t columns = (dw - 1) * (uint64_t)p->sw + (kw - 1) * ((uint64_t)p->dw + 1) + 1;
    const uint64_t read = (uint64_t)cvl_inverted_groups_channels(tiles, p);
    const uint64_t chunks = (uint64_t)p->ic / read;
    const uint64_t expand = cvl_inverted_groups_expand_turns(tiles, p) *
                            (1 + 2 * ex + chunks * (1 + ex * (2 + read) + read * (1 + ex)));
    const uint64_t convolve = cvl_inverted_groups_convolve_turns(tiles) *
                              (1 + 2 * dw + kh * (1 + kw + columns * (1 + kw)));
    const uint64_t project =
        (uint64_t)(tiles->middle / tiles->vec) * (1 + pixels + vec * (1 + vectors * (1 + pixels)));
    return blocks(p->mc, tiles->middle) * (1 + expand + convolve + project) +
           2 * pixels * (1 + vectors * (2 + vec)) + pixels + vectors;
}

void cvl_inverted_groups_launch(struct cvl_builder *builder,
                                const struct cvl_inverted_groups *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t gc = (uint64_t)tiles->channel_items, gp = (uint64_t)tiles->pixel_items;
    const uint64_t parts = (uint64_t)tiles->parts, all = cvl_inverted_groups_blocks(tiles, p);
    const uint64_t area = (uint64_t)tiles->rows * (uint64_t)tiles->columns;
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw;
    add_options(builder, tiles);
    cvl_build_int(builder, tiles->parts);
    const uint64_t x = tiles->planes ? gp : gc, y = tiles->planes ? gc : gp;
    cvl_build_range(builder, (struct cvl_span){x * blocks(p->ow, tiles->columns), x},
                    (struct cvl_span){y * blocks(p->oh, tiles->rows), y},
                    (struct cvl_span){(uint64_t)p->mb * parts, 1});
    cvl_build_limits(builder, iterations(tiles, p), cvl_inverted_groups_local_bytes(tiles, p));
    cvl_build_cost(builder, all * (uint64_t)p->mc *
                                (parts * (cvl_inverted_groups_reach(tiles, p) * (uint64_t)p->ic +
                                          area * taps) +
                                 area * (uint64_t)p->oc));
    cvl_build_note(builder,
                   "%" PRId32 "x%" PRId32 " pixels a group; expands %.1f times, weights read "
                   "%" PRIu64 " times",
                   tiles->rows, tiles->columns,
                   (double)(cvl_inverted_groups_reach(tiles, p) * all * parts) /
                       ((double)p->mb * (double)p->ih * (double)p->iw),
                   all);
}

#define COLUMNS                                                                                    \
    {                                                                                              \
        "tile_columns", "output columns per group", CVL_ON_OTHERS,                                 \
        {                                                                                          \
            1, 2, 4, 7, 8, 14, 16, 28                                                              \
        }                                                                                          \
    }

const struct cvl_parameter_set cvl_inverted_groups_parameters[CVL_LAYOUT_COUNT] = {
    [CVL_NHWC] = {.parameters = (const struct cvl_parameter[]){COLUMNS, {0}}},
    [CVL_NCHW] = {.parameters = (const struct cvl_parameter[]){
                      COLUMNS, {"pixels", "pixels per work-item", CVL_ON_OTHERS, {1, 2, 4}}, {0}}}};
