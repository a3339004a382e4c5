#include <criterion/criterion.h>

#include <string.h>

#include "run/time/event_clock.h"

static struct cvl_clock_trial trial(uint64_t start_ns, uint64_t end_ns, double host_s)
{
    return (struct cvl_clock_trial){{start_ns - 2, start_ns - 1, start_ns, end_ns}, host_s};
}

static enum cvl_clock_trust judge(struct cvl_clock_trial t, uint64_t resolution_ns, char *reason)
{
    return cvl_event_clock_judge(&t, 1, resolution_ns, reason, CVL_DEVICE_TEXT_BYTES);
}

Test(event_clock, agreement_is_trusted)
{
    char reason[CVL_DEVICE_TEXT_BYTES];
    cr_expect_eq(judge(trial(100, 20000100, 0.0201), 1, reason), CVL_CLOCK_TRUSTED);
    cr_expect_str_eq(reason, "within 0.5 % of the host clock in 1 of 1 kernels");
}

Test(event_clock, constants_as_rusticl_gives_are_not)
{
    char reason[CVL_DEVICE_TEXT_BYTES];
    struct cvl_clock_trial constant = {{0, 1, 2, 3}, 0.01};
    cr_expect_eq(judge(constant, 0, reason), CVL_CLOCK_DISTRUSTED);
    cr_expect_str_eq(reason, "timer resolution is 0");
    cr_expect_eq(judge(constant, 1, reason), CVL_CLOCK_DISTRUSTED);
    cr_expect(strstr(reason, "event clock says 0.000 ms where the host waited 10.000 ms"));
}

Test(event_clock, disorder_is_not)
{
    char reason[CVL_DEVICE_TEXT_BYTES];
    struct cvl_clock_trial late = {{10, 20, 15, 10000000}, 0.01};
    struct cvl_clock_trial backwards = {{1, 2, 10000000, 5}, 0.01};
    cr_expect_eq(judge(late, 1, reason), CVL_CLOCK_DISTRUSTED);
    cr_expect_str_eq(reason, "event times out of order");
    cr_expect_eq(judge(backwards, 1, reason), CVL_CLOCK_DISTRUSTED);
}

Test(event_clock, one_late_host_of_three_is_forgiven_and_two_are_not)
{
    char reason[CVL_DEVICE_TEXT_BYTES];
    struct cvl_clock_trial trials[] = {trial(10, 10000010, 0.0101), trial(10, 10000010, 0.0201),
                                       trial(10, 10000010, 0.0101)};
    cr_expect_eq(cvl_event_clock_judge(trials, 3, 1, reason, sizeof reason), CVL_CLOCK_TRUSTED);
    cr_expect_str_eq(reason, "within 1.0 % of the host clock in 2 of 3 kernels");
    trials[0].host_s = 0.0201;
    cr_expect_eq(cvl_event_clock_judge(trials, 3, 1, reason, sizeof reason), CVL_CLOCK_DISTRUSTED);
}

Test(event_clock, stamps_may_count_from_anywhere)
{
    char reason[CVL_DEVICE_TEXT_BYTES];
    uint64_t epoch_ns = UINT64_C(1790000000000000001); /* a double would drop 256 ns of it */
    cr_expect_eq(judge(trial(epoch_ns, epoch_ns + 10000000, 0.01), 1, reason), CVL_CLOCK_TRUSTED);
    cr_expect_str_eq(reason, "within 0.0 % of the host clock in 1 of 1 kernels");
}

Test(event_clock, a_millisecond_apart_is_the_edge)
{
    char reason[CVL_DEVICE_TEXT_BYTES];
    cr_expect_eq(judge(trial(2, 5000002, 0.00599), 1, reason), CVL_CLOCK_TRUSTED);
    cr_expect_eq(judge(trial(2, 5000002, 0.00601), 1, reason), CVL_CLOCK_DISTRUSTED);
}
