/* The layer's table of kernels: the objects that each has as arguments, how often it was launched
 * and how long it ran. Kept only for a trace. All functions are thread-safe. */
#ifndef CVL_LAYER_INTERCEPT_KERNELS_H
#define CVL_LAYER_INTERCEPT_KERNELS_H

#include <pthread.h>

#include "layer/intercept/handles.h"
#include "layer/intercept/log.h"
#include "layer/intercept/track.h"

/* All kernels of the same name; never freed. */
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

/* Adds a kernel, without arguments or, if `source` is not NULL, with those of `source`. */
void cvl_kernels_create(struct cvl_kernels *kernels, const void *handle, const char *name,
                        const void *source);
/* Sets an argument to an object or to an address in shared memory; NULL: no object. */
void cvl_kernels_argument(struct cvl_kernels *kernels, const void *handle, uint32_t index,
                          const void *object);
/* Records a launch, which uses the kernel's arguments.
 * @return the name to pass to the next two functions; NULL for an unknown kernel */
struct cvl_kernel_name *cvl_kernels_launch(struct cvl_kernels *kernels, struct cvl_track *track,
                                           const void *handle);
/* Records how long a launch took, or why that will never be known. */
void cvl_kernels_time(struct cvl_kernels *kernels, struct cvl_kernel_name *name, uint64_t ns);
void cvl_kernels_untimed(struct cvl_kernels *kernels, struct cvl_kernel_name *name,
                         enum cvl_log_untimed reason);

/* Frees the table. */
void cvl_kernels_clear(struct cvl_kernels *kernels);

#endif
