#include "cli/plan_chains.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/chains.h"

static enum cvl_status describe(const struct cvl_chain_case *item,
                                const struct cvl_device_facts *device, struct cvl_chain_row *row,
                                struct cvl_error *err)
{
    struct cvl_chain_choice *choices = calloc(item->chain->step_count, sizeof *choices);
    struct cvl_chain_plan plan = {0};
    if (!choices)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the network");
    enum cvl_status status = cvl_chain_case_choose(item, device, choices, err);
    if (status == CVL_OK)
        status = cvl_chain_plan_create(item->chain, choices, item->layout, item->dtype, device,
                                       &plan, err);
    if (status == CVL_OK)
        status = cvl_chain_row_describe(row, &plan, err);
    cvl_chain_plan_clear(&plan);
    free(choices);
    return status;
}

enum cvl_status cvl_plan_chains(const struct cvl_options *options, const struct cvl_inputs *inputs,
                                const struct cvl_device_facts *device, struct cvl_results *results,
                                struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < inputs->chain_count && status == CVL_OK; i++) {
        struct cvl_chain_row row;
        struct cvl_error reason = {0};
        cvl_chain_row_init(&row);
        cvl_chain_case_name_row(&inputs->chains[i], device->id, &row);
        status = describe(&inputs->chains[i], device, &row, &reason);
        if (status == CVL_UNSUPPORTED) {
            row.status = CVL_ROW_UNSUPPORTED;
            cvl_copy(row.reason, sizeof row.reason, reason.text);
            status = CVL_OK;
        } else if (status == CVL_OK) {
            (void)cvl_chain_row_keeps_limit(&row, options->memory_limit_bytes);
        } else {
            status = cvl_fail(err, status, "%s: %s", row.chain, reason.text);
        }
        if (status == CVL_OK)
            status = cvl_results_add_chain(results, &row, err);
        cvl_chain_row_clear(&row);
    }
    return status;
}

static void print_refusals(const struct cvl_results *results)
{
    for (size_t i = 0; i < results->chain_count; i++) {
        const struct cvl_chain_row *row = &results->chains[i];
        char chain[CVL_SWEEP_NAME_BYTES], reason[CVL_REASON_BYTES];
        if (row->status == CVL_ROW_OK)
            continue;
        cvl_copy_safe(chain, sizeof chain, row->chain);
        cvl_copy_safe(reason, sizeof reason, row->reason);
        (void)printf("%s %s %s %s %s: %s\n", chain, cvl_form_name(row->form), row->variant,
                     cvl_layout_name(row->layout), cvl_dtype_name(row->dtype), reason);
    }
}

enum cvl_status cvl_print_chains(const struct cvl_results *results, bool layers,
                                 struct cvl_error *err)
{
    if (results->chain_count == 0)
        return CVL_OK;
    (void)printf("\nnetworks: bytes; the peaks leave the weights out; outputs with a buffer each, "
                 "arenas beside their lower bounds\n");
    int failed = cvl_chains_print(stdout, results, NULL, CVL_CHAINS_PLANNED, true);
    print_refusals(results);
    for (size_t i = 0; layers && !failed && i < results->chain_count; i++) {
        const struct cvl_chain_row *row = &results->chains[i];
        char chain[CVL_SWEEP_NAME_BYTES];
        if (row->status != CVL_ROW_OK)
            continue;
        cvl_copy_safe(chain, sizeof chain, row->chain);
        (void)printf("\n%s %s %s %s %s\n", chain, cvl_form_name(row->form), row->variant,
                     cvl_layout_name(row->layout), cvl_dtype_name(row->dtype));
        failed = cvl_chain_layers_print(stdout, row, true);
    }
    return failed ? cvl_fail(err, CVL_NO_MEMORY, "no memory for the networks") : CVL_OK;
}
