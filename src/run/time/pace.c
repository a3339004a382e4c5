/* Waits for a device that is slower than it was. */
#include "run/time/pace.h"

#include <math.h>

static const double interval_s = 10e-3, rest_s = 10e-3, max_patience_s = 3.0;

void cvl_pace_init(struct cvl_pace *pace)
{
    *pace = (struct cvl_pace){.patience_s = max_patience_s};
}

void cvl_pace_begin(struct cvl_pace *pace)
{
    pace->last_s = -INFINITY;
    pace->sum_s = pace->waited_s = 0.0;
    pace->count = 0;
}

static double take(struct cvl_pace *pace)
{
    const double reference_s = pace->reference(pace->user);
    pace->last_s = pace->now(pace->user);
    if (reference_s > 0.0 && (pace->best_s <= 0.0 || reference_s < pace->best_s))
        pace->best_s = reference_s;
    return reference_s;
}

void cvl_pace_step(struct cvl_pace *pace)
{
    const double begin_s = pace->now(pace->user);
    if (begin_s - pace->last_s < interval_s)
        return;
    const double sampled_s = isinf(pace->last_s) ? 0.0 : begin_s - pace->last_s;
    double reference_s = take(pace);
    if (isnan(reference_s))
        return;
    if (reference_s <= CVL_PACE_SLOW * pace->best_s)
        pace->patience_s = fmin(max_patience_s, pace->patience_s + sampled_s);
    while (reference_s > CVL_PACE_SLOW * pace->best_s &&
           pace->last_s - begin_s < pace->patience_s) {
        pace->rest(pace->user, rest_s);
        reference_s = take(pace);
    }
    const double waited_s = pace->last_s - begin_s;
    pace->patience_s = fmax(0.0, pace->patience_s - waited_s);
    pace->waited_s += waited_s;
    pace->sum_s += reference_s;
    pace->count++;
}

double cvl_pace_reference_s(const struct cvl_pace *pace)
{
    return pace->count > 0 ? pace->sum_s / pace->count : (double)NAN;
}

double cvl_pace_speed(const struct cvl_pace *pace)
{
    const double reference_s = cvl_pace_reference_s(pace);
    return reference_s > 0.0 && pace->best_s > 0.0 ? fmin(1.0, pace->best_s / reference_s) : 1.0;
}
