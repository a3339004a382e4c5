#include "supervise/supervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/model.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "supervise/device_run.h"
#include "supervise/measure.h"
#include "supervise/worker_link.h"
#include "tuning/library.h"

enum { MOST_FAILED_STARTS = 2 };

static const double start_limit_s = 120.0;

size_t cvl_variant_index(const struct cvl_variant *variant)
{
    size_t index = 0;
    while (cvl_variant_at(index) != variant)
        index++;
    return index;
}

static const struct cvl_row *find_done(const struct device_run *run,
                                       const struct cvl_sweep_case *item)
{
    const struct cvl_results *done = run->s->done;
    for (size_t i = 0; done && i < done->row_count; i++)
        if (cvl_case_is_row(item, run->facts.id, &done->rows[i]))
            return &done->rows[i];
    return NULL;
}

static void tell(const struct device_run *run, const struct cvl_sweep_case *item,
                 const struct cvl_row *row)
{
    struct cvl_progress progress = {.done = *run->done,
                                    .total = cvl_run_total(run->s),
                                    .device_id = run->facts.id,
                                    .item = item,
                                    .row = row,
                                    .times = row ? run->link.times.data : NULL};
    if (run->s->progress)
        run->s->progress(run->s->user, &progress);
}

/* Says what the row ran with and where that came from. The library's values count for a row whose
 * plan states them, and for one that never got as far as a plan. */
static void name_row(const struct device_run *run, const struct cvl_sweep_case *item,
                     struct cvl_row *row)
{
    bool multiplies = !row->has_computed;
    for (uint32_t i = 0; i < row->tuning_count; i++)
        multiplies |= cvl_library_has(row->tuning[i].name);
    struct cvl_values asked = run->choice.values;
    for (uint32_t i = 0; multiplies && i < run->library.values.count; i++)
        (void)cvl_values_set(&asked, run->library.values.at[i].name,
                             run->library.values.at[i].value);
    row->tuning_source = run->choice.source;
    if (row->tuning_source == CVL_TUNING_DEFAULT && multiplies)
        row->tuning_source = run->library.source;
    cvl_case_name_row(item, run->facts.id, &asked, row);
}

static enum cvl_status record(struct device_run *run, const struct cvl_sweep_case *item,
                              struct cvl_row *row, struct cvl_error *err)
{
    name_row(run, item, row);
    cvl_row_judge(row, &run->facts.peaks);
    enum cvl_status status = cvl_store_put_row(run->s->store, run->s->run_id, row, err);
    ++*run->done;
    if (status == CVL_OK)
        tell(run, item, row);
    return status;
}

static enum cvl_status record_refusal(struct device_run *run, const struct cvl_sweep_case *item,
                                      enum cvl_row_status row_status, const char *reason,
                                      struct cvl_error *err)
{
    struct cvl_row row;
    cvl_row_init(&row);
    row.status = row_status;
    cvl_copy(row.reason, sizeof row.reason, reason);
    enum cvl_status status = record(run, item, &row, err);
    cvl_row_clear(&row);
    return status;
}

enum cvl_status cvl_device_run_start(struct device_run *run, struct cvl_error *err)
{
    if (run->failed_starts >= MOST_FAILED_STARTS)
        return cvl_fail(err, CVL_FAILED, "no worker starts on this device: %s", run->start_reason);
    struct cvl_worker_setup setup = {
        .device_id = run->facts.id,
        .icd_folder = run->s->icd_folder,
        .dump_folder = run->s->dump_folder,
        .library = &run->library.values,
        .budget_s = run->s->budget_s,
        .program_sizes = run->s->program_sizes,
        .memory_limit_bytes = run->s->memory_limit_bytes,
        .echo = run->s->echo,
    };
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

enum cvl_row_status cvl_death_status(enum cvl_status status)
{
    return status == CVL_TIMEOUT   ? CVL_ROW_TIMEOUT
           : status == CVL_CRASHED ? CVL_ROW_CRASHED
                                   : CVL_ROW_FAILED;
}

bool cvl_ends_run(enum cvl_status status)
{
    return status == CVL_INTERRUPTED || status == CVL_NO_MEMORY;
}

/* No worker, no row: but the variant is not to blame, now or when the run is resumed, and so the
 * row is neither `crashed` nor `timeout`. */
static enum cvl_status record_failed_start(struct device_run *run,
                                           const struct cvl_sweep_case *item,
                                           const struct cvl_error *reason, struct cvl_error *err)
{
    if (cvl_ends_run(reason->status))
        return cvl_fail(err, reason->status, "%s", reason->text);
    return record_refusal(run, item, CVL_ROW_FAILED, reason->text, err);
}

/* The worker gave no row: one that says so is recorded, and the next case gets a new worker. */
static enum cvl_status record_loss(struct device_run *run, const struct cvl_sweep_case *item,
                                   enum cvl_status loss, const struct cvl_error *reason,
                                   struct cvl_error *err)
{
    if (cvl_ends_run(loss))
        return cvl_fail(err, loss, "%s", reason->text);
    if (loss == CVL_TIMEOUT || loss == CVL_CRASHED)
        run->deaths[cvl_variant_index(item->variant)]++;
    return record_refusal(run, item, cvl_death_status(loss), reason->text, err);
}

static enum cvl_status run_case(struct device_run *run, const struct cvl_sweep_case *item,
                                struct cvl_error *err)
{
    struct cvl_error reason = {0};
    cvl_text_clear(&run->link.times);
    enum cvl_status status = cvl_tuning_choose(run->s->tuning, &run->facts, item->variant,
                                               &item->request, &run->choice, err);
    if (status != CVL_OK)
        return status;
    if (run->deaths[cvl_variant_index(item->variant)] >= CVL_MOST_DEATHS)
        return record_refusal(run, item, CVL_ROW_SKIPPED,
                              "quarantined: the variant killed its worker twice on this device",
                              err);
    tell(run, item, NULL);
    if (!cvl_worker_link_is_open(&run->link)) {
        if (cvl_device_run_start(run, &reason) != CVL_OK)
            return record_failed_start(run, item, &reason, err);
        status = cvl_store_put_device(run->s->store, run->s->run_id, &run->facts, err);
        if (status != CVL_OK)
            return status;
    }
    struct cvl_row row;
    const struct cvl_job request = {
        .task = item->request, .variant = item->variant, .tuning = run->choice.values};
    status = cvl_worker_link_run(&run->link, &request, run->s->timeout_s, run->s->signal_fd, &row,
                                 &reason);
    if (status != CVL_OK)
        return record_loss(run, item, status, &reason, err);
    status = record(run, item, &row, err);
    cvl_row_clear(&row);
    return status;
}

/* What the device can do at most: as the store knows it, else measured now. That it cannot be
 * measured costs the rows their fraction of the peak, and nothing else. */
static enum cvl_status learn_peaks(struct device_run *run, struct cvl_error *err)
{
    struct cvl_error reason = {0};
    struct cvl_worker_setup setup = {
        .device_id = run->facts.id, .icd_folder = run->s->icd_folder, .echo = run->s->echo};
    enum cvl_status status =
        cvl_store_get_peaks(run->s->store, &run->facts, &run->facts.peaks, err);
    if (status != CVL_OK || run->facts.peaks.measured[0] != '\0' || !run->s->measure)
        return status;
    status = cvl_measure_device(&setup, run->s->signal_fd, &run->facts, &reason);
    if (cvl_ends_run(status))
        return cvl_fail(err, status, "%s", reason.text);
    if (status != CVL_OK)
        cvl_log(CVL_LOG_WARNING, "device %s could not be measured: %s", run->facts.id, reason.text);
    return cvl_store_put_peaks(run->s->store, &run->facts, err);
}

/* Deaths of an earlier part of a resumed run count. */
static void remember_deaths(struct device_run *run)
{
    const struct cvl_results *done = run->s->done;
    for (size_t i = 0; done && i < done->row_count; i++) {
        const struct cvl_row *row = &done->rows[i];
        const struct cvl_variant *variant = cvl_variant_find(row->variant);
        bool died = row->status == CVL_ROW_CRASHED || row->status == CVL_ROW_TIMEOUT;
        if (died && variant && strcmp(row->device, run->facts.id) == 0)
            run->deaths[cvl_variant_index(variant)]++;
    }
}

static bool is_done(const struct device_run *run)
{
    if (!cvl_chains_are_done(run))
        return false;
    for (size_t i = 0; i < run->s->case_count; i++)
        if (!find_done(run, &run->s->cases[i]))
            return false;
    return true;
}

static enum cvl_status run_device(const struct cvl_supervision *s,
                                  const struct cvl_device_facts *facts, size_t *done,
                                  struct cvl_error *err)
{
    struct device_run run = {.s = s, .facts = *facts, .done = done};
    run.link.process.input = run.link.process.output = run.link.process.noise = -1;
    run.deaths = calloc(cvl_variant_count(), sizeof *run.deaths);
    if (!run.deaths)
        return cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for a device");
    remember_deaths(&run);
    enum cvl_status status = cvl_tuning_choose_library(s->tuning, facts, &run.library, err);
    if (status == CVL_OK && !is_done(&run))
        status = learn_peaks(&run, err);
    if (status == CVL_OK && (!s->done || !cvl_results_device(s->done, facts->id)))
        status = cvl_store_put_device(s->store, s->run_id, &run.facts, err);
    for (size_t i = 0; i < s->case_count && status == CVL_OK; i++) {
        if (find_done(&run, &s->cases[i]))
            ++*done;
        else
            status = run_case(&run, &s->cases[i], err);
    }
    if (status == CVL_OK)
        status = cvl_run_chains(&run, err);
    cvl_worker_link_close(&run.link);
    free(run.deaths);
    return status;
}

/* A resumed run's rows are of the device that had this id then. */
static enum cvl_status check_device(const struct cvl_supervision *s,
                                    const struct cvl_device_facts *facts, struct cvl_error *err)
{
    const struct cvl_device_facts *then = s->done ? cvl_results_device(s->done, facts->id) : NULL;
    if (!then || (strcmp(then->name, facts->name) == 0 && strcmp(then->driver, facts->driver) == 0))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT,
                    "--resume: device %s was '%s', driver %s; now it is '%s', driver %s: use "
                    "another store",
                    facts->id, then->name, then->driver, facts->name, facts->driver);
}

enum cvl_status cvl_supervise(const struct cvl_supervision *supervision, struct cvl_error *err)
{
    size_t done = 0;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < supervision->device_count && status == CVL_OK; i++)
        status = check_device(supervision, &supervision->devices[i], err);
    for (size_t i = 0; i < supervision->device_count && status == CVL_OK; i++)
        status = run_device(supervision, &supervision->devices[i], &done, err);
    return status;
}
