/* Training: what a plan does behind the forward pass. Each convolution has batch normalisation and
 * a ReLU behind it, whose backward pass needs two tensors kept: the convolution's output and the
 * activated one. */
#ifndef CVL_VARIANTS_PARTS_TRAINING_H
#define CVL_VARIANTS_PARTS_TRAINING_H

#include "plan/builder.h"

/* One convolution of a training plan. */
struct cvl_trained {
    struct cvl_problem problem; /* of form standard, depthwise or pointwise */
    enum cvl_filter weights;    /* CVL_FILTER_ALL, or one of a separable problem's */
    bool is_depthwise;          /* for the depthwise kernels */
    uint32_t input, output;     /* what it reads; what it writes, from cvl_train_output */
    uint32_t turned; /* depthwise: its weights as taps x channels, as the forward pass packs them */
    uint32_t activated, means; /* set by cvl_train_activate */
};

/* Why a case cannot be trained, by rule, or CVL_OK. */
enum cvl_status cvl_train_applies(const struct cvl_request *request, struct cvl_error *err);

/* A buffer for a convolution's output, kept for the backward pass. */
uint32_t cvl_train_output(struct cvl_builder *builder, const char *name, uint64_t elements);

/* Appends normalisation and ReLU behind a convolution whose stage is the last one. `content` of the
 * activated tensor: CVL_CONTENT_BETWEEN, or CVL_CONTENT_ACTIVATED of the last convolution. */
void cvl_train_activate(struct cvl_builder *builder, struct cvl_trained *trained,
                        enum cvl_content content);

/* Appends the backward pass and the optimizer's step of `count` convolutions, all activated: the
 * gradient of the last one's activated tensor comes in, that of the first one's input goes out. */
void cvl_train_backward(struct cvl_builder *builder, const struct cvl_trained *trained,
                        size_t count);

/* Both for a plan of one convolution whose forward stages are all there, its output being
 * cvl_build_output. */
void cvl_train_one(struct cvl_builder *builder, struct cvl_trained *trained);

/* "normalise_pw": what a stage or a buffer of this convolution is called. */
struct cvl_trained_name {
    char text[24];
};
struct cvl_trained_name cvl_trained_name(const struct cvl_trained *trained, const char *what);

#endif
