/* Divides a search's time among its jobs. Each job is a variant on a class of problems. */
#ifndef CVL_TUNING_SHARE_H
#define CVL_TUNING_SHARE_H

#include <stdbool.h>
#include <stddef.h>

struct cvl_share {
    double spent_s;  /* on this job so far */
    double weight_s; /* time of its layers in a network with the best so far; NAN: unknown */
    bool over;       /* nothing is left to try */
};

/* Returns the next job. First every job gets one turn, in order; then the job with the most weight
 * for the time spent on it, so that time goes where it can gain most.
 * @return count if all are over */
size_t cvl_share_next(const struct cvl_share *shares, size_t count);

/* How long the turn of a job may last. Half of the budget goes into first turns; later turns are
 * half as long, and no turn is longer than the time left. */
double cvl_share_turn(const struct cvl_share *share, size_t count, double budget_s, double left_s);

#endif
