/* Launches whose times are not known yet. Events are kept until they end, and are checked when the
 * application waits for something anyway. A callback per launch would wake a driver thread, which
 * takes processor time from the kernels of CPU devices. */
#ifndef CVL_LAYER_INTERCEPT_PENDING_H
#define CVL_LAYER_INTERCEPT_PENDING_H

#include <pthread.h>
#include <stddef.h>

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl_layer.h>

#include "layer/intercept/kernels.h"

enum { CVL_PENDING_MAX = 1024 };

struct cvl_pending {
    pthread_mutex_t lock;
    const cl_icd_dispatch *const *next; /* as in struct cvl_layer */
    struct cvl_kernels *kernels;        /* get the times */
    size_t first, count;
    struct cvl_pending_launch {
        cl_event event; /* our own reference */
        struct cvl_kernel_name *name;
    } launches[CVL_PENDING_MAX]; /* a ring buffer */
};

#define CVL_PENDING_INITIALIZER(layer)                                                             \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .next = &(layer).next, .kernels = &(layer).kernels      \
    }

/* Takes ownership of the event. */
void cvl_pending_add(struct cvl_pending *pending, cl_event event, struct cvl_kernel_name *name);
/* Records the times of launches that have ended. */
void cvl_pending_look(struct cvl_pending *pending);

#endif
