#include <convlens/chains.h>
#include <convlens/result.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void set_absent(uint64_t *figures, size_t count)
{
    for (size_t i = 0; i < count; i++)
        figures[i] = CVL_ABSENT;
}

void cvl_row_init(struct cvl_row *row)
{
    *row = (struct cvl_row){.layer_count = 1};
    struct cvl_plan_bytes *computed = &row->computed;
    set_absent(computed->role, CVL_ROLE_COUNT);
    computed->total = computed->load_peak = CVL_ABSENT;
    set_absent(computed->peak, CVL_POLICY_COUNT);
    set_absent(computed->peak_without_weights, CVL_POLICY_COUNT);
    set_absent(row->counted.peak_bytes, CVL_POLICY_COUNT);
    set_absent(row->counted.own_peak_bytes, CVL_POLICY_COUNT);
    row->counted.library_bytes = row->counted.allocations = row->counted.leaked_bytes = CVL_ABSENT;
    set_absent(row->measured.peak_bytes, CVL_POLICY_COUNT);
    row->measured.resolution_bytes = CVL_ABSENT;
    row->measured.kept_bytes = row->measured.others_bytes = CVL_ABSENT;
    set_absent(row->measured.begin_bytes, CVL_POLICY_COUNT);
    struct cvl_row_kernels *kernels = &row->kernels;
    kernels->program_bytes = kernels->private_bytes = kernels->local_bytes = CVL_ABSENT;
    struct cvl_row_time *time = &row->time;
    time->clock = CVL_CLOCK_HOST;
    time->median_s = time->min_s = time->p05_s = time->p95_s = time->mad_s = (double)NAN;
    time->host_median_s = (double)NAN;
    row->check.max_abs_err = row->check.max_rel_err = row->check.tolerance = (double)NAN;
    row->roofline.flops = row->roofline.bytes_min = CVL_ABSENT;
    row->roofline.gflops = row->roofline.gbps = row->roofline.fraction_of_peak = (double)NAN;
    row->roofline.launch_fraction = (double)NAN;
}

void cvl_row_clear(struct cvl_row *row)
{
    if (!row)
        return;
    free(row->repro);
    free(row->build_options);
    free(row->stages);
    free(row->probes);
    free(row->samples_s);
    free(row->allocations);
    cvl_row_init(row);
}

const char *cvl_row_passes_text(const struct cvl_row *row)
{
    static const char *const texts[CVL_OPTIMIZER_COUNT] = {
        [CVL_SGD] = " training sgd",
        [CVL_MOMENTUM] = " training momentum",
        [CVL_ADAM] = " training adam",
    };
    return row->passes == CVL_FORWARD ? "" : texts[row->optimizer];
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
    for (size_t i = 0; i < results->chain_count; i++)
        cvl_chain_row_clear(&results->chains[i]);
    free(results->chains);
    free(results->rows);
    free(results->devices);
    free(results->started);
    free(results->command);
    free(results->host);
    *results = (struct cvl_results){0};
}

enum cvl_status cvl_results_add(struct cvl_results *results, struct cvl_row *row,
                                struct cvl_error *err)
{
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
