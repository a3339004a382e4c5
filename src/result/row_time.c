/* The times of a row, made of the rounds of samples that it has. */
#include "result/row_time.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/statistics.h"
#include "base/text.h"

static enum cvl_status no_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "results: no memory for the times of a row");
}

/* Leaves out the samples of a round, which begin at `first`. */
static void remove_round(struct cvl_row *row, size_t index, size_t first)
{
    const size_t count = row->rounds[index].samples;
    memmove(row->samples_s + first, row->samples_s + first + count,
            (row->sample_count - first - count) * sizeof *row->samples_s);
    memmove(row->rounds + index, row->rounds + index + 1,
            (row->round_count - index - 1) * sizeof *row->rounds);
    row->sample_count -= count;
    row->round_count--;
    row->time.discarded_rounds++;
}

double cvl_row_memory_share(const struct cvl_row *row, double bytes_per_s, double time_s)
{
    const double share = 2.0 * (double)row->roofline.bytes_min / bytes_per_s / time_s;
    return share > 0.0 && share < 1.0 ? share : 1.0;
}

/* A round in which data was passed on that much more slowly than in the row's best was disturbed,
 * in a row of one stage only if that explains as much of its time as matters. */
static const double slow_passing = 1.25, slow_row = 1.05;

static bool is_passing_slow(const struct cvl_row *row, const struct cvl_row_round *round,
                            double best)
{
    const double ratio = best / round->reference_passed_per_s;
    if (!(ratio > slow_passing))
        return false;
    const double share = cvl_row_memory_share(row, round->reference_bytes_per_s, round->median_s);
    return row->stage_count != 1 || 1.0 + share * (ratio - 1.0) > slow_row;
}

static void mark_slow_passing(struct cvl_row *row)
{
    double best = 0.0; /* NAN is above nothing */
    for (size_t i = 0; i < row->round_count; i++)
        if (row->rounds[i].reference_passed_per_s > best)
            best = row->rounds[i].reference_passed_per_s;
    for (size_t i = 0; i < row->round_count; i++) {
        struct cvl_row_round *round = &row->rounds[i];
        if (round->disturbed || !is_passing_slow(row, round, best))
            continue;
        round->disturbed = true;
        (void)snprintf(round->doubt, sizeof round->doubt,
                       "threads passed data on at %.0f %% of their speed",
                       100.0 * round->reference_passed_per_s / best);
    }
}

static void leave_out_disturbed(struct cvl_row *row)
{
    size_t undisturbed = 0, first = 0;
    for (size_t i = 0; i < row->round_count; i++)
        undisturbed += !row->rounds[i].disturbed;
    for (size_t i = 0; i < row->round_count && undisturbed >= CVL_ROUNDS_ENOUGH;) {
        if (row->rounds[i].disturbed) {
            remove_round(row, i, first);
            continue;
        }
        first += row->rounds[i++].samples;
    }
}

/* Of the rounds that know it: what another program used is not known in the first moments of a
 * worker. */
static double mean(const struct cvl_row *row, size_t offset)
{
    double sum = 0.0;
    size_t count = 0;
    for (size_t i = 0; i < row->round_count; i++) {
        double value;
        memcpy(&value, (const char *)&row->rounds[i] + offset, sizeof value);
        if (isnan(value))
            continue;
        sum += value;
        count++;
    }
    return count > 0 ? sum / (double)count : (double)NAN;
}

/* A column of the rounds: owned by the caller. */
static double *column(const struct cvl_row *row, size_t offset)
{
    double *values = malloc(row->round_count * sizeof *values);
    for (size_t i = 0; values && i < row->round_count; i++)
        memcpy(&values[i], (const char *)&row->rounds[i] + offset, sizeof *values);
    return values;
}

static bool find_median(const struct cvl_row *row, size_t offset, double *median)
{
    struct cvl_statistics statistics;
    double *values = column(row, offset);
    const bool computed = values && cvl_statistics_compute(values, row->round_count, &statistics);
    *median = computed ? statistics.median : (double)NAN;
    free(values);
    return computed;
}

static bool find_interval(struct cvl_row *row)
{
    enum { FEW = 4 };
    struct cvl_row_time *time = &row->time;
    double low, high, *medians = column(row, offsetof(struct cvl_row_round, median_s));
    bool computed =
        medians && cvl_statistics_median_interval(medians, row->round_count, &low, &high);
    if (computed && row->round_count < FEW) {
        double low_sample, high_sample;
        computed = cvl_statistics_median_interval(row->samples_s, row->sample_count, &low_sample,
                                                  &high_sample);
        for (size_t i = 0; computed && i < row->round_count; i++) {
            low = fmin(fmin(low, low_sample), medians[i]);
            high = fmax(fmax(high, high_sample), medians[i]);
        }
    }
    free(medians);
    if (!computed)
        return false;
    time->low_s = fmax(0.0, time->median_s - sqrt(2.0) * (time->median_s - low));
    time->high_s = time->median_s + sqrt(2.0) * (high - time->median_s);
    return true;
}

/* The fullest doubt of the rounds, and how many have one. */
static void append_round_doubts(const struct cvl_row *row, struct cvl_text *doubt)
{
    const char *fullest = "";
    size_t count = 0;
    for (size_t i = 0; i < row->round_count; i++) {
        count += row->rounds[i].doubt[0] != '\0';
        if (strlen(row->rounds[i].doubt) > strlen(fullest))
            fullest = row->rounds[i].doubt;
    }
    if (count == 0)
        return;
    cvl_text_append(doubt, "%s", fullest);
    if (count < row->round_count)
        cvl_text_append(doubt, " (in %zu of %zu rounds)", count, row->round_count);
    cvl_text_append(doubt, "; ");
}

/* @return false: memory ran out */
static bool append_uncertainty(const struct cvl_row *row, struct cvl_text *doubt)
{
    const struct cvl_row_time *time = &row->time;
    const double part = 0.5 * (time->high_s - time->low_s) / time->median_s;
    double low, high;
    if (!(part > 0.05))
        return true;
    cvl_text_append(doubt, "uncertain by %.0f %%; ", 100.0 * part);
    if (!cvl_statistics_two_peaks(row->samples_s, row->sample_count, &low, &high))
        return false;
    if (isfinite(low))
        cvl_text_append(doubt, "two peaks, at %.4g and %.4g us; ", low * 1e6, high * 1e6);
    return true;
}

/* @return false: memory ran out */
static bool state_doubt(struct cvl_row *row)
{
    struct cvl_row_time *time = &row->time;
    struct cvl_text doubt = {0};
    if (row->planned_for[0] != '\0') {
        (void)snprintf(time->doubt, sizeof time->doubt,
                       "tiles of another device, %s: the time means nothing", row->planned_for);
        return true;
    }
    append_round_doubts(row, &doubt);
    const bool known = append_uncertainty(row, &doubt);
    if (row->sample_count < 5)
        cvl_text_append(&doubt, "only %zu samples; ", row->sample_count);
    /* The host's time has the launches in it, 100 us and more each on a busy machine. */
    if (time->clock == CVL_CLOCK_EVENT && (time->median_s > 1.02 * time->host_median_s ||
                                           time->host_median_s > 1.25 * time->median_s + 200e-6))
        cvl_text_append(&doubt, "clocks disagree: event %.4g us, host %.4g us; ",
                        time->median_s * 1e6, time->host_median_s * 1e6);
    if (doubt.length >= 2)
        doubt.data[doubt.length - 2] = '\0';
    const bool stated = known && !doubt.failed;
    cvl_copy(time->doubt, sizeof time->doubt, doubt.data ? doubt.data : "");
    cvl_text_clear(&doubt);
    return stated;
}

/* The rates of the roofline from flops, bytes and the median time. */
static void note_rates(struct cvl_row *row)
{
    if (!cvl_row_is_timed(row) || row->roofline.flops == CVL_ABSENT ||
        !(row->time.median_s > 0.0)) /* shorter than the clock's step */
        return;
    row->roofline.gflops = (double)row->roofline.flops / row->time.median_s * 1e-9;
    row->roofline.gbps = (double)row->roofline.bytes_min / row->time.median_s * 1e-9;
}

enum cvl_status cvl_row_note_time(struct cvl_row *row, struct cvl_error *err)
{
    struct cvl_row_time *time = &row->time;
    struct cvl_statistics all;
    assert(row->round_count > 0 && row->sample_count > 0);
    mark_slow_passing(row);
    leave_out_disturbed(row);
    if (!cvl_statistics_compute(row->samples_s, row->sample_count, &all) ||
        !find_median(row, offsetof(struct cvl_row_round, median_s), &time->median_s) ||
        !find_median(row, offsetof(struct cvl_row_round, host_median_s), &time->host_median_s) ||
        !find_interval(row))
        return no_memory(err);
    time->min_s = all.min;
    time->p05_s = all.p05;
    time->p95_s = all.p95;
    time->mad_s = all.mad;
    time->samples = (uint32_t)row->sample_count;
    time->rounds = (uint32_t)row->round_count;
    time->load = mean(row, offsetof(struct cvl_row_round, load));
    time->reference_flops_per_s = mean(row, offsetof(struct cvl_row_round, reference_flops_per_s));
    time->reference_bytes_per_s = mean(row, offsetof(struct cvl_row_round, reference_bytes_per_s));
    time->reference_passed_per_s =
        mean(row, offsetof(struct cvl_row_round, reference_passed_per_s));
    if (!state_doubt(row))
        return no_memory(err);
    row->roofline.bound[0] = '\0'; /* what the device's peaks say of the time is judged anew */
    row->roofline.fraction_of_peak = row->roofline.launch_fraction = (double)NAN;
    row->has_time = true;
    note_rates(row);
    return CVL_OK;
}

enum cvl_status cvl_row_add_round(struct cvl_row *row, const struct cvl_row *further,
                                  struct cvl_error *err)
{
    assert(further->round_count == 1 && further->time.clock == row->time.clock);
    assert(further->rounds[0].samples == further->sample_count);
    struct cvl_row_round *rounds =
        realloc(row->rounds, (row->round_count + 1) * sizeof *row->rounds);
    if (rounds)
        row->rounds = rounds;
    double *samples = realloc(row->samples_s,
                              (row->sample_count + further->sample_count) * sizeof *row->samples_s);
    if (samples)
        row->samples_s = samples;
    if (!rounds || !samples)
        return no_memory(err);
    memcpy(samples + row->sample_count, further->samples_s,
           further->sample_count * sizeof *samples);
    rounds[row->round_count++] = further->rounds[0];
    row->sample_count += further->sample_count;
    row->time.warmup += further->time.warmup;
    return cvl_row_note_time(row, err);
}
