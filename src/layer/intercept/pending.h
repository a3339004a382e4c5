/* Launches whose times are not known yet. Events are kept until they have ended, and are looked at
 * when the application waits for something anyway: a callback for each would wake a thread of the
 * driver's, which takes processors from kernels of CPU devices. */
#ifndef CVL_LAYER_INTERCEPT_PENDING_H
#define CVL_LAYER_INTERCEPT_PENDING_H

#include <pthread.h>
#include <stddef.h>

#include <CL/cl.h>

struct cvl_kernel_name;

enum { CVL_PENDING_MOST = 1024 };

struct cvl_pending {
    pthread_mutex_t lock;
    size_t first, count;
    struct cvl_pending_launch {
        cl_event event; /* a reference of ours */
        struct cvl_kernel_name *name;
    } launches[CVL_PENDING_MOST]; /* a ring */
};

#define CVL_PENDING_INITIALIZER                                                                    \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/* Takes the event over. */
void cvl_pending_add(struct cvl_pending *pending, cl_event event, struct cvl_kernel_name *name);
/* Enters the times of those that have ended. */
void cvl_pending_look(struct cvl_pending *pending);

#endif
