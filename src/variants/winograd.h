/* Winograd's minimal filtering (cl/winograd.cl), which two variants share: outputs of 2 x 2 and of
 * 4 x 4 pixels. */
#ifndef CVL_VARIANTS_WINOGRAD_H
#define CVL_VARIANTS_WINOGRAD_H

#include "variants/parameters.h"

/* What the size of the output tile decides. */
struct cvl_winograd {
    int32_t edge; /* output pixels along an edge of a tile */
    /* FLOPs of the one-dimensional transforms, as the kernels carry them out: one multiply-add
     * counts two. */
    uint32_t weights_flops, input_flops, output_flops;
    double tolerance_factor; /* cvl_plan.tolerance_factor */
};

/* 3x3, stride 1, dense, one group. */
enum cvl_status cvl_winograd_applies(const struct cvl_case *request,
                                     const struct cvl_device_facts *device, struct cvl_error *err);

enum cvl_status cvl_winograd_plan(const struct cvl_winograd *winograd,
                                  const struct cvl_case *request,
                                  const struct cvl_device_facts *device, struct cvl_plan *plan,
                                  struct cvl_error *err);

extern const struct cvl_parameter_set cvl_winograd_parameters;

#endif
