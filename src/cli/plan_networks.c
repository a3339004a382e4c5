/* Printing the networks of a plan. */
#include "cli/plan_networks.h"

#include <stdio.h>

#include "base/text.h"
#include "report/networks.h"

static bool has_networks(const struct cvl_results *results)
{
    for (size_t i = 0; i < results->row_count; i++)
        if (cvl_key_is_network(&results->rows[i].key))
            return true;
    return false;
}

/* "mobilenet_v1 separable sep_fused nhwc f32" */
static void print_heading(const struct cvl_row *row, const char *before, const char *after)
{
    char name[CVL_SWEEP_NAME_BYTES];
    cvl_copy_safe(name, sizeof name, row->key.network);
    (void)printf("%s%s %s %s %s %s%s", before, name, cvl_form_name(row->key.problem.form),
                 row->key.variant, cvl_layout_name(row->key.layout), cvl_dtype_name(row->key.dtype),
                 after);
}

static void print_refusals(const struct cvl_results *results)
{
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        char reason[CVL_REASON_BYTES];
        if (row->status == CVL_ROW_OK || !cvl_key_is_network(&row->key))
            continue;
        cvl_copy_safe(reason, sizeof reason, row->reason);
        print_heading(row, "", ": ");
        (void)printf("%s\n", reason);
    }
}

enum cvl_status cvl_print_networks(const struct cvl_results *results, bool layers,
                                   struct cvl_error *err)
{
    if (!has_networks(results))
        return CVL_OK;
    (void)printf("\nnetworks: bytes; the peaks leave the weights out; outputs with a buffer each, "
                 "arenas beside their lower bounds\n");
    enum cvl_status status =
        cvl_networks_print(stdout, results, NULL, CVL_NETWORKS_PLANNED, true, err);
    print_refusals(results);
    for (size_t i = 0; layers && status == CVL_OK && i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        if (row->status != CVL_ROW_OK || !cvl_key_is_network(&row->key))
            continue;
        print_heading(row, "\n", "\n");
        status = cvl_network_layers_print(stdout, row, true, err);
    }
    return status;
}
