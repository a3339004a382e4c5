/* A convolution of a training plan, as its forward and backward stages see it. */
#ifndef CVL_VARIANTS_PARTS_TRAINED_H
#define CVL_VARIANTS_PARTS_TRAINED_H

#include "plan/builder.h"

/* One convolution of a training plan. */
struct cvl_trained {
    struct cvl_problem problem; /* of form standard, depthwise or pointwise */
    enum cvl_filter weights;    /* CVL_FILTER_ALL, or one of a separable problem's */
    bool is_depthwise;          /* uses the depthwise kernels */
    uint32_t input, output;     /* buffers: read; written, from cvl_train_output */
    uint32_t turned; /* depthwise: its weights as taps x channels, as the forward pass packs them */
    uint32_t activated, means; /* set by cvl_train_activate */
};

/* The name of a stage or buffer of this convolution, such as "normalise_pw". */
struct cvl_trained_name {
    char text[24];
};
struct cvl_trained_name cvl_trained_name(const struct cvl_trained *trained, const char *what);

#endif
