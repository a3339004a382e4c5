/* Concats whose inputs are made as parts of the output: which are, and what it saves. A channel has
 * 4x4 pixels, 64 bytes; parts begin at multiples of 128. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/device.h>
#include <convlens/sweep.h>
#include <convlens/variant.h>

#include "base/random.h"

static struct cvl_sweep sweep;
static struct cvl_plan plan;

static void clear(void)
{
    cvl_plan_clear(&plan);
    cvl_sweep_clear(&sweep);
}

TestSuite(concat, .fini = clear);

static void make(const char *text, enum cvl_layout layout)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_error err = {0};
    clear();
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, &err), CVL_OK, "%s", err.text);
    const struct cvl_case item = {
        .network = &sweep.networks[0], .variant = cvl_variant_find("direct"), .layout = layout};
    cr_assert_eq(cvl_case_plan(&item, NULL, &device, &plan, &err), CVL_OK, "%s", err.text);
}

/* NULL: no such buffer runs. */
static struct cvl_plan_buffer *find(const char *name)
{
    for (uint32_t i = 0; i < plan.buffer_count; i++)
        if (cvl_buffer_runs(&plan, &plan.buffers[i]) && strcmp(plan.buffers[i].name, name) == 0)
            return &plan.buffers[i];
    return NULL;
}

static struct cvl_plan_buffer *named(const char *name)
{
    struct cvl_plan_buffer *buffer = find(name);
    cr_assert_not_null(buffer, "no buffer %s", name);
    return buffer;
}

static uint32_t count_copies(void)
{
    uint32_t count = 0;
    for (uint32_t s = 0; s < plan.stage_count; s++)
        count += strcmp(plan.stages[s].name, "concat") == 0;
    return count;
}

static void expect_part(const char *name, const char *whole, uint64_t offset)
{
    const struct cvl_plan_buffer *part = named(name);
    cr_assert(part->is_part, "%s", name);
    cr_expect_str_eq(plan.buffers[part->whole].name, whole, "%s", name);
    cr_expect_eq(part->offset, offset, "%s at %zu", name, (size_t)part->offset);
    cr_expect_eq(plan.arena_offset[part - plan.buffers], plan.arena_offset[part->whole] + offset,
                 "%s", name);
}

static void expect_copied(const char *name)
{
    cr_expect_not(named(name)->is_part, "%s", name);
}

#define POINT(name, from, in, out)                                                                 \
    "[layer " name "]\nfrom = " from "\nin = " #in "x4x4\nout = " #out "\nkernel = 1\n"
#define HEAD              "[sweep]\nforms = pointwise\n"
#define JOIN(name, parts) "[op " name "]\ntype = concat\nfrom = " parts "\n"
#define TWO                                                                                        \
    HEAD "[network]\n" POINT("stem", "input", 1, 8) POINT("a", "stem", 8, 6)                       \
        POINT("b", "stem", 8, 10) JOIN("join", "a, b") POINT("head", "join", 16, 2)

Test(concat, makers_write_where_it_belongs)
{
    make(TWO, CVL_NCHW);
    cr_expect_eq(count_copies(), 0);
    expect_part("a", "join", 0);
    expect_part("b", "join", 6 * 64);
    const uint32_t first = plan.load_stage_count;
    cr_expect_eq(plan.stage_count - first, 4, "stem, a, b and head");
    cr_expect_eq(named("join")->first_stage, first + 1, "from a on");
    cr_expect_eq(named("join")->last_stage, first + 3);
    cr_expect_eq(named("a")->last_stage, first + 1);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED], (8 + 16) * 64);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_ARENA], (8 + 16) * 64);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_ALL_LIVE], (1 + 8 + 16 + 2) * 64);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED_PINNED], (1 + 8 + 16) * 64);
    cr_expect_eq(plan.bytes.outputs, (8 + 16 + 2) * 64);
    cr_expect_eq(plan.bytes.new_tensors_peak - plan.bytes.role[CVL_WEIGHTS], (6 + 10 + 16) * 64,
                 "as it was where both were copied");
    cr_expect_eq(cvl_plan_live_role(&plan, first + 1, CVL_INTERMEDIATE), (8 + 16) * 64);
}

/* The parts of a tensor's channels are scattered where pixels come first, and with several images.
 */
Test(concat, layouts_in_which_an_input_is_no_single_piece_copy)
{
    make(TWO, CVL_NHWC);
    cr_expect_eq(count_copies(), 2);
    expect_copied("a");
    make("[sweep]\nforms = pointwise\nbatch = 2\n[network]\n" POINT("stem", "input", 1, 8)
             POINT("a", "stem", 8, 6) POINT("b", "stem", 8, 10) JOIN("join", "a, b")
                 POINT("head", "join", 16, 2),
         CVL_NCHW);
    cr_expect_eq(count_copies(), 2);
    expect_copied("b");
}

Test(concat, of_single_pixels_in_both_layouts)
{
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        make(HEAD
             "[network]\n[layer a]\nfrom = input\nin = 8x1x1\nout = 64\nkernel = 1\n"
             "[layer b]\nfrom = input\nin = 8x1x1\nout = 32\nkernel = 1\n" JOIN("join", "a, b"),
             (enum cvl_layout)layout);
        cr_expect_eq(count_copies(), 0);
        expect_part("b", "join", 64 * 4);
        cr_expect_eq(named("join")->role, CVL_OUTPUT, "the network ends with it");
        cr_expect_eq(named("join")->step, 2);
        cr_expect_eq(named("join")->last_stage, plan.stage_count - 1);
    }
}

/* 5 channels are 320 bytes: b cannot begin there, c can. */
Test(concat, where_no_part_may_begin_the_input_is_copied)
{
    make(HEAD "[network]\n" POINT("big", "input", 1, 90) POINT("stem", "big", 90, 4)
             POINT("a", "stem", 4, 5) POINT("b", "stem", 4, 5) POINT("c", "stem", 4, 4)
                 JOIN("join", "a, b, c"),
         CVL_NCHW);
    cr_expect_eq(count_copies(), 1);
    expect_part("a", "join", 0);
    expect_copied("b");
    expect_part("c", "join", 10 * 64);
}

/* The network's input, what the network gives as well, what is there twice or read later. */
Test(concat, what_something_else_needs_is_copied)
{
    make(HEAD "[network]\n" POINT("a", "input", 2, 2) JOIN("join", "input, a")
             POINT("head", "join", 4, 2),
         CVL_NCHW);
    cr_expect_eq(count_copies(), 1);
    expect_part("a", "join", 2 * 64);
    make(HEAD "[network]\n" POINT("a", "input", 2, 2) JOIN("join", "a, a") POINT("b", "join", 4, 2),
         CVL_NCHW);
    cr_expect_eq(count_copies(), 2, "the same twice");
    make(HEAD "[network]\n" POINT("a", "input", 2, 2) POINT("b", "input", 2, 2) JOIN("ab", "a, b")
             JOIN("ba", "b, a"),
         CVL_NCHW);
    cr_expect_eq(count_copies(), 2, "of two concats the last");
    expect_part("b", "ba", 0);
    expect_part("a", "ba", 2 * 64);
    make(HEAD "[network]\n" POINT("a", "input", 2, 2) POINT("b", "a", 2, 2) JOIN("join", "a, b")
             POINT("c", "a", 2, 2),
         CVL_NCHW);
    cr_expect_eq(count_copies(), 1, "c reads a later");
    expect_copied("a");
}

/* An op in place changes the part before the concat, and the whole after it. */
Test(concat, ops_in_place)
{
    make(HEAD "[network]\n" POINT("a", "input", 2, 2) "[op relu]\ntype = activation\n" POINT(
             "b", "input", 2,
             4) "[op relu6]\ntype = activation\nfunction = relu6\n" JOIN("join",
                                                                         "relu, relu6") "[op "
                                                                                        "act]"
                                                                                        "\ntype = "
                                                                                        "activation"
                                                                                        "\nfunction"
                                                                                        " = tanh\n"
                                                                                        "[op "
                                                                                        "flat]"
                                                                                        "\ntype = "
                                                                                        "reshape\no"
                                                                                        "ut = "
                                                                                        "96x1x1\n",
         CVL_NCHW);
    cr_expect_eq(count_copies(), 0);
    expect_part("a", "join", 0);
    expect_part("b", "join", 2 * 64);
    cr_expect_eq(named("join")->role, CVL_OUTPUT, "as flat");
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_ALL_LIVE], (2 + 6) * 64);
}

/* As in a DenseNet: each concat is an input of the next one, and all lie in the last. */
Test(concat, concats_of_concats_have_one_buffer)
{
    make(HEAD "[network]\n" POINT("stem", "input", 1, 40) POINT("big", "stem", 40, 200)
             POINT("x0", "big", 200, 4) POINT("x1", "x0", 4, 2) JOIN("c1", "x0, x1")
                 POINT("x2", "c1", 6, 2) JOIN("c2", "c1, x2") POINT("x3", "c2", 8, 2)
                     JOIN("c3", "c2, x3") POINT("head", "c3", 10, 2),
         CVL_NCHW);
    cr_expect_eq(count_copies(), 0);
    expect_part("x0", "c3", 0);
    expect_part("x1", "c3", 4 * 64);
    expect_part("c1", "c3", 0);
    expect_part("x2", "c3", 6 * 64);
    expect_part("c2", "c3", 0);
    expect_part("x3", "c3", 8 * 64);
    cr_expect_eq(plan.bytes.outputs, (40 + 200 + 10 + 2) * 64);
    cr_expect_eq(named("c1")->first_stage, named("x1")->last_stage + 1, "where it is read");
}

/* What nothing but the next concat reads is not there at all. */
Test(concat, of_a_concat_alone)
{
    make(HEAD "[network]\n" POINT("a", "input", 2, 2) POINT("b", "input", 2, 2)
             JOIN("inner", "a, b") POINT("c", "input", 2, 4) JOIN("outer", "c, inner"),
         CVL_NCHW);
    cr_expect_eq(count_copies(), 0);
    cr_expect_null(find("inner"));
    expect_part("c", "outer", 0);
    expect_part("a", "outer", 4 * 64);
    expect_part("b", "outer", 6 * 64);
}

/* early is small and waits for late while the peak is reached, and the whole would wait with it. */
#define LATE                                                                                       \
    HEAD "[network]\n" POINT("early", "input", 2, 2) POINT("wide", "early", 2, 60)                 \
        POINT("wider", "wide", 60, 60) POINT("late", "wider", 60, 30) JOIN("join", "early, late")  \
            POINT("head", "join", 32, 2)

Test(concat, what_would_raise_the_peak_is_copied)
{
    make(LATE, CVL_NCHW);
    cr_expect_eq(count_copies(), 1);
    expect_copied("early");
    expect_part("late", "join", 2 * 64);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED], (2 + 60 + 60) * 64);
}

/* --- the check -------------------------------------------------------------------------------- */

static void expect_fault(const char *what)
{
    struct cvl_error err = {0};
    cr_expect_eq(cvl_plan_check(&plan, &err), CVL_FAILED, "%s", what);
    cr_expect_not_null(strstr(err.text, what), "expected '%s', got '%s'", what, err.text);
}

Test(concat, a_part_is_within_its_whole)
{
    make(TWO, CVL_NCHW);
    named("b")->offset += 128;
    expect_fault("b ends outside the buffer that it is a part of");
    make(TWO, CVL_NCHW);
    named("b")->whole = (uint32_t)(named("a") - plan.buffers);
    expect_fault("b is part of no buffer that comes before it");
    make(TWO, CVL_NCHW);
    plan.arena_offset[named("b") - plan.buffers] += 64;
    expect_fault("b is not where its whole is in the arena");
    make(TWO, CVL_NCHW);
    named("a")->content = CVL_CONTENT_OUTPUT;
    expect_fault("a is a part, and no tensor between two layers");
}

Test(concat, parts_that_overlap_do_not_live_together)
{
    make(TWO, CVL_NCHW);
    named("a")->last_stage = named("b")->last_stage;
    plan.stages[named("b")->first_stage].work.launch.args[0].value =
        (int32_t)(named("a") - plan.buffers); /* b is made from a, and lies over it */
    named("stem")->last_stage = named("a")->first_stage;
    named("b")->offset = 0;
    plan.arena_offset[named("b") - plan.buffers] = plan.arena_offset[named("join") - plan.buffers];
    expect_fault("overlaps another buffer in the arena");
}

Test(concat, a_whole_is_not_used_while_a_part_lives)
{
    make(TWO, CVL_NCHW);
    named("a")->last_stage = named("join")->last_stage;
    expect_fault("join is used while a part of it lives");
}

Test(concat, a_whole_lives_while_its_parts_do)
{
    make(TWO, CVL_NCHW);
    named("join")->first_stage++;
    expect_fault("a lives longer than the buffer that it is a part of");
}

Test(concat, bytes_are_counted_once)
{
    make(TWO, CVL_NCHW);
    named("a")->is_part = false;
    plan.arena_offset[named("a") - plan.buffers] = plan.bytes.peak_without_weights[CVL_ARENA];
    cr_expect_eq(cvl_plan_check(&plan, NULL), CVL_FAILED);
    make(TWO, CVL_NCHW);
    plan.bytes.new_tensors_peak = plan.bytes.peak[CVL_FREED] - 1;
    expect_fault("are less with tensors that are not shared");
}

/* --- random graphs ---------------------------------------------------------------------------- */

/* A concat for every third tensor, of two to four that are there, in-place ops between them. */
static void write_graph(char *text, size_t size, struct cvl_random *random)
{
    int channels[24] = {4}, used = snprintf(text, size, HEAD "[network]\ninput = 4x4x4\n");
    for (int t = 1; t < 24; t++) {
        const int from = (int)(cvl_random_next(random) % (unsigned)t);
        char name[16] = "input";
        if (from > 0)
            (void)snprintf(name, sizeof name, "t%d", from);
        channels[t] = channels[from];
        if (t % 3 == 2) {
            used += snprintf(text + used, size - (size_t)used, "[op t%d]\ntype = concat\nfrom = %s",
                             t, name);
            for (unsigned i = 0, more = 1 + (unsigned)(cvl_random_next(random) % 3); i < more;
                 i++) {
                const int other = 1 + (int)(cvl_random_next(random) % (unsigned)(t - 1));
                channels[t] += channels[other];
                used += snprintf(text + used, size - (size_t)used, ", t%d", other);
            }
            used += snprintf(text + used, size - (size_t)used, "\n");
        } else if (cvl_random_next(random) % 3 == 0) {
            used += snprintf(text + used, size - (size_t)used,
                             "[op t%d]\ntype = activation\nfrom = %s\n", t, name);
        } else {
            channels[t] = 1 + (int)(cvl_random_next(random) % 12);
            used += snprintf(text + used, size - (size_t)used,
                             "[layer t%d]\nfrom = %s\nin = %dx4x4\nout = %d\nkernel = 1\n", t, name,
                             channels[from], channels[t]);
        }
        cr_assert_lt((size_t)used, size);
    }
}

Test(concat, random_graphs_are_sound)
{
    static char text[8192];
    unsigned parts = 0, copies = 0;
    for (unsigned n = 0; n < 300; n++) {
        struct cvl_random random = {n + 1};
        write_graph(text, sizeof text, &random);
        make(text, CVL_NCHW); /* which checks the plan */
        cr_expect_leq(plan.bytes.peak[CVL_FREED], plan.bytes.new_tensors_peak, "%s", text);
        copies += count_copies();
        for (uint32_t i = 0; i < plan.buffer_count; i++)
            parts += plan.buffers[i].is_part;
    }
    cr_expect_gt(parts, 300, "%u", parts);
    cr_expect_gt(copies, 300, "%u", copies);
}
