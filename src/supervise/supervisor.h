/* Runs each case on each device, by workers that may die. Each row goes into the store as soon as
 * it is there. Never calls OpenCL. */
#ifndef CVL_SUPERVISE_SUPERVISOR_H
#define CVL_SUPERVISE_SUPERVISOR_H

#include "supervise/supervision.h"

/* Is there a row of the case on that device in the resumed run? */
bool cvl_case_is_done(const struct cvl_supervision *supervision, const char *device_id,
                      const struct cvl_case *item);

/* Runs what is not done yet, device after device; then times the device's rows of this part of the
 * run in further rounds. A worker's death costs the row in flight; a
 * variant that kills its worker twice on a device is quarantined there: its further rows are
 * skipped, with the reason. A device whose worker does not start twice in a row has its remaining
 * rows recorded as failed.
 * @return CVL_OK whatever the rows' statuses; CVL_INTERRUPTED; CVL_IO or CVL_BAD_INPUT of the
 * store; CVL_NO_MEMORY */
enum cvl_status cvl_supervise(const struct cvl_supervision *supervision, struct cvl_error *err);

#endif
