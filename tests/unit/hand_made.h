/* Problems and plans made by hand, for tests that need neither the parser nor a variant. */
#ifndef CVL_TESTS_HAND_MADE_H
#define CVL_TESTS_HAND_MADE_H

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include <convlens/plan.h>
#include <convlens/problem.h>

/* A square layer of one image; padding before the first row follows from `pad_all`, the sum of both
 * sides, as TensorFlow's `same` splits it. */
static inline struct cvl_problem hand_made_problem(enum cvl_form form, int32_t ic, int32_t ih,
                                                   int32_t oc, int32_t oh, int32_t kh, int32_t sh)
{
    int32_t pad_all = (oh - 1) * sh + kh - ih;
    int32_t ph = pad_all > 0 ? pad_all / 2 : 0;
    return (struct cvl_problem){
        .form = form,
        .mb = 1,
        .g = 1,
        .ic = ic,
        .ih = ih,
        .iw = ih,
        .oc = oc,
        .oh = oh,
        .ow = oh,
        .kh = kh,
        .kw = kh,
        .sh = sh,
        .sw = sh,
        .ph = ph,
        .pw = ph,
    };
}

enum { HAND_MADE_PLANS = 8, HAND_MADE_BUFFERS = 64 };

/* A plan without buffers. They are in static storage, so that nobody clears it; the eighth plan
 * after it takes its place. */
static inline struct cvl_plan hand_made_plan(uint32_t stage_count)
{
    static struct cvl_plan_buffer buffers[HAND_MADE_PLANS][HAND_MADE_BUFFERS];
    static unsigned turn;
    return (struct cvl_plan){.stage_count = stage_count,
                             .buffers = buffers[turn++ % HAND_MADE_PLANS]};
}

static inline void hand_made_buffer(struct cvl_plan *plan, enum cvl_role role, uint64_t bytes,
                                    uint32_t first, uint32_t last)
{
    cr_assert_lt(plan->buffer_count, (uint32_t)HAND_MADE_BUFFERS);
    plan->buffers[plan->buffer_count++] = (struct cvl_plan_buffer){
        .role = role, .bytes = bytes, .first_stage = first, .last_stage = last};
}

/* A plan of one stage, which reads the input and writes the output: direct, or fused. */
static inline struct cvl_plan hand_made_single(uint64_t a, uint64_t o, uint64_t weights)
{
    struct cvl_plan plan = hand_made_plan(1);
    hand_made_buffer(&plan, CVL_INPUT, a, 0, 0);
    hand_made_buffer(&plan, CVL_WEIGHTS, weights, 0, CVL_STAYS);
    hand_made_buffer(&plan, CVL_OUTPUT, o, 0, 0);
    return plan;
}

/* A plan of two stages with something between them: separable and unfused, or im2col. */
static inline struct cvl_plan hand_made_double(uint64_t a, enum cvl_role between, uint64_t t,
                                               uint64_t o, uint64_t weights)
{
    struct cvl_plan plan = hand_made_plan(2);
    hand_made_buffer(&plan, CVL_INPUT, a, 0, 0);
    hand_made_buffer(&plan, CVL_WEIGHTS, weights, 0, CVL_STAYS);
    hand_made_buffer(&plan, between, t, 0, 1);
    hand_made_buffer(&plan, CVL_OUTPUT, o, 1, 1);
    return plan;
}

/* Two stages a band, depthwise and pointwise; one band of the intermediate serves all. */
static inline struct cvl_plan hand_made_banded(uint64_t a, uint64_t band, uint64_t o,
                                               uint64_t weights, uint32_t bands)
{
    struct cvl_plan plan = hand_made_plan(2 * bands);
    hand_made_buffer(&plan, CVL_INPUT, a, 0, 2 * bands - 2);
    hand_made_buffer(&plan, CVL_WEIGHTS, weights, 0, CVL_STAYS);
    hand_made_buffer(&plan, CVL_INTERMEDIATE, band, 0, 2 * bands - 1);
    hand_made_buffer(&plan, CVL_OUTPUT, o, 1, 2 * bands - 1);
    return plan;
}

/* The bytes of a plan; where its buffers lie in the arena is dropped. */
static inline struct cvl_plan_bytes plan_bytes(struct cvl_plan *plan, uint32_t alignment)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_plan_measure(plan, alignment, &err), CVL_OK, "%s", err.text);
    free(plan->arena_offset);
    plan->arena_offset = NULL;
    return plan->bytes;
}

#endif
