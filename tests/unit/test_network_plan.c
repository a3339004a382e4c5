#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/device.h>
#include <convlens/sweep.h>
#include <convlens/variant.h>

static struct cvl_sweep sweep;
static struct cvl_plan plan;

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

static struct cvl_case case_of(const struct cvl_network *network, const char *lead,
                               enum cvl_layout layout)
{
    return (struct cvl_case){
        .network = network, .variant = cvl_variant_find(lead), .layout = layout};
}

/* The plan of the network of that form, made with that variant. */
static void make(enum cvl_form form, const char *lead, enum cvl_layout layout)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    const struct cvl_network *network = sweep.networks;
    struct cvl_error err = {0};
    while (network->form != form)
        network++;
    const struct cvl_case item = case_of(network, lead, layout);
    cr_assert_eq(cvl_case_plan(&item, NULL, &device, &plan, &err), CVL_OK, "%s", err.text);
}

static void clear(void)
{
    cvl_plan_clear(&plan);
    cvl_sweep_clear(&sweep);
}

static const char *peak_layer(enum cvl_policy policy)
{
    return plan.steps[plan.stages[plan.bytes.peak_stage[policy]].step].layer;
}

/* What an execution has: neither weights nor what only loading needs. */
static uint32_t running_buffers(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan.buffer_count; i++)
        count += cvl_buffer_runs(&plan, &plan.buffers[i]);
    return count;
}

static uint32_t running_stages(void)
{
    return plan.stage_count - plan.load_stage_count;
}

/* The running buffer of that name. */
static uint32_t find_buffer(const char *name)
{
    for (uint32_t i = 0; i < plan.buffer_count; i++)
        if (cvl_buffer_runs(&plan, &plan.buffers[i]) && strcmp(plan.buffers[i].name, name) == 0)
            return i;
    cr_assert_fail("no buffer %s", name);
    return 0;
}

/* tests/unit/test_configs.c has the network's totals; these are its tensors'. */
Test(network_plan, mobilenet_v1_unfused)
{
    read_config("mobilenet_v1");
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        make(CVL_SEPARABLE, "sep_unfused", (enum cvl_layout)layout);
        const struct cvl_plan_bytes *bytes = &plan.bytes;
        cr_expect_eq(running_buffers(), 28, "an input and 27 outputs");
        cr_expect_eq(running_stages(), 27);
        cr_expect_eq(bytes->outputs, 20170752);
        cr_expect_eq(bytes->peak_without_weights[CVL_ALL_LIVE], 20170752 + 602112);
        cr_expect_eq(bytes->peak_without_weights[CVL_FREED], 4816896);
        cr_expect_eq(bytes->peak_without_weights[CVL_FREED_PINNED], 4816896 + 602112);
        cr_expect_eq(bytes->peak_without_weights[CVL_ARENA], 4816896);
        cr_expect_eq(bytes->arena_lower_bound, 4816896);
        cr_expect_eq(bytes->arena_without_input, 4816896);
        cr_expect_eq(bytes->arena_without_input_lower_bound, 4816896);
        cr_expect_eq(bytes->role[CVL_INPUT], 602112);
        cr_expect_eq(bytes->role[CVL_OUTPUT], 1024 * 49 * 4);
        cr_expect_eq(bytes->peak[CVL_ARENA], 4816896 + bytes->role[CVL_WEIGHTS]);
        cr_expect_str_eq(peak_layer(CVL_FREED), "block1");
        cr_expect_str_eq(peak_layer(CVL_ARENA), "block1");
        cvl_plan_clear(&plan);
    }
    cvl_sweep_clear(&sweep);
}

Test(network_plan, the_twin_has_the_same_arena)
{
    read_config("mobilenet_v1_fullconv");
    cr_assert_eq(sweep.network_count, 1);
    make(CVL_STANDARD, "direct", CVL_NHWC);
    cr_expect_eq(running_buffers(), 15);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_ARENA], 4816896);
    cr_expect_eq(plan.bytes.arena_lower_bound, 4816896);
    cr_expect_eq(plan.bytes.arena_without_input, 4816896);
    clear();
}

static void expect_apart(uint32_t i, uint32_t j)
{
    const struct cvl_plan_buffer *a = &plan.buffers[i], *b = &plan.buffers[j];
    if (!cvl_buffer_runs(&plan, a) || !cvl_buffer_runs(&plan, b))
        return;
    const bool meet = a->first_stage <= b->last_stage && b->first_stage <= a->last_stage;
    const bool share = plan.arena_offset[i] < plan.arena_offset[j] + b->bytes &&
                       plan.arena_offset[j] < plan.arena_offset[i] + a->bytes;
    cr_expect_not(meet && share, "%s and %s share bytes", a->name, b->name);
}

/* What lives by the lifetimes themselves, not by the code under test. */
static void expect_consistent(void)
{
    uint64_t max = 0;
    for (uint32_t stage = plan.load_stage_count; stage < plan.stage_count; stage++) {
        uint64_t live = 0;
        for (uint32_t i = 0; i < plan.buffer_count; i++)
            if (plan.buffers[i].first_stage <= stage && stage <= plan.buffers[i].last_stage &&
                plan.buffers[i].last_stage != CVL_STAYS)
                live += plan.buffers[i].bytes;
        cr_expect_eq(cvl_plan_live(&plan, stage, false), live, "stage %u", stage);
        max = live > max ? live : max;
    }
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED], max);
    cr_expect_eq(plan.bytes.arena_lower_bound, max);
    for (uint32_t i = 0; i < plan.buffer_count; i++)
        for (uint32_t j = 0; j < i; j++)
            expect_apart(i, j);
}

/* Stages of loading are in the order of the layers, as those of the execution are. */
static void expect_order(void)
{
    for (uint32_t s = 1; s < plan.stage_count; s++)
        if (s != plan.load_stage_count)
            cr_expect_leq(plan.stages[s - 1].step, plan.stages[s].step, "stage %u", s);
}

Test(network_plan, every_variant_of_the_network_is_consistent)
{
    read_config("mobilenet_v1");
    for (size_t v = 0; v < cvl_variant_count(); v++)
        for (size_t n = 0; n < sweep.network_count; n++)
            if (cvl_variant_computes(cvl_variant_at(v), sweep.networks[n].form)) {
                make(sweep.networks[n].form, cvl_variant_name(cvl_variant_at(v)), CVL_NCHW);
                cr_expect_str_eq(plan.variant, cvl_variant_name(cvl_variant_at(v)));
                expect_consistent();
                expect_order();
                cvl_plan_clear(&plan);
            }
    cvl_sweep_clear(&sweep);
}

/* Four layers of 1024-byte tensors (16x4x4). */
#define LAYER(name) "[layer " name "]\nin = 16x4x4\nout = 16\nkernel = 3\npad = same\n"
#define FOUR        "[sweep]\nforms = standard\n" LAYER("a") LAYER("b") LAYER("c") LAYER("d") "[network]\n"

Test(network_plan, without_a_residual_two_tensors_do)
{
    read_text(FOUR);
    make(CVL_STANDARD, "direct", CVL_NHWC);
    cr_expect_eq(running_stages(), 4);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED], 2048);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_ARENA], 2048);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED_PINNED], 3072);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_ALL_LIVE], 5120);
    cr_expect_eq(plan.bytes.outputs, 4096);
    clear();
}

/* Which layer it is, and what is between two of them. */
Test(network_plan, steps_and_tensors_have_the_names_of_their_layers)
{
    read_text(FOUR "layers = a, b*2, c\n");
    make(CVL_STANDARD, "direct", CVL_NHWC);
    static const char *const layers[] = {"a", "b", "b", "c"};
    static const uint32_t repetitions[] = {1, 1, 2, 1};
    cr_assert_eq(plan.step_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        cr_expect_str_eq(plan.steps[i].layer, layers[i]);
        cr_expect_eq(plan.steps[i].repetition, repetitions[i]);
        cr_expect_str_eq(plan.steps[i].variant, "direct");
        cr_expect(cvl_problem_equal(&plan.steps[i].problem, &sweep.networks[0].steps[i].problem));
        cr_expect_gt(plan.steps[i].tuning_count, 0);
        cr_expect_eq(plan.stages[plan.load_stage_count + i].step, i);
    }
    for (uint32_t i = 0, weights = 0; i < plan.buffer_count; i++)
        if (cvl_buffer_stays(&plan.buffers[i]))
            cr_expect_eq(plan.buffers[i].step, weights++, "weights of each layer, in order");
    const struct cvl_plan_buffer *input = &plan.buffers[find_buffer("input")];
    const struct cvl_plan_buffer *a = &plan.buffers[find_buffer("a")];
    const struct cvl_plan_buffer *c = &plan.buffers[find_buffer("c")];
    cr_expect_eq(input->role, CVL_INPUT);
    cr_expect_eq(input->content, CVL_CONTENT_INPUT);
    cr_expect_eq(a->role, CVL_INTERMEDIATE);
    cr_expect_eq(a->content, CVL_CONTENT_NONE);
    cr_expect_eq(a->step, 0);
    cr_expect_eq(c->role, CVL_OUTPUT);
    cr_expect_eq(c->content, CVL_CONTENT_OUTPUT);
    cr_expect_eq(c->step, 3);
    clear();
}

static void expect_sum(const struct cvl_stage *sum, const char *kept, const char *target)
{
    const struct cvl_launch *launch = &sum->work.launch;
    cr_expect_str_eq(sum->name, "add");
    cr_assert_eq(sum->kind, CVL_STAGE_KERNEL);
    cr_assert_eq(launch->arg_count, 4);
    cr_expect_eq(launch->args[0].value, (int32_t)find_buffer(target), "the output of c");
    cr_expect_eq(launch->args[1].value, (int32_t)find_buffer(kept), "the output of a");
    cr_expect_eq(launch->args[2].value, launch->args[0].value, "in place");
    cr_expect_eq(launch->args[3].value, 256);
    cr_expect(launch->args[2].is_buffer && !launch->args[3].is_buffer);
    cr_expect_eq(launch->global[0], 256);
    cr_expect_eq(sum->bytes_moved, 3 * 1024, "two read, one written");
    cr_expect_eq(sum->flops, 0);
}

Test(network_plan, a_residual_keeps_its_input_until_the_sum)
{
    read_text(FOUR "residual = b:c\n");
    make(CVL_STANDARD, "direct", CVL_NHWC);
    const uint32_t first = plan.load_stage_count;
    cr_expect_eq(running_stages(), 5);
    expect_sum(&plan.stages[first + 3], "a", "c"); /* after c, before d */
    cr_expect_eq(plan.stages[first + 4].step, 4, "the sum is a step");
    cr_expect_str_neq(plan.stages[first + 4].name, "add", "there is one sum");
    cr_expect_eq(plan.buffers[find_buffer("a")].last_stage, first + 3);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED], 3072);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_ARENA], 3072);
    cr_expect_str_eq(peak_layer(CVL_FREED), "c");
    cr_expect_eq(plan.stages[first + 3].step, 3);
    cr_expect_str_eq(plan.steps[3].layer, "c/add");
    cr_expect_str_eq(plan.steps[3].variant, "op");
    expect_consistent();
    clear();
}

Test(network_plan, a_residual_from_the_networks_input_costs_nothing_more_pinned)
{
    read_text(FOUR "residual = a:d\n");
    make(CVL_STANDARD, "direct", CVL_NHWC);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED], 3072);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED_PINNED], 3072);
    expect_consistent();
    clear();
}

/* The output of a network that ends with a sum lives to its end. */
Test(network_plan, two_residuals_may_end_together)
{
    read_text(FOUR "residual = a:d, c:d\n");
    make(CVL_STANDARD, "direct", CVL_NHWC);
    const uint32_t last = plan.stage_count - 1;
    cr_expect_eq(running_stages(), 6);
    cr_expect_str_eq(plan.stages[last - 1].name, "add");
    cr_expect_str_eq(plan.stages[last].name, "add");
    cr_expect_eq(plan.buffers[find_buffer("input")].last_stage, last - 1);
    cr_expect_eq(plan.buffers[find_buffer("b")].last_stage, last);
    cr_expect_eq(plan.buffers[find_buffer("d")].last_stage, last);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED], 4096, "the inputs of a, c and d");
    expect_consistent();
    clear();
}

static struct cvl_plan plan_step(const struct cvl_case *item, size_t step,
                                 const struct cvl_step_choice *choice,
                                 const struct cvl_device_facts *device)
{
    const struct cvl_request request = cvl_case_request(item, step);
    struct cvl_plan part;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_variant_plan(choice->variant, &request, device, &part, &err), CVL_OK, "%s",
                 err.text);
    return part;
}

Test(network_plan, weights_are_loaded_one_layer_after_the_other)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    read_text(FOUR);
    make(CVL_STANDARD, "direct", CVL_NHWC);
    const struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NHWC);
    const struct cvl_step_choice direct = {.variant = item.variant};
    struct cvl_plan part = plan_step(&item, 0, &direct, &device);
    const struct cvl_plan_bytes one = part.bytes;
    const uint64_t weights = one.role[CVL_WEIGHTS];
    cr_expect_gt(one.load_peak, weights, "packed weights exist twice while they are packed");
    cr_expect_eq(plan.bytes.role[CVL_WEIGHTS], 4 * weights);
    cr_expect_eq(plan.bytes.load_peak, 3 * weights + one.load_peak);
    cvl_plan_clear(&part);
    clear();
}

/* While a layer is loaded, the weights of those before are there already.
 * @return does the variant compute any of the layers? */
static bool expect_load_peak(const struct cvl_case *item)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_step_choice choices[64];
    struct cvl_error err = {0};
    uint64_t loaded = 0, peak = 0;
    const enum cvl_status status = cvl_case_choose(item, &device, choices, &err);
    if (status == CVL_UNSUPPORTED)
        return false;
    cr_assert_eq(cvl_case_plan(item, choices, &device, &plan, &err), CVL_OK, "%s", err.text);
    for (size_t i = 0; i < item->network->step_count; i++) {
        struct cvl_plan part = plan_step(item, i, &choices[i], &device);
        const uint64_t own = loaded + part.bytes.load_peak;
        peak = own > peak ? own : peak;
        loaded += part.bytes.role[CVL_WEIGHTS];
        cvl_plan_clear(&part);
    }
    cr_expect_eq(plan.bytes.load_peak, peak, "%s", plan.variant);
    cr_expect_eq(plan.bytes.role[CVL_WEIGHTS], loaded, "%s", plan.variant);
    cvl_plan_clear(&plan);
    return true;
}

/* im2col_gemm packs nothing, others do: a network that the first leads has layers of both. */
Test(network_plan, load_peak_is_that_of_the_layer_that_needs_most)
{
    unsigned planned = 0;
    read_config("mobilenet_v1");
    for (size_t i = 0; i < 2 * cvl_variant_count() * sweep.network_count; i++) {
        const struct cvl_case item = {.network = &sweep.networks[i / 2 / cvl_variant_count()],
                                      .variant = cvl_variant_at(i / 2 % cvl_variant_count()),
                                      .layout = (enum cvl_layout)(i % 2)};
        planned += expect_load_peak(&item);
    }
    cr_expect_gt(planned, 2 * 8, "got %u", planned);
    cvl_sweep_clear(&sweep);
}

/* The layer with the largest raw weights is the first, in the middle or the last. */
#define WIDE(name) "[layer " name "]\nin = 16x4x4\nout = 16\nkernel = 7\npad = same\n"

Test(network_plan, load_peak_wherever_the_largest_layer_is)
{
    static const char *const texts[] = {
        "[sweep]\nforms = standard\n" WIDE("a") LAYER("b") LAYER("c") "[network]\n",
        "[sweep]\nforms = standard\n" LAYER("a") WIDE("b") LAYER("c") "[network]\n",
        "[sweep]\nforms = standard\n" LAYER("a") LAYER("b") WIDE("c") "[network]\n",
    };
    static const char *const leads[] = {"direct", "im2col_gemm", "implicit_gemm"};
    for (size_t i = 0; i < 9; i++) {
        read_text(texts[i / 3]);
        const struct cvl_case item = case_of(&sweep.networks[0], leads[i % 3], CVL_NCHW);
        cr_expect(expect_load_peak(&item), "%s", leads[i % 3]);
        cvl_sweep_clear(&sweep);
    }
}

Test(network_plan, what_the_lead_does_not_compute_another_does)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_step_choice choices[64];
    struct cvl_error err = {0};
    read_config("mobilenet_v1");
    const struct cvl_case item = case_of(&sweep.networks[1], "sep_fused", CVL_NHWC);
    cr_assert_eq(cvl_case_choose(&item, &device, choices, &err), CVL_OK, "%s", err.text);
    cr_expect_str_eq(cvl_variant_name(choices[0].variant), "direct");
    cr_expect_eq(choices[1].variant, item.variant);
    cr_expect_null(choices[1].tuning);
    cr_assert_eq(cvl_case_plan(&item, choices, &device, &plan, &err), CVL_OK, "%s", err.text);
    cr_expect_str_eq(plan.variant, "sep_fused");
    cr_expect_str_eq(plan.steps[0].variant, "direct");
    cr_expect_str_eq(plan.steps[1].variant, "sep_fused");
    clear();
}

/* A single layer is computed by the variant that is asked for, or not at all. */
Test(network_plan, nothing_else_computes_a_single_layer)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_error err = {0};
    read_text(FOUR);
    struct cvl_case item = case_of(&sweep.layers[0], "sep_fused", CVL_NHWC);
    cr_assert_eq(cvl_case_plan(&item, NULL, &device, &plan, &err), CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text, "sep_fused does not compute the standard form");
    cr_expect_null(plan.steps);
    item.network = &sweep.networks[0];
    cr_assert_eq(cvl_case_plan(&item, NULL, &device, &plan, &err), CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text, "sep_fused computes none of the network's layers");
    cr_expect_null(plan.steps);
    cvl_sweep_clear(&sweep);
}

Test(network_plan, a_choice_that_does_not_apply_names_the_layer)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    const struct cvl_variant *fused = cvl_variant_find("sep_fused");
    const struct cvl_step_choice choices[4] = {
        {.variant = fused}, {.variant = fused}, {.variant = fused}, {.variant = fused}};
    struct cvl_error err = {0};
    read_text(FOUR);
    const struct cvl_case item = case_of(&sweep.networks[0], "sep_fused", CVL_NHWC);
    cr_assert_eq(cvl_case_plan(&item, choices, &device, &plan, &err), CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text, "a: sep_fused does not compute the standard form");
    cr_expect_null(plan.steps);
    cvl_sweep_clear(&sweep);
}

/* Each layer has the tile parameters that its choice asks for. */
Test(network_plan, layers_are_tuned_apart)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    const struct cvl_variant *direct = cvl_variant_find("direct");
    const struct cvl_tuning asked = {"pixels", 3};
    const struct cvl_step_choice choices[4] = {
        {.variant = direct}, {direct, &asked, 1}, {.variant = direct}, {.variant = direct}};
    struct cvl_error err = {0};
    read_text(FOUR);
    const struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NHWC);
    cr_assert_eq(cvl_case_plan(&item, choices, &device, &plan, &err), CVL_OK, "%s", err.text);
    for (uint32_t i = 0; i < 4; i++)
        cr_expect_eq(strstr(plan.stages[plan.load_stage_count + i].work.launch.options,
                            "-DPIXELS=3 ") != NULL,
                     i == 1, "step %u", i);
    clear();
}

#define DEPTHWISE(name)                                                                            \
    "[layer " name "]\nin = 16x4x4\nout = 16\nkernel = 3\npad = same\nforms = depthwise\n"
#define IN_PLACE LAYER("a") DEPTHWISE("b") LAYER("c") "[network]\nforms = standard\n"

/* The network's plan where depthwise layers are computed in place. */
static enum cvl_status plan_in_place(const char *text, struct cvl_error *err)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_step_choice choices[4];
    read_text(text);
    const struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NHWC);
    for (size_t i = 0; i < item.network->step_count; i++)
        choices[i] =
            (struct cvl_step_choice){.variant = item.network->steps[i].problem.form == CVL_DEPTHWISE
                                                    ? cvl_variant_find("dw_inplace")
                                                    : item.variant};
    return cvl_case_plan(&item, choices, &device, &plan, err);
}

Test(network_plan, a_layer_in_place_needs_no_tensor)
{
    struct cvl_error err = {0};
    cr_assert_eq(plan_in_place(IN_PLACE, &err), CVL_OK, "%s", err.text);
    cr_expect_eq(running_buffers(), 3, "the input, that of a and b, that of c");
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_ALL_LIVE], 3072);
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED], 2048);
    const struct cvl_plan_buffer *shared = &plan.buffers[find_buffer("a")];
    cr_expect_eq(shared->first_stage, plan.load_stage_count);
    cr_expect_eq(shared->last_stage, plan.load_stage_count + 2);
    cr_expect_not(cvl_plan_overwrites_input(&plan));
    expect_consistent();
    clear();
}

/* The network's output is what its last layer has overwritten. */
Test(network_plan, the_last_layer_may_be_in_place)
{
    struct cvl_error err = {0};
    cr_assert_eq(plan_in_place(LAYER("a") DEPTHWISE("b") "[network]\nforms = standard\n", &err),
                 CVL_OK, "%s", err.text);
    cr_expect_eq(running_buffers(), 2);
    const struct cvl_plan_buffer *output = &plan.buffers[find_buffer("a")];
    cr_expect_eq(output->role, CVL_OUTPUT);
    cr_expect_eq(output->content, CVL_CONTENT_OUTPUT);
    cr_expect_eq(output->step, 1);
    cr_expect_eq(output->last_stage, plan.stage_count - 1);
    expect_consistent();
    clear();
}

Test(network_plan, what_is_kept_is_not_overwritten)
{
    struct cvl_error err = {0};
    cr_assert_eq(plan_in_place(IN_PLACE "residual = b:c\n", &err), CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text, "b: dw_inplace overwrites what it reads, which is kept");
    cvl_sweep_clear(&sweep);
    cr_assert_eq(plan_in_place(DEPTHWISE("b") LAYER("c") "[network]\nforms = standard\n", &err),
                 CVL_UNSUPPORTED, "the caller keeps the network's input");
    cr_expect_null(plan.steps);
    cvl_sweep_clear(&sweep);
    cr_assert_eq(plan_in_place(LAYER("a") DEPTHWISE("b") LAYER("c") "[network]\n"
                                                                    "forms = standard\n"
                                                                    "residual = b:b\n",
                               &err),
                 CVL_UNSUPPORTED, "the sum needs both");
    cvl_sweep_clear(&sweep);
}

/* Nobody but the network reads what a residual has let go: c may overwrite the sum of a and b. */
Test(network_plan, what_is_no_longer_kept_may_be_overwritten)
{
    struct cvl_error err = {0};
    cr_assert_eq(plan_in_place(LAYER("a") LAYER("b") DEPTHWISE("c") "[network]\n"
                                                                    "forms = standard\n"
                                                                    "residual = a:b\n",
                               &err),
                 CVL_OK, "%s", err.text);
    cr_expect_eq(running_buffers(), 3);
    cr_expect_eq(running_stages(), 4);
    expect_consistent();
    clear();
}

static void expect_same_buffers(const struct cvl_plan *a, const struct cvl_plan *b)
{
    cr_assert_eq(a->buffer_count, b->buffer_count);
    for (uint32_t i = 0; i < a->buffer_count; i++) {
        const struct cvl_plan_buffer *x = &a->buffers[i], *y = &b->buffers[i];
        cr_expect_str_eq(x->name, y->name);
        cr_expect(x->role == y->role && x->content == y->content && x->filter == y->filter);
        cr_expect(x->bytes == y->bytes && x->step == y->step);
        cr_expect(x->first_stage == y->first_stage && x->last_stage == y->last_stage);
        cr_expect_eq(a->arena_offset[i], b->arena_offset[i]);
    }
}

static void expect_same_launch(const struct cvl_launch *a, const struct cvl_launch *b)
{
    cr_expect_str_eq(a->source, b->source);
    cr_expect_str_eq(a->kernel, b->kernel);
    cr_expect_str_eq(a->options, b->options);
    cr_assert_eq(a->dims, b->dims);
    for (uint32_t d = 0; d < a->dims; d++)
        cr_expect(a->global[d] == b->global[d] && a->local[d] == b->local[d]);
    cr_assert_eq(a->arg_count, b->arg_count);
    for (uint32_t i = 0; i < a->arg_count; i++)
        cr_expect(a->args[i].is_buffer == b->args[i].is_buffer &&
                  a->args[i].value == b->args[i].value);
}

static void expect_same_work(const struct cvl_stage *a, const struct cvl_stage *b)
{
    const struct cvl_gemm *x = &a->work.gemm, *y = &b->work.gemm;
    const struct cvl_library_window *v = &a->work.window, *w = &b->work.window;
    if (a->kind == CVL_STAGE_KERNEL)
        expect_same_launch(&a->work.launch, &b->work.launch);
    else if (a->kind == CVL_STAGE_GEMM)
        cr_expect(x->m == y->m && x->n == y->n && x->k == y->k && x->a == y->a && x->b == y->b &&
                  x->c == y->c);
    else
        cr_expect(v->source == w->source && v->target == w->target && v->channels == w->channels);
}

static void expect_same_stages(const struct cvl_plan *a, const struct cvl_plan *b)
{
    cr_assert_eq(a->stage_count, b->stage_count);
    cr_expect_eq(a->load_stage_count, b->load_stage_count);
    for (uint32_t i = 0; i < a->stage_count; i++) {
        const struct cvl_stage *x = &a->stages[i], *y = &b->stages[i];
        cr_expect_str_eq(x->name, y->name);
        cr_expect_str_eq(x->note, y->note);
        cr_expect(x->kind == y->kind && x->step == y->step);
        cr_expect(x->flops == y->flops && x->bytes_moved == y->bytes_moved);
        expect_same_work(x, y);
    }
}

/* But for the layer's name, a network of one step has the plan that the variant makes. */
static void expect_layers_plan(const struct cvl_network *network, const struct cvl_variant *lead)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    const struct cvl_case item = {.network = network, .variant = lead, .layout = CVL_NCHW};
    const struct cvl_step_choice choice = {.variant = lead};
    struct cvl_error err = {0};
    struct cvl_plan part = plan_step(&item, 0, &choice, &device);
    cr_assert_eq(cvl_case_plan(&item, NULL, &device, &plan, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(plan.step_count, 1);
    cr_expect_str_empty(part.steps[0].layer);
    cr_expect_str_eq(plan.steps[0].layer, network->steps[0].layer);
    cr_expect_eq(plan.steps[0].repetition, network->steps[0].repetition);
    cr_expect_eq(plan.steps[0].tuning_count, part.steps[0].tuning_count);
    cr_expect_eq(plan.steps[0].tolerance_factor, part.steps[0].tolerance_factor);
    cr_expect_eq(memcmp(&plan.bytes, &part.bytes, sizeof part.bytes), 0);
    cr_expect_eq(plan.loop_iterations, part.loop_iterations);
    cr_expect_eq(plan.local_bytes, part.local_bytes);
    expect_same_buffers(&plan, &part);
    expect_same_stages(&plan, &part);
    cvl_plan_clear(&part);
    cvl_plan_clear(&plan);
}

Test(network_plan, a_network_of_one_step_has_the_plan_of_its_layer)
{
    read_text("[layer a]\nin = 16x9x9\nout = 16\nkernel = 3\npad = same\n"
              "forms = standard, separable, inverted\nexpand = 3\n"
              "[layer b]\nin = 16x9x9\nout = 16\nkernel = 3\npad = same\nforms = depthwise\n"
              "[layer c]\nin = 16x9x9\nout = 16\nkernel = 1\nforms = pointwise\n"
              "[network]\nlayers = b\nforms = depthwise\n");
    for (size_t v = 0; v < cvl_variant_count(); v++) {
        for (size_t i = 0; i < sweep.item_count; i++)
            if (cvl_variant_computes(cvl_variant_at(v), sweep.items[i].problem.form))
                expect_layers_plan(&sweep.layers[i], cvl_variant_at(v));
        if (cvl_variant_computes(cvl_variant_at(v), CVL_DEPTHWISE))
            expect_layers_plan(&sweep.networks[0], cvl_variant_at(v));
    }
    cvl_sweep_clear(&sweep);
}

/* A residual around the only step keeps the network's input until the sum. */
Test(network_plan, one_step_with_a_residual)
{
    read_text("[sweep]\nforms = standard\n" LAYER("a") "[network]\nresidual = a\n");
    make(CVL_STANDARD, "direct", CVL_NHWC);
    cr_expect_eq(running_stages(), 2);
    expect_sum(&plan.stages[plan.stage_count - 1], "input", "a");
    cr_expect_eq(plan.bytes.peak_without_weights[CVL_FREED], 2048);
    cr_expect_eq(plan.buffers[find_buffer("a")].role, CVL_OUTPUT);
    expect_consistent();
    clear();
}

/* The plans of two steps by hand: their network need not be one that a sweep allows. */
static enum cvl_status join_two(const char *first, const char *second, struct cvl_plan parts[2],
                                struct cvl_error *err)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_network_step steps[2] = {{.layer = "a", .repetition = 1},
                                        {.layer = "b", .repetition = 1}};
    const struct cvl_network network = {.steps = steps, .step_count = 2};
    const struct cvl_case item = case_of(&network, "direct", CVL_NHWC);
    const struct cvl_step_choice direct = {.variant = item.variant};
    cr_assert_eq(cvl_problem_parse(first, &steps[0].problem, err), CVL_OK, "%s", err->text);
    cr_assert_eq(cvl_problem_parse(second, &steps[1].problem, err), CVL_OK, "%s", err->text);
    for (size_t i = 0; i < 2; i++)
        parts[i] = plan_step(&item, i, &direct, &device);
    return cvl_plan_join(&network, parts, 128, &plan, err);
}

Test(network_plan, joining_takes_the_parts_over)
{
    struct cvl_plan parts[2];
    struct cvl_error err = {0};
    cr_assert_eq(join_two("ic3ih8oc4kh3ph1", "ic4ih8oc2kh3ph1", parts, &err), CVL_OK, "%s",
                 err.text);
    for (size_t i = 0; i < 2; i++) {
        cr_expect_null(parts[i].steps);
        cr_expect_null(parts[i].buffers);
        cr_expect_null(parts[i].stages);
        cr_expect_null(parts[i].arena_offset);
    }
    cvl_plan_clear(&plan);
}

Test(network_plan, steps_that_do_not_fit_are_refused)
{
    struct cvl_plan parts[2];
    struct cvl_error err = {0};
    cr_assert_eq(join_two("ic3ih8oc4kh3ph1", "ic5ih8oc2kh3ph1", parts, &err), CVL_BAD_INPUT);
    cr_expect_str_eq(err.text, "network: b reads 1280 bytes of a, which has 1024");
    cr_expect_null(plan.steps);
    cr_expect_null(plan.buffers);
    for (size_t i = 0; i < 2; i++)
        cr_expect_null(parts[i].buffers);
}

Test(network_plan, training_is_refused)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_error err = {0};
    read_text("[sweep]\nforms = standard\nbatch = 2\n[network]\nlayers = a*2\n"
              "[layer a]\nin = 8x9x9\nout = 8\nkernel = 3\npad = same\n");
    struct cvl_case item = case_of(&sweep.networks[0], "direct", CVL_NHWC);
    item.passes = CVL_TRAINING;
    cr_expect_eq(cvl_case_plan(&item, NULL, &device, &plan, &err), CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text, "networks run forward only");
    clear();
}
