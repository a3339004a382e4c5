/* What the files of the layer share. */
#ifndef CVL_MEMORY_LAYER_LAYER_H
#define CVL_MEMORY_LAYER_LAYER_H

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl_layer.h>

#include "memory/layer/track.h"

/* The layer's only state. It is global because OpenCL's entry points, through which everything
 * comes, pass none. */
struct cvl_layer {
    struct cvl_track track;
    const cl_icd_dispatch *next; /* the layer below, or the drivers; NULL: not initialised */
};
extern struct cvl_layer cvl_layer;

/* The wrapped calls. The other entries are NULL: the loader fills them from what is below. */
extern const cl_icd_dispatch cvl_layer_dispatch;

#endif
