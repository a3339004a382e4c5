#include <criterion/criterion.h>

#include "base/random.h"
#include "hand_made.h"
#include "plan/arena.h"

enum { MAX_LIFETIMES = 40 };

static uint64_t scratch[CVL_ARENA_SCRATCH * 64];

static bool share_a_stage(const struct cvl_lifetime *a, const struct cvl_lifetime *b)
{
    return !(a->last < b->first || b->last < a->first);
}

static bool share_a_byte(const struct cvl_lifetime *a, uint64_t a_at, const struct cvl_lifetime *b,
                         uint64_t b_at)
{
    return a_at < b_at + b->bytes && b_at < a_at + a->bytes;
}

/* Everything that holds for any placement. */
static void expect_sound(const struct cvl_lifetime *lifetimes, size_t count, uint32_t alignment,
                         const uint64_t *offset, uint64_t size)
{
    uint64_t end = 0;
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(offset[i] % alignment, 0);
        if (offset[i] + lifetimes[i].bytes > end)
            end = offset[i] + lifetimes[i].bytes;
        for (size_t j = 0; j < i; j++)
            cr_assert_not(share_a_stage(&lifetimes[i], &lifetimes[j]) &&
                          share_a_byte(&lifetimes[i], offset[i], &lifetimes[j], offset[j]));
    }
    cr_assert_eq(size, end);
    cr_assert_geq(size, cvl_arena_lower_bound(lifetimes, count));
}

/* The lower bound by going through all stages. */
static uint64_t max_live(const struct cvl_lifetime *lifetimes, size_t count, uint32_t stages)
{
    uint64_t max = 0;
    for (uint32_t stage = 0; stage < stages; stage++) {
        uint64_t live = 0;
        for (size_t i = 0; i < count; i++)
            if (lifetimes[i].first <= stage && stage <= lifetimes[i].last)
                live += lifetimes[i].bytes;
        max = live > max ? live : max;
    }
    return max;
}

static size_t draw_lifetimes(struct cvl_random *random, struct cvl_lifetime *lifetimes,
                             uint32_t stages)
{
    size_t count = 1 + (size_t)cvl_random_below(random, MAX_LIFETIMES);
    /* Few sizes now and then, so that equal ones meet. */
    uint64_t sizes = cvl_random_below(random, 2) == 0 ? 5 : 1 << 20;
    for (size_t i = 0; i < count; i++) {
        uint32_t first = (uint32_t)cvl_random_below(random, stages);
        uint32_t length = (uint32_t)cvl_random_below(random, stages - first);
        lifetimes[i].bytes = 1 + cvl_random_below(random, sizes);
        lifetimes[i].first = first;
        lifetimes[i].last = first + length;
    }
    return count;
}

Test(arena, random_placements_are_sound)
{
    struct cvl_random random = {2017};
    for (int round = 0; round < 5000; round++) {
        struct cvl_lifetime lifetimes[MAX_LIFETIMES];
        uint64_t offset[MAX_LIFETIMES], again[MAX_LIFETIMES];
        uint32_t stages = 1 + (uint32_t)cvl_random_below(&random, 20);
        uint32_t alignment = 1u << cvl_random_below(&random, 13);
        size_t count = draw_lifetimes(&random, lifetimes, stages);
        uint64_t size = cvl_arena_place(lifetimes, count, alignment, scratch, offset);
        expect_sound(lifetimes, count, alignment, offset, size);
        cr_assert_eq(cvl_arena_lower_bound(lifetimes, count), max_live(lifetimes, count, stages));
        cr_assert_eq(cvl_arena_place(lifetimes, count, alignment, scratch, again), size);
        cr_assert_eq(memcmp(offset, again, count * sizeof offset[0]), 0);
    }
}

/* Draws a plan whose buffers are of loading, of the execution, of both or stay. */
static struct cvl_plan draw_plan(struct cvl_random *random)
{
    struct cvl_plan plan = hand_made_plan(6);
    plan.load_stage_count = 2;
    uint32_t buffers = 1 + (uint32_t)cvl_random_below(random, MAX_LIFETIMES);
    for (uint32_t i = 0; i < buffers; i++) {
        uint32_t first = (uint32_t)cvl_random_below(random, 6);
        uint32_t last = first + (uint32_t)cvl_random_below(random, 6 - first);
        bool stays = cvl_random_below(random, 5) == 0;
        hand_made_buffer(&plan, stays ? CVL_WEIGHTS : CVL_WORKSPACE,
                         1 + cvl_random_below(random, 5000), first, stays ? CVL_STAYS : last);
    }
    return plan;
}

/* The arena of a plan holds what runs: no weights, and nothing that only loading needs. */
Test(arena, random_plans_are_sound)
{
    struct cvl_random random = {2018};
    for (int round = 0; round < 5000; round++) {
        struct cvl_plan plan = draw_plan(&random);
        struct cvl_lifetime lifetimes[MAX_LIFETIMES];
        uint64_t offset[MAX_LIFETIMES];
        size_t count = 0;
        cr_assert_eq(cvl_plan_measure(&plan, 256, NULL), CVL_OK);
        for (uint32_t i = 0; i < plan.buffer_count; i++) {
            const struct cvl_plan_buffer *b = &plan.buffers[i];
            bool placed = b->last_stage != CVL_STAYS && b->last_stage >= 2;
            cr_assert_eq(plan.arena_offset[i] != UINT64_MAX, placed);
            if (!placed)
                continue;
            offset[count] = plan.arena_offset[i];
            lifetimes[count++] = (struct cvl_lifetime){b->bytes, b->first_stage, b->last_stage};
        }
        expect_sound(lifetimes, count, 256, offset, plan.bytes.peak_without_weights[CVL_ARENA]);
        cr_assert_eq(plan.bytes.arena_lower_bound, plan.bytes.peak_without_weights[CVL_FREED]);
        free(plan.arena_offset);
    }
}

/* Where the caller has the input, the arena is at most that of the same plan without it, and never
 * larger than with it. */
Test(arena, without_the_input)
{
    struct cvl_random random = {2019};
    for (int round = 0; round < 1000; round++) {
        struct cvl_plan plan = draw_plan(&random);
        struct cvl_plan_bytes without = plan_bytes(&plan, 256);
        cr_assert_eq(without.arena_without_input, without.peak_without_weights[CVL_ARENA]);
        hand_made_buffer(&plan, CVL_INPUT, 4000, 2, 3);
        struct cvl_plan_bytes with = plan_bytes(&plan, 256);
        cr_assert_leq(with.arena_without_input, without.peak_without_weights[CVL_ARENA]);
        cr_assert_leq(with.arena_without_input, with.peak_without_weights[CVL_ARENA]);
        cr_assert_eq(with.arena_without_input_lower_bound, without.arena_lower_bound);
        cr_assert_geq(with.arena_lower_bound, 4000);
    }
}

/* Of two gaps, the smaller that fits is taken; of equal sizes, the first keeps the lower offset. */
Test(arena, best_fit)
{
    /* Placed: 0 at 0, 1 at 1000, 2 at 1900, 3 at 2700: live with the last lifetime are 0 [0, 1000),
     * 2 [1900, 2700) and the gap between them; above 2 is the unbounded one. */
    const struct cvl_lifetime lifetimes[] = {
        {1000, 0, 1}, {900, 0, 0}, {800, 0, 1}, {700, 1, 1}, {100, 1, 1},
    };
    uint64_t offset[5];
    cr_expect_eq(cvl_arena_place(lifetimes, 5, 1, scratch, offset), 2700);
    cr_expect_eq(offset[0], 0);
    cr_expect_eq(offset[1], 1000);
    cr_expect_eq(offset[2], 1900);
    cr_expect_eq(offset[3], 1000);
    cr_expect_eq(offset[4], 1700, "the rest of the gap, not the end");
}

Test(arena, best_fit_prefers_the_smaller_gap)
{
    /* At stage 1 the gaps are [500, 900) and [1200, 1450): one of 200 goes into the second. */
    const struct cvl_lifetime lifetimes[] = {
        {500, 0, 1}, {400, 0, 0}, {300, 0, 1}, {250, 0, 0}, {240, 0, 1}, {200, 1, 1},
    };
    uint64_t offset[6];
    cr_expect_eq(cvl_arena_place(lifetimes, 6, 1, scratch, offset), 1690);
    cr_expect_eq(offset[4], 1450);
    cr_expect_eq(offset[5], 1200);
}

Test(arena, equal_sizes_keep_their_order)
{
    const struct cvl_lifetime lifetimes[] = {{64, 0, 0}, {64, 0, 0}, {64, 0, 0}};
    uint64_t offset[3];
    cr_expect_eq(cvl_arena_place(lifetimes, 3, 64, scratch, offset), 192);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(offset[i], 64 * i);
}

Test(arena, alignment_costs_what_it_must)
{
    const struct cvl_lifetime lifetimes[] = {{130, 0, 0}, {100, 0, 0}};
    uint64_t offset[2];
    cr_expect_eq(cvl_arena_place(lifetimes, 2, 128, scratch, offset), 258, "the smaller one first");
    cr_expect_eq(offset[0], 128);
    cr_expect_eq(cvl_arena_place(lifetimes, 2, 0, scratch, offset), 230, "no alignment known");
}

/* By size, the two large ones would be at 0 and 60 each time, and the small ones, which meet two of
 * them and each other, above: 140. An inverted block twice in a row, with its sums. */
Test(arena, another_order_finds_the_bound)
{
    const struct cvl_lifetime lifetimes[] = {{10, 0, 3}, {60, 1, 2}, {60, 2, 3}, {10, 3, 6},
                                             {60, 4, 5}, {60, 5, 6}, {10, 6, 7}};
    uint64_t offset[7];
    const uint64_t size = cvl_arena_place(lifetimes, 7, 1, scratch, offset);
    expect_sound(lifetimes, 7, 1, offset, size);
    cr_expect_eq(size, cvl_arena_lower_bound(lifetimes, 7));
    cr_expect_eq(size, 130);
}

Test(arena, nothing_to_place)
{
    struct cvl_plan plan = hand_made_plan(0);
    hand_made_buffer(&plan, CVL_WEIGHTS, 100, 0, CVL_STAYS);
    cr_assert_eq(cvl_plan_measure(&plan, 128, NULL), CVL_OK);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_ARENA], 0);
    cr_expect_eq(plan.bytes.arena_lower_bound, 0);
    cr_expect_eq(plan.arena_offset[0], UINT64_MAX);
    free(plan.arena_offset);
}

/* A network: tensor i is written by stage i - 1 and read by stage i; the first is the
 * network's input, the last its output. */
struct network {
    struct cvl_lifetime lifetimes[MAX_LIFETIMES];
    size_t count;
    uint32_t stage;
};

static void append_tensor(struct network *network, uint64_t channels, uint64_t side)
{
    uint32_t read_by = network->stage++;
    network->lifetimes[network->count++] =
        (struct cvl_lifetime){channels * side * side * 4, read_by > 0 ? read_by - 1 : 0, read_by};
}

/* The 13 blocks of MobileNetV1 1.0/224: output channels and output side. */
static const uint64_t BLOCKS[13][2] = {
    {64, 112}, {128, 56}, {128, 56}, {256, 28}, {256, 28}, {512, 14}, {512, 14},
    {512, 14}, {512, 14}, {512, 14}, {512, 14}, {1024, 7}, {1024, 7},
};

static struct network mobilenet(bool separable, bool with_input)
{
    struct network network = {.stage = with_input ? 0 : 1};
    if (with_input)
        append_tensor(&network, 3, 224);
    append_tensor(&network, 32, 112);
    uint64_t channels = 32;
    for (size_t i = 0; i < sizeof BLOCKS / sizeof BLOCKS[0]; i++) {
        if (separable)
            append_tensor(&network, channels, BLOCKS[i][1]);
        channels = BLOCKS[i][0];
        append_tensor(&network, channels, BLOCKS[i][1]);
    }
    network.lifetimes[network.count - 1].last--; /* nobody reads the last one */
    return network;
}

static void expect_network(const struct network *network)
{
    static const uint32_t alignments[] = {1, 64, 128, 4096};
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        uint64_t offset[MAX_LIFETIMES];
        uint64_t size =
            cvl_arena_place(network->lifetimes, network->count, alignments[i], scratch, offset);
        expect_sound(network->lifetimes, network->count, alignments[i], offset, size);
        cr_expect_eq(size, 4816896);
    }
    cr_expect_eq(cvl_arena_lower_bound(network->lifetimes, network->count), 4816896);
}

Test(arena, mobilenet_v1)
{
    struct network network = mobilenet(true, false);
    cr_assert_eq(network.count, 27);
    uint64_t total = 0;
    for (size_t i = 0; i < network.count; i++)
        total += network.lifetimes[i].bytes;
    cr_expect_eq(total, 20170752);
    expect_network(&network);
}

Test(arena, mobilenet_v1_with_input)
{
    struct network network = mobilenet(true, true);
    cr_assert_eq(network.count, 28);
    expect_network(&network);
}

Test(arena, full_convolution_twin_needs_the_same)
{
    struct network network = mobilenet(false, false), with_input = mobilenet(false, true);
    cr_assert_eq(network.count, 14);
    cr_assert_eq(with_input.count, 15);
    expect_network(&network);
    expect_network(&with_input);
}
