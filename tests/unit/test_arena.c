#include <criterion/criterion.h>

#include "base/random.h"
#include "hand_made.h"
#include "plan/arena.h"

enum { MOST_SPANS = 40 };

static bool share_a_stage(const struct cvl_span *a, const struct cvl_span *b)
{
    return !(a->last < b->first || b->last < a->first);
}

static bool share_a_byte(const struct cvl_span *a, uint64_t a_at, const struct cvl_span *b,
                         uint64_t b_at)
{
    return a_at < b_at + b->bytes && b_at < a_at + a->bytes;
}

/* Everything that holds for any placement. */
static void expect_sound(const struct cvl_span *spans, size_t count, uint32_t alignment,
                         const uint64_t *offset, uint64_t size)
{
    uint64_t end = 0;
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(offset[i] % alignment, 0);
        if (offset[i] + spans[i].bytes > end)
            end = offset[i] + spans[i].bytes;
        for (size_t j = 0; j < i; j++)
            cr_assert_not(share_a_stage(&spans[i], &spans[j]) &&
                          share_a_byte(&spans[i], offset[i], &spans[j], offset[j]));
    }
    cr_assert_eq(size, end);
    cr_assert_geq(size, cvl_arena_lower_bound(spans, count));
}

/* The lower bound by going through all stages. */
static uint64_t most_live(const struct cvl_span *spans, size_t count, uint32_t stages)
{
    uint64_t most = 0;
    for (uint32_t stage = 0; stage < stages; stage++) {
        uint64_t live = 0;
        for (size_t i = 0; i < count; i++)
            if (spans[i].first <= stage && stage <= spans[i].last)
                live += spans[i].bytes;
        most = live > most ? live : most;
    }
    return most;
}

static size_t draw_spans(struct cvl_random *random, struct cvl_span *spans, uint32_t stages)
{
    size_t count = 1 + (size_t)cvl_random_below(random, MOST_SPANS);
    /* Few sizes now and then, so that equal ones meet. */
    uint64_t sizes = cvl_random_below(random, 2) == 0 ? 5 : 1 << 20;
    for (size_t i = 0; i < count; i++) {
        uint32_t first = (uint32_t)cvl_random_below(random, stages);
        uint32_t length = (uint32_t)cvl_random_below(random, stages - first);
        spans[i].bytes = 1 + cvl_random_below(random, sizes);
        spans[i].first = first;
        spans[i].last = first + length;
    }
    return count;
}

Test(arena, random_placements_are_sound)
{
    struct cvl_random random = {2017};
    for (int round = 0; round < 5000; round++) {
        struct cvl_span spans[MOST_SPANS];
        uint64_t offset[MOST_SPANS], again[MOST_SPANS];
        uint32_t stages = 1 + (uint32_t)cvl_random_below(&random, 20);
        uint32_t alignment = 1u << cvl_random_below(&random, 13);
        size_t count = draw_spans(&random, spans, stages);
        uint64_t size = cvl_arena_place(spans, count, alignment, offset);
        expect_sound(spans, count, alignment, offset, size);
        cr_assert_eq(cvl_arena_lower_bound(spans, count), most_live(spans, count, stages));
        cr_assert_eq(cvl_arena_place(spans, count, alignment, again), size);
        cr_assert_eq(memcmp(offset, again, count * sizeof offset[0]), 0);
    }
}

/* The arena of a plan holds what runs: no weights, and nothing that only loading needs. */
Test(arena, random_plans_are_sound)
{
    struct cvl_random random = {2018};
    for (int round = 0; round < 5000; round++) {
        struct cvl_plan plan = {.stage_count = 6, .load_stage_count = 2};
        struct cvl_span spans[CVL_PLAN_BUFFERS];
        uint64_t offset[CVL_PLAN_BUFFERS];
        size_t count = 0;
        uint32_t buffers = 1 + (uint32_t)cvl_random_below(&random, CVL_PLAN_BUFFERS);
        for (uint32_t i = 0; i < buffers; i++) {
            uint32_t first = (uint32_t)cvl_random_below(&random, 6);
            uint32_t last = first + (uint32_t)cvl_random_below(&random, 6 - first);
            bool stays = cvl_random_below(&random, 5) == 0;
            hand_made_buffer(&plan, stays ? CVL_WEIGHTS : CVL_WORKSPACE,
                             1 + cvl_random_below(&random, 5000), first, stays ? CVL_STAYS : last);
        }
        struct cvl_arena arena = cvl_plan_arena(&plan, 256);
        for (uint32_t i = 0; i < CVL_PLAN_BUFFERS; i++) {
            const struct cvl_plan_buffer *b = &plan.buffers[i];
            bool placed = i < buffers && b->last_stage != CVL_STAYS && b->last_stage >= 2;
            cr_assert_eq(arena.offset[i] != UINT64_MAX, placed);
            if (!placed)
                continue;
            offset[count] = arena.offset[i];
            spans[count++] = (struct cvl_span){b->bytes, b->first_stage, b->last_stage};
        }
        expect_sound(spans, count, 256, offset, arena.bytes);
        struct cvl_plan_bytes bytes = cvl_plan_bytes(&plan, 256);
        cr_assert_eq(arena.lower_bound, bytes.peak_without_weights[CVL_FREED]);
    }
}

/* Of two gaps, the smaller that fits is taken; of equal sizes, the first keeps the lower offset. */
Test(arena, best_fit)
{
    /* Placed: 0 at 0, 1 at 1000, 2 at 1900, 3 at 2700: live with the last span are 0 [0, 1000),
     * 2 [1900, 2700) and the gap between them; above 2 is the unbounded one. */
    const struct cvl_span spans[] = {
        {1000, 0, 1}, {900, 0, 0}, {800, 0, 1}, {700, 1, 1}, {100, 1, 1},
    };
    uint64_t offset[5];
    cr_expect_eq(cvl_arena_place(spans, 5, 1, offset), 2700);
    cr_expect_eq(offset[0], 0);
    cr_expect_eq(offset[1], 1000);
    cr_expect_eq(offset[2], 1900);
    cr_expect_eq(offset[3], 1000);
    cr_expect_eq(offset[4], 1700, "the rest of the gap, not the end");
}

Test(arena, best_fit_prefers_the_smaller_gap)
{
    /* At stage 1 the gaps are [500, 900) and [1200, 1450): a span of 200 goes into the second. */
    const struct cvl_span spans[] = {
        {500, 0, 1}, {400, 0, 0}, {300, 0, 1}, {250, 0, 0}, {240, 0, 1}, {200, 1, 1},
    };
    uint64_t offset[6];
    cr_expect_eq(cvl_arena_place(spans, 6, 1, offset), 1690);
    cr_expect_eq(offset[4], 1450);
    cr_expect_eq(offset[5], 1200);
}

Test(arena, equal_sizes_keep_their_order)
{
    const struct cvl_span spans[] = {{64, 0, 0}, {64, 0, 0}, {64, 0, 0}};
    uint64_t offset[3];
    cr_expect_eq(cvl_arena_place(spans, 3, 64, offset), 192);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(offset[i], 64 * i);
}

Test(arena, alignment_costs_what_it_must)
{
    const struct cvl_span spans[] = {{130, 0, 0}, {100, 0, 0}};
    uint64_t offset[2];
    cr_expect_eq(cvl_arena_place(spans, 2, 128, offset), 356);
    cr_expect_eq(offset[1], 256);
    cr_expect_eq(cvl_arena_place(spans, 2, 0, offset), 230, "no alignment known");
}

Test(arena, nothing_to_place)
{
    struct cvl_plan plan = {0};
    hand_made_buffer(&plan, CVL_WEIGHTS, 100, 0, CVL_STAYS);
    struct cvl_arena arena = cvl_plan_arena(&plan, 128);
    cr_expect_eq(arena.bytes, 0);
    cr_expect_eq(arena.lower_bound, 0);
    cr_expect_eq(arena.offset[0], UINT64_MAX);
}

/* A network as a chain: tensor i is written by stage i - 1 and read by stage i; the first is the
 * network's input, the last its output. */
struct chain {
    struct cvl_span spans[MOST_SPANS];
    size_t count;
    uint32_t stage;
};

static void chain_append(struct chain *chain, uint64_t channels, uint64_t side)
{
    uint32_t read_by = chain->stage++;
    chain->spans[chain->count++] =
        (struct cvl_span){channels * side * side * 4, read_by > 0 ? read_by - 1 : 0, read_by};
}

/* The 13 blocks of MobileNetV1 1.0/224: output channels and output side. */
static const uint64_t BLOCKS[13][2] = {
    {64, 112}, {128, 56}, {128, 56}, {256, 28}, {256, 28}, {512, 14}, {512, 14},
    {512, 14}, {512, 14}, {512, 14}, {512, 14}, {1024, 7}, {1024, 7},
};

static struct chain mobilenet(bool separable, bool with_input)
{
    struct chain chain = {.stage = with_input ? 0 : 1};
    if (with_input)
        chain_append(&chain, 3, 224);
    chain_append(&chain, 32, 112);
    uint64_t channels = 32;
    for (size_t i = 0; i < sizeof BLOCKS / sizeof BLOCKS[0]; i++) {
        if (separable)
            chain_append(&chain, channels, BLOCKS[i][1]);
        channels = BLOCKS[i][0];
        chain_append(&chain, channels, BLOCKS[i][1]);
    }
    chain.spans[chain.count - 1].last--; /* nobody reads the last one */
    return chain;
}

static void expect_chain(const struct chain *chain)
{
    static const uint32_t alignments[] = {1, 64, 128, 4096};
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        uint64_t offset[MOST_SPANS];
        uint64_t size = cvl_arena_place(chain->spans, chain->count, alignments[i], offset);
        expect_sound(chain->spans, chain->count, alignments[i], offset, size);
        cr_expect_eq(size, 4816896);
    }
    cr_expect_eq(cvl_arena_lower_bound(chain->spans, chain->count), 4816896);
}

Test(arena, mobilenet_v1_chain)
{
    struct chain chain = mobilenet(true, false);
    cr_assert_eq(chain.count, 27);
    uint64_t total = 0;
    for (size_t i = 0; i < chain.count; i++)
        total += chain.spans[i].bytes;
    cr_expect_eq(total, 20170752);
    expect_chain(&chain);
}

Test(arena, mobilenet_v1_chain_with_input)
{
    struct chain chain = mobilenet(true, true);
    cr_assert_eq(chain.count, 28);
    expect_chain(&chain);
}

Test(arena, full_convolution_twin_needs_the_same)
{
    struct chain chain = mobilenet(false, false), with_input = mobilenet(false, true);
    cr_assert_eq(chain.count, 14);
    cr_assert_eq(with_input.count, 15);
    expect_chain(&chain);
    expect_chain(&with_input);
}
