/* The stage that makes the patch matrix of an image (cl/im2col.cl), which several variants share.
 */
#ifndef CVL_VARIANTS_PARTS_IM2COL_H
#define CVL_VARIANTS_PARTS_IM2COL_H

#include "variants/parts/tiles.h"

struct cvl_im2col {
    uint32_t input, matrix; /* buffers: of all images, of one */
    uint64_t image;         /* which one */
};

/* Of the case's problem and layout; vectors and groups are those of `tiles`. */
void cvl_im2col_stage(struct cvl_builder *builder, const char *name,
                      const struct cvl_im2col *im2col, const struct cvl_depthwise_tiles *tiles);

#endif
