/* The host clock: CLOCK_MONOTONIC, which event clocks are compared with. */
#ifndef CVL_BASE_CLOCK_H
#define CVL_BASE_CLOCK_H

#include <time.h>

/* Seconds since some fixed moment. */
static inline double cvl_host_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

#endif
