#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_worker.h"
#include "supervise/tuner.h"

/* Answers a trial: the more it is asked for in all, the faster; the default takes a second. */
static void answer_trial(const char *line, const char *how)
{
    struct cvl_job request;
    struct cvl_row row;
    if (cvl_job_read(line, &request, NULL) != CVL_OK || !request.is_trial)
        _exit(8);
    double median_s = 1.0;
    for (uint32_t i = 0; i < request.tuning.count; i++)
        median_s += (strcmp(how, "noisy") == 0 ? 0.0 : -1e-4) * request.tuning.at[i].value;
    if (strcmp(how, "noisy") == 0) /* a candidate's first time is lucky, and no other */
        median_s = request.budget_s < 0.05 && request.tuning.count > 0 ? 0.5 : 1.0;
    if (strcmp(how, "slow") == 0)
        usleep(50000);
    cvl_row_init(&row);
    row.key.problem = request.task.problem;
    row.key.layout = request.task.layout;
    row.key.dtype = request.task.dtype;
    snprintf(row.key.variant, sizeof row.key.variant, "%s", cvl_variant_name(request.variant));
    row.has_time = true;
    row.time.median_s = median_s;
    fake_worker_say(cvl_message_row(&row));
}

static void behave(const char *how)
{
    char line[8192];
    struct cvl_device_facts facts = fake_worker_facts(how);
    if (strcmp(how, "stillborn") == 0)
        abort();
    fake_worker_say(cvl_message_hello(&facts));
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(how, "dies") == 0 && !strstr(line, "\"tuning\":{}"))
            raise(SIGKILL);
        answer_trial(line, how);
    }
    _exit(0);
}

__attribute__((constructor)) static void be_the_worker(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "worker") == 0)
        behave(argv[3]);
}

/* A search over two problems with one variant, on a device that behaves in this way. */
struct setup {
    struct cvl_sweep sweeps[2];
    struct cvl_sweep_case *cases;
    size_t case_count;
    struct cvl_device_facts device;
    char path[64];
    struct cvl_tuning_database *database;
    struct cvl_tuned *tuned;
    size_t count;
    struct cvl_error err;
};

static void begin(struct setup *s, const char *how)
{
    static const char *const problems[] = {"pointwise:ic64ih14oc64kh1", "pointwise:ic64ih7oc64kh1"};
    const struct cvl_case_filter filter = {.layouts = {CVL_NHWC}, .layout_count = 1};
    *s = (struct setup){.device = fake_worker_facts(how), .path = "/tmp/convlens-tuner-XXXXXX"};
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(cvl_sweep_from_problem(problems[i], &s->sweeps[i], NULL), CVL_OK);
    cr_assert_eq(cvl_cases_create(s->sweeps, 2, &filter, &s->cases, &s->case_count, NULL), CVL_OK);
    const int file = mkstemp(s->path);
    cr_assert_geq(file, 0);
    close(file);
    cr_assert_eq(cvl_tuning_database_open(s->path, CVL_STORE_WRITE, &s->database, &s->err), CVL_OK,
                 "%s", s->err.text);
}

static enum cvl_status run(struct setup *s, const char *variant, double budget_s)
{
    const struct cvl_tuner tuner = {
        .cases = s->cases,
        .case_count = s->case_count,
        .variant_glob = variant,
        .devices = &s->device,
        .device_count = 1,
        .budget_s = budget_s,
        .timeout_s = 60.0,
        .database = s->database,
        .signal_fd = -1,
    };
    free(s->tuned);
    return cvl_tune(&tuner, &s->tuned, &s->count, &s->err);
}

static void end(struct setup *s)
{
    cvl_tuning_database_close(&s->database);
    unlink(s->path);
    for (int i = 0; i < 2; i++)
        cvl_sweep_clear(&s->sweeps[i]);
    free(s->cases);
    free(s->tuned);
}

Test(tuner, the_best_is_found_and_settled)
{
    struct setup s;
    begin(&s, "good");
    cr_assert_eq(run(&s, "pw_direct", 60.0), CVL_OK, "%s", s.err.text);
    cr_assert_eq(s.count, 2);
    for (size_t i = 0; i < s.count; i++) {
        cr_expect(s.tuned[i].over);
        cr_assert(s.tuned[i].settled);
        cr_expect_gt(s.tuned[i].settled_as.asked.count, 0);
        cr_expect_eq(s.tuned[i].settled_as.default_s, 1.0);
        cr_expect_lt(s.tuned[i].settled_as.best_s, 0.99);
        cr_expect_eq(s.tuned[i].failed, 0);
    }
    const size_t tried = s.tuned[0].tried;
    cr_assert_eq(run(&s, "pw_direct", 60.0), CVL_OK, "%s", s.err.text);
    cr_expect_eq(s.tuned[0].tried, tried, "a search that is over tries nothing");
    cr_expect(s.tuned[0].settled);
    end(&s);
}

Test(tuner, a_lucky_candidate_does_not_win)
{
    struct setup s;
    begin(&s, "noisy");
    cr_assert_eq(run(&s, "pw_direct", 60.0), CVL_OK, "%s", s.err.text);
    for (size_t i = 0; i < s.count; i++) {
        cr_assert(s.tuned[i].settled);
        cr_expect_eq(s.tuned[i].settled_as.asked.count, 0);
        cr_expect_eq(s.tuned[i].settled_as.best_s, 1.0);
        cr_expect_gt(s.tuned[i].settled_as.compared.count, 0);
    }
    end(&s);
}

Test(tuner, candidates_that_kill_cost_themselves)
{
    struct setup s;
    begin(&s, "dies");
    cr_assert_eq(run(&s, "pw_direct", 2.0), CVL_OK, "%s", s.err.text);
    for (size_t i = 0; i < s.count; i++) {
        cr_expect_eq(s.tuned[i].failed + 1, s.tuned[i].tried, "all but the default");
        cr_expect_eq(s.tuned[i].settled_as.asked.count, 0);
    }
    cr_expect_gt(s.tuned[0].failed, 0);
    end(&s);
}

Test(tuner, the_budget_is_kept_and_each_job_has_a_part)
{
    struct setup s;
    begin(&s, "slow");
    const double begin_s = cvl_host_now();
    cr_assert_eq(run(&s, "pw_direct", 1.5), CVL_OK, "%s", s.err.text);
    const double took_s = cvl_host_now() - begin_s;
    cr_expect_lt(took_s, 6.0, "%.1f s: the last comparison takes six trials", took_s);
    cr_assert_eq(s.count, 2);
    for (size_t i = 0; i < s.count; i++) {
        cr_expect_geq(s.tuned[i].tried, 2);
        cr_expect_not(s.tuned[i].over);
    }
    end(&s);
}

Test(tuner, a_device_without_workers_is_an_error)
{
    struct setup s;
    begin(&s, "stillborn");
    cr_expect_eq(run(&s, "pw_direct", 60.0), CVL_FAILED);
    cr_expect_not_null(strstr(s.err.text, "no worker starts on device stillborn"), "%s",
                       s.err.text);
    end(&s);
}

Test(tuner, what_has_no_parameters_is_not_tuned)
{
    struct setup s;
    begin(&s, "good");
    cr_expect_eq(run(&s, "warp*", 60.0), CVL_BAD_INPUT);
    cr_expect_not_null(strstr(s.err.text, "has parameters"), "%s", s.err.text);
    end(&s);
}
