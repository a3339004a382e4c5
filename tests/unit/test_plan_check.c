#include <criterion/criterion.h>

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/sweep.h>
#include <convlens/variant.h>

#include "shapes.h"

/* How often the variants planned, and how often they refused. */
struct tally {
    unsigned planned, refused;
};

static void count_plan(struct tally *tally, enum cvl_status status, struct cvl_plan *plan,
                       const struct cvl_error *reason, const char *what)
{
    struct cvl_error err = {0};
    if (status == CVL_OK) {
        tally->planned++;
        cr_expect_eq(cvl_plan_check(plan, &err), CVL_OK, "%s: %s", what, err.text);
    } else {
        tally->refused++;
        cr_expect_eq(status, CVL_UNSUPPORTED, "%s: %s", what, reason->text);
    }
    cvl_plan_clear(plan);
}

/* A step of training for each optimizer, after the forward pass. */
enum { PASSES = 1 + CVL_OPTIMIZER_COUNT };

/* Plans a problem in both layouts and types, forward and in training, by each variant that computes
 * its form. */
static void plan_problem(struct tally *tally, const struct cvl_problem *problem,
                         const struct cvl_device_facts *device)
{
    for (size_t i = 0; i < cvl_variant_count() * 4 * PASSES; i++) {
        const struct cvl_variant *variant = cvl_variant_at(i / (4 * PASSES));
        const unsigned pass = (unsigned)i / 4 % PASSES;
        const struct cvl_request request = {
            .problem = *problem,
            .layout = (enum cvl_layout)(i & 1),
            .dtype = (enum cvl_dtype)(i >> 1 & 1),
            .passes = pass > 0 ? CVL_TRAINING : CVL_FORWARD,
            .optimizer = (enum cvl_optimizer)(pass > 0 ? pass - 1 : CVL_SGD),
        };
        struct cvl_plan plan;
        struct cvl_error err = {0};
        if (cvl_variant_computes(variant, problem->form))
            count_plan(tally, cvl_variant_plan(variant, &request, device, &plan, &err), &plan, &err,
                       cvl_variant_name(variant));
    }
}

Test(plan_check, plans_of_all_shapes_are_sound)
{
    struct tally tally = {0};
    for (unsigned i = 0; i < SHAPE_COUNT * SHAPE_DEVICES; i++) {
        const struct cvl_device_facts device = device_at(i % SHAPE_DEVICES);
        struct cvl_problem problem;
        cr_assert_eq(cvl_problem_parse(shapes[i / SHAPE_DEVICES], &problem, NULL), CVL_OK);
        plan_problem(&tally, &problem, &device);
    }
    cr_expect_gt(tally.planned, 1000, "%u planned, %u refused", tally.planned, tally.refused);
    cr_expect_gt(tally.refused, 100, "%u planned, %u refused", tally.planned, tally.refused);
}

static glob_t find_configs(void)
{
    glob_t found;
    cr_assert_eq(glob(CONVLENS_SOURCE_DIR "/configs/*.ini", 0, NULL, &found), 0);
    cr_assert_geq(found.gl_pathc, 10);
    return found;
}

Test(plan_check, plans_of_all_layers_of_all_configs_are_sound)
{
    glob_t configs = find_configs();
    struct tally tally = {0};
    for (size_t c = 0; c < configs.gl_pathc; c++) {
        struct cvl_sweep sweep;
        struct cvl_error err = {0};
        cr_assert_eq(cvl_sweep_read(configs.gl_pathv[c], &sweep, &err), CVL_OK, "%s", err.text);
        for (size_t i = 0; i < sweep.item_count * SHAPE_DEVICES; i++) {
            const struct cvl_device_facts device = device_at((unsigned)i % SHAPE_DEVICES);
            plan_problem(&tally, &sweep.items[i / SHAPE_DEVICES].problem, &device);
        }
        cvl_sweep_clear(&sweep);
    }
    globfree(&configs);
    cr_expect_gt(tally.planned, 10000, "%u planned, %u refused", tally.planned, tally.refused);
}

/* Plans a network in both layouts and types, with each variant in the lead. */
static void plan_network(struct tally *tally, const struct cvl_network *network,
                         const struct cvl_device_facts *device)
{
    for (size_t i = 0; i < cvl_variant_count() * 4; i++) {
        const struct cvl_case item = {
            .network = network,
            .variant = cvl_variant_at(i / 4),
            .layout = (enum cvl_layout)(i & 1),
            .dtype = (enum cvl_dtype)(i >> 1 & 1),
        };
        struct cvl_plan plan;
        struct cvl_error err = {0};
        count_plan(tally, cvl_case_plan(&item, NULL, device, &plan, &err), &plan, &err,
                   cvl_variant_name(item.variant));
    }
}

/* Networks of the configurations, and those whose layers connect although none is asked for. */
Test(plan_check, plans_of_all_networks_are_sound)
{
    glob_t configs = find_configs();
    struct tally tally = {0};
    size_t networks = 0;
    for (size_t c = 0; c < configs.gl_pathc; c++) {
        struct cvl_sweep sweep;
        if (cvl_sweep_read_network(configs.gl_pathv[c], &sweep, NULL) != CVL_OK)
            continue;
        networks += sweep.network_count;
        for (size_t n = 0; n < sweep.network_count * SHAPE_DEVICES; n++) {
            const struct cvl_device_facts device = device_at((unsigned)n % SHAPE_DEVICES);
            plan_network(&tally, &sweep.networks[n / SHAPE_DEVICES], &device);
        }
        cvl_sweep_clear(&sweep);
    }
    globfree(&configs);
    cr_expect_geq(networks, 5, "%zu networks", networks);
    cr_expect_gt(tally.planned, 200, "%u planned, %u refused", tally.planned, tally.refused);
}

/* Where residuals are, too. */
#define LAYER(name) "[layer " name "]\nin = 16x9x9\nout = 16\nkernel = 3\npad = same\n"
#define NETWORK                                                                                    \
    "[sweep]\nforms = standard, separable\nbatch = 1, 3\n" LAYER("a") LAYER("b") LAYER("c")        \
        LAYER("d") "[network]\nlayers = a, b, c*2, d\nresidual = b, a:c, d\n"

Test(plan_check, plans_with_residuals_are_sound)
{
    struct tally tally = {0};
    struct cvl_sweep sweep;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text(NETWORK, "t.ini", &sweep, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(sweep.network_count, 4);
    for (size_t n = 0; n < 4 * SHAPE_DEVICES; n++) {
        const struct cvl_device_facts device = device_at((unsigned)n / 4);
        cr_assert_eq(sweep.networks[n % 4].step_count, 5 + 3, "three sums");
        plan_network(&tally, &sweep.networks[n % 4], &device);
    }
    cvl_sweep_clear(&sweep);
    cr_expect_gt(tally.planned, 200, "%u planned, %u refused", tally.planned, tally.refused);
}

/* A sound plan of four layers with a residual around b and c. */
static struct cvl_plan sound_plan(const char *lead)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_sweep sweep;
    struct cvl_plan plan;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_sweep_read_text("[sweep]\nforms = standard\n" LAYER("a") LAYER("b") LAYER("c")
                                         LAYER("d") "[network]\nresidual = b:c\n",
                                     "t.ini", &sweep, &err),
                 CVL_OK, "%s", err.text);
    const struct cvl_case item = {
        .network = &sweep.networks[0], .variant = cvl_variant_find(lead), .layout = CVL_NCHW};
    cr_assert_eq(cvl_case_plan(&item, NULL, &device, &plan, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_plan_check(&plan, &err), CVL_OK, "%s", err.text);
    cvl_sweep_clear(&sweep);
    return plan;
}

/* The running buffer of that name. */
static uint32_t index_of(const struct cvl_plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (cvl_buffer_runs(plan, &plan->buffers[i]) && strcmp(plan->buffers[i].name, name) == 0)
            return i;
    cr_assert_fail("no buffer %s", name);
    return 0;
}

static struct cvl_plan_buffer *named(struct cvl_plan *plan, const char *name)
{
    return &plan->buffers[index_of(plan, name)];
}

/* The first weights, raw (which only loading needs) or those that stay. */
static uint32_t weights_of(const struct cvl_plan *plan, bool stay)
{
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].role == CVL_WEIGHTS && cvl_buffer_stays(&plan->buffers[i]) == stay)
            return i;
    cr_assert_fail("no such weights");
    return 0;
}

static struct cvl_stage *first_run(struct cvl_plan *plan)
{
    return &plan->stages[plan->load_stage_count];
}

static struct cvl_stage *find_sum(struct cvl_plan *plan)
{
    struct cvl_stage *stage = plan->stages;
    while (strcmp(stage->name, "add") != 0)
        stage++;
    return stage;
}

/* A buffer that no stage uses. */
static void add_buffer(struct cvl_plan *plan, uint32_t first, uint32_t last)
{
    const uint32_t count = plan->buffer_count + 1;
    plan->buffers = realloc(plan->buffers, count * sizeof *plan->buffers);
    plan->arena_offset = realloc(plan->arena_offset, count * sizeof *plan->arena_offset);
    cr_assert(plan->buffers && plan->arena_offset);
    plan->buffers[plan->buffer_count] = (struct cvl_plan_buffer){.name = "idle",
                                                                 .role = CVL_WORKSPACE,
                                                                 .bytes = 1,
                                                                 .first_stage = first,
                                                                 .last_stage = last};
    plan->arena_offset[plan->buffer_count++] = UINT64_MAX;
}

/* Each of these damages a sound plan in one place. */

static void no_layer(struct cvl_plan *plan)
{
    plan->step_count = 0;
}

static void nothing_but_loading(struct cvl_plan *plan)
{
    plan->stage_count = plan->load_stage_count;
}

static void no_source(struct cvl_plan *plan)
{
    find_sum(plan)->work.launch.source = NULL;
}

static void no_kernel(struct cvl_plan *plan)
{
    find_sum(plan)->work.launch.kernel[0] = '\0';
}

static void no_group(struct cvl_plan *plan)
{
    find_sum(plan)->work.launch.local[0] = 0;
}

static void uneven_range(struct cvl_plan *plan)
{
    find_sum(plan)->work.launch.global[0]++;
}

static void stage_of_no_layer(struct cvl_plan *plan)
{
    find_sum(plan)->step = plan->step_count;
}

static void stage_without_buffers(struct cvl_plan *plan)
{
    struct cvl_launch *launch = &find_sum(plan)->work.launch;
    for (uint32_t i = 0; i < launch->arg_count; i++)
        launch->args[i].is_buffer = false;
}

static void stage_of_no_kind(struct cvl_plan *plan)
{
    find_sum(plan)->kind = CVL_STAGE_KIND_COUNT;
}

static void index_too_high(struct cvl_plan *plan)
{
    find_sum(plan)->work.launch.args[0].value = (int32_t)plan->buffer_count;
}

static void index_below_zero(struct cvl_plan *plan)
{
    find_sum(plan)->work.launch.args[0].value = -1;
}

static void gemm_index_too_high(struct cvl_plan *plan)
{
    struct cvl_stage *stage = plan->stages;
    while (stage->kind != CVL_STAGE_GEMM)
        stage++;
    stage->work.gemm.b = plan->buffer_count;
}

static void dies_too_early(struct cvl_plan *plan)
{
    named(plan, "a")->last_stage--;
}

static void lives_too_late(struct cvl_plan *plan)
{
    named(plan, "a")->first_stage++;
}

static void raw_weights_used_in_the_execution(struct cvl_plan *plan)
{
    first_run(plan)->work.launch.args[0].value = (int32_t)weights_of(plan, false);
}

static void no_bytes(struct cvl_plan *plan)
{
    named(plan, "a")->bytes = 0;
}

static void buffer_of_no_layer(struct cvl_plan *plan)
{
    named(plan, "a")->step = plan->step_count;
}

static void raw_weights_live_on(struct cvl_plan *plan)
{
    plan->buffers[weights_of(plan, false)].last_stage = plan->load_stage_count;
}

static void weights_after_loading(struct cvl_plan *plan)
{
    plan->buffers[weights_of(plan, true)].first_stage = plan->load_stage_count + 1;
}

static void dies_before_it_lives(struct cvl_plan *plan)
{
    add_buffer(plan, plan->stage_count - 1, plan->stage_count - 2);
}

static void outlives_the_plan(struct cvl_plan *plan)
{
    named(plan, "d")->last_stage = plan->stage_count;
}

static void is_never_used(struct cvl_plan *plan)
{
    add_buffer(plan, plan->stage_count - 1, plan->stage_count - 1);
}

static void dies_too_late(struct cvl_plan *plan)
{
    named(plan, "b")->last_stage++;
}

static void lives_too_early(struct cvl_plan *plan)
{
    named(plan, "c")->first_stage--;
}

/* Only what the host reads may live on without use. */
static void intermediate_lives_to_the_end(struct cvl_plan *plan)
{
    named(plan, "b")->last_stage = plan->stage_count - 1;
}

static void weights_in_the_arena(struct cvl_plan *plan)
{
    plan->arena_offset[weights_of(plan, true)] = 0;
}

static void raw_weights_in_the_arena(struct cvl_plan *plan)
{
    plan->arena_offset[weights_of(plan, false)] = 0;
}

static void not_in_the_arena(struct cvl_plan *plan)
{
    plan->arena_offset[index_of(plan, "a")] = UINT64_MAX;
}

static void outside_the_arena(struct cvl_plan *plan)
{
    plan->arena_offset[index_of(plan, "a")] = plan->bytes.peak_without_weights[CVL_ARENA];
}

static void overlapping(struct cvl_plan *plan)
{
    plan->arena_offset[index_of(plan, "b")] = plan->arena_offset[index_of(plan, "a")];
}

static void overlapping_by_a_byte(struct cvl_plan *plan)
{
    const uint32_t a = index_of(plan, "a"), b = index_of(plan, "b");
    const uint32_t low = plan->arena_offset[a] < plan->arena_offset[b] ? a : b;
    plan->arena_offset[low == a ? b : a] = plan->arena_offset[low] + plan->buffers[low].bytes - 1;
}

static void role_too_large(struct cvl_plan *plan)
{
    plan->bytes.role[CVL_INTERMEDIATE]++;
}

static void total_too_small(struct cvl_plan *plan)
{
    plan->bytes.total--;
}

static void all_live_too_small(struct cvl_plan *plan)
{
    plan->bytes.peak_without_weights[CVL_ALL_LIVE]--;
}

static void freed_above_pinned(struct cvl_plan *plan)
{
    plan->bytes.peak_without_weights[CVL_FREED_PINNED] =
        plan->bytes.peak_without_weights[CVL_FREED] - 1;
}

static void freed_above_all_live(struct cvl_plan *plan)
{
    uint64_t *peak = plan->bytes.peak_without_weights;
    peak[CVL_FREED] = peak[CVL_FREED_PINNED] = plan->bytes.arena_lower_bound =
        peak[CVL_ALL_LIVE] + 1;
    peak[CVL_ARENA] = peak[CVL_FREED];
}

static void lower_bound_above_arena(struct cvl_plan *plan)
{
    uint64_t *peak = plan->bytes.peak_without_weights;
    peak[CVL_FREED] = plan->bytes.arena_lower_bound = peak[CVL_ARENA] + 1;
}

static void lower_bound_below_freed(struct cvl_plan *plan)
{
    plan->bytes.arena_lower_bound--;
}

static void load_peak_below_the_weights(struct cvl_plan *plan)
{
    plan->bytes.load_peak = plan->bytes.role[CVL_WEIGHTS] - 1;
}

static void role_for_role(struct cvl_plan *plan)
{
    plan->bytes.role[CVL_INPUT]++;
    plan->bytes.role[CVL_OUTPUT]--;
}

static void outputs_too_large(struct cvl_plan *plan)
{
    plan->bytes.outputs++;
}

static void buffer_shrinks(struct cvl_plan *plan)
{
    plan->buffers[0].bytes--;
}

static void peak_of_another(struct cvl_plan *plan)
{
    plan->bytes.peak[CVL_FREED]++;
}

static void arena_too_large(struct cvl_plan *plan)
{
    plan->bytes.peak_without_weights[CVL_ARENA]++;
}

static void pinned_too_large(struct cvl_plan *plan)
{
    plan->bytes.peak_without_weights[CVL_FREED_PINNED]++;
}

static void load_peak_too_small(struct cvl_plan *plan)
{
    plan->bytes.load_peak--;
}

static void peak_stage_of_none(struct cvl_plan *plan)
{
    plan->bytes.peak_stage[CVL_FREED] = 99;
}

static void no_arena_without_input(struct cvl_plan *plan)
{
    plan->bytes.arena_without_input = 0;
}

static void wraps_around(struct cvl_plan *plan)
{
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->arena_offset[i] != UINT64_MAX)
            plan->arena_offset[i] = UINT64_MAX - 3;
}

static struct cvl_launch *last_launch(struct cvl_plan *plan)
{
    return &plan->stages[plan->stage_count - 1].work.launch;
}

static void four_dimensions(struct cvl_plan *plan)
{
    last_launch(plan)->dims = 4;
}

static void too_many_arguments(struct cvl_plan *plan)
{
    last_launch(plan)->arg_count = CVL_LAUNCH_ARGS + 1;
}

static void no_dimensions(struct cvl_plan *plan)
{
    last_launch(plan)->dims = 0;
}

static void no_range(struct cvl_plan *plan)
{
    last_launch(plan)->global[0] = 0;
}

static void no_such_role(struct cvl_plan *plan)
{
    plan->buffers[0].role = CVL_ROLE_COUNT;
}

static void no_such_filter(struct cvl_plan *plan)
{
    plan->buffers[0].filter = CVL_FILTER_COUNT;
}

static void no_output(struct cvl_plan *plan)
{
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].role == CVL_OUTPUT)
            plan->buffers[i].role = CVL_INTERMEDIATE;
}

static void no_input(struct cvl_plan *plan)
{
    for (uint32_t i = 0; i < plan->buffer_count; i++)
        if (plan->buffers[i].content == CVL_CONTENT_INPUT)
            plan->buffers[i].content = CVL_CONTENT_NONE;
}

static void steps_out_of_order(struct cvl_plan *plan)
{
    plan->stages[plan->stage_count - 1].step = 0;
}

static const struct {
    void (*damage)(struct cvl_plan *plan);
    const char *complaint, *lead; /* NULL: direct */
} faults[] = {
    {no_layer, "plan does nothing", NULL},
    {nothing_but_loading, "plan does nothing", NULL},
    {no_source, "add launches nothing", NULL},
    {no_kernel, "add launches nothing", NULL},
    {no_group, "add has a range that its work-groups do not divide", NULL},
    {uneven_range, "add has a range that its work-groups do not divide", NULL},
    {stage_of_no_layer, "add belongs to no layer", NULL},
    {stage_without_buffers, "add uses no buffer", NULL},
    {stage_of_no_kind, "add uses no buffer", NULL},
    {index_too_high, "add uses a buffer that does not exist", NULL},
    {index_below_zero, "add uses a buffer that does not exist", NULL},
    {gemm_index_too_high, "gemm uses a buffer that does not exist", "im2col_gemm"},
    {dies_too_early, "a is used while it does not live", NULL},
    {lives_too_late, "a is used while it does not live", NULL},
    {raw_weights_used_in_the_execution, "weights is used while it does not live", NULL},
    {no_bytes, "a has no bytes", NULL},
    {buffer_of_no_layer, "a belongs to no layer", NULL},
    {raw_weights_live_on, "weights is neither of loading nor of the execution", NULL},
    {weights_after_loading, "weights stays, but is made after loading", "im2col_gemm"},
    {dies_before_it_lives, "idle has no life", NULL},
    {outlives_the_plan, "d has no life", NULL},
    {is_never_used, "idle lives longer than it is used", NULL},
    {dies_too_late, "b lives longer than it is used", NULL},
    {lives_too_early, "c lives longer than it is used", NULL},
    {intermediate_lives_to_the_end, "b lives longer than it is used", NULL},
    {weights_in_the_arena, "is in the arena or not against the rule", NULL},
    {raw_weights_in_the_arena, "is in the arena or not against the rule", NULL},
    {not_in_the_arena, "a is in the arena or not against the rule", NULL},
    {outside_the_arena, "a ends outside the arena", NULL},
    {overlapping, "overlaps another buffer in the arena", NULL},
    {overlapping_by_a_byte, "overlaps another buffer in the arena", NULL},
    {role_too_large, "bytes do not add up", NULL},
    {total_too_small, "bytes do not add up", NULL},
    {all_live_too_small, "peaks contradict each other", NULL},
    {freed_above_pinned, "peaks contradict each other", NULL},
    {freed_above_all_live, "peaks contradict each other", NULL},
    {lower_bound_above_arena, "peaks contradict each other", NULL},
    {lower_bound_below_freed, "peaks contradict each other", NULL},
    {load_peak_below_the_weights, "peaks contradict each other", NULL},
    {role_for_role, "bytes do not add up", NULL},
    {outputs_too_large, "bytes do not add up", NULL},
    {buffer_shrinks, "bytes do not add up", NULL},
    {peak_of_another, "peaks contradict each other", NULL},
    {arena_too_large, "peaks contradict each other", NULL},
    {pinned_too_large, "peaks contradict each other", NULL},
    {load_peak_too_small, "peaks contradict each other", NULL},
    {peak_stage_of_none, "peaks contradict each other", NULL},
    {no_arena_without_input, "peaks contradict each other", NULL},
    {wraps_around, "ends outside the arena", NULL},
    {four_dimensions, "has too many dimensions or arguments", NULL},
    {too_many_arguments, "has too many dimensions or arguments", NULL},
    {no_dimensions, "launches nothing", NULL},
    {no_range, "has a range that its work-groups do not divide", NULL},
    {no_such_role, "has no such role or content", NULL},
    {no_such_filter, "has no such role or content", NULL},
    {no_output, "plan has no input or no output", NULL},
    {no_input, "plan has no input or no output", NULL},
    {steps_out_of_order, "comes after stages of a later layer", NULL},
};

Test(plan_check, each_fault_is_found_and_named)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const char *lead = faults[i].lead ? faults[i].lead : "direct";
        struct cvl_plan plan = sound_plan(lead);
        const uint32_t steps = plan.step_count;
        struct cvl_error err = {0};
        faults[i].damage(&plan);
        cr_expect_eq(cvl_plan_check(&plan, &err), CVL_FAILED, "%s", faults[i].complaint);
        cr_expect_not_null(strstr(err.text, faults[i].complaint), "got \"%s\", expected \"%s\"",
                           err.text, faults[i].complaint);
        cr_expect_not_null(strstr(err.text, lead), "%s", err.text);
        plan.step_count = steps;
        cvl_plan_clear(&plan);
    }
}

/* The output may live on after its last use, since the host reads it; nothing else may. */
Test(plan_check, what_the_host_reads_lives_until_the_end)
{
    struct cvl_plan plan = sound_plan("direct");
    struct cvl_error err = {0};
    named(&plan, "a")->role = CVL_OUTPUT;
    named(&plan, "a")->last_stage = plan.stage_count - 1;
    cr_assert_eq(cvl_plan_measure(&plan, 128, &err), CVL_OK);
    cr_expect_eq(cvl_plan_check(&plan, &err), CVL_OK, "%s", err.text);
    named(&plan, "a")->role = CVL_SAVED;
    cr_assert_eq(cvl_plan_measure(&plan, 128, &err), CVL_OK);
    cr_expect_eq(cvl_plan_check(&plan, &err), CVL_FAILED);
    cvl_plan_clear(&plan);
}
