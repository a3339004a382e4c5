/* Two sides sampled alternately in one process. */
#ifndef PEERS_DUEL_H
#define PEERS_DUEL_H

#include <stdbool.h>
#include <stddef.h>

#include <convlens/status.h>

struct peers_side {
    enum cvl_status (*sample)(void *self, double *seconds, struct cvl_error *err);
    void *self;
    void (*turn)(void *self, bool begins); /* its turn begins or ends; may be NULL */
};

/* Medians of both sides.
 *
 * Turn by turn a block of one side's executions, back to back, and a block of the other's; before
 * each a pause, in which the other side's threads leave the processors (OpenMP's spin for some
 * milliseconds after their work), then executions that are thrown away, in which caches and clocks
 * become those of this side.
 * Turns in which a side was far slower than in its fastest one are left out and made up for.
 * @param budget_s of samples for each side; three turns are taken whatever it is */
enum cvl_status peers_duel(const struct peers_side sides[2], double budget_s, double medians_s[2],
                           struct cvl_error *err);

/* Shortest of a few executions: enough to choose among variants. */
enum cvl_status peers_try(const struct peers_side *side, double *seconds, struct cvl_error *err);

#endif
