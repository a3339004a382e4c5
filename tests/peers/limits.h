/* What loops in C reach on this machine: the yardstick for `convlens devices --measure`. */
#ifndef PEERS_LIMITS_H
#define PEERS_LIMITS_H

#include <convlens/status.h>

/* Rates of all processors together. */
struct peers_limits {
    double flops;             /* a second; f32 multiply-adds in registers, 2 each */
    double read, write, copy; /* bytes a second, of an array far larger than the caches; copy counts
                                 both ways */
};

/* @return CVL_OK, CVL_NO_MEMORY, CVL_FAILED */
enum cvl_status peers_limits_measure(struct peers_limits *out, struct cvl_error *err);

#endif
