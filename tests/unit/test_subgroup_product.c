/* Products by sub-groups that read blocks: which devices and products have them, their tiles,
 * packed weights, splits, and how to do without. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/variant.h>

static struct cvl_error err;

/* The facts of a described device. */
static struct cvl_device_facts preset(const char *name)
{
    struct cvl_device_preset preset = {0};
    size_t i = 0;
    while (cvl_device_preset_at(i, &preset) && strcmp(preset.name, name) != 0)
        i++;
    cr_assert_str_eq(preset.name, name);
    return preset.facts;
}

/* By default NHWC and f32, with the defaults of the device. */
struct asked {
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    struct cvl_tuning tuning;
};

static struct cvl_plan plan_of(const char *variant, const char *text,
                               const struct cvl_device_facts *device, struct asked asked)
{
    struct cvl_request request = {.layout = asked.layout,
                                  .dtype = asked.dtype,
                                  .tuning = &asked.tuning,
                                  .tuning_count = asked.tuning.value ? 1 : 0};
    struct cvl_plan plan;
    cr_assert_eq(cvl_problem_parse(text, &request.problem, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_variant_plan(cvl_variant_find(variant), &request, device, &plan, &err), CVL_OK,
                 "%s %s: %s", variant, text, err.text);
    return plan;
}

static const struct cvl_launch *main_launch(const struct cvl_plan *plan)
{
    return &plan->stages[plan->load_stage_count].work.launch;
}

static int32_t tuned(const struct cvl_plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->steps[0].tuning_count; i++)
        if (!strcmp(plan->steps[0].tuning[i].name, name))
            return plan->steps[0].tuning[i].value;
    return 0;
}

static bool has_option(const struct cvl_plan *plan, const char *option)
{
    char text[CVL_LAUNCH_OPTIONS_BYTES + 2];
    (void)snprintf(text, sizeof text, "%s ", main_launch(plan)->options);
    return strstr(text, option) != NULL;
}

static bool is_by_subgroups(const char *variant, const char *text,
                            const struct cvl_device_facts *device, struct asked asked)
{
    struct cvl_plan plan = plan_of(variant, text, device, asked);
    const bool found = !strcmp(main_launch(&plan)->source, "subgroup_product.cl");
    cvl_plan_clear(&plan);
    return found;
}

static const char dense[] = "ic64ih56oc64kh3ph1";

Test(subgroup_product, devices_that_read_blocks_have_it)
{
    static const char *const presets[] = {"iris-xe", "arc-a770"};
    for (int i = 0; i < 2; i++) {
        const struct cvl_device_facts device = preset(presets[i]);
        for (int dtype = 0; dtype < CVL_DTYPE_COUNT; dtype++) {
            struct asked asked = {.dtype = (enum cvl_dtype)dtype, .tuning = {"lanes", 16}};
            cr_expect(is_by_subgroups("direct", dense, &device, asked));
            cr_expect(is_by_subgroups("implicit_gemm", dense, &device, asked));
            cr_expect(is_by_subgroups("pw_direct", "pointwise:ic64ih9oc48kh1", &device, asked));
            asked.layout = CVL_NCHW;
            cr_expect_not(is_by_subgroups("direct", dense, &device, asked));
        }
    }
}

/* Halves have the tiles of work-groups, unless a search or a person asks. */
Test(subgroup_product, halves_are_by_work_groups)
{
    const struct cvl_device_facts device = preset("arc-a770");
    struct cvl_plan plan = plan_of("direct", dense, &device, (struct asked){.dtype = CVL_F16});
    cr_expect_str_eq(main_launch(&plan)->source, "group_product.cl");
    cr_expect_eq(tuned(&plan, "lanes"), 1);
    cvl_plan_clear(&plan);
}

Test(subgroup_product, others_have_not)
{
    static const char *const presets[] = {"h100",      "rtx4090",   "mi250x",
                                          "rx7900xtx", "mali-g710", "cpu-avx512"};
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        const struct cvl_device_facts device = preset(presets[i]);
        cr_expect_not(is_by_subgroups("direct", dense, &device, (struct asked){.layout = CVL_NHWC}),
                      "%s", presets[i]);
    }
}

/* The facts decide, for each data type, and not the name. */
Test(subgroup_product, facts_decide)
{
    struct cvl_device_facts device = preset("arc-a770");
    device.has_short_block_reads = false;
    cr_expect(is_by_subgroups("direct", dense, &device, (struct asked){.dtype = CVL_F32}));
    cr_expect_not(is_by_subgroups("direct", dense, &device,
                                  (struct asked){.dtype = CVL_F16, .tuning = {"lanes", 16}}));
    device.has_block_reads = false;
    cr_expect_not(is_by_subgroups("direct", dense, &device, (struct asked){.dtype = CVL_F32}));
    device = preset("mali-g710");
    device.has_block_reads = true;
    cr_expect(is_by_subgroups("direct", dense, &device, (struct asked){.dtype = CVL_F32}));
    device = preset("cpu-avx512");
    device.has_block_reads = true;
    cr_expect_not(is_by_subgroups("direct", dense, &device, (struct asked){.dtype = CVL_F32}));
    device = preset("arc-a770");
    device.max_work_group = 8;
    cr_expect_not(is_by_subgroups("direct", dense, &device, (struct asked){.dtype = CVL_F32}));
}

/* A block starts aligned to 32 bits, and most of its lanes have work. */
Test(subgroup_product, channels_must_fill_blocks)
{
    static const struct {
        const char *text;
        bool expected;
    } cases[] = {
        {"ic16ih9oc16kh3ph1", true},     {"ic12ih9oc16kh3ph1", false},
        {"ic18ih9oc16kh3ph1", false},    {"ic20ih9oc17kh3ph1", true},
        {"ic64ih9oc12kh3ph1", false},    {"g4ic64ih9oc64kh3ph1", true},
        {"g8ic64ih9oc128kh3ph1", false}, {"g2ic72ih9oc64kh3ph1", true},
    };
    const struct cvl_device_facts device = preset("arc-a770");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int dtype = 0; dtype < CVL_DTYPE_COUNT; dtype++)
            cr_expect_eq(is_by_subgroups("direct", cases[i].text, &device,
                                         (struct asked){.dtype = (enum cvl_dtype)dtype,
                                                        .tuning = {"lanes", 16}}),
                         cases[i].expected, "%s", cases[i].text);
}

/* Whole sub-groups; what the plan says of them. */
Test(subgroup_product, groups_are_of_whole_subgroups)
{
    static const char *const texts[] = {dense, "ic256ih14oc256kh3ph1",
                                        "mb2ic20ih5iw7oc37kh3kw3ph1pw1", "ic64ih224oc64kh3ph1",
                                        "ic2048ih7oc512kh1ph0"};
    const struct cvl_device_facts device = preset("arc-a770");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct cvl_plan plan =
            plan_of("direct", texts[i], &device, (struct asked){.layout = CVL_NHWC});
        const struct cvl_launch *launch = main_launch(&plan);
        cr_expect_eq(launch->local[0] % CVL_BLOCK_LANES, 0);
        cr_expect_eq(launch->local[0], (uint64_t)(CVL_BLOCK_LANES * tuned(&plan, "pixel_items")));
        cr_expect_eq(launch->local_bytes, 0);
        cr_expect_eq(tuned(&plan, "lanes"), CVL_BLOCK_LANES);
        cr_expect(has_option(&plan, "-DSUBGROUP=16 "));
        cr_expect_eq(
            strncmp(plan.stages[plan.load_stage_count].note, "sub-groups of 16 work-items, ", 29),
            0);
        cvl_plan_clear(&plan);
    }
}

/* A group of outputs is padded to whole blocks of channels. */
Test(subgroup_product, weights_are_padded_to_blocks)
{
    const struct cvl_device_facts device = preset("arc-a770");
    struct asked asked = {.tuning = {"vectors", 2}};
    struct cvl_plan plan = plan_of("direct", "g2ic40ih9oc80kh3ph1", &device, asked);
    /* 40 outputs of each group in two blocks of 32, 9 taps of 20 channels */
    cr_expect_eq(plan.buffers[main_launch(&plan)->args[1].value].bytes, 4 * 2 * 64 * 20 * 9);
    cr_expect(has_option(&plan, "-DWHOLE_BLOCKS=0 "));
    cr_expect(has_option(&plan, "-DWHOLE_CHUNKS=0 "));
    cvl_plan_clear(&plan);
}

/* Taps in the padding are looked for only where there are any. */
Test(subgroup_product, padding_is_known)
{
    static const struct {
        const char *text, *option;
    } cases[] = {
        {"ic64ih14oc64kh3ph1", "-DPADDED=1 "},       {"ic64ih14oc64kh3ph0", "-DPADDED=0 "},
        {"ic64ih14oc64kh1ph0", "-DPADDED=0 "},       {"ic64ih8oc64oh4kh3sh2ph0", "-DPADDED=1 "},
        {"ic64ih14oc64kh3ph0dh1", "-DPADDED=0 "},    {"ic64ih9iw14oc64kh3kw3ph0pw1", "-DPADDED=1 "},
        {"ic64ih14oc64oh7kh1sh2ph0", "-DPADDED=0 "},
    };
    const struct cvl_device_facts device = preset("arc-a770");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cvl_plan plan =
            plan_of("direct", cases[i].text, &device, (struct asked){.layout = CVL_NHWC});
        cr_expect(has_option(&plan, cases[i].option), "%s: %s", cases[i].text,
                  main_launch(&plan)->options);
        cvl_plan_clear(&plan);
    }
}

/* Few sub-groups divide the rows of the product; large layers do not. */
Test(subgroup_product, small_layers_are_split)
{
    const struct cvl_device_facts device = preset("arc-a770");
    struct cvl_plan plan =
        plan_of("direct", "ic256ih14oc256kh3ph1", &device, (struct asked){.layout = CVL_NHWC});
    const int32_t splits = tuned(&plan, "splits");
    cr_expect_gt(splits, 1);
    cr_expect_eq(plan.bytes.role[CVL_WORKSPACE], 4 * (uint64_t)splits * 196 * 256);
    cr_expect_str_eq(plan.stages[plan.load_stage_count + 1].work.launch.kernel,
                     "group_product_sum");
    cvl_plan_clear(&plan);
    plan = plan_of("direct", "ic64ih224oc64kh3ph1", &device, (struct asked){.layout = CVL_NHWC});
    cr_expect_eq(plan.bytes.role[CVL_WORKSPACE], 0);
    cvl_plan_clear(&plan);
    plan = plan_of("sep_banded", "separable:ic256ih28oc256kh3ph1", &device,
                   (struct asked){.layout = CVL_NHWC});
    cr_expect_eq(plan.bytes.role[CVL_WORKSPACE], 0, "bands");
    cvl_plan_clear(&plan);
}

/* A search, or a person, can choose work-groups; a device without blocks has no choice to state. */
Test(subgroup_product, work_groups_can_be_chosen)
{
    struct cvl_device_facts device = preset("arc-a770");
    const struct asked asked = {.tuning = {"lanes", 1}};
    struct cvl_plan plan = plan_of("direct", dense, &device, asked);
    cr_expect_str_eq(main_launch(&plan)->source, "group_product.cl");
    cr_expect_eq(tuned(&plan, "lanes"), 1);
    cvl_plan_clear(&plan);
    device = preset("h100");
    plan = plan_of("direct", dense, &device, (struct asked){.tuning = {"lanes", 16}});
    cr_expect_str_eq(main_launch(&plan)->source, "group_product.cl");
    cr_expect_eq(tuned(&plan, "lanes"), 0);
    cvl_plan_clear(&plan);
}

/* Winograd's batch of products keeps the kernel that every device has. */
Test(subgroup_product, winograd_is_by_work_groups)
{
    const struct cvl_device_facts device = preset("arc-a770");
    struct cvl_plan plan =
        plan_of("winograd_f2_staged", dense, &device, (struct asked){.layout = CVL_NHWC});
    for (uint32_t s = 0; s < plan.stage_count; s++)
        cr_expect_str_neq(plan.stages[s].work.launch.source, "subgroup_product.cl");
    cvl_plan_clear(&plan);
}
