#include <inttypes.h>
#include <math.h>

#include <convlens/chains.h>

#include "report/csv.h"

static void put_bytes(FILE *stream, uint64_t bytes)
{
    if (bytes != CVL_ABSENT)
        (void)fprintf(stream, "%" PRIu64, bytes);
    (void)fputc(',', stream);
}

static void put_policies(FILE *stream, const uint64_t *bytes)
{
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        put_bytes(stream, bytes[p]);
}

static void put_heading(FILE *stream)
{
    static const struct {
        const char *before, *behind;
    } groups[] = {{"computed_", "_peak_bytes"},
                  {"counted_", "_peak_bytes"},
                  {"own_", "_peak_bytes"},
                  {"computed_", "_peak_without_weights_bytes"}};
    (void)fputs("device,chain,form,variant,layout,dtype,status,reason,median_s,", stream);
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
            (void)fprintf(stream, "%s%s%s,", groups[i].before, cvl_policy_name((enum cvl_policy)p),
                          groups[i].behind);
    (void)fputs("input_bytes,weights_bytes,workspace_bytes,outputs_bytes,load_peak_bytes,"
                "arena_lower_bound_bytes,arena_without_input_bytes,"
                "arena_without_input_lower_bound_bytes,library_bytes,peak_layer\r\n",
                stream);
}

static enum cvl_status put_chain(FILE *stream, const struct cvl_chain_row *row,
                                 struct cvl_error *err)
{
    const struct cvl_chain_bytes *computed = &row->computed;
    const char *const texts[] = {row->device,
                                 row->chain,
                                 cvl_form_name(row->form),
                                 row->variant,
                                 cvl_layout_name(row->layout),
                                 cvl_dtype_name(row->dtype),
                                 cvl_row_status_name(row->status),
                                 row->reason};
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; status == CVL_OK && i < sizeof texts / sizeof texts[0]; i++) {
        status = cvl_csv_put_text(stream, texts[i], err);
        (void)fputc(',', stream);
    }
    if (row->has_time && isfinite(row->time.median_s))
        cvl_csv_put_real(stream, row->time.median_s);
    (void)fputc(',', stream);
    put_policies(stream, computed->plan.peak);
    put_policies(stream, row->counted.peak_bytes);
    put_policies(stream, row->counted.own_peak_bytes);
    put_policies(stream, computed->plan.peak_without_weights);
    put_bytes(stream, computed->plan.role[CVL_INPUT]);
    put_bytes(stream, computed->plan.role[CVL_WEIGHTS]);
    put_bytes(stream, computed->plan.role[CVL_WORKSPACE]);
    put_bytes(stream, computed->outputs);
    put_bytes(stream, computed->plan.load_peak);
    put_bytes(stream, computed->arena_lower_bound);
    put_bytes(stream, computed->arena_without_input);
    put_bytes(stream, computed->arena_without_input_lower_bound);
    put_bytes(stream, row->counted.library_bytes);
    if (status == CVL_OK)
        status = cvl_csv_put_text(stream, row->peak_layer, err);
    (void)fputs("\r\n", stream);
    return status;
}

enum cvl_status cvl_csv_put_chains(const struct cvl_report *report, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    put_heading(report->stream);
    for (size_t i = 0; i < report->results->chain_count && status == CVL_OK; i++)
        status = put_chain(report->stream, &report->results->chains[i], err);
    return status;
}
