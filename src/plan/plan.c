/* Plans as values: what lives when, and names. */
#include <convlens/plan.h>

#include <assert.h>
#include <stdlib.h>

bool cvl_buffer_stays(const struct cvl_plan_buffer *buffer)
{
    return buffer->last_stage == CVL_STAYS;
}

bool cvl_buffer_is_output(const struct cvl_plan_buffer *buffer)
{
    return buffer->content == CVL_CONTENT_OUTPUT || buffer->content == CVL_CONTENT_IN_PLACE;
}

bool cvl_buffer_runs(const struct cvl_plan *plan, const struct cvl_plan_buffer *buffer)
{
    return !cvl_buffer_stays(buffer) && buffer->last_stage >= plan->load_stage_count;
}

static bool lives(const struct cvl_plan_buffer *buffer, uint32_t stage)
{
    return buffer->first_stage <= stage && stage <= buffer->last_stage;
}

uint64_t cvl_plan_live(const struct cvl_plan *plan, uint32_t stage, bool pinned)
{
    assert(stage < plan->stage_count);
    const bool keeps_input = pinned && stage >= plan->load_stage_count;
    uint64_t live = 0;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        const bool kept = keeps_input && buffer->role == CVL_INPUT;
        if (!buffer->is_part && !cvl_buffer_stays(buffer) && (lives(buffer, stage) || kept))
            live += buffer->bytes;
    }
    return live;
}

uint64_t cvl_plan_live_role(const struct cvl_plan *plan, uint32_t stage, enum cvl_role role)
{
    assert(stage < plan->stage_count);
    uint64_t live = 0;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        if (buffer->role == role && !buffer->is_part && !cvl_buffer_stays(buffer) &&
            lives(buffer, stage))
            live += buffer->bytes;
    }
    return live;
}

uint64_t cvl_launch_groups(const struct cvl_launch *launch)
{
    uint64_t groups = 1;
    for (uint32_t d = 0; d < 3; d++)
        groups *= launch->global[d] / launch->local[d];
    return groups;
}

bool cvl_plan_overwrites_input(const struct cvl_plan *plan)
{
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].content == CVL_CONTENT_IN_PLACE)
            return true;
    return false;
}

uint64_t cvl_plan_min_bytes(const struct cvl_plan_bytes *bytes, enum cvl_policy *policy)
{
    unsigned min = 0;
    for (unsigned p = 1; p < CVL_POLICY_COUNT; p++)
        if (bytes->peak[p] < bytes->peak[min])
            min = p;
    if (policy)
        *policy = (enum cvl_policy)min;
    return bytes->load_peak > bytes->peak[min] ? bytes->load_peak : bytes->peak[min];
}

void cvl_plan_clear(struct cvl_plan *plan)
{
    if (!plan)
        return;
    free(plan->steps);
    free(plan->buffers);
    free(plan->stages);
    free(plan->arena_offset);
    *plan = (struct cvl_plan){0};
}

const char *cvl_role_name(enum cvl_role role)
{
    static const char *const names[] = {
        [CVL_INPUT] = "input",
        [CVL_WEIGHTS] = "weights",
        [CVL_INTERMEDIATE] = "intermediate",
        [CVL_WORKSPACE] = "workspace",
        [CVL_OUTPUT] = "output",
        [CVL_SAVED] = "saved",
        [CVL_GRADIENTS] = "gradients",
        [CVL_STATE] = "optimizer",
    };
    return (unsigned)role < CVL_ROLE_COUNT ? names[role] : "unknown role";
}

const char *cvl_stage_kind_name(enum cvl_stage_kind kind)
{
    static const char *const names[] = {
        [CVL_STAGE_KERNEL] = "kernel",
        [CVL_STAGE_GEMM] = "gemm",
        [CVL_STAGE_IM2COL] = "im2col",
        [CVL_STAGE_CONVGEMM] = "convgemm",
    };
    return (unsigned)kind < CVL_STAGE_KIND_COUNT ? names[kind] : "unknown stage kind";
}
