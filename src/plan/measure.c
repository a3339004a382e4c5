/* Exact bytes of a plan under every policy, and its arena. */
#include <convlens/plan.h>

#include <assert.h>
#include <stdlib.h>

#include "plan/arena.h"
#include "plan/measure.h"

/* The buffers that come and go, as the arena takes them. */
struct lifetimes {
    struct cvl_lifetime *at;
    uint32_t *buffer; /* of each lifetime */
    uint64_t *offset; /* of each lifetime */
    uint64_t *scratch;
    size_t count;
};

/* Buffers that stay have an allocation each; those that only loading needs are gone before; parts
 * are where their wholes are. */
static void collect(const struct cvl_plan *plan, bool with_input, struct lifetimes *out)
{
    out->count = 0;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        if (!cvl_buffer_runs(plan, buffer) || buffer->is_part ||
            (buffer->role == CVL_INPUT && !with_input))
            continue;
        out->at[out->count] =
            (struct cvl_lifetime){buffer->bytes, buffer->first_stage, buffer->last_stage};
        out->buffer[out->count++] = i;
    }
}

/* The end of what is placed, the input left out. */
static uint64_t end_without_input(const struct cvl_plan *plan, const struct lifetimes *lifetimes)
{
    uint64_t end = 0;
    for (size_t i = 0; i < lifetimes->count; i++) {
        const uint64_t own_end = lifetimes->offset[i] + lifetimes->at[i].bytes;
        if (plan->buffers[lifetimes->buffer[i]].role != CVL_INPUT && own_end > end)
            end = own_end;
    }
    return end;
}

static void place(struct cvl_plan *plan, uint32_t alignment, struct lifetimes *lifetimes,
                  struct cvl_plan_bytes *bytes)
{
    collect(plan, false, lifetimes);
    bytes->arena_without_input = cvl_arena_place(lifetimes->at, lifetimes->count, alignment,
                                                 lifetimes->scratch, lifetimes->offset);
    bytes->arena_without_input_lower_bound = cvl_arena_lower_bound(lifetimes->at, lifetimes->count);
    collect(plan, true, lifetimes);
    (void)cvl_arena_place(lifetimes->at, lifetimes->count, alignment, lifetimes->scratch,
                          lifetimes->offset);
    bytes->arena_lower_bound = cvl_arena_lower_bound(lifetimes->at, lifetimes->count);
    /* Offsets that serve with the input serve without it. */
    const uint64_t end = end_without_input(plan, lifetimes);
    if (end < bytes->arena_without_input)
        bytes->arena_without_input = end;
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        plan->arena_offset[i] = UINT64_MAX;
    for (size_t i = 0; i < lifetimes->count; i++)
        plan->arena_offset[lifetimes->buffer[i]] = lifetimes->offset[i];
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].is_part)
            plan->arena_offset[i] =
                plan->arena_offset[plan->buffers[i].whole] + plan->buffers[i].offset;
}

static enum cvl_status place_arena(struct cvl_plan *plan, uint32_t alignment,
                                   struct cvl_plan_bytes *bytes, struct cvl_error *err)
{
    const size_t count = (size_t)plan->buffer_count + 1; /* never of size 0 */
    struct lifetimes lifetimes = {
        .at = calloc(count, sizeof *lifetimes.at),
        .buffer = calloc(count, sizeof *lifetimes.buffer),
        .offset = calloc(count, sizeof *lifetimes.offset),
        .scratch = calloc(CVL_ARENA_SCRATCH * count, sizeof *lifetimes.scratch),
    };
    free(plan->arena_offset);
    plan->arena_offset = calloc(count, sizeof *plan->arena_offset);
    const bool allocated = lifetimes.at && lifetimes.buffer && lifetimes.offset &&
                           lifetimes.scratch && plan->arena_offset;
    if (allocated)
        place(plan, alignment, &lifetimes, bytes);
    free(lifetimes.at);
    free(lifetimes.buffer);
    free(lifetimes.offset);
    free(lifetimes.scratch);
    return allocated
               ? CVL_OK
               : cvl_fail(err, CVL_NO_MEMORY, "plan: no memory for %u buffers", plan->buffer_count);
}

static uint64_t find_peak(const struct cvl_plan *plan, bool pinned, uint32_t *peak_stage)
{
    uint64_t peak = 0;
    *peak_stage = plan->load_stage_count;
    for (uint32_t stage = plan->load_stage_count; stage < plan->stage_count; stage++) {
        const uint64_t live = cvl_plan_live(plan, stage, pinned);
        if (live > peak) {
            peak = live;
            *peak_stage = stage;
        }
    }
    return peak;
}

/* What stays of the layers that are loaded already lives while the next one is. After the last
 * load stage come the weights that no stage packs. */
static uint64_t find_load_peak(const struct cvl_plan *plan)
{
    uint64_t peak = 0;
    for (uint32_t stage = 0; stage <= plan->load_stage_count; stage++) {
        uint64_t live = stage < plan->load_stage_count ? cvl_plan_live(plan, stage, false) : 0;
        for (uint32_t i = 0; i < plan->buffer_count; i++)
            if (cvl_buffer_stays(&plan->buffers[i]) && plan->buffers[i].first_stage <= stage)
                live += plan->buffers[i].bytes;
        peak = live > peak ? live : peak;
    }
    return peak;
}

static void sum_roles(const struct cvl_plan *plan, struct cvl_plan_bytes *bytes)
{
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        if ((!cvl_buffer_stays(buffer) && !cvl_buffer_runs(plan, buffer)) || buffer->is_part)
            continue; /* only loading needs it, or it is in its whole */
        bytes->role[buffer->role] += buffer->bytes;
        bytes->total += buffer->bytes;
        if (!cvl_buffer_stays(buffer))
            bytes->peak_without_weights[CVL_ALL_LIVE] += buffer->bytes;
    }
    bytes->outputs = bytes->role[CVL_INTERMEDIATE] + bytes->role[CVL_OUTPUT];
}

uint64_t cvl_plan_peak_freed(const struct cvl_plan *plan)
{
    struct cvl_plan_bytes bytes = {0};
    uint32_t stage;
    sum_roles(plan, &bytes);
    return find_peak(plan, false, &stage) + bytes.total - bytes.peak_without_weights[CVL_ALL_LIVE];
}

void cvl_plan_sum(const struct cvl_plan *plan, struct cvl_plan_bytes *bytes)
{
    uint64_t *peak = bytes->peak_without_weights;
    *bytes = (struct cvl_plan_bytes){0};
    sum_roles(plan, bytes);
    peak[CVL_FREED] = find_peak(plan, false, &bytes->peak_stage[CVL_FREED]);
    peak[CVL_FREED_PINNED] = find_peak(plan, true, &bytes->peak_stage[CVL_FREED_PINNED]);
    bytes->peak_stage[CVL_ALL_LIVE] = UINT32_MAX;
    bytes->peak_stage[CVL_ARENA] = bytes->peak_stage[CVL_FREED]; /* of the lower bound */
    bytes->load_peak = find_load_peak(plan);
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->arena_offset[i] != UINT64_MAX) {
            const uint64_t end = plan->arena_offset[i] + plan->buffers[i].bytes;
            peak[CVL_ARENA] = end > peak[CVL_ARENA] ? end : peak[CVL_ARENA];
        }
    const uint64_t staying = bytes->total - peak[CVL_ALL_LIVE];
    for (unsigned policy = 0; policy < CVL_POLICY_COUNT; policy++)
        bytes->peak[policy] = peak[policy] + staying;
    if (cvl_plan_overwrites_input(plan))
        bytes->peak[CVL_FREED_PINNED] = peak[CVL_FREED_PINNED] = UINT64_MAX;
}

enum cvl_status cvl_plan_measure(struct cvl_plan *plan, uint32_t alignment, struct cvl_error *err)
{
    assert(plan->load_stage_count <= plan->stage_count);
    struct cvl_plan_bytes placed = {0};
    const enum cvl_status status = place_arena(plan, alignment, &placed, err);
    if (status != CVL_OK)
        return status;
    cvl_plan_sum(plan, &plan->bytes);
    plan->bytes.arena_lower_bound = placed.arena_lower_bound;
    plan->bytes.arena_without_input = placed.arena_without_input;
    plan->bytes.arena_without_input_lower_bound = placed.arena_without_input_lower_bound;
    return CVL_OK;
}
