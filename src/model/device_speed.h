/* How much of the change of a row's time the speed of the device explains. */
#ifndef CVL_MODEL_DEVICE_SPEED_H
#define CVL_MODEL_DEVICE_SPEED_H

#include <convlens/compare.h>

/* What explains the most of it. */
struct cvl_cause {
    const char *what; /* of a reference kernel; NULL: nothing does */
    double change;    /* of that kernel's rate */
    double explained; /* of the row's time: 0.04 for 4 %, at most; INFINITY: any change */
};

/* Condition 8 of comparisons, where both rows have reference kernels beside their samples. A device
 * that changed the other way makes the row's change no smaller.
 * @param way 1: the row is slower, -1: faster */
struct cvl_cause cvl_cause_find(const struct cvl_difference *item, int way);

#endif
