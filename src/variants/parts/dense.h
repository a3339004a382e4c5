/* What the kernels of a convolution in one step have in common: arguments and groups. */
#ifndef CVL_VARIANTS_PARTS_DENSE_H
#define CVL_VARIANTS_PARTS_DENSE_H

#include "variants/parts/tiles.h"

/* Buffers, then the sizes of the case's problem: ic icg ih iw oc ocg ocp oh ow ph pw g, and for
 * NCHW the elements of the input. */
void cvl_dense_arguments(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                         uint32_t input, uint32_t weights, uint32_t output);

/* Groups of work-items of a product over `pixels` pixels of `outputs` channels, z of them. */
void cvl_dense_range(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                     uint64_t pixels, uint64_t outputs, uint64_t z);

#endif
