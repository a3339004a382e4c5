/* How the kernel of a shared product is built: what it may read at once, what it need not check. */
#include "variants/parts/group_options.h"

/* Bytes that a work-item loads at once. */
enum { LOAD_BYTES = 16 };

/* The largest number of adjacent elements that one load can take, of those that divide all of
 * `counts`; a vector of 4, or one of LOAD_BYTES. */
static int32_t wide_of(enum cvl_dtype dtype, const uint64_t *counts, size_t count)
{
    uint64_t odd = 0;
    for (size_t i = 0; i < count; i++)
        odd |= counts[i];
    if (LOAD_BYTES / cvl_dtype_bytes(dtype) == 8 && odd % 8 == 0)
        return 8;
    return odd % 4 == 0 ? 4 : 1;
}

int32_t cvl_shared_weights_wide(const struct cvl_request *request, int32_t block)
{
    const uint64_t counts[] = {(uint64_t)block};
    return wide_of(request->dtype, counts, 1);
}

/* Is every output pixel the input pixel with the same index, from first_in on? */
bool cvl_group_is_dense(const struct cvl_problem *p)
{
    return p->kh == 1 && p->kw == 1 && p->ph == 0 && p->pw == 0 && p->iw == p->ow &&
           p->oh <= p->ih && (p->sh == 1 || p->oh == 1) && (p->sw == 1 || p->ow == 1);
}

uint64_t cvl_group_pixels(const struct cvl_group_product *product)
{
    return (uint64_t)product->problem.oh * (uint64_t)product->problem.ow;
}

/* NHWC: channels of a pixel. NCHW: pixels, where the window keeps them adjacent. */
int32_t cvl_group_input_wide(const struct cvl_request *request,
                             const struct cvl_group_product *product)
{
    const struct cvl_problem *p = &product->problem;
    const struct cvl_dense_tiles *tiles = &product->tiles;
    if (request->layout == CVL_NHWC)
        return wide_of(request->dtype,
                       (const uint64_t[]){(uint64_t)(p->ic / p->g), (uint64_t)tiles->chunk}, 2);
    if (!cvl_group_is_dense(p))
        return 1;
    return wide_of(
        request->dtype,
        (const uint64_t[]){cvl_group_pixels(product), (uint64_t)p->ih * (uint64_t)p->iw,
                           product->first_in,
                           (uint64_t)tiles->pixel_items * (uint64_t)(tiles->vec * tiles->vectors)},
        4);
}

/* Halves are stored four at once at most. */
static int32_t output_wide(const struct cvl_request *request,
                           const struct cvl_group_product *product)
{
    const struct cvl_problem *p = &product->problem;
    const uint64_t vec = (uint64_t)product->tiles.vec;
    if (request->dtype == CVL_F16 && vec != 4)
        return 1;
    if (request->layout == CVL_NHWC)
        return (uint64_t)(p->oc / p->g) % vec == 0 ? (int32_t)vec : 1;
    return (cvl_group_pixels(product) | product->pixels_out | product->first_out) % vec == 0
               ? (int32_t)vec
               : 1;
}

/* If chunks end with a tap in any case, they need not look for where one does. Those of sub-groups
 * do. */
static bool spans_taps(const struct cvl_group_product *product)
{
    return product->spans_taps && product->tiles.lanes <= 1 &&
           product->problem.ic / product->problem.g % product->tiles.chunk != 0;
}

/* Rows that chunks divide: of a tap, or of all. */
static uint64_t run_of(const struct cvl_group_product *product)
{
    const struct cvl_problem *p = &product->problem;
    const uint64_t channels = (uint64_t)(p->ic / p->g);
    return spans_taps(product) ? channels * (uint64_t)p->kh * (uint64_t)p->kw : channels;
}

uint64_t cvl_group_chunks(const struct cvl_group_product *product)
{
    const struct cvl_problem *p = &product->problem;
    return cvl_build_blocks(run_of(product), (uint64_t)product->tiles.chunk) *
           (spans_taps(product) ? 1 : (uint64_t)p->kh * (uint64_t)p->kw);
}

void cvl_group_options(struct cvl_builder *builder, const struct cvl_group_product *product)
{
    const struct cvl_request *request = builder->request;
    const struct cvl_dense_tiles *tiles = &product->tiles;
    cvl_build_option(builder, "PLANES", request->layout == CVL_NCHW);
    cvl_build_tuned_option(builder, "VEC", "vec", tiles->vec);
    cvl_build_tuned_option(builder, "VECTORS", "vectors", tiles->vectors);
    if (request->layout == CVL_NHWC)
        cvl_build_tuned_option(builder, "PIXELS", "pixels", tiles->pixels);
    else
        cvl_build_tuned_option(builder, "OUTPUTS", "outputs", tiles->outputs);
    cvl_build_tuned_option(builder, "GC", "channel_items", tiles->channel_items);
    cvl_build_tuned_option(builder, "GP", "pixel_items", tiles->pixel_items);
    cvl_build_option(builder, "GROUP", tiles->items);
    cvl_build_tuned_option(builder, "CHUNK", "chunk", tiles->chunk);
    cvl_build_tuned_option(builder, "SPLITS", "splits", tiles->splits);
    if (tiles->lanes == 1)
        cvl_build_tuning(builder, "lanes", 1);
    cvl_build_option(builder, "SPAN_TAPS", spans_taps(product));
    cvl_build_option(builder, "WHOLE_CHUNKS", run_of(product) % (uint64_t)tiles->chunk == 0);
    cvl_build_option(builder, "WHOLE_BLOCKS", tiles->padded % tiles->block == 0);
    cvl_build_option(builder, "DENSE", cvl_group_is_dense(&product->problem));
    cvl_build_option(builder, "RESIDUAL", product->adds);
    cvl_build_option(builder, "IN_WIDE", cvl_group_input_wide(request, product));
    cvl_build_option(builder, "WEIGHTS_WIDE", cvl_shared_weights_wide(request, tiles->block));
    cvl_build_option(builder, "OUT_WIDE", output_wide(request, product));
    if (tiles->half_rows)
        cvl_build_option(builder, "HALF_ROWS", tiles->half_rows);
    cvl_build_window(builder, &product->problem);
    cvl_phases_options(builder, &tiles->phases, &product->problem);
}
