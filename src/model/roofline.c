/* The roofline model, and how much of a time is launches. */
#include <convlens/model.h>

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The part of the time from which on launches are worth a doubt. */
static const double launches_matter = 0.2;

static double highest_bandwidth(const struct cvl_device_peaks *peaks)
{
    return fmax(fmax(peaks->read_bytes_per_s, peaks->write_bytes_per_s), peaks->copy_bytes_per_s);
}

bool cvl_roof_find(const struct cvl_device_peaks *peaks, uint64_t flops, uint64_t bytes_min,
                   struct cvl_roof *out)
{
    if (peaks->measured[0] == '\0' || flops == 0 || bytes_min == 0 || flops == CVL_ABSENT ||
        bytes_min == CVL_ABSENT)
        return false;
    double memory = (double)flops / (double)bytes_min * highest_bandwidth(peaks);
    double compute = peaks->f32_flops_per_s;
    if (!(memory > 0.0 && isfinite(memory) && compute > 0.0 && isfinite(compute)))
        return false;
    *out = (struct cvl_roof){fmin(memory, compute), memory < compute};
    return true;
}

double cvl_launch_fraction(const struct cvl_device_peaks *peaks, const struct cvl_row_time *time,
                           size_t stage_count)
{
    if (peaks->measured[0] == '\0' || stage_count == 0 || !(time->median_s > 0.0))
        return (double)NAN;
    double overhead_s = stage_count > 1 ? (double)(stage_count - 1) * peaks->gap_s : 0.0;
    if (time->clock == CVL_CLOCK_HOST)
        overhead_s += peaks->launch_s;
    return isnan(overhead_s) ? (double)NAN : fmin(1.0, overhead_s / time->median_s);
}

static void add_doubt(struct cvl_row *row, const char *reason)
{
    char text[CVL_REASON_BYTES + 128];
    char *doubt = row->time.doubt;
    (void)snprintf(text, sizeof text, "%s%s%s", doubt, *doubt ? "; " : "", reason);
    cvl_copy(doubt, sizeof row->time.doubt, text);
}

static void doubt_launches(struct cvl_row *row)
{
    char reason[96];
    (void)snprintf(reason, sizeof reason, "launch overhead of %zu stage%s is %.0f %% of the time",
                   row->stage_count, row->stage_count == 1 ? "" : "s",
                   100.0 * row->roofline.launch_fraction);
    add_doubt(row, reason);
}

void cvl_row_judge(struct cvl_row *row, const struct cvl_device_peaks *peaks)
{
    struct cvl_row_roofline *roofline = &row->roofline;
    struct cvl_roof roof;
    if (!cvl_row_is_timed(row) || !(row->time.median_s > 0.0))
        return;
    if (roofline->bound[0] == '\0' &&
        cvl_roof_find(peaks, roofline->flops, roofline->bytes_min, &roof)) {
        cvl_copy(roofline->bound, sizeof roofline->bound, roof.memory_bound ? "memory" : "compute");
        roofline->fraction_of_peak =
            (double)roofline->flops / row->time.median_s / roof.flops_per_s;
        if (cvl_row_beats_peak(row, peaks))
            add_doubt(row, "faster than the device's measured peak: measure the peaks again on a "
                           "quiet machine (convlens devices --measure)");
    }
    if (!isnan(roofline->launch_fraction))
        return;
    roofline->launch_fraction = cvl_launch_fraction(peaks, &row->time, row->stage_count);
    if (roofline->launch_fraction >= launches_matter)
        doubt_launches(row);
}
