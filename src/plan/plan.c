#include <convlens/plan.h>

#include <stdlib.h>

#include "plan/lifetimes.h"

static bool stays(const struct cvl_plan_buffer *buffer)
{
    return buffer->last_stage == CVL_STAYS;
}

/* Does a buffer take part in the passes, that is, outlive the load stages without staying? */
static bool runs(const struct cvl_plan *plan, const struct cvl_plan_buffer *buffer)
{
    return !stays(buffer) && buffer->last_stage >= plan->load_stage_count;
}

static bool lives(const struct cvl_plan_buffer *buffer, uint32_t stage)
{
    return buffer->first_stage <= stage && stage <= buffer->last_stage;
}

uint64_t cvl_buffers_live(const struct cvl_plan_buffer *buffers, uint32_t count, uint32_t stage,
                          bool keeps_input)
{
    uint64_t live = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct cvl_plan_buffer *buffer = &buffers[i];
        bool kept = keeps_input && buffer->role == CVL_INPUT;
        if (!stays(buffer) && (lives(buffer, stage) || kept))
            live += buffer->bytes;
    }
    return live;
}

uint64_t cvl_plan_live(const struct cvl_plan *plan, uint32_t stage, bool pinned)
{
    return cvl_buffers_live(plan->buffers, plan->buffer_count, stage,
                            pinned && stage >= plan->load_stage_count);
}

static uint64_t live_peak(const struct cvl_plan *plan, bool pinned)
{
    uint64_t peak = 0;
    for (uint32_t stage = plan->load_stage_count; stage < plan->stage_count; stage++) {
        uint64_t live = cvl_plan_live(plan, stage, pinned);
        peak = live > peak ? live : peak;
    }
    return peak;
}

static uint64_t load_peak(const struct cvl_plan *plan, uint64_t weights)
{
    if (plan->load_stage_count == 0)
        return weights;
    uint64_t peak = 0;
    for (uint32_t stage = 0; stage < plan->load_stage_count; stage++) {
        uint64_t live = cvl_plan_live(plan, stage, false);
        for (uint32_t i = 0; i < plan->buffer_count; i++)
            if (stays(&plan->buffers[i]) && lives(&plan->buffers[i], stage))
                live += plan->buffers[i].bytes;
        peak = live > peak ? live : peak;
    }
    return peak;
}

bool cvl_plan_overwrites_input(const struct cvl_plan *plan)
{
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].content == CVL_CONTENT_IN_PLACE)
            return true;
    return false;
}

struct cvl_plan_bytes cvl_plan_bytes(const struct cvl_plan *plan, uint32_t alignment)
{
    struct cvl_plan_bytes bytes = {0};
    uint64_t staying = 0, running = 0;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        if (stays(buffer))
            staying += buffer->bytes;
        else if (runs(plan, buffer))
            running += buffer->bytes;
        else
            continue;
        bytes.role[buffer->role] += buffer->bytes;
    }
    bytes.total = staying + running;
    bytes.load_peak = load_peak(plan, staying);
    bytes.peak_without_weights[CVL_ALL_LIVE] = running;
    bytes.peak_without_weights[CVL_FREED] = live_peak(plan, false);
    bytes.peak_without_weights[CVL_FREED_PINNED] = live_peak(plan, true);
    bytes.peak_without_weights[CVL_ARENA] = cvl_plan_arena(plan, alignment).bytes;
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++)
        bytes.peak[policy] = bytes.peak_without_weights[policy] + staying;
    if (cvl_plan_overwrites_input(plan))
        bytes.peak[CVL_FREED_PINNED] = bytes.peak_without_weights[CVL_FREED_PINNED] = UINT64_MAX;
    return bytes;
}

uint64_t cvl_plan_least(const struct cvl_plan_bytes *bytes, enum cvl_policy *policy)
{
    unsigned least = 0;
    for (unsigned p = 1; p < CVL_POLICY_COUNT; p++)
        if (bytes->peak[p] < bytes->peak[least])
            least = p;
    if (policy)
        *policy = (enum cvl_policy)least;
    return bytes->load_peak > bytes->peak[least] ? bytes->load_peak : bytes->peak[least];
}

void cvl_plan_clear(struct cvl_plan *plan)
{
    if (!plan)
        return;
    free(plan->stages);
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

const char *cvl_policy_name(enum cvl_policy policy)
{
    static const char *const names[] = {
        [CVL_ALL_LIVE] = "all_live",
        [CVL_FREED] = "freed",
        [CVL_FREED_PINNED] = "freed_pinned",
        [CVL_ARENA] = "arena",
    };
    return (unsigned)policy < CVL_POLICY_COUNT ? names[policy] : "unknown policy";
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
