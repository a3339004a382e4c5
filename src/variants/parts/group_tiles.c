/* Chooses the tiles of products whose operands a work-group shares. */
#include "variants/parts/group_tiles.h"

#include <math.h>

#include "variants/parts/group_options.h"
#include "variants/parts/group_shape.h"
#include "variants/parts/half.h"
#include "variants/parts/subgroup_product.h"

enum {
    MIN_ITEMS = 64,  /* in a group */
    MIN_OUTPUTS = 4, /* of a product, for its groups to share operands */
    MIN_CHUNKS = 4   /* of a split */
};

static uint64_t chunks_of(const struct cvl_product *product, int32_t chunk)
{
    return cvl_build_blocks(cvl_group_run(product), (uint64_t)chunk) *
           (product->spans_taps ? 1 : product->taps);
}

/* Groups of a product, all splits together. */
static double groups_of(const struct cvl_group_shape *shape, const struct cvl_product *product)
{
    const int32_t pixels = shape->pixels * shape->pixel_items;
    const int32_t channels = shape->channels * shape->channel_items;
    return (double)(cvl_build_blocks(product->pixels, (uint64_t)pixels) *
                    cvl_build_blocks((uint64_t)product->outputs, (uint64_t)channels) *
                    product->batch * (uint64_t)shape->splits);
}

/* Work-items that keep a compute unit busy. */
static double busy_items(const struct cvl_device_facts *device)
{
    const uint32_t held = device->registers / CVL_GROUP_ITEM_REGISTERS;
    return held && held < CVL_GROUP_BUSY_ITEMS ? held : CVL_GROUP_BUSY_ITEMS;
}

static double units_of(const struct cvl_group_task *task)
{
    return task->device->compute_units ? task->device->compute_units : 1;
}

/* Two groups for what holds CVL_GROUP_BUSY_ITEMS. */
static bool has_groups(const struct cvl_group_shape *shape, const struct cvl_group_task *task)
{
    return groups_of(shape, task->product) >=
           2 * units_of(task) * busy_items(task->device) / CVL_GROUP_BUSY_ITEMS;
}

/* How many times the product's items keep the device busy. */
static double turns_of(const struct cvl_group_shape *shape, const struct cvl_group_task *task)
{
    return groups_of(shape, task->product) * shape->pixel_items * shape->channel_items /
           (units_of(task) * busy_items(task->device));
}

/* How often memory moves an element of the patch matrix: once, or SW times where loads leave out
 * what is between; copied rows once for all taps, with those that belong to other groups too. */
static double moves_of(const struct cvl_group_shape *shape, const struct cvl_group_task *task,
                       int32_t chunk)
{
    const int32_t pixels = shape->pixels * shape->pixel_items;
    if (task->request->layout == CVL_NHWC || !cvl_group_leaves_out(task))
        return 1;
    if (!cvl_group_copies_rows(shape, task, chunk))
        return task->product->window->sw;
    const struct cvl_phases phases = cvl_group_phases(pixels, chunk, task);
    return (double)phases.elements * phases.down * phases.along /
           ((double)task->product->taps * pixels);
}

/* The time of a product, in multiply-adds of one lane. An item takes as long as its multiply-adds,
 * its reads of local memory, its share in the group's reads of global memory, and what each chunk
 * takes besides. A device with too few items waits, and so does one with too few groups: they
 * divide badly among its units. Splits write and read sums, and launch once more. */
static double cost_of(const struct cvl_group_shape *shape, const struct cvl_group_task *task)
{
    const double GLOBAL_READ = 16, CHUNK = 80, COPY = 6, SUM = 64, LAUNCH = 1 << 19, UNEVEN = 1.25;
    const struct cvl_product *product = task->product;
    const int32_t pixels = shape->pixels * shape->pixel_items;
    const int32_t channels = shape->channels * shape->channel_items;
    const int32_t chunk = cvl_group_chunk(shape, task);
    const double chunks =
        (double)cvl_build_blocks(chunks_of(product, chunk), (uint64_t)shape->splits);
    const double turns = turns_of(shape, task);
    const double reads = 1.0 / shape->pixels + 1.0 / shape->channels +
                         GLOBAL_READ * (1.0 / pixels + moves_of(shape, task, chunk) / channels);
    const double item = chunks * (chunk * shape->pixels * shape->channels * (1 + reads) +
                                  COPY * cvl_group_copies(shape, task, chunk) + CHUNK);
    const double sums = (double)product->pixels * product->outputs * (double)product->batch;
    return item * busy_items(task->device) * (turns > 1 ? turns : 1) *
               (has_groups(shape, task) ? 1 : UNEVEN) +
           (shape->splits > 1 ? LAUNCH + SUM * shape->splits * sums / units_of(task) : 0);
}

/* Does a group of that shape fit the device? If input rows have no room, it copies none. */
static bool fits(const struct cvl_group_shape *shape, const struct cvl_group_task *task)
{
    const int32_t items = shape->pixel_items * shape->channel_items,
                  chunk = cvl_group_chunk(shape, task);
    return cvl_group_copies(shape, task, chunk) <= cvl_group_max_copies(task) &&
           items >= MIN_ITEMS &&
           items <= cvl_tile_fitting_group(task->device, CVL_GROUP_MAX_ITEMS) &&
           cvl_group_tile_bytes(shape, task, chunk) <= task->device->local_bytes;
}

/* Tries a shape, and if it leaves most of the device idle, numbers of splits up to the first that
 * keeps it busy; keeps the best of all. */
static void try_splits(struct cvl_group_shape shape, const struct cvl_group_task *task,
                       struct cvl_group_shape *best, double *best_cost)
{
    static const int32_t splits[] = {CVL_SPLIT_COUNTS};
    const uint64_t chunks = chunks_of(task->product, cvl_group_chunk(&shape, task));
    const bool idle = task->product->whole && 2 * turns_of(&shape, task) < 1;
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        const bool busy = turns_of(&shape, task) >= 1 && has_groups(&shape, task);
        shape.splits = splits[i];
        if (i > 0 && (!idle || busy || chunks < MIN_CHUNKS * (uint64_t)shape.splits))
            return;
        const double cost = cost_of(&shape, task);
        if (cost >= *best_cost)
            continue;
        *best = shape;
        *best_cost = cost;
    }
}

static bool find_shape(const struct cvl_group_task *task, struct cvl_group_shape *best)
{
    const int32_t outputs = cvl_group_max_outputs(task);
    double best_cost = INFINITY;
    for (int32_t pixels = 8; pixels >= 4; pixels /= 2)
        for (int32_t channels = 8; channels >= 4; channels /= 2)
            for (int32_t along = 1; along <= 32; along *= 2)
                for (int32_t across = 1; across <= 32; across *= 2) {
                    const struct cvl_group_shape shape = {pixels, channels, along, across, 1};
                    if (pixels * channels <= outputs && fits(&shape, task))
                        try_splits(shape, task, best, &best_cost);
                }
    return best_cost < INFINITY;
}

/* Fills in what was asked, and what follows from it. */
static struct cvl_dense_tiles tiles_of(const struct cvl_group_task *task,
                                       struct cvl_group_shape shape)
{
    const struct cvl_request *request = task->request;
    const struct cvl_product *product = task->product;
    const bool nhwc = request->layout == CVL_NHWC;
    struct cvl_dense_tiles tiles = {.shared = true, .run = 1, .order = CVL_ALONG_PIXELS};
    tiles.vec = cvl_parameter_value(request, "vec", 4);
    tiles.vectors =
        cvl_parameter_value(request, "vectors", (nhwc ? shape.channels : shape.pixels) / 4);
    if (nhwc)
        shape.pixels = tiles.pixels = cvl_parameter_value(request, "pixels", shape.pixels);
    else
        shape.channels = tiles.outputs = cvl_parameter_value(request, "outputs", shape.channels);
    *(nhwc ? &shape.channels : &shape.pixels) = tiles.vec * tiles.vectors;
    tiles.channel_items = cvl_parameter_value(request, "channel_items", shape.channel_items);
    tiles.pixel_items = cvl_parameter_value(request, "pixel_items", shape.pixel_items);
    tiles.items = tiles.channel_items * tiles.pixel_items;
    tiles.splits = product->whole ? cvl_parameter_value(request, "splits", shape.splits) : 1;
    tiles.chunk = cvl_parameter_value(request, "chunk", cvl_group_chunk(&shape, task));
    tiles.half_rows = cvl_half_rows(request, task->device);
    shape.pixel_items = tiles.pixel_items;
    shape.channel_items = tiles.channel_items;
    if (cvl_group_copies_rows(&shape, task, tiles.chunk))
        tiles.phases = cvl_group_phases(shape.pixels * shape.pixel_items, tiles.chunk, task);
    tiles.block = tiles.channel_items * shape.channels;
    tiles.padded =
        (int32_t)cvl_build_blocks((uint64_t)product->outputs,
                                  (uint64_t)cvl_shared_weights_wide(request, tiles.block)) *
        cvl_shared_weights_wide(request, tiles.block);
    return tiles;
}

/* Groups share operands on devices that run many items at once, if one fits, unless a product has
 * too few channels to fill a vector; sub-groups in their registers, where they can. */
struct cvl_dense_tiles cvl_product_tiles(const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         const struct cvl_product *product)
{
    const struct cvl_group_task task = {request, device, product};
    const bool suits = cvl_subgroups_suit(request, device, product);
    struct cvl_group_shape shape;
    if (suits && cvl_subgroup_lanes(request) > 1)
        return cvl_subgroup_tiles(request, device, product);
    if (cvl_tile_class(device).shares && product->outputs >= MIN_OUTPUTS &&
        find_shape(&task, &shape)) {
        struct cvl_dense_tiles tiles = tiles_of(&task, shape);
        tiles.lanes = suits ? 1 : 0;
        return tiles;
    }
    return cvl_dense_tiles(request, device, product);
}

const struct cvl_parameter_set cvl_shared_parameters[CVL_LAYOUT_COUNT] = {
    [CVL_NHWC] = {.parameters =
                      (const struct cvl_parameter[]){
                          {"splits",
                           "groups that divide the rows of a product",
                           CVL_ON_OTHERS,
                           {CVL_SPLIT_COUNTS}},
                          {"lanes",
                           "work-items of a sub-group, which share a product; 1: work-groups do",
                           CVL_ON_OTHERS,
                           {1, CVL_BLOCK_LANES}},
                          {0}}},
    [CVL_NCHW] = {.parameters =
                      (const struct cvl_parameter[]){{"channel_items",
                                                      "work-items per group along channels",
                                                      CVL_ON_OTHERS,
                                                      {1, 2, 4, 8, 16, 32}},
                                                     {"pixel_items",
                                                      "work-items per group along pixels",
                                                      CVL_ON_OTHERS,
                                                      {1, 2, 4, 8, 16, 32}},
                                                     {"chunk",
                                                      "rows of the patch matrix at a time",
                                                      CVL_ON_OTHERS,
                                                      {8, 16, 32, 64, 128}},
                                                     {"splits",
                                                      "groups that divide the rows of a product",
                                                      CVL_ON_OTHERS,
                                                      {CVL_SPLIT_COUNTS}},
                                                     {0}},
                  .limits = (const struct cvl_parameter_limit[]){
                      {{"channel_items", "pixel_items"}, 1024}, {{0}, 0}}}};
