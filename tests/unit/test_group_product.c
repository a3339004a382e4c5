/* Products whose operands a work-group shares: tiles by the facts of made-up GPUs, splits and their
 * workspace, wide loads only where they are aligned. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/variant.h>

/* A GPU of 132 units, of which each holds 65,536 registers. */
static struct cvl_device_facts large_gpu(void)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    device.type = CVL_DEVICE_GPU;
    device.compute_units = 132;
    device.float_vector_width = 1;
    device.local_bytes = 48 << 10;
    device.local_is_dedicated = true;
    device.max_work_group = 1024;
    device.registers = 65536;
    return device;
}

static struct cvl_plan plan_with(const char *variant, const char *text, enum cvl_layout layout,
                                 enum cvl_dtype dtype, const struct cvl_device_facts *device,
                                 const struct cvl_tuning *asked)
{
    struct cvl_request request = {
        .layout = layout, .dtype = dtype, .tuning = asked, .tuning_count = asked ? 1 : 0};
    struct cvl_plan plan;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_problem_parse(text, &request.problem, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_variant_plan(cvl_variant_find(variant), &request, device, &plan, &err), CVL_OK,
                 "%s %s: %s", variant, text, err.text);
    return plan;
}

static struct cvl_plan plan_of(const char *variant, const char *text, enum cvl_layout layout,
                               enum cvl_dtype dtype)
{
    const struct cvl_device_facts device = large_gpu();
    return plan_with(variant, text, layout, dtype, &device, NULL);
}

static const struct cvl_launch *main_launch(const struct cvl_plan *plan)
{
    return &plan->stages[plan->load_stage_count].work.launch;
}

static uint64_t groups_of(const struct cvl_launch *launch)
{
    uint64_t groups = 1;
    for (uint32_t d = 0; d < launch->dims; d++)
        groups *= launch->global[d] / launch->local[d];
    return groups;
}

static void expect_option(const struct cvl_plan *plan, const char *option)
{
    char text[CVL_LAUNCH_OPTIONS_BYTES + 2];
    (void)snprintf(text, sizeof text, "%s ", main_launch(plan)->options);
    cr_expect_not_null(strstr(text, option), "%s: %s", option, text);
}

/* Layers that a tile for each item would leave most of the device idle. */
Test(group_product, small_layers_fill_a_large_gpu)
{
    static const char *const texts[] = {"ic64ih56oc64kh3ph1", "ic256ih14oc256kh3ph1"};
    static const char *const variants[] = {"direct", "implicit_gemm"};
    for (int i = 0; i < 8; i++) {
        struct cvl_plan plan =
            plan_of(variants[i & 1], texts[i >> 1 & 1], (enum cvl_layout)(i >> 2), CVL_F32);
        cr_expect_geq(groups_of(main_launch(&plan)), 132, "%s %s", variants[i & 1],
                      texts[i >> 1 & 1]);
        cr_expect_str_eq(main_launch(&plan)->source, "group_product.cl");
        cvl_plan_clear(&plan);
    }
}

/* A split product's sums are a workspace of floats, whatever the type, and a stage adds them up. */
Test(group_product, splits_have_a_workspace)
{
    const struct cvl_device_facts device = large_gpu();
    const struct cvl_tuning asked = {"splits", 4};
    for (int i = 0; i < 4; i++) {
        struct cvl_plan plan = plan_with("direct", "mb2ic64ih7oc30kh3ph1", (enum cvl_layout)(i & 1),
                                         (enum cvl_dtype)(i >> 1), &device, &asked);
        /* NHWC: 30 channels padded to 32; NCHW: 49 pixels padded to 52 */
        const uint64_t floats = UINT64_C(4) * 2 * ((i & 1) ? 30 * 52 : 49 * 32);
        cr_expect_eq(plan.bytes.role[CVL_WORKSPACE], 4 * floats);
        cr_expect_eq(plan.stage_count, plan.load_stage_count + 2);
        cr_expect_str_eq(plan.stages[plan.load_stage_count + 1].name, "direct_sum");
        cr_expect_str_eq(plan.stages[plan.load_stage_count + 1].work.launch.kernel,
                         "group_product_sum");
        cvl_plan_clear(&plan);
    }
}

/* Layers with work enough need no workspace. */
Test(group_product, large_layers_are_not_split)
{
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        struct cvl_plan plan =
            plan_of("direct", "ic64ih224oc64kh3ph1", (enum cvl_layout)layout, CVL_F32);
        cr_expect_eq(plan.bytes.role[CVL_WORKSPACE], 0);
        cr_expect_geq(groups_of(main_launch(&plan)), 132);
        cvl_plan_clear(&plan);
    }
}

/* Bands of one output are launched one after another: sums for each would cost more than they
 * save. */
Test(group_product, bands_are_not_split)
{
    struct cvl_plan plan =
        plan_of("sep_banded", "separable:ic256ih28oc256kh3ph1", CVL_NHWC, CVL_F32);
    cr_expect_eq(plan.bytes.role[CVL_WORKSPACE], 0);
    cvl_plan_clear(&plan);
}

/* Elements of their own taps, which few items copy: each takes registers until it is stored. */
Test(group_product, items_copy_few_elements)
{
    struct cvl_plan plan = plan_of("direct", "g32ic128ih56oc128kh3ph1", CVL_NCHW, CVL_F32);
    expect_option(&plan, "-DGC=2 ");
    expect_option(&plan, "-DOUTPUTS=4 ");
    expect_option(&plan, "-DVECTORS=1 ");
    expect_option(&plan, "-DCHUNK=8 "); /* 8 rows x 4 pixels for each of 2 items */
    cvl_plan_clear(&plan);
}

/* Where a unit has few registers, halves on their way leave room for less: of the patch matrix in
 * NCHW, of the outputs in NHWC where pieces are shorter than a load. */
Test(group_product, halves_take_registers)
{
    static const struct {
        const char *text;
        enum cvl_layout layout;
        const char *floats, *halves;
    } cases[] = {
        {"ic64ih56oc64kh3ph1", CVL_NCHW, "-DCHUNK=16 ", "-DCHUNK=8 "},
        {"g32ic128ih56oc128kh3ph1", CVL_NHWC, "-DPIXELS=8 ", "-DPIXELS=4 "},
        {"ic64ih56oc64kh3ph1", CVL_NHWC, "-DCHUNK=16 ", "-DCHUNK=16 "},
    };
    struct cvl_device_facts device = large_gpu();
    device.compute_units = 6;
    device.registers = 7168;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        struct cvl_plan plan = plan_with("direct", cases[i / 2].text, cases[i / 2].layout,
                                         i % 2 ? CVL_F16 : CVL_F32, &device, NULL);
        expect_option(&plan, i % 2 ? cases[i / 2].halves : cases[i / 2].floats);
        cvl_plan_clear(&plan);
    }
}

/* 16 bytes at once where the channels of a pixel, or the pixels of a plane, are whole pieces. */
Test(group_product, loads_are_as_wide_as_they_are_aligned)
{
    static const struct {
        const char *text;
        enum cvl_layout layout;
        enum cvl_dtype dtype;
        const char *input, *output;
    } cases[] = {
        {"ic64ih14oc64kh3ph1", CVL_NHWC, CVL_F32, "-DIN_WIDE=4 ", "-DOUT_WIDE=4 "},
        {"ic64ih14oc64kh3ph1", CVL_NHWC, CVL_F16, "-DIN_WIDE=8 ", "-DOUT_WIDE=4 "},
        {"ic36ih14oc64kh3ph1", CVL_NHWC, CVL_F16, "-DIN_WIDE=4 ", "-DOUT_WIDE=4 "},
        {"ic33ih14oc30kh3ph1", CVL_NHWC, CVL_F32, "-DIN_WIDE=1 ", "-DOUT_WIDE=1 "},
        {"g2ic12ih14oc24kh3ph1", CVL_NHWC, CVL_F32, "-DIN_WIDE=1 ", "-DOUT_WIDE=4 "},
        {"ic64ih14oc64kh3ph1", CVL_NCHW, CVL_F32, "-DIN_WIDE=1 ", "-DOUT_WIDE=4 "},
        {"ic64ih14oc64kh1", CVL_NCHW, CVL_F32, "-DIN_WIDE=4 ", "-DOUT_WIDE=4 "},
        {"ic64ih16oc64kh1", CVL_NCHW, CVL_F16, "-DIN_WIDE=8 ", "-DOUT_WIDE=4 "},
        {"ic64ih7oc64kh1", CVL_NCHW, CVL_F32, "-DIN_WIDE=1 ", "-DOUT_WIDE=1 "},
        {"ic64ih14oc64oh7kh1sh2ph0", CVL_NCHW, CVL_F32, "-DIN_WIDE=1 ", "-DOUT_WIDE=1 "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cvl_plan plan = plan_of("direct", cases[i].text, cases[i].layout, cases[i].dtype);
        expect_option(&plan, cases[i].input);
        expect_option(&plan, cases[i].output);
        cvl_plan_clear(&plan);
    }
}

/* Groups that the device cannot launch are refused before it is asked. */
Test(group_product, groups_beyond_the_device_are_refused)
{
    struct cvl_device_facts device = large_gpu();
    struct cvl_request request = {.layout = CVL_NHWC, .dtype = CVL_F32};
    const struct cvl_tuning asked[] = {{"channel_items", 32}, {"pixel_items", 16}};
    struct cvl_plan plan;
    struct cvl_error err = {0};
    device.max_work_group = 256;
    request.tuning = asked;
    request.tuning_count = 2;
    cr_assert_eq(cvl_problem_parse("ic64ih14oc64kh3ph1", &request.problem, &err), CVL_OK);
    cr_expect_eq(cvl_variant_plan(cvl_variant_find("direct"), &request, &device, &plan, &err),
                 CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text,
                     "group_product_nhwc has work-groups of 512 work-items; the device allows 256");
}

/* Tiles that no compiler has registers for are refused, so that a search does not build them. */
Test(group_product, tiles_beyond_registers_are_refused)
{
    const struct cvl_device_facts device = large_gpu();
    const struct cvl_tuning asked[] = {{"pixels", 16}, {"vec", 16}};
    struct cvl_request request = {
        .layout = CVL_NHWC, .dtype = CVL_F32, .tuning = asked, .tuning_count = 2};
    struct cvl_plan plan;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_problem_parse("ic64ih56oc64kh3ph1", &request.problem, &err), CVL_OK);
    cr_expect_eq(cvl_variant_plan(cvl_variant_find("direct"), &request, &device, &plan, &err),
                 CVL_UNSUPPORTED);
    cr_expect_not_null(strstr(err.text, "floats in registers; the limit is 192"), "%s", err.text);
}

/* CPUs keep the kernel whose items work alone. */
Test(group_product, cpus_do_not_share)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        struct cvl_plan plan = plan_with("direct", "ic256ih14oc256kh3ph1", (enum cvl_layout)layout,
                                         CVL_F32, &device, NULL);
        cr_expect_str_eq(main_launch(&plan)->source, "direct.cl");
        cvl_plan_clear(&plan);
    }
}
