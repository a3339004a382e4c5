/* Compiling ahead: before anything is timed, several workers at once run each kernel that the cases
 * of a run need, once. A driver that keeps what it has compiled gives it to the worker that
 * measures; whether this one does is tried first. It only saves time: rows are made and
 * verified as always. */
#ifndef CVL_SUPERVISE_AHEAD_H
#define CVL_SUPERVISE_AHEAD_H

#include "supervise/supervisor.h"
#include "tuning/steps.h"

struct cvl_ahead_case {
    const struct cvl_case *item;  /* a single layer */
    struct cvl_tuned_steps steps; /* owned */
};

/* Of the cases that are not done on the device, those that need a kernel or a library's call that
 * none before them does, in their order. The caller clears *out.
 * @return CVL_OK, CVL_NO_MEMORY, or an error of the tuning database */
enum cvl_status cvl_ahead_choose(const struct cvl_supervision *supervision,
                                 const struct cvl_device_facts *device, struct cvl_ahead_case **out,
                                 size_t *count, struct cvl_error *err);
void cvl_ahead_clear(struct cvl_ahead_case **cases, size_t *count);

/* @return CVL_OK, also if workers died or nothing had to be compiled; CVL_INTERRUPTED; what
 * cvl_ahead_choose returns */
enum cvl_status cvl_ahead_compile(const struct cvl_supervision *supervision,
                                  const struct cvl_device_facts *device, struct cvl_error *err);

#endif
