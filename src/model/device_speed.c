/* Compares the reference kernels beside the samples of two rows. */
#include "model/device_speed.h"

#include <math.h>

#include "result/row_time.h"

static double memory_share(const struct cvl_row *row)
{
    return cvl_row_memory_share(row, row->time.reference_bytes_per_s, row->time.median_s);
}

static void consider(struct cvl_cause *cause, int way, const char *what, double before,
                     double after, double max, double share)
{
    const double ratio = way > 0 ? before / after : after / before;
    if (!isfinite(ratio) || ratio - 1.0 <= max || share * (ratio - 1.0) <= cause->explained)
        return;
    *cause = (struct cvl_cause){what, after / before - 1.0, share * (ratio - 1.0)};
}

struct cvl_cause cvl_cause_find(const struct cvl_difference *item, int way)
{
    const struct cvl_row_time *before = &item->before->time, *after = &item->after->time;
    const double share = fmax(memory_share(item->before), memory_share(item->after));
    const bool passes_on = item->before->stage_count != 1 || item->after->stage_count != 1;
    struct cvl_cause cause = {0};
    consider(&cause, way, "arithmetic", before->reference_flops_per_s, after->reference_flops_per_s,
             CVL_COMPARE_MAX_SPEED_CHANGE, 1.0);
    consider(&cause, way, "memory", before->reference_bytes_per_s, after->reference_bytes_per_s,
             CVL_COMPARE_MAX_MEMORY_CHANGE, share);
    consider(&cause, way, "passing data on", before->reference_passed_per_s,
             after->reference_passed_per_s, CVL_COMPARE_MAX_PASSING_CHANGE,
             passes_on ? (double)INFINITY : share);
    return cause;
}
