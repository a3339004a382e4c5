/* Running cases by workers that may die. */
#include "supervise/supervisor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "supervise/device_run.h"

/* A variant that has killed its worker so often on a device is quarantined there. */
enum { MAX_DEATHS = 2 };

static size_t variant_index(const struct cvl_variant *variant)
{
    size_t index = 0;
    while (cvl_variant_at(index) != variant)
        index++;
    return index;
}

static const struct cvl_row *find_done(const struct cvl_supervision *s, const char *device_id,
                                       const struct cvl_case *item)
{
    const struct cvl_key key = cvl_case_key(item, device_id);
    return s->done_rows ? cvl_row_index_find(s->done_rows, &key) : NULL;
}

bool cvl_case_is_done(const struct cvl_supervision *s, const char *device_id,
                      const struct cvl_case *item)
{
    return find_done(s, device_id, item) != NULL;
}

static bool uses_library(const struct cvl_row *row)
{
    bool uses = !row->has_computed; /* it never got as far as a plan */
    for (uint32_t i = 0; i < row->tuning_count; i++)
        uses |= cvl_library_has(row->tuning[i].name);
    for (size_t i = 0; i < row->stage_count; i++)
        uses |= strcmp(row->stages[i].kind, cvl_stage_kind_name(CVL_STAGE_GEMM)) == 0;
    return uses;
}

/* Says what the row ran with, where that came from, and what repeats it. */
static enum cvl_status name_row(const struct cvl_device_run *run, const struct cvl_case *item,
                                struct cvl_row *row, struct cvl_error *err)
{
    static const struct cvl_values nothing;
    const bool library = uses_library(row);
    char *tuning = cvl_tuned_steps_print(&run->steps, library ? &run->library.values : &nothing);
    row->key = cvl_case_key(item, run->facts.id);
    if (cvl_network_is_layer(item->network))
        row->layer_count = item->network->steps[0].repetitions;
    row->tuning_source = run->steps.source;
    if (row->tuning_source == CVL_TUNING_DEFAULT && library)
        row->tuning_source = run->library.source;
    free(row->repro);
    row->repro =
        tuning ? cvl_case_repro(item, run->facts.id, run->s->network_command, tuning, run->s->as)
               : NULL;
    if (run->s->planned)
        cvl_copy(row->planned_for, sizeof row->planned_for, run->s->planned->id);
    free(tuning);
    return row->repro ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for a row");
}

static enum cvl_status record(struct cvl_device_run *run, const struct cvl_case *item,
                              struct cvl_row *row, struct cvl_error *err)
{
    assert(*run->done < run->s->case_count * run->s->device_count);
    enum cvl_status status = name_row(run, item, row, err);
    if (status != CVL_OK)
        return status;
    status = cvl_known_peaks_judge(&run->peaks, &run->facts, row, err);
    if (status != CVL_OK)
        return status;
    status = cvl_store_put_row(run->s->store, run->s->run_id, row, err);
    ++*run->done;
    if (status == CVL_OK)
        cvl_device_run_report(run, item, row);
    return status;
}

static enum cvl_status record_refusal(struct cvl_device_run *run, const struct cvl_case *item,
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

/* What became of a row whose worker gave none. */
static enum cvl_row_status death_status(enum cvl_status status)
{
    return status == CVL_TIMEOUT   ? CVL_ROW_TIMEOUT
           : status == CVL_CRASHED ? CVL_ROW_CRASHED
                                   : CVL_ROW_FAILED;
}

/* No worker, no row: but the variant is not to blame, now or when the run is resumed, and so the
 * row is neither `crashed` nor `timeout`. */
static enum cvl_status record_failed_start(struct cvl_device_run *run, const struct cvl_case *item,
                                           const struct cvl_error *reason, struct cvl_error *err)
{
    if (cvl_device_run_ends(reason->status))
        return cvl_fail(err, reason->status, "%s", reason->text);
    return record_refusal(run, item, CVL_ROW_FAILED, reason->text, err);
}

/* The worker gave no row: one that says so is recorded, and the next case gets a new worker. */
static enum cvl_status record_loss(struct cvl_device_run *run, const struct cvl_case *item,
                                   enum cvl_status loss, const struct cvl_error *reason,
                                   struct cvl_error *err)
{
    if (cvl_device_run_ends(loss))
        return cvl_fail(err, loss, "%s", reason->text);
    if (loss == CVL_TIMEOUT || loss == CVL_CRASHED)
        run->deaths[variant_index(item->variant)]++;
    return record_refusal(run, item, death_status(loss), reason->text, err);
}

static enum cvl_status ask_worker(struct cvl_device_run *run, const struct cvl_case *item,
                                  struct cvl_error *err)
{
    struct cvl_error reason = {0};
    struct cvl_row row;
    if (cvl_device_run_need_worker(run, &reason) != CVL_OK)
        return record_failed_start(run, item, &reason, err);
    enum cvl_status status = cvl_device_run_ask(run, CVL_JOB_CASE, item, &row, &reason);
    if (status != CVL_OK)
        return record_loss(run, item, status, &reason, err);
    status = record(run, item, &row, err);
    if (status == CVL_OK)
        status = cvl_rounds_keep(&run->rounds, item, &row, err);
    cvl_row_clear(&row);
    return status;
}

static enum cvl_status run_case(struct cvl_device_run *run, const struct cvl_case *item,
                                struct cvl_error *err)
{
    struct cvl_error reason = {0};
    cvl_text_clear(&run->link.times);
    enum cvl_status status =
        cvl_tuned_steps_choose(run->s->tuning, run->s->planned ? run->s->planned : &run->facts,
                               item, &run->steps, &reason);
    if (status == CVL_UNSUPPORTED)
        status = record_refusal(run, item, CVL_ROW_UNSUPPORTED, reason.text, err);
    else if (status != CVL_OK)
        status = cvl_fail(err, status, "%s", reason.text);
    else if (run->deaths[variant_index(item->variant)] >= MAX_DEATHS)
        status =
            record_refusal(run, item, CVL_ROW_SKIPPED,
                           "quarantined: the variant killed its worker twice on this device", err);
    else {
        cvl_device_run_report(run, item, NULL);
        status = ask_worker(run, item, err);
    }
    cvl_tuned_steps_clear(&run->steps);
    return status;
}

/* All rows of a run are timed by one clock. A resumed run stays with the host clock where its rows
 * are timed by that; where they are timed by the event clock, the worker must trust it again. */
static void remember_clock(struct cvl_device_run *run)
{
    const struct cvl_results *done = run->s->done;
    const struct cvl_device_facts *then = done ? cvl_results_device(done, run->facts.id) : NULL;
    if (!then || then->event_clock != CVL_CLOCK_DISTRUSTED)
        return;
    run->facts.event_clock = then->event_clock;
    cvl_copy(run->facts.event_clock_reason, sizeof run->facts.event_clock_reason,
             then->event_clock_reason);
}

/* Deaths of an earlier part of a resumed run count. */
static void remember_deaths(struct cvl_device_run *run)
{
    const struct cvl_results *done = run->s->done;
    for (size_t i = 0; done && i < done->row_count; i++) {
        const struct cvl_row *row = &done->rows[i];
        const struct cvl_variant *variant = cvl_variant_find(row->key.variant);
        bool died = row->status == CVL_ROW_CRASHED || row->status == CVL_ROW_TIMEOUT;
        if (died && variant && strcmp(row->key.device, run->facts.id) == 0)
            run->deaths[variant_index(variant)]++;
    }
}

static bool is_done(const struct cvl_device_run *run)
{
    for (size_t i = 0; i < run->s->case_count; i++)
        if (!cvl_case_is_done(run->s, run->facts.id, &run->s->cases[i]))
            return false;
    return true;
}

static struct cvl_known_peaks know_peaks(const struct cvl_supervision *s, const char *device_id)
{
    return (struct cvl_known_peaks){
        .store = s->store,
        .run_id = s->run_id,
        .setup = {.device_id = device_id, .icd_folder = s->icd_folder, .echo = s->echo},
        .signal_fd = s->signal_fd,
        .may_measure = s->measure,
    };
}

/* A resumed run goes on with the rounds of the rows that it has. */
static enum cvl_status keep_done(struct cvl_device_run *run, const struct cvl_case *item,
                                 const struct cvl_row *done, struct cvl_error *err)
{
    struct cvl_row row;
    char *text = cvl_row_to_json(done, true);
    if (!text)
        return cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for a row");
    enum cvl_status status = cvl_row_from_json(text, &row, err);
    free(text);
    ++*run->done;
    return status == CVL_OK ? cvl_rounds_keep(&run->rounds, item, &row, err) : status;
}

static enum cvl_status run_device(const struct cvl_supervision *s,
                                  const struct cvl_device_facts *facts, size_t *done,
                                  struct cvl_error *err)
{
    struct cvl_device_run run = {
        .s = s,
        .facts = *facts,
        .peaks = know_peaks(s, facts->id),
        .rounds = {.budget_s = s->options.budget_s, .seed = (uint64_t)s->run_id},
        .done = done,
    };
    run.link.process.input = run.link.process.output = run.link.process.noise = -1;
    run.deaths = calloc(cvl_variant_count(), sizeof *run.deaths);
    if (!run.deaths)
        return cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for a device");
    remember_deaths(&run);
    remember_clock(&run);
    enum cvl_status status = cvl_tuning_choose_library(s->tuning, facts, &run.library, err);
    cvl_values_print(&run.library.values, run.library_text);
    if (status == CVL_OK && !is_done(&run))
        status = cvl_known_peaks_learn(&run.peaks, &run.facts, err);
    if (status == CVL_OK && (!s->done || !cvl_results_device(s->done, facts->id)))
        status = cvl_store_put_device(s->store, s->run_id, &run.facts, err);
    for (size_t i = 0; i < s->case_count && status == CVL_OK; i++) {
        const struct cvl_row *row = find_done(s, facts->id, &s->cases[i]);
        status = row ? keep_done(&run, &s->cases[i], row, err) : run_case(&run, &s->cases[i], err);
    }
    if (status == CVL_OK)
        status = cvl_device_run_rounds(&run, err);
    cvl_rounds_clear(&run.rounds);
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
