/* The reference of the backward pass: gradients on the host, in double. */
#ifndef CVL_RUN_VERIFY_REFERENCE_BACKWARD_H
#define CVL_RUN_VERIFY_REFERENCE_BACKWARD_H

#include <stdbool.h>
#include <stddef.h>

#include <convlens/problem.h>

/* Of a convolution of any groups (form standard, depthwise or pointwise): from the gradient of its
 * output (mb oh ow oc) to that of its input (mb ih iw ic); weights oc (ic/g) kh kw.
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_reference_backward_data(const struct cvl_problem *problem, const float *weights,
                                            const double *gradient, double *out,
                                            struct cvl_error *err);
/* To that of its weights, in their order. */
enum cvl_status cvl_reference_backward_weights(const struct cvl_problem *problem,
                                               const double *input, const double *gradient,
                                               double *out, struct cvl_error *err);

/* Batch normalisation without scale and shift, and a ReLU, of `pixels` pixels of all images. */
struct cvl_reference_norm {
    size_t pixels, channels;
    double *mean, *inverse; /* of each channel: 1 / sqrt(variance + epsilon) */
};

/* What is added to a variance. */
#define CVL_REFERENCE_EPSILON 1e-3

/* Fills mean, inverse and `activated` from a convolution's output. */
void cvl_reference_normalise(struct cvl_reference_norm *norm, const double *y, double *activated);

/* From the gradient of the activated tensor to that of the output, both pixels x channels.
 * `activated` only shows where the ReLU lets through; where `device` is given, that shows it: float
 * and double may lie on different sides of 0. */
void cvl_reference_normalise_backward(const struct cvl_reference_norm *norm, const double *y,
                                      const double *activated, const float *device,
                                      const double *gradient, double *out);

#endif
