/* A kernel launched several times in a row, and how long that took. */
#ifndef CVL_RUN_TIME_BURST_H
#define CVL_RUN_TIME_BURST_H

#include "run/opened.h"

/* A kernel with its arguments set, and one launch of it. */
struct cvl_burst {
    const struct cvl_opened *opened;
    cl_kernel kernel;
    size_t items, group;
};

/* Seconds from the first launch's start to the last one's end where the event clock is trusted,
 * else from the first enqueue to the end of the wait.
 * @return CVL_OK, or CVL_FAILED and the like of the call that failed */
enum cvl_status cvl_burst_run(const struct cvl_burst *burst, size_t launches, double *seconds,
                              struct cvl_error *err);

/* The shortest of five bursts, or of one where that took longer than `patience_s`. What is measured
 * is a ceiling: other programs and the operating system only ever lower a rate. */
enum cvl_status cvl_burst_shortest(const struct cvl_burst *burst, size_t launches,
                                   double patience_s, double *seconds, struct cvl_error *err);

enum { CVL_BURST_GAPS = 32 };

/* Seconds between the end of each launch and the start of the next one, by the event clock, which
 * must be trusted. Launches that overlap are 0 apart. */
enum cvl_status cvl_burst_gaps(const struct cvl_burst *burst, double gaps_s[CVL_BURST_GAPS],
                               struct cvl_error *err);

#endif
