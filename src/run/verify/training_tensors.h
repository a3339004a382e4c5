/* Host side of a training case: what goes in with input and weights, and what must come out. */
#ifndef CVL_RUN_VERIFY_TRAINING_TENSORS_H
#define CVL_RUN_VERIFY_TRAINING_TENSORS_H

#include "run/verify/reference_backward.h"

#include <convlens/plan.h>

/* One convolution of the case; a separable problem has two. Doubles are the reference. */
struct cvl_training_part {
    struct cvl_problem problem;
    const float *weights; /* borrowed */
    size_t weights_count, input_count, output_count;
    const double *input;        /* borrowed: the case's, or what is activated before */
    double *output, *activated; /* mb oh ow oc */
    struct cvl_reference_norm norm;
    float *state;                  /* what the optimizer has at first: copies of the weights */
    double *gradients;             /* of the weights, OIHW */
    double *updated, *state_after; /* weights and state after the step */
};

struct cvl_training_tensors {
    enum cvl_optimizer optimizer;
    size_t count;
    struct cvl_training_part parts[2];
    double *input;
    float *output_gradient; /* of the last part's activated tensor */
    double *input_gradient;
};

/* What a case has in addition to input and weights; both are borrowed. Everything of the forward
 * pass is computed, nothing of the backward pass. weights[1]: of a separable problem's second
 * convolution.
 * @return CVL_OK or CVL_NO_MEMORY; the caller destroys */
enum cvl_status cvl_training_tensors_create(const struct cvl_problem *problem,
                                            enum cvl_optimizer optimizer, const float *input,
                                            const float *const weights[2],
                                            struct cvl_training_tensors **out,
                                            struct cvl_error *err);
void cvl_training_tensors_destroy(struct cvl_training_tensors **tensors);

/* Computes gradients and the step. device[i]: the activated tensor of part i as a device has it,
 * which shows where its ReLU let through; NULL: the reference's own.
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_training_tensors_backward(struct cvl_training_tensors *tensors,
                                              const float *const device[2], struct cvl_error *err);

/* The step of one weight (cl/update.cl): changes both, `state` being copies of `stride` apart. */
void cvl_training_step(enum cvl_optimizer optimizer, double gradient, double *weight, double *state,
                       size_t stride);

#endif
