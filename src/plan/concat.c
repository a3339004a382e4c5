/* Inputs of concats as parts of the output. */
#include "plan/concat.h"

#include <stdlib.h>
#include <string.h>

#include "plan/op_stages.h"
#include "plan/uses.h"

/* What a trial changes. */
struct state {
    struct cvl_plan_buffer *buffers;
    uint64_t *live, *pinned; /* of each stage, as cvl_plan_live has it */
    bool *dropped;           /* of each stage: a copy that nothing needs */
};

struct placing {
    struct cvl_plan *plan;
    uint32_t alignment;
    struct state now, before; /* now: buffers are the plan's */
    uint32_t *number;         /* of each buffer when all is done */
};

/* A stage that copies an input of a concat to its place. */
struct copy {
    uint32_t from, to;
    uint64_t offset; /* in `to` */
};

static bool is_contiguous(const struct cvl_plan *plan, const struct cvl_stage *stage)
{
    const struct cvl_shape *out = &plan->steps[stage->step].op.out;
    return out->mb == 1 && (plan->layout == CVL_NCHW || (out->h == 1 && out->w == 1));
}

/* The copy of a stage. @return false: it makes none, or not to one piece of its output */
static bool find_copy(const struct cvl_plan *plan, uint32_t stage, struct copy *out)
{
    const uint32_t step = plan->stages[stage].step;
    uint32_t from, to;
    if (stage < plan->load_stage_count || !is_contiguous(plan, &plan->stages[stage]) ||
        !cvl_op_copies(plan, &plan->stages[stage], &out->from, &out->to))
        return false;
    out->offset = 0;
    for (uint32_t s = stage; s-- > plan->load_stage_count && plan->stages[s].step == step;)
        if (cvl_op_copies(plan, &plan->stages[s], &from, &to))
            out->offset += plan->buffers[from].bytes;
    return true;
}

/* How many copies of the stage's concat read the buffer? */
static uint32_t count_readers(const struct cvl_plan *plan, uint32_t stage, uint32_t buffer)
{
    uint32_t count = 0, from, to;
    for (uint32_t s = plan->load_stage_count; s < plan->stage_count; s++)
        if (plan->stages[s].step == plan->stages[stage].step &&
            cvl_op_copies(plan, &plan->stages[s], &from, &to))
            count += from == buffer;
    return count;
}

static uint64_t offset_in_whole(const struct cvl_plan *plan, const struct copy *copy)
{
    const struct cvl_plan_buffer *to = &plan->buffers[copy->to];
    return copy->offset + (to->is_part ? to->offset : 0);
}

static bool can_place(const struct placing *p, uint32_t stage, struct copy *copy)
{
    if (p->now.dropped[stage] || !find_copy(p->plan, stage, copy))
        return false;
    const struct cvl_plan_buffer *from = &p->plan->buffers[copy->from];
    return from->role == CVL_INTERMEDIATE && !from->is_part && from->last_stage == stage &&
           count_readers(p->plan, stage, copy->from) == 1 &&
           offset_in_whole(p->plan, copy) % p->alignment == 0;
}

/* Adds bytes to what lives from stage `first` to before stage `end`. */
static void add_live(struct placing *p, uint32_t first, uint32_t end, uint64_t bytes)
{
    for (uint32_t s = first; s < end; s++) {
        p->now.live[s] += bytes;
        p->now.pinned[s] += bytes;
    }
}

/* Parts of the input become parts of the whole, too: there are no parts of parts. */
static void place(struct placing *p, uint32_t stage, const struct copy *copy)
{
    struct cvl_plan *plan = p->plan;
    struct cvl_plan_buffer *part = &plan->buffers[copy->from];
    const uint64_t offset = offset_in_whole(plan, copy);
    const uint32_t index =
        plan->buffers[copy->to].is_part ? plan->buffers[copy->to].whole : copy->to;
    struct cvl_plan_buffer *whole = &plan->buffers[index];
    add_live(p, part->first_stage, part->last_stage + 1, 0 - part->bytes);
    add_live(p, part->first_stage, whole->first_stage, whole->bytes);
    if (part->first_stage < whole->first_stage)
        whole->first_stage = part->first_stage;
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].is_part && plan->buffers[i].whole == copy->from) {
            plan->buffers[i].whole = index;
            plan->buffers[i].offset += offset;
        }
    part->is_part = true;
    part->whole = index;
    part->offset = offset;
    p->now.dropped[stage] = true;
}

static uint64_t max_of(const struct placing *p, const uint64_t *bytes)
{
    uint64_t max = 0;
    for (uint32_t s = p->plan->load_stage_count; s < p->plan->stage_count; s++)
        if (!p->now.dropped[s] && bytes[s] > max)
            max = bytes[s];
    return max;
}

static void copy_state(const struct cvl_plan *plan, const struct state *from,
                       const struct state *to)
{
    memcpy(to->buffers, from->buffers, plan->buffer_count * sizeof *to->buffers);
    memcpy(to->live, from->live, plan->stage_count * sizeof *to->live);
    memcpy(to->pinned, from->pinned, plan->stage_count * sizeof *to->pinned);
    memcpy(to->dropped, from->dropped, plan->stage_count * sizeof *to->dropped);
}

/* Places what can be of the copies from `first` to before `end`. @return false: the peak would
 * rise, and all is as it was */
static bool try_to_place(struct placing *p, uint32_t first, uint32_t end)
{
    const uint64_t live = max_of(p, p->now.live), pinned = max_of(p, p->now.pinned);
    struct copy copy;
    copy_state(p->plan, &p->now, &p->before);
    for (uint32_t s = first; s < end; s++)
        if (can_place(p, s, &copy))
            place(p, s, &copy);
    if (max_of(p, p->now.live) <= live && max_of(p, p->now.pinned) <= pinned)
        return true;
    copy_state(p->plan, &p->before, &p->now);
    return false;
}

/* All inputs of a concat, or else one by one, the last made first: the whole lives longer the
 * earlier its first part is written. */
static void place_concat(struct placing *p, uint32_t first, uint32_t end)
{
    if (!try_to_place(p, first, end))
        for (uint32_t s = end; s-- > first;)
            (void)try_to_place(p, s, s + 1);
}

static void place_all(struct placing *p)
{
    const struct cvl_plan *plan = p->plan;
    struct copy copy;
    for (uint32_t s = plan->load_stage_count, end; s < plan->stage_count; s = end) {
        for (end = s + 1;
             end < plan->stage_count && plan->stages[end].step == plan->stages[s].step;)
            end++;
        if (find_copy(plan, s, &copy))
            place_concat(p, s, end);
    }
}

static void drop_stages(struct placing *p)
{
    struct cvl_plan *plan = p->plan;
    uint32_t count = 0;
    for (uint32_t s = 0; s < plan->stage_count; s++)
        if (!p->now.dropped[s])
            plan->stages[count++] = plan->stages[s];
    plan->stage_count = count;
}

static void widen(struct cvl_plan_buffer *buffer, uint32_t first, uint32_t last)
{
    if (first < buffer->first_stage)
        buffer->first_stage = first;
    if (last > buffer->last_stage)
        buffer->last_stage = last;
}

/* From the first to the last stage that uses a buffer, or a part of it. */
static void find_lives(struct cvl_plan *plan)
{
    uint32_t *uses[CVL_STAGE_USES];
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (!cvl_buffer_stays(&plan->buffers[i])) {
            plan->buffers[i].first_stage = UINT32_MAX;
            plan->buffers[i].last_stage = 0;
        }
    for (uint32_t s = 0; s < plan->stage_count; s++) {
        const size_t count = cvl_stage_uses(&plan->stages[s], uses);
        for (size_t i = 0; i < count; i++)
            if (!cvl_buffer_stays(&plan->buffers[*uses[i]]))
                widen(&plan->buffers[*uses[i]], s, s);
    }
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *part = &plan->buffers[i];
        if (part->is_part && part->first_stage != UINT32_MAX)
            widen(&plan->buffers[part->whole], part->first_stage, part->last_stage);
    }
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].role == CVL_OUTPUT)
            plan->buffers[i].last_stage = plan->stage_count - 1;
}

/* Gives a buffer the next number. */
static void take(struct placing *p, uint32_t buffer, uint32_t *count)
{
    if (p->number[buffer] != UINT32_MAX)
        return;
    p->before.buffers[*count] = p->plan->buffers[buffer];
    p->number[buffer] = (*count)++;
}

/* A whole comes before its parts. A part that no stage uses (an input of a concat that was one
 * itself) is no longer there. */
static void number_buffers(struct placing *p)
{
    struct cvl_plan *plan = p->plan;
    uint32_t *uses[CVL_STAGE_USES], count = 0;
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        p->number[i] = UINT32_MAX;
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        if (buffer->is_part && buffer->first_stage == UINT32_MAX)
            continue;
        if (buffer->is_part)
            take(p, buffer->whole, &count);
        take(p, i, &count);
    }
    for (uint32_t s = 0; s < plan->stage_count; s++) {
        const size_t used = cvl_stage_uses(&plan->stages[s], uses);
        for (size_t i = 0; i < used; i++)
            *uses[i] = p->number[*uses[i]];
    }
    for (uint32_t i = 0; i < count; i++)
        if (p->before.buffers[i].is_part)
            p->before.buffers[i].whole = p->number[p->before.buffers[i].whole];
    memcpy(plan->buffers, p->before.buffers, count * sizeof *plan->buffers);
    plan->buffer_count = count;
}

static bool begin(struct placing *p)
{
    const struct cvl_plan *plan = p->plan;
    const size_t stages = plan->stage_count, buffers = plan->buffer_count;
    p->number = calloc(buffers, sizeof *p->number);
    p->before.buffers = calloc(buffers, sizeof *p->before.buffers);
    p->now.buffers = plan->buffers;
    for (int i = 0; i < 2; i++) {
        struct state *state = i == 0 ? &p->now : &p->before;
        state->live = calloc(stages, sizeof *state->live);
        state->pinned = calloc(stages, sizeof *state->pinned);
        state->dropped = calloc(stages, sizeof *state->dropped);
        if (!state->live || !state->pinned || !state->dropped)
            return false;
    }
    for (uint32_t s = 0; s < stages; s++) {
        p->now.live[s] = cvl_plan_live(plan, s, false);
        p->now.pinned[s] = cvl_plan_live(plan, s, true);
    }
    return p->number && p->before.buffers;
}

static void end(struct placing *p)
{
    free(p->number);
    free(p->before.buffers);
    for (int i = 0; i < 2; i++) {
        struct state *state = i == 0 ? &p->now : &p->before;
        free(state->live);
        free(state->pinned);
        free(state->dropped);
    }
}

static bool has_copies(const struct cvl_plan *plan)
{
    struct copy copy;
    for (uint32_t s = plan->load_stage_count; s < plan->stage_count; s++)
        if (find_copy(plan, s, &copy))
            return true;
    return false;
}

enum cvl_status cvl_plan_place_concats(struct cvl_plan *plan, uint32_t alignment,
                                       struct cvl_error *err)
{
    struct placing p = {.plan = plan, .alignment = alignment > 0 ? alignment : 1};
    enum cvl_status status = CVL_OK;
    if (!has_copies(plan))
        return CVL_OK;
    if (!begin(&p))
        status = cvl_fail(err, CVL_NO_MEMORY, "plan: no memory for %u buffers", plan->buffer_count);
    if (status == CVL_OK) {
        place_all(&p);
        drop_stages(&p);
        find_lives(plan);
        number_buffers(&p);
    }
    end(&p);
    return status;
}
