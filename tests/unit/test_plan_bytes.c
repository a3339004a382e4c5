#include <criterion/criterion.h>

#include "hand_made.h"

enum { ALIGNMENT = 128 };

Test(plan_bytes, seed_standard_direct)
{
    struct cvl_plan plan = hand_made_single(602112, 12616704, 6912);
    struct cvl_plan_bytes bytes = plan_bytes(&plan, ALIGNMENT);
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++) {
        cr_expect_eq(bytes.peak_without_weights[policy], 13218816);
        cr_expect_eq(bytes.peak[policy], 13218816 + 6912);
    }
    cr_expect_eq(bytes.role[CVL_INPUT], 602112);
    cr_expect_eq(bytes.role[CVL_WEIGHTS], 6912);
    cr_expect_eq(bytes.role[CVL_INTERMEDIATE], 0);
    cr_expect_eq(bytes.role[CVL_WORKSPACE], 0);
    cr_expect_eq(bytes.role[CVL_OUTPUT], 12616704);
    cr_expect_eq(bytes.total, 13218816 + 6912);
    cr_expect_eq(bytes.load_peak, 6912);
}

Test(plan_bytes, seed_separable_unfused)
{
    struct cvl_plan plan = hand_made_double(602112, CVL_INTERMEDIATE, 591408, 12616704, 876);
    struct cvl_plan_bytes bytes = plan_bytes(&plan, 1);
    cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 13810224);
    cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 13208112);
    cr_expect_eq(bytes.peak_without_weights[CVL_FREED_PINNED], 13810224);
    cr_expect_eq(bytes.peak_without_weights[CVL_ARENA], 13208112);
    cr_expect_eq(bytes.role[CVL_INTERMEDIATE], 591408);
    cr_expect_eq(bytes.total, 13810224 + 876);
}

Test(plan_bytes, seed_separable_wide)
{
    struct cvl_plan plan = hand_made_double(602112, CVL_INTERMEDIATE, 591408, 100933632, 6252);
    struct cvl_plan_bytes bytes = plan_bytes(&plan, ALIGNMENT);
    cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 102127152);
    cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 101525040);
}

Test(plan_bytes, seed_im2col)
{
    struct cvl_plan plan = hand_made_double(602112, CVL_WORKSPACE, 5322672, 12616704, 6912);
    struct cvl_plan_bytes bytes = plan_bytes(&plan, ALIGNMENT);
    cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 18541488);
    cr_expect_eq(bytes.role[CVL_WORKSPACE], 5322672);
}

/* Block 2 of MobileNetV1: fused, A and O live together; unfused, only T and one of them. */
Test(plan_bytes, fused_may_need_more_than_unfused)
{
    struct cvl_plan fused = hand_made_single(3211264, 1605632, 35072);
    struct cvl_plan unfused = hand_made_double(3211264, CVL_INTERMEDIATE, 802816, 1605632, 35072);
    cr_expect_eq(plan_bytes(&fused, 1).peak_without_weights[CVL_FREED], 4816896);
    cr_expect_eq(plan_bytes(&unfused, 1).peak_without_weights[CVL_FREED], 4014080);
    cr_expect_eq(plan_bytes(&unfused, 1).peak[CVL_FREED], 4014080 + 35072);
}

/* A + O + N C b Q, for every number of rows that divides block 2's 56. */
Test(plan_bytes, banded)
{
    const uint64_t n = 1, c = 64, q = 56, element = 4;
    for (uint64_t rows = 1; rows < 56; rows++) {
        if (56 % rows != 0)
            continue;
        uint64_t band = n * c * rows * q * element;
        struct cvl_plan plan =
            hand_made_banded(3211264, band, 1605632, 35072, (uint32_t)(56 / rows));
        struct cvl_plan_bytes bytes = plan_bytes(&plan, ALIGNMENT);
        for (int policy = 0; policy < CVL_POLICY_COUNT; policy++)
            cr_expect_eq(bytes.peak_without_weights[policy], 3211264 + 1605632 + band);
    }
}

Test(plan_bytes, live_of_each_stage)
{
    struct cvl_plan plan = hand_made_double(100, CVL_INTERMEDIATE, 30, 50, 7);
    cr_expect_eq(cvl_plan_live(&plan, 0, false), 130);
    cr_expect_eq(cvl_plan_live(&plan, 1, false), 80);
    cr_expect_eq(cvl_plan_live(&plan, 0, true), 130);
    cr_expect_eq(cvl_plan_live(&plan, 1, true), 180);
}

/* Two weights are packed at load, one after the other; the raw ones are gone after their stage. */
static struct cvl_plan packed_plan(void)
{
    struct cvl_plan plan = hand_made_plan(4);
    plan.load_stage_count = 2;
    hand_made_buffer(&plan, CVL_WEIGHTS, 1000, 0, 0);
    hand_made_buffer(&plan, CVL_WEIGHTS, 1024, 0, CVL_STAYS);
    hand_made_buffer(&plan, CVL_WEIGHTS, 300, 1, 1);
    hand_made_buffer(&plan, CVL_WEIGHTS, 512, 1, CVL_STAYS);
    hand_made_buffer(&plan, CVL_INPUT, 64, 2, 2);
    hand_made_buffer(&plan, CVL_INTERMEDIATE, 32, 2, 3);
    hand_made_buffer(&plan, CVL_OUTPUT, 16, 3, 3);
    return plan;
}

Test(plan_bytes, raw_weights_count_only_while_loading)
{
    struct cvl_plan plan = packed_plan();
    struct cvl_plan_bytes bytes = plan_bytes(&plan, 1);
    cr_expect_eq(bytes.load_peak, 1000 + 1024); /* then 1024 + 300 + 512 */
    cr_expect_eq(bytes.role[CVL_WEIGHTS], 1536);
    cr_expect_eq(bytes.peak[CVL_ALL_LIVE], 1536 + 112);
    cr_expect_eq(bytes.peak[CVL_FREED], 1536 + 96);
    cr_expect_eq(bytes.peak[CVL_FREED_PINNED], 1536 + 112);
    cr_expect_eq(bytes.peak_without_weights[CVL_ARENA], 96);
    cr_expect_eq(bytes.total, 1536 + 112);
}

Test(plan_bytes, load_peak_may_come_late)
{
    struct cvl_plan plan = packed_plan();
    plan.buffers[2].bytes = 3000;
    cr_expect_eq(plan_bytes(&plan, 1).load_peak, 1024 + 3000 + 512);
}

Test(plan_bytes, live_while_loading)
{
    struct cvl_plan plan = packed_plan();
    cr_expect_eq(cvl_plan_live(&plan, 0, true), 1000, "no input is there while loading");
    cr_expect_eq(cvl_plan_live(&plan, 1, true), 300);
    cr_expect_eq(cvl_plan_live(&plan, 3, true), 112);
}

Test(plan_bytes, scratch_of_loading_is_in_no_pass)
{
    struct cvl_plan plan = packed_plan();
    hand_made_buffer(&plan, CVL_WORKSPACE, 5000, 0, 1);
    struct cvl_plan_bytes bytes = plan_bytes(&plan, 1);
    cr_expect_eq(bytes.load_peak, 5000 + 1000 + 1024);
    cr_expect_eq(bytes.role[CVL_WORKSPACE], 0);
    cr_expect_eq(bytes.peak[CVL_ALL_LIVE], 1536 + 112);
}

/* One tensor where others have two; nobody can keep an input that is overwritten. */
Test(plan_bytes, in_place)
{
    struct cvl_plan plan = hand_made_plan(1);
    hand_made_buffer(&plan, CVL_OUTPUT, 4096, 0, 0);
    hand_made_buffer(&plan, CVL_WEIGHTS, 36, 0, CVL_STAYS);
    cr_expect_not(cvl_plan_overwrites_input(&plan));
    cr_expect_eq(plan_bytes(&plan, 1).peak[CVL_FREED_PINNED], 4096 + 36);
    plan.buffers[0].content = CVL_CONTENT_IN_PLACE;
    struct cvl_plan_bytes bytes = plan_bytes(&plan, 1);
    cr_expect(cvl_plan_overwrites_input(&plan));
    cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 4096);
    cr_expect_eq(bytes.peak[CVL_FREED], 4096 + 36);
    cr_expect_eq(bytes.peak[CVL_ARENA], 4096 + 36);
    cr_expect_eq(bytes.peak[CVL_FREED_PINNED], UINT64_MAX);
    cr_expect_eq(bytes.peak_without_weights[CVL_FREED_PINNED], UINT64_MAX);
    cr_expect_eq(bytes.role[CVL_INPUT], 0);
    cr_expect_eq(bytes.total, 4096 + 36);
}

Test(plan_bytes, empty_plan_needs_nothing)
{
    struct cvl_plan plan = {0};
    struct cvl_plan_bytes bytes = plan_bytes(&plan, ALIGNMENT), none = {0};
    none.peak_stage[CVL_ALL_LIVE] = UINT32_MAX; /* it has none */
    cr_expect_eq(memcmp(&bytes, &none, sizeof none), 0);
}

/* A plan that owns all that it can. */
static struct cvl_plan owning_plan(void)
{
    struct cvl_plan plan = {.step_count = 1, .buffer_count = 1, .stage_count = 1};
    plan.steps = calloc(1, sizeof *plan.steps);
    plan.buffers = calloc(1, sizeof *plan.buffers);
    plan.stages = calloc(1, sizeof *plan.stages);
    cr_assert(plan.steps && plan.buffers && plan.stages);
    cr_assert_eq(cvl_plan_measure(&plan, 1, NULL), CVL_OK);
    cr_assert_not_null(plan.arena_offset);
    return plan;
}

Test(plan_bytes, clear)
{
    struct cvl_plan plan = owning_plan(), none = {0};
    cvl_plan_clear(&plan);
    cr_expect_eq(plan.step_count, none.step_count);
    cr_expect_eq(plan.buffer_count, none.buffer_count);
    cr_expect_eq(plan.stage_count, none.stage_count);
    cr_expect_null(plan.steps);
    cr_expect_null(plan.buffers);
    cr_expect_null(plan.stages);
    cr_expect_null(plan.arena_offset);
    cvl_plan_clear(&plan);
    cvl_plan_clear(NULL);
}

Test(plan_bytes, names)
{
    cr_expect_str_eq(cvl_role_name(CVL_INPUT), "input");
    cr_expect_str_eq(cvl_role_name(CVL_OUTPUT), "output");
    cr_expect_str_eq(cvl_policy_name(CVL_ALL_LIVE), "all_live");
    cr_expect_str_eq(cvl_policy_name(CVL_FREED_PINNED), "freed_pinned");
    cr_expect_str_eq(cvl_policy_name(CVL_ARENA), "arena");
    cr_expect_str_eq(cvl_stage_kind_name(CVL_STAGE_KERNEL), "kernel");
    cr_expect_str_eq(cvl_stage_kind_name(CVL_STAGE_CONVGEMM), "convgemm");
    cr_expect_str_eq(cvl_policy_name(CVL_POLICY_COUNT), "unknown");
}

Test(plan_bytes, what_it_needs_is_the_smallest_peak_or_the_load)
{
    struct cvl_plan plan = hand_made_double(602112, CVL_INTERMEDIATE, 591408, 12616704, 876);
    struct cvl_plan_bytes bytes = plan_bytes(&plan, 1);
    enum cvl_policy policy;
    cr_expect_eq(cvl_plan_min_bytes(&bytes, &policy), 13208112 + 876);
    cr_expect_eq(policy, CVL_FREED);
    bytes.load_peak = 20000000;
    cr_expect_eq(cvl_plan_min_bytes(&bytes, NULL), 20000000);
}

/* A second measure replaces the first. */
Test(plan_bytes, measured_again)
{
    struct cvl_plan plan = owning_plan();
    plan.buffers[0].bytes = 100;
    cr_assert_eq(cvl_plan_measure(&plan, 64, NULL), CVL_OK);
    cr_expect_eq(plan.bytes.total, 100);
    cr_expect_eq(plan.arena_offset[0], 0);
    cvl_plan_clear(&plan);
}

/* What loading needs lives beside what stays of the layers before; weights that no stage packs come
 * with the stage before which they are written, or after the last. */
Test(plan_bytes, load_peak_of_weights_that_are_not_packed)
{
    struct cvl_plan plan = hand_made_plan(3);
    plan.load_stage_count = 1;
    hand_made_buffer(&plan, CVL_WEIGHTS, 10, 0, CVL_STAYS);
    hand_made_buffer(&plan, CVL_WEIGHTS, 1000, 1, CVL_STAYS);
    hand_made_buffer(&plan, CVL_WEIGHTS, 100, 0, 0);
    hand_made_buffer(&plan, CVL_OUTPUT, 1, 1, 2);
    cr_expect_eq(plan_bytes(&plan, 1).load_peak, 1010);
    plan.buffers[2].bytes = 5000;
    cr_expect_eq(plan_bytes(&plan, 1).load_peak, 5010);
}

/* The first stage at which a peak is reached; where the input is kept it may be another. */
Test(plan_bytes, peak_stages)
{
    struct cvl_plan plan = hand_made_plan(3);
    hand_made_buffer(&plan, CVL_INPUT, 100, 0, 0);
    hand_made_buffer(&plan, CVL_INTERMEDIATE, 40, 0, 1);
    hand_made_buffer(&plan, CVL_INTERMEDIATE, 90, 1, 2);
    hand_made_buffer(&plan, CVL_OUTPUT, 40, 2, 2);
    struct cvl_plan_bytes bytes = plan_bytes(&plan, 1);
    cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 140);
    cr_expect_eq(bytes.peak_stage[CVL_FREED], 0);
    cr_expect_eq(bytes.peak_stage[CVL_ARENA], 0);
    cr_expect_eq(bytes.peak_without_weights[CVL_FREED_PINNED], 230);
    cr_expect_eq(bytes.peak_stage[CVL_FREED_PINNED], 1, "and 2, later");
    cr_expect_eq(bytes.peak_stage[CVL_ALL_LIVE], UINT32_MAX);
}
