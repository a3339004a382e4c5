/* Chooses the tiles of NHWC depthwise kernels. */
#include "variants/parts/blocks.h"

#include "variants/parts/groups.h"
#include "variants/parts/tiles.h"

/* The compiler unrolls every multiply-add of a covered row, or of all covered rows if a tile has
 * several rows; more than this many take too long to compile. */
enum { MAX_UNROLLED = 160 };

/* Adjacent vectors of channels that a work-item takes when it has a core to itself: adjacent data
 * comes from memory together. */
enum { VECTORS_IN_TURN = 4 };

static int32_t min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Input rows that the windows of a tile cover; a tile of one row leaves out the rows that dilation
 * skips. */
static int64_t covered_rows(const struct cvl_problem *problem, int32_t rows)
{
    const int64_t dilation = rows == 1 ? 1 : (int64_t)problem->dh + 1;
    return (int64_t)(rows - 1) * problem->sh + (problem->kh - 1) * dilation + 1;
}

static int64_t unrolled(const struct cvl_problem *problem, int32_t rows, int32_t pixels)
{
    return (int64_t)pixels * problem->kw * (rows == 1 ? 1 : (int64_t)rows * problem->kh);
}

/* Uses two rows if they share input rows and there are registers for both. With a stride, a tile
 * reads more columns than it computes pixels. */
static void shape_registers(struct cvl_block_tiles *tiles, const struct cvl_tile_class *kind,
                            const struct cvl_problem *problem, int32_t rows, int32_t columns)
{
    const int32_t max_pixels = tiles->few_channels ? 4
                               : problem->sw > 1   ? min(7, kind->row)
                                                   : kind->row;
    tiles->pixels = cvl_tile_run(max_pixels, (uint64_t)columns);
    while (tiles->pixels > 1 && unrolled(problem, 1, tiles->pixels) > MAX_UNROLLED)
        tiles->pixels /= 2;
    const bool shares = problem->kh > problem->sh && problem->dh == 0;
    tiles->rows = 1;
    if (kind->keeps_all && !tiles->few_channels && shares && rows > 1 &&
        unrolled(problem, 2, tiles->pixels) <= MAX_UNROLLED)
        tiles->rows = 2;
}

struct cvl_block_tiles cvl_block_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_problem *problem, int32_t rows,
                                       int32_t columns, int32_t vec)
{
    const struct cvl_tile_class kind = cvl_tile_class(device);
    struct cvl_block_tiles tiles = {.vec = vec, .column_items = 1, .row_items = 1};
    if (!vec)
        tiles.vec =
            cvl_parameter_value(request, "dw_vec", cvl_tile_width(kind.vec, (uint64_t)problem->ic));
    tiles.few_channels = problem->ic < tiles.vec;
    if (!vec && cvl_groups_are_large(device)) {
        cvl_block_group(&tiles, request, device, problem, rows, columns);
        return tiles;
    }
    shape_registers(&tiles, &kind, problem, rows, columns);
    tiles.pixels = min(cvl_parameter_value(request, "dw_pixels", tiles.pixels), columns);
    tiles.rows = min(cvl_parameter_value(request, "dw_rows", tiles.rows), rows);
    const uint64_t vectors = cvl_build_blocks((uint64_t)problem->ic, (uint64_t)tiles.vec);
    tiles.items = cvl_tile_width(
        cvl_tile_fitting_group(device, cvl_parameter_value(request, "dw_items", kind.items)),
        vectors);
    tiles.vectors = kind.items == 1 ? min(VECTORS_IN_TURN, (int32_t)vectors) : 1;
    tiles.height = tiles.rows;
    tiles.width = kind.items == 1 && !device->loop_limit ? columns : tiles.pixels;
    return tiles;
}

void cvl_block_options(struct cvl_builder *builder, const struct cvl_block_tiles *tiles)
{
    cvl_build_option(builder, "DW_PIXELS", tiles->pixels);
    cvl_build_tuning(builder, "dw_pixels", tiles->pixels);
    cvl_build_option(builder, "DW_ROWS", tiles->rows);
    cvl_build_tuning(builder, "dw_rows", tiles->rows);
    cvl_build_option(builder, "DW_VECTORS", tiles->vectors);
    cvl_build_option(builder, "FEW_CHANNELS", tiles->few_channels);
}

/* Counts loops of constant length too, since the compiler may not unroll them. */
uint64_t cvl_block_iterations(const struct cvl_block_tiles *tiles,
                              const struct cvl_problem *problem)
{
    const uint64_t rows = (uint64_t)tiles->rows, pixels = (uint64_t)tiles->pixels;
    const uint64_t kw = (uint64_t)problem->kw;
    const uint64_t columns =
        (pixels - 1) * (uint64_t)problem->sw + (kw - 1) * ((uint64_t)problem->dw + 1) + 1;
    const uint64_t row = 1 + rows * (1 + kw) + columns * (1 + rows * (1 + kw));
    return (uint64_t)covered_rows(problem, tiles->rows) * row + 2 * rows * (1 + pixels);
}

const struct cvl_parameter_set cvl_block_parameters = {
    .parameters =
        (const struct cvl_parameter[]){
            {"dw_vec", "channels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
            {"dw_pixels",
             "pixels of a row in registers",
             CVL_EVERYWHERE,
             {1, 2, 4, 5, 6, 7, 8, 14, 16}},
            {"dw_rows", "rows in registers", CVL_EVERYWHERE, {1, 2, 3, 4, 5, 6, 7, 8, 14}},
            {"dw_items", "work-items per group", CVL_ON_OTHERS, {8, 16, 32, 64, 128, 256}},
            {0}},
    .limits = (const struct cvl_parameter_limit[]){{{"dw_pixels", "dw_rows"}, 24}, {{0}, 0}}};
