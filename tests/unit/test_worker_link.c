/* The supervisor's end of a worker against workers that misbehave; the device's id says how. */
#include <criterion/criterion.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_worker.h"
#include "supervise/measure.h"
#include "supervise/worker_link.h"

static void flood(void)
{
    static char block[1 << 16];
    memset(block, 'x', sizeof block);
    while (write(CVL_PROTOCOL_FD, block, sizeof block) > 0)
        ;
    _exit(7);
}

/* Says how cases are to be run. */
static void answer_with_options(const struct cvl_job *job, const struct cvl_run_options *options)
{
    char said[128];
    snprintf(said, sizeof said, "limit %llu budget %g library %s%s%s",
             (unsigned long long)options->memory_limit_bytes, options->budget_s,
             options->library ? options->library : "-", options->clock ? " clock " : "",
             options->clock ? options->clock : "");
    fake_worker_answer(job, said);
}

/* Counts how often the link says that it waits. */
static void count_waiting(void *user)
{
    ++*(int *)user;
}

static void misbehave(const char *how, const struct cvl_job *job,
                      const struct cvl_run_options *options)
{
    if (strcmp(how, "good") == 0 && job->kind == CVL_JOB_MEASURE) {
        fake_worker_say(cvl_message_step("measure/launch"));
        fake_worker_peaks();
        return;
    }
    if (strcmp(how, "good") == 0) {
        fake_worker_say(cvl_message_step("verify"));
        fake_worker_answer(job, "made up");
    } else if (strcmp(how, "options") == 0) {
        answer_with_options(job, options);
    } else if (strcmp(how, "pieces") == 0) {
        for (const char *c = "{\"step\": \"build\"}\n{\"st"; *c; c++)
            if (write(CVL_PROTOCOL_FD, c, 1) != 1)
                _exit(9);
        if (dprintf(CVL_PROTOCOL_FD, "ep\": \"time\"}\n") < 0)
            _exit(9);
        fake_worker_answer(job, "made up");
    } else if (strcmp(how, "another") == 0) {
        fake_worker_answer_another(job);
    } else if (strcmp(how, "hello") == 0) {
        struct cvl_device_facts facts = fake_worker_facts("hello");
        fake_worker_say(cvl_message_hello(&facts));
    } else if (strcmp(how, "rubbish") == 0) {
        fake_worker_say(strdup("Segmentation fault, or is it?"));
    } else if (strcmp(how, "error") == 0) {
        struct cvl_error error = {CVL_BAD_INPUT, "no such request"};
        fake_worker_say(cvl_message_error(&error));
    } else if (strcmp(how, "dies") == 0) {
        fake_worker_say(cvl_message_step("memory/freed"));
        fprintf(stderr, "first\nthe driver says \x1b[31mgood-bye\n");
        raise(SIGKILL);
    } else if (strcmp(how, "noise") == 0) {
        for (int i = 0; i < 20000; i++)
            puts("a driver that talks and talks");
        fflush(stdout);
        fake_worker_answer(job, "made up");
    } else if (strcmp(how, "flood") == 0) {
        flood();
    } else {
        if (strcmp(how, "stuck") == 0)
            fake_worker_say(cvl_message_step("verify"));
        for (;;)
            pause();
    }
}

static void behave(const char *how)
{
    struct cvl_run_options *options = NULL;
    struct cvl_job job;
    struct cvl_device_facts facts = fake_worker_facts(strcmp(how, "stranger") == 0 ? "0:7" : how);
    fake_worker_say(cvl_message_hello(&facts));
    while (fake_worker_hear(&options, &job)) {
        misbehave(how, &job, options);
        cvl_job_clear(&job);
    }
    _exit(0);
}

__attribute__((constructor)) static void be_the_child(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "worker") == 0)
        behave(argv[3]);
}

/* Nothing is expected to take so long, however busy the machine is. */
static const double endless_s = 1e6;

/* A link to a child that behaves in this way, opened. */
static struct cvl_worker_link open_link(const char *how, struct cvl_device_facts *facts)
{
    struct cvl_worker_link link;
    struct cvl_error err = {0};
    struct cvl_worker_setup setup = {.device_id = how};
    *facts = fake_worker_facts(how);
    signal(SIGPIPE, SIG_IGN);
    enum cvl_status status =
        cvl_worker_link_open(&setup, cvl_host_now() + endless_s, -1, &link, facts, &err);
    cr_assert_eq(status, CVL_OK, "%s", err.text);
    return link;
}

/* A layer, or where it is named a network of two. */
static struct cvl_network_step steps[2];
static struct cvl_network network = {.form = CVL_POINTWISE, .steps = steps, .step_count = 1};
static struct cvl_case item = {.network = &network};
static struct cvl_step_choice choices[2];

static void make_case(void)
{
    item.variant = cvl_variant_find("pw_direct");
    for (size_t i = 0; i < 2; i++) {
        steps[i].repetition = steps[i].repetitions = 1;
        choices[i].variant = item.variant;
        cr_assert_eq(cvl_problem_parse("pointwise:ic8ih7oc8kh1", &steps[i].problem, NULL), CVL_OK);
    }
}

static void make_network(void)
{
    strcpy(network.name, "net");
    network.step_count = 2;
}

static enum cvl_status ask(struct cvl_worker_link *link, double limit_s, struct cvl_row *row,
                           struct cvl_error *err)
{
    make_case();
    return cvl_worker_link_run(link, CVL_JOB_CASE, &item, choices, limit_s, -1, row, err);
}

/* Asks once and expects a row. */
static void expect_row(const char *how)
{
    struct cvl_device_facts facts;
    struct cvl_row row;
    struct cvl_error err = {0};
    struct cvl_worker_link link = open_link(how, &facts);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(ask(&link, endless_s, &row, &err), CVL_OK, "%s: %s", how, err.text);
        cr_expect_eq(row.status, CVL_ROW_OK);
        cr_expect_str_eq(row.reason, "made up");
        cvl_row_clear(&row);
    }
    cr_expect(cvl_worker_link_is_open(&link));
    cvl_worker_link_close(&link);
    cr_expect_not(cvl_worker_link_is_open(&link));
}

/* Asks once and expects a failure of that status with those words. */
static void expect_loss(const char *how, double limit_s, enum cvl_status expected,
                        const char *words, bool stays_open)
{
    struct cvl_device_facts facts;
    struct cvl_row row;
    struct cvl_error err = {0};
    struct cvl_worker_link link = open_link(how, &facts);
    cr_expect_eq(ask(&link, limit_s, &row, &err), expected, "%s: %s", how, err.text);
    cr_expect_not_null(strstr(err.text, words), "%s: '%s' is not in '%s'", how, words, err.text);
    cr_expect_eq(cvl_worker_link_is_open(&link), stays_open, "%s", how);
    cvl_worker_link_close(&link);
}

Test(worker_link, rows_come_one_for_each_request)
{
    expect_row("good");
}

Test(worker_link, rows_of_networks_come_the_same_way)
{
    make_network();
    expect_row("good");
}

Test(worker_link, waiting_is_said_at_each_step)
{
    struct cvl_device_facts facts;
    struct cvl_row row;
    struct cvl_error err = {0};
    int count = 0;
    struct cvl_worker_link link = open_link("pieces", &facts);
    link.waiting = count_waiting;
    link.user = &count;
    cr_assert_eq(ask(&link, endless_s, &row, &err), CVL_OK, "%s", err.text);
    cr_expect_geq(count, 3, "two steps and a row: %d", count);
    cvl_row_clear(&row);
    cvl_worker_link_close(&link);
}

static void expect_told(struct cvl_worker_link *link, const char *expected)
{
    struct cvl_row row;
    struct cvl_error err = {0};
    cr_assert_eq(ask(link, endless_s, &row, &err), CVL_OK, "%s", err.text);
    cr_expect_str_eq(row.reason, expected);
    cvl_row_clear(&row);
}

/* How cases are run is said when the worker is opened, and again where it changes. */
Test(worker_link, options_reach_the_worker)
{
    struct cvl_device_facts facts = fake_worker_facts("options");
    struct cvl_worker_link link;
    struct cvl_error err = {0};
    const struct cvl_worker_setup setup = {
        .device_id = "options", .options = {.memory_limit_bytes = 77, .library = "MWG=64"}};
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(cvl_worker_link_open(&setup, cvl_host_now() + endless_s, -1, &link, &facts, &err),
                 CVL_OK, "%s", err.text);
    expect_told(&link, "limit 77 budget 0 library MWG=64");
    expect_told(&link, "limit 77 budget 0 library MWG=64");
    const struct cvl_run_options others = {.budget_s = 0.5};
    cr_assert_eq(cvl_worker_link_configure(&link, &others, &err), CVL_OK);
    expect_told(&link, "limit 0 budget 0.5 library -");
    cvl_worker_link_close(&link);
}

/* What was decided of the event clock when a device's first worker started holds for all. */
Test(worker_link, all_workers_of_a_device_use_one_clock)
{
    static const struct {
        enum cvl_clock_trust trust;
        const char *told;
    } cases[] = {
        {CVL_CLOCK_UNKNOWN, "limit 0 budget 0 library -"},
        {CVL_CLOCK_TRUSTED, "limit 0 budget 0 library - clock event"},
        {CVL_CLOCK_DISTRUSTED, "limit 0 budget 0 library - clock host"},
    };
    const struct cvl_worker_setup setup = {.device_id = "options"};
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cvl_device_facts facts = fake_worker_facts("options");
        struct cvl_worker_link link;
        struct cvl_error err = {0};
        facts.event_clock = cases[i].trust;
        snprintf(facts.event_clock_reason, sizeof facts.event_clock_reason, "as before");
        cr_assert_eq(
            cvl_worker_link_open(&setup, cvl_host_now() + endless_s, -1, &link, &facts, &err),
            CVL_OK, "%s", err.text);
        expect_told(&link, cases[i].told);
        cr_expect_eq(facts.event_clock, cases[i].trust);
        cr_expect_str_eq(facts.event_clock_reason, i == 0 ? "" : "as before", "the worker's");
        cvl_worker_link_close(&link);
    }
}

static enum cvl_status measure(const char *how, struct cvl_device_facts *facts,
                               struct cvl_error *err)
{
    struct cvl_worker_setup setup = {.device_id = how};
    *facts = fake_worker_facts(how);
    signal(SIGPIPE, SIG_IGN);
    return cvl_measure_device(&setup, -1, facts, err);
}

Test(worker_link, a_device_is_measured)
{
    struct cvl_device_facts facts;
    struct cvl_error err = {0};
    cr_assert_eq(measure("good", &facts, &err), CVL_OK, "%s", err.text);
    cr_expect_eq(facts.peaks.f32_flops_per_s, 100e9);
    cr_expect_str_eq(facts.peaks.measured, "2026-01-02T03:04:05Z");
    cr_expect_str_empty(facts.peaks.reason);
}

/* A death is what came of the measuring: no figures, and why. */
Test(worker_link, a_death_while_measuring_is_told)
{
    struct cvl_device_facts facts;
    struct cvl_error err = {0};
    cr_assert_eq(measure("dies", &facts, &err), CVL_CRASHED);
    cr_expect_not_null(strstr(facts.peaks.reason, "signal 9"), "%s", facts.peaks.reason);
    cr_expect_eq(strlen(facts.peaks.measured), 20, "%s", facts.peaks.measured);
    cr_expect(isnan(facts.peaks.f32_flops_per_s));
    cr_assert_eq(measure("another", &facts, &err), CVL_CRASHED, "%s", err.text);
    cr_assert_eq(measure("hello", &facts, &err), CVL_FAILED, "%s", err.text);
    cr_expect_not_null(strstr(facts.peaks.reason, "something else"), "%s", facts.peaks.reason);
}

Test(worker_link, steps_are_told_with_their_times)
{
    struct cvl_device_facts facts;
    struct cvl_row row;
    struct cvl_error err = {0};
    char unit[2][8];
    double time[2];
    struct cvl_worker_link link = open_link("good", &facts);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(ask(&link, endless_s, &row, &err), CVL_OK, "%s", err.text);
        cvl_row_clear(&row);
        cr_expect_eq(sscanf(link.times.data, "plan %lf %7[^,], verify %lf %7[^,]", &time[0],
                            unit[0], &time[1], unit[1]),
                     4, "%s", link.times.data);
        cr_expect_null(strstr(strstr(link.times.data, "verify") + 1, ","), "%s", link.times.data);
    }
    cvl_worker_link_close(&link);
    cr_expect_null(link.times.data);
}

Test(worker_link, lines_in_pieces_are_put_together)
{
    expect_row("pieces");
}

Test(worker_link, a_driver_that_talks_does_not_block)
{
    expect_row("noise");
}

Test(worker_link, a_row_of_another_case_is_refused)
{
    expect_loss("another", endless_s, CVL_FAILED, "something else", false);
    make_network();
    expect_loss("another", endless_s, CVL_FAILED, "something else", false);
}

Test(worker_link, a_second_hello_is_no_answer)
{
    expect_loss("hello", endless_s, CVL_FAILED, "something else", false);
}

Test(worker_link, rubbish_ends_the_worker)
{
    expect_loss("rubbish", endless_s, CVL_BAD_INPUT, "not JSON", false);
}

Test(worker_link, an_error_leaves_the_worker)
{
    expect_loss("error", endless_s, CVL_FAILED, "no such request", true);
}

Test(worker_link, a_death_tells_signal_step_and_last_words)
{
    expect_loss("dies", endless_s, CVL_CRASHED,
                "in step memory/freed: signal 9 (Killed); its last words: the driver says "
                "\\x1b[31mgood-bye",
                false);
}

Test(worker_link, silence_is_a_timeout)
{
    expect_loss("silent", 0.3, CVL_TIMEOUT, "no answer in step plan", false);
}

/* How long the worker takes to come to the step, the machine decides: it has to come there within
 * one of these limits, and is timed out under each. */
Test(worker_link, a_timeout_names_the_step)
{
    bool is_named = false;
    for (double limit_s = 0.1; !is_named && limit_s < 1000.0; limit_s *= 4.0) {
        struct cvl_device_facts facts;
        struct cvl_row row;
        struct cvl_error err = {0};
        struct cvl_worker_link link = open_link("stuck", &facts);
        cr_assert_eq(ask(&link, limit_s, &row, &err), CVL_TIMEOUT, "%s", err.text);
        is_named = strstr(err.text, "no answer in step verify") != NULL;
        cvl_worker_link_close(&link);
    }
    cr_expect(is_named);
}

Test(worker_link, a_line_without_end_is_cut_off)
{
    expect_loss("flood", endless_s, CVL_FAILED, "an endless answer", false);
}

Test(worker_link, a_worker_of_another_device_is_refused)
{
    struct cvl_worker_link link;
    struct cvl_error err = {0};
    struct cvl_worker_setup setup = {.device_id = "stranger"};
    struct cvl_device_facts facts = fake_worker_facts("stranger");
    enum cvl_status status =
        cvl_worker_link_open(&setup, cvl_host_now() + endless_s, -1, &link, &facts, &err);
    cr_expect_eq(status, CVL_FAILED, "%s", err.text);
    cr_expect_not(cvl_worker_link_is_open(&link));
    cr_expect_str_eq(facts.id, "stranger");
}

Test(worker_link, a_signal_interrupts_the_wait)
{
    int ends[2];
    struct cvl_row row;
    struct cvl_error err = {0};
    struct cvl_device_facts facts;
    struct cvl_worker_link link = open_link("silent", &facts);
    make_case();
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "x", 1), 1);
    enum cvl_status status =
        cvl_worker_link_run(&link, CVL_JOB_CASE, &item, choices, endless_s, ends[0], &row, &err);
    cr_expect_eq(status, CVL_INTERRUPTED, "%s", err.text);
    cr_expect_not(cvl_worker_link_is_open(&link));
    close(ends[0]);
    close(ends[1]);
}

Test(worker_link, a_worker_killed_between_cases_is_a_crash)
{
    struct cvl_row row;
    struct cvl_error err = {0};
    struct cvl_device_facts facts;
    struct cvl_worker_link link = open_link("good", &facts);
    siginfo_t end; /* its end is waited for, and left to the link to find */
    kill(link.process.pid, SIGKILL);
    cr_assert_eq(waitid(P_PID, (id_t)link.process.pid, &end, WEXITED | WNOWAIT), 0);
    cr_expect_eq(ask(&link, endless_s, &row, &err), CVL_CRASHED, "%s", err.text);
    cr_expect_not_null(strstr(err.text, "signal 9"), "%s", err.text);
}
