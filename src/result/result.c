/* Rows and results as values: what is absent, what is owned, names. */
#include <convlens/result.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "result/row_fields.h"

void cvl_row_init(struct cvl_row *row)
{
    *row = (struct cvl_row){0};
    cvl_fields_init(&cvl_row_head_fields, row);
    cvl_fields_init(&cvl_row_computed_fields, &row->computed);
    cvl_fields_init(&cvl_row_counted_fields, &row->counted);
    cvl_fields_init(&cvl_row_measured_fields, &row->measured);
    cvl_fields_init(&cvl_row_kernels_fields, &row->kernels);
    cvl_fields_init(&cvl_row_time_fields, &row->time);
    cvl_fields_init(&cvl_row_check_fields, &row->check);
    cvl_fields_init(&cvl_row_roofline_fields, &row->roofline);
    row->layer_count = 1;
    row->time.clock = CVL_CLOCK_HOST;
}

void cvl_row_clear(struct cvl_row *row)
{
    if (!row)
        return;
    free(row->repro);
    free(row->build_options);
    free(row->layers);
    free(row->stages);
    free(row->probes);
    free(row->rounds);
    free(row->samples_s);
    free(row->allocations);
    cvl_row_init(row);
}

bool cvl_row_is_timed(const struct cvl_row *row)
{
    return row->has_time && row->planned_for[0] == '\0';
}

const char *cvl_row_status_name(enum cvl_row_status status)
{
    static const char *const names[] = {
        [CVL_ROW_OK] = "ok",
        [CVL_ROW_UNSUPPORTED] = "unsupported",
        [CVL_ROW_SKIPPED] = "skipped",
        [CVL_ROW_OUT_OF_MEMORY] = "out_of_memory",
        [CVL_ROW_WRONG_ANSWER] = "wrong_answer",
        [CVL_ROW_BUILD_FAILED] = "build_failed",
        [CVL_ROW_TIMEOUT] = "timeout",
        [CVL_ROW_CRASHED] = "crashed",
        [CVL_ROW_FAILED] = "failed",
    };
    return (unsigned)status < CVL_ROW_STATUS_COUNT ? names[status] : "unknown";
}

const char *cvl_clock_name(enum cvl_clock clock)
{
    static const char *const names[] = {[CVL_CLOCK_EVENT] = "event", [CVL_CLOCK_HOST] = "host"};
    return (unsigned)clock < CVL_CLOCK_COUNT ? names[clock] : "unknown";
}

const char *cvl_tuning_source_name(enum cvl_tuning_source source)
{
    static const char *const names[] = {
        [CVL_TUNING_DEFAULT] = "default",
        [CVL_TUNING_DATABASE] = "database",
        [CVL_TUNING_GIVEN] = "given",
    };
    return (unsigned)source < CVL_TUNING_SOURCE_COUNT ? names[source] : "unknown";
}

void cvl_results_clear(struct cvl_results *results)
{
    if (!results)
        return;
    for (size_t i = 0; i < results->row_count; i++)
        cvl_row_clear(&results->rows[i]);
    free(results->rows);
    free(results->devices);
    free(results->started);
    free(results->command);
    free(results->host);
    free(results->version);
    free(results->merged_from);
    *results = (struct cvl_results){0};
}

enum cvl_status cvl_results_add(struct cvl_results *results, struct cvl_row *row,
                                struct cvl_error *err)
{
    assert(row->status < CVL_ROW_STATUS_COUNT);
    size_t count = results->row_count;
    struct cvl_row *rows = realloc(results->rows, (count + 1) * sizeof *rows);
    if (!rows)
        return cvl_fail(err, CVL_NO_MEMORY, "results: out of memory after %zu rows", count);
    results->rows = rows;
    results->rows[results->row_count++] = *row;
    cvl_row_init(row);
    return CVL_OK;
}

const struct cvl_device_facts *cvl_results_device(const struct cvl_results *results, const char *id)
{
    for (size_t i = 0; i < results->device_count; i++)
        if (strcmp(results->devices[i].id, id) == 0)
            return &results->devices[i];
    return NULL;
}

static void take_off(uint64_t *bytes, uint64_t staying)
{
    if (*bytes != CVL_ABSENT)
        *bytes = *bytes > staying ? *bytes - staying : 0;
}

static void leave_out_weights(struct cvl_row *row)
{
    const struct cvl_row_computed *computed = &row->computed;
    if (!row->has_computed)
        return;
    const uint64_t staying =
        computed->peak_bytes[CVL_ALL_LIVE] - computed->peak_without_weights_bytes[CVL_ALL_LIVE];
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++) {
        row->computed.peak_bytes[p] = computed->peak_without_weights_bytes[p];
        take_off(&row->counted.peak_bytes[p], staying);
        take_off(&row->counted.own_peak_bytes[p], staying);
    }
    for (size_t i = 0; i < row->stage_count; i++) {
        take_off(&row->stages[i].computed_bytes, staying);
        take_off(&row->stages[i].live_bytes, staying);
        take_off(&row->stages[i].peak_bytes, staying);
    }
    for (size_t i = 0; i < row->layers_count; i++)
        take_off(&row->layers[i].counted_peak_bytes, staying);
    take_off(&row->computed.new_tensors_peak_bytes, staying);
    row->computed.weights_bytes = 0;
    row->has_measured = false;
}

void cvl_results_leave_out_weights(struct cvl_results *results)
{
    for (size_t i = 0; i < results->row_count && !results->without_weights; i++)
        leave_out_weights(&results->rows[i]);
    results->without_weights = true;
}
