/* Divides a search's time among its jobs. */
#include "tuning/share.h"

/* Counts as spent before a job's first turn, to avoid a division by zero. */
static const double head_start_s = 0.1;

size_t cvl_share_next(const struct cvl_share *shares, size_t count)
{
    size_t next = count;
    double highest = -1.0;
    for (size_t i = 0; i < count; i++) {
        if (shares[i].over)
            continue;
        if (shares[i].spent_s <= 0.0)
            return i;
        const double weight_s = shares[i].weight_s > 0.0 ? shares[i].weight_s : 0.0;
        const double urgency = weight_s / (shares[i].spent_s + head_start_s);
        if (urgency > highest) {
            highest = urgency;
            next = i;
        }
    }
    return next;
}

double cvl_share_turn(const struct cvl_share *share, size_t count, double budget_s, double left_s)
{
    const double first_s = 0.5 * budget_s / (double)(count > 0 ? count : 1);
    const double turn_s = share->spent_s > 0.0 ? 0.5 * first_s : first_s;
    return turn_s < left_s ? turn_s : left_s;
}
