/* The search for tile parameters on real devices: candidates are tried by workers that may die, and
 * each is in the database the moment it is known. Never calls OpenCL. */
#ifndef CVL_SUPERVISE_TUNER_H
#define CVL_SUPERVISE_TUNER_H

#include "supervise/tuner_setup.h"

/* Searches until the budget is spent or nothing is left. A candidate that kills or hangs its worker
 * costs itself only and is never tried again. One whose built kernels do not fit, or spill
 * (tuning/fit.h), is skipped before it runs, which is recorded. The best of a job is compared with
 * the default, in turns, at the end of each of its turns, and is settled only where it was faster
 * every time.
 * @param out what there is, owned by the caller; on CVL_INTERRUPTED as well
 * @return CVL_OK; CVL_INTERRUPTED; CVL_BAD_INPUT where nothing can be tuned; CVL_FAILED where no
 * worker starts; of the database CVL_IO, CVL_BAD_INPUT; CVL_NO_MEMORY */
enum cvl_status cvl_tune(const struct cvl_tuner *tuner, struct cvl_tuned **out, size_t *count,
                         struct cvl_error *err);

#endif
