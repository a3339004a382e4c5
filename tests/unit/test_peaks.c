/* Which peaks of a device are believed and kept. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <convlens/model.h>

static struct cvl_device_peaks peaks_of(const char *measured, double flops, double bytes,
                                        const char *doubt)
{
    struct cvl_device_peaks peaks = cvl_device_peaks_none();
    (void)snprintf(peaks.measured, sizeof peaks.measured, "%s", measured);
    (void)snprintf(peaks.doubt, sizeof peaks.doubt, "%s", doubt);
    peaks.f32_flops_per_s = flops;
    peaks.read_bytes_per_s = bytes;
    peaks.launch_s = 20e-6;
    return peaks;
}

static const char busy[] = "other processes used 1.0 of 2 processors";

static void expect(const struct cvl_device_peaks *got, const char *measured, double flops,
                   double bytes, const char *doubt)
{
    cr_expect_str_eq(got->measured, measured);
    cr_expect_eq(got->f32_flops_per_s, flops);
    cr_expect_eq(got->read_bytes_per_s, bytes);
    cr_expect_str_eq(got->doubt, doubt);
}

/* 50 GFLOP/s under load do not replace 230. */
Test(peaks, under_load_do_not_replace_quiet_ones)
{
    const struct cvl_device_peaks kept = peaks_of("1", 230e9, 30e9, "");
    const struct cvl_device_peaks later = peaks_of("2", 50e9, 31e9, busy);
    struct cvl_device_peaks out;
    cr_expect_not(cvl_peaks_merge(&kept, &later, &out));
    expect(&out, "1", 230e9, 30e9, "");
}

Test(peaks, a_rate_that_is_clearly_higher_replaces_the_kept_one)
{
    const struct cvl_device_peaks kept = peaks_of("1", 50e9, 30e9, "");
    const struct cvl_device_peaks later = peaks_of("2", 200e9, 20e9, busy);
    struct cvl_device_peaks out;
    cr_expect(cvl_peaks_merge(&kept, &later, &out));
    expect(&out, "2", 200e9, 30e9, "");
}

Test(peaks, quiet_ones_replace_those_in_doubt_and_older_ones)
{
    const struct cvl_device_peaks old = peaks_of("1", 240e9, 30e9, "");
    const struct cvl_device_peaks loaded = peaks_of("1", 50e9, 90e9, busy);
    const struct cvl_device_peaks later = peaks_of("2", 230e9, 29e9, "");
    struct cvl_device_peaks out;
    cr_expect(cvl_peaks_merge(&old, &later, &out));
    expect(&out, "2", 230e9, 29e9, "");
    cr_expect(cvl_peaks_merge(&loaded, &later, &out));
    expect(&out, "2", 230e9, 90e9, ""); /* what was reached can be reached */
}

Test(peaks, of_two_in_doubt_the_better_is_kept)
{
    struct cvl_device_peaks kept = peaks_of("1", 50e9, 30e9, busy);
    struct cvl_device_peaks later = peaks_of("2", 51e9, 29e9, busy);
    struct cvl_device_peaks out;
    later.launch_s = 10e-6;
    later.local_bytes_per_s = 5e9;
    cr_expect(cvl_peaks_merge(&kept, &later, &out));
    expect(&out, "2", 51e9, 30e9, busy);
    cr_expect_eq(out.launch_s, 10e-6, "the shorter");
    cr_expect_eq(out.local_bytes_per_s, 5e9, "what was not known");
}

Test(peaks, a_failure_takes_nothing_away)
{
    const struct cvl_device_peaks none = cvl_device_peaks_none();
    const struct cvl_device_peaks kept = peaks_of("1", 230e9, 30e9, "");
    struct cvl_device_peaks failed = none, out;
    strcpy(failed.measured, "2");
    strcpy(failed.reason, "signal 9");
    cr_expect_not(cvl_peaks_merge(&kept, &failed, &out));
    expect(&out, "1", 230e9, 30e9, "");
    cr_expect(cvl_peaks_merge(&none, &failed, &out), "nothing else is known");
    cr_expect_str_eq(out.reason, "signal 9");
    cr_expect(cvl_peaks_merge(&failed, &kept, &out));
    expect(&out, "1", 230e9, 30e9, "");
}

/* 64 to 128 channels, 56x56, 3x3: `flops` operations by the stage in 1 ms. */
static bool beats(struct cvl_row_stage *stage, int32_t padding, uint64_t flops, double peak)
{
    struct cvl_row row;
    struct cvl_device_peaks peaks = peaks_of("1", peak, 30e9, "");
    const int32_t size = padding ? 7 : 56;
    cvl_row_init(&row);
    row.key.problem = (struct cvl_problem){.ih = size,
                                           .iw = size,
                                           .oh = padding ? 7 : 54,
                                           .ow = padding ? 7 : 54,
                                           .kh = 3,
                                           .kw = 3,
                                           .sh = 1,
                                           .sw = 1,
                                           .ph = padding,
                                           .pw = padding};
    row.has_time = true;
    row.time.median_s = 1e-3;
    row.roofline.flops = 400000000;
    row.roofline.bytes_min = 1000;
    *stage = (struct cvl_row_stage){.flops = flops};
    row.stages = stage;
    row.stage_count = 1;
    cvl_row_judge(&row, &peaks);
    const bool is_marked = strstr(row.time.doubt, "faster than the device's measured peak") != NULL;
    cr_expect_eq(is_marked, cvl_row_beats_peak(&row, &peaks));
    row.stages = NULL;
    row.stage_count = 0;
    return is_marked;
}

Test(peaks, a_row_that_beats_them_is_marked)
{
    struct cvl_row_stage stage;
    cr_expect(beats(&stage, 0, 400000000, 200e9), "twice the peak");
    cr_expect_not(beats(&stage, 0, 400000000, 370e9), "within 10 %%");
    cr_expect_not(beats(&stage, 0, 100000000, 200e9), "Winograd does a quarter of the work");
    cr_expect(beats(&stage, 0, 100000000, 50e9), "but no less than that");
    cr_expect_not(beats(&stage, 1, 400000000, 310e9), "a fifth of the taps is in the padding");
    cr_expect(beats(&stage, 1, 400000000, 280e9));
    cr_expect_not(beats(&stage, 0, 400000000, (double)NAN));
}
