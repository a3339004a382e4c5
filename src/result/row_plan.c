/* What a row says of its plan, whether it is carried out or not. */
#include <convlens/result.h>

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/text_set.h"
#include "plan/values.h"
#include "result/row_fields.h"

/* "direct.cl: -DVEC=8; op.cl: -DHALF=0": each source with its options once, though stages of
 * bands take turns. */
static bool describe_options(const struct cvl_plan *plan, struct cvl_row *row)
{
    struct cvl_text_set lines = {0};
    struct cvl_text text = {0}, line = {0};
    for (uint32_t s = 0; s < plan->stage_count && !line.failed; s++) {
        const struct cvl_launch *launch = &plan->stages[s].work.launch;
        if (plan->stages[s].kind != CVL_STAGE_KERNEL)
            continue;
        cvl_text_clear(&line);
        cvl_text_append(&line, "%s:%s%s", launch->source, *launch->options == ' ' ? "" : " ",
                        launch->options);
        if (!line.failed && cvl_text_set_add(&lines, line.data))
            cvl_text_append(&text, "%s%s", text.length ? "; " : "", line.data);
    }
    const bool described = !text.failed && !line.failed && !lines.failed;
    cvl_text_set_clear(&lines);
    cvl_text_clear(&line);
    row->build_options = cvl_text_take(&text);
    return described;
}

/* The layer that sets the peak under a policy, in a network. */
static const char *peak_layer(const struct cvl_plan *plan, enum cvl_policy policy)
{
    assert(plan->bytes.peak_stage[policy] < plan->stage_count);
    return plan->steps[plan->stages[plan->bytes.peak_stage[policy]].step].layer;
}

static void describe_bytes(const struct cvl_plan *plan, struct cvl_row *row)
{
    const struct cvl_plan_bytes *bytes = &plan->bytes;
    struct cvl_row_computed *computed = &row->computed;
    *computed = (struct cvl_row_computed){
        .input_bytes = bytes->role[CVL_INPUT],
        .weights_bytes = bytes->role[CVL_WEIGHTS],
        .intermediate_bytes = bytes->role[CVL_INTERMEDIATE],
        .workspace_bytes = bytes->role[CVL_WORKSPACE],
        .output_bytes = bytes->role[CVL_OUTPUT],
        .saved_bytes = bytes->role[CVL_SAVED],
        .gradients_bytes = bytes->role[CVL_GRADIENTS],
        .optimizer_bytes = bytes->role[CVL_STATE],
        .total_bytes = bytes->total,
        .load_peak_bytes = bytes->load_peak,
        .outputs_bytes = bytes->outputs,
        .arena_lower_bound_bytes = bytes->arena_lower_bound,
        .arena_without_input_bytes = bytes->arena_without_input,
        .arena_without_input_lower_bound_bytes = bytes->arena_without_input_lower_bound,
        .new_tensors_peak_bytes =
            bytes->new_tensors_peak > 0 ? bytes->new_tensors_peak : CVL_ABSENT,
    };
    memcpy(computed->peak_bytes, bytes->peak, sizeof computed->peak_bytes);
    memcpy(computed->peak_without_weights_bytes, bytes->peak_without_weights,
           sizeof computed->peak_without_weights_bytes);
    row->has_computed = true;
}

static void print_size(char *text, size_t size, const uint64_t extent[3])
{
    (void)snprintf(text, size, "%" PRIu64 "x%" PRIu64 "x%" PRIu64, extent[0], extent[1], extent[2]);
}

static void describe_launch(const struct cvl_launch *launch, const struct cvl_device_facts *device,
                            struct cvl_row_stage *out)
{
    cvl_copy(out->kernel, sizeof out->kernel, launch->kernel);
    cvl_copy(out->options, sizeof out->options, launch->options);
    print_size(out->global_size, sizeof out->global_size, launch->global);
    print_size(out->local_size, sizeof out->local_size, launch->local);
    out->groups = cvl_launch_groups(launch);
    out->planned_local_bytes = launch->local_bytes;
    if (device->compute_units > 0)
        out->groups_per_unit = (double)out->groups / device->compute_units;
}

static void describe_stage(const struct cvl_plan *plan, uint32_t index,
                           const struct cvl_device_facts *device, struct cvl_row_stage *out)
{
    assert(index < plan->stage_count && plan->stages[index].step < plan->step_count);
    const struct cvl_stage *stage = &plan->stages[index];
    cvl_fields_init(&cvl_row_stage_fields, out);
    out->flops = stage->flops;
    out->bytes_moved = stage->bytes_moved;
    out->computed_bytes = cvl_plan_live(plan, index, false) + plan->bytes.role[CVL_WEIGHTS] +
                          plan->bytes.role[CVL_STATE];
    out->live_input_bytes = cvl_plan_live_role(plan, index, CVL_INPUT);
    out->live_intermediate_bytes = cvl_plan_live_role(plan, index, CVL_INTERMEDIATE);
    out->live_workspace_bytes = cvl_plan_live_role(plan, index, CVL_WORKSPACE);
    out->live_output_bytes = cvl_plan_live_role(plan, index, CVL_OUTPUT);
    cvl_copy(out->name, sizeof out->name, stage->name);
    cvl_copy(out->note, sizeof out->note, stage->note);
    cvl_copy(out->kind, sizeof out->kind, cvl_stage_kind_name(stage->kind));
    cvl_copy(out->layer, sizeof out->layer, plan->steps[stage->step].layer);
    if (stage->kind == CVL_STAGE_KERNEL)
        describe_launch(&stage->work.launch, device, out);
}

/* Weights and output of one layer, as if it were alone; what lives in its stages in the network. */
static void describe_layer(const struct cvl_plan *plan, uint32_t index, struct cvl_row_layer *out)
{
    const struct cvl_plan_step *step = &plan->steps[index];
    struct cvl_values values = {.count = step->tuning_count};
    cvl_fields_init(&cvl_row_layer_fields, out);
    cvl_copy(out->layer, sizeof out->layer, step->layer);
    cvl_copy(out->variant, sizeof out->variant, step->variant);
    out->repetition = step->repetition;
    const bool is_op = step->op.kind != CVL_OP_CONVOLUTION;
    cvl_copy(out->form, sizeof out->form,
             is_op ? cvl_op_kind_name(step->op.kind) : cvl_form_name(step->problem.form));
    out->output_bytes = (is_op ? cvl_shape_elements(&step->op.out)
                               : cvl_problem_sizes(&step->problem).output_elements) *
                        cvl_dtype_bytes(plan->dtype);
    const struct cvl_network_totals totals =
        cvl_step_totals(&step->op, &step->problem, step->weights_of);
    out->convolutions = totals.convolutions;
    out->multiply_adds = totals.multiply_adds;
    out->weights = totals.weights;
    out->weights_bytes = out->live_bytes = 0;
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].step == index && cvl_buffer_stays(&plan->buffers[i]))
            out->weights_bytes += plan->buffers[i].bytes;
    for (uint32_t s = plan->load_stage_count; s < plan->stage_count; s++) {
        if (plan->stages[s].step != index)
            continue;
        const uint64_t live = cvl_plan_live(plan, s, false);
        out->live_bytes = live > out->live_bytes ? live : out->live_bytes;
    }
    memcpy(values.at, step->tuning, sizeof values.at);
    cvl_values_print(&values, out->tuning);
}

static enum cvl_status describe_network(const struct cvl_plan *plan, struct cvl_row *row,
                                        struct cvl_error *err)
{
    struct cvl_row_computed *computed = &row->computed;
    row->layers = calloc(plan->step_count, sizeof *row->layers);
    if (!row->layers)
        return cvl_fail(err, CVL_NO_MEMORY, "results: no memory for %u layers", plan->step_count);
    row->layers_count = plan->step_count;
    for (uint32_t i = 0; i < plan->step_count; i++)
        describe_layer(plan, i, &row->layers[i]);
    cvl_copy(computed->peak_layer, sizeof computed->peak_layer, peak_layer(plan, CVL_FREED));
    cvl_copy(computed->pinned_peak_layer, sizeof computed->pinned_peak_layer,
             peak_layer(plan, CVL_FREED_PINNED));
    return CVL_OK;
}

static void describe_tuning(const struct cvl_plan *plan, struct cvl_row *row)
{
    row->tuning_count = plan->steps[0].tuning_count;
    memcpy(row->tuning, plan->steps[0].tuning, sizeof row->tuning);
}

enum cvl_status cvl_row_describe(struct cvl_row *row, const struct cvl_plan *plan,
                                 const struct cvl_device_facts *device, struct cvl_error *err)
{
    assert(!row->stages && !row->layers && plan->arena_offset); /* described once, and measured */
    describe_bytes(plan, row);
    row->stage_count = plan->stage_count - plan->load_stage_count;
    row->stages = calloc(row->stage_count, sizeof *row->stages);
    if (!row->stages || !describe_options(plan, row))
        return cvl_fail(err, CVL_NO_MEMORY, "results: no memory for %zu stages", row->stage_count);
    for (uint32_t s = 0; s < row->stage_count; s++)
        describe_stage(plan, plan->load_stage_count + s, device, &row->stages[s]);
    if (cvl_key_is_network(&row->key))
        return describe_network(plan, row, err);
    describe_tuning(plan, row);
    return CVL_OK;
}

bool cvl_row_keeps_limit(struct cvl_row *row, uint64_t limit_bytes)
{
    assert(row->has_computed);
    const struct cvl_row_computed *computed = &row->computed;
    unsigned policy = 0;
    for (unsigned p = 1; p < CVL_POLICY_COUNT; p++)
        if (computed->peak_bytes[p] < computed->peak_bytes[policy])
            policy = p;
    const bool loading = computed->load_peak_bytes > computed->peak_bytes[policy];
    const uint64_t min = loading ? computed->load_peak_bytes : computed->peak_bytes[policy];
    if (limit_bytes == 0 || min <= limit_bytes)
        return true;
    row->status = CVL_ROW_SKIPPED;
    (void)snprintf(row->reason, sizeof row->reason,
                   "needs %" PRIu64 " bytes at least (%s); the memory limit is %" PRIu64, min,
                   loading ? "while weights are loaded" : cvl_policy_name((enum cvl_policy)policy),
                   limit_bytes);
    return false;
}
