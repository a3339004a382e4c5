/* The stages of a convolution's backward pass (cl/backward.cl, cl/dw_backward.cl). */
#ifndef CVL_VARIANTS_PARTS_BACKWARD_H
#define CVL_VARIANTS_PARTS_BACKWARD_H

#include "variants/parts/training.h"

/* From `gradient`, that of the convolution's output, to that of its input, into `target`. */
void cvl_backward_data(struct cvl_builder *builder, const struct cvl_trained *trained,
                       uint32_t gradient, uint32_t target);

/* To that of the weights, in the weights' own order, into `target`. */
void cvl_backward_weights(struct cvl_builder *builder, const struct cvl_trained *trained,
                          uint32_t gradient, uint32_t target);

/* The plan's buffer of that content; it has one. */
uint32_t cvl_backward_find(const struct cvl_builder *builder, enum cvl_content content,
                           enum cvl_filter filter);

#endif
