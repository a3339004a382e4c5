/* Chooses the tiles of NHWC depthwise kernels on a device with large groups. */
#include "variants/parts/blocks.h"

#include <math.h>

#include "variants/parts/groups.h"
#include "variants/parts/tiles.h"

/* Compilers move the loads of all unrolled rows to the front and keep them in registers, four for
 * each vector. With more vectors than this the rows of the window are not unrolled, which takes a
 * tile of one row. */
enum { MAX_LOADED = 25 };

/* Max multiply-adds, of vectors, in unrolled code. */
enum { MAX_MULTIPLIED = 160 };

/* Work of an item beside its loads and stores, in loads; items that a compute unit needs to hide
 * how long a load takes. */
enum { START_COST = 16, ITEMS_PER_UNIT = 256 };

/* Adjacent vectors of channels in a group: 128 bytes of floats. */
enum { MIN_CHANNEL_ITEMS = 8 };

/* Register tiles, rows x pixels. */
static const struct shape {
    int32_t rows, pixels;
} shapes[] = {{1, 1}, {1, 2}, {2, 2}, {1, 4}, {2, 4}};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static int32_t covered(int32_t outputs, int32_t stride, int32_t kernel, int32_t dilation)
{
    return (outputs - 1) * stride + (kernel - 1) * (dilation + 1) + 1;
}

/* Rows that a tile reads: one of a single row leaves out those that dilation skips. */
static int32_t rows_read(const struct cvl_problem *p, int32_t rows)
{
    return rows == 1 ? p->kh : covered(rows, p->sh, p->kh, p->dh);
}

uint64_t cvl_block_loaded(const struct cvl_problem *problem, int32_t rows, int32_t pixels)
{
    return (uint64_t)rows_read(problem, rows) *
           (uint64_t)covered(pixels, problem->sw, problem->kw, problem->dw);
}

/* Two rows pay only if they share input. */
bool cvl_block_fits(const struct cvl_problem *problem, int32_t rows, int32_t pixels)
{
    const int64_t multiplied = (int64_t)rows * pixels * problem->kw * problem->kh;
    if (rows == 1 && pixels == 1)
        return true;
    if (multiplied > MAX_MULTIPLIED ||
        covered(pixels, problem->sw, problem->kw, problem->dw) > MAX_LOADED)
        return false;
    return rows == 1 || (problem->kh > problem->sh && problem->dh == 0 &&
                         cvl_block_loaded(problem, rows, pixels) <= MAX_LOADED);
}

static struct cvl_group_need need_of(const struct cvl_request *request, const struct cvl_problem *p,
                                     const struct cvl_block_tiles *tiles, int32_t rows,
                                     int32_t columns)
{
    struct cvl_group_need need = {
        .items = {cvl_build_blocks((uint64_t)p->ic, (uint64_t)tiles->vec),
                  cvl_build_blocks((uint64_t)columns, (uint64_t)tiles->pixels),
                  cvl_build_blocks((uint64_t)rows, (uint64_t)tiles->rows) * (uint64_t)p->mb},
        .min_x = MIN_CHANNEL_ITEMS,
    };
    cvl_groups_limit(&need, cvl_parameter_value(request, "dw_items", 0));
    return need;
}

/* Loads and stores of all items, those that are missing to keep the device busy included. */
static double cost_of(const struct cvl_device_facts *device, const struct cvl_problem *p,
                      const struct cvl_block_tiles *tiles, uint64_t lanes)
{
    const uint64_t busy = ITEMS_PER_UNIT * (uint64_t)device->compute_units;
    const double loads =
        (double)rows_read(p, tiles->rows) * covered(tiles->pixels, p->sw, p->kw, p->dw);
    const double own =
        loads + (double)p->kh * p->kw + (double)tiles->rows * tiles->pixels + START_COST;
    return own * (double)(lanes > busy ? lanes : busy);
}

static void group(struct cvl_block_tiles *tiles, const struct cvl_group_shape *shape)
{
    tiles->items = shape->items[0];
    tiles->column_items = shape->items[1];
    tiles->row_items = shape->items[2];
}

void cvl_block_group(struct cvl_block_tiles *tiles, const struct cvl_request *request,
                     const struct cvl_device_facts *device, const struct cvl_problem *problem,
                     int32_t rows, int32_t columns)
{
    const int32_t asked_pixels = cvl_parameter_value(request, "dw_pixels", 0);
    const int32_t asked_rows = cvl_parameter_value(request, "dw_rows", 0);
    double best = INFINITY;
    struct cvl_block_tiles tried = *tiles;
    for (size_t i = 0; i < SHAPES; i++) {
        if (shapes[i].rows > rows || shapes[i].pixels > columns ||
            !cvl_block_fits(problem, shapes[i].rows, shapes[i].pixels))
            continue;
        tried.rows = asked_rows ? asked_rows : shapes[i].rows;
        tried.pixels = asked_pixels ? asked_pixels : shapes[i].pixels;
        tried.rows = tried.rows < rows ? tried.rows : rows;
        tried.pixels = tried.pixels < columns ? tried.pixels : columns;
        const struct cvl_group_need need = need_of(request, problem, &tried, rows, columns);
        const struct cvl_group_shape shape = cvl_groups_choose(device, &need);
        const double cost =
            cost_of(device, problem, &tried, cvl_groups_lanes(device, &need, &shape));
        if (cost >= best)
            continue;
        best = cost;
        group(&tried, &shape);
        *tiles = tried;
    }
    tiles->height = tiles->rows;
    tiles->width = tiles->pixels;
    tiles->vectors = 1;
}

/* Vectors are aligned if every pixel starts with a whole one. */
void cvl_block_loads(struct cvl_builder *builder, const struct cvl_block_tiles *tiles,
                     const struct cvl_problem *problem)
{
    cvl_build_option(builder, "DW_LOADS_ALL", 1);
    cvl_build_option(builder, "DW_ALIGNED", tiles->vec > 1 && problem->ic % tiles->vec == 0);
    if (tiles->rows == 1 && cvl_block_loaded(problem, 1, tiles->pixels) <= MAX_LOADED)
        cvl_build_option(builder, "DW_UNROLL", problem->kh);
}
