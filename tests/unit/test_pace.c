#include <criterion/criterion.h>

#include <math.h>

#include "run/time/pace.h"

/* A device whose reference takes what the script says, by the time. */
struct device {
    double now_s;
    double slow_from_s, slow_to_s; /* between them the reference takes 1.3 times as long */
    double period_s, slow_s;       /* if not 0: it does for that long in each period, too */
    double reference_s;
    unsigned taken, rested;
};

static double now(void *user)
{
    return ((struct device *)user)->now_s;
}

static double reference(void *user)
{
    struct device *device = user;
    const bool slow = (device->now_s >= device->slow_from_s && device->now_s < device->slow_to_s) ||
                      fmod(device->now_s, device->period_s) >= device->period_s - device->slow_s;
    const double seconds = slow ? 1.3 * device->reference_s : device->reference_s;
    device->taken++;
    if (seconds > 0.0)
        device->now_s += seconds;
    return seconds;
}

static void rest(void *user, double seconds)
{
    struct device *device = user;
    device->rested++;
    device->now_s += seconds;
}

static struct cvl_pace make_pace(struct device *device)
{
    struct cvl_pace pace;
    cvl_pace_init(&pace);
    pace.now = now;
    pace.reference = reference;
    pace.rest = rest;
    pace.user = device;
    cvl_pace_begin(&pace);
    return pace;
}

/* Samples of a millisecond each. @return the first time at which one began */
static double sample(struct cvl_pace *pace, struct device *device, unsigned count)
{
    double first_s = NAN;
    for (unsigned i = 0; i < count; i++) {
        cvl_pace_step(pace);
        if (i == 0)
            first_s = device->now_s;
        device->now_s += 1e-3;
    }
    return first_s;
}

Test(pace, a_steady_device_is_looked_at_every_ten_milliseconds)
{
    struct device device = {.reference_s = 1e-4};
    struct cvl_pace pace = make_pace(&device);
    (void)sample(&pace, &device, 100);
    cr_expect(device.taken >= 9 && device.taken <= 11, "%u", device.taken);
    cr_expect_eq(device.rested, 0);
    cr_expect_float_eq(cvl_pace_speed(&pace), 1.0, 1e-9);
    cr_expect_float_eq(cvl_pace_reference_s(&pace), 1e-4, 1e-9);
}

/* A second of slowness in the middle: no sample is of it but those of the first 10 ms. */
Test(pace, samples_wait_until_the_device_is_fast_again)
{
    struct device device = {.reference_s = 1e-4, .slow_from_s = 0.05, .slow_to_s = 1.05};
    struct cvl_pace pace = make_pace(&device);
    (void)sample(&pace, &device, 100);
    cr_expect_gt(device.rested, 50);
    cr_expect(device.now_s > 1.05 && device.now_s < 1.25, "%g", device.now_s);
    cr_expect_float_eq(cvl_pace_speed(&pace), 1.0, 1e-9, "what was waited for is no part of it");
    cr_expect(pace.waited_s > 0.9, "%g", pace.waited_s);
    cr_expect(pace.patience_s < 2.2 && pace.patience_s > 2.0, "%g", pace.patience_s);
}

/* Other processes have the device for 90 of 100 ms: waiting ends well each time, and is limited all
 * the same. */
Test(pace, waiting_takes_no_longer_than_samples_and_three_seconds)
{
    struct device device = {.reference_s = 1e-4, .period_s = 0.1, .slow_s = 0.09};
    struct cvl_pace pace = make_pace(&device);
    (void)sample(&pace, &device, 5000);
    cr_expect(pace.waited_s > 2.9 && pace.waited_s < 8.0, "%g", pace.waited_s);
    cr_expect(device.now_s < 14.0, "%g", device.now_s);
    cr_expect_lt(cvl_pace_speed(&pace), 0.9);
}

/* Slow for good: after three seconds of waiting in all, samples are taken as they come. */
Test(pace, patience_ends_and_the_row_says_how_slow_the_device_was)
{
    struct device device = {.reference_s = 1e-4, .slow_from_s = 0.05, .slow_to_s = 1e9};
    struct cvl_pace pace = make_pace(&device);
    (void)sample(&pace, &device, 1000);
    cr_expect(device.now_s < 5.0, "%g", device.now_s);
    cvl_pace_begin(&pace); /* the next row */
    const double begin_s = device.now_s, first_s = sample(&pace, &device, 100);
    cr_expect(first_s - begin_s < 0.05, "no patience is left: %g", first_s - begin_s);
    cr_expect_float_eq(cvl_pace_speed(&pace), 1.0 / 1.3, 1e-6);
}

Test(pace, fast_samples_give_patience_back)
{
    struct device device = {.reference_s = 1e-4, .slow_from_s = 0.05, .slow_to_s = 10.0};
    struct cvl_pace pace = make_pace(&device);
    (void)sample(&pace, &device, 1000);
    cr_expect(pace.patience_s < 0.1, "%g", pace.patience_s);
    device.now_s = 20.0;
    cvl_pace_begin(&pace);
    (void)sample(&pace, &device, 1000);
    cr_expect(pace.patience_s > 0.8 && pace.patience_s < 1.2, "%g", pace.patience_s);
}

Test(pace, without_a_reference_nothing_waits)
{
    struct device device = {.reference_s = NAN};
    struct cvl_pace pace = make_pace(&device);
    (void)sample(&pace, &device, 50);
    cr_expect_eq(device.rested, 0);
    cr_expect(isnan(cvl_pace_reference_s(&pace)));
    cr_expect_eq(cvl_pace_speed(&pace), 1.0);
}
