/* When the device is slower than it was, for a while and for a reason that nobody states (a
 * neighbour on the same machine, heat), samples wait, up to a limit. A reference of constant work
 * shows how fast it is. Knows neither the reference nor the clock: both are given, so that it is
 * tested with scripted ones. */
#ifndef CVL_RUN_TIME_PACE_H
#define CVL_RUN_TIME_PACE_H

#include <stdint.h>

/* A reference that takes this much longer than the fastest one marks a slow device. */
#define CVL_PACE_SLOW 1.05

struct cvl_pace {
    double (*now)(void *user);                /* seconds */
    double (*reference)(void *user);          /* seconds of the reference; NAN: there is none */
    void (*rest)(void *user, double seconds); /* waits */
    void *user;
    double best_s;     /* the fastest reference so far; 0: none yet */
    double patience_s; /* how long samples may still wait */
    double last_s;     /* when the reference was taken last */
    double sum_s;      /* of the references beside the samples since begin */
    uint32_t count;
    double waited_s; /* since begin: no part of a budget for samples */
};

/* For a device, before its first pass. The caller sets the functions. */
void cvl_pace_init(struct cvl_pace *pace);
/* Before the samples of a row. */
void cvl_pace_begin(struct cvl_pace *pace);
/* Before each sample: takes the reference every 10 ms, and waits while it is slow and there is
 * patience. Fast samples give patience back. */
void cvl_pace_step(struct cvl_pace *pace);
/* The mean reference since begin; NAN: there is none. */
double cvl_pace_reference_s(const struct cvl_pace *pace);
/* The part of its best speed that the device ran at; 1 where it is not known to be slower. */
double cvl_pace_speed(const struct cvl_pace *pace);

#endif
