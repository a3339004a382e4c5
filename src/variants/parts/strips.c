/* Chooses the tiles of NCHW depthwise kernels. */
#include "variants/parts/strips.h"

#include <math.h>

#include "variants/parts/groups.h"
#include "variants/parts/tiles.h"

/* A kernel unrolls the input rows that a tile covers; more than this are not worth their code. */
enum { MAX_COVERED = 32 };

/* With large groups: max rows of a tile, and max elements that one may load, all of which compilers
 * may keep in registers. */
enum { MAX_GROUPED_ROWS = 8, MAX_LOADED = 64 };

/* Max turns of a work-item that spreads weights, and work-items that a compute unit should have. */
enum { MAX_TURNS = 8, ITEMS_PER_UNIT = 8 };

/* With large groups: neighbours along a row, whose loads are one request; in rows shorter than
 * that, neighbours go on in the next row, so that a tile has one row. Work of an item beside its
 * loads, in loads; items that a compute unit needs to hide how long a load takes. */
enum { MIN_COLUMN_ITEMS = 32, START_COST = 16, ITEMS_TO_HIDE = 512 };

/* Input rows that the windows of `rows` output rows cover; a tile of one row leaves out the rows
 * that dilation skips. */
static int64_t covered_rows(const struct cvl_problem *problem, int32_t rows)
{
    const int64_t dilation = rows == 1 ? 1 : (int64_t)problem->dh + 1;
    return (int64_t)(rows - 1) * problem->sh + (problem->kh - 1) * dilation + 1;
}

/* Returns the vector length that covers a row at the lowest cost: lanes, plus an overhead per
 * vector. */
static int32_t row_vector(int32_t max_lanes, int32_t columns)
{
    enum { OVERHEAD = 4 };
    int32_t best = max_lanes;
    uint64_t best_cost = UINT64_MAX;
    for (int32_t vec = max_lanes; vec >= 1; vec /= 2) {
        const uint64_t cost =
            cvl_build_blocks((uint64_t)columns, (uint64_t)vec) * (uint64_t)(vec + OVERHEAD);
        if (cost >= best_cost)
            continue;
        best = vec;
        best_cost = cost;
    }
    return best;
}

static int32_t turns_of(const struct cvl_strip_tiles *tiles, const struct cvl_device_facts *device,
                        uint64_t strips, uint64_t vectors)
{
    const uint64_t enough = ITEMS_PER_UNIT * (uint64_t)device->compute_units;
    int32_t turns = 1;
    if (!tiles->period || tiles->column_items * tiles->row_items > 1)
        return 1;
    while (turns < MAX_TURNS && vectors * strips / (2 * (uint64_t)turns) >= enough)
        turns *= 2;
    return turns;
}

/* Work-items take one column of `rows` rows: equal columns of neighbours are adjacent. */
static void set_group(struct cvl_strip_tiles *tiles, const struct cvl_request *request,
                      const struct cvl_device_facts *device, const struct cvl_problem *p,
                      int32_t all_rows, int32_t rows, double *best)
{
    const uint64_t strips = cvl_build_blocks((uint64_t)all_rows, (uint64_t)rows);
    struct cvl_group_need need = {
        .items = {(uint64_t)p->ow * strips * (uint64_t)p->mb * (uint64_t)p->ic, 1, 1},
        .min_x = MIN_COLUMN_ITEMS,
    };
    cvl_groups_limit(&need, cvl_parameter_value(request, "dw_items", 0));
    const struct cvl_group_shape shape = cvl_groups_choose(device, &need);
    const uint64_t lanes = cvl_groups_lanes(device, &need, &shape);
    const uint64_t busy = ITEMS_TO_HIDE * (uint64_t)device->compute_units;
    const double own =
        (double)covered_rows(p, rows) * p->kw + (double)p->kh * p->kw + rows + (double)START_COST;
    const double cost = own * (double)(lanes > busy ? lanes : busy);
    if (cost >= *best)
        return;
    *best = cost;
    tiles->rows = tiles->height = rows;
    tiles->column_items = shape.items[0];
    tiles->row_items = 1;
    tiles->takes_column = true;
    tiles->takes_pairs = p->sw == 2 && p->iw % 2 == 0;
}

/* Input rows from the first to the last that a group reads, those of all planes one after another;
 * 0: they do not follow one another. */
static int64_t rows_of_group(const struct cvl_strip_tiles *tiles, const struct cvl_problem *p,
                             int32_t all_rows)
{
    const int64_t strips = (int64_t)cvl_build_blocks((uint64_t)all_rows, (uint64_t)tiles->rows);
    const int64_t step = (int64_t)tiles->rows * p->sh; /* from a tile to the one below */
    const int64_t over = p->ih - (strips - 1) * step;  /* from a plane's last to the next one's */
    const int64_t lines =
        cvl_phases_lines(tiles->column_items, p->ow, strips * p->mb * (int64_t)p->ic);
    const int64_t steps = lines - 1;
    const int64_t planes = over > step ? (steps + strips - 1) / strips : steps / strips;
    return over < 0 ? 0 : (steps - planes) * step + planes * over + cvl_phases_rows(p, tiles->rows);
}

/* A group copies rows where a load of neighbours would leave out elements. Without a stride it
 * copies halves, if local memory is not a part of global memory: a window's columns start in the
 * middle of sectors, of which 32 halves fill but two. There has to be room for as many items as
 * hide the time of a load. */
static void copy_rows(struct cvl_strip_tiles *tiles, const struct cvl_request *request,
                      const struct cvl_device_facts *device, const struct cvl_problem *p,
                      int32_t all_rows)
{
    const int64_t rows = rows_of_group(tiles, p, all_rows);
    const bool pays = p->sw > 1 || (request->dtype == CVL_F16 && device->local_is_dedicated);
    if (!pays || p->kw == 1 || !cvl_phases_fill(p) || rows <= 0)
        return;
    const struct cvl_phases phases =
        cvl_phases_of_planes(request, p, rows, (int64_t)tiles->column_items * tiles->rows, 1);
    if (cvl_phases_bytes(&phases, request->dtype) * ITEMS_TO_HIDE <=
        device->local_bytes * (uint64_t)tiles->column_items)
        tiles->phases = phases;
}

static void group(struct cvl_strip_tiles *tiles, const struct cvl_request *request,
                  const struct cvl_device_facts *device, const struct cvl_problem *p,
                  int32_t all_rows)
{
    const int32_t asked = cvl_parameter_value(request, "dw_rows", 0);
    const int32_t max_rows = p->ow < MIN_COLUMN_ITEMS ? 1 : MAX_GROUPED_ROWS;
    double best = INFINITY;
    if (asked)
        set_group(tiles, request, device, p, all_rows, asked, &best);
    for (int32_t rows = 1; !asked && rows <= max_rows && rows <= all_rows; rows *= 2)
        if (rows == 1 || covered_rows(p, rows) * p->kw <= MAX_LOADED)
            set_group(tiles, request, device, p, all_rows, rows, &best);
    copy_rows(tiles, request, device, p, all_rows);
}

struct cvl_strip_tiles cvl_strip_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_problem *problem, int32_t rows,
                                       int32_t period)
{
    const struct cvl_tile_class kind = cvl_tile_class(device);
    struct cvl_strip_tiles tiles = {.period = period};
    int32_t run = cvl_tile_run(kind.row, (uint64_t)rows);
    while (run > 1 && covered_rows(problem, run) > MAX_COVERED)
        run--;
    tiles.vec = cvl_parameter_value(request, "dw_vec", row_vector(kind.vec, problem->ow));
    if (cvl_groups_are_large(device)) {
        tiles.vec = cvl_parameter_value(request, "dw_vec", cvl_tile_pixels(device));
        if (!period && tiles.vec == 1 && (int64_t)problem->kh * problem->kw <= MAX_LOADED) {
            group(&tiles, request, device, problem, rows);
            return tiles;
        }
    }
    tiles.rows = cvl_parameter_value(request, "dw_rows", run);
    const uint64_t vectors = cvl_build_blocks((uint64_t)problem->ow, (uint64_t)tiles.vec);
    const int32_t items =
        cvl_tile_fitting_group(device, cvl_parameter_value(request, "dw_items", kind.items));
    tiles.column_items = cvl_tile_width(items, vectors);
    const uint64_t strips = cvl_build_blocks((uint64_t)rows, (uint64_t)tiles.rows);
    tiles.row_items = cvl_tile_width(items / tiles.column_items, strips);
    tiles.height = tiles.rows * turns_of(&tiles, device, strips, vectors);
    return tiles;
}

void cvl_strip_options(struct cvl_builder *builder, const struct cvl_strip_tiles *tiles,
                       const struct cvl_problem *problem)
{
    cvl_build_option(builder, "VEC", tiles->vec);
    cvl_build_tuning(builder, "dw_vec", tiles->vec);
    cvl_build_option(builder, "ROWS", tiles->rows);
    cvl_build_tuning(builder, "dw_rows", tiles->rows);
    cvl_build_tuning(builder, "dw_items", tiles->column_items * tiles->row_items);
    if (!tiles->takes_column)
        return;
    cvl_build_option(builder, "GROUP", tiles->column_items);
    cvl_phases_options(builder, &tiles->phases, problem);
    if (tiles->phases.elements)
        return;
    cvl_build_option(builder, "PAIRS", tiles->takes_pairs);
    if (tiles->takes_pairs)
        cvl_build_option(builder, "PAIR_SHIFT", problem->pw % 2);
}

void cvl_strip_range(struct cvl_builder *builder, const struct cvl_strip_tiles *tiles,
                     const struct cvl_problem *problem, int32_t rows)
{
    const uint64_t planes = (uint64_t)problem->mb * (uint64_t)problem->ic;
    if (tiles->takes_column) {
        const uint64_t strips = cvl_build_blocks((uint64_t)rows, (uint64_t)tiles->rows);
        cvl_build_range(builder,
                        (struct cvl_span){(uint64_t)problem->ow * strips * planes,
                                          (uint64_t)tiles->column_items},
                        (struct cvl_span){1, 1}, (struct cvl_span){1, 1});
        return;
    }
    cvl_build_range(builder,
                    (struct cvl_span){cvl_build_blocks((uint64_t)problem->ow, (uint64_t)tiles->vec),
                                      (uint64_t)tiles->column_items},
                    (struct cvl_span){cvl_build_blocks((uint64_t)rows, (uint64_t)tiles->height),
                                      (uint64_t)tiles->row_items},
                    (struct cvl_span){planes, 1});
}

/* Counts loops of constant length too, since the compiler may not unroll them. */
uint64_t cvl_strip_iterations(const struct cvl_strip_tiles *tiles,
                              const struct cvl_problem *problem)
{
    const uint64_t kh = (uint64_t)problem->kh, kw = (uint64_t)problem->kw;
    const uint64_t covered = (uint64_t)covered_rows(problem, tiles->rows);
    const uint64_t turn =
        1 + kw * (1 + kh + covered * (1 + kh + (uint64_t)tiles->vec)) + 2 * (uint64_t)tiles->rows;
    const uint64_t spread = tiles->period ? kh * kw * (1 + (uint64_t)tiles->vec) : 0;
    return spread + (uint64_t)(tiles->height / tiles->rows) * turn +
           cvl_phases_iterations(&tiles->phases, tiles->column_items);
}

uint64_t cvl_strip_local_bytes(const struct cvl_strip_tiles *tiles, enum cvl_dtype dtype)
{
    return cvl_phases_bytes(&tiles->phases, dtype);
}

const struct cvl_parameter_set cvl_strip_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"dw_vec", "pixels in a vector", CVL_EVERYWHERE, {1, 2, 4, 8, 16}},
        {"dw_rows", "rows per work-item", CVL_EVERYWHERE, {1, 2, 4, 5, 6, 7, 8, 14}},
        {"dw_items", "work-items per group", CVL_ON_OTHERS, {8, 16, 32, 64, 128, 256}},
        {0}}};
