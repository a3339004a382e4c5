#include <criterion/criterion.h>

#include <math.h>

#include "base/statistics.h"
#include "run/time/sampler.h"

/* A scripted subject and clock: each sample takes what the script says. */
struct script {
    const double *times_s; /* used in turn */
    size_t count, next;
    double now_s;
    size_t fails_at; /* 0: never */
    bool has_events;
};

static double script_now(void *user)
{
    return ((struct script *)user)->now_s;
}

static enum cvl_status script_sample(void *user, struct cvl_sample *out, struct cvl_error *err)
{
    struct script *script = user;
    if (++script->next == script->fails_at)
        return cvl_fail(err, CVL_OUT_OF_MEMORY, "scripted");
    out->host_s = script->times_s[(script->next - 1) % script->count];
    out->event_s = script->has_events ? out->host_s / 2 : NAN;
    script->now_s += out->host_s;
    return CVL_OK;
}

static struct cvl_sampler scripted(struct script *script, double budget_s)
{
    struct cvl_sampler sampler = cvl_sampler_default(budget_s);
    sampler.now = script_now;
    sampler.sample = script_sample;
    sampler.user = script;
    return sampler;
}

Test(sampler, stops_when_the_answer_is_known)
{
    const double times[] = {1e-3};
    struct script script = {.times_s = times, .count = 1};
    struct cvl_sampler sampler = scripted(&script, 1.0);
    struct cvl_samples samples;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    cr_expect_eq(samples.count, 10, "no spread: the first look decides, got %zu", samples.count);
    cr_expect_eq(samples.warmup, 68, "two rounds of a thirtieth of 1 s, got %u", samples.warmup);
    cr_expect(isnan(samples.event_s[0]));
    cvl_samples_clear(&samples);
}

Test(sampler, takes_samples_for_the_min_time_although_the_answer_seems_known)
{
    const double times[] = {1e-3};
    struct script script = {.times_s = times, .count = 1};
    struct cvl_sampler sampler = scripted(&script, 1.0);
    struct cvl_samples samples;
    sampler.min_s = 0.1;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    cr_expect(samples.count >= 100 && samples.count < 130, "got %zu", samples.count);
    cvl_samples_clear(&samples);
}

Test(sampler, gives_up_what_is_slower_in_every_sample)
{
    const double slow[] = {2e-3, 3e-3, 9e-3}, mixed[] = {2e-3, 3e-3, 9e-3, 2e-3, 1e-3};
    struct script script = {.times_s = slow, .count = 3};
    struct cvl_sampler sampler = scripted(&script, 0.1);
    struct cvl_samples samples;
    sampler.hopeless_s = 1.5e-3;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    cr_expect_eq(samples.count, sampler.min);
    cvl_samples_clear(&samples);

    script = (struct script){.times_s = mixed, .count = 5};
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    cr_expect_gt(samples.count, 10, "one of them is fast enough");
    cvl_samples_clear(&samples);
}

Test(sampler, spends_the_budget_on_noise)
{
    const double times[] = {1e-3, 2e-3, 3e-3, 9e-3};
    struct script script = {.times_s = times, .count = 4, .has_events = true};
    struct cvl_sampler sampler = scripted(&script, 0.3);
    struct cvl_samples samples;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    double spent_s = 0.0;
    for (size_t i = 0; i < samples.count; i++) {
        spent_s += samples.host_s[i];
        cr_expect_float_eq(samples.event_s[i], samples.host_s[i] / 2, 1e-12);
    }
    cr_expect(spent_s >= 0.3 && spent_s < 0.3 + 9e-3, "spent %g s", spent_s);
    cvl_samples_clear(&samples);
}

/* How many samples a further round takes, which may do with one; its budget is 0.1 s. */
static size_t count_with_a_min_of_one(double seconds)
{
    struct script script = {.times_s = &seconds, .count = 1};
    struct cvl_sampler sampler = scripted(&script, 0.1);
    struct cvl_samples samples;
    sampler.min = 1;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    const size_t count = samples.count;
    cvl_samples_clear(&samples);
    return count;
}

Test(sampler, a_min_of_one_is_no_max)
{
    cr_expect_gt(count_with_a_min_of_one(0.002), 9);
    cr_expect_eq(count_with_a_min_of_one(0.2), 1);
}

Test(sampler, takes_the_min_whatever_the_budget)
{
    const double times[] = {5.0, 6.0};
    struct script script = {.times_s = times, .count = 2};
    struct cvl_sampler sampler = scripted(&script, 1.0);
    struct cvl_samples samples;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    cr_expect_eq(samples.count, sampler.min);
    cr_expect_eq(samples.warmup, 0, "the first one is a sample itself");
    cr_expect_eq(samples.host_s[0], 5.0);
    cr_expect_eq(script.next, 3);
    cvl_samples_clear(&samples);
}

/* Five budgets exactly are not yet too long: the test above. */
Test(sampler, what_takes_more_than_five_budgets_is_the_only_sample)
{
    const double times[] = {5.1, 6.0};
    struct script script = {.times_s = times, .count = 2};
    struct cvl_sampler sampler = scripted(&script, 1.0);
    struct cvl_samples samples;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    cr_expect_eq(samples.count, 1);
    cr_expect_eq(samples.host_s[0], 5.1);
    cr_expect_eq(samples.warmup, 0);
    cr_expect_eq(script.next, 1, "executed once");
    cvl_samples_clear(&samples);
}

/* The first execution decides: later ones that take long are not looked at for it. */
Test(sampler, a_long_execution_after_a_short_one_changes_nothing)
{
    const double times[] = {0.5, 6.0};
    struct script script = {.times_s = times, .count = 2};
    struct cvl_sampler sampler = scripted(&script, 1.0);
    struct cvl_samples samples;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    cr_expect_eq(samples.count, sampler.min);
    cvl_samples_clear(&samples);
}

/* Rounds of 9.5 ms: 4 executions of 3 ms, 5 of 2 ms, 10 of 1 ms, and 10 of 1 ms that show it. */
Test(sampler, warms_up_while_it_gets_faster)
{
    double times[60];
    for (size_t i = 0; i < 60; i++)
        times[i] = i < 4 ? 3e-3 : i < 9 ? 2e-3 : 1e-3;
    struct script script = {.times_s = times, .count = 60};
    struct cvl_sampler sampler = scripted(&script, 0.285);
    struct cvl_samples samples;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    cr_expect_eq(samples.warmup, 4 + 5 + 10 + 10, "got %u", samples.warmup);
    cr_expect_eq(samples.count, 10);
    cvl_samples_clear(&samples);
}

Test(sampler, ends_warm_up_at_a_fifth_of_the_budget)
{
    double times[10];
    for (size_t i = 0; i < 10; i++)
        times[i] = 30e-3 - 2e-3 * (double)i; /* ever faster */
    struct script script = {.times_s = times, .count = 10};
    struct cvl_sampler sampler = scripted(&script, 0.3);
    struct cvl_samples samples;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    cr_expect_eq(samples.warmup, 3, "30 + 28 + 26 ms are more than 60, got %u", samples.warmup);
    cvl_samples_clear(&samples);
}

Test(sampler, never_takes_more_than_the_max)
{
    const double times[] = {1e-9, 3e-9};
    struct script script = {.times_s = times, .count = 2};
    struct cvl_sampler sampler = scripted(&script, 1.0);
    struct cvl_samples samples;
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, NULL), CVL_OK);
    cr_expect_eq(samples.count, sampler.max);
    cr_expect_eq(samples.warmup, sampler.max, "got %u", samples.warmup);
    cvl_samples_clear(&samples);
}

Test(sampler, hands_on_a_failure_and_owns_nothing)
{
    const double times[] = {1e-3};
    struct script script = {.times_s = times, .count = 1, .fails_at = 70};
    struct cvl_sampler sampler = scripted(&script, 1.0);
    struct cvl_samples samples;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sampler_run(&sampler, &samples, &err), CVL_OUT_OF_MEMORY);
    cr_expect_str_eq(err.text, "scripted");
    cr_expect_null(samples.host_s);
}

Test(statistics, of_known_values)
{
    const double values[] = {5, 1, 4, 2, 3};
    struct cvl_statistics s;
    cr_assert(cvl_statistics_compute(values, 5, &s));
    cr_expect_float_eq(s.median, 3, 1e-12);
    cr_expect_float_eq(s.min, 1, 1e-12);
    cr_expect_float_eq(s.p05, 1.2, 1e-12);
    cr_expect_float_eq(s.p95, 4.8, 1e-12);
    cr_expect_float_eq(s.mad, 1, 1e-12);
}

Test(statistics, of_one_value)
{
    const double value = 7;
    struct cvl_statistics s;
    cr_assert(cvl_statistics_compute(&value, 1, &s));
    cr_expect_float_eq(s.median, 7, 0);
    cr_expect_float_eq(s.p95, 7, 0);
    cr_expect_float_eq(s.mad, 0, 0);
}

static bool has_two_peaks(const double *values, size_t count, double *low, double *high)
{
    cr_assert(cvl_statistics_two_peaks(values, count, low, high));
    return !isnan(*low);
}

Test(statistics, two_peaks_are_seen)
{
    double values[40];
    for (size_t i = 0; i < 40; i++)
        values[i] = (i % 3 == 0 ? 2.0 : 1.0) + 0.001 * (double)(i % 7);
    double low = 0, high = 0;
    cr_assert(has_two_peaks(values, 40, &low, &high));
    cr_expect_float_eq(low, 1.003, 2e-3);
    cr_expect_float_eq(high, 2.003, 2e-3);
}

Test(statistics, one_broad_peak_or_an_outlier_is_not_two)
{
    double broad[40], outlier[40];
    double low, high;
    for (size_t i = 0; i < 40; i++) {
        broad[i] = 1.0 + 0.02 * (double)i;
        outlier[i] = i == 7 ? 50.0 : 1.0 + 0.001 * (double)i;
    }
    cr_expect_not(has_two_peaks(broad, 40, &low, &high));
    cr_expect_not(has_two_peaks(outlier, 40, &low, &high));
    cr_expect_not(has_two_peaks(broad, 4, &low, &high), "too few to know");
}

Test(statistics, of_two_values)
{
    const double values[] = {3.0, 1.0};
    struct cvl_statistics statistics;
    cr_assert(cvl_statistics_compute(values, 2, &statistics));
    cr_expect_eq(statistics.median, 2.0);
    cr_expect_eq(statistics.min, 1.0);
    cr_expect_float_eq(statistics.p05, 1.1, 1e-12);
    cr_expect_float_eq(statistics.p95, 2.9, 1e-12);
    cr_expect_eq(statistics.mad, 1.0);
    cr_expect_eq(statistics.uncertainty, 0.5, "the whole range");
}

Test(statistics, the_interval_is_between_order_statistics)
{
    double values[100];
    struct cvl_statistics statistics;
    for (int i = 0; i < 100; i++)
        values[i] = 100.0 - i;
    cr_assert(cvl_statistics_compute(values, 100, &statistics));
    cr_expect_float_eq(statistics.uncertainty, 0.5 * (61.0 - 41.0) / 50.5, 1e-12);
}

Test(statistics, of_a_clock_that_stands_still)
{
    const double values[] = {0.0, 0.0, 0.0, 0.0};
    struct cvl_statistics statistics;
    cr_assert(cvl_statistics_compute(values, 4, &statistics));
    cr_expect_eq(statistics.median, 0.0);
    cr_expect_eq(statistics.uncertainty, 0.0);
}

Test(statistics, nine_values_are_too_few_for_two_peaks)
{
    const double values[] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    double low, high;
    cr_expect_not(has_two_peaks(values, 9, &low, &high));
    cr_assert(has_two_peaks(values, 10, &low, &high));
    cr_expect_eq(low, 1.0);
    cr_expect_eq(high, 2.0);
}
