/* Host side of one layer: seeded input and weights, and the answer that a device must give. */
#ifndef CVL_RUN_VERIFY_TENSORS_H
#define CVL_RUN_VERIFY_TENSORS_H

#include <stddef.h>

#include <convlens/problem.h>

#include "run/verify/elements.h"

struct cvl_training_tensors;

/* Input and weights in float, already rounded to the case's data type; NHWC for the input, since
 * the reference runs along channels; weights as plan contents name them.
 * Scaled so that every output has a variance of about 1: errors and tolerances then mean the same
 * for every problem. */
struct cvl_tensors {
    struct cvl_problem problem; /* of what is no convolution the output's sizes alone */
    enum cvl_dtype dtype;
    float *input;                          /* mb ih iw ic; NULL after another layer */
    struct cvl_extent input_extent;        /* of the input that is there */
    float *weights;                        /* oc (ic/g) kh kw; NULL for separable and inverted */
    float *weights_ex;                     /* mc ic 1 1; inverted only */
    float *weights_dw;                     /* ic dm or mc 1 kh kw; separable and inverted only */
    float *weights_pw;                     /* oc ic dm or mc 1 1; separable and inverted only */
    double *output;                        /* mb oh ow oc: the reference, accumulated in double */
    struct cvl_training_tensors *training; /* owned; NULL unless the case is one of training */
    double max_abs;                        /* largest magnitude of the output */
};

/* Fills input and weights from a fixed seed; no output.
 * @return CVL_OK or CVL_NO_MEMORY; the caller clears */
enum cvl_status cvl_tensors_make(const struct cvl_problem *problem, enum cvl_dtype dtype,
                                 struct cvl_tensors *out, struct cvl_error *err);

/* The seeded input alone. NULL: out of memory. */
float *cvl_tensors_make_input(size_t elements, enum cvl_dtype dtype);

/* The same as cvl_tensors_make, without an input, for a layer whose input has another mean of
 * squares than the seeded one, 1/3: other weights, so that the output's variance is 1 too. */
enum cvl_status cvl_tensors_make_after(const struct cvl_problem *problem, enum cvl_dtype dtype,
                                       double second_moment, struct cvl_tensors *out,
                                       struct cvl_error *err);

/* The weights of another problem that has as many. @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_tensors_make_with_weights(const struct cvl_problem *problem,
                                              const struct cvl_tensors *owner,
                                              struct cvl_tensors *out, struct cvl_error *err);

/* Fills input and weights from a fixed seed and computes the reference.
 * @return CVL_OK or CVL_NO_MEMORY; the caller clears */
enum cvl_status cvl_tensors_create(const struct cvl_problem *problem, enum cvl_dtype dtype,
                                   struct cvl_tensors *out, struct cvl_error *err);
void cvl_tensors_clear(struct cvl_tensors *tensors);

/* Elements in `dtype` as the device holds them, from NHWC floats: the layout's order. target has
 * room for n h w c elements. */
void cvl_pack_activations(const float *nhwc, struct cvl_extent extent, enum cvl_layout layout,
                          enum cvl_dtype dtype, void *target);
/* `count` elements in their own order. */
void cvl_pack_elements(const float *values, size_t count, enum cvl_dtype dtype, void *target);

struct cvl_extent cvl_input_extent(const struct cvl_problem *problem);
struct cvl_extent cvl_output_extent(const struct cvl_problem *problem);
size_t cvl_extent_elements(struct cvl_extent extent);

#endif
