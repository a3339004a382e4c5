/* What training a sweep's networks needs, for people. */
#ifndef CVL_REPORT_TRAINING_TABLE_H
#define CVL_REPORT_TRAINING_TABLE_H

#include <stdio.h>

#include <convlens/sweep.h>

/* With each optimizer of the sweep: what the network keeps, and from which batch on the separable
 * one needs more than its standard twin.
 * @return CVL_OK, CVL_BAD_INPUT where a figure exceeds 64 bits, CVL_NO_MEMORY */
enum cvl_status cvl_training_print(FILE *stream, const struct cvl_sweep *sweep,
                                   enum cvl_dtype dtype, struct cvl_error *err);

#endif
