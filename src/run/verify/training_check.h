/* Compares what a step of training wrote with the reference. */
#ifndef CVL_RUN_VERIFY_TRAINING_CHECK_H
#define CVL_RUN_VERIFY_TRAINING_CHECK_H

#include "run/passes.h"

/* Bytes of what is still there when a training plan ends: the gradient of the input, the weights
 * and the optimizer's state. */
size_t cvl_training_bytes_left(const struct cvl_plan *plan);

/* cvl_pass_check_output for a training plan. The first time everything must still be live: the
 * activated tensors, which also show the reference where a ReLU let through, and the gradients of
 * the weights are compared too. */
enum cvl_status cvl_training_check(struct cvl_pass *pass, const char *what, struct cvl_error *err);

#endif
