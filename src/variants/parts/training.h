/* Training: what a plan does after the forward pass. Batch normalisation and a ReLU follow each
 * convolution; their backward pass needs two saved tensors, the convolution's output and the
 * activated one. */
#ifndef CVL_VARIANTS_PARTS_TRAINING_H
#define CVL_VARIANTS_PARTS_TRAINING_H

#include "variants/parts/trained.h"

/* Returns CVL_OK, or why a case cannot be trained. */
enum cvl_status cvl_train_applies(const struct cvl_request *request, struct cvl_error *err);

/* Adds a buffer for a convolution's output, kept for the backward pass. */
uint32_t cvl_train_output(struct cvl_builder *builder, const char *name, uint64_t elements);

/* Appends normalisation and ReLU to the convolution whose stage is the last one. `content` of the
 * activated tensor: CVL_CONTENT_BETWEEN, or CVL_CONTENT_ACTIVATED for the last convolution. */
void cvl_train_activate(struct cvl_builder *builder, struct cvl_trained *trained,
                        enum cvl_content content);

/* Appends the backward pass and the optimizer's step of `count` activated convolutions. It reads
 * the gradient of the last one's activated tensor and writes that of the first one's input. */
void cvl_train_backward(struct cvl_builder *builder, const struct cvl_trained *trained,
                        size_t count);

/* Both of the above, for a plan of one convolution that has all its forward stages and writes to
 * cvl_build_output. */
void cvl_train_one(struct cvl_builder *builder, struct cvl_trained *trained);

#endif
