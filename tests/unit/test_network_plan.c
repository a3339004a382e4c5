#include <criterion/criterion.h>

#include <stdio.h>

#include <convlens/chain.h>
#include <convlens/device.h>
#include <convlens/sweep.h>
#include <convlens/variant.h>

static struct cvl_sweep sweep;
static struct cvl_chain_plan plan;

static void read_config(const char *name)
{
    char path[512];
    struct cvl_error err = {0};
    (void)snprintf(path, sizeof path, "%s/configs/%s.ini", CONVLENS_SOURCE_DIR, name);
    cr_assert_eq(cvl_sweep_read(path, &sweep, &err), CVL_OK, "%s", err.text);
}

static void read_text(const char *text)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(text, "t.ini", &sweep, &err), CVL_OK, "%s", err.text);
}

/* The chain of that form, made with that variant. */
static void make(enum cvl_form form, const char *lead, enum cvl_layout layout)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_chain_choice choices[64] = {{0}};
    struct cvl_error err = {0};
    const struct cvl_network *chain = sweep.chains;
    while (chain->form != form)
        chain++;
    for (size_t i = 0; i < chain->step_count; i++) {
        choices[i].variant = cvl_chain_choose(&chain->steps[i], cvl_variant_find(lead), layout,
                                              CVL_F32, &device, &err);
        cr_assert_not_null(choices[i].variant, "%s", err.text);
    }
    cr_assert_eq(cvl_chain_plan_create(chain, choices, layout, CVL_F32, &device, &plan, &err),
                 CVL_OK, "%s", err.text);
}

static void clear(void)
{
    cvl_chain_plan_clear(&plan);
    cvl_sweep_clear(&sweep);
}

static const char *peak_layer(enum cvl_policy policy)
{
    return plan.chain->steps[cvl_chain_step_of(&plan, plan.bytes.peak_stage[policy])].layer;
}

/* tests/unit/test_configs.c has the network's totals; these are its tensors'. */
Test(chain_plan, mobilenet_v1_unfused)
{
    read_config("mobilenet_v1");
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        make(CVL_SEPARABLE, "sep_unfused", (enum cvl_layout)layout);
        const struct cvl_chain_bytes *bytes = &plan.bytes;
        cr_expect_eq(plan.buffer_count, 28, "an input and 27 outputs");
        cr_expect_eq(plan.stage_count, 27);
        cr_expect_eq(bytes->outputs, 20170752);
        cr_expect_eq(bytes->plan.peak_without_weights[CVL_ALL_LIVE], 20170752 + 602112);
        cr_expect_eq(bytes->plan.peak_without_weights[CVL_FREED], 4816896);
        cr_expect_eq(bytes->plan.peak_without_weights[CVL_FREED_PINNED], 4816896 + 602112);
        cr_expect_eq(bytes->plan.peak_without_weights[CVL_ARENA], 4816896);
        cr_expect_eq(bytes->arena_lower_bound, 4816896);
        cr_expect_eq(bytes->arena_without_input, 4816896);
        cr_expect_eq(bytes->arena_without_input_lower_bound, 4816896);
        cr_expect_eq(bytes->plan.role[CVL_INPUT], 602112);
        cr_expect_eq(bytes->plan.role[CVL_OUTPUT], 1024 * 49 * 4);
        cr_expect_eq(bytes->plan.peak[CVL_ARENA], 4816896 + bytes->plan.role[CVL_WEIGHTS]);
        cr_expect_str_eq(peak_layer(CVL_FREED), "block1");
        cr_expect_str_eq(peak_layer(CVL_ARENA), "block1");
        cvl_chain_plan_clear(&plan);
    }
    cvl_sweep_clear(&sweep);
}

Test(chain_plan, the_twin_has_the_same_arena)
{
    read_config("mobilenet_v1_fullconv");
    cr_assert_eq(sweep.chain_count, 1);
    make(CVL_STANDARD, "direct", CVL_NHWC);
    cr_expect_eq(plan.buffer_count, 15);
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_ARENA], 4816896);
    cr_expect_eq(plan.bytes.arena_lower_bound, 4816896);
    cr_expect_eq(plan.bytes.arena_without_input, 4816896);
    clear();
}

/* What lives by the lifetimes themselves, not by the code under test. */
static void expect_consistent(void)
{
    uint64_t max = 0;
    for (uint32_t stage = 0; stage < plan.stage_count; stage++) {
        uint64_t live = 0;
        for (uint32_t i = 0; i < plan.buffer_count; i++)
            if (plan.buffers[i].first_stage <= stage && stage <= plan.buffers[i].last_stage)
                live += plan.buffers[i].bytes;
        cr_expect_eq(cvl_chain_live(&plan, stage, false), live, "stage %u", stage);
        max = live > max ? live : max;
    }
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_FREED], max);
    cr_expect_eq(plan.bytes.arena_lower_bound, max);
    for (uint32_t i = 0; i < plan.buffer_count; i++)
        for (uint32_t j = 0; j < i; j++) {
            const struct cvl_plan_buffer *a = &plan.buffers[i], *b = &plan.buffers[j];
            bool meet = a->first_stage <= b->last_stage && b->first_stage <= a->last_stage;
            bool share = plan.offset[i] < plan.offset[j] + b->bytes &&
                         plan.offset[j] < plan.offset[i] + a->bytes;
            cr_expect_not(meet && share, "%s and %s share bytes", a->name, b->name);
        }
}

Test(chain_plan, every_variant_of_the_network_is_consistent)
{
    read_config("mobilenet_v1");
    for (size_t v = 0; v < cvl_variant_count(); v++)
        for (size_t c = 0; c < sweep.chain_count; c++)
            if (cvl_variant_computes(cvl_variant_at(v), sweep.chains[c].form)) {
                make(sweep.chains[c].form, cvl_variant_name(cvl_variant_at(v)), CVL_NCHW);
                expect_consistent();
                cvl_chain_plan_clear(&plan);
            }
    cvl_sweep_clear(&sweep);
}

/* Four layers of 1024-byte tensors (16x4x4). */
#define LAYER(name) "[layer " name "]\nin = 16x4x4\nout = 16\nkernel = 3\npad = same\n"
#define FOUR        "[sweep]\nforms = standard\n" LAYER("a") LAYER("b") LAYER("c") LAYER("d") "[chain]\n"

Test(chain_plan, without_a_residual_two_tensors_do)
{
    read_text(FOUR);
    make(CVL_STANDARD, "direct", CVL_NHWC);
    cr_expect_eq(plan.stage_count, 4);
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_FREED], 2048);
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_ARENA], 2048);
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_FREED_PINNED], 3072);
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_ALL_LIVE], 5120);
    cr_expect_eq(plan.bytes.outputs, 4096);
    clear();
}

Test(chain_plan, a_residual_keeps_its_input_until_the_sum)
{
    read_text(FOUR "residual = b:c\n");
    make(CVL_STANDARD, "direct", CVL_NHWC);
    cr_expect_eq(plan.stage_count, 5);
    cr_assert_eq(plan.sum_count, 1);
    cr_expect_eq(plan.sums[0].stage, 3, "behind c, before d");
    cr_expect_eq(plan.sums[0].elements, 256);
    cr_expect_eq(plan.parts[3].first_stage, 4);
    cr_expect_eq(plan.sums[0].kept, 1, "the output of a");
    cr_expect_eq(plan.sums[0].target, 3, "the output of c");
    cr_expect_eq(plan.buffers[1].last_stage, 3);
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_FREED], 3072);
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_ARENA], 3072);
    cr_expect_str_eq(peak_layer(CVL_FREED), "c");
    cr_expect_eq(cvl_chain_step_of(&plan, 3), 2, "a sum belongs to the layer it changes");
    expect_consistent();
    clear();
}

Test(chain_plan, a_residual_from_the_networks_input_costs_nothing_more_pinned)
{
    read_text(FOUR "residual = a:d\n");
    make(CVL_STANDARD, "direct", CVL_NHWC);
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_FREED], 3072);
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_FREED_PINNED], 3072);
    expect_consistent();
    clear();
}

Test(chain_plan, weights_are_loaded_one_layer_after_the_other)
{
    read_text(FOUR);
    make(CVL_STANDARD, "direct", CVL_NHWC);
    const struct cvl_plan_bytes one = cvl_plan_bytes(&plan.parts[0].plan, 128);
    const uint64_t weights = one.role[CVL_WEIGHTS];
    cr_expect_gt(one.load_peak, weights, "packed weights exist twice while they are packed");
    cr_expect_eq(plan.bytes.plan.role[CVL_WEIGHTS], 4 * weights);
    cr_expect_eq(plan.bytes.plan.load_peak, 3 * weights + one.load_peak);
    clear();
}

Test(chain_plan, what_the_lead_does_not_compute_another_does)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_error err = {0};
    read_config("mobilenet_v1");
    const struct cvl_variant *lead = cvl_variant_find("sep_fused");
    const struct cvl_network *chain = &sweep.chains[1];
    cr_expect_str_eq(cvl_variant_name(cvl_chain_choose(&chain->steps[0], lead, CVL_NHWC, CVL_F32,
                                                       &device, &err)),
                     "direct");
    cr_expect_eq(cvl_chain_choose(&chain->steps[1], lead, CVL_NHWC, CVL_F32, &device, &err), lead);
    cvl_sweep_clear(&sweep);
}

Test(chain_plan, a_choice_that_does_not_apply_names_the_layer)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    const struct cvl_variant *fused = cvl_variant_find("sep_fused");
    const struct cvl_chain_choice choices[4] = {
        {.variant = fused}, {.variant = fused}, {.variant = fused}, {.variant = fused}};
    struct cvl_error err = {0};
    read_text(FOUR);
    cr_assert_eq(
        cvl_chain_plan_create(&sweep.chains[0], choices, CVL_NHWC, CVL_F32, &device, &plan, &err),
        CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text, "a: sep_fused does not compute the standard form");
    cr_expect_null(plan.parts);
    cvl_sweep_clear(&sweep);
}

#define DEPTHWISE(name)                                                                            \
    "[layer " name "]\nin = 16x4x4\nout = 16\nkernel = 3\npad = same\nforms = depthwise\n"
#define IN_PLACE LAYER("a") DEPTHWISE("b") LAYER("c") "[chain]\nforms = standard\n"

/* The chain's plan where b is computed in place. */
static enum cvl_status plan_in_place(const char *text, struct cvl_error *err)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_chain_choice choices[3] = {{.variant = cvl_variant_find("direct")},
                                          {.variant = cvl_variant_find("dw_inplace")},
                                          {.variant = cvl_variant_find("direct")}};
    read_text(text);
    if (sweep.chains[0].steps[0].problem.form == CVL_DEPTHWISE)
        choices[0] = choices[1];
    return cvl_chain_plan_create(&sweep.chains[0], choices, CVL_NHWC, CVL_F32, &device, &plan, err);
}

Test(chain_plan, a_layer_in_place_needs_no_tensor)
{
    struct cvl_error err = {0};
    cr_assert_eq(plan_in_place(IN_PLACE, &err), CVL_OK, "%s", err.text);
    cr_expect_eq(plan.buffer_count, 3, "the input, that of a and b, that of c");
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_ALL_LIVE], 3072);
    cr_expect_eq(plan.bytes.plan.peak_without_weights[CVL_FREED], 2048);
    cr_expect_eq(plan.buffers[1].first_stage, 0);
    cr_expect_eq(plan.buffers[1].last_stage, 2);
    expect_consistent();
    clear();
}

Test(chain_plan, what_is_kept_is_not_overwritten)
{
    struct cvl_error err = {0};
    cr_assert_eq(plan_in_place(IN_PLACE "residual = b:c\n", &err), CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text, "b: dw_inplace overwrites its input, which must be kept");
    cvl_sweep_clear(&sweep);
    cr_assert_eq(plan_in_place(DEPTHWISE("b") "[chain]\nforms = depthwise\n", &err),
                 CVL_UNSUPPORTED, "the caller keeps the network's input");
    cvl_sweep_clear(&sweep);
}
