/* convlens report */
#include <convlens/store.h>

#include "cli/output.h"
#include "cli/stores.h"
#include "cli/verb.h"
#include "report/run_formats.h"
#include "report/writer.h"

static enum cvl_status write_rows(const struct cvl_options *options, struct cvl_error *err)
{
    struct cvl_results results = {0};
    enum cvl_status status = cvl_output_check(options, &cvl_results_formats, err);
    if (status == CVL_OK)
        status = cvl_stores_load(options, "report", &results, err);
    if (options->no_weights)
        cvl_results_leave_out_weights(&results);
    if (status == CVL_OK)
        status = cvl_output_write(options, &cvl_results_formats, &results, err);
    cvl_results_clear(&results);
    return status;
}

/* --runs */
static enum cvl_status write_runs(const struct cvl_options *options, struct cvl_error *err)
{
    struct cvl_store *store = NULL;
    struct cvl_store_runs runs = {0};
    enum cvl_status status = cvl_output_check(options, &cvl_run_formats, err);
    if (status == CVL_OK && options->operand_count != 1)
        status = cvl_fail(err, CVL_BAD_INPUT, "report: --runs lists the runs of one store, got %zu",
                          options->operand_count);
    if (status == CVL_OK && options->run_id != 0)
        status = cvl_fail(err, CVL_BAD_INPUT,
                          "report: --runs lists all runs, --run names one: "
                          "give one of the two");
    if (status == CVL_OK)
        status = cvl_store_open(options->operands[0], CVL_STORE_READ, &store, err);
    if (status == CVL_OK)
        status = cvl_store_list(store, &runs, err);
    if (status == CVL_OK)
        status = cvl_output_write(options, &cvl_run_formats, &runs, err);
    cvl_store_runs_clear(&runs);
    cvl_store_close(&store);
    return status;
}

static int report(const struct cvl_options *options)
{
    struct cvl_error err = {0};
    const enum cvl_status status = (options->runs ? write_runs : write_rows)(options, &err);
    return status == CVL_OK ? CVL_EXIT_DONE : cvl_report_error(&err);
}

const struct cvl_verb cvl_verb_report = {
    .name = "report",
    .arguments = "STORE...",
    .formats = &cvl_results_formats,
    .examples = "convlens report convlens.db\n"
                "convlens report convlens.db --memory\n"
                "convlens report convlens.db --format csv:rows.csv --format json:rows.json",
    .summary = "print or write results already recorded",
    .options = CVL_FOR_REPORT,
    .run = report,
};
