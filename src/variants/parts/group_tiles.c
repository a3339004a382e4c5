/* Chooses the tiles of products whose operands a work-group shares. */
#include "variants/parts/group_tiles.h"

#include <math.h>

#include "variants/parts/group_options.h"
#include "variants/parts/subgroup_product.h"

/* Work-items of a compute unit that hide the time of its arithmetic and loads, and the registers
 * that each needs for it. */
enum { BUSY_ITEMS = 512, ITEM_REGISTERS = 128 };

enum {
    MIN_ITEMS = 64, /* in a group */
    MAX_ITEMS = 256,
    MIN_CHUNK = 4, /* rows */
    MAX_CHUNK = 16,
    MIN_OUTPUTS = 4, /* of a product, for its groups to share operands */
    MIN_CHUNKS = 4   /* of a split */
};

/* A group's tile: what an item computes, and the items. */
struct shape {
    int32_t pixels, channels, pixel_items, channel_items, splits;
};

/* Rows in a run that chunks do not pass: of a tap, or of all. */
static uint64_t run_of(const struct cvl_product *product)
{
    return (uint64_t)product->inputs * (product->spans_taps ? product->taps : 1);
}

/* What tiles are chosen for. */
struct task {
    const struct cvl_request *request;
    const struct cvl_device_facts *device;
    const struct cvl_product *product;
};

/* Floats of a row of both tiles of a group. */
static int32_t side_of(const struct shape *shape)
{
    return shape->pixels * shape->pixel_items + shape->channels * shape->channel_items;
}

/* Can a unit hold a large group of items with 64 outputs each? */
static bool has_registers(const struct cvl_device_facts *device)
{
    return device->local_is_dedicated && device->registers >= MAX_ITEMS * ITEM_REGISTERS;
}

/* Is the input copied element by element? */
static bool copies_elements(const struct task *task)
{
    return task->request->layout == CVL_NHWC ? task->product->inputs % 4 != 0
                                             : task->product->taps > 1;
}

/* Is each of these elements from a tap of its own, without registers for so many addresses? */
static bool is_crowded(const struct task *task)
{
    return copies_elements(task) && task->product->spans_taps &&
           task->product->inputs % MAX_CHUNK != 0 && !has_registers(task->device);
}

/* Outputs of an item, at most. A device without local memory of its own gains less from many, and
 * has few registers. */
static int32_t max_outputs(const struct task *task)
{
    if (has_registers(task->device))
        return 64;
    return task->device->local_is_dedicated && !is_crowded(task) ? 32 : 16;
}

/* Pieces of the input that an item copies for a chunk. */
static double copies_of(const struct shape *shape, const struct task *task, int32_t chunk)
{
    return (double)chunk * shape->pixels / shape->channel_items / (copies_elements(task) ? 1 : 4);
}

/* Those that there are registers for, with the address of each. */
static double max_copies(const struct task *task)
{
    if (has_registers(task->device))
        return 16;
    return copies_elements(task) ? 8 : 4;
}

/* Rows that a group copies at a time: 32 bytes of a pixel's channels or more, as memory moves them,
 * if there are registers for them. */
static int32_t chunk_of(const struct shape *shape, const struct task *task)
{
    const bool is_large = side_of(shape) > 192 && task->request->dtype == CVL_F32;
    int32_t chunk = is_large || is_crowded(task) ? 8 : MAX_CHUNK;
    while (chunk > MIN_CHUNK && copies_of(shape, task, chunk) > max_copies(task))
        chunk /= 2;
    chunk = cvl_tile_width(chunk, run_of(task->product));
    return chunk < MIN_CHUNK ? MIN_CHUNK : chunk;
}

static uint64_t chunks_of(const struct cvl_product *product, int32_t chunk)
{
    return cvl_build_blocks(run_of(product), (uint64_t)chunk) *
           (product->spans_taps ? 1 : product->taps);
}

/* Groups of a product, all splits together. */
static double groups_of(const struct shape *shape, const struct cvl_product *product)
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
    const uint32_t held = device->registers / ITEM_REGISTERS;
    return held && held < BUSY_ITEMS ? held : BUSY_ITEMS;
}

static double units_of(const struct task *task)
{
    return task->device->compute_units ? task->device->compute_units : 1;
}

/* Two groups for what holds BUSY_ITEMS. */
static bool has_groups(const struct shape *shape, const struct task *task)
{
    return groups_of(shape, task->product) >=
           2 * units_of(task) * busy_items(task->device) / BUSY_ITEMS;
}

/* How many times the product's items keep the device busy. */
static double turns_of(const struct shape *shape, const struct task *task)
{
    return groups_of(shape, task->product) * shape->pixel_items * shape->channel_items /
           (units_of(task) * busy_items(task->device));
}

/* The time of a product, in multiply-adds of one lane. An item takes as long as its multiply-adds,
 * its reads of local memory, its share in the group's reads of global memory, and what each chunk
 * takes besides. A device with too few items waits, and so does one with too few groups: they
 * divide badly among its units. Splits write and read sums, and launch once more. */
static double cost_of(const struct shape *shape, const struct task *task)
{
    const double GLOBAL_READ = 16, CHUNK = 80, COPY = 6, SUM = 64, LAUNCH = 1 << 19, UNEVEN = 1.25;
    const struct cvl_product *product = task->product;
    const int32_t pixels = shape->pixels * shape->pixel_items;
    const int32_t channels = shape->channels * shape->channel_items;
    const int32_t chunk = chunk_of(shape, task);
    const double chunks =
        (double)cvl_build_blocks(chunks_of(product, chunk), (uint64_t)shape->splits);
    const double turns = turns_of(shape, task);
    const double reads =
        1.0 / shape->pixels + 1.0 / shape->channels + GLOBAL_READ * (1.0 / pixels + 1.0 / channels);
    const double item = chunks * (chunk * shape->pixels * shape->channels * (1 + reads) +
                                  COPY * copies_of(shape, task, chunk) + CHUNK);
    const double sums = (double)product->pixels * product->outputs * (double)product->batch;
    return item * busy_items(task->device) * (turns > 1 ? turns : 1) *
               (has_groups(shape, task) ? 1 : UNEVEN) +
           (shape->splits > 1 ? LAUNCH + SUM * shape->splits * sums / units_of(task) : 0);
}

/* Does a group of that shape fit the device? Rows of the tiles are padded by up to 16 floats, and
 * there are two of each. */
static bool fits(const struct shape *shape, const struct task *task)
{
    const int32_t items = shape->pixel_items * shape->channel_items, chunk = chunk_of(shape, task);
    const uint64_t bytes = 8 * (uint64_t)chunk * (uint64_t)(side_of(shape) + 16);
    return copies_of(shape, task, chunk) <= max_copies(task) && items >= MIN_ITEMS &&
           items <= cvl_tile_fitting_group(task->device, MAX_ITEMS) &&
           bytes <= task->device->local_bytes;
}

/* Tries a shape, and if it leaves most of the device idle, numbers of splits up to the first that
 * keeps it busy; keeps the best of all. */
static void try_splits(struct shape shape, const struct task *task, struct shape *best,
                       double *best_cost)
{
    static const int32_t splits[] = {CVL_SPLIT_COUNTS};
    const uint64_t chunks = chunks_of(task->product, chunk_of(&shape, task));
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

static bool find_shape(const struct task *task, struct shape *best)
{
    const int32_t outputs = max_outputs(task);
    double best_cost = INFINITY;
    for (int32_t pixels = 8; pixels >= 4; pixels /= 2)
        for (int32_t channels = 8; channels >= 4; channels /= 2)
            for (int32_t along = 1; along <= 32; along *= 2)
                for (int32_t across = 1; across <= 32; across *= 2) {
                    const struct shape shape = {pixels, channels, along, across, 1};
                    if (pixels * channels <= outputs && fits(&shape, task))
                        try_splits(shape, task, best, &best_cost);
                }
    return best_cost < INFINITY;
}

/* Fills in what was asked, and what follows from it. */
static struct cvl_dense_tiles tiles_of(const struct task *task, struct shape shape)
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
    tiles.chunk = cvl_parameter_value(request, "chunk", chunk_of(&shape, task));
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
    const struct task task = {request, device, product};
    const bool suits = cvl_subgroups_suit(request, device, product);
    struct shape shape;
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
