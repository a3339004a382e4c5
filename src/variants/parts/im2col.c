/* Plans the stage that builds the patch matrix of an image. */
#include "variants/parts/im2col.h"

#include "variants/parts/groups.h"
#include "variants/parts/phases.h"

/* Bytes that neighbours write side by side: fewer would leave more of the first and the last sector
 * of a request empty. */
enum { STORED_BYTES = 4 };

/* Work-items of a group. */
enum { MIN_ITEMS = 64, MAX_ITEMS = 256 };

static void set_range(struct cvl_builder *builder, const struct cvl_depthwise_tiles *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t vec = (uint64_t)tiles->vec, items = (uint64_t)tiles->items;
    const uint64_t channels = (uint64_t)p->ic;
    const uint64_t pixels = (uint64_t)p->oh * (uint64_t)p->ow;
    if (builder->request->layout == CVL_NHWC)
        cvl_build_range(builder, (struct cvl_span){cvl_build_blocks(channels, vec), items},
                        (struct cvl_span){pixels, 1}, (struct cvl_span){1, 1});
    else
        cvl_build_range(builder, (struct cvl_span){cvl_build_blocks(pixels, vec), items},
                        (struct cvl_span){channels, 1}, (struct cvl_span){1, 1});
}

/* Elements that an item writes at once. */
static uint64_t stored(const struct cvl_request *request)
{
    return STORED_BYTES / cvl_dtype_bytes(request->dtype);
}

/* Work-items of a group that copies rows: many, since groups share fewer rows then, unless there
 * were too few groups. */
static int32_t items_of(const struct cvl_builder *builder)
{
    const struct cvl_problem *p = &builder->request->problem;
    const uint64_t vectors =
        cvl_build_blocks((uint64_t)p->oh * (uint64_t)p->ow, stored(builder->request));
    int32_t items = cvl_tile_fitting_group(builder->device, MAX_ITEMS);
    while (items > MIN_ITEMS && cvl_build_blocks(vectors, (uint64_t)items) * (uint64_t)p->ic <
                                    cvl_groups_wanted(builder->device))
        items /= 2;
    return cvl_parameter_value(builder->request, "dw_items", cvl_tile_width(items, vectors));
}

/* NCHW, groups of many items: the rows that a group of `items` copies, where the window's stride
 * leaves out elements of each load. */
static struct cvl_phases phases_of(const struct cvl_builder *builder, int32_t items)
{
    const struct cvl_request *request = builder->request;
    const struct cvl_problem *p = &request->problem;
    const int64_t pixels = (int64_t)items * (int64_t)stored(request);
    const int64_t rows = cvl_phases_rows(p, cvl_phases_lines(pixels, p->ow, p->oh));
    struct cvl_phases phases = {0};
    if (request->layout == CVL_NHWC || !cvl_groups_are_large(builder->device) || p->sw == 1 ||
        !cvl_phases_fill(p))
        return phases;
    phases = cvl_phases_of_planes(request, p, rows, pixels, 1);
    phases.margin = 0; /* only what is inside a row is read */
    if (cvl_phases_bytes(&phases, request->dtype) > cvl_groups_local(builder->device))
        phases.elements = 0;
    return phases;
}

/* A work-item writes `vec` pixels of each row of a channel. */
static void tiles_stage(struct cvl_builder *builder, const char *name,
                        const struct cvl_im2col *im2col, const struct cvl_phases *phases,
                        int32_t items)
{
    const struct cvl_request *request = builder->request;
    const struct cvl_problem *p = &request->problem;
    const uint64_t vec = stored(request);
    const uint64_t vectors = cvl_build_blocks((uint64_t)p->oh * (uint64_t)p->ow, vec);
    cvl_build_kernel(builder, name, "im2col_tiles.cl", "im2col_tiles", NULL);
    cvl_build_option(builder, "VEC", (int64_t)vec);
    cvl_build_option(builder, "GROUP", items);
    cvl_build_window(builder, p);
    cvl_phases_options(builder, phases, p);
    cvl_build_argument(builder, im2col->input, (uint64_t)p->ic * (uint64_t)p->ih * (uint64_t)p->iw);
    cvl_build_whole(builder, im2col->matrix);
    cvl_build_ints(builder, (const int32_t[]){p->ic, p->ih, p->iw, p->oh, p->ow, p->ph, p->pw}, 7);
    cvl_build_int(builder, (int64_t)im2col->image);
    cvl_build_range(builder, (struct cvl_span){vectors, (uint64_t)items},
                    (struct cvl_span){(uint64_t)p->ic, 1}, (struct cvl_span){1, 1});
    cvl_build_limits(builder,
                     cvl_phases_iterations(phases, items) +
                         (uint64_t)p->kh * (uint64_t)p->kw * (2 + 2 * vec) + 2 * vec,
                     cvl_phases_bytes(phases, request->dtype));
}

void cvl_im2col_stage(struct cvl_builder *builder, const char *name,
                      const struct cvl_im2col *im2col, const struct cvl_depthwise_tiles *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
    const int32_t items = items_of(builder);
    const struct cvl_phases phases = phases_of(builder, items);
    if (phases.elements) {
        tiles_stage(builder, name, im2col, &phases, items);
        return;
    }
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw;
    cvl_build_kernel(builder, name, "im2col.cl", "im2col", NULL);
    cvl_build_option(builder, "VEC", tiles->vec);
    cvl_build_window(builder, p);
    cvl_build_argument(builder, im2col->input, (uint64_t)p->ic * (uint64_t)p->ih * (uint64_t)p->iw);
    cvl_build_whole(builder, im2col->matrix);
    cvl_build_ints(builder, (const int32_t[]){p->ic, p->ih, p->iw, p->oh, p->ow, p->ph, p->pw}, 7);
    cvl_build_int(builder, (int64_t)im2col->image);
    if (builder->request->layout == CVL_NCHW)
        cvl_build_int(builder, (int64_t)cvl_build_elements(builder, im2col->input));
    set_range(builder, tiles);
    cvl_build_limits(builder, taps * (1 + 2 * (uint64_t)tiles->vec), 0);
}
