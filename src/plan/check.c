/* Is a whole plan sound? */
#include <convlens/plan.h>

#include "plan/measure.h"
#include "plan/uses.h"

/* A check under way; the first complaint counts. */
struct check {
    const struct cvl_plan *plan;
    struct cvl_error *err;
    enum cvl_status status;
};

static void complain(struct check *c, const char *name, const char *what)
{
    if (c->status == CVL_OK)
        c->status = cvl_fail(c->err, CVL_FAILED, "plan of %s: %s %s", c->plan->variant, name, what);
}

static bool lives(const struct cvl_plan_buffer *buffer, uint32_t stage)
{
    return buffer->first_stage <= stage &&
           (cvl_buffer_stays(buffer) || stage <= buffer->last_stage);
}

static void check_launch(struct check *c, const struct cvl_stage *stage)
{
    const struct cvl_launch *launch = &stage->work.launch;
    if (stage->kind != CVL_STAGE_KERNEL)
        return;
    if (!launch->source || launch->kernel[0] == '\0' || launch->dims == 0)
        complain(c, stage->name, "launches nothing");
    for (uint32_t d = 0; d < launch->dims; d++)
        if (launch->local[d] == 0 || launch->global[d] == 0 ||
            launch->global[d] % launch->local[d] != 0)
            complain(c, stage->name, "has a range that its work-groups do not divide");
}

/* Are the counts within the arrays? Otherwise nothing else may be read. */
static bool fits(const struct cvl_stage *stage)
{
    const struct cvl_launch *launch = &stage->work.launch;
    return stage->kind != CVL_STAGE_KERNEL ||
           (launch->dims <= 3 && launch->arg_count <= CVL_LAUNCH_ARGS);
}

/* What has the bytes of a buffer as they are: it, and of a whole its parts. */
static bool is_within(const struct cvl_plan *plan, uint32_t buffer, uint32_t whole)
{
    return buffer == whole ||
           (plan->buffers[buffer].is_part && plan->buffers[buffer].whole == whole);
}

/* A stage that uses a whole might change a part that is needed, or need one that is not written. */
static void check_parts(struct check *c, uint32_t stage, uint32_t whole)
{
    for (uint32_t i = 0; i < c->plan->buffer_count; i++)
        if (i != whole && is_within(c->plan, i, whole) && lives(&c->plan->buffers[i], stage))
            complain(c, c->plan->buffers[whole].name, "is used while a part of it lives");
}

static void check_stage(struct check *c, uint32_t index)
{
    struct cvl_stage stage = c->plan->stages[index];
    uint32_t *uses[CVL_STAGE_USES];
    const size_t count = cvl_stage_uses(&stage, uses);
    check_launch(c, &stage);
    if (stage.step >= c->plan->step_count)
        complain(c, stage.name, "belongs to no layer");
    if (index > 0 && index != c->plan->load_stage_count &&
        stage.step < c->plan->stages[index - 1].step)
        complain(c, stage.name, "comes after stages of a later layer");
    if (count == 0)
        complain(c, stage.name, "uses no buffer");
    for (size_t i = 0; i < count; i++) {
        if (*uses[i] >= c->plan->buffer_count)
            complain(c, stage.name, "uses a buffer that does not exist");
        else if (!lives(&c->plan->buffers[*uses[i]], index))
            complain(c, c->plan->buffers[*uses[i]].name, "is used while it does not live");
        else
            check_parts(c, index, *uses[i]);
    }
}

/* Does a stage use the buffer, or a part of it? */
static bool is_used(const struct cvl_plan *plan, uint32_t stage, uint32_t buffer)
{
    struct cvl_stage copy = plan->stages[stage];
    uint32_t *uses[CVL_STAGE_USES];
    const size_t count = cvl_stage_uses(&copy, uses);
    for (size_t i = 0; i < count; i++)
        if (*uses[i] < plan->buffer_count && is_within(plan, *uses[i], buffer))
            return true;
    return false;
}

/* What the host reads lives until the plan ends. */
static bool is_read_at_end(const struct cvl_plan *plan, const struct cvl_plan_buffer *buffer)
{
    return buffer->role == CVL_OUTPUT && buffer->last_stage + 1 == plan->stage_count;
}

static void check_part(struct check *c, uint32_t index)
{
    const struct cvl_plan_buffer *part = &c->plan->buffers[index];
    if (!part->is_part)
        return;
    if (part->whole >= index || c->plan->buffers[part->whole].is_part) {
        complain(c, part->name, "is part of no buffer that comes before it");
        return;
    }
    const struct cvl_plan_buffer *whole = &c->plan->buffers[part->whole];
    if (part->bytes > whole->bytes || part->offset > whole->bytes - part->bytes)
        complain(c, part->name, "ends outside the buffer that it is a part of");
    if (part->content != CVL_CONTENT_NONE || !cvl_buffer_runs(c->plan, part))
        complain(c, part->name, "is a part, and no tensor between two layers");
    if (cvl_buffer_stays(whole) || part->first_stage < whole->first_stage ||
        part->last_stage > whole->last_stage)
        complain(c, part->name, "lives longer than the buffer that it is a part of");
}

static void check_buffer(struct check *c, uint32_t index)
{
    const struct cvl_plan *plan = c->plan;
    const struct cvl_plan_buffer *buffer = &plan->buffers[index];
    const bool stays = cvl_buffer_stays(buffer);
    const bool spans_both = !stays && buffer->first_stage < plan->load_stage_count &&
                            buffer->last_stage >= plan->load_stage_count;
    if ((unsigned)buffer->role >= CVL_ROLE_COUNT ||
        (unsigned)buffer->content > CVL_CONTENT_INPUT_GRADIENT ||
        (unsigned)buffer->filter >= CVL_FILTER_COUNT)
        complain(c, buffer->name, "has no such role or content");
    check_part(c, index);
    if (buffer->bytes == 0)
        complain(c, buffer->name, "has no bytes");
    if (buffer->step >= plan->step_count)
        complain(c, buffer->name, "belongs to no layer");
    if (spans_both)
        complain(c, buffer->name, "is neither of loading nor of the execution");
    if (stays && buffer->first_stage > plan->load_stage_count)
        complain(c, buffer->name, "stays, but is made after loading");
    if (stays)
        return;
    if (buffer->last_stage < buffer->first_stage || buffer->last_stage >= plan->stage_count)
        complain(c, buffer->name, "has no life");
    else if (!is_used(plan, buffer->first_stage, index) ||
             !(is_used(plan, buffer->last_stage, index) || is_read_at_end(plan, buffer)))
        complain(c, buffer->name, "lives longer than it is used");
}

/* A part and its whole are meant to. */
static bool overlap(const struct cvl_plan *plan, uint32_t a, uint32_t b)
{
    const struct cvl_plan_buffer *first = &plan->buffers[a], *second = &plan->buffers[b];
    return !is_within(plan, a, b) && !is_within(plan, b, a) &&
           first->first_stage <= second->last_stage && second->first_stage <= first->last_stage &&
           plan->arena_offset[a] < plan->arena_offset[b] + second->bytes &&
           plan->arena_offset[b] < plan->arena_offset[a] + first->bytes;
}

static void check_arena(struct check *c)
{
    const struct cvl_plan *plan = c->plan;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const bool placed = plan->arena_offset[i] != UINT64_MAX;
        const uint64_t end = plan->arena_offset[i] + plan->buffers[i].bytes;
        if (placed != cvl_buffer_runs(plan, &plan->buffers[i]))
            complain(c, plan->buffers[i].name, "is in the arena or not against the rule");
        if (placed &&
            (end < plan->buffers[i].bytes || end > plan->bytes.peak_without_weights[CVL_ARENA]))
            complain(c, plan->buffers[i].name, "ends outside the arena");
        if (plan->buffers[i].is_part &&
            plan->arena_offset[i] !=
                plan->arena_offset[plan->buffers[i].whole] + plan->buffers[i].offset)
            complain(c, plan->buffers[i].name, "is not where its whole is in the arena");
        for (uint32_t j = 0; placed && j < i; j++)
            if (plan->arena_offset[j] != UINT64_MAX && overlap(plan, i, j))
                complain(c, plan->buffers[i].name, "overlaps another buffer in the arena");
    }
}

static bool have_equal_peaks(const struct cvl_plan_bytes *a, const struct cvl_plan_bytes *b)
{
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++)
        if (a->peak[policy] != b->peak[policy] || a->peak_stage[policy] != b->peak_stage[policy] ||
            a->peak_without_weights[policy] != b->peak_without_weights[policy])
            return false;
    return a->load_peak == b->load_peak;
}

static bool have_equal_sums(const struct cvl_plan_bytes *a, const struct cvl_plan_bytes *b)
{
    for (int role = 0; role < CVL_ROLE_COUNT; role++)
        if (a->role[role] != b->role[role])
            return false;
    return a->total == b->total && a->outputs == b->outputs;
}

/* Needs buffers and stages that are sound. */
static void check_bytes(struct check *c)
{
    const struct cvl_plan_bytes *bytes = &c->plan->bytes;
    const uint64_t *peak = bytes->peak_without_weights;
    struct cvl_plan_bytes sums;
    cvl_plan_sum(c->plan, &sums);
    if (!have_equal_sums(bytes, &sums))
        complain(c, "bytes", "do not add up");
    if (!have_equal_peaks(bytes, &sums))
        complain(c, "peaks", "contradict each other");
    if (bytes->new_tensors_peak > 0 && bytes->new_tensors_peak < bytes->peak[CVL_FREED])
        complain(c, "peaks", "are less with tensors that are not shared");
    if (bytes->arena_lower_bound != peak[CVL_FREED] || bytes->arena_lower_bound > peak[CVL_ARENA] ||
        bytes->arena_without_input_lower_bound > bytes->arena_without_input ||
        bytes->arena_without_input_lower_bound > bytes->arena_lower_bound)
        complain(c, "peaks", "contradict each other");
}

static bool has_ends(const struct cvl_plan *plan)
{
    bool has_input = false, has_output = false;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const enum cvl_content content = plan->buffers[i].content;
        has_input |= content == CVL_CONTENT_INPUT || content == CVL_CONTENT_IN_PLACE;
        has_output |= plan->buffers[i].role == CVL_OUTPUT;
    }
    return has_input && has_output;
}

enum cvl_status cvl_plan_check(const struct cvl_plan *plan, struct cvl_error *err)
{
    struct check c = {.plan = plan, .err = err};
    if (plan->step_count == 0 || plan->stage_count <= plan->load_stage_count)
        complain(&c, "plan", "does nothing");
    for (uint32_t s = 0; s < plan->stage_count; s++)
        if (!fits(&plan->stages[s]))
            complain(&c, plan->stages[s].name, "has too many dimensions or arguments");
    if (c.status != CVL_OK)
        return c.status;
    for (uint32_t s = 0; s < plan->stage_count; s++)
        check_stage(&c, s);
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        check_buffer(&c, i);
    if (!has_ends(plan))
        complain(&c, "plan", "has no input or no output");
    if (c.status == CVL_OK)
        check_arena(&c);
    if (c.status == CVL_OK)
        check_bytes(&c);
    return c.status;
}
