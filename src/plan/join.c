/* Joining the plans of a network's steps into one. */
#include <convlens/plan.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/builder.h"
#include "plan/uses.h"

enum { SUM_GROUP = 64 };

/* What becomes of the step at hand: its stages and buffers by their numbers in the whole. */
struct joined {
    const struct cvl_network *network;
    const struct cvl_plan *parts;
    struct cvl_plan *plan;
    uint32_t **buffer;              /* [step][its buffer]: number in the whole */
    uint32_t first_load, first_run; /* of the step */
    uint32_t flow;                  /* what the step reads; then what it writes */
    struct cvl_error *err;
};

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

/* The buffer that a step reads. */
static uint32_t input_of(const struct joined *j, uint32_t step)
{
    assert(step < j->network->step_count);
    const struct cvl_plan *part = &j->parts[step];
    uint32_t b = 0;
    while (part->buffers[b].content != CVL_CONTENT_INPUT &&
           part->buffers[b].content != CVL_CONTENT_IN_PLACE)
        b++;
    return j->buffer[step][b];
}

/* Does the caller keep the buffer that a step reads, or a residual that ends at the step or later?
 */
static bool is_kept(const struct joined *j, uint32_t step, uint32_t buffer)
{
    bool kept = j->plan->buffers[buffer].role == CVL_INPUT;
    for (size_t i = 0; i < j->network->residual_count; i++) {
        const struct cvl_residual *residual = &j->network->residuals[i];
        kept |=
            residual->from <= step && step <= residual->to && input_of(j, residual->from) == buffer;
    }
    return kept;
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

static enum cvl_status join_flow(struct joined *j, uint32_t step, const struct cvl_plan_buffer *own,
                                 uint32_t *index)
{
    struct cvl_plan_buffer *flow = &j->plan->buffers[j->flow];
    *index = j->flow;
    lengthen(flow, map_stage(j, step, own->last_stage));
    if (flow->bytes == own->bytes)
        return CVL_OK;
    return cvl_fail(j->err, CVL_BAD_INPUT,
                    "network: %s reads %llu bytes, the layer before writes %llu",
                    j->network->steps[step].layer, (unsigned long long)own->bytes,
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

static enum cvl_status join_buffers(struct joined *j, uint32_t step)
{
    const struct cvl_plan *part = &j->parts[step];
    const char *layer = j->network->steps[step].layer;
    uint32_t written = UINT32_MAX;
    for (uint32_t b = 0; b < part->buffer_count; b++) {
        const struct cvl_plan_buffer *own = &part->buffers[b];
        uint32_t *index = &j->buffer[step][b];
        enum cvl_status status = CVL_OK;
        if ((own->content == CVL_CONTENT_INPUT || own->content == CVL_CONTENT_IN_PLACE) && step > 0)
            status = join_flow(j, step, own, index);
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
    if (written == input_of(j, step) && (step == 0 || is_kept(j, step, written)))
        return cvl_fail(j->err, CVL_UNSUPPORTED, "%s: %s overwrites what it reads, which is kept",
                        layer, part->variant);
    j->flow = written;
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

/* target += kept, element by element. Adding counts no FLOPs. */
static void add_sum(struct joined *j, uint32_t step, uint32_t kept, uint32_t target)
{
    struct cvl_plan *plan = j->plan;
    struct cvl_stage *stage = &plan->stages[plan->stage_count];
    const uint64_t bytes = plan->buffers[target].bytes;
    const uint64_t elements = bytes / cvl_dtype_bytes(plan->dtype); /* plans refuse 2^31 and more */
    *stage = (struct cvl_stage){
        .name = "residual",
        .step = step,
        .kind = CVL_STAGE_KERNEL,
        .bytes_moved = 3 * bytes,
        .work.launch = {.source = "residual.cl",
                        .kernel = "residual_add",
                        .dims = 1,
                        .local = {SUM_GROUP, 1, 1},
                        .global = {(elements + SUM_GROUP - 1) / SUM_GROUP * SUM_GROUP, 1, 1},
                        .arg_count = 3,
                        .args = {{true, (int32_t)kept},
                                 {true, (int32_t)target},
                                 {false, (int32_t)elements}}},
    };
    (void)snprintf(stage->work.launch.options, sizeof stage->work.launch.options, "-DHALF=%d",
                   cvl_build_half(plan->dtype));
    lengthen(&plan->buffers[kept], plan->stage_count);
    lengthen(&plan->buffers[target], plan->stage_count);
    plan->stage_count++;
}

static void join_stages(struct joined *j, uint32_t step)
{
    const struct cvl_plan *part = &j->parts[step];
    for (uint32_t s = 0; s < part->stage_count; s++)
        copy_stage(j, step, s, map_stage(j, step, s));
    j->first_load += part->load_stage_count;
    j->plan->stage_count += part->stage_count - part->load_stage_count;
    for (size_t i = 0; i < j->network->residual_count; i++)
        if (j->network->residuals[i].to == step)
            add_sum(j, step, input_of(j, j->network->residuals[i].from), j->flow);
    j->first_run = j->plan->stage_count;
}

static void join_step(struct joined *j, uint32_t step)
{
    const struct cvl_plan *part = &j->parts[step];
    struct cvl_plan *plan = j->plan;
    plan->steps[step] = part->steps[0];
    cvl_copy(plan->steps[step].layer, sizeof plan->steps[step].layer,
             j->network->steps[step].layer);
    plan->steps[step].repetition = j->network->steps[step].repetition;
    if (part->loop_iterations > plan->loop_iterations)
        plan->loop_iterations = part->loop_iterations;
    if (part->local_bytes > plan->local_bytes)
        plan->local_bytes = part->local_bytes;
}

static enum cvl_status join_all(struct joined *j)
{
    const uint32_t count = (uint32_t)j->network->step_count;
    enum cvl_status status = CVL_OK;
    j->first_run = j->plan->stage_count = j->plan->load_stage_count;
    for (uint32_t step = 0; step < count && status == CVL_OK; step++) {
        join_step(j, step);
        status = join_buffers(j, step);
        if (status == CVL_OK)
            join_stages(j, step);
    }
    if (status == CVL_OK) {
        struct cvl_plan_buffer *output = &j->plan->buffers[j->flow];
        output->role = CVL_OUTPUT;
        output->content = CVL_CONTENT_OUTPUT;
        output->step = count - 1;
    }
    return status;
}

/* Room for everything, and what the whole has in common with its first step. */
static enum cvl_status make_room(struct joined *j)
{
    const size_t steps = j->network->step_count;
    size_t buffers = 0, stages = j->network->residual_count;
    *j->plan = (struct cvl_plan){
        .variant = j->parts[0].variant,
        .layout = j->parts[0].layout,
        .dtype = j->parts[0].dtype,
        .passes = j->parts[0].passes,
        .optimizer = j->parts[0].optimizer,
        .step_count = (uint32_t)steps,
    };
    for (size_t i = 0; i < steps; i++) {
        buffers += j->parts[i].buffer_count;
        stages += j->parts[i].stage_count;
        j->plan->load_stage_count += j->parts[i].load_stage_count;
    }
    j->plan->steps = calloc(steps, sizeof *j->plan->steps);
    j->plan->buffers = calloc(buffers, sizeof *j->plan->buffers);
    j->plan->stages = calloc(stages, sizeof *j->plan->stages);
    j->buffer = calloc(steps, sizeof *j->buffer);
    bool allocated = j->plan->steps && j->plan->buffers && j->plan->stages && j->buffer;
    for (size_t i = 0; i < steps && allocated; i++) {
        j->buffer[i] = calloc(j->parts[i].buffer_count, sizeof **j->buffer);
        allocated = j->buffer[i] != NULL;
    }
    return allocated ? CVL_OK
                     : cvl_fail(j->err, CVL_NO_MEMORY, "network: no memory for %zu layers", steps);
}

static enum cvl_status join(struct joined *j, uint32_t alignment)
{
    enum cvl_status status = make_room(j);
    if (status == CVL_OK)
        status = join_all(j);
    if (status == CVL_OK)
        status = cvl_plan_measure(j->plan, alignment, j->err);
    if (status == CVL_OK)
        status = cvl_plan_check(j->plan, j->err);
    for (size_t i = 0; j->buffer && i < j->network->step_count; i++)
        free(j->buffer[i]);
    free(j->buffer);
    return status;
}

enum cvl_status cvl_plan_join(const struct cvl_network *network, struct cvl_plan *parts,
                              uint32_t alignment, struct cvl_plan *out, struct cvl_error *err)
{
    struct joined j = {.network = network, .parts = parts, .plan = out, .err = err};
    enum cvl_status status = CVL_OK;
    assert(network->step_count > 0);
    if (network->step_count == 1 && network->residual_count == 0) {
        *out = parts[0];
        parts[0] = (struct cvl_plan){0};
        cvl_copy(out->steps[0].layer, sizeof out->steps[0].layer, network->steps[0].layer);
        out->steps[0].repetition = network->steps[0].repetition;
    } else {
        status = join(&j, alignment);
    }
    for (size_t i = 0; i < network->step_count; i++)
        cvl_plan_clear(&parts[i]);
    if (status != CVL_OK)
        cvl_plan_clear(out);
    return status;
}
