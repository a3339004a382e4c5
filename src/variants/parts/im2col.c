/* Plans the stage that builds the patch matrix of an image. */
#include "variants/parts/im2col.h"

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

void cvl_im2col_stage(struct cvl_builder *builder, const char *name,
                      const struct cvl_im2col *im2col, const struct cvl_depthwise_tiles *tiles)
{
    const struct cvl_problem *p = &builder->request->problem;
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
