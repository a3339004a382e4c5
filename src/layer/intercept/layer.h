/* What the files of the layer share. */
#ifndef CVL_LAYER_INTERCEPT_LAYER_H
#define CVL_LAYER_INTERCEPT_LAYER_H

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl_layer.h>

#include "layer/intercept/callers.h"
#include "layer/intercept/kernels.h"
#include "layer/intercept/pending.h"
#include "layer/intercept/track.h"

/* The layer's only state. It is global because OpenCL's entry points have no argument for it. */
struct cvl_layer {
    struct cvl_track track;
    struct cvl_log log; /* of a trace; kernels and callers are only recorded for one */
    struct cvl_kernels kernels;
    struct cvl_callers callers;
    struct cvl_pending pending;
    cl_icd_dispatch traced;      /* our table in a trace: the loader keeps its address */
    const cl_icd_dispatch *next; /* the layer below, or the drivers; NULL: not initialised */
};
extern struct cvl_layer cvl_layer;

/* The wrapped calls. Other entries are NULL: the loader fills them from the next layer or the
 * driver. */
extern const cl_icd_dispatch cvl_layer_dispatch;

/* Adds the calls that only a trace needs: kernels, and functions that programs look up by name. */
void cvl_layer_wrap_kernels(cl_icd_dispatch *dispatch);
void cvl_layer_wrap_extensions(cl_icd_dispatch *dispatch);

#endif
