/* The reference of what is no convolution, as cvl_op_kind says. */
#ifndef CVL_RUN_VERIFY_REFERENCE_OP_H
#define CVL_RUN_VERIFY_REFERENCE_OP_H

#include <convlens/network.h>

struct cvl_reference_op {
    const struct cvl_op *op;
    enum cvl_dtype dtype; /* of what the device keeps between two of its inputs */
    size_t input_count;
    struct cvl_shape shapes[CVL_STEP_INPUTS_MAX];
    const float *inputs[CVL_STEP_INPUTS_MAX]; /* mb h w c */
};

/* Fills output: mb h w c. */
void cvl_reference_op_compute(const struct cvl_reference_op *reference, double *output);

#endif
