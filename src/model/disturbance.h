/* Whether a row's time was disturbed, by the row's doubt. */
#ifndef CVL_MODEL_DISTURBANCE_H
#define CVL_MODEL_DISTURBANCE_H

#include <stdbool.h>
#include <stddef.h>

/* The first part of a doubt that says that the time was disturbed: any but those of its spread, of
 * two peaks, of few samples and of launch overhead, which the samples show by themselves. `part` is
 * empty if there is none.
 * @param knows_speed the speed of the device is judged otherwise: doubts of it do not count */
void cvl_disturbance_find(const char *doubt, bool knows_speed, char *part, size_t size);

#endif
