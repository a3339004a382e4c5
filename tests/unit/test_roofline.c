#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include <convlens/model.h>

/* 200 GFLOP/s; 40 GB/s read, 20 written, 30 copied: the roofs meet at 5 operations a byte. */
static struct cvl_device_peaks made_up_peaks(void)
{
    struct cvl_device_peaks peaks = cvl_device_peaks_none();
    strcpy(peaks.measured, "2026-01-02T03:04:05Z");
    peaks.f32_flops_per_s = 200e9;
    peaks.read_bytes_per_s = 40e9;
    peaks.write_bytes_per_s = 20e9;
    peaks.copy_bytes_per_s = 30e9;
    peaks.launch_s = 50e-6;
    peaks.gap_s = 10e-6;
    return peaks;
}

static struct cvl_row timed_row(uint64_t flops, uint64_t bytes_min, double median_s, size_t stages)
{
    struct cvl_row row;
    cvl_row_init(&row);
    row.has_time = true;
    row.time.clock = CVL_CLOCK_EVENT;
    row.time.median_s = median_s;
    row.roofline.flops = flops;
    row.roofline.bytes_min = bytes_min;
    row.stage_count = stages; /* nothing of a stage is looked at */
    return row;
}

Test(roofline, the_lower_roof_is_the_memory_s_below_the_ridge)
{
    struct cvl_device_peaks peaks = made_up_peaks();
    struct cvl_roof roof;
    cr_assert(cvl_roof_find(&peaks, 2000, 1000, &roof));
    cr_expect(roof.memory_bound);
    cr_expect_float_eq(roof.flops_per_s, 80e9, 1.0, "2 operations a byte x 40 GB/s");
    cr_assert(cvl_roof_find(&peaks, 6000, 1000, &roof));
    cr_expect(!roof.memory_bound);
    cr_expect_float_eq(roof.flops_per_s, 200e9, 1.0);
    cr_assert(cvl_roof_find(&peaks, 5000, 1000, &roof));
    cr_expect(!roof.memory_bound, "at the ridge the arithmetic is the limit");
}

Test(roofline, no_roof_without_peaks_or_work)
{
    struct cvl_device_peaks peaks = made_up_peaks(), other;
    struct cvl_device_peaks none = cvl_device_peaks_none(), zeroed = {0};
    struct cvl_roof roof;
    cr_expect(!cvl_roof_find(&none, 10, 10, &roof));
    cr_expect(!cvl_roof_find(&zeroed, 10, 10, &roof), "never measured");
    cr_expect(!cvl_roof_find(&peaks, 0, 10, &roof));
    cr_expect(!cvl_roof_find(&peaks, 10, CVL_ABSENT, &roof));
    other = peaks;
    other.f32_flops_per_s = (double)NAN;
    cr_expect(!cvl_roof_find(&other, 10, 10, &roof));
    other = peaks;
    other.read_bytes_per_s = other.write_bytes_per_s = (double)NAN;
    cr_assert(cvl_roof_find(&other, 10, 10, &roof), "one bandwidth is enough");
    cr_expect_float_eq(roof.flops_per_s, 30e9, 1.0);
    other.copy_bytes_per_s = (double)NAN;
    cr_expect(!cvl_roof_find(&other, 10, 10, &roof));
}

/* VGG's conv4_1, 3x3 256 to 512 at 28: 1,849,688,064 operations over 6,328,320 bytes, in 10 ms. */
Test(roofline, a_row_is_judged_by_its_roof)
{
    struct cvl_device_peaks peaks = made_up_peaks();
    struct cvl_row row = timed_row(1849688064, 6328320, 10e-3, 1);
    cvl_row_judge(&row, &peaks);
    cr_expect_str_eq(row.roofline.bound, "compute");
    cr_expect_float_eq(row.roofline.fraction_of_peak, 0.924844032, 1e-9);
    row = timed_row(7225344, 3212288 + 1152, 200e-6, 1); /* a depthwise one: 2.2 a byte */
    cvl_row_judge(&row, &peaks);
    cr_expect_str_eq(row.roofline.bound, "memory");
    cr_expect_float_eq(row.roofline.fraction_of_peak, 3213440 / 200e-6 / 40e9, 1e-9,
                       "its bytes a second over the bandwidth");
}

Test(roofline, more_than_the_roof_is_shown_as_it_is)
{
    struct cvl_device_peaks peaks = made_up_peaks();
    struct cvl_row row = timed_row(1000000, 1000000, 10e-6, 1);
    cvl_row_judge(&row, &peaks);
    cr_expect_float_eq(row.roofline.fraction_of_peak, 2.5, 1e-9, "100 GB/s, out of a cache");
}

Test(roofline, what_was_judged_and_what_has_no_time_stay)
{
    struct cvl_device_peaks peaks = made_up_peaks(), slower = peaks;
    struct cvl_row row = timed_row(2000000, 1000000, 100e-6, 9);
    cvl_row_judge(&row, &peaks);
    double fraction = row.roofline.fraction_of_peak;
    char doubt[CVL_REASON_BYTES];
    strcpy(doubt, row.time.doubt);
    slower.read_bytes_per_s = 4e9;
    cvl_row_judge(&row, &slower);
    cr_expect_eq(row.roofline.fraction_of_peak, fraction);
    cr_expect_str_eq(row.time.doubt, doubt, "said once");
    row = timed_row(2000000, 1000000, (double)NAN, 1);
    row.has_time = false;
    cvl_row_judge(&row, &peaks);
    cr_expect_str_empty(row.roofline.bound);
    cr_expect(isnan(row.roofline.fraction_of_peak));
    row = timed_row(2000000, 1000000, 1e-3, 1);
    peaks.measured[0] = '\0';
    cvl_row_judge(&row, &peaks);
    cr_expect_str_empty(row.roofline.bound);
    cr_expect(isnan(row.roofline.launch_fraction));
}

/* By the event clock gaps alone are in the time; by the host clock the launch and the wait, too. */
Test(roofline, launches_are_a_part_of_the_time)
{
    struct cvl_device_peaks peaks = made_up_peaks();
    struct cvl_row_time time = {.clock = CVL_CLOCK_EVENT, .median_s = 200e-6};
    cr_expect_eq(cvl_launch_fraction(&peaks, &time, 1), 0.0);
    cr_expect_float_eq(cvl_launch_fraction(&peaks, &time, 5), 0.2, 1e-12);
    cr_expect_eq(cvl_launch_fraction(&peaks, &time, 1000), 1.0);
    time.clock = CVL_CLOCK_HOST;
    cr_expect_float_eq(cvl_launch_fraction(&peaks, &time, 1), 0.25, 1e-12);
    cr_expect_float_eq(cvl_launch_fraction(&peaks, &time, 2), 0.3, 1e-12);
    cr_expect(isnan(cvl_launch_fraction(&peaks, &time, 0)));
    peaks.gap_s = (double)NAN;
    cr_expect(isnan(cvl_launch_fraction(&peaks, &time, 2)));
    cr_expect_float_eq(cvl_launch_fraction(&peaks, &time, 1), 0.25, 1e-12);
}

Test(roofline, many_launches_are_a_doubt)
{
    struct cvl_device_peaks peaks = made_up_peaks();
    struct cvl_row row = timed_row(2000000, 1000000, 200e-6, 9);
    strcpy(row.time.doubt, "only 4 samples");
    cvl_row_judge(&row, &peaks);
    cr_expect_float_eq(row.roofline.launch_fraction, 0.4, 1e-12);
    cr_expect_str_eq(row.time.doubt,
                     "only 4 samples; launch overhead of 9 stages is 40 % of the time");
    row = timed_row(2000000, 1000000, 900e-6, 9);
    cvl_row_judge(&row, &peaks);
    cr_expect_str_empty(row.time.doubt, "9 %% is not worth a word");
}
