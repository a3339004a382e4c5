/* One device's part of a run: its worker, and its rows' further rounds. */
#include "supervise/device_run.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "result/row_time.h"

enum { MAX_FAILED_STARTS = 2 };

static const double start_limit_s = 120.0;

void cvl_device_run_report(const struct cvl_device_run *run, const struct cvl_case *item,
                           const struct cvl_row *row)
{
    const size_t cases = run->s->case_count * run->s->device_count;
    const struct cvl_progress progress = {.done = run->round ? run->round_done : *run->done,
                                          .total = run->round ? run->round_total : cases,
                                          .round = run->round,
                                          .device_id = run->facts.id,
                                          .item = item,
                                          .row = row,
                                          .times = row ? run->link.times.data : NULL};
    if (run->s->progress)
        run->s->progress(run->s->user, &progress);
}

/* The worker is still at its case. */
static void report_waiting(void *user)
{
    const struct cvl_device_run *run = user;
    cvl_device_run_report(run, run->item, NULL);
}

bool cvl_device_run_ends(enum cvl_status status)
{
    return status == CVL_INTERRUPTED || status == CVL_NO_MEMORY;
}

static enum cvl_status start_worker(struct cvl_device_run *run, struct cvl_error *err)
{
    if (run->failed_starts >= MAX_FAILED_STARTS)
        return cvl_fail(err, CVL_FAILED, "no worker starts on this device: %s", run->start_reason);
    struct cvl_worker_setup setup = {
        .device_id = run->facts.id,
        .icd_folder = run->s->icd_folder,
        .options = run->s->options,
        .echo = run->s->echo,
    };
    setup.options.rounds = CVL_ROUNDS;
    if (run->library.values.count > 0)
        setup.options.library = run->library_text;
    enum cvl_status status = cvl_worker_link_open(&setup, cvl_host_now() + start_limit_s,
                                                  run->s->signal_fd, &run->link, &run->facts, err);
    if (status == CVL_OK) {
        run->failed_starts = 0;
        return CVL_OK;
    }
    run->failed_starts++;
    cvl_copy(run->start_reason, sizeof run->start_reason, err->text);
    return status;
}

enum cvl_status cvl_device_run_need_worker(struct cvl_device_run *run, struct cvl_error *err)
{
    if (cvl_worker_link_is_open(&run->link))
        return CVL_OK;
    const enum cvl_status status = start_worker(run, err);
    return status == CVL_OK ? cvl_store_put_device(run->s->store, run->s->run_id, &run->facts, err)
                            : status;
}

enum cvl_status cvl_device_run_ask(struct cvl_device_run *run, enum cvl_job_kind kind,
                                   const struct cvl_case *item, struct cvl_row *row,
                                   struct cvl_error *err)
{
    run->item = item;
    run->link.waiting = report_waiting;
    run->link.user = run;
    return cvl_worker_link_run(&run->link, kind, item, run->steps.choices, run->s->timeout_s,
                               run->s->signal_fd, row, err);
}

/* The row keeps the rounds that it has, and says why there are no more. */
static enum cvl_status end_rounds(struct cvl_timed_row *timed, const char *reason,
                                  struct cvl_error *err)
{
    struct cvl_row_time *time = &timed->row.time;
    struct cvl_text doubt = {0};
    cvl_text_append(&doubt, "%s%sa further round failed: %s", time->doubt,
                    time->doubt[0] != '\0' ? "; " : "", reason);
    const bool stated = !doubt.failed;
    if (stated)
        cvl_copy(time->doubt, sizeof time->doubt, doubt.data);
    cvl_text_clear(&doubt);
    timed->is_over = true;
    return stated ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for a doubt");
}

/* One round more. A worker's death costs the row's further rounds, and no row. */
static enum cvl_status take_round(struct cvl_device_run *run, size_t index, struct cvl_error *err)
{
    struct cvl_timed_row *timed = &run->rounds.rows[index];
    struct cvl_error reason = {0};
    struct cvl_row further;
    enum cvl_status status = cvl_device_run_need_worker(run, &reason);
    if (status == CVL_OK)
        status = cvl_device_run_ask(run, CVL_JOB_TIME, timed->item, &further, &reason);
    if (cvl_device_run_ends(status))
        return cvl_fail(err, status, "%s", reason.text);
    if (status != CVL_OK)
        return end_rounds(timed, reason.text, err);
    status = cvl_rounds_add(&run->rounds, index, &further, err);
    if (status == CVL_OK && timed->is_over)
        status = end_rounds(timed,
                            further.status == CVL_ROW_OK ? "other tile parameters, or another clock"
                                                         : further.reason,
                            err);
    cvl_row_clear(&further);
    return status;
}

static enum cvl_status time_row(struct cvl_device_run *run, size_t index, struct cvl_error *err)
{
    struct cvl_timed_row *timed = &run->rounds.rows[index];
    cvl_text_clear(&run->link.times);
    cvl_device_run_report(run, timed->item, NULL);
    enum cvl_status status =
        cvl_tuned_steps_choose(run->s->tuning, &run->facts, timed->item, &run->steps, err);
    if (status == CVL_OK)
        status = take_round(run, index, err);
    if (status == CVL_OK)
        status = cvl_known_peaks_judge(&run->peaks, &run->facts, &timed->row, err);
    if (status == CVL_OK)
        status = cvl_store_replace_row(run->s->store, run->s->run_id, &timed->row, err);
    cvl_tuned_steps_clear(&run->steps);
    return status;
}

enum cvl_status cvl_device_run_rounds(struct cvl_device_run *run, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (run->round = 2; status == CVL_OK; run->round++) {
        size_t *order, count;
        status = cvl_rounds_order(&run->rounds, &order, &count, err);
        run->round_total = count;
        for (run->round_done = 0; run->round_done < count && status == CVL_OK; run->round_done++)
            status = time_row(run, order[run->round_done], err);
        free(order);
        if (count == 0)
            break;
    }
    run->round = 0;
    return status;
}
