#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_worker.h"
#include "one_glob.h"
#include "supervise/supervisor.h"
#include "tuning/steps.h"

enum { PROBLEMS = 4 };

/* The memory limit comes back as a reason: how cases are run reaches the worker. */
static void answer(const char *how, const struct cvl_job *job,
                   const struct cvl_run_options *options)
{
    char limit[32];
    snprintf(limit, sizeof limit, "limit %llu", (unsigned long long)options->memory_limit_bytes);
    if (strcmp(how, "dies") == 0 && strcmp(cvl_variant_name(job->item.variant), "pw_direct") == 0)
        raise(SIGKILL);
    fake_worker_answer(job, limit);
}

static void behave(const char *how)
{
    struct cvl_run_options *options = NULL;
    struct cvl_job job;
    struct cvl_device_facts facts = fake_worker_facts(how);
    if (strcmp(how, "stillborn") == 0)
        abort();
    fake_worker_say(cvl_message_hello(&facts));
    while (fake_worker_hear(&options, &job)) {
        if (job.kind == CVL_JOB_CASE)
            answer(how, &job, options);
        else if (strcmp(how, "fragile") == 0)
            raise(SIGKILL);
        else
            fake_worker_peaks();
        cvl_job_clear(&job);
    }
    _exit(0);
}

__attribute__((constructor)) static void be_the_worker(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "worker") == 0)
        behave(argv[3]);
}

/* A run over four problems with two variants each, on a device that behaves in this way; or over
 * two layers and the network that they make. */
struct setup {
    struct cvl_sweep sweeps[PROBLEMS];
    size_t sweep_count;
    struct cvl_case *cases;
    size_t case_count;
    struct cvl_tuning_origin tuning;
    uint64_t memory_limit_bytes;
    struct cvl_device_facts device;
    char path[64];
    struct cvl_store *store;
    int64_t run_id;
    bool measure;
    struct cvl_results done; /* rows that a first part of the run left */
};

/* Once the sweeps are read. */
static void begin_run(struct setup *s, const char *how, const char *variants)
{
    struct cvl_error err = {0};
    struct cvl_case_filter filter = {
        .variants = ONE_GLOB(variants), .layouts = {CVL_NHWC}, .layout_count = 1};
    s->device = fake_worker_facts(how);
    strcpy(s->path, "/tmp/convlens-supervisor-XXXXXX");
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(
        cvl_cases_create(s->sweeps, s->sweep_count, &filter, &s->cases, &s->case_count, &err),
        CVL_OK, "%s", err.text);
    int file = mkstemp(s->path);
    cr_assert_geq(file, 0);
    close(file);
    struct cvl_results head = {.started = (char *)"2026-01-01T00:00:00Z"};
    bool resumed;
    cr_assert_eq(cvl_store_open(s->path, CVL_STORE_WRITE, &s->store, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_store_begin(s->store, &head, "test", false, &s->run_id, &resumed, &err),
                 CVL_OK, "%s", err.text);
}

static void begin(struct setup *s, const char *how)
{
    struct cvl_error err = {0};
    *s = (struct setup){.sweep_count = PROBLEMS};
    for (int i = 0; i < PROBLEMS; i++) {
        char text[64];
        snprintf(text, sizeof text, "pointwise:ic8ih%doc8kh1", 7 + i);
        cr_assert_eq(cvl_sweep_from_problem(text, &s->sweeps[i], &err), CVL_OK, "%s", err.text);
    }
    begin_run(s, how, "*direct");
    cr_assert_eq(s->case_count, 2 * PROBLEMS);
}

static void begin_network(struct setup *s, const char *how, const char *variants)
{
    struct cvl_error err = {0};
    *s = (struct setup){.sweep_count = 1};
    cr_assert_eq(cvl_sweep_read_text("[sweep]\nname = net\nforms = pointwise\n"
                                     "[layer a]\nin = 8x7x7\nout = 8\nkernel = 1\ncount = 2\n"
                                     "[layer b]\nin = 8x7x7\nout = 4\nkernel = 1\n[network]\n",
                                     "net.ini", &s->sweeps[0], &err),
                 CVL_OK, "%s", err.text);
    begin_run(s, how, variants);
}

/* Runs `case_count` cases, and reads what is in the store then into `done`. */
static void run(struct setup *s, size_t case_count)
{
    struct cvl_error err = {0};
    struct cvl_row_index done_rows;
    cr_assert_eq(
        cvl_row_index_create(s->done.rows, s->done.row_count, CVL_KEY_ALL, &done_rows, &err),
        CVL_OK);
    struct cvl_supervision supervision = {
        .cases = s->cases,
        .case_count = case_count,
        .devices = &s->device,
        .device_count = 1,
        .network_command = "convlens run --network net.ini",
        .tuning = &s->tuning,
        .options = {.memory_limit_bytes = s->memory_limit_bytes},
        .timeout_s = 1e6,
        .measure = s->measure,
        .store = s->store,
        .run_id = s->run_id,
        .done = s->done.row_count > 0 ? &s->done : NULL,
        .done_rows = &done_rows,
        .signal_fd = -1,
    };
    cr_assert_eq(cvl_supervise(&supervision, &err), CVL_OK, "%s", err.text);
    cvl_row_index_clear(&done_rows);
    cvl_results_clear(&s->done);
    cr_assert_eq(cvl_store_load(s->store, s->run_id, &s->done, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(s->done.row_count, case_count);
}

static void end(struct setup *s)
{
    cvl_results_clear(&s->done);
    cvl_store_close(&s->store);
    free(s->cases);
    cvl_tuning_given_clear(&s->tuning);
    for (size_t i = 0; i < s->sweep_count; i++)
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

/* The row is that of the case. */
static void expect_key(const struct setup *s, size_t index)
{
    const struct cvl_key key = cvl_case_key(&s->cases[index], s->device.id);
    cr_expect_eq(cvl_key_compare(&s->done.rows[index].key, &key, CVL_KEY_ALL), 0, "row %zu", index);
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

Test(supervisor, a_device_that_was_measured_under_load_is_measured_again)
{
    struct setup s;
    begin(&s, "good");
    s.measure = true;
    run(&s, 2);
    s.device.peaks = kept_peaks(&s);
    s.device.peaks.f32_flops_per_s = 70e9;
    strcpy(s.device.peaks.doubt, "other processes used 1.0 of 2 processors");
    cr_assert_eq(cvl_store_put_peaks(s.store, &s.device, NULL), CVL_OK);
    cr_expect_str_not_empty(kept_peaks(&s).doubt);
    run(&s, s.case_count);
    cr_expect_eq(kept_peaks(&s).f32_flops_per_s, 100e9);
    cr_expect_str_empty(kept_peaks(&s).doubt);
    end(&s);
}

/* The worker says that it does not know; the run's earlier rows are timed by the host. */
Test(supervisor, a_resumed_run_stays_with_the_host_clock)
{
    struct setup s;
    begin(&s, "good");
    s.device.event_clock = CVL_CLOCK_DISTRUSTED;
    strcpy(s.device.event_clock_reason, "timer resolution is 0");
    run(&s, 2);
    cr_expect_eq(s.done.devices[0].event_clock, CVL_CLOCK_DISTRUSTED);
    s.device.event_clock = CVL_CLOCK_TRUSTED;
    run(&s, s.case_count);
    cr_expect_eq(s.done.devices[0].event_clock, CVL_CLOCK_DISTRUSTED);
    cr_expect_str_eq(s.done.devices[0].event_clock_reason, "timer resolution is 0");
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
        expect_key(&s, i);
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

Test(supervisor, a_worker_is_told_how_cases_are_run)
{
    struct setup s;
    begin(&s, "good");
    s.memory_limit_bytes = 77;
    run(&s, 2);
    cr_expect_str_eq(s.done.rows[0].reason, "limit 77");
    cr_expect_str_eq(s.done.rows[1].reason, "limit 77");
    end(&s);
}

/* Two layers, the first of them twice in the network, and the network itself. */
Test(supervisor, a_network_has_a_row_as_layers_have)
{
    struct setup s;
    begin_network(&s, "good", "pw_direct");
    run(&s, 3);
    expect_statuses(&s, "ooo");
    for (size_t i = 0; i < 3; i++) {
        expect_key(&s, i);
        cr_expect_eq(s.done.rows[i].tuning_source, CVL_TUNING_DEFAULT);
    }
    cr_expect_eq(s.done.rows[0].layer_count, 2);
    cr_expect_eq(s.done.rows[1].layer_count, 1);
    cr_expect_str_eq(s.done.rows[2].key.network, "net");
    cr_expect_str_eq(
        s.done.rows[2].repro,
        "convlens run --network net.ini --layer 'net' --device good --variant pw_direct --layout "
        "nhwc --dtype f32 --tuning none");
    end(&s);
}

/* Values of a network's layers are the network's alone, and its command says so. */
Test(supervisor, a_network_repeats_what_its_layers_were_given)
{
    struct setup s;
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    char given[64];
    begin_network(&s, "good", "pw_direct");
    cr_assert_gt(cvl_variant_parameters(s.cases[0].variant, CVL_NHWC, &s.device, parameters), 0);
    snprintf(given, sizeof given, "3:%s=%d", parameters[0]->name, parameters[0]->values[0]);
    cr_assert_eq(cvl_tuning_given_parse(given, &s.tuning, NULL), CVL_OK);
    run(&s, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct cvl_row *row = &s.done.rows[i];
        const char *tuning = strstr(row->repro, "--tuning ");
        cr_assert_not_null(tuning, "%s", row->repro);
        cr_expect_str_eq(tuning + strlen("--tuning "), i < 2 ? "none" : given);
        cr_expect_eq(row->tuning_source, i < 2 ? CVL_TUNING_DEFAULT : CVL_TUNING_GIVEN);
    }
    end(&s);
}

/* No worker is asked for what cannot be planned. */
Test(supervisor, a_network_that_nothing_leads_is_unsupported)
{
    struct setup s;
    begin_network(&s, "stillborn", "im2col_gemm");
    s.cases += 2; /* the network alone */
    run(&s, 1);
    s.cases -= 2;
    expect_statuses(&s, "u");
    cr_expect_str_eq(s.done.rows[0].reason, "im2col_gemm computes none of the network's layers");
    cr_expect_str_not_empty(s.done.rows[0].repro);
    end(&s);
}

/* A death in a network is one of the variant that leads it. */
Test(supervisor, networks_and_layers_share_a_quarantine)
{
    struct setup s;
    begin_network(&s, "dies", "pw_direct");
    run(&s, 3);
    expect_statuses(&s, "ccs");
    end(&s);
    begin_network(&s, "dies", "pw_direct");
    s.cases++; /* a layer and the network, which kills as well */
    run(&s, 2);
    s.cases--;
    expect_statuses(&s, "cc");
    cr_expect_not_null(strstr(s.done.rows[1].reason, "signal 9"), "%s", s.done.rows[1].reason);
    end(&s);
}

Test(supervisor, a_resumed_run_has_each_network_once)
{
    struct setup s;
    begin_network(&s, "good", "*direct");
    run(&s, s.case_count - 1);
    s.memory_limit_bytes = 5; /* shows which rows are new */
    run(&s, s.case_count);
    run(&s, s.case_count);
    for (size_t i = 0; i < s.case_count; i++) {
        expect_key(&s, i);
        cr_expect_str_eq(s.done.rows[i].reason, i + 1 < s.case_count ? "limit 0" : "limit 5");
    }
    end(&s);
}
