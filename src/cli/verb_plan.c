/* convlens plan */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/model.h>

#include "base/text.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/plan_networks.h"
#include "cli/training.h"
#include "cli/verb.h"
#include "report/grid.h"

enum { NAME_BYTES = CVL_LAYER_NAME_BYTES };

/* A row of computed bytes alone, as `run` would plan it on a made-up device, which cannot repeat
 * it. */
static enum cvl_status plan_case(const struct cvl_case *item, const struct cvl_device_facts *device,
                                 uint64_t limit_bytes, struct cvl_row *row, struct cvl_error *err)
{
    const struct cvl_network *network = item->network;
    const bool is_layer = cvl_network_is_layer(network);
    struct cvl_plan plan;
    struct cvl_error reason = {0};
    row->key = cvl_case_key(item, device->id);
    row->layer_count = is_layer ? network->steps[0].repetitions : 1;
    enum cvl_status status = cvl_case_plan(item, NULL, device, &plan, &reason);
    if (status == CVL_OK) {
        row->roofline.flops = 0;
        for (size_t i = 0; i < network->step_count; i++)
            row->roofline.flops += cvl_problem_flops(&network->steps[i].problem, item->passes);
        status = cvl_row_describe(row, &plan, err);
        if (status == CVL_OK)
            (void)cvl_row_keeps_limit(row, limit_bytes);
    } else if (status == CVL_UNSUPPORTED) {
        row->status = CVL_ROW_UNSUPPORTED;
        cvl_copy(row->reason, sizeof row->reason, reason.text);
    } else {
        return cvl_fail(err, status, "%s: %s", is_layer ? row->key.layer : row->key.network,
                        reason.text);
    }
    cvl_plan_clear(&plan);
    return status == CVL_UNSUPPORTED ? CVL_OK : status;
}

static enum cvl_status plan_all(const struct cvl_options *options, const struct cvl_inputs *inputs,
                                struct cvl_results *results, struct cvl_error *err)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    results->command = cvl_duplicate(options->command);
    results->devices = malloc(sizeof device);
    if (!results->devices)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the plan");
    results->devices[0] = device;
    results->device_count = 1;
    cvl_copy(results->sweep, sizeof results->sweep, inputs->name);
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < inputs->case_count && status == CVL_OK; i++) {
        struct cvl_row row;
        cvl_row_init(&row);
        status = plan_case(&inputs->cases[i], &device, options->run.memory_limit_bytes, &row, err);
        if (status == CVL_OK)
            status = cvl_results_add(results, &row, err);
        cvl_row_clear(&row);
    }
    return status;
}

/* The item is in the plan if one of its cases is. */
static bool is_planned(const struct cvl_inputs *inputs, const struct cvl_sweep *sweep, size_t index)
{
    for (size_t i = 0; i < inputs->case_count; i++)
        if (inputs->cases[i].network == &sweep->layers[index])
            return true;
    return false;
}

static void add_layer(struct cvl_grid *grid, const struct cvl_sweep_item *item,
                      enum cvl_dtype dtype)
{
    const struct cvl_sizes sizes = cvl_problem_sizes(&item->problem);
    const uint64_t bytes = cvl_dtype_bytes(dtype);
    cvl_grid_text(grid, item->layer);
    cvl_grid_text(grid, cvl_form_name(item->problem.form));
    cvl_grid_integer(grid, item->count);
    cvl_grid_integer(grid, sizes.macs);
    cvl_grid_integer(grid, sizes.weights_elements);
    cvl_grid_integer(grid, item->bias_elements);
    cvl_grid_integer(grid, bytes * sizes.input_elements);
    cvl_grid_integer(grid, bytes * (sizes.expanded_elements + sizes.intermediate_elements));
    cvl_grid_integer(grid, bytes * sizes.output_elements);
}

static enum cvl_status print_layers(const struct cvl_inputs *inputs, enum cvl_dtype dtype,
                                    struct cvl_error *err)
{
    static const char *const headings[] = {"LAYER",    "FORM",       ">COUNT",
                                           ">MACS",    ">WEIGHTS",   ">BIAS",
                                           ">INPUT B", ">BETWEEN B", ">OUTPUT B"};
    struct cvl_grid grid = cvl_grid_begin(stdout, true);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    (void)printf("layers: multiply-adds and weights in elements, tensors in bytes (%s)\n",
                 cvl_dtype_name(dtype));
    for (size_t s = 0; s < inputs->sweep_count; s++)
        for (size_t i = 0; i < inputs->sweeps[s].item_count; i++)
            if (is_planned(inputs, &inputs->sweeps[s], i))
                add_layer(&grid, &inputs->sweeps[s].items[i], dtype);
    return cvl_grid_end(&grid, "plan", err);
}

/* The item that stands for its layer in a network of that form: the one of that form, or the
 * layer's first where it has none. */
static bool stands_for_layer(const struct cvl_sweep *sweep, size_t index, enum cvl_form form)
{
    const struct cvl_sweep_item *item = &sweep->items[index];
    for (size_t j = 0; j < sweep->item_count; j++) {
        const struct cvl_sweep_item *other = &sweep->items[j];
        bool before = other->problem.form == form || (j < index && item->problem.form != form);
        if (j != index && before && strcmp(other->layer, item->layer) == 0)
            return false;
    }
    return true;
}

static void print_total(const struct cvl_inputs *inputs, enum cvl_form form)
{
    uint64_t macs = 0, weights = 0, biases = 0;
    bool has_form = false;
    for (size_t s = 0; s < inputs->sweep_count; s++)
        for (size_t i = 0; i < inputs->sweeps[s].item_count; i++) {
            const struct cvl_sweep_item *item = &inputs->sweeps[s].items[i];
            if (!stands_for_layer(&inputs->sweeps[s], i, form) ||
                !is_planned(inputs, &inputs->sweeps[s], i))
                continue;
            struct cvl_sizes sizes = cvl_problem_sizes(&item->problem);
            has_form |= item->problem.form == form;
            macs += item->count * sizes.macs;
            weights += item->count * sizes.weights_elements;
            biases += item->count * item->bias_elements;
        }
    if (has_form)
        (void)printf("total, layers %s where they can be: %" PRIu64 " multiply-adds, %" PRIu64
                     " weights, %" PRIu64 " with biases\n",
                     cvl_form_name(form), macs, weights, weights + biases);
}

static void add_row(struct cvl_grid *grid, const struct cvl_row *row)
{
    cvl_grid_text(grid, row->key.layer);
    cvl_grid_text(grid, row->key.variant);
    cvl_grid_cell(grid, "%s%s", cvl_layout_name(row->key.layout), cvl_key_passes_text(&row->key));
    cvl_grid_integer(grid, row->computed.weights_bytes);
    cvl_grid_integer(grid, row->computed.workspace_bytes);
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        cvl_grid_integer(grid, row->computed.peak_without_weights_bytes[p]);
}

static enum cvl_status print_rows(const struct cvl_results *results, struct cvl_error *err)
{
    static const char *const headings[] = {"LAYER",      "VARIANT",    "LAYOUT",
                                           ">WEIGHTS B", ">WORKSPACE", ">ALL LIVE",
                                           ">FREED",     ">PINNED",    ">ARENA"};
    struct cvl_grid grid = cvl_grid_begin(stdout, true);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    (void)printf("\nvariants: bytes; the peaks of the four policies leave the weights out\n");
    for (size_t i = 0; i < results->row_count; i++)
        if (results->rows[i].status == CVL_ROW_OK && !cvl_key_is_network(&results->rows[i].key))
            add_row(&grid, &results->rows[i]);
    return cvl_grid_end(&grid, "plan", err);
}

static void print_refusals(const struct cvl_results *results)
{
    bool any = false;
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        if (row->status == CVL_ROW_OK || cvl_key_is_network(&row->key))
            continue;
        char layer[NAME_BYTES], reason[CVL_REASON_BYTES];
        cvl_copy_safe(layer, sizeof layer, row->key.layer);
        cvl_copy_safe(reason, sizeof reason, row->reason);
        (void)printf("%s%s %s %s %s%s: %s\n", any ? "" : "\nrefused:\n", layer, row->key.variant,
                     cvl_layout_name(row->key.layout), cvl_dtype_name(row->key.dtype),
                     cvl_key_passes_text(&row->key), reason);
        any = true;
    }
}

/* What a person should know of stages: how often a kernel reads its weights. */
static void print_notes(const struct cvl_results *results)
{
    bool any = false;
    for (size_t i = 0; i < results->row_count; i++)
        for (size_t s = 0; s < results->rows[i].stage_count; s++) {
            const struct cvl_row *row = &results->rows[i];
            char layer[NAME_BYTES];
            if (row->stages[s].note[0] == '\0' || cvl_key_is_network(&row->key))
                continue;
            cvl_copy_safe(layer, sizeof layer, row->key.layer);
            (void)printf("%s%s %s %s %s: %s\n", any ? "" : "\nnotes:\n", layer, row->key.variant,
                         cvl_layout_name(row->key.layout), row->stages[s].name,
                         row->stages[s].note);
            any = true;
        }
}

static enum cvl_status print_summaries(const struct cvl_results *results, struct cvl_error *err)
{
    struct cvl_summary *summaries = NULL;
    size_t count = 0;
    enum cvl_status status = cvl_summaries_create(results, &summaries, &count, err);
    if (status == CVL_OK && count > 0)
        (void)printf("\nverdicts, computed; weights included\n");
    for (size_t i = 0; status == CVL_OK && i < count; i++)
        (void)printf("%s%s: %s\n", cvl_layout_name(summaries[i].row->key.layout),
                     cvl_key_passes_text(&summaries[i].row->key), summaries[i].sentence);
    free(summaries);
    return status;
}

static enum cvl_status print_single_layers(const struct cvl_options *options,
                                           const struct cvl_inputs *inputs,
                                           const struct cvl_results *results, struct cvl_error *err)
{
    enum cvl_status status = print_layers(inputs, inputs->cases[0].dtype, err);
    print_total(inputs, CVL_STANDARD);
    print_total(inputs, CVL_SEPARABLE);
    print_total(inputs, CVL_INVERTED);
    if (status == CVL_OK)
        status = print_rows(results, err);
    print_refusals(results);
    if (options->verbose)
        print_notes(results);
    return status == CVL_OK ? print_summaries(results, err) : status;
}

static enum cvl_status print_plan(const struct cvl_options *options,
                                  const struct cvl_inputs *inputs,
                                  const struct cvl_results *results, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    if (!options->filter.networks_only)
        status = print_single_layers(options, inputs, results, err);
    if (status == CVL_OK)
        status = cvl_print_networks(results, options->verbose, err);
    return status == CVL_OK ? cvl_print_training(options, inputs, err) : status;
}

static int plan(const struct cvl_options *options)
{
    struct cvl_inputs inputs = {0};
    struct cvl_results results = {0};
    struct cvl_error err = {0};
    enum cvl_status status = cvl_output_check(options, &err);
    if (status == CVL_OK)
        status = cvl_inputs_read(options, &inputs, &err);
    if (status == CVL_OK)
        status = plan_all(options, &inputs, &results, &err);
    if (status == CVL_OK && options->formats.count > 0)
        status = cvl_output_write(options, &results, &err);
    else if (status == CVL_OK)
        status = print_plan(options, &inputs, &results, &err);
    cvl_results_clear(&results);
    cvl_inputs_clear(&inputs);
    return status == CVL_OK ? CVL_EXIT_DONE : cvl_report_error(&err);
}

const struct cvl_verb cvl_verb_plan = {
    .name = "plan",
    .arguments = "SWEEP.ini...",
    .summary = "the same, computed only: no OpenCL is touched",
    .options = CVL_FOR_PLAN,
    .run = plan,
};
