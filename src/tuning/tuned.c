/* What a search gained. */
#include "tuning/tuned.h"

#include <math.h>

double cvl_tuned_gain(const struct cvl_tuned *tuned)
{
    const struct cvl_settlement *as = &tuned->settled_as;
    return tuned->settled ? as->default_s / as->best_s : (double)NAN;
}

double cvl_tuned_mean_gain(const struct cvl_tuned_list *list)
{
    double sum = 0.0;
    size_t known = 0;
    for (size_t i = 0; i < list->count; i++) {
        const double gain = cvl_tuned_gain(&list->at[i]);
        if (isnan(gain))
            continue;
        sum += log(gain);
        known++;
    }
    return known > 0 ? exp(sum / (double)known) : (double)NAN;
}
