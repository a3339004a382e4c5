/* How much faster one row is than another, and how sure that is. */
#include <convlens/answer.h>

#include <math.h>

#include "base/statistics.h"
#include "model/disturbance.h"

/* Differences below this are not claimed: two runs of the same case differ by as much. */
static const double MIN_RATIO = 1.1;
/* An interval within this is narrow enough to say that two times are the same. */
static const double SAME_RATIO = 1.2;

/* The 95 % interval of rounds is where another run's median is expected; rows of earlier versions
 * have that of the samples. What disturbed the time may not be there in another run. */
static enum cvl_status find_interval(const struct cvl_row *row, double *low, double *high,
                                     struct cvl_error *err)
{
    const struct cvl_row_time *time = &row->time;
    const bool has_range = time->p05_s > 0.0 && time->p95_s > 0.0;
    const bool has_interval = time->low_s > 0.0 && time->high_s > 0.0;
    char disturbance[CVL_REASON_BYTES];
    cvl_disturbance_find(time->doubt, false, disturbance, sizeof disturbance);
    *low = has_range ? time->p05_s : time->median_s;
    *high = has_range ? time->p95_s : time->median_s;
    if (!has_interval && row->sample_count == 0)
        return CVL_OK;
    double low_s = time->low_s, high_s = time->high_s;
    if (!has_interval &&
        !cvl_statistics_median_interval(row->samples_s, row->sample_count, &low_s, &high_s))
        return cvl_fail(err, CVL_NO_MEMORY, "model: no memory for %zu samples", row->sample_count);
    const bool widens = has_range && (has_interval ? disturbance : time->doubt)[0] != '\0';
    *low = widens ? fmin(*low, low_s) : low_s;
    *high = widens ? fmax(*high, high_s) : high_s;
    return CVL_OK;
}

static enum cvl_time_answer judge(const struct cvl_time_ratio *time)
{
    if (time->low > 1.0 && time->ratio >= MIN_RATIO)
        return CVL_TIME_FASTER;
    if (time->high < 1.0 && time->ratio <= 1.0 / MIN_RATIO)
        return CVL_TIME_SLOWER;
    if (time->ratio < MIN_RATIO && time->ratio > 1.0 / MIN_RATIO && time->low >= 1.0 / SAME_RATIO &&
        time->high <= SAME_RATIO)
        return CVL_TIME_SAME;
    return CVL_TIME_UNCLEAR;
}

static bool is_loaded(const struct cvl_row *row)
{
    return row->time.load >= CVL_LOAD_NO_ANSWER; /* not where it is unknown */
}

static bool can_compare(const struct cvl_row *a, const struct cvl_row *b)
{
    return cvl_row_is_timed(a) && cvl_row_is_timed(b) && a->time.clock == b->time.clock &&
           a->time.median_s > 0.0 && b->time.median_s > 0.0;
}

enum cvl_status cvl_time_ratio_find(const struct cvl_row *standard, const struct cvl_row *row,
                                    struct cvl_time_ratio *out, bool *found, struct cvl_error *err)
{
    return cvl_time_ratio_find_repeated(standard, row, 1, out, found, err);
}

enum cvl_status cvl_time_ratio_find_repeated(const struct cvl_row *standard,
                                             const struct cvl_row *row, uint32_t executions,
                                             struct cvl_time_ratio *out, bool *found,
                                             struct cvl_error *err)
{
    double standard_low, standard_high, low, high;
    *found = false;
    if (!can_compare(standard, row))
        return CVL_OK;
    enum cvl_status status = find_interval(standard, &standard_low, &standard_high, err);
    if (status == CVL_OK)
        status = find_interval(row, &low, &high, err);
    if (status != CVL_OK)
        return status;
    *out = (struct cvl_time_ratio){
        .ratio = standard->time.median_s / row->time.median_s / executions,
        .low = standard_low / high / executions,
        .high = standard_high / low / executions,
    };
    if (is_loaded(standard) || is_loaded(row)) {
        out->low = 0.0;
        out->high = (double)INFINITY;
    }
    out->answer = judge(out);
    *found = low > 0.0 && standard_low > 0.0;
    return CVL_OK;
}

const char *cvl_time_answer_name(enum cvl_time_answer answer)
{
    static const char *const names[CVL_TIME_ANSWER_COUNT] = {
        [CVL_TIME_UNCLEAR] = "unclear",
        [CVL_TIME_SAME] = "same",
        [CVL_TIME_FASTER] = "faster",
        [CVL_TIME_SLOWER] = "slower",
    };
    return (unsigned)answer < CVL_TIME_ANSWER_COUNT ? names[answer] : "?";
}
