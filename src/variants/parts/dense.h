/* The arguments and work-groups that all kernels of one-step convolutions share. */
#ifndef CVL_VARIANTS_PARTS_DENSE_H
#define CVL_VARIANTS_PARTS_DENSE_H

#include "variants/parts/tiles.h"

/* Adds the buffers, then the sizes of the case's problem: ic icg ih iw oc ocg ocp oh ow ph pw g,
 * and for NCHW the number of input elements. */
void cvl_dense_arguments(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                         uint32_t input, uint32_t weights, uint32_t output);

/* Sets the work-groups of `z` products over `pixels` pixels and `outputs` channels. */
void cvl_dense_range(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                     uint64_t pixels, uint64_t outputs, uint64_t z);

#endif
