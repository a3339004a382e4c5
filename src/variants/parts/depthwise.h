/* The depthwise stage (cl/dw_direct.cl) that several variants share. */
#ifndef CVL_VARIANTS_PARTS_DEPTHWISE_H
#define CVL_VARIANTS_PARTS_DEPTHWISE_H

#include "plan/builder.h"

struct cvl_depthwise {
    struct cvl_problem
        problem;        /* of depthwise form, with one input channel for each output channel */
    int32_t multiplier; /* output channels that have one input channel in common; 0 is 1 */
    uint32_t input, weights, output;
    int32_t row0, rows; /* output rows to compute: the output buffer holds only these */
};

/* Adds the weights as the stage reads them: packed for NHWC, unchanged for NCHW. Call it before any
 * stage is added. */
uint32_t cvl_depthwise_weights(struct cvl_builder *builder, const struct cvl_problem *problem,
                               enum cvl_filter filter);

/* The stage that computes all of a depthwise problem; the buffers are not set. */
struct cvl_depthwise cvl_depthwise_of(const struct cvl_problem *problem);

void cvl_depthwise_stage(struct cvl_builder *builder, const char *name,
                         const struct cvl_depthwise *depthwise);

/* CVL_UNSUPPORTED where an input channel has several output channels. */
enum cvl_status cvl_depthwise_single(const struct cvl_request *request, struct cvl_error *err);

#endif
