/* The reference: a direct convolution on the host, accumulated in double. */
#ifndef CVL_RUN_REFERENCE_H
#define CVL_RUN_REFERENCE_H

#include "run/tensors.h"

/* Fills tensors->output from its input and weights. @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_reference_compute(struct cvl_tensors *tensors, struct cvl_error *err);

#endif
