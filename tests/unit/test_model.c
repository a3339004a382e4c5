#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>

#include <convlens/model.h>

#include "base/random.h"
#include "hand_made.h"

static struct cvl_model_bytes bytes_of(struct cvl_problem problem)
{
    return cvl_model_bytes(&problem, CVL_F32);
}

/* The seed example: 224x224x3, 3x3, no padding. */

Test(model, seed_standard)
{
    struct cvl_problem problem = hand_made_problem(CVL_STANDARD, 3, 224, 64, 222, 3, 1);
    struct cvl_sizes sizes = cvl_problem_sizes(&problem);
    struct cvl_model_bytes bytes = bytes_of(problem);
    cr_expect_eq(bytes.a, 602112);
    cr_expect_eq(bytes.o, 12616704);
    cr_expect_eq(bytes.im2col, 5322672);
    cr_expect_eq(sizes.weights_elements, 1728);
    cr_expect_eq(sizes.weights_elements + 64, 1792, "with the bias");
    cr_expect_eq(bytes.weights_standard, 4 * 1728);
    cr_expect_eq(sizes.macs, 85162752);
    cr_expect_eq(sizes.intermediate_elements, 0);
    cr_expect_eq(cvl_model_standard_peak(&bytes, CVL_ALL_LIVE, false, false), 13218816);
    cr_expect_eq(cvl_model_standard_peak(&bytes, CVL_FREED, false, false), 13218816);
    cr_expect_eq(cvl_model_standard_peak(&bytes, CVL_ALL_LIVE, true, false), 18541488);
    cr_expect_eq(cvl_model_standard_peak(&bytes, CVL_FREED, false, true), 13218816 + 4 * 1728);
}

Test(model, seed_separable)
{
    struct cvl_problem problem = hand_made_problem(CVL_SEPARABLE, 3, 224, 64, 222, 3, 1);
    struct cvl_sizes sizes = cvl_problem_sizes(&problem);
    struct cvl_model_bytes bytes = bytes_of(problem);
    cr_expect_eq(bytes.a, 602112);
    cr_expect_eq(bytes.t, 591408);
    cr_expect_eq(bytes.o, 12616704);
    cr_expect_eq(sizes.weights_elements, 219);
    cr_expect_eq(sizes.weights_elements + 64, 283, "with the bias");
    cr_expect_eq(bytes.weights_separable, 4 * 219);
    cr_expect_eq(sizes.macs, 10793196);
    cr_expect_eq(cvl_model_separable_peak(&bytes, CVL_ALL_LIVE, false), 13810224);
    cr_expect_eq(cvl_model_separable_peak(&bytes, CVL_FREED, false), 13208112);
    cr_expect_eq(cvl_model_separable_peak(&bytes, CVL_FREED_PINNED, false), 13810224);
    cr_expect_eq(cvl_model_separable_peak(&bytes, CVL_ARENA, false), 13208112);
    cr_expect_eq(cvl_model_separable_peak(&bytes, CVL_FREED, true), 13208112 + 4 * 219);
}

Test(model, seed_separable_wide)
{
    struct cvl_problem problem = hand_made_problem(CVL_SEPARABLE, 3, 224, 512, 222, 3, 1);
    struct cvl_sizes sizes = cvl_problem_sizes(&problem);
    struct cvl_model_bytes bytes = bytes_of(problem);
    cr_expect_eq(bytes.t, 591408);
    cr_expect_eq(bytes.o, 100933632);
    cr_expect_eq(sizes.weights_elements, 1563);
    cr_expect_eq(sizes.weights_elements + 512, 2075, "with the bias");
    cr_expect_eq(sizes.macs, 77030892);
    cr_expect_eq(cvl_model_separable_peak(&bytes, CVL_ALL_LIVE, false), 102127152);
    cr_expect_eq(cvl_model_separable_peak(&bytes, CVL_FREED, false), 101525040);
}

/* All live the separable form needs 4.5 % more than direct and 25.5 % less than im2col; freed, 0.08
 * % less than direct. */
Test(model, seed_percentages)
{
    struct cvl_model_bytes bytes = bytes_of(hand_made_problem(CVL_STANDARD, 3, 224, 64, 222, 3, 1));
    double live = (double)cvl_model_separable_peak(&bytes, CVL_ALL_LIVE, false);
    double freed = (double)cvl_model_separable_peak(&bytes, CVL_FREED, false);
    double direct = (double)cvl_model_standard_peak(&bytes, CVL_FREED, false, false);
    double im2col = (double)cvl_model_standard_peak(&bytes, CVL_FREED, true, false);
    cr_expect_float_eq(100 * (live / direct - 1), 4.5, 0.05);
    cr_expect_float_eq(100 * (freed / direct - 1), -0.08, 0.005);
    cr_expect_float_eq(100 * (live / im2col - 1), -25.5, 0.05);
}

Test(model, both_forms_give_the_same_figures)
{
    struct cvl_model_bytes standard =
        bytes_of(hand_made_problem(CVL_STANDARD, 64, 112, 128, 56, 3, 2));
    struct cvl_model_bytes separable =
        bytes_of(hand_made_problem(CVL_SEPARABLE, 64, 112, 128, 56, 3, 2));
    cr_expect_eq(memcmp(&standard, &separable, sizeof standard), 0);
}

Test(model, half_takes_half)
{
    struct cvl_problem problem = hand_made_problem(CVL_STANDARD, 64, 112, 128, 56, 3, 2);
    struct cvl_model_bytes whole = cvl_model_bytes(&problem, CVL_F32);
    struct cvl_model_bytes half = cvl_model_bytes(&problem, CVL_F16);
    cr_expect_eq(2 * half.a, whole.a);
    cr_expect_eq(2 * half.t, whole.t);
    cr_expect_eq(2 * half.o, whole.o);
    cr_expect_eq(2 * half.weights_standard, whole.weights_standard);
    cr_expect_eq(2 * half.weights_separable, whole.weights_separable);
    cr_expect_eq(2 * half.im2col, whole.im2col);
}

/* A row of golden_mbv1_blocks.csv, in its order. */
enum column {
    BLOCK,
    C,
    HW,
    STRIDE,
    K,
    PQ,
    A,
    T,
    O,
    STD_LIVE,
    SEP_LIVE,
    SEP_FREED,
    FUSED_LIVE,
    IM2COL_WS,
    W_STD,
    W_SEP,
    COLUMNS
};

static bool read_row(FILE *file, uint64_t row[COLUMNS])
{
    for (int i = 0; i < COLUMNS; i++)
        if (fscanf(file, i == 0 ? "%" SCNu64 : ",%" SCNu64, &row[i]) != 1)
            return false;
    return true;
}

static void expect_block(const uint64_t row[COLUMNS])
{
    struct cvl_problem problem =
        hand_made_problem(CVL_SEPARABLE, (int32_t)row[C], (int32_t)row[HW], (int32_t)row[K],
                          (int32_t)row[PQ], 3, (int32_t)row[STRIDE]);
    struct cvl_model_bytes bytes = bytes_of(problem);
    cr_expect_eq(bytes.a, row[A]);
    cr_expect_eq(bytes.t, row[T]);
    cr_expect_eq(bytes.o, row[O]);
    cr_expect_eq(bytes.im2col, row[IM2COL_WS]);
    cr_expect_eq(bytes.weights_standard, row[W_STD]);
    cr_expect_eq(bytes.weights_separable, row[W_SEP]);
    cr_expect_eq(cvl_model_standard_peak(&bytes, CVL_ALL_LIVE, false, false), row[STD_LIVE]);
    cr_expect_eq(cvl_model_separable_peak(&bytes, CVL_ALL_LIVE, false), row[SEP_LIVE]);
    cr_expect_eq(cvl_model_separable_peak(&bytes, CVL_FREED, false), row[SEP_FREED]);

    struct cvl_plan fused = hand_made_single(bytes.a, bytes.o, bytes.weights_separable);
    struct cvl_plan unfused =
        hand_made_double(bytes.a, CVL_INTERMEDIATE, bytes.t, bytes.o, bytes.weights_separable);
    struct cvl_plan_bytes one = plan_bytes(&fused, 128), two = plan_bytes(&unfused, 128);
    cr_expect_eq(one.peak_without_weights[CVL_FREED], row[FUSED_LIVE]);
    cr_expect_eq(two.peak_without_weights[CVL_ALL_LIVE], row[SEP_LIVE]);
    cr_expect_eq(two.peak_without_weights[CVL_FREED], row[SEP_FREED]);
    cr_expect_eq(two.peak_without_weights[CVL_ARENA], row[SEP_FREED]);
    /* Fused is more than unfused and freed exactly if T < min(A, O). */
    cr_expect_eq(row[FUSED_LIVE] > row[SEP_FREED], row[T] < row[A] && row[T] < row[O]);
}

Test(model, mobilenet_v1_blocks)
{
    FILE *file = fopen(CONVLENS_SOURCE_DIR "/tests/golden/golden_mbv1_blocks.csv", "r");
    cr_assert_not_null(file);
    char heading[256];
    cr_assert_not_null(fgets(heading, sizeof heading, file));
    uint64_t row[COLUMNS], blocks = 0;
    while (read_row(file, row)) {
        expect_block(row);
        blocks++;
        cr_expect_eq(row[BLOCK], blocks);
    }
    cr_expect(feof(file));
    cr_expect_eq(blocks, 13);
    (void)fclose(file);
}

/* A layer of a kernel larger than 1, two output channels or more, and an output not larger than its
 * input. */
static struct cvl_problem draw_layer(struct cvl_random *random)
{
    struct cvl_problem p = {.form = CVL_SEPARABLE, .g = 1};
    p.mb = 1 + (int32_t)cvl_random_below(random, 8);
    /* Small and large channel counts alike: 1 to 2 up to 1 to 1024. */
    p.ic = 1 + (int32_t)cvl_random_below(random, 2u << cvl_random_below(random, 10));
    p.oc = 2 + (int32_t)cvl_random_below(random, 2u << cvl_random_below(random, 10));
    p.kh = 2 + (int32_t)cvl_random_below(random, 6);
    p.kw = 2 + (int32_t)cvl_random_below(random, 6);
    p.ih = p.kh + (int32_t)cvl_random_below(random, 60);
    p.iw = p.kw + (int32_t)cvl_random_below(random, 60);
    p.sh = 1 + (int32_t)cvl_random_below(random, 3);
    p.sw = 1 + (int32_t)cvl_random_below(random, 3);
    p.ph = (int32_t)cvl_random_below(random, 2) * ((p.kh - 1) / 2);
    p.pw = (int32_t)cvl_random_below(random, 2) * ((p.kw - 1) / 2);
    p.oh = (p.ih + 2 * p.ph - p.kh) / p.sh + 1;
    p.ow = (p.iw + 2 * p.pw - p.kw) / p.sw + 1;
    return p;
}

/* The golden table, as it is written there: standard by direct. */
static bool table_says_more(const struct cvl_problem *p, enum cvl_policy policy, bool weights)
{
    int64_t n = p->mb, c = p->ic, k = p->oc, pq = (int64_t)p->oh * p->ow;
    int64_t r2 = (int64_t)p->kh * p->kw;
    if (policy == CVL_FREED || policy == CVL_ARENA)
        return weights ? n * pq * (c - k) > c * ((k - 1) * (r2 - 1) - 1) : c > k;
    return !weights || n * pq >= (k - 1) * (r2 - 1);
}

/* How often each answer came up, by policy and weights. */
struct answers {
    uint32_t yes[CVL_POLICY_COUNT][2], no[CVL_POLICY_COUNT][2];
};

static void expect_direct(const struct cvl_problem *p, struct answers *answers)
{
    struct cvl_model_bytes b = cvl_model_bytes(p, CVL_F32);
    struct cvl_plan direct = hand_made_single(b.a, b.o, b.weights_standard);
    struct cvl_plan unfused =
        hand_made_double(b.a, CVL_INTERMEDIATE, b.t, b.o, b.weights_separable);
    struct cvl_plan_bytes one = plan_bytes(&direct, 4), two = plan_bytes(&unfused, 4);
    for (int i = 0; i < 2 * CVL_POLICY_COUNT; i++) {
        enum cvl_policy policy = (enum cvl_policy)(i / 2);
        bool weights = i % 2 == 1;
        uint64_t standard = cvl_model_standard_peak(&b, policy, false, weights);
        uint64_t separable = cvl_model_separable_peak(&b, policy, weights);
        cr_assert_eq(standard, weights ? one.peak[policy] : one.peak_without_weights[policy]);
        cr_assert_eq(separable, weights ? two.peak[policy] : two.peak_without_weights[policy]);
        bool more = separable > standard;
        cr_assert_eq(table_says_more(p, policy, weights), more);
        cr_assert_eq(cvl_model_separable_needs_more(p, policy, false, weights), more);
        *(more ? &answers->yes[policy][weights] : &answers->no[policy][weights]) += 1;
    }
}

/* Never more than with im2col, if it keeps the patches of the whole batch, or of one image and the
 * batch is not larger than the kernel. Returns whether a larger batch turned the answer. */
static bool expect_im2col(const struct cvl_problem *p, enum cvl_policy policy, bool weights)
{
    struct cvl_model_bytes b = cvl_model_bytes(p, CVL_F32);
    uint64_t standard = cvl_model_standard_peak(&b, policy, true, weights);
    uint64_t separable = cvl_model_separable_peak(&b, policy, weights);
    bool more = separable > standard;
    cr_assert_eq(cvl_model_separable_needs_more(p, policy, true, weights), more);
    cr_assert_not(more && p->mb <= p->kh * p->kw);
    b.im2col *= (uint64_t)p->mb;
    cr_assert_leq(separable, cvl_model_standard_peak(&b, policy, true, weights));
    return more;
}

/* With a multiplier T may be larger than A, and the separable weights larger than the standard
 * ones. Padding may make T larger, too. Returns whether more was needed. */
static bool expect_multiplied(struct cvl_random *random, enum cvl_policy policy, bool im2col,
                              bool weights)
{
    struct cvl_problem p = draw_layer(random);
    p.dm = (int32_t)cvl_random_below(random, 2) * (2 + (int32_t)cvl_random_below(random, 7));
    p.ph += (int32_t)cvl_random_below(random, 4);
    p.oh += (int32_t)cvl_random_below(random, 4);
    const struct cvl_model_bytes b = cvl_model_bytes(&p, CVL_F32);
    const bool more = cvl_model_separable_peak(&b, policy, weights) >
                      cvl_model_standard_peak(&b, policy, im2col, weights);
    cr_assert_eq(b.t, 4 * cvl_problem_sizes(&p).intermediate_elements);
    cr_assert_eq(cvl_model_separable_needs_more(&p, policy, im2col, weights), more);
    return more;
}

Test(model, condition_with_multipliers)
{
    struct cvl_random random = {1705};
    for (int i = 0; i < 4 * CVL_POLICY_COUNT; i++) {
        const enum cvl_policy policy = (enum cvl_policy)(i / 4);
        const bool im2col = i % 2 == 1, weights = i / 2 % 2 == 1;
        uint32_t more = 0;
        for (int round = 0; round < 10000; round++)
            more += expect_multiplied(&random, policy, im2col, weights);
        cr_expect_gt(more, 100);
        cr_expect(more < 9900 || (!im2col && !weights));
    }
}

Test(model, six_conditions_on_random_layers)
{
    struct cvl_random random = {1704};
    struct answers answers = {0};
    uint32_t turned = 0;
    for (int round = 0; round < 100000; round++) {
        struct cvl_problem problem = draw_layer(&random);
        expect_direct(&problem, &answers);
        for (int i = 0; i < 2 * CVL_POLICY_COUNT; i++)
            turned += expect_im2col(&problem, (enum cvl_policy)(i / 2), i % 2 == 1) ? 1 : 0;
    }
    /* Without weights and with the input kept the answer is always yes; else both came up. */
    cr_expect_eq(answers.yes[CVL_ALL_LIVE][0], 100000);
    cr_expect_eq(answers.yes[CVL_FREED_PINNED][0], 100000);
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++) {
        cr_expect_gt(answers.yes[policy][1], 1000);
        cr_expect_gt(answers.no[policy][1], 1000);
    }
    cr_expect_gt(answers.yes[CVL_FREED][0], 1000);
    cr_expect_gt(answers.no[CVL_FREED][0], 1000);
    cr_expect_gt(turned, 100);
}

/* Where the conditions tip: one more output channel, one more window. */
Test(model, conditions_at_their_edge)
{
    struct cvl_problem p = hand_made_problem(CVL_SEPARABLE, 8, 6, 5, 4, 3, 1);
    /* N P Q = 16 < (K - 1) (R2 - 1) = 4 * 8 = 32; two images: equal. */
    cr_expect_not(cvl_model_separable_needs_more(&p, CVL_ALL_LIVE, false, true));
    p.mb = 2;
    cr_expect(cvl_model_separable_needs_more(&p, CVL_ALL_LIVE, false, true));
    cr_expect(cvl_model_separable_needs_more(&p, CVL_FREED_PINNED, false, true));
    p.mb = 1;
    cr_expect(cvl_model_separable_needs_more(&p, CVL_FREED, false, false));
    p.oc = 8; /* C = K */
    cr_expect_not(cvl_model_separable_needs_more(&p, CVL_FREED, false, false));
    cr_expect_not(cvl_model_separable_needs_more(&p, CVL_ARENA, false, false));
}

/* A batch larger than the kernel against the patches of one image: T is that of all images. */
Test(model, batch_larger_than_the_kernel_turns_im2col)
{
    struct cvl_problem p = hand_made_problem(CVL_SEPARABLE, 64, 56, 2, 56, 2, 1);
    p.mb = 4;
    cr_expect_not(cvl_model_separable_needs_more(&p, CVL_ALL_LIVE, true, false));
    p.mb = 5;
    cr_expect(cvl_model_separable_needs_more(&p, CVL_ALL_LIVE, true, false));
}

/* Block 3 of MobileNetV2: 24 -> 144 -> 24 at 56, in floats. */
Test(model, inverted)
{
    struct cvl_problem p = hand_made_problem(CVL_INVERTED, 24, 56, 24, 56, 3, 1);
    const uint64_t a = 301056, e = 1806336, weights = 4 * (24 * 144 + 9 * 144 + 144 * 24);
    p.mc = 144;
    cr_expect_eq(cvl_model_inverted_peak(&p, CVL_F32, CVL_ALL_LIVE, false), 2 * a + 2 * e);
    cr_expect_eq(cvl_model_inverted_peak(&p, CVL_F32, CVL_FREED, false), 2 * e);
    cr_expect_eq(cvl_model_inverted_peak(&p, CVL_F32, CVL_ARENA, true), 2 * e + weights);
    cr_expect_eq(cvl_model_inverted_peak(&p, CVL_F32, CVL_FREED_PINNED, false), a + 2 * e);
    p.res = 1;
    cr_expect_eq(cvl_model_inverted_peak(&p, CVL_F32, CVL_FREED, false), a + 2 * e);
    cr_expect_eq(cvl_model_inverted_peak(&p, CVL_F16, CVL_FREED, false), (a + 2 * e) / 2);
}
