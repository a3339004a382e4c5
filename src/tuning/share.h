/* How a search's time is shared over its jobs, each a variant on a class of problems. */
#ifndef CVL_TUNING_SHARE_H
#define CVL_TUNING_SHARE_H

#include <stdbool.h>
#include <stddef.h>

struct cvl_share {
    double spent_s;  /* on this job so far */
    double weight_s; /* what its layers take in a network with the best so far; NAN: not known */
    bool over;       /* nothing is left to try */
};

/* The job whose turn it is: first each in its order has one, then the one with the most weight for
 * the time spent on it, so that in the end time is spent where most of it is to be won.
 * @return count where all are over */
size_t cvl_share_next(const struct cvl_share *shares, size_t count);

/* How long the turn of a job may last: half of the budget goes into first turns, later ones are
 * half as long, and no turn is longer than what is left. */
double cvl_share_turn(const struct cvl_share *share, size_t count, double budget_s, double left_s);

#endif
