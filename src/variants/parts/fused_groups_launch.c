/* Launches sep_fused on a device with large groups. */
#include <inttypes.h>

#include "variants/parts/fused_groups.h"

static uint64_t blocks(int32_t count, int32_t size)
{
    return cvl_build_blocks((uint64_t)count, (uint64_t)size);
}

static void plane_options(struct cvl_builder *builder, const struct cvl_fused_groups *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    cvl_build_option(builder, "VEC", CVL_FUSED_OUTPUTS);
    cvl_build_option(builder, "VECTORS", tiles->vectors / CVL_FUSED_OUTPUTS);
    cvl_build_tuning(builder, "outputs", tiles->vectors);
    cvl_build_option(builder, "STEP", p->ic % 4 == 0 && tiles->chunk % 4 == 0 ? 4 : 1);
    cvl_build_option(builder, "STAGED", tiles->staged);
    if (!tiles->staged)
        return;
    cvl_build_option(builder, "WHOLE_ROWS", cvl_fused_groups_has_whole_rows(tiles, p));
    cvl_build_option(builder, "LINE", tiles->line);
    cvl_build_option(builder, "PLANE", tiles->plane);
}

static void add_options(struct cvl_builder *builder, const struct cvl_fused_groups *tiles)
{
    if (tiles->planes)
        cvl_build_option(builder, "NCHW", 1);
    cvl_build_tuned_option(builder, "PIXELS", "pixels", tiles->pixels);
    cvl_build_tuned_option(builder, "TILE_ROWS", "tile_rows", tiles->rows);
    cvl_build_tuned_option(builder, "TILE_COLUMNS", "tile_columns", tiles->columns);
    cvl_build_tuned_option(builder, "CHUNK", "chunk", tiles->chunk);
    cvl_build_tuned_option(builder, "GROUP", "items", cvl_fused_groups_items(tiles));
    cvl_build_option(builder, "GC", tiles->channel_items);
    cvl_build_option(builder, "GP", tiles->pixel_items);
    cvl_build_option(builder, "WHOLE_BLOCKS", tiles->padded % tiles->block == 0);
    cvl_build_option(builder, "KEEPS_ALL", tiles->keeps_all);
    cvl_build_tuning(builder, "parts", tiles->parts);
    if (tiles->planes) {
        plane_options(builder, tiles);
        return;
    }
    cvl_build_tuned_option(builder, "VEC", "vec", tiles->vec);
    cvl_build_tuned_option(builder, "VECTORS", "vectors", tiles->vectors);
    cvl_block_options(builder, &tiles->depthwise);
    cvl_block_loads(builder, &tiles->depthwise, &builder->request->problem);
}

/* Loop iterations of one work-item, loops of constant length included. */
static uint64_t iterations(const struct cvl_fused_groups *tiles, const struct cvl_problem *p)
{
    const struct cvl_block_tiles *dw = &tiles->depthwise;
    const uint64_t vec = (uint64_t)tiles->vec, pixels = (uint64_t)tiles->pixels;
    const uint64_t vectors = (uint64_t)tiles->vectors;
    const uint64_t turns = cvl_build_blocks(cvl_fused_groups_turns(tiles), (uint64_t)tiles->parts);
    const uint64_t filled =
        blocks(tiles->chunk / tiles->vec * (tiles->rows / dw->rows) * (tiles->columns / dw->pixels),
               cvl_fused_groups_items(tiles));
    const uint64_t copied = tiles->staged
                                ? blocks(tiles->chunk, tiles->staged) *
                                      (2 + blocks(tiles->staged * tiles->lines * tiles->line,
                                                  cvl_fused_groups_items(tiles)))
                                : 0;
    const uint64_t fill = filled * (1 + cvl_block_iterations(dw, p)) + copied;
    const uint64_t product =
        (uint64_t)tiles->chunk / vec * (1 + pixels + vec * (1 + vectors + pixels * (1 + vectors)));
    return turns * (1 + 3 * pixels * (1 + vectors) + vectors +
                    blocks(p->ic, tiles->chunk) * (1 + fill + product));
}

void cvl_fused_groups_launch(struct cvl_builder *builder, const struct cvl_fused_groups *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t gc = (uint64_t)tiles->channel_items, gp = (uint64_t)tiles->pixel_items;
    add_options(builder, tiles);
    cvl_build_int(builder, tiles->parts);
    const uint64_t x = tiles->planes ? gp : gc, y = tiles->planes ? gc : gp;
    cvl_build_range(builder, (struct cvl_span){x * blocks(p->ow, tiles->columns), x},
                    (struct cvl_span){y * blocks(p->oh, tiles->rows), y},
                    (struct cvl_span){(uint64_t)p->mb * (uint64_t)tiles->parts, 1});
    cvl_build_limits(builder, iterations(tiles, p), cvl_fused_groups_local_bytes(tiles));
    cvl_build_note(builder,
                   "%" PRId32 "x%" PRId32 " pixels a group; input read %.1f times, pointwise "
                   "weights %" PRIu64,
                   tiles->rows, tiles->columns, cvl_fused_groups_reads(tiles, p),
                   cvl_fused_groups_blocks(tiles, p));
}

#define CHUNKS                                                                                     \
    {                                                                                              \
        "chunk", "input channels in local memory at a time", CVL_ON_OTHERS,                        \
        {                                                                                          \
            16, 32, 64, 128, 256                                                                   \
        }                                                                                          \
    }

const struct cvl_parameter_set cvl_fused_groups_parameters[CVL_LAYOUT_COUNT] = {
    [CVL_NHWC] = {.parameters = (const struct cvl_parameter[]){CHUNKS, {0}}},
    [CVL_NCHW] = {
        .parameters = (const struct cvl_parameter[]){
            CHUNKS,
            {"pixels", "pixels per work-item", CVL_ON_OTHERS, {1, 2, 4, 8}},
            {"tile_rows", "output rows per group", CVL_ON_OTHERS, {1, 2, 4, 7, 8}},
            {"tile_columns", "output columns per group", CVL_ON_OTHERS, {7, 14, 16, 28, 32, 56}},
            {"parts", "parts of the output channels", CVL_ON_OTHERS, {1, 2, 4, 8, 16}},
            {0}}}};
