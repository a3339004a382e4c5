/* convlens compare */
#include <string.h>

#include "base/text.h"
#include "cli/gate.h"
#include "cli/operand.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "report/compare_formats.h"

static bool is_of_device(const struct cvl_results *results, const struct cvl_row *row,
                         const char *selector)
{
    const struct cvl_device_facts *device = cvl_results_device(results, row->key.device);
    return strcmp(row->key.device, selector) == 0 ||
           (device && cvl_device_matches(device, selector));
}

static enum cvl_status refuse_selector(const struct cvl_results *results, const char *name,
                                       const char *selector, struct cvl_error *err)
{
    struct cvl_text text = {0};
    const char *last = "";
    for (size_t i = 0; i < results->row_count; i++) {
        const char *device = results->rows[i].key.device;
        if (strcmp(last, device) != 0)
            cvl_text_append(&text, "%s%s", text.length > 0 ? ", " : "", device);
        last = device;
    }
    const enum cvl_status status =
        cvl_fail(err, CVL_BAD_INPUT, "--device: '%s' is none of %s, which has %s", selector, name,
                 text.data ? text.data : "no rows");
    cvl_text_clear(&text);
    return status;
}

/* Leaves only the rows of the devices that the selector means. */
static enum cvl_status keep_device(struct cvl_results *results, const char *name,
                                   const char *selector, struct cvl_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < results->row_count; i++)
        kept += is_of_device(results, &results->rows[i], selector);
    if (kept == 0)
        return refuse_selector(results, name, selector, err);
    kept = 0;
    for (size_t i = 0; i < results->row_count; i++) {
        struct cvl_row *row = &results->rows[i];
        if (!is_of_device(results, row, selector)) {
            cvl_row_clear(row);
        } else if (kept++ != i) {
            results->rows[kept - 1] = *row;
            cvl_row_init(row); /* what it owned has moved */
        }
    }
    results->row_count = kept;
    return CVL_OK;
}

/* With one operand, or one device for both, both sides have the same. */
static enum cvl_status load_side(const struct cvl_options *options, size_t side,
                                 struct cvl_results *results, struct cvl_gate_side *out,
                                 struct cvl_error *err)
{
    const size_t operand = options->operand_count == 2 ? side : 0;
    const struct cvl_texts *selectors = &options->selectors;
    *out = (struct cvl_gate_side){options->operands[operand], results};
    enum cvl_status status = cvl_operand_load(options->operands[operand], results, err);
    if (status == CVL_OK && selectors->count > 0)
        status =
            keep_device(results, out->name, selectors->at[selectors->count == 2 ? side : 0], err);
    return status;
}

static enum cvl_status check_operands(const struct cvl_options *options, struct cvl_error *err)
{
    if (options->selectors.count > 2)
        return cvl_fail(err, CVL_BAD_INPUT, "compare: --device: got %zu, expected at most two",
                        options->selectors.count);
    if (options->operand_count == 2 ||
        (options->operand_count == 1 && options->selectors.count == 2))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT,
                    "compare: expected two of STORE, STORE:RUN or FILE.json, or one with two "
                    "--device, got %zu",
                    options->operand_count);
}

static int compare(const struct cvl_options *options)
{
    struct cvl_results before = {0}, after = {0};
    struct cvl_results *const results[] = {&before, &after};
    struct cvl_gate_side sides[2];
    struct cvl_compare_rules rules;
    struct cvl_error err = {0};
    int result = CVL_EXIT_DONE;
    enum cvl_status status = cvl_output_check(options, &cvl_compare_formats, &err);
    if (status == CVL_OK)
        status = check_operands(options, &err);
    if (status == CVL_OK)
        status = cvl_gate_rules(options, &rules, &err);
    for (size_t i = 0; i < 2 && status == CVL_OK; i++)
        status = load_side(options, i, results[i], &sides[i], &err);
    if (status == CVL_OK)
        status = cvl_gate_compare(options, &sides[0], &sides[1], &result, &err);
    cvl_results_clear(&before);
    cvl_results_clear(&after);
    return status == CVL_OK ? result : cvl_report_error(&err);
}

const struct cvl_verb cvl_verb_compare = {
    .name = "compare",
    .arguments = "A B",
    .formats = &cvl_compare_formats,
    .details =
        "Bytes are compared exactly, times by a rank test and three quantiles. A and B are "
        "stores, runs of a store, devices of one run, or JSON documents. The exit status is 1 "
        "where something happened that --fail-on names.",
    .examples = "convlens compare before.db after.db\n"
                "convlens compare runs.db:3 runs.db:7\n"
                "convlens compare memory.json convlens.db --fail-on memory:64KiB,time:10%",
    .summary = "what changed from A to B, each STORE, STORE:RUN or FILE.json",
    .options = CVL_FOR_COMPARE,
    .run = compare,
};
