/* Products by sub-groups whose lanes read each other: tiles, and options of the kernel. */
#include "variants/parts/subgroup_product.h"

#include <math.h>

enum {
    LANES = CVL_BLOCK_LANES,
    MIN_INPUTS = LANES,   /* fewer would leave lanes idle */
    MIN_OUTPUTS = LANES,  /* so would fewer outputs */
    MIN_CHUNKS = 4,       /* of a split */
    MAX_SUBGROUPS = 4,    /* of a group, which share weights in a cache */
    ROWS = 4,             /* of weights that a lane has in registers; of a single vector 8 */
    PIECE = 4,            /* adjacent channels that a lane reads of a pixel, aligned */
    THREAD_REGISTERS = 64 /* of 32 bits, for each lane */
};

static const int32_t split_counts[] = {CVL_SPLIT_COUNTS};

/* What tiles are chosen for. */
struct task {
    const struct cvl_device_facts *device;
    const struct cvl_product *product;
};

struct shape {
    int32_t pixels, vectors, splits;
};

static int32_t rows_of(int32_t vectors, int32_t inputs)
{
    return vectors == 1 && inputs % (2 * ROWS) == 0 ? 2 * ROWS : ROWS;
}

/* Pixels of which a lane has a piece; four lanes have all of its 16 channels. */
static int32_t held_of(int32_t pixels)
{
    return (pixels + PIECE - 1) / PIECE;
}

static uint64_t chunks_of(const struct cvl_product *product)
{
    return product->taps * cvl_build_blocks((uint64_t)product->inputs, LANES);
}

/* All splits together. */
static uint64_t subgroups_of(const struct shape *shape, const struct cvl_product *product)
{
    return cvl_build_blocks(product->pixels, (uint64_t)shape->pixels) *
           cvl_build_blocks((uint64_t)product->outputs, (uint64_t)(LANES * shape->vectors)) *
           product->batch * (uint64_t)shape->splits;
}

static double units_of(const struct cvl_device_facts *device)
{
    return device->compute_units ? device->compute_units : 1;
}

/* Sub-groups of a unit that keep it busy: half of those that it holds, 8 where that is unknown. */
static double busy_of(const struct cvl_device_facts *device)
{
    const double held =
        device->registers ? (double)device->registers / (THREAD_REGISTERS * LANES) : 8;
    return held > 2 ? held / 2 : 1;
}

/* How many times the product's sub-groups keep the device busy. */
static double turns_of(const struct shape *shape, const struct task *task)
{
    return (double)subgroups_of(shape, task->product) /
           (units_of(task->device) * busy_of(task->device));
}

/* The time of a chunk, in instructions of a sub-group: multiply-adds, input, weights (of an odd
 * number of vectors by blocks, which take more instructions) and the loop; and at the same time for
 * the most part, reads of 64 bytes. */
static double chunk_cost(const struct shape *shape)
{
    const double PIECES = 6, WEIGHTS = 36, LOOP = 12, READ = 6;
    const double made = LANES * shape->pixels * shape->vectors + PIECES * held_of(shape->pixels) +
                        WEIGHTS * (shape->vectors % 2 ? shape->vectors : 1) + LOOP;
    const double read = READ * (shape->pixels + LANES * shape->vectors);
    return fmax(made, read) + fmin(made, read) / 4;
}

/* The time of a product in the same instructions: chunks, and what a tap takes besides. Splits
 * write and read sums, and launch once more. */
static double cost_of(const struct shape *shape, const struct task *task)
{
    const double PLACE = 16, SUM = 4, LAUNCH = 2048;
    const struct cvl_product *product = task->product;
    const double chunks = (double)cvl_build_blocks(chunks_of(product), (uint64_t)shape->splits);
    const double turns = turns_of(shape, task);
    const double taps = ceil(chunks * LANES / product->inputs);
    const double sums = (double)product->pixels * product->outputs * (double)product->batch;
    return (chunks * chunk_cost(shape) + taps * PLACE * held_of(shape->pixels)) *
               busy_of(task->device) * (turns > 1 ? turns : 1) +
           (shape->splits > 1 ? LAUNCH + SUM * shape->splits * sums / units_of(task->device) : 0);
}

/* Tries a shape, and if it leaves most of the device idle, numbers of splits up to the first that
 * keeps it busy; keeps the best of all. */
static void try_splits(struct shape shape, const struct task *task, struct shape *best,
                       double *best_cost)
{
    const uint64_t chunks = chunks_of(task->product);
    const bool idle = task->product->whole && 2 * turns_of(&shape, task) < 1;
    for (size_t i = 0; i < sizeof split_counts / sizeof split_counts[0]; i++) {
        const bool busy = turns_of(&shape, task) >= 1;
        shape.splits = split_counts[i];
        if (i > 0 && (!idle || busy || chunks < MIN_CHUNKS * (uint64_t)shape.splits))
            return;
        const double cost = cost_of(&shape, task);
        if (cost >= *best_cost)
            continue;
        *best = shape;
        *best_cost = cost;
    }
}

/* Tiles with fewer sums have too few multiply-adds among their instructions; larger ones spill. */
static struct shape find_shape(const struct task *task)
{
    static const struct shape shapes[] = {{12, 1, 1}, {8, 2, 1}, {4, 4, 1}};
    struct shape best = shapes[0];
    double best_cost = INFINITY;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        try_splits(shapes[i], task, &best, &best_cost);
    return best;
}

/* Sub-groups of a group: fewer where there would be less than two groups for 16 units, which share
 * a cache. */
static int32_t subgroups_of_group(const struct shape *shape, const struct task *task)
{
    int32_t count = cvl_tile_fitting_group(task->device, MAX_SUBGROUPS * LANES) / LANES;
    while (count > 1 &&
           (double)subgroups_of(shape, task->product) < count * units_of(task->device) / 8)
        count /= 2;
    return count;
}

/* Halves take as many instructions more to convert as the tiles of work-groups have in all: 58 to
 * 70 multiply-adds in 100 instructions, against 61 to 69. A search may find otherwise. */
int32_t cvl_subgroup_lanes(const struct cvl_request *request)
{
    return cvl_parameter_value(request, "lanes", request->dtype == CVL_F32 ? LANES : 1);
}

bool cvl_subgroups_suit(const struct cvl_request *request, const struct cvl_device_facts *device,
                        const struct cvl_product *product)
{
    const bool reads =
        request->dtype == CVL_F32 ? device->has_block_reads : device->has_short_block_reads;
    return reads && request->layout == CVL_NHWC && product->subgroups &&
           cvl_tile_class(device).shares && product->inputs >= MIN_INPUTS &&
           product->inputs % PIECE == 0 && product->outputs >= MIN_OUTPUTS &&
           cvl_tile_fitting_group(device, LANES) == LANES;
}

struct cvl_dense_tiles cvl_subgroup_tiles(const struct cvl_request *request,
                                          const struct cvl_device_facts *device,
                                          const struct cvl_product *product)
{
    const struct task task = {device, product};
    struct shape shape = find_shape(&task);
    shape.pixels = cvl_parameter_value(request, "pixels", shape.pixels);
    shape.vectors = cvl_parameter_value(request, "vectors", shape.vectors);
    shape.splits = product->whole ? cvl_parameter_value(request, "splits", shape.splits) : 1;
    const int32_t subgroups =
        cvl_parameter_value(request, "pixel_items", subgroups_of_group(&shape, &task));
    const int32_t block = LANES * shape.vectors;
    return (struct cvl_dense_tiles){
        .shared = true,
        .lanes = LANES,
        .vec = 4, /* of the sums */
        .vectors = shape.vectors,
        .pixels = shape.pixels,
        .channel_items = LANES,
        .pixel_items = subgroups,
        .items = LANES * subgroups,
        .chunk = LANES,
        .run = 1,
        .order = CVL_ALONG_PIXELS,
        .splits = shape.splits,
        .block = block,
        .padded = (int32_t)cvl_build_blocks((uint64_t)product->outputs, (uint64_t)block) * block};
}

/* Does a tap of the window of some output lie in the padding, along one direction? */
static bool is_padded(int32_t in, int32_t out, int32_t kernel, int32_t stride, int32_t dilation,
                      int32_t pad)
{
    return pad > 0 || (int64_t)(out - 1) * stride + (int64_t)(kernel - 1) * (dilation + 1) >= in;
}

void cvl_subgroup_options(struct cvl_builder *builder, const struct cvl_group_product *product)
{
    const struct cvl_problem *p = &product->problem;
    const struct cvl_dense_tiles *tiles = &product->tiles;
    const int32_t inputs = p->ic / p->g, outputs = p->oc / p->g;
    cvl_build_tuning(builder, "lanes", tiles->lanes);
    cvl_build_option(builder, "SUBGROUP", tiles->lanes);
    cvl_build_tuned_option(builder, "PIXELS", "pixels", tiles->pixels);
    cvl_build_tuned_option(builder, "VECTORS", "vectors", tiles->vectors);
    cvl_build_tuning(builder, "pixel_items", tiles->pixel_items);
    cvl_build_option(builder, "GROUP", tiles->items);
    cvl_build_tuned_option(builder, "SPLITS", "splits", tiles->splits);
    cvl_build_option(builder, "ROWS", rows_of(tiles->vectors, inputs));
    cvl_build_option(builder, "WHOLE_CHUNKS", inputs % LANES == 0);
    cvl_build_option(builder, "WHOLE_BLOCKS", outputs % tiles->block == 0);
    cvl_build_option(builder, "DENSE", cvl_group_is_dense(p));
    cvl_build_option(builder, "PADDED",
                     is_padded(p->ih, p->oh, p->kh, p->sh, p->dh, p->ph) ||
                         is_padded(p->iw, p->ow, p->kw, p->sw, p->dw, p->pw));
    cvl_build_option(builder, "RESIDUAL", product->adds);
    cvl_build_window(builder, p);
    cvl_build_note(builder, "sub-groups of %d work-items, %dx%d outputs each", (int)tiles->lanes,
                   (int)tiles->pixels, (int)tiles->block);
}

/* The tile is that of no product: as small as can be built. */
void cvl_subgroup_sum_options(struct cvl_builder *builder, const struct cvl_group_product *product)
{
    const struct cvl_dense_tiles *tiles = &product->tiles;
    const bool wide = product->problem.oc / product->problem.g % tiles->vec == 0;
    cvl_build_option(builder, "VEC", tiles->vec);
    cvl_build_option(builder, "GC", 1);
    cvl_build_option(builder, "GP", 1);
    cvl_build_option(builder, "CHUNK", tiles->vec);
    cvl_build_option(builder, "SPLITS", tiles->splits);
    cvl_build_option(builder, "RESIDUAL", product->adds);
    cvl_build_option(builder, "OUT_WIDE", wide ? tiles->vec : 1);
}

/* Loops of constant length count too, since the compiler may not unroll them. */
uint64_t cvl_subgroup_iterations(const struct cvl_group_product *product, uint64_t share)
{
    const struct cvl_dense_tiles *tiles = &product->tiles;
    const uint64_t pixels = (uint64_t)tiles->pixels, vectors = (uint64_t)tiles->vectors;
    const uint64_t row = 2 + 2 * vectors + pixels * (1 + vectors);
    return share * (1 + 2 * pixels + LANES * row) + pixels * (3 + 2 * vectors);
}
