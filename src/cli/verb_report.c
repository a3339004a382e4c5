/* convlens report */
#include <convlens/store.h>

#include "cli/output.h"
#include "cli/verb.h"
#include "report/writer.h"

static int report(const struct cvl_options *options)
{
    struct cvl_store *store = NULL;
    struct cvl_results results = {0};
    struct cvl_error err = {0};
    enum cvl_status status = cvl_output_check(options, &cvl_results_formats, &err);
    if (status == CVL_OK && options->operand_count != 1)
        status = cvl_fail(&err, CVL_BAD_INPUT, "report: expected one store, got %zu",
                          options->operand_count);
    if (status == CVL_OK)
        status = cvl_store_open(options->operands[0], CVL_STORE_READ, &store, &err);
    if (status == CVL_OK)
        status = cvl_store_load(store, options->run_id, &results, &err);
    if (status == CVL_OK)
        status = cvl_output_write(options, &cvl_results_formats, &results, &err);
    int result = status == CVL_OK ? CVL_EXIT_DONE : cvl_report_error(&err);
    cvl_results_clear(&results);
    cvl_store_close(&store);
    return result;
}

const struct cvl_verb cvl_verb_report = {
    .name = "report",
    .arguments = "STORE",
    .formats = &cvl_results_formats,
    .examples = "convlens report convlens.db\n"
                "convlens report convlens.db --memory\n"
                "convlens report convlens.db --format csv:rows.csv --format json:rows.json",
    .summary = "print or write results already recorded",
    .options = CVL_FOR_REPORT,
    .run = report,
};
