/* Whether the peaks of a device can be believed, and which of two measurements to keep. */
#include <convlens/model.h>

#include <math.h>

#include "base/text.h"

/* Two measurements of a quiet device differ by less. */
static const double clearly_above = 1.05;
/* A row that is less above the peak is not held against it. */
static const double beats = 1.1;
/* Of a network: the part of its taps that is in the padding where images are 7 pixels wide. */
static const double network_work = 0.8;

/* Of the taps of all outputs along a dimension, the part that is within the input. */
static double part_within(int32_t input, int32_t output, int32_t taps, int32_t stride,
                          int32_t padding, int32_t gap)
{
    double within = 0.0;
    for (int64_t o = 0; o < output; o++)
        for (int64_t k = 0; k < taps; k++) {
            const int64_t at = o * stride - padding + k * (gap + 1);
            within += at >= 0 && at < input;
        }
    return within / ((double)output * taps);
}

static double part_of_work(const struct cvl_row *row)
{
    const struct cvl_problem *p = &row->key.problem;
    if (cvl_key_is_network(&row->key))
        return network_work;
    if (p->oh <= 0 || p->ow <= 0 || p->kh <= 0 || p->kw <= 0)
        return 1.0;
    return part_within(p->ih, p->oh, p->kh, p->sh, p->ph, p->dh) *
           part_within(p->iw, p->ow, p->kw, p->sw, p->pw, p->dw);
}

/* Operations that must have been done: the fewer of those counted for the problem and those that
 * the stages state, which may save some. */
static double necessary_flops(const struct cvl_row *row)
{
    double stages = 0.0;
    for (size_t i = 0; i < row->stage_count && row->stages; i++)
        stages += row->stages[i].flops == CVL_ABSENT ? INFINITY : (double)row->stages[i].flops;
    const double counted = (double)row->roofline.flops;
    return part_of_work(row) * (stages > 0.0 ? fmin(stages, counted) : counted);
}

bool cvl_row_beats_peak(const struct cvl_row *row, const struct cvl_device_peaks *peaks)
{
    double peak = peaks->f32_flops_per_s;
    if (!cvl_row_is_timed(row) || !(row->time.median_s > 0.0) ||
        row->roofline.flops == CVL_ABSENT || peaks->measured[0] == '\0')
        return false;
    if (row->key.dtype == CVL_F16) /* a library may multiply halves */
        peak = fmax(peak, peaks->f16_flops_per_s);
    return necessary_flops(row) / row->time.median_s > beats * peak;
}

static bool has_figures(const struct cvl_device_peaks *peaks)
{
    return peaks->measured[0] != '\0' &&
           !(isnan(peaks->f32_flops_per_s) && isnan(peaks->read_bytes_per_s) &&
             isnan(peaks->write_bytes_per_s) && isnan(peaks->copy_bytes_per_s) &&
             isnan(peaks->local_bytes_per_s) && isnan(peaks->launch_s));
}

/* @return whether the kept figure gave way. `factor` says by how much the later one must be above.
 */
static bool raise(double *kept, double later, double factor)
{
    if (isnan(later) || (!isnan(*kept) && !(later > factor * *kept)))
        return false;
    *kept = later;
    return true;
}

/* The same of an overhead, whose best is the lowest. */
static bool lower(double *kept, double later, double factor)
{
    if (isnan(later) || (!isnan(*kept) && !(factor * later < *kept)))
        return false;
    *kept = later;
    return true;
}

/* Both hold some rates, of which the later may be too low. */
static bool take_better(const struct cvl_device_peaks *later, double factor,
                        struct cvl_device_peaks *out)
{
    bool taken = raise(&out->f32_flops_per_s, later->f32_flops_per_s, factor);
    taken |= raise(&out->f16_flops_per_s, later->f16_flops_per_s, factor);
    taken |= raise(&out->read_bytes_per_s, later->read_bytes_per_s, factor);
    taken |= raise(&out->write_bytes_per_s, later->write_bytes_per_s, factor);
    taken |= raise(&out->copy_bytes_per_s, later->copy_bytes_per_s, factor);
    taken |= raise(&out->local_bytes_per_s, later->local_bytes_per_s, factor);
    taken |= lower(&out->launch_s, later->launch_s, factor);
    taken |= lower(&out->gap_s, later->gap_s, factor);
    return taken;
}

bool cvl_peaks_merge(const struct cvl_device_peaks *kept, const struct cvl_device_peaks *later,
                     struct cvl_device_peaks *out)
{
    const bool in_doubt = kept->doubt[0] != '\0';
    *out = *later;
    if (!has_figures(kept))
        return true;
    if (has_figures(later) && later->doubt[0] == '\0') {
        if (in_doubt)
            (void)take_better(kept, clearly_above, out);
        return true;
    }
    *out = *kept;
    if (!has_figures(later) || !take_better(later, in_doubt ? 1.0 : clearly_above, out))
        return false;
    cvl_copy(out->measured, sizeof out->measured, later->measured);
    return true;
}
