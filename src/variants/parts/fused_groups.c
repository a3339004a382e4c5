/* Chooses the tiles of sep_fused on a device with large groups, by estimated cost. */
#include "variants/parts/fused_groups.h"

#include <math.h>

#include "variants/parts/groups.h"
#include "variants/parts/tiles.h"

/* Input channels in local memory at a time, if not all fit. */
enum { MAX_CHUNK = 128 };

/* Sums of a work-item, unless a case asks for more: compilers also keep what they multiply next in
 * registers. */
enum { MAX_SUMS = 32 };

/* Costs in multiply-adds of a float: a load of a vector, one from local memory, and a barrier. */
enum { LOAD_COST = 6, LOCAL_COST = 3, BARRIER_COST = 200 };

/* What is tried. NCHW: columns are adjacent in memory, so that loads of a group are whole requests.
 */
static const int32_t all_pixels[] = {1, 2, 4, 8},
                     all_vectors[CVL_LAYOUT_COUNT][2] = {{1, 2}, {4, 8}},
                     all_channel_items[] = {4, 8, 16, 32}, all_rows[] = {1, 2, 4, 7, 8},
                     all_columns[CVL_LAYOUT_COUNT][8] = {{1, 2, 4, 7, 8, 14, 16},
                                                         {14, 16, 28, 32, 56}};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static int32_t min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static uint64_t blocks(int32_t count, int32_t size)
{
    return cvl_build_blocks((uint64_t)count, (uint64_t)size);
}

uint64_t cvl_fused_groups_local_bytes(const struct cvl_fused_groups *tiles)
{
    return 4 * ((uint64_t)tiles->rows * (uint64_t)tiles->columns *
                    (uint64_t)(tiles->chunk + (tiles->planes ? 0 : tiles->vec)) +
                (uint64_t)tiles->staged * (uint64_t)tiles->plane);
}

int32_t cvl_fused_groups_items(const struct cvl_fused_groups *tiles)
{
    return tiles->channel_items * tiles->pixel_items;
}

uint64_t cvl_fused_groups_turns(const struct cvl_fused_groups *tiles)
{
    return blocks(tiles->padded, tiles->channel_items * tiles->vectors * tiles->vec);
}

uint64_t cvl_fused_groups_blocks(const struct cvl_fused_groups *tiles, const struct cvl_problem *p)
{
    return blocks(p->oh, tiles->rows) * blocks(p->ow, tiles->columns) * (uint64_t)p->mb;
}

/* The depthwise register tile: as large as divides the block and leaves no item idle. */
static void set_depthwise(struct cvl_fused_groups *tiles, const struct cvl_problem *p)
{
    struct cvl_block_tiles *block = &tiles->depthwise;
    const int32_t vectors = tiles->chunk / tiles->vec;
    const bool shares = p->kh > p->sh && p->dh == 0;
    *block = (struct cvl_block_tiles){
        .vec = tiles->vec, .vectors = 1, .items = 1, .column_items = 1, .row_items = 1};
    block->rows = block->pixels = 1;
    block->height = tiles->rows;
    if (tiles->planes) {
        block->rows = tiles->rows; /* a column at a time */
        return;
    }
    while (block->pixels < 4 && tiles->columns % (2 * block->pixels) == 0 &&
           vectors * tiles->rows * tiles->columns >=
               2 * block->pixels * cvl_fused_groups_items(tiles) &&
           cvl_block_fits(p, 1, 2 * block->pixels))
        block->pixels *= 2;
    if (shares && tiles->rows % 2 == 0 &&
        vectors * tiles->rows * tiles->columns >=
            2 * block->pixels * cvl_fused_groups_items(tiles) &&
        cvl_block_fits(p, 2, block->pixels))
        block->rows = 2;
    block->height = block->rows;
    block->width = block->pixels;
}

/* As many channels as local memory holds: all, or a power of two of vectors. */
static void set_chunk(struct cvl_fused_groups *tiles, const struct cvl_request *request,
                      const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const uint64_t share = cvl_groups_local(device);
    const int32_t asked = cvl_parameter_value(request, "chunk", 0);
    if (tiles->planes)
        cvl_fused_groups_stage(tiles, request, device);
    tiles->chunk = asked ? asked : p->ic;
    if (asked || cvl_fused_groups_local_bytes(tiles) > share)
        for (tiles->chunk = asked ? asked : MAX_CHUNK;
             tiles->chunk > tiles->vec && cvl_fused_groups_local_bytes(tiles) > share;)
            tiles->chunk /= 2;
    tiles->chunk = min(tiles->chunk, p->ic) / tiles->vec * tiles->vec;
    tiles->keeps_all = tiles->chunk == p->ic;
    tiles->staged = min(tiles->staged, tiles->chunk);
}

/* What a work-item does to fill a chunk. */
static double fill_cost(const struct cvl_fused_groups *tiles, const struct cvl_problem *p)
{
    const struct cvl_block_tiles *dw = &tiles->depthwise;
    const int32_t items = cvl_fused_groups_items(tiles);
    const double filled = (double)blocks(tiles->chunk / tiles->vec * (tiles->rows / dw->rows) *
                                             (tiles->columns / dw->pixels),
                                         items);
    const double made = (double)p->kh * p->kw * dw->rows * dw->pixels * tiles->vec;
    const double loaded = (double)cvl_block_loaded(p, dw->rows, dw->pixels);
    if (!tiles->staged)
        return filled * (made + LOAD_COST * loaded) + 2 * BARRIER_COST;
    const double turns = (double)blocks(tiles->chunk, tiles->staged);
    const double copied = (double)blocks(tiles->staged * tiles->lines * tiles->line, items);
    return filled * (made + LOCAL_COST * loaded) + turns * (LOAD_COST * copied + 2 * BARRIER_COST);
}

/* Multiply-adds of a work-item, with what it waits for. */
static double item_cost(const struct cvl_fused_groups *tiles, const struct cvl_problem *p)
{
    const double turns =
        (double)(cvl_build_blocks(cvl_fused_groups_turns(tiles), (uint64_t)tiles->parts));
    const double chunks = (double)blocks(p->ic, tiles->chunk);
    const double sums = (double)tiles->pixels * tiles->vectors * tiles->vec;
    const double loads = tiles->planes ? tiles->vectors / 4.0 + tiles->pixels
                                       : tiles->vectors + (double)tiles->pixels / tiles->vec;
    return chunks * fill_cost(tiles, p) * (tiles->keeps_all ? 1.0 : turns) +
           turns * p->ic * (sums + LOAD_COST * loads);
}

double cvl_fused_groups_reads(const struct cvl_fused_groups *tiles, const struct cvl_problem *p)
{
    const double blocks_read = (double)blocks(p->oh, tiles->rows) *
                               (double)blocks(p->ow, tiles->columns) *
                               (double)cvl_block_loaded(p, tiles->rows, tiles->columns);
    const uint64_t turns =
        tiles->keeps_all ? (uint64_t)tiles->parts : cvl_fused_groups_turns(tiles);
    return blocks_read / ((double)p->ih * p->iw) * (double)turns;
}

static double cost_of(const struct cvl_fused_groups *tiles, const struct cvl_device_facts *device,
                      const struct cvl_problem *p)
{
    const double groups = (double)cvl_fused_groups_blocks(tiles, p) * tiles->parts;
    const double weights = (double)cvl_fused_groups_blocks(tiles, p) * p->ic * tiles->padded;
    const double inputs = cvl_fused_groups_reads(tiles, p) * p->mb * p->ic * p->ih * p->iw;
    return cvl_groups_time(device, groups, cvl_fused_groups_items(tiles), item_cost(tiles, p),
                           (weights + inputs) / groups);
}

/* Items of a group read adjacent vectors of one block. */
static void set_packing(struct cvl_fused_groups *tiles, const struct cvl_problem *p)
{
    const int32_t vec = tiles->planes ? CVL_FUSED_OUTPUTS : tiles->vec;
    tiles->padded = (int32_t)blocks(p->oc, vec) * vec;
    tiles->block = tiles->channel_items * tiles->vectors * tiles->vec;
}

/* Completes tiles whose register tile and shape are set. @return false: they do not work */
static bool complete(struct cvl_fused_groups *tiles, const struct cvl_request *request,
                     const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const int32_t area = tiles->rows * tiles->columns;
    if (tiles->rows > p->oh || tiles->columns > p->ow || tiles->pixels > area)
        return false;
    tiles->pixel_items = (int32_t)blocks(area, tiles->pixels);
    set_packing(tiles, p);
    const int32_t x = tiles->planes ? tiles->pixel_items : tiles->channel_items;
    if (!cvl_groups_allow(device, x, cvl_fused_groups_items(tiles) / x,
                          cvl_parameter_value(request, "items", 0)))
        return false;
    set_chunk(tiles, request, device);
    set_depthwise(tiles, p);
    return true;
}

static void try_parts(struct cvl_fused_groups *tried, const struct cvl_request *request,
                      const struct cvl_device_facts *device, struct cvl_fused_groups *best,
                      double *best_cost)
{
    const int32_t all = (int32_t)blocks(tried->padded, tried->block);
    const int32_t asked = min(cvl_parameter_value(request, "parts", 0), all);
    for (int32_t parts = asked ? asked : 1; parts <= all;
         parts = parts == all || asked ? all + 1 : min(2 * parts, all)) {
        tried->parts = parts;
        const double cost = cost_of(tried, device, &request->problem);
        if (cost >= *best_cost)
            continue;
        *best_cost = cost;
        *best = *tried;
    }
}

/* The i-th of what is tried, or what the case asks for. */
static int32_t value(const struct cvl_request *request, const char *name, int32_t tried,
                     int32_t max)
{
    return min(cvl_parameter_value(request, name, tried), max);
}

static void try_shape(struct cvl_fused_groups *tried, const struct cvl_request *request,
                      const struct cvl_device_facts *device, struct cvl_fused_groups *best,
                      double *best_cost)
{
    const struct cvl_problem *p = &request->problem;
    const int32_t *columns = all_columns[request->layout];
    for (size_t r = 0; r < COUNT(all_rows); r++)
        for (size_t c = 0; columns[c]; c++) {
            tried->rows = value(request, "tile_rows", all_rows[r], p->oh);
            tried->columns = value(request, "tile_columns", columns[c], p->ow);
            if (complete(tried, request, device))
                try_parts(tried, request, device, best, best_cost);
        }
}

/* One pixel at a time, where nothing else works: the output is too small, or a case asks for what
 * does not go together. */
static struct cvl_fused_groups smallest(const struct cvl_fused_groups *tried,
                                        const struct cvl_request *request,
                                        const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    struct cvl_fused_groups tiles = *tried;
    tiles.pixels = tiles.rows = tiles.columns = tiles.parts = tiles.pixel_items = 1;
    tiles.vectors = tiles.planes ? CVL_FUSED_OUTPUTS : 1;
    tiles.channel_items = cvl_tile_width(cvl_tile_fitting_group(device, 64),
                                         blocks(p->oc, tiles.vectors * tiles.vec));
    set_packing(&tiles, p);
    set_chunk(&tiles, request, device);
    set_depthwise(&tiles, p);
    return tiles;
}

struct cvl_fused_groups cvl_fused_groups(const struct cvl_request *request,
                                         const struct cvl_device_facts *device)
{
    const struct cvl_problem *p = &request->problem;
    const bool planes = request->layout == CVL_NCHW;
    const int32_t vec = planes ? 1 : cvl_parameter_value(request, "vec", 4);
    struct cvl_fused_groups tried = {.planes = planes, .vec = cvl_groups_vector(vec, p->ic)};
    struct cvl_fused_groups best = tried;
    double best_cost = INFINITY;
    for (size_t i = 0; i < COUNT(all_pixels); i++)
        for (size_t v = 0; v < COUNT(all_vectors[0]); v++)
            for (size_t g = 0; g < COUNT(all_channel_items); g++) {
                tried.pixels = cvl_parameter_value(request, "pixels", all_pixels[i]);
                tried.vectors = cvl_parameter_value(request, planes ? "outputs" : "vectors",
                                                    all_vectors[request->layout][v]);
                if (planes) /* whole vectors of weights */
                    tried.vectors =
                        (int32_t)blocks(tried.vectors, CVL_FUSED_OUTPUTS) * CVL_FUSED_OUTPUTS;
                tried.channel_items = all_channel_items[g];
                if (all_pixels[i] * all_vectors[request->layout][v] * tried.vec > MAX_SUMS)
                    continue;
                try_shape(&tried, request, device, &best, &best_cost);
            }
    if (best_cost == INFINITY)
        best = smallest(&tried, request, device);
    return best;
}
