/* The search on devices, with made-up workers: what it finds, survives and spends. */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_worker.h"
#include "scratch.h"
#include "scripted_clock.h"
#include "supervise/tuner.h"

/* A candidate is measured for less long than a side of a comparison, and given up once it is
 * slower than the best so far; the default comes first. What does not fit is skipped, but in a
 * comparison, and what spills, once there is a default to compare it with. */
static bool has_right_limits(const struct cvl_job *job, const struct cvl_run_options *options)
{
    const bool is_candidate = options->budget_s < 0.05 && job->choices[0].tuning_count > 0;
    const bool is_compared = options->budget_s > 0.05; /* with the default: was tried before */
    return options->time_only && (options->hopeless_s > 0.0) == is_candidate &&
           options->skip_unfit != is_compared && options->skip_spilled == is_candidate;
}

/* Answers a trial: the more it is asked for in all, the faster; the default takes a second. */
static void answer_trial(const struct cvl_job *job, const struct cvl_run_options *options,
                         const char *how)
{
    const struct cvl_step_choice *choice = &job->choices[0];
    struct cvl_row row;
    if (!has_right_limits(job, options) || !cvl_network_is_layer(&job->network))
        _exit(FAKE_WORKER_UNREADABLE);
    double median_s = 1.0;
    for (uint32_t i = 0; i < choice->tuning_count; i++)
        median_s += (strcmp(how, "noisy") == 0 ? 0.0 : -1e-4) * choice->tuning[i].value;
    if (strcmp(how, "noisy") == 0) /* a candidate's first time is lucky, and no other */
        median_s = options->budget_s < 0.05 && choice->tuning_count > 0 ? 0.5 : 1.0;
    cvl_row_init(&row);
    row.key = cvl_case_key(&job->item, "0:0");
    if (strcmp(how, "spills") == 0 && options->skip_spilled) {
        row.status = CVL_ROW_SKIPPED;
        (void)snprintf(row.reason, sizeof row.reason, "takes private memory");
        fake_worker_say(cvl_message_row(&row));
        return;
    }
    row.has_time = true;
    row.time.median_s = median_s;
    fake_worker_say(cvl_message_row(&row));
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
        if (strcmp(how, "dies") == 0 && job.choices[0].tuning_count > 0)
            raise(SIGKILL);
        answer_trial(&job, options, how);
        cvl_job_clear(&job);
    }
    _exit(0);
}

__attribute__((constructor)) static void be_the_worker(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "worker") == 0)
        behave(argv[3]);
}

/* No test waits for so long. */
static const double endless_s = 1e9;

/* A search over two problems with one variant, on a device that behaves in this way. */
struct setup {
    struct cvl_sweep sweeps[2];
    struct cvl_case *cases;
    size_t case_count;
    struct cvl_device_facts device;
    struct cvl_tuning_database *database;
    struct cvl_tuned *tuned;
    size_t count;
    struct cvl_error err;
};

static void begin(struct setup *s, const char *how)
{
    static const char *const problems[] = {"pointwise:ic64ih14oc64kh1", "pointwise:ic64ih7oc64kh1"};
    const struct cvl_case_filter filter = {.layouts = {CVL_NHWC}, .layout_count = 1};
    *s = (struct setup){.device = fake_worker_facts(how)};
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(cvl_sweep_from_problem(problems[i], &s->sweeps[i], NULL), CVL_OK);
    cr_assert_eq(cvl_cases_create(s->sweeps, 2, &filter, &s->cases, &s->case_count, NULL), CVL_OK);
    scratch_make();
    cr_assert_eq(
        cvl_tuning_database_open(scratch_path("tuning.db"), CVL_STORE_WRITE, &s->database, &s->err),
        CVL_OK, "%s", s->err.text);
}

/* Called before each candidate: by the scripted clock each takes a sixteenth of a second. */
enum { CANDIDATES_A_SECOND = 16 };

static void pass_time(void *user, const struct cvl_tuner_progress *progress)
{
    (void)user, (void)progress;
    scripted_clock_move(1.0 / CANDIDATES_A_SECOND);
}

static enum cvl_status run(struct setup *s, const char *variant, double budget_s)
{
    const struct cvl_globs variants = {.at = (char *[]){(char *)variant}, .count = variant != NULL};
    const struct cvl_tuner tuner = {
        .cases = s->cases,
        .case_count = s->case_count,
        .variants = &variants,
        .devices = &s->device,
        .device_count = 1,
        .budget_s = budget_s,
        .timeout_s = endless_s,
        .database = s->database,
        .signal_fd = -1,
        .progress = pass_time,
    };
    free(s->tuned);
    return cvl_tune(&tuner, &s->tuned, &s->count, &s->err);
}

static void end(struct setup *s)
{
    cvl_tuning_database_close(&s->database);
    scratch_remove();
    for (int i = 0; i < 2; i++)
        cvl_sweep_clear(&s->sweeps[i]);
    free(s->cases);
    free(s->tuned);
}

Test(tuner, the_best_is_found_and_settled)
{
    struct setup s;
    begin(&s, "good");
    cr_assert_eq(run(&s, "pw_direct", endless_s), CVL_OK, "%s", s.err.text);
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
    cr_assert_eq(run(&s, "pw_direct", endless_s), CVL_OK, "%s", s.err.text);
    cr_expect_eq(s.tuned[0].tried, tried, "a search that is over tries nothing");
    cr_expect(s.tuned[0].settled);
    end(&s);
}

Test(tuner, a_lucky_candidate_does_not_win)
{
    struct setup s;
    begin(&s, "noisy");
    cr_assert_eq(run(&s, "pw_direct", endless_s), CVL_OK, "%s", s.err.text);
    cr_assert_eq(s.count, 2);
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
    cr_assert_eq(run(&s, "pw_direct", endless_s), CVL_OK, "%s", s.err.text);
    cr_assert_eq(s.count, 2);
    for (size_t i = 0; i < s.count; i++) {
        cr_expect(s.tuned[i].over);
        cr_expect_gt(s.tuned[i].failed, 0);
        cr_expect_eq(s.tuned[i].failed + 1, s.tuned[i].tried, "all but the default");
        cr_expect_eq(s.tuned[i].settled_as.asked.count, 0);
    }
    end(&s);
}

Test(tuner, what_is_skipped_is_counted_and_never_tried_again)
{
    struct setup s;
    begin(&s, "spills");
    cr_assert_eq(run(&s, "pw_direct", endless_s), CVL_OK, "%s", s.err.text);
    cr_assert_eq(s.count, 2);
    for (size_t i = 0; i < s.count; i++) {
        cr_expect(s.tuned[i].over);
        cr_expect_gt(s.tuned[i].skipped, 0);
        cr_expect_eq(s.tuned[i].skipped, s.tuned[i].failed);
        cr_expect_eq(s.tuned[i].skipped + 1, s.tuned[i].tried, "all but the default");
        cr_expect(s.tuned[i].settled);
        cr_expect_eq(s.tuned[i].settled_as.asked.count, 0);
    }
    const size_t skipped = s.tuned[0].skipped;
    cr_assert_eq(run(&s, "pw_direct", endless_s), CVL_OK, "%s", s.err.text);
    cr_expect_eq(s.tuned[0].skipped, skipped, "nothing is forgotten, and nothing tried again");
    cr_expect_eq(s.tuned[0].tried, skipped + 1);
    end(&s);
}

/* A job's first turn is half of its part of the budget. */
Test(tuner, the_budget_is_kept_and_each_job_has_a_part)
{
    enum { BUDGET_S = 2, JOBS = 2, FIRST_TURN = BUDGET_S * CANDIDATES_A_SECOND / JOBS / 2 };
    struct setup s;
    begin(&s, "good");
    scripted_clock_start();
    cr_assert_eq(run(&s, "pw_direct", BUDGET_S), CVL_OK, "%s", s.err.text);
    cr_assert_eq(s.count, JOBS);
    cr_expect_eq(s.tuned[0].tried + s.tuned[1].tried, BUDGET_S * CANDIDATES_A_SECOND);
    for (size_t i = 0; i < s.count; i++) {
        cr_expect_geq(s.tuned[i].tried, FIRST_TURN);
        cr_expect_not(s.tuned[i].over);
    }
    end(&s);
}

Test(tuner, a_device_without_workers_is_an_error)
{
    struct setup s;
    begin(&s, "stillborn");
    cr_expect_eq(run(&s, "pw_direct", endless_s), CVL_FAILED);
    cr_expect_not_null(strstr(s.err.text, "no worker starts on device stillborn"), "%s",
                       s.err.text);
    end(&s);
}

Test(tuner, what_has_no_parameters_is_not_tuned)
{
    struct setup s;
    begin(&s, "good");
    cr_expect_eq(run(&s, "warp*", endless_s), CVL_BAD_INPUT);
    cr_expect_not_null(strstr(s.err.text, "has parameters"), "%s", s.err.text);
    end(&s);
}
