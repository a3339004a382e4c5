/* Whether a row's time has changed: convlens/compare.h has the conditions. */
#ifndef CVL_MODEL_COMPARE_TIMES_H
#define CVL_MODEL_COMPARE_TIMES_H

#include <convlens/compare.h>

/* Compares the times of two timed rows: sets item->time, adds FASTER, SLOWER or UNSURE to the
 * outcomes, of UNSURE the reason.
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_compare_times(const struct cvl_compare_rules *rules,
                                  struct cvl_difference *item, struct cvl_error *err);

#endif
