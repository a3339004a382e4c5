/* The layer's books of kernels: which objects each has as arguments, how often it was launched and
 * how long it ran. Kept only for a trace. Every function is safe to call from any thread. */
#ifndef CVL_LAYER_INTERCEPT_KERNELS_H
#define CVL_LAYER_INTERCEPT_KERNELS_H

#include <pthread.h>

#include "layer/intercept/handles.h"
#include "layer/intercept/log.h"
#include "layer/intercept/track.h"

/* All kernels of a name: never freed. */
struct cvl_kernel_name;

struct cvl_kernels {
    pthread_mutex_t lock;
    struct cvl_log *log;
    struct cvl_handles handles;
    struct cvl_kernel_name *names;
    uint32_t name_count;
};

#define CVL_KERNELS_INITIALIZER                                                                    \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/* A new kernel, without arguments; or with those of `source`, where that is not NULL. */
void cvl_kernels_create(struct cvl_kernels *kernels, const void *handle, const char *name,
                        const void *source);
/* Its argument becomes an object (or an address in shared memory); NULL: no object. */
void cvl_kernels_argument(struct cvl_kernels *kernels, const void *handle, uint32_t index,
                          const void *object);
/* It was launched: it uses its arguments.
 * @return for the next two; NULL for an unknown kernel */
struct cvl_kernel_name *cvl_kernels_launch(struct cvl_kernels *kernels, struct cvl_track *track,
                                           const void *handle);
/* A launch has ended after so long; or it will never be known how long it took. */
void cvl_kernels_time(struct cvl_kernels *kernels, struct cvl_kernel_name *name, uint64_t ns);
void cvl_kernels_untimed(struct cvl_kernels *kernels, struct cvl_kernel_name *name,
                         enum cvl_log_untimed reason);

/* Frees what the books hold. */
void cvl_kernels_clear(struct cvl_kernels *kernels);

#endif
