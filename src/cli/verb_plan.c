/* convlens plan */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/gate.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/tuning.h"
#include "cli/verb.h"
#include "report/answers.h"
#include "report/kernel_files.h"
#include "report/lines.h"
#include "report/plan_tables.h"
#include "report/training_table.h"
#include "report/writer.h"
#include "result/device_spec.h"

/* What is planned, for which device. */
struct planned {
    const struct cvl_options *options;
    struct cvl_device_facts device;
    struct cvl_tuning_file tuning;
    struct cvl_kernel_files *kernels; /* NULL: none are written */
};

/* Plans with the tile parameters that --tuning names. */
static enum cvl_status plan_tuned(const struct planned *planned, const struct cvl_case *item,
                                  struct cvl_row *row, struct cvl_plan *out, struct cvl_error *err)
{
    struct cvl_tuned_steps steps = {0};
    *out = (struct cvl_plan){0};
    enum cvl_status status =
        cvl_tuned_steps_choose(&planned->tuning.origin, &planned->device, item, &steps, err);
    if (status == CVL_OK)
        status = cvl_case_plan(item, steps.choices, &planned->device, out, err);
    row->tuning_source = steps.source;
    cvl_tuned_steps_clear(&steps);
    return status;
}

/* A row of computed bytes alone, as `run` would plan it on a made-up device, which cannot repeat
 * it. */
static enum cvl_status plan_case(const struct planned *planned, const struct cvl_case *item,
                                 struct cvl_row *row, struct cvl_error *err)
{
    const struct cvl_device_facts *device = &planned->device;
    const struct cvl_network *network = item->network;
    const bool is_layer = cvl_network_is_layer(network);
    struct cvl_plan plan;
    struct cvl_error reason = {0};
    row->key = cvl_case_key(item, device->id);
    row->layer_count = is_layer ? network->steps[0].repetitions : 1;
    enum cvl_status status = plan_tuned(planned, item, row, &plan, &reason);
    if (status == CVL_OK) {
        row->roofline.flops = cvl_network_flops(network, item->passes);
        status = cvl_row_describe(row, &plan, device, err);
        if (status == CVL_OK)
            (void)cvl_row_keeps_limit(row, planned->options->run.memory_limit_bytes);
        if (status == CVL_OK && planned->kernels)
            status = cvl_kernel_files_add(planned->kernels, &plan, err);
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

static enum cvl_status plan_cases(const struct planned *planned, const struct cvl_inputs *inputs,
                                  struct cvl_results *results, struct cvl_error *err)
{
    results->command = cvl_duplicate(planned->options->command);
    results->devices = malloc(sizeof *results->devices);
    if (!results->devices)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the plan");
    results->devices[0] = planned->device;
    results->device_count = 1;
    cvl_copy(results->sweep, sizeof results->sweep, inputs->name);
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < inputs->case_count && status == CVL_OK; i++) {
        struct cvl_row row;
        cvl_row_init(&row);
        status = plan_case(planned, &inputs->cases[i], &row, err);
        if (status == CVL_OK)
            status = cvl_results_add(results, &row, err);
        cvl_row_clear(&row);
    }
    return status;
}

static enum cvl_status describe_device(const struct cvl_options *options,
                                       struct cvl_device_facts *out, struct cvl_error *err)
{
    struct cvl_error reason = {0};
    *out = cvl_device_facts_default();
    if (!options->device_spec)
        return CVL_OK;
    const enum cvl_status status = cvl_device_spec_read(options->device_spec, out, &reason);
    return status == CVL_OK ? CVL_OK : cvl_fail(err, status, "--device-spec: %s", reason.text);
}

/* The user's own database is of devices that are here. */
static enum cvl_status open_tuning(struct planned *planned, struct cvl_error *err)
{
    return planned->options->tuning
               ? cvl_tuning_origin_open(planned->options, &planned->tuning, err)
               : CVL_OK;
}

static enum cvl_status open_kernels(struct planned *planned, struct cvl_error *err)
{
    const char *folder = planned->options->kernel_folder;
    struct cvl_error reason = {0};
    if (!folder)
        return CVL_OK;
    const enum cvl_status status =
        cvl_kernel_files_create(folder, &planned->device, &planned->kernels, &reason);
    return status == CVL_OK ? CVL_OK : cvl_fail(err, status, "--emit-kernels: %s", reason.text);
}

static enum cvl_status plan_all(const struct cvl_options *options, const struct cvl_inputs *inputs,
                                struct cvl_results *results, struct cvl_error *err)
{
    struct planned planned = {.options = options};
    enum cvl_status status = describe_device(options, &planned.device, err);
    if (status == CVL_OK)
        status = open_tuning(&planned, err);
    if (status == CVL_OK)
        status = open_kernels(&planned, err);
    if (status == CVL_OK)
        status = plan_cases(&planned, inputs, results, err);
    if (status == CVL_OK && planned.kernels)
        status = cvl_kernel_files_finish(planned.kernels, err);
    cvl_kernel_files_destroy(&planned.kernels);
    cvl_tuning_origin_close(&planned.tuning);
    return status;
}

static bool is_trained(const struct cvl_options *options, const struct cvl_sweep *sweep)
{
    const struct cvl_case_filter *filter = &options->filter;
    const enum cvl_passes *passes = filter->passes_count ? filter->passes : sweep->passes;
    const size_t count = filter->passes_count ? filter->passes_count : sweep->passes_count;
    for (size_t i = 0; i < count; i++)
        if (passes[i] == CVL_TRAINING)
            return true;
    return false;
}

static enum cvl_status print_training(const struct cvl_options *options,
                                      const struct cvl_sweep *sweep, struct cvl_error *err)
{
    const struct cvl_case_filter *filter = &options->filter;
    const enum cvl_dtype *dtypes = filter->dtype_count ? filter->dtypes : sweep->dtypes;
    const size_t count = filter->dtype_count ? filter->dtype_count : sweep->dtype_count;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < count && is_trained(options, sweep) && status == CVL_OK; i++)
        status = cvl_training_print(stdout, sweep, dtypes[i], err);
    return status;
}

/* Bytes and tiles are of this device, and of no other. */
static void print_device(const struct cvl_options *options, const struct cvl_device_facts *device,
                         bool *failed)
{
    struct cvl_text text = {0};
    cvl_text_append(&text, "planned for: ");
    cvl_text_append_safe(&text, device->id);
    if (options->device_spec)
        cvl_text_append(&text, ", ");
    else
        cvl_text_append(&text, " CPU, 16 floats wide; for another device: --device-spec");
    cvl_text_append_safe(&text, options->device_spec ? device->name : "");
    cvl_lines_put(stdout, &text, CVL_LINES_CUT, failed);
}

static enum cvl_status print_plan(const struct cvl_options *options,
                                  const struct cvl_inputs *inputs,
                                  const struct cvl_results *results, struct cvl_error *err)
{
    bool failed = false, found = false;
    struct cvl_row_groups groups;
    const struct cvl_report report = {results, &groups, stdout, isatty(STDOUT_FILENO) == 1,
                                      &failed};
    enum cvl_status status = cvl_row_groups_create(results, &groups, err);
    if (status == CVL_OK)
        status = cvl_report_answers(&report, &found, err);
    cvl_row_groups_clear(&groups);
    print_device(options, &results->devices[0], &failed);
    if (status == CVL_OK && failed)
        status = cvl_fail(err, CVL_NO_MEMORY, "plan: out of memory");
    const bool with_tables = !found || options->all || options->verbose;
    if (with_tables)
        (void)fputc('\n', stdout);
    if (status == CVL_OK && with_tables)
        status = cvl_plan_print(stdout, results, inputs->sweeps, inputs->sweep_count,
                                options->verbose, err);
    for (size_t i = 0; i < inputs->sweep_count && status == CVL_OK; i++)
        status = print_training(options, &inputs->sweeps[i], err);
    return status;
}

static enum cvl_status compare_plan(const struct cvl_options *options, const struct cvl_gate *gate,
                                    const struct cvl_results *results, int *result,
                                    struct cvl_error *err)
{
    const struct cvl_gate_side before = {options->baseline, &gate->baseline};
    char name[64] = "this plan", id[2 * sizeof results->devices[0].id];
    cvl_copy_safe(id, sizeof id, results->devices[0].id);
    if (options->device_spec)
        (void)snprintf(name, sizeof name, "this plan for %s", id);
    const struct cvl_gate_side after = {name, results};
    return cvl_gate_compare(options, &before, &after, result, err);
}

static int plan(const struct cvl_options *options)
{
    struct cvl_inputs inputs = {0};
    struct cvl_results results = {0};
    struct cvl_gate gate = {0};
    struct cvl_error err = {0};
    int result = CVL_EXIT_DONE;
    enum cvl_status status = cvl_gate_open(options, &gate, &err);
    if (status == CVL_OK)
        status = cvl_inputs_read(options, &inputs, &err);
    if (status == CVL_OK)
        status = plan_all(options, &inputs, &results, &err);
    if (options->no_weights)
        cvl_results_leave_out_weights(&results);
    if (status == CVL_OK && gate.is_there)
        status = compare_plan(options, &gate, &results, &result, &err);
    else if (status == CVL_OK && options->formats.count > 0)
        status = cvl_output_write(options, &cvl_results_formats, &results, &err);
    else if (status == CVL_OK)
        status = print_plan(options, &inputs, &results, &err);
    if (status != CVL_OK)
        result = cvl_report_error(&err);
    else if (!gate.is_there)
        result = cvl_exit_of_rows(&results);
    cvl_gate_clear(&gate);
    cvl_results_clear(&results);
    cvl_inputs_clear(&inputs);
    return result;
}

const struct cvl_verb cvl_verb_plan = {
    .name = "plan",
    .arguments = "SWEEP.ini...",
    .formats = &cvl_results_formats,
    .details = "Bytes of every variant under every policy, from the plan alone: no device and no "
               "driver is needed. Tiles, and with them workspaces, depend on the device: without "
               "--device-spec, the plan is that of a made-up CPU, and without --tuning it has the "
               "default tile parameters.",
    .examples = "convlens plan configs/seed.ini\n"
                "convlens plan --problem separable:ic64ih112oc128kh3sh2ph1 --layout nhwc\n"
                "convlens plan configs/seed.ini --device-spec h100 --emit-kernels kernels\n"
                "convlens plan --network configs/mobilenet_v1.ini --memory-limit 16MiB",
    .summary = "what run would do, computed only: no OpenCL is used",
    .options = CVL_FOR_PLAN,
    .run = plan,
};
