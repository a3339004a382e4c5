/* Adds the arguments and the launch range of one-step convolutions. */
#include "variants/parts/dense.h"

void cvl_dense_arguments(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                         uint32_t input, uint32_t weights, uint32_t output)
{
    const struct cvl_problem *p = &builder->request->problem;
    cvl_build_whole(builder, input);
    cvl_build_whole(builder, weights);
    cvl_build_whole(builder, output);
    cvl_build_ints(builder,
                   (const int32_t[]){p->ic, p->ic / p->g, p->ih, p->iw, p->oc, p->oc / p->g,
                                     tiles->padded, p->oh, p->ow, p->ph, p->pw, p->g},
                   12);
    if (builder->request->layout == CVL_NCHW)
        cvl_build_int(builder, (int64_t)cvl_build_elements(builder, input));
}

void cvl_dense_range(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                     uint64_t pixels, uint64_t outputs, uint64_t z)
{
    const uint64_t items = (uint64_t)tiles->items;
    const uint64_t block = (uint64_t)tiles->block * (uint64_t)(tiles->panel ? tiles->blocks : 1);
    const struct cvl_span channels = {cvl_build_blocks(outputs, block), 1};
    const struct cvl_span images = {z, 1};
    if (builder->request->layout == CVL_NCHW) {
        const uint64_t run = (uint64_t)tiles->vec * (uint64_t)tiles->vectors;
        const struct cvl_span columns = {cvl_build_blocks(pixels, run), items};
        cvl_build_range(builder, columns, channels, images);
        return;
    }
    const uint64_t group =
        (uint64_t)tiles->pixel_items * (uint64_t)tiles->pixels * (uint64_t)tiles->run;
    const uint64_t groups = cvl_build_blocks(pixels, group);
    if (tiles->order == CVL_ALONG_PIXELS)
        cvl_build_range(builder, (struct cvl_span){groups * items, items}, channels, images);
    else
        cvl_build_range(builder, (struct cvl_span){channels.items * items, items},
                        (struct cvl_span){groups, 1}, images);
}
