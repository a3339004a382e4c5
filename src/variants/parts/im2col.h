/* The stage that builds the patch matrix of an image (cl/im2col.cl); several variants use it. */
#ifndef CVL_VARIANTS_PARTS_IM2COL_H
#define CVL_VARIANTS_PARTS_IM2COL_H

#include "variants/parts/tiles.h"

struct cvl_im2col {
    uint32_t input, matrix; /* buffers: input of all images, matrix of one */
    uint64_t image;         /* which image */
};

/* Adds the stage for the case's problem and layout, with the vectors and groups of `tiles`. */
void cvl_im2col_stage(struct cvl_builder *builder, const char *name,
                      const struct cvl_im2col *im2col, const struct cvl_depthwise_tiles *tiles);

#endif
