/* The event clock: reading it, and whether it may be believed. */
#ifndef CVL_RUN_TIME_EVENT_CLOCK_H
#define CVL_RUN_TIME_EVENT_CLOCK_H

#include "run/opened.h"

/* The four stamps of a finished command, nanoseconds. */
struct cvl_event_stamps {
    uint64_t queued_ns, submit_ns, start_ns, end_ns;
};

/* @return CVL_OK, or CVL_FAILED where the device does not profile */
enum cvl_status cvl_event_stamps_read(cl_event event, struct cvl_event_stamps *out,
                                      struct cvl_error *err);

/* One try of the calibration kernel: what the stamps say and how long the host waited. */
struct cvl_clock_trial {
    struct cvl_event_stamps stamps;
    double host_s;
};

/* Judges trials of at least 5 ms each: stamps in order, and END - START within 10 % (or 1 ms,
 * whichever is more) of the host's time in more than half of them: on a busy machine the host may
 * wait for a processor now and then. Pure. `reason` says what was wrong, or how well they agreed.
 */
enum cvl_clock_trust cvl_event_clock_judge(const struct cvl_clock_trial *trials, size_t count,
                                           uint64_t resolution_ns, char *reason, size_t size);

/* Runs the calibration and records the judgement in the facts. Never fails: what stands in the way
 * is the reason for distrust. */
void cvl_event_clock_calibrate(struct cvl_opened *opened);

#endif
