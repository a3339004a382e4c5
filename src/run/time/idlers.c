/* A thread of class SCHED_IDLE on each processor. */
#include "run/time/idlers.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct cvl_idlers {
    atomic_bool ends;
    size_t count;
    pthread_t threads[];
};

/* Tells the processor that this is a loop of waiting, where it has an instruction for that. */
static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ volatile("yield");
#endif
}

static void *spin(void *user)
{
    struct cvl_idlers *idlers = user;
    while (!atomic_load_explicit(&idlers->ends, memory_order_relaxed))
        relax();
    return NULL;
}

/* The class is set before the thread runs: it must never take time from anybody. */
static bool start(struct cvl_idlers *idlers, size_t processor)
{
    static const struct sched_param lowest = {0};
    pthread_attr_t attributes;
    cpu_set_t one;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    bool started = pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED) == 0 &&
                   pthread_attr_setschedpolicy(&attributes, SCHED_IDLE) == 0 &&
                   pthread_attr_setschedparam(&attributes, &lowest) == 0 &&
                   pthread_attr_setaffinity_np(&attributes, sizeof one, &one) == 0 &&
                   pthread_create(&idlers->threads[idlers->count], &attributes, spin, idlers) == 0;
    (void)pthread_attr_destroy(&attributes);
    idlers->count += started;
    return started;
}

struct cvl_idlers *cvl_idlers_start(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return NULL;
    const size_t count = (size_t)CPU_COUNT(&allowed);
    struct cvl_idlers *idlers = calloc(1, sizeof *idlers + count * sizeof idlers->threads[0]);
    bool started = idlers != NULL;
    for (size_t i = 0; i < CPU_SETSIZE && started; i++)
        if (CPU_ISSET(i, &allowed))
            started = start(idlers, i);
    if (!started)
        cvl_idlers_stop(&idlers);
    return idlers;
}

void cvl_idlers_stop(struct cvl_idlers **idlers)
{
    if (!*idlers)
        return;
    atomic_store(&(*idlers)->ends, true);
    for (size_t i = 0; i < (*idlers)->count; i++)
        (void)pthread_join((*idlers)->threads[i], NULL);
    free(*idlers);
    *idlers = NULL;
}
