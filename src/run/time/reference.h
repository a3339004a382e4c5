/* Kernels of constant work, by which the speed of the device is known from moment to moment. */
#ifndef CVL_RUN_TIME_REFERENCE_H
#define CVL_RUN_TIME_REFERENCE_H

#include "run/opened.h"
#include "run/time/pace.h"

struct cvl_reference;

/* @return NULL where memory ran out: rows are timed without it then */
struct cvl_reference *cvl_reference_create(void);
void cvl_reference_destroy(struct cvl_reference **reference);

/* Makes the kernels ready for the samples of a row; end releases it. Where the device does not take
 * it, or is so slow that it would take long (a simulator), there is no reference.
 * @return the pace to step before each sample; it belongs to the reference; NULL: there is none */
struct cvl_pace *cvl_reference_begin(struct cvl_reference *reference,
                                     const struct cvl_opened *opened);
void cvl_reference_end(struct cvl_reference *reference);
/* After end: the part of its best speed that the device computed and read at beside the samples,
 * where `memory_share` of their time depends on reading. */
double cvl_reference_speed(const struct cvl_reference *reference, double memory_share);
/* After end: the rates; NAN where there is none. */
double cvl_reference_flops_per_s(const struct cvl_reference *reference);
double cvl_reference_bytes_per_s(const struct cvl_reference *reference);
/* Launches a second that copy 1 MiB in place, one after the other, before the samples. On a CPU
 * what one thread wrote is another's next time: slow where processors share no cache, which a
 * hypervisor may change at any time. */
double cvl_reference_passed_per_s(const struct cvl_reference *reference);

#endif
