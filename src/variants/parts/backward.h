/* The stages of a convolution's backward pass (cl/backward.cl, cl/dw_backward.cl). */
#ifndef CVL_VARIANTS_PARTS_BACKWARD_H
#define CVL_VARIANTS_PARTS_BACKWARD_H

#include "variants/parts/trained.h"

/* Computes the gradient of the convolution's input into `target`, from `gradient`, that of its
 * output. */
void cvl_backward_data(struct cvl_builder *builder, const struct cvl_trained *trained,
                       uint32_t gradient, uint32_t target);

/* The same without training: `output` gathers what `input` is the gradient of, that is a transposed
 * convolution in NHWC. Its weights are added, and packed when they are loaded.
 * @param mirror cvl_problem_mirror of the problem */
void cvl_backward_gather(struct cvl_builder *builder, const struct cvl_problem *mirror,
                         uint32_t input, uint32_t output);

/* Computes the gradient of the weights into `target`, in the order of the weights. */
void cvl_backward_weights(struct cvl_builder *builder, const struct cvl_trained *trained,
                          uint32_t gradient, uint32_t target);

/* Returns the plan's buffer with that content, which must exist. */
uint32_t cvl_backward_find(const struct cvl_builder *builder, enum cvl_content content,
                           enum cvl_filter filter);

#endif
