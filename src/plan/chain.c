#include <stdlib.h>

#include "plan/arena.h"
#include "plan/lifetimes.h"

uint64_t cvl_chain_live(const struct cvl_chain_plan *plan, uint32_t stage, bool pinned)
{
    return cvl_buffers_live(plan->buffers, plan->buffer_count, stage, pinned);
}

uint32_t cvl_chain_step_of(const struct cvl_chain_plan *plan, uint32_t stage)
{
    uint32_t step = 0;
    while (step + 1 < plan->chain->step_count && plan->parts[step + 1].first_stage <= stage)
        step++;
    return step;
}

static uint64_t find_peak(const struct cvl_chain_plan *plan, bool pinned, uint32_t *peak_stage)
{
    uint64_t peak = 0;
    *peak_stage = 0;
    for (uint32_t stage = 0; stage < plan->stage_count; stage++) {
        const uint64_t live = cvl_chain_live(plan, stage, pinned);
        if (live > peak) {
            peak = live;
            *peak_stage = stage;
        }
    }
    return peak;
}

/* Weights are loaded one layer after the other: what is loaded already lives while the next is. */
static void add_weights(struct cvl_chain_plan *plan, uint32_t alignment)
{
    struct cvl_plan_bytes *bytes = &plan->bytes.plan;
    uint64_t staying = 0;
    for (size_t i = 0; i < plan->chain->step_count; i++) {
        const struct cvl_plan_bytes part = cvl_plan_bytes(&plan->parts[i].plan, alignment);
        if (staying + part.load_peak > bytes->load_peak)
            bytes->load_peak = staying + part.load_peak;
        staying += part.role[CVL_WEIGHTS];
    }
    bytes->role[CVL_WEIGHTS] = staying;
    bytes->total += staying;
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++)
        bytes->peak[policy] = bytes->peak_without_weights[policy] + staying;
}

/* The arena with and, in its second part, without the network's input, which is buffer 0. */
static void place(struct cvl_chain_plan *plan, uint32_t alignment, struct cvl_span *spans)
{
    struct cvl_chain_bytes *bytes = &plan->bytes;
    const uint32_t count = plan->buffer_count;
    for (uint32_t i = 0; i < count; i++)
        spans[i] = (struct cvl_span){plan->buffers[i].bytes, plan->buffers[i].first_stage,
                                     plan->buffers[i].last_stage};
    bytes->arena_without_input = cvl_arena_place(spans + 1, count - 1, alignment,
                                                 plan->offset); /* offsets made anew below */
    bytes->arena_without_input_lower_bound = cvl_arena_lower_bound(spans + 1, count - 1);
    bytes->plan.peak_without_weights[CVL_ARENA] =
        cvl_arena_place(spans, count, alignment, plan->offset);
    bytes->arena_lower_bound = cvl_arena_lower_bound(spans, count);
}

enum cvl_status cvl_chain_measure(struct cvl_chain_plan *plan, uint32_t alignment,
                                  struct cvl_error *err)
{
    struct cvl_chain_bytes *bytes = &plan->bytes;
    struct cvl_span *spans = calloc(plan->buffer_count, sizeof *spans);
    plan->offset = calloc(plan->buffer_count, sizeof *plan->offset);
    *bytes = (struct cvl_chain_bytes){0};
    if (!spans || !plan->offset) {
        free(spans);
        return cvl_fail(err, CVL_NO_MEMORY, "chain: no memory for %u buffers", plan->buffer_count);
    }
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        bytes->plan.role[plan->buffers[i].role] += plan->buffers[i].bytes;
        bytes->plan.total += plan->buffers[i].bytes;
    }
    bytes->outputs = bytes->plan.role[CVL_INTERMEDIATE] + bytes->plan.role[CVL_OUTPUT];
    uint64_t *peak = bytes->plan.peak_without_weights;
    uint32_t *stage = bytes->peak_stage;
    peak[CVL_ALL_LIVE] = bytes->plan.total;
    stage[CVL_ALL_LIVE] = UINT32_MAX;
    peak[CVL_FREED] = find_peak(plan, false, &stage[CVL_FREED]);
    peak[CVL_FREED_PINNED] = find_peak(plan, true, &stage[CVL_FREED_PINNED]);
    stage[CVL_ARENA] = stage[CVL_FREED]; /* where the lower bound is reached */
    place(plan, alignment, spans);
    free(spans);
    add_weights(plan, alignment);
    return CVL_OK;
}
