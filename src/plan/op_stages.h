/* The stages of what is no convolution (cl/op.cl). */
#ifndef CVL_PLAN_OP_STAGES_H
#define CVL_PLAN_OP_STAGES_H

#include <convlens/plan.h>

enum { CVL_OP_STAGES_MAX = CVL_STEP_INPUTS_MAX + 1 };

/* An op, and the buffers of the plan that it reads and writes. */
struct cvl_op_work {
    const struct cvl_op *op;
    uint32_t step;
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    size_t input_count;
    struct cvl_shape shapes[CVL_STEP_INPUTS_MAX]; /* of the inputs */
    uint32_t inputs[CVL_STEP_INPUTS_MAX];
    uint32_t output;  /* the first input's, where the op works in place */
    uint32_t weights; /* UINT32_MAX: none */
};

/* Is the output the input's bytes as they are? */
bool cvl_op_is_view(const struct cvl_op *op, const struct cvl_shape *input, enum cvl_layout layout);

/* Makes the stages. @param out room for CVL_OP_STAGES_MAX @return how many */
uint32_t cvl_op_stages(const struct cvl_op_work *work, struct cvl_stage *out);

/* Does a stage of a plan copy an input of a concat to its place? From which buffer to which. */
bool cvl_op_copies(const struct cvl_plan *plan, const struct cvl_stage *stage, uint32_t *from,
                   uint32_t *to);

#endif
