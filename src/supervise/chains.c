/* The networks of a run, each by a worker that may die. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "supervise/chain_protocol.h"
#include "supervise/device_run.h"

static bool is_row(const struct cvl_chain_case *item, const char *device_id,
                   const struct cvl_chain_row *row)
{
    return strcmp(row->device, device_id) == 0 && strcmp(row->chain, item->chain->name) == 0 &&
           row->form == item->chain->form && row->layout == item->layout &&
           row->dtype == item->dtype && strcmp(row->variant, cvl_variant_name(item->variant)) == 0;
}

static bool is_done(const struct device_run *run, const struct cvl_chain_case *item)
{
    const struct cvl_results *done = run->s->done;
    for (size_t i = 0; done && i < done->chain_count; i++)
        if (is_row(item, run->facts.id, &done->chains[i]))
            return true;
    return false;
}

bool cvl_chains_are_done(const struct device_run *run)
{
    for (size_t i = 0; i < run->s->chain_count; i++)
        if (!is_done(run, &run->s->chains[i]))
            return false;
    return true;
}

static void tell(const struct device_run *run, const struct cvl_chain_case *item,
                 const struct cvl_chain_row *row)
{
    const struct cvl_progress progress = {
        .done = *run->done,
        .total = cvl_run_total(run->s),
        .device_id = run->facts.id,
        .times = row ? run->link.times.data : NULL,
        .chain = item,
        .chain_row = row,
    };
    if (run->s->progress)
        run->s->progress(run->s->user, &progress);
}

static char *repro_of(const struct device_run *run, const struct cvl_chain_case *item)
{
    struct cvl_text text = {0};
    if (!run->s->chain_command)
        return NULL;
    cvl_text_append(&text, "%s --device %s --variant %s --layout %s --dtype %s",
                    run->s->chain_command, run->facts.id, cvl_variant_name(item->variant),
                    cvl_layout_name(item->layout), cvl_dtype_name(item->dtype));
    return cvl_text_take(&text);
}

static enum cvl_status record(struct device_run *run, const struct cvl_chain_case *item,
                              struct cvl_chain_row *row, struct cvl_error *err)
{
    cvl_chain_case_name_row(item, run->facts.id, row);
    free(row->repro);
    row->repro = repro_of(run, item);
    const enum cvl_status status = cvl_store_put_chain(run->s->store, run->s->run_id, row, err);
    ++*run->done;
    if (status == CVL_OK)
        tell(run, item, row);
    return status;
}

static enum cvl_status record_refusal(struct device_run *run, const struct cvl_chain_case *item,
                                      enum cvl_row_status row_status, const char *reason,
                                      struct cvl_error *err)
{
    struct cvl_chain_row row;
    cvl_chain_row_init(&row);
    row.status = row_status;
    cvl_copy(row.reason, sizeof row.reason, reason);
    const enum cvl_status status = record(run, item, &row, err);
    cvl_chain_row_clear(&row);
    return status;
}

/* What the worker is told; each step has the tuning of its own case. The values lie in `tunings`.
 */
static enum cvl_status choose(const struct device_run *run, const struct cvl_chain_case *item,
                              struct cvl_chain_choice *choices, struct cvl_tuning_choice *tunings,
                              struct cvl_error *err)
{
    enum cvl_status status = cvl_chain_case_choose(item, &run->facts, choices, err);
    for (size_t i = 0; i < item->chain->step_count && status == CVL_OK; i++) {
        const struct cvl_request request = {
            .problem = item->chain->steps[i].problem, .layout = item->layout, .dtype = item->dtype};
        status = cvl_tuning_choose(run->s->tuning, &run->facts, choices[i].variant, &request,
                                   &tunings[i], err);
        choices[i].tuning = tunings[i].values.at;
        choices[i].tuning_count = tunings[i].values.count;
    }
    return status;
}

static enum cvl_status write_task(const struct device_run *run, const struct cvl_chain_case *item,
                                  char **line, struct cvl_error *err)
{
    const size_t count = item->chain->step_count;
    struct cvl_chain_choice *choices = calloc(count, sizeof *choices);
    struct cvl_tuning_choice *tunings = calloc(count, sizeof *tunings);
    enum cvl_status status = CVL_NO_MEMORY;
    *line = NULL;
    if (choices && tunings)
        status = choose(run, item, choices, tunings, err);
    if (status == CVL_OK) {
        *line = cvl_chain_task_write(item, choices);
        status = *line ? CVL_OK : CVL_NO_MEMORY;
    }
    if (status == CVL_NO_MEMORY)
        (void)cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for a network");
    free(choices);
    free(tunings);
    return status;
}

static enum cvl_status ask_worker(struct device_run *run, const struct cvl_chain_case *item,
                                  const char *line, struct cvl_error *err)
{
    struct cvl_error reason = {0};
    struct cvl_chain_row row;
    enum cvl_status status = cvl_worker_link_run_chain(&run->link, line, run->s->timeout_s,
                                                       run->s->signal_fd, &row, &reason);
    if (cvl_ends_run(status))
        return cvl_fail(err, status, "%s", reason.text);
    if (status != CVL_OK) {
        if (status == CVL_TIMEOUT || status == CVL_CRASHED)
            run->deaths[cvl_variant_index(item->variant)]++;
        return record_refusal(run, item, cvl_death_status(status), reason.text, err);
    }
    status = record(run, item, &row, err);
    cvl_chain_row_clear(&row);
    return status;
}

static enum cvl_status run_chain(struct device_run *run, const struct cvl_chain_case *item,
                                 struct cvl_error *err)
{
    struct cvl_error reason = {0};
    char *line = NULL;
    cvl_text_clear(&run->link.times);
    if (run->deaths[cvl_variant_index(item->variant)] >= CVL_MOST_DEATHS)
        return record_refusal(run, item, CVL_ROW_SKIPPED,
                              "quarantined: the variant killed its worker twice on this device",
                              err);
    tell(run, item, NULL);
    if (!cvl_worker_link_is_open(&run->link)) {
        enum cvl_status started = cvl_device_run_start(run, &reason);
        if (cvl_ends_run(started))
            return cvl_fail(err, started, "%s", reason.text);
        if (started != CVL_OK)
            return record_refusal(run, item, CVL_ROW_FAILED, reason.text, err);
        started = cvl_store_put_device(run->s->store, run->s->run_id, &run->facts, err);
        if (started != CVL_OK)
            return started;
    }
    enum cvl_status status = write_task(run, item, &line, &reason);
    if (status == CVL_UNSUPPORTED)
        return record_refusal(run, item, CVL_ROW_UNSUPPORTED, reason.text, err);
    if (status != CVL_OK)
        return cvl_fail(err, status, "%s", reason.text);
    status = ask_worker(run, item, line, err);
    free(line);
    return status;
}

/* Deaths of an earlier part of a resumed run count. */
static void remember_deaths(struct device_run *run)
{
    const struct cvl_results *done = run->s->done;
    for (size_t i = 0; done && i < done->chain_count; i++) {
        const struct cvl_chain_row *row = &done->chains[i];
        const struct cvl_variant *variant = cvl_variant_find(row->variant);
        const bool died = row->status == CVL_ROW_CRASHED || row->status == CVL_ROW_TIMEOUT;
        if (died && variant && strcmp(row->device, run->facts.id) == 0)
            run->deaths[cvl_variant_index(variant)]++;
    }
}

enum cvl_status cvl_run_chains(struct device_run *run, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    remember_deaths(run);
    for (size_t i = 0; i < run->s->chain_count && status == CVL_OK; i++) {
        if (is_done(run, &run->s->chains[i]))
            ++*run->done;
        else
            status = run_chain(run, &run->s->chains[i], err);
    }
    return status;
}

size_t cvl_run_total(const struct cvl_supervision *s)
{
    return (s->case_count + s->chain_count) * s->device_count;
}
