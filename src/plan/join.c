/* Joining the plans of a network's steps into one. */
#include <convlens/plan.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/concat.h"
#include "plan/measure.h"
#include "plan/op_stages.h"
#include "plan/uses.h"
#include "problem/shape.h"

/* What becomes of the step at hand: its stages and buffers by their numbers in the whole. */
struct joined {
    const struct cvl_network *network;
    const struct cvl_plan *parts;
    struct cvl_plan *plan;
    uint32_t **buffer;              /* [step][its buffer]: number in the whole */
    uint32_t *made;                 /* [step]: the buffer of what it makes */
    uint32_t *last_reader;          /* [step]: cvl_network_last_reader of what it makes */
    bool *shares;                   /* [step]: it has the buffers of another step's weights */
    uint32_t input;                 /* the buffer of the network's input; UINT32_MAX: none yet */
    uint32_t first_load, first_run; /* of the step */
    bool in_place;                  /* ops take the place of inputs, where they can */
    struct cvl_error *err;
};

static bool has_same_launch(const struct cvl_launch *a, const struct cvl_launch *b)
{
    bool same = strcmp(a->source, b->source) == 0 && strcmp(a->kernel, b->kernel) == 0 &&
                strcmp(a->options, b->options) == 0 && a->arg_count == b->arg_count;
    for (uint32_t i = 0; same && i < a->arg_count; i++)
        same = a->args[i].is_buffer == b->args[i].is_buffer &&
               (a->args[i].is_buffer || a->args[i].value == b->args[i].value);
    return same;
}

/* Are two steps' weights the same bytes on the device: buffers of the same sizes, packed in the
 * same way? */
static bool loads_alike(const struct cvl_plan *a, const struct cvl_plan *b)
{
    uint32_t x = 0, y = 0;
    if (strcmp(a->variant, b->variant) != 0 || a->load_stage_count != b->load_stage_count)
        return false;
    for (uint32_t s = 0; s < a->load_stage_count; s++)
        if (a->stages[s].kind != CVL_STAGE_KERNEL || b->stages[s].kind != CVL_STAGE_KERNEL ||
            !has_same_launch(&a->stages[s].work.launch, &b->stages[s].work.launch))
            return false;
    for (;; x++, y++) {
        while (x < a->buffer_count && cvl_buffer_runs(a, &a->buffers[x]))
            x++;
        while (y < b->buffer_count && cvl_buffer_runs(b, &b->buffers[y]))
            y++;
        if (x == a->buffer_count || y == b->buffer_count)
            return x == a->buffer_count && y == b->buffer_count;
        if (a->buffers[x].bytes != b->buffers[y].bytes || a->buffers[x].role != b->buffers[y].role)
            return false;
    }
}

/* Has the step no weights of its own? */
static bool shares_weights(const struct joined *j, size_t step)
{
    const struct cvl_network_step *own = &j->network->steps[step];
    return own->weights_of > 0 && (own->op.kind != CVL_OP_CONVOLUTION ||
                                   loads_alike(&j->parts[own->weights_of - 1], &j->parts[step]));
}

static uint32_t map_stage(const struct joined *j, uint32_t step, uint32_t stage)
{
    assert(stage < j->parts[step].stage_count);
    const uint32_t loads = j->parts[step].load_stage_count;
    return stage < loads ? j->first_load + stage : j->first_run + stage - loads;
}

static void lengthen(struct cvl_plan_buffer *buffer, uint32_t stage)
{
    if (stage > buffer->last_stage)
        buffer->last_stage = stage;
}

/* The buffer of a tensor that is made. */
static uint32_t buffer_of(const struct joined *j, uint32_t tensor)
{
    return tensor == CVL_NETWORK_INPUT ? j->input : j->made[tensor];
}

/* Is a buffer needed after a step: by the caller, by a later step, or as an output? Tensors made by
 * reshaping share one. */
static bool is_kept(const struct joined *j, uint32_t step, uint32_t buffer)
{
    if (j->plan->buffers[buffer].role == CVL_INPUT)
        return true;
    for (uint32_t i = 0; i < step; i++)
        if (j->made[i] == buffer &&
            (j->last_reader[i] == CVL_NETWORK_INPUT || j->last_reader[i] > step))
            return true;
    return false;
}

/* A buffer of the step's own, or of the flow where the step is the first to use it. */
static uint32_t add_buffer(struct joined *j, uint32_t step, const struct cvl_plan_buffer *own)
{
    struct cvl_plan_buffer *buffer = &j->plan->buffers[j->plan->buffer_count];
    *buffer = *own;
    buffer->step = step;
    buffer->first_stage = map_stage(j, step, own->first_stage);
    if (cvl_buffer_stays(own)) {
        /* Unpacked weights of a step without load stages come when its turn to load is. */
        const bool packed = own->first_stage < j->parts[step].load_stage_count;
        buffer->first_stage = packed ? buffer->first_stage : j->first_load;
    } else {
        buffer->last_stage = map_stage(j, step, own->last_stage);
    }
    return j->plan->buffer_count++;
}

/* The tensor that a convolution reads. */
static enum cvl_status join_input(struct joined *j, uint32_t step,
                                  const struct cvl_plan_buffer *own, uint32_t *index)
{
    const uint32_t tensor = cvl_network_input(j->network, step, 0);
    if (tensor == CVL_NETWORK_INPUT && j->input == UINT32_MAX)
        j->input = add_buffer(j, step, own);
    *index = buffer_of(j, tensor);
    struct cvl_plan_buffer *flow = &j->plan->buffers[*index];
    lengthen(flow, map_stage(j, step, own->last_stage));
    if (flow->bytes == own->bytes)
        return CVL_OK;
    return cvl_fail(j->err, CVL_BAD_INPUT, "network: %s reads %llu bytes of %s, which has %llu",
                    j->network->steps[step].layer, (unsigned long long)own->bytes,
                    tensor == CVL_NETWORK_INPUT ? "the input" : j->network->steps[tensor].layer,
                    (unsigned long long)flow->bytes);
}

/* A tensor between two steps is neither input nor output of the whole. */
static uint32_t add_output(struct joined *j, uint32_t step, const struct cvl_plan_buffer *own)
{
    const uint32_t index = add_buffer(j, step, own);
    struct cvl_plan_buffer *buffer = &j->plan->buffers[index];
    buffer->role = CVL_INTERMEDIATE;
    buffer->content = CVL_CONTENT_NONE;
    cvl_copy(buffer->name, sizeof buffer->name, j->network->steps[step].layer);
    return index;
}

/* The number of the buffer of the weights' owner that is its `place`-th to be loaded. */
static uint32_t shared_buffer(const struct joined *j, uint32_t step, uint32_t place)
{
    const uint32_t owner = j->network->steps[step].weights_of - 1;
    const struct cvl_plan *part = &j->parts[owner];
    uint32_t b = 0;
    while (cvl_buffer_runs(part, &part->buffers[b]) || place-- > 0)
        b++;
    return j->buffer[owner][b];
}

static enum cvl_status join_buffers(struct joined *j, uint32_t step)
{
    const struct cvl_plan *part = &j->parts[step];
    const char *layer = j->network->steps[step].layer;
    uint32_t written = UINT32_MAX, loaded = 0;
    for (uint32_t b = 0; b < part->buffer_count; b++) {
        const struct cvl_plan_buffer *own = &part->buffers[b];
        uint32_t *index = &j->buffer[step][b];
        enum cvl_status status = CVL_OK;
        if (j->shares[step] && !cvl_buffer_runs(part, own))
            *index = shared_buffer(j, step, loaded++);
        else if (own->content == CVL_CONTENT_INPUT || own->content == CVL_CONTENT_IN_PLACE)
            status = join_input(j, step, own, index);
        else if (own->content == CVL_CONTENT_OUTPUT)
            *index = add_output(j, step, own);
        else
            *index = add_buffer(j, step, own);
        if (status != CVL_OK)
            return status;
        if (own->content == CVL_CONTENT_OUTPUT || own->content == CVL_CONTENT_IN_PLACE)
            written = *index;
    }
    if (written == UINT32_MAX)
        return cvl_fail(j->err, CVL_UNSUPPORTED,
                        "%s: %s writes no buffer that another layer could read", layer,
                        part->variant);
    if (written == buffer_of(j, cvl_network_input(j->network, step, 0)) &&
        (written == j->input || is_kept(j, step, written)))
        return cvl_fail(j->err, CVL_UNSUPPORTED, "%s: %s overwrites what it reads, which is kept",
                        layer, part->variant);
    j->made[step] = written;
    return CVL_OK;
}

static void copy_stage(struct joined *j, uint32_t step, uint32_t own, uint32_t at)
{
    assert(at < j->plan->stage_count || own >= j->parts[step].load_stage_count);
    struct cvl_stage *stage = &j->plan->stages[at];
    uint32_t *uses[CVL_STAGE_USES];
    *stage = j->parts[step].stages[own];
    stage->step = step;
    const size_t count = cvl_stage_uses(stage, uses);
    for (size_t i = 0; i < count; i++)
        *uses[i] = j->buffer[step][*uses[i]];
}

/* A buffer that a step of no plan of its own makes. */
static uint32_t add_own(struct joined *j, uint32_t step, enum cvl_role role, const char *name,
                        uint64_t bytes)
{
    struct cvl_plan_buffer *buffer = &j->plan->buffers[j->plan->buffer_count];
    *buffer = (struct cvl_plan_buffer){
        .role = role,
        .step = step,
        .bytes = bytes,
        .first_stage = role == CVL_WEIGHTS ? j->first_load : j->first_run,
        .last_stage = role == CVL_WEIGHTS ? CVL_STAYS : j->first_run,
    };
    buffer->content = role == CVL_INPUT ? CVL_CONTENT_INPUT : CVL_CONTENT_NONE;
    cvl_copy(buffer->name, sizeof buffer->name, name);
    return j->plan->buffer_count++;
}

/* Is the buffer that of one tensor alone among what the op reads? */
static bool is_read_once(const struct cvl_op_work *work, size_t index)
{
    for (size_t i = 0; i < work->input_count; i++)
        if (i != index && work->inputs[i] == work->inputs[index])
            return false;
    return true;
}

/* The input whose place the output takes, if there is one: it comes first then. */
static bool takes_place(const struct joined *j, struct cvl_op_work *work)
{
    const uint64_t elements = cvl_shape_elements(&work->op->out);
    const size_t count = cvl_op_replaceable_inputs(work->op, work->input_count);
    if (!j->in_place)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (cvl_shape_elements(&work->shapes[i]) != elements || !is_read_once(work, i) ||
            is_kept(j, work->step, work->inputs[i]))
            continue;
        const struct cvl_shape shape = work->shapes[i];
        const uint32_t input = work->inputs[i];
        work->shapes[i] = work->shapes[0];
        work->inputs[i] = work->inputs[0];
        work->shapes[0] = shape;
        work->inputs[0] = input;
        return true;
    }
    return cvl_op_is_view(work->op, &work->shapes[0], work->layout) && work->inputs[0] != j->input;
}

static void find_inputs(struct joined *j, struct cvl_op_work *work)
{
    const uint64_t element = cvl_dtype_bytes(work->dtype);
    for (size_t i = 0; i < work->input_count; i++) {
        const uint32_t tensor = cvl_network_input(j->network, work->step, i);
        work->shapes[i] = cvl_network_shape(j->network, tensor);
        if (tensor == CVL_NETWORK_INPUT && j->input == UINT32_MAX)
            j->input = add_own(j, work->step, CVL_INPUT, "input",
                               cvl_shape_elements(&work->shapes[i]) * element);
        work->inputs[i] = buffer_of(j, tensor);
    }
}

/* The stages and buffers of what is no convolution. */
static void join_op(struct joined *j, uint32_t step)
{
    struct cvl_plan *plan = j->plan;
    const struct cvl_network_step *own = &j->network->steps[step];
    const uint64_t element = cvl_dtype_bytes(plan->dtype);
    struct cvl_op_work work = {.op = &own->op,
                               .step = step,
                               .layout = plan->layout,
                               .dtype = plan->dtype,
                               .input_count = cvl_network_input_count(j->network, step),
                               .weights = UINT32_MAX};
    uint32_t *uses[CVL_STAGE_USES];
    find_inputs(j, &work);
    work.output = takes_place(j, &work) ? work.inputs[0]
                                        : add_own(j, step, CVL_INTERMEDIATE, own->layer,
                                                  cvl_shape_elements(&own->op.out) * element);
    if (j->shares[step])
        work.weights = j->buffer[own->weights_of - 1][0];
    else if (own->op.weights > 0)
        work.weights =
            add_own(j, step, CVL_WEIGHTS, "weights", (uint64_t)own->op.weights * element);
    j->buffer[step][0] = work.weights;
    plan->stage_count += cvl_op_stages(&work, &plan->stages[plan->stage_count]);
    for (uint32_t s = j->first_run; s < plan->stage_count; s++) {
        const size_t count = cvl_stage_uses(&plan->stages[s], uses);
        for (size_t i = 0; i < count; i++)
            if (!cvl_buffer_stays(&plan->buffers[*uses[i]]))
                lengthen(&plan->buffers[*uses[i]], s);
    }
    j->made[step] = work.output;
    j->first_run = plan->stage_count;
}

static void join_stages(struct joined *j, uint32_t step)
{
    const struct cvl_plan *part = &j->parts[step];
    const bool shares = j->shares[step];
    for (uint32_t s = shares ? part->load_stage_count : 0; s < part->stage_count; s++)
        copy_stage(j, step, s, map_stage(j, step, s));
    j->first_load += shares ? 0 : part->load_stage_count;
    j->plan->stage_count += part->stage_count - part->load_stage_count;
    j->first_run = j->plan->stage_count;
}

/* What a step is, for whoever reads the plan. */
static void describe_step(struct joined *j, uint32_t step)
{
    const struct cvl_network_step *own = &j->network->steps[step];
    const struct cvl_plan *part = &j->parts[step];
    struct cvl_plan *plan = j->plan;
    if (own->op.kind == CVL_OP_CONVOLUTION)
        plan->steps[step] = part->steps[0];
    else
        plan->steps[step].variant = "op";
    plan->steps[step].op = own->op;
    plan->steps[step].weights_of = own->weights_of;
    cvl_copy(plan->steps[step].layer, sizeof plan->steps[step].layer, own->layer);
    plan->steps[step].repetition = own->repetition;
    if (part->loop_iterations > plan->loop_iterations)
        plan->loop_iterations = part->loop_iterations;
    if (part->local_bytes > plan->local_bytes)
        plan->local_bytes = part->local_bytes;
}

static enum cvl_status join_convolution(struct joined *j, uint32_t step)
{
    const enum cvl_status status = join_buffers(j, step);
    if (status == CVL_OK)
        join_stages(j, step);
    return status;
}

/* What no step reads is what the network is for. */
static void mark_outputs(struct joined *j)
{
    for (uint32_t step = 0; step < j->network->step_count; step++) {
        struct cvl_plan_buffer *output = &j->plan->buffers[j->made[step]];
        if (j->last_reader[step] != CVL_NETWORK_INPUT)
            continue;
        output->role = CVL_OUTPUT;
        output->content = CVL_CONTENT_OUTPUT;
        output->step = step;
        output->last_stage = j->plan->stage_count - 1;
    }
}

static enum cvl_status join_all(struct joined *j)
{
    const uint32_t count = (uint32_t)j->network->step_count;
    enum cvl_status status = CVL_OK;
    j->input = UINT32_MAX;
    j->first_run = j->plan->stage_count = j->plan->load_stage_count;
    for (uint32_t step = 0; step < count; step++)
        j->last_reader[step] = cvl_network_last_reader(j->network, step);
    for (uint32_t step = 0; step < count && status == CVL_OK; step++) {
        describe_step(j, step);
        if (j->network->steps[step].op.kind == CVL_OP_CONVOLUTION)
            status = join_convolution(j, step);
        else
            join_op(j, step);
    }
    if (status == CVL_OK)
        mark_outputs(j);
    return status;
}

/* Room for everything, and what the whole has in common with its first step. */
static enum cvl_status make_room(struct joined *j)
{
    const size_t steps = j->network->step_count;
    size_t buffers = 1, stages = CVL_OP_STAGES_MAX, first = 0; /* 1: the input */
    while (first + 1 < steps && j->network->steps[first].op.kind != CVL_OP_CONVOLUTION)
        first++;
    *j->plan = (struct cvl_plan){
        .variant = j->parts[first].variant,
        .layout = j->parts[first].layout,
        .dtype = j->parts[first].dtype,
        .passes = j->parts[first].passes,
        .optimizer = j->parts[first].optimizer,
        .step_count = (uint32_t)steps,
    };
    for (size_t i = 0; i < steps; i++) {
        const bool is_op = j->network->steps[i].op.kind != CVL_OP_CONVOLUTION;
        buffers += is_op ? 2 : j->parts[i].buffer_count; /* output and weights */
        stages += is_op ? cvl_network_input_count(j->network, i) + 1 : j->parts[i].stage_count;
    }
    j->plan->steps = calloc(steps, sizeof *j->plan->steps);
    j->plan->buffers = calloc(buffers, sizeof *j->plan->buffers);
    j->plan->stages = calloc(stages, sizeof *j->plan->stages);
    j->buffer = calloc(steps, sizeof *j->buffer);
    j->made = calloc(steps, sizeof *j->made);
    j->last_reader = calloc(steps, sizeof *j->last_reader);
    j->shares = calloc(steps, sizeof *j->shares);
    bool allocated = j->plan->steps && j->plan->buffers && j->plan->stages && j->buffer &&
                     j->made && j->last_reader && j->shares;
    for (size_t i = 0; i < steps && allocated; i++) {
        j->buffer[i] = calloc(j->parts[i].buffer_count + 1, sizeof **j->buffer);
        allocated = j->buffer[i] != NULL;
        j->shares[i] = shares_weights(j, i);
        j->plan->load_stage_count += j->shares[i] ? 0 : j->parts[i].load_stage_count;
    }
    return allocated ? CVL_OK
                     : cvl_fail(j->err, CVL_NO_MEMORY, "network: no memory for %zu layers", steps);
}

/* The plan before it is measured. */
static enum cvl_status join(struct joined *j)
{
    enum cvl_status status = make_room(j);
    if (status == CVL_OK)
        status = join_all(j);
    for (size_t i = 0; j->buffer && i < j->network->step_count; i++)
        free(j->buffer[i]);
    free(j->buffer);
    free(j->made);
    free(j->last_reader);
    free(j->shares);
    return status;
}

static bool has_ops(const struct cvl_network *network)
{
    for (size_t i = 0; i < network->step_count; i++)
        if (network->steps[i].op.kind != CVL_OP_CONVOLUTION)
            return true;
    return false;
}

/* The peak that a network with ops would have if each op made a tensor of its own; else 0. */
static enum cvl_status join_new_tensors(const struct joined *like, uint64_t *peak)
{
    struct cvl_plan plan = {0};
    struct joined j = *like;
    j.plan = &plan;
    *peak = 0;
    if (!has_ops(j.network))
        return CVL_OK;
    const enum cvl_status status = join(&j);
    *peak = status == CVL_OK ? cvl_plan_peak_freed(&plan) : 0;
    cvl_plan_clear(&plan);
    return status;
}

static enum cvl_status join_steps(struct joined *j, uint32_t alignment)
{
    uint64_t new_tensors_peak = 0;
    enum cvl_status status = join_new_tensors(j, &new_tensors_peak);
    j->in_place = true;
    if (status == CVL_OK)
        status = join(j);
    if (status == CVL_OK)
        status = cvl_plan_place_concats(j->plan, alignment, j->err);
    if (status == CVL_OK)
        status = cvl_plan_measure(j->plan, alignment, j->err);
    if (status != CVL_OK)
        return status;
    j->plan->bytes.new_tensors_peak = new_tensors_peak;
    return cvl_plan_check(j->plan, j->err);
}

enum cvl_status cvl_plan_join(const struct cvl_network *network, struct cvl_plan *parts,
                              uint32_t alignment, struct cvl_plan *out, struct cvl_error *err)
{
    struct joined j = {.network = network, .parts = parts, .plan = out, .err = err};
    enum cvl_status status = CVL_OK;
    assert(network->step_count > 0);
    if (network->step_count == 1) {
        *out = parts[0];
        parts[0] = (struct cvl_plan){0};
        cvl_copy(out->steps[0].layer, sizeof out->steps[0].layer, network->steps[0].layer);
        out->steps[0].repetition = network->steps[0].repetition;
    } else {
        status = join_steps(&j, alignment);
    }
    for (size_t i = 0; i < network->step_count; i++)
        cvl_plan_clear(&parts[i]);
    if (status != CVL_OK)
        cvl_plan_clear(out);
    return status;
}
