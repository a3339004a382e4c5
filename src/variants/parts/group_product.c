/* Plans the stages of products whose operands a work-group shares. */
#include <inttypes.h>
#include <stdio.h>

#include "variants/parts/group_product.h"
#include "variants/parts/half.h"
#include "variants/parts/subgroup_product.h"

/* Floats that a work-item may keep: sums and copies under way. */
enum { MAX_FLOATS = 192 };

/* Elements of the output, from the first one written, an image, a group and a step down to the
 * next. */
static void add_places_out(struct cvl_builder *builder, const struct cvl_group_product *product)
{
    const struct cvl_problem *p = &product->problem;
    const int64_t outputs = p->oc / p->g, pixels = (int64_t)product->pixels_out;
    const bool nhwc = builder->request->layout == CVL_NHWC;
    const int64_t step = !nhwc ? pixels : product->apart ? outputs : p->oc;
    cvl_build_int(builder, (int64_t)product->first_out * (nhwc ? step : 1));
    cvl_build_int(builder, p->oc * pixels);
    cvl_build_int(builder, nhwc && !product->apart ? outputs : outputs * pixels);
    cvl_build_int(builder, step);
}

/* The same of the input; a step is to the next pixel in NHWC, to the next channel in NCHW. */
static void add_places_in(struct cvl_builder *builder, const struct cvl_group_product *product)
{
    const struct cvl_problem *p = &product->problem;
    const int64_t inputs = p->ic / p->g, pixels = (int64_t)p->ih * p->iw;
    const bool nhwc = builder->request->layout == CVL_NHWC;
    const int64_t step = !nhwc ? pixels : product->apart ? inputs : p->ic;
    cvl_build_int(builder, (int64_t)product->first_in * (nhwc ? step : 1));
    cvl_build_int(builder, p->ic * pixels);
    cvl_build_int(builder, nhwc && !product->apart ? inputs : inputs * pixels);
    cvl_build_int(builder, step);
}

/* What the launch reads of the input: all of it, or its pixels if they are adjacent. */
static uint64_t elements_read(const struct cvl_group_product *product)
{
    const struct cvl_problem *p = &product->problem;
    const uint64_t pixels = (uint64_t)p->ih * (uint64_t)p->iw;
    return (uint64_t)p->mb * (uint64_t)p->ic *
           (cvl_group_is_dense(p) ? cvl_group_pixels(product) : pixels);
}

static uint64_t elements_made(const struct cvl_group_product *product)
{
    return (uint64_t)product->problem.mb * (uint64_t)product->problem.oc *
           cvl_group_pixels(product);
}

/* Floats of a product's sums: across, padded to vectors, times down. */
static uint64_t sums_of(const struct cvl_builder *builder, const struct cvl_group_product *product)
{
    const uint64_t outputs = (uint64_t)(product->problem.oc / product->problem.g);
    const uint64_t pixels = cvl_group_pixels(product), vec = (uint64_t)product->tiles.vec;
    return builder->request->layout == CVL_NHWC ? cvl_build_blocks(outputs, vec) * vec * pixels
                                                : cvl_build_blocks(pixels, vec) * vec * outputs;
}

static uint64_t batch_of(const struct cvl_problem *p)
{
    return (uint64_t)p->mb * (uint64_t)p->g;
}

/* Sides of the tile of an item, and of its group. */
struct sides {
    uint64_t across, down, group_across, group_down;
};

static struct sides sides_of(const struct cvl_builder *builder,
                             const struct cvl_group_product *product)
{
    const struct cvl_dense_tiles *tiles = &product->tiles;
    const bool nhwc = builder->request->layout == CVL_NHWC;
    struct sides sides = {.across = (uint64_t)(tiles->vectors * tiles->vec),
                          .down = (uint64_t)(nhwc ? tiles->pixels : tiles->outputs)};
    sides.group_across =
        sides.across * (uint64_t)(nhwc ? tiles->channel_items : tiles->pixel_items);
    sides.group_down = sides.down * (uint64_t)(nhwc ? tiles->pixel_items : tiles->channel_items);
    return sides;
}

/* Elements of both operands that an item copies for a chunk. */
static uint64_t copied(const struct sides *sides, const struct cvl_dense_tiles *tiles)
{
    return cvl_build_blocks((uint64_t)tiles->chunk * (sides->group_across + sides->group_down),
                            (uint64_t)tiles->items);
}

/* Refuses tiles of groups for which no compiler has registers enough. Sums in half arithmetic take
 * half as many as those in float. */
static void check_registers(struct cvl_builder *builder, const struct cvl_group_product *product)
{
    const bool by_groups = product->tiles.lanes <= 1;
    const struct sides sides = sides_of(builder, product);
    const uint64_t sums = sides.across * sides.down;
    const uint64_t floats =
        sums + (product->tiles.half_rows ? sums / 2 : 0) + copied(&sides, &product->tiles);
    if (builder->status == CVL_OK && by_groups && floats > MAX_FLOATS)
        builder->status = cvl_fail(builder->err, CVL_UNSUPPORTED,
                                   "tuning: a work-item would keep %" PRIu64
                                   " floats in registers; the limit is %d",
                                   floats, MAX_FLOATS);
}

/* Loops of constant length count too, since the compiler may not unroll them. */
static uint64_t iterations(const struct cvl_builder *builder,
                           const struct cvl_group_product *product, uint64_t share)
{
    const struct cvl_dense_tiles *tiles = &product->tiles;
    const struct sides sides = sides_of(builder, product);
    const uint64_t chunk = (uint64_t)tiles->chunk, vectors = (uint64_t)tiles->vectors;
    const uint64_t row = 1 + vectors + sides.down * (2 + vectors);
    const uint64_t sums = tiles->half_rows ? 2 * sides.down * (1 + vectors) : 0;
    const uint64_t stored = sides.down * (2 + vectors * (2 + (uint64_t)tiles->vec));
    const uint64_t rows = cvl_phases_iterations(&tiles->phases, tiles->items);
    return share * (2 + copied(&sides, tiles) * (4 + chunk) + 2 * chunk * (row + sums) + rows) +
           stored + rows;
}

/* Both halves of the tiles in local memory, and copied rows: see cl/group_product.cl. */
static uint64_t local_bytes(const struct cvl_builder *builder,
                            const struct cvl_group_product *product)
{
    const struct cvl_dense_tiles *tiles = &product->tiles;
    const struct sides sides = sides_of(builder, product);
    const bool nhwc = builder->request->layout == CVL_NHWC;
    const uint64_t cell = tiles->half_rows ? 2 : 4;
    const int32_t across = (int32_t)sides.group_across;
    const int32_t pitch = ((int32_t)sides.group_down + 3) / 4 * 4;
    const int32_t wide = cvl_group_input_wide(builder->request, product);
    const int32_t pieces = tiles->chunk / wide;
    int32_t near = 32 / (wide * (int32_t)cvl_dtype_bytes(builder->request->dtype));
    near = near < pieces ? near : pieces;
    near = near < 8 ? near : 8;
    const int32_t skew = nhwc ? (32 + 32 / near - wide * pitch % 32) % 32 : 0;
    return 2 * cell * (uint64_t)(tiles->chunk * (across + pitch) + pieces * skew) +
           cvl_phases_bytes(&tiles->phases, builder->request->dtype);
}

static void add_range(struct cvl_builder *builder, const struct cvl_group_product *product)
{
    const struct cvl_problem *p = &product->problem;
    const struct cvl_dense_tiles *tiles = &product->tiles;
    const int32_t pixels =
        builder->request->layout == CVL_NHWC ? tiles->pixels : tiles->vectors * tiles->vec;
    const uint64_t items = (uint64_t)tiles->items;
    cvl_build_range(
        builder,
        (struct cvl_span){items * cvl_build_blocks(cvl_group_pixels(product),
                                                   (uint64_t)(tiles->pixel_items * pixels)),
                          items},
        (struct cvl_span){cvl_build_blocks((uint64_t)(p->oc / p->g), (uint64_t)tiles->block), 1},
        (struct cvl_span){batch_of(p) * (uint64_t)tiles->splits, 1});
}

/* All of a batch's buffers is used, also where they hold floats and the case does not. */
static void add_tensor(struct cvl_builder *builder, const struct cvl_group_product *product,
                       uint32_t buffer, uint64_t elements)
{
    if (product->apart)
        cvl_build_whole(builder, buffer);
    else
        cvl_build_argument(builder, buffer, elements);
}

/* The kernel of the main stage, and its options. */
static void begin_product(struct cvl_builder *builder, const char *name,
                          const struct cvl_group_product *product)
{
    if (product->tiles.lanes > 1) {
        cvl_build_kernel(builder, name, "subgroup_product.cl", "subgroup_product", NULL);
        cvl_subgroup_options(builder, product);
    } else {
        cvl_build_kernel(builder, name, "group_product.cl", "group_product", NULL);
        cvl_group_options(builder, product);
    }
}

static void limit_product(struct cvl_builder *builder, const struct cvl_group_product *product,
                          uint64_t share)
{
    if (product->tiles.lanes > 1)
        cvl_build_limits(builder, cvl_subgroup_iterations(product, share), 0);
    else
        cvl_build_limits(builder, iterations(builder, product, share),
                         local_bytes(builder, product));
}

/* The main stage writes into `target`: the output, or the sums. */
static void add_product(struct cvl_builder *builder, const char *name,
                        const struct cvl_group_product *product, uint32_t target)
{
    const struct cvl_problem *p = &product->problem;
    const struct cvl_dense_tiles *tiles = &product->tiles;
    const uint64_t share = cvl_build_blocks(cvl_group_chunks(product), (uint64_t)tiles->splits);
    const bool is_split = tiles->splits > 1;
    begin_product(builder, name, product);
    add_tensor(builder, product, product->input, elements_read(product));
    cvl_build_whole(builder, product->weights);
    add_tensor(builder, product, target,
               is_split ? cvl_build_elements(builder, target) : elements_made(product));
    cvl_build_ints(builder,
                   (const int32_t[]){p->ic / p->g, p->oc / p->g, tiles->padded, p->ih, p->iw, p->ow,
                                     p->ph, p->pw},
                   8);
    cvl_build_int(builder, (int64_t)cvl_group_pixels(product));
    cvl_build_int(builder, p->g);
    cvl_build_int(builder, (int64_t)share);
    add_places_in(builder, product);
    add_places_out(builder, product);
    if (product->adds && !is_split)
        cvl_build_argument(builder, product->residual, elements_made(product));
    add_range(builder, product);
    cvl_build_cost(builder, cvl_problem_sizes(p).macs); /* of oh x ow pixels */
    limit_product(builder, product, share);
    cvl_half_note(builder, product);
}

/* Work-items of a group that adds sums: small groups where there are few, for all units. */
static int32_t sum_items(const struct cvl_builder *builder, uint64_t vectors)
{
    const bool few = vectors / 64 < 2 * (uint64_t)builder->device->compute_units;
    return cvl_tile_fitting_group(builder->device, few ? 32 : 64);
}

static void add_sums(struct cvl_builder *builder, const char *name,
                     const struct cvl_group_product *product, uint32_t sums)
{
    const struct cvl_problem *p = &product->problem;
    const bool nhwc = builder->request->layout == CVL_NHWC;
    const uint64_t outputs = (uint64_t)(p->oc / p->g), pixels = cvl_group_pixels(product);
    const uint64_t across = nhwc ? outputs : pixels, down = nhwc ? pixels : outputs;
    const uint64_t vectors = cvl_build_blocks(across, (uint64_t)product->tiles.vec);
    const int32_t items = sum_items(builder, vectors * down * batch_of(p));
    const int32_t width = cvl_tile_width(items, vectors);
    char stage[24];
    (void)snprintf(stage, sizeof stage, "%s_sum", name);
    cvl_build_kernel(builder, stage, "group_product.cl", "group_product", "sum");
    if (product->tiles.lanes > 1)
        cvl_subgroup_sum_options(builder, product);
    else
        cvl_group_options(builder, product);
    cvl_build_whole(builder, sums);
    cvl_build_argument(builder, product->output, elements_made(product));
    cvl_build_int(builder, (int64_t)across);
    cvl_build_int(builder, (int64_t)down);
    cvl_build_int(builder, p->g);
    add_places_out(builder, product);
    if (product->adds)
        cvl_build_argument(builder, product->residual, elements_made(product));
    cvl_build_range(builder, (struct cvl_span){vectors, (uint64_t)width},
                    (struct cvl_span){down, (uint64_t)cvl_tile_width(items / width, down)},
                    (struct cvl_span){batch_of(p), 1});
    cvl_build_limits(builder, (uint64_t)product->tiles.splits + (uint64_t)product->tiles.vec, 0);
}

void cvl_group_product_stage(struct cvl_builder *builder, const char *name,
                             const struct cvl_group_product *product)
{
    const uint64_t splits = (uint64_t)product->tiles.splits;
    char sums[24];
    check_registers(builder, product);
    cvl_half_state(builder, product);
    if (splits == 1) {
        add_product(builder, name, product, product->output);
        return;
    }
    (void)snprintf(sums, sizeof sums, "%s_sums", name);
    const uint32_t buffer =
        cvl_build_floats(builder, sums, CVL_WORKSPACE,
                         splits * batch_of(&product->problem) * sums_of(builder, product));
    add_product(builder, name, product, buffer);
    add_sums(builder, name, product, buffer);
}
