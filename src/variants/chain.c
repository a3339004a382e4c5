/* Joins the plans of a network's layers into one plan. */
#include <convlens/chain.h>
#include <convlens/variant.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/lifetimes.h"

static struct cvl_request case_of(const struct cvl_network_step *step, enum cvl_layout layout,
                                  enum cvl_dtype dtype)
{
    return (struct cvl_request){.problem = step->problem, .layout = layout, .dtype = dtype};
}

static bool applies(const struct cvl_variant *variant, const struct cvl_request *request,
                    const struct cvl_device_facts *device, struct cvl_error *err)
{
    struct cvl_plan plan = {0};
    bool made = cvl_variant_computes(variant, request->problem.form) &&
                cvl_variant_plan(variant, request, device, &plan, err) == CVL_OK;
    cvl_plan_clear(&plan);
    return made;
}

const struct cvl_variant *cvl_chain_choose(const struct cvl_network_step *step,
                                           const struct cvl_variant *lead, enum cvl_layout layout,
                                           enum cvl_dtype dtype,
                                           const struct cvl_device_facts *device,
                                           struct cvl_error *err)
{
    const struct cvl_request request = case_of(step, layout, dtype);
    if (applies(lead, &request, device, err))
        return lead;
    for (size_t i = 0; i < cvl_variant_count(); i++)
        if (applies(cvl_variant_at(i), &request, device, err))
            return cvl_variant_at(i);
    return NULL;
}

/* Adds a buffer that lives from stage `first`; its uses extend its life. */
static uint32_t add_buffer(struct cvl_chain_plan *plan, const char *name, enum cvl_role role,
                           uint64_t bytes, uint32_t first)
{
    struct cvl_plan_buffer *buffer = &plan->buffers[plan->buffer_count];
    *buffer = (struct cvl_plan_buffer){
        .role = role, .bytes = bytes, .first_stage = first, .last_stage = first};
    cvl_copy(buffer->name, sizeof buffer->name, name);
    return plan->buffer_count++;
}

static bool is_temporary(const struct cvl_plan *plan, const struct cvl_plan_buffer *buffer)
{
    return buffer->last_stage != CVL_STAYS && buffer->last_stage >= plan->load_stage_count;
}

static void extend_life(struct cvl_chain_plan *plan, uint32_t index, uint32_t stage)
{
    struct cvl_plan_buffer *buffer = &plan->buffers[index];
    if (stage > buffer->last_stage)
        buffer->last_stage = stage;
}

/* Returns the buffer that a step reads. */
static uint32_t input_of(const struct cvl_chain_plan *plan, uint32_t step)
{
    const struct cvl_chain_part *part = &plan->parts[step];
    uint32_t b = 0;
    while (part->plan.buffers[b].content != CVL_CONTENT_INPUT &&
           part->plan.buffers[b].content != CVL_CONTENT_IN_PLACE)
        b++;
    return part->buffer[b];
}

/* Is the buffer that a step reads kept, by the caller or by a residual that ends at this step or
 * later? */
static bool is_kept(const struct cvl_chain_plan *plan, uint32_t step, uint32_t buffer)
{
    bool kept = buffer == 0; /* the network's input */
    for (size_t i = 0; i < plan->chain->residual_count; i++) {
        const struct cvl_residual *residual = &plan->chain->residuals[i];
        kept |= residual->from <= step && step <= residual->to &&
                input_of(plan, residual->from) == buffer;
    }
    return kept;
}

/* Connects a step's buffers to the chain's. `flow` is the buffer that the step reads, and becomes
 * the one that it writes. */
static enum cvl_status join(struct cvl_chain_plan *plan, uint32_t step, uint32_t *flow,
                            struct cvl_error *err)
{
    struct cvl_chain_part *part = &plan->parts[step];
    const char *layer = plan->chain->steps[step].layer;
    const bool last = step + 1 == plan->chain->step_count;
    uint32_t written = UINT32_MAX;
    for (uint32_t b = 0; b < part->plan.buffer_count; b++) {
        const struct cvl_plan_buffer *own = &part->plan.buffers[b];
        const uint32_t load = part->plan.load_stage_count;
        const uint32_t first =
            part->first_stage + (own->first_stage > load ? own->first_stage - load : 0);
        part->buffer[b] = UINT32_MAX;
        if (!is_temporary(&part->plan, own))
            continue;
        if (own->content == CVL_CONTENT_INPUT)
            part->buffer[b] = *flow;
        else if (own->content == CVL_CONTENT_IN_PLACE)
            part->buffer[b] = written = *flow;
        else if (own->content == CVL_CONTENT_OUTPUT)
            part->buffer[b] = written =
                add_buffer(plan, layer, last ? CVL_OUTPUT : CVL_INTERMEDIATE, own->bytes, first);
        else
            part->buffer[b] = add_buffer(plan, own->name, own->role, own->bytes, first);
        if (plan->buffers[part->buffer[b]].bytes != own->bytes)
            return cvl_fail(err, CVL_FAILED,
                            "chain: %s reads %llu bytes, but the layer before it writes %llu",
                            layer, (unsigned long long)own->bytes,
                            (unsigned long long)plan->buffers[part->buffer[b]].bytes);
        extend_life(plan, part->buffer[b], part->first_stage + own->last_stage - load);
    }
    if (written == UINT32_MAX)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "%s: %s writes no buffer that another layer could read", layer,
                        part->plan.variant);
    if (written == *flow && is_kept(plan, step, written))
        return cvl_fail(err, CVL_UNSUPPORTED, "%s: %s overwrites its input, which must be kept",
                        layer, part->plan.variant);
    if (last)
        plan->buffers[written].role = CVL_OUTPUT;
    *flow = written;
    return CVL_OK;
}

/* Adds the residual sums that follow a step. */
static void add_sums(struct cvl_chain_plan *plan, uint32_t step, uint32_t flow)
{
    for (size_t i = 0; i < plan->chain->residual_count; i++) {
        if (plan->chain->residuals[i].to != step)
            continue;
        struct cvl_chain_sum *sum = &plan->sums[plan->sum_count++];
        *sum = (struct cvl_chain_sum){
            .stage = plan->stage_count++,
            .kept = input_of(plan, plan->chain->residuals[i].from),
            .target = flow,
            .elements = plan->buffers[flow].bytes / cvl_dtype_bytes(plan->dtype),
        };
        extend_life(plan, sum->kept, sum->stage);
        extend_life(plan, sum->target, sum->stage);
    }
}

static enum cvl_status plan_step(struct cvl_chain_plan *plan, uint32_t step,
                                 const struct cvl_chain_choice *choice,
                                 const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct cvl_network_step *this_step = &plan->chain->steps[step];
    struct cvl_request request = case_of(this_step, plan->layout, plan->dtype);
    struct cvl_error reason = {0};
    request.tuning = choice->tuning;
    request.tuning_count = choice->tuning_count;
    enum cvl_status status =
        cvl_variant_plan(choice->variant, &request, device, &plan->parts[step].plan, &reason);
    if (status != CVL_OK)
        return cvl_fail(err, status, "%s: %s", this_step->layer, reason.text);
    const struct cvl_plan *part = &plan->parts[step].plan;
    plan->parts[step].first_stage = plan->stage_count;
    plan->stage_count += part->stage_count - part->load_stage_count;
    return CVL_OK;
}

static enum cvl_status join_all(struct cvl_chain_plan *plan, const struct cvl_chain_choice *choices,
                                const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct cvl_network *chain = plan->chain;
    const uint64_t input = cvl_problem_sizes(&chain->steps[0].problem).input_elements;
    uint32_t flow = add_buffer(plan, "input", CVL_INPUT, input * cvl_dtype_bytes(plan->dtype), 0);
    enum cvl_status status = CVL_OK;
    for (uint32_t step = 0; step < chain->step_count && status == CVL_OK; step++) {
        status = plan_step(plan, step, &choices[step], device, err);
        if (status == CVL_OK)
            status = join(plan, step, &flow, err);
        if (status == CVL_OK)
            add_sums(plan, step, flow);
    }
    return status;
}

enum cvl_status cvl_chain_plan_create(const struct cvl_network *chain,
                                      const struct cvl_chain_choice *choices,
                                      enum cvl_layout layout, enum cvl_dtype dtype,
                                      const struct cvl_device_facts *device,
                                      struct cvl_chain_plan *out, struct cvl_error *err)
{
    struct cvl_chain_plan plan = {.chain = chain, .layout = layout, .dtype = dtype};
    plan.parts = calloc(chain->step_count, sizeof *plan.parts);
    plan.buffers = calloc(chain->step_count * CVL_PLAN_BUFFERS + 1, sizeof *plan.buffers);
    plan.sums = calloc(chain->residual_count + 1, sizeof *plan.sums); /* the size is never 0 */
    enum cvl_status status = CVL_OK;
    if (!plan.parts || !plan.buffers || !plan.sums)
        status =
            cvl_fail(err, CVL_NO_MEMORY, "chain: out of memory for %zu layers", chain->step_count);
    if (status == CVL_OK)
        status = join_all(&plan, choices, device, err);
    if (status == CVL_OK)
        status = cvl_chain_measure(&plan, device->base_align_bytes, err);
    if (status != CVL_OK)
        cvl_chain_plan_clear(&plan);
    *out = plan;
    return status;
}

void cvl_chain_plan_clear(struct cvl_chain_plan *plan)
{
    for (size_t i = 0; plan->parts && i < plan->chain->step_count; i++)
        cvl_plan_clear(&plan->parts[i].plan);
    free(plan->parts);
    free(plan->buffers);
    free(plan->offset);
    free(plan->sums);
    *plan = (struct cvl_chain_plan){0};
}
