#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_worker.h"
#include "supervise/supervisor.h"

enum { PROBLEMS = 4 };

static void behave(const char *how)
{
    char line[4096];
    struct cvl_device_facts facts = fake_worker_facts(how);
    if (strcmp(how, "stillborn") == 0)
        abort();
    fake_worker_say(cvl_message_hello(&facts));
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(how, "dies") == 0 && strstr(line, "pw_direct"))
            raise(SIGKILL);
        if (strstr(line, "measure")) {
            if (strcmp(how, "fragile") == 0)
                raise(SIGKILL);
            fake_worker_peaks();
            continue;
        }
        fake_worker_answer(line, 0);
    }
    _exit(0);
}

__attribute__((constructor)) static void be_the_worker(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "worker") == 0)
        behave(argv[3]);
}

/* A run over four problems with two variants each, on a device that behaves in this way. */
struct setup {
    struct cvl_sweep sweeps[PROBLEMS];
    struct cvl_sweep_case *cases;
    size_t case_count;
    struct cvl_device_facts device;
    char path[64];
    struct cvl_store *store;
    int64_t run_id;
    bool measure;
    struct cvl_results done; /* rows that a first part of the run left */
};

static void begin(struct setup *s, const char *how)
{
    struct cvl_error err = {0};
    struct cvl_case_filter filter = {
        .variant_glob = "*direct", .layouts = {CVL_NHWC}, .layout_count = 1};
    *s =
        (struct setup){.device = fake_worker_facts(how), .path = "/tmp/convlens-supervisor-XXXXXX"};
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < PROBLEMS; i++) {
        char text[64];
        snprintf(text, sizeof text, "pointwise:ic8ih%doc8kh1", 7 + i);
        cr_assert_eq(cvl_sweep_from_problem(text, &s->sweeps[i], &err), CVL_OK, "%s", err.text);
    }
    cr_assert_eq(cvl_cases_create(s->sweeps, PROBLEMS, &filter, &s->cases, &s->case_count, &err),
                 CVL_OK, "%s", err.text);
    cr_assert_eq(s->case_count, 2 * PROBLEMS);
    int file = mkstemp(s->path);
    cr_assert_geq(file, 0);
    close(file);
    struct cvl_results head = {.started = (char *)"2026-01-01T00:00:00Z"};
    bool resumed;
    cr_assert_eq(cvl_store_open(s->path, CVL_STORE_WRITE, &s->store, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_store_begin(s->store, &head, "test", false, &s->run_id, &resumed, &err),
                 CVL_OK, "%s", err.text);
}

/* Runs `case_count` cases, and reads what is in the store then into `done`. */
static void run(struct setup *s, size_t case_count)
{
    struct cvl_error err = {0};
    const struct cvl_tuning_origin defaults = {0};
    struct cvl_supervision supervision = {
        .cases = s->cases,
        .case_count = case_count,
        .devices = &s->device,
        .device_count = 1,
        .tuning = &defaults,
        .timeout_s = 1e6,
        .measure = s->measure,
        .store = s->store,
        .run_id = s->run_id,
        .done = s->done.row_count > 0 ? &s->done : NULL,
        .signal_fd = -1,
    };
    cr_assert_eq(cvl_supervise(&supervision, &err), CVL_OK, "%s", err.text);
    cvl_results_clear(&s->done);
    cr_assert_eq(cvl_store_load(s->store, s->run_id, &s->done, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(s->done.row_count, case_count);
}

static void end(struct setup *s)
{
    cvl_results_clear(&s->done);
    cvl_store_close(&s->store);
    free(s->cases);
    for (int i = 0; i < PROBLEMS; i++)
        cvl_sweep_clear(&s->sweeps[i]);
    unlink(s->path);
}

/* One letter for the status of each row, in order. */
static void expect_statuses(const struct setup *s, const char *letters)
{
    static const char letter[CVL_ROW_STATUS_COUNT] = {
        [CVL_ROW_OK] = 'o',           [CVL_ROW_UNSUPPORTED] = 'u',
        [CVL_ROW_SKIPPED] = 's',      [CVL_ROW_OUT_OF_MEMORY] = 'm',
        [CVL_ROW_WRONG_ANSWER] = 'w', [CVL_ROW_BUILD_FAILED] = 'b',
        [CVL_ROW_TIMEOUT] = 't',      [CVL_ROW_CRASHED] = 'c',
        [CVL_ROW_FAILED] = 'f'};
    char got[2 * PROBLEMS + 1] = "";
    for (size_t i = 0; i < s->done.row_count; i++)
        got[i] = letter[s->done.rows[i].status];
    cr_expect_str_eq(got, letters);
}

static struct cvl_device_peaks kept_peaks(const struct setup *s)
{
    struct cvl_device_peaks peaks;
    cr_assert_eq(cvl_store_get_peaks(s->store, &s->device, &peaks, NULL), CVL_OK);
    return peaks;
}

Test(supervisor, a_device_is_measured_once)
{
    struct setup s;
    begin(&s, "good");
    run(&s, 2);
    cr_expect_str_empty(kept_peaks(&s).measured, "nobody asked for it");
    s.measure = true;
    run(&s, 4);
    cr_expect_eq(kept_peaks(&s).f32_flops_per_s, 100e9);
    expect_statuses(&s, "oooo");
    cr_expect_eq(s.done.devices[0].peaks.f32_flops_per_s, 100e9);
    s.device.peaks = kept_peaks(&s);
    s.device.peaks.f32_flops_per_s = 70e9;
    cr_assert_eq(cvl_store_put_peaks(s.store, &s.device, NULL), CVL_OK);
    run(&s, s.case_count);
    cr_expect_eq(kept_peaks(&s).f32_flops_per_s, 70e9, "what the store knows is believed");
    end(&s);
}

Test(supervisor, a_device_that_cannot_be_measured_has_its_rows)
{
    struct setup s;
    begin(&s, "fragile");
    s.measure = true;
    run(&s, s.case_count);
    expect_statuses(&s, "oooooooo");
    struct cvl_device_peaks peaks = kept_peaks(&s);
    cr_expect_not_null(strstr(peaks.reason, "signal 9"), "%s", peaks.reason);
    cr_expect_str_not_empty(peaks.measured, "the next run does not try again");
    end(&s);
}

Test(supervisor, every_case_has_its_row)
{
    struct setup s;
    begin(&s, "good");
    run(&s, s.case_count);
    expect_statuses(&s, "oooooooo");
    for (size_t i = 0; i < s.case_count; i++)
        cr_expect(cvl_case_is_row(&s.cases[i], "good", &s.done.rows[i]), "row %zu", i);
    cr_expect_eq(s.done.device_count, 1);
    end(&s);
}

Test(supervisor, two_deaths_quarantine_the_variant_alone)
{
    struct setup s;
    begin(&s, "dies");
    run(&s, s.case_count);
    expect_statuses(&s, "ococosos");
    end(&s);
}

Test(supervisor, deaths_before_a_resumption_count)
{
    struct setup s;
    begin(&s, "dies");
    run(&s, 2);
    expect_statuses(&s, "oc");
    run(&s, s.case_count);
    expect_statuses(&s, "ococosos");
    cr_expect_not_null(strstr(s.done.rows[5].reason, "quarantined"));
    end(&s);
}

Test(supervisor, a_device_without_worker_has_failed_rows_and_no_quarantine)
{
    struct setup s;
    begin(&s, "stillborn");
    run(&s, 4);
    expect_statuses(&s, "ffff");
    cr_expect_not_null(strstr(s.done.rows[0].reason, "died in step open: signal 6"), "%s",
                       s.done.rows[0].reason);
    cr_expect_not_null(strstr(s.done.rows[2].reason, "no worker starts on this device"), "%s",
                       s.done.rows[2].reason);
    run(&s, s.case_count);
    expect_statuses(&s, "ffffffff");
    end(&s);
}
