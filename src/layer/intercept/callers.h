/* Who calls: the stack of the calling thread, as a number; the trace holds its frames under that
 * number. */
#ifndef CVL_LAYER_INTERCEPT_CALLERS_H
#define CVL_LAYER_INTERCEPT_CALLERS_H

#include <pthread.h>

#include "layer/intercept/log.h"

struct cvl_callers_stack;
struct cvl_callers_seen;
struct cvl_callers_module;

struct cvl_callers {
    pthread_mutex_t lock;
    struct cvl_log *log;               /* NULL: no trace is wanted */
    struct cvl_callers_stack **stacks; /* hashed by content */
    struct cvl_callers_seen *seen;     /* hashed by where they were seen */
    struct cvl_callers_module *modules;
    uint32_t stack_count, module_count, module_capacity;
    unsigned long long generation; /* number of libraries loaded and unloaded so far */
};

#define CVL_CALLERS_INITIALIZER                                                                    \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/* The stack above the function that calls this one and passes its own return and frame addresses.
 * @return its number in the trace; 0: unknown */
uint32_t cvl_callers_number(struct cvl_callers *callers, const void *return_address,
                            const void *frame_address);

#define CVL_CALLERS_HERE(callers)                                                                  \
    ((callers)->log                                                                                \
         ? cvl_callers_number(callers, __builtin_return_address(0), __builtin_frame_address(0))    \
         : 0u)

#endif
