/* checker: oclgrind
 * What a device can do at most: figures that must be there and relations that must hold, whatever
 * the machine does besides. How near they are to the truth, tests/peers shows. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <convlens/run.h>

#include "chosen_device.h"

enum { STEPS = 8 };

struct told {
    char steps[STEPS][32];
    size_t count;
};

static void note_step(void *user, const char *step)
{
    struct told *told = user;
    cr_assert_lt(told->count, STEPS);
    (void)snprintf(told->steps[told->count++], sizeof told->steps[0], "%s", step);
}

/* A rate or a time: obtained, and more than nothing. */
static void expect_figure(double figure, const char *what)
{
    cr_expect(isfinite(figure) && figure > 0.0, "%s: %g", what, figure);
}

/* What a device is too slow for may be left out, with the reason; it is absent then, not 0. */
static void expect_figure_or_reason(double figure, const char *reason, const char *what)
{
    if (isnan(figure))
        cr_expect_str_not_empty(reason, "%s is absent without a reason", what);
    else
        expect_figure(figure, what);
}

Test(peaks, every_figure_is_there_or_has_a_reason)
{
    struct cvl_device_facts device = chosen_device();
    struct cvl_session *session = NULL;
    struct cvl_device_peaks peaks;
    struct cvl_error err = {0};
    struct told told = {.count = 0};
    const struct cvl_run_options options = {.progress = note_step, .user = &told};
    cr_assert_eq(cvl_session_create(device.id, &session, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_session_measure(session, &options, &peaks, &err), CVL_OK, "%s", err.text);
    cr_expect_eq(strlen(peaks.measured), 20, "%s", peaks.measured);
    expect_figure(peaks.f32_flops_per_s, "f32 rate");
    expect_figure(peaks.launch_s, "launch");
    cr_expect(isfinite(peaks.gap_s) && peaks.gap_s >= 0.0, "gap: %g", peaks.gap_s);
    cr_expect_eq(isfinite(peaks.f16_flops_per_s) != 0, device.has_half);
    expect_figure_or_reason(peaks.local_bytes_per_s, peaks.reason, "local read");
    expect_figure_or_reason(peaks.read_bytes_per_s, peaks.reason, "read");
    expect_figure_or_reason(peaks.write_bytes_per_s, peaks.reason, "write");
    expect_figure_or_reason(peaks.copy_bytes_per_s, peaks.reason, "copy");
    cr_expect_eq(told.count, 5);
    cr_expect_str_eq(told.steps[0], "measure/launch");
    cr_expect_eq(cvl_session_device(session)->peaks.f32_flops_per_s, peaks.f32_flops_per_s);
    cvl_session_destroy(&session);
}
