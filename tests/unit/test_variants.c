/* Plans of every variant on made-up devices. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/variant.h>

#include "shapes.h"
#include "support.h"

static struct cvl_request case_of(const char *text, enum cvl_layout layout, enum cvl_dtype dtype)
{
    struct cvl_request request = {.layout = layout, .dtype = dtype};
    struct cvl_error err = {0};
    cr_assert_eq(cvl_problem_parse(text, &request.problem, &err), CVL_OK, "%s: %s", text, err.text);
    return request;
}

static struct cvl_plan plan_on(const char *variant, const struct cvl_request *request,
                               const struct cvl_device_facts *device)
{
    struct cvl_plan plan;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_variant_plan(cvl_variant_find(variant), request, device, &plan, &err), CVL_OK,
                 "%s: %s", variant, err.text);
    return plan;
}

static struct cvl_plan plan_of(const char *variant, const char *text, enum cvl_layout layout,
                               enum cvl_dtype dtype)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_request request = case_of(text, layout, dtype);
    return plan_on(variant, &request, &device);
}

static struct cvl_plan_bytes bytes_of(const char *variant, const char *text, enum cvl_layout layout)
{
    struct cvl_plan plan = plan_of(variant, text, layout, CVL_F32);
    struct cvl_plan_bytes bytes = plan.bytes;
    cvl_plan_clear(&plan);
    return bytes;
}

static bool source_has(const char *source, const char *kernel)
{
    static char text[1 << 16];
    char path[512], call[64];
    (void)snprintf(path, sizeof path, CONVLENS_SOURCE_DIR "/cl/%s", source);
    (void)snprintf(call, sizeof call, " %s(", kernel);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    const size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    return strstr(text, call) != NULL;
}

static void expect_launch(const struct cvl_plan *plan, const struct cvl_launch *launch,
                          const struct cvl_device_facts *device)
{
    uint64_t group = 1;
    cr_expect(source_has(launch->source, launch->kernel), "%s: %s", launch->source, launch->kernel);
    for (uint32_t d = 0; d < launch->dims; d++) {
        cr_expect(launch->global[d] > 0 && launch->local[d] > 0);
        cr_expect_eq(launch->global[d] % launch->local[d], 0, "%s", launch->kernel);
        group *= launch->local[d];
    }
    cr_expect_leq(group, device->max_work_group, "%s", launch->kernel);
    for (uint32_t a = 0; a < launch->arg_count; a++)
        if (launch->args[a].is_buffer)
            cr_expect_lt(launch->args[a].value, (int32_t)plan->buffer_count);
}

static void expect_lifetimes(const struct cvl_plan *plan)
{
    for (uint32_t b = 0; b < plan->buffer_count; b++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[b];
        cr_expect_leq(buffer->first_stage, buffer->last_stage, "%s", buffer->name);
        cr_expect(buffer->bytes > 0, "%s", buffer->name);
        if (buffer->role == CVL_WEIGHTS) {
            cr_expect(plan->load_stage_count == 0 || buffer->first_stage < plan->load_stage_count,
                      "%s is loaded", buffer->name);
            cr_expect(buffer->last_stage == CVL_STAYS ||
                          buffer->last_stage < plan->load_stage_count,
                      "%s stays or is packed", buffer->name);
        } else {
            cr_expect_geq(buffer->first_stage, plan->load_stage_count, "%s", buffer->name);
            cr_expect_lt(buffer->last_stage, plan->stage_count, "%s", buffer->name);
        }
    }
}

/* Stages that transform, or that make rows at borders twice, do other work than the definition
 * says. */
static bool does_other_work(const struct cvl_plan *plan)
{
    return strncmp(plan->variant, "winograd_", 9) == 0 ||
           strcmp(plan->variant, "inv_banded") == 0 || strcmp(plan->variant, "inv_fused") == 0;
}

/* Groups that a plan computes as one: as often it multiplies. */
static uint64_t merged_groups(const struct cvl_plan *plan)
{
    for (uint32_t i = 0; i < plan->steps[0].tuning_count; i++)
        if (strcmp(plan->steps[0].tuning[i].name, "merge") == 0)
            return (uint64_t)plan->steps[0].tuning[i].value;
    return 1;
}

static void expect_sound(const struct cvl_plan *plan, const struct cvl_device_facts *device)
{
    const struct cvl_sizes sizes = cvl_problem_sizes(&plan->steps[0].problem);
    uint64_t flops = 0;
    cr_assert_gt(plan->stage_count, plan->load_stage_count);
    for (uint32_t s = 0; s < plan->stage_count; s++) {
        cr_expect(plan->stages[s].bytes_moved > 0, "%s", plan->stages[s].name);
        cr_expect(plan->stages[s].name[0] != '\0');
        flops += plan->stages[s].flops;
        if (plan->stages[s].kind == CVL_STAGE_KERNEL)
            expect_launch(plan, &plan->stages[s].work.launch, device);
    }
    if (!does_other_work(plan))
        cr_expect_eq(flops, 2 * sizes.macs * merged_groups(plan), "%s", plan->variant);
    cr_expect(!device->loop_limit || plan->loop_iterations <= device->loop_limit);
    cr_expect_leq(plan->local_bytes, device->local_bytes);
    expect_lifetimes(plan);
}

/* Plans every shape on every device: what support.def states, but where the device refuses; nothing
 * else, and what is refused says why. */
static void expect_plans(const struct cvl_variant *variant)
{
    const struct support *support = support_find(cvl_variant_name(variant));
    int planned = 0;
    for (size_t i = 0; i < 4 * SHAPE_DEVICES * SHAPE_COUNT; i++) {
        const struct cvl_device_facts device = device_at((unsigned)(i / 4) % SHAPE_DEVICES);
        const struct cvl_request request =
            case_of(shapes[i / (4 * SHAPE_DEVICES)], (enum cvl_layout)(i & 1),
                    (enum cvl_dtype)(i >> 1 & 1));
        struct cvl_plan plan;
        struct cvl_error err = {0};
        enum cvl_status status = cvl_variant_plan(variant, &request, &device, &plan, &err);
        const bool stated = support_states(support, &request, device.type);
        if (status == CVL_OK) {
            cr_expect(stated, "%s %s", support->variant, shapes[i / (4 * SHAPE_DEVICES)]);
            planned |= SUPPORT_PAIR(request.layout, request.dtype);
            expect_sound(&plan, &device);
        } else {
            cr_expect_eq(status, CVL_UNSUPPORTED, "%s", err.text);
            cr_expect_str_not_empty(err.text);
            cr_expect_eq(support_refusal_of(err.text), stated ? BY_DEVICE : BY_RULE, "%s",
                         err.text);
            cr_expect_null(plan.stages);
            cr_expect_eq(plan.buffer_count, 0);
        }
        cvl_plan_clear(&plan);
    }
    cr_expect_eq(planned, support->pairs[CVL_FORWARD]);
}

#define CVL_VARIANT(row)                                                                           \
    Test(variants, plans_of_##row)                                                                 \
    {                                                                                              \
        const struct cvl_variant *variant = cvl_variant_find(#row);                                \
        cr_assert_not_null(variant);                                                               \
        cr_expect_str_eq(cvl_variant_name(variant), #row);                                         \
        cr_expect(cvl_variant_summary(variant)[0] != '\0');                                        \
        expect_plans(variant);                                                                     \
    }
#include "variants/variants.def"
#undef CVL_VARIANT

/* Work-groups keep to what a device with small ones can launch. */
Test(variants, small_work_groups)
{
    struct cvl_device_facts device = device_at(3);
    device.max_work_group = 8;
    device.max_work_item[0] = 4;
    struct cvl_request request = case_of("separable:ic64ih28oc64kh3ph1", CVL_NHWC, CVL_F32);
    struct cvl_plan plan = plan_on("sep_unfused", &request, &device);
    for (uint32_t s = 0; s < plan.stage_count; s++)
        cr_expect_leq(plan.stages[s].work.launch.local[0], 4);
    cvl_plan_clear(&plan);
}

Test(variants, table)
{
    size_t rows = 0;
#define CVL_VARIANT(row) rows++;
#include "variants/variants.def"
#undef CVL_VARIANT
    cr_expect_eq(cvl_variant_count(), rows);
    for (size_t i = 0; i < cvl_variant_count(); i++)
        cr_expect_eq(cvl_variant_find(cvl_variant_name(cvl_variant_at(i))), cvl_variant_at(i));
    cr_expect_null(cvl_variant_find("winograd"));
    cr_expect(cvl_variant_computes(cvl_variant_find("direct"), CVL_DEPTHWISE));
    cr_expect_not(cvl_variant_computes(cvl_variant_find("direct"), CVL_SEPARABLE));
}

static void expect_refused(const char *variant, const char *text, enum cvl_layout layout,
                           enum cvl_dtype dtype, const struct cvl_device_facts *device,
                           const char *reason)
{
    const struct cvl_request request = case_of(text, layout, dtype);
    struct cvl_plan plan;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_variant_plan(cvl_variant_find(variant), &request, device, &plan, &err),
                 CVL_UNSUPPORTED);
    cr_expect_str_eq(err.text, reason);
}

Test(variants, refusals_by_rule)
{
    const struct cvl_device_facts device = cvl_device_facts_default(), gpu = device_at(3);
    expect_refused("im2col_gemm", "ic3ih8oc4kh3ph1", CVL_NHWC, CVL_F32, &device, "NCHW only");
    expect_refused("im2col_gemm", "ic3ih8oc4kh3ph1", CVL_NCHW, CVL_F16, &device, "f32 only");
    expect_refused("clblast_convgemm", "g2ic4ih8oc4kh3ph1", CVL_NCHW, CVL_F32, &device,
                   "one group only");
    expect_refused("clblast_convgemm", "ic3ih8oc4oh4kh3sh2ph0", CVL_NCHW, CVL_F32, &device,
                   "CLBlast pads both sides alike; this layer pads 0 before and 1 after its rows");
    expect_refused("pw_gemm", "pointwise:ic3ih8oc4oh4kh1sh2ph0", CVL_NCHW, CVL_F32, &device,
                   "stride 1 only");
    expect_refused("sep_unfused_gemm", "separable:ic3ih8oc4kh3ph1", CVL_NHWC, CVL_F16, &device,
                   "f32 only");
    expect_refused("dw_inplace", "depthwise:g3ic3ih8oc3kh3sh2ph1", CVL_NHWC, CVL_F32, &device,
                   "stride 1 only");
    expect_refused("dw_inplace", "depthwise:g3ic3ih8iw9oc3kh3kw3ph1pw0", CVL_NCHW, CVL_F32, &device,
                   "needs an output as large as the input: got 8x7, expected 8x9");
    expect_refused("sep_fused", "ic3ih8oc4kh3ph1", CVL_NHWC, CVL_F32, &device,
                   "sep_fused does not compute the standard form");
    expect_refused("winograd_f4", "ic3ih8oc4oh4kh3sh2ph1", CVL_NHWC, CVL_F32, &device,
                   "needs 3x3, stride 1, no dilation");
    expect_refused("winograd_f2", "ic3ih8oc4kh3ph2dh1", CVL_NHWC, CVL_F32, &device,
                   "needs 3x3, stride 1, no dilation");
    expect_refused("winograd_f2", "ic3ih8oc4kh3ph1", CVL_NHWC, CVL_F32, &gpu,
                   "needs a CPU; on other devices use winograd_f2_staged, which runs in stages");
    expect_refused("winograd_f4", "ic3ih8oc4kh3ph1", CVL_NCHW, CVL_F16, &gpu,
                   "needs a CPU; on other devices use winograd_f4_staged, which runs in stages");
    expect_refused("winograd_f2_staged", "standard:mb2000000ic1ih64oc1kh3ph1", CVL_NHWC, CVL_F32,
                   &device, "2048000000 tiles of 16 positions; kernels count to 2147483647");
    expect_refused("winograd_f2_staged", "g2ic4ih8oc4kh3ph1", CVL_NCHW, CVL_F32, &device,
                   "one group only");
    for (size_t i = 0; i < cvl_variant_count(); i++) { /* rounding up would overflow */
        const char *const text = cvl_variant_computes(cvl_variant_at(i), CVL_STANDARD)
                                     ? "standard:ic1ih1oc2147483647kh1"
                                     : "separable:ic1ih1oc2147483647kh1";
        if (cvl_variant_computes(cvl_variant_at(i), CVL_STANDARD) ||
            cvl_variant_computes(cvl_variant_at(i), CVL_SEPARABLE))
            expect_refused(cvl_variant_name(cvl_variant_at(i)), text, CVL_NCHW, CVL_F32, &device,
                           "2147483647 channels; kernels take at most 1073741824");
    }
    expect_refused("direct", "ic65536ih256oc1kh1ph0", CVL_NHWC, CVL_F32, &device,
                   "input has 4294967296 elements; kernels count to 2147483647");
    expect_refused("direct", "ic1ih1iw9oc1oh1ow3kh1kw3sh1sw1dh0dw536870912ph0pw536870912", CVL_NHWC,
                   CVL_F32, &device, "the padded input is wider or higher than 1073741824");
}

/* Few channels a group: as many groups are one as fill a vector, on a CPU. */
Test(variants, groups_are_merged_to_fill_vectors)
{
    static const struct {
        const char *problem;
        int32_t asked, merged;
        uint64_t packed; /* elements, channels padded to a vector */
    } cases[] = {
        {"g64ic64ih28oc128kh3ph1", 0, 8, 64 * 128 * 9 / 8},
        {"g32ic64ih28oc128kh3ph1", 0, 4, 64 * 128 * 9 / 8},
        {"g4ic64ih28oc128kh3ph1", 0, 1, 64 * 128 * 9 / 4},
        {"g3ic9ih8oc6kh3ph1", 0, 3, 9 * 8 * 9},
        {"standard:g6ic6ih8oc6kh3ph1", 4, 3, 2 * 3 * 4 * 9},
        {"g64ic64ih28oc128kh3ph1", 1, 1, 128 * 9},
    };
    const struct cvl_device_facts cpu = cvl_device_facts_default();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cvl_request request = {.layout = CVL_NHWC};
        struct cvl_plan plan;
        const struct cvl_tuning asked = {"merge", cases[i].asked};
        if (asked.value != 0) {
            request.tuning = &asked;
            request.tuning_count = 1;
        }
        cr_assert_eq(cvl_problem_parse(cases[i].problem, &request.problem, NULL), CVL_OK);
        cr_assert_eq(cvl_variant_plan(cvl_variant_find("direct"), &request, &cpu, &plan, NULL),
                     CVL_OK);
        cr_expect_eq(merged_groups(&plan), (uint64_t)cases[i].merged, "%s", cases[i].problem);
        const uint64_t weights = cvl_problem_sizes(&request.problem).weights_elements;
        for (uint32_t b = 0; b < plan.buffer_count; b++) {
            if (strcmp(plan.buffers[b].name, "weights") == 0)
                cr_expect_eq(plan.buffers[b].bytes, 4 * weights, "%s", cases[i].problem);
            if (strcmp(plan.buffers[b].name, "packed") == 0)
                cr_expect_eq(plan.buffers[b].bytes, 4 * cases[i].packed, "%s", cases[i].problem);
        }
        cvl_plan_clear(&plan);
    }
}

Test(variants, refusals_by_device)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    device.local_bytes = 4 * (3 * 56 * 32 + 56 * (32 + 32)) - 1; /* one row, blocks of 32 */
    expect_refused(
        "inv_fused", "inverted:ic24ih56oc24kh3ph1mc144", CVL_NHWC, CVL_F32, &device,
        "tiles of 1 output rows and 32 middle channels need 35840 bytes of local memory; "
        "the device has 35839");
    device.local_bytes = 4 * 3 * 130 - 1; /* three rows of 128 columns and the padding */
    expect_refused("dw_inplace", "depthwise:g2ic2ih9iw128oc2kh3kw3ph1pw1", CVL_NCHW, CVL_F32,
                   &device,
                   "the rows of a window need 1560 bytes of local memory; the device has 1559");
    device.local_bytes = 4095;
    expect_refused("sep_fused", "separable:ic1024ih7oc8kh3ph1", CVL_NCHW, CVL_F32, &device,
                   "all channels of one pixel need 4096 bytes of local memory; the device has "
                   "4095");
    device = cvl_device_facts_default();
    struct cvl_request request = case_of("ic512ih7oc512kh3ph1", CVL_NHWC, CVL_F32);
    struct cvl_plan plan = plan_on("direct", &request, &device);
    const uint64_t iterations = plan.loop_iterations;
    cvl_plan_clear(&plan);
    cr_assert_gt(iterations, 512 * 9);
    device.loop_limit = 1000;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_variant_plan(cvl_variant_find("direct"), &request, &device, &plan, &err),
                 CVL_UNSUPPORTED);
    cr_expect_not_null(strstr(err.text, "ends loops silently after 1000"), "%s", err.text);
}

/* Where loops are limited, a register tile shrinks before a layer is refused. */
Test(variants, loops_shrink_tiles)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    device.loop_limit = 65535;
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        struct cvl_request request = case_of("ic1024ih7oc1024kh3ph1", layout, CVL_F32);
        struct cvl_plan plan = plan_on("direct", &request, &device);
        cr_expect_leq(plan.loop_iterations, 65535);
        cr_expect_gt(plan.loop_iterations, 9 * 1024);
        cvl_plan_clear(&plan);
    }
    struct cvl_request request = case_of("separable:ic512ih14oc512kh3ph1", CVL_NHWC, CVL_F32);
    struct cvl_plan plan = plan_on("sep_fused", &request, &device);
    cr_expect_leq(plan.loop_iterations, 65535);
    cvl_plan_clear(&plan);
}

/* The largest tile of sep_fused that local memory holds is taken. */
Test(variants, fused_tile_fits_local_memory)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_request request = case_of("separable:ic1024ih14oc64kh3ph1", CVL_NHWC, CVL_F32);
    device.local_bytes = 3 * 4096 + 4095;
    struct cvl_plan plan = plan_on("sep_fused", &request, &device);
    cr_expect_eq(plan.local_bytes, 3 * 4 * (1024 + 16)); /* one vector more */
    cvl_plan_clear(&plan);
}

/* The plan says how often the pointwise weights are read. */
Test(variants, fused_shows_weight_reads)
{
    const struct cvl_tuning tuning[] = {{"tile_rows", 7}, {"parts", 2}};
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_request request = case_of("separable:mb3ic512ih14oc512kh3ph1", CVL_NHWC, CVL_F32);
    request.tuning = tuning;
    request.tuning_count = 2;
    struct cvl_plan plan = plan_on("sep_fused", &request, &device);
    const struct cvl_stage *fused = &plan.stages[plan.stage_count - 1];
    cr_expect_str_eq(fused->note, "pointwise weights read 6 times, by groups of 7x14 pixels");
    cr_expect_eq(fused->work.launch.global[2], 6, "a part of the channels of an image");
    cvl_plan_clear(&plan);
}

/* A multiplier makes the intermediate and the weights larger, and what is not kept no larger. */
Test(variants, bytes_with_a_depth_multiplier)
{
    static const char text[] = "separable:mb2ic16ih10oc8kh3ph1dm4";
    const uint64_t a = 2 * 16 * 100 * 4, t = 4 * a, o = 2 * 8 * 100 * 4;
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        struct cvl_plan_bytes bytes = bytes_of("sep_unfused", text, layout);
        cr_expect_eq(bytes.role[CVL_INPUT], a);
        cr_expect_eq(bytes.role[CVL_INTERMEDIATE], t);
        cr_expect_eq(bytes.role[CVL_OUTPUT], o);
        cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], a + t + o);
        bytes = bytes_of("sep_unfused_gemm", text, layout);
        cr_expect_eq(bytes.role[CVL_WEIGHTS], 4 * (64 * 9 + 8 * 64));
        cr_expect_eq(bytes.role[CVL_INTERMEDIATE], t);
        bytes = bytes_of("sep_banded", text, layout);
        cr_expect_eq(bytes.role[CVL_INTERMEDIATE], t * 8 / 10);
        bytes = bytes_of("sep_fused", text, layout);
        cr_expect_eq(bytes.role[CVL_INTERMEDIATE], 0);
        cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], a + o);
    }
}

/* The seed example, f32, one image; weights without bias. */
Test(variants, bytes_of_the_seed)
{
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        struct cvl_plan_bytes bytes = bytes_of("direct", "ic3ih224oc64kh3ph0", layout);
        cr_expect_eq(bytes.role[CVL_WEIGHTS], 1728 * 4);
        cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 13218816);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 13218816);
        bytes = bytes_of("sep_unfused", "separable:ic3ih224oc64kh3ph0", layout);
        cr_expect_eq(bytes.role[CVL_WEIGHTS], 219 * 4);
        cr_expect_eq(bytes.role[CVL_INTERMEDIATE], 591408);
        cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 13810224);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 13208112);
        bytes = bytes_of("sep_unfused", "separable:ic3ih224oc512kh3ph0", layout);
        cr_expect_eq(bytes.role[CVL_WEIGHTS], 1563 * 4);
        cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 102127152);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 101525040);
    }
    struct cvl_plan_bytes bytes = bytes_of("im2col_gemm", "ic3ih224oc64kh3ph0", CVL_NCHW);
    cr_expect_eq(bytes.role[CVL_WORKSPACE], 5322672);
    cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 18541488);
}

/* Unfused, what the closed form says (tests/unit/test_model.c has it); in bands of 14 rows, A + O
 * and 16 expanded and 14 convolved rows. Block 3 of MobileNetV2, with its residual. */
Test(variants, bytes_of_inverted)
{
    static const char text[] = "inverted:ic24ih56oc24kh3ph1mc144res1";
    const uint64_t a = 301056, e = 1806336, row = 4 * 56 * 144;
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        struct cvl_plan_bytes bytes = bytes_of("inv_unfused", text, layout);
        cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 2 * a + 2 * e);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], a + 2 * e);
        cr_expect_eq(bytes.peak_without_weights[CVL_ARENA], a + 2 * e);
        bytes = bytes_of("inv_unfused", "inverted:ic24ih56oc24kh3ph1mc144", layout);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 2 * e);
        bytes = bytes_of("inv_banded", text, layout);
        cr_expect_eq(bytes.role[CVL_INTERMEDIATE], 30 * row);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 2 * a + 30 * row);
        bytes = bytes_of("inv_fused", text, layout);
        for (int policy = 0; policy < CVL_POLICY_COUNT; policy++)
            cr_expect_eq(bytes.peak_without_weights[policy], 2 * a);
    }
}

/* Rows that two groups need are made by both, and the plan says so. */
Test(variants, fused_strips_show_rows_made_twice)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_request request = case_of("inverted:ic24ih56oc24kh3ph1mc144", CVL_NHWC, CVL_F32);
    struct cvl_tuning asked = {"tile_rows", 14};
    request.tuning = &asked;
    request.tuning_count = 1;
    struct cvl_plan plan = plan_on("inv_fused", &request, &device);
    const struct cvl_stage *stage = &plan.stages[plan.load_stage_count];
    const uint64_t row_macs = 56 * 24 * 144;
    cr_expect_eq(stage->flops, 2 * (cvl_problem_sizes(&request.problem).macs + 6 * row_macs));
    cr_expect_str_eq(stage->note,
                     "expands 62 rows (input: 56), 14 output rows a group, weights read 4 times");
    cvl_plan_clear(&plan);
}

/* Expansion and projection are tiled apart: what a plan states makes it again. */
Test(variants, inverted_steps_have_parameters_of_their_own)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_request request = case_of("inverted:ic24ih56oc24kh3ph1mc144res1", CVL_NHWC, CVL_F32);
    struct cvl_plan first = plan_on("inv_unfused", &request, &device);
    struct cvl_tuning stated[CVL_PLAN_TUNINGS];
    for (uint32_t i = 0; i < first.steps[0].tuning_count; i++)
        if (strcmp(first.steps[0].tuning[i].name, "dw_items") != 0) /* not to be set on a CPU */
            stated[request.tuning_count++] = first.steps[0].tuning[i];
    request.tuning = stated;
    struct cvl_plan again = plan_on("inv_unfused", &request, &device);
    cr_assert_eq(first.stage_count, again.stage_count);
    for (uint32_t s = 0; s < first.stage_count; s++)
        cr_expect_str_eq(first.stages[s].work.launch.options, again.stages[s].work.launch.options);
    struct cvl_tuning asked = {"e_pixels", 3};
    request.tuning = &asked;
    request.tuning_count = 1;
    struct cvl_plan other = plan_on("inv_unfused", &request, &device);
    const uint32_t expand = first.load_stage_count, project = expand + 2;
    cr_expect_not_null(strstr(other.stages[expand].work.launch.options, "-DPIXELS=3 "));
    cr_expect_str_eq(first.stages[project].work.launch.options,
                     other.stages[project].work.launch.options);
    cvl_plan_clear(&first);
    cvl_plan_clear(&again);
    cvl_plan_clear(&other);
}

/* One activation tensor, in one buffer that lives throughout. */
Test(variants, in_place_has_one_tensor)
{
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        struct cvl_plan_bytes bytes =
            bytes_of("dw_inplace", "depthwise:g128ic128ih56oc128kh3ph1", layout);
        cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 1605632);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 1605632);
        cr_expect_eq(bytes.role[CVL_WEIGHTS], 9 * 128 * 4);
    }
}

/* Blocks of MobileNetV1 1.0/224: input, intermediate, output, patch matrix, weights. */
static const struct {
    int ic, ih, stride, oc;
    uint64_t a, t, o, matrix, standard, separable;
} blocks[] = {
    {32, 112, 1, 64, 1605632, 1605632, 3211264, 14450688, 73728, 9344},
    {64, 112, 2, 128, 3211264, 802816, 1605632, 7225344, 294912, 35072},
    {128, 56, 1, 128, 1605632, 1605632, 1605632, 14450688, 589824, 70144},
    {256, 28, 2, 512, 802816, 200704, 401408, 1806336, 4718592, 533504},
    {512, 14, 1, 512, 401408, 401408, 401408, 3612672, 9437184, 1067008},
    {1024, 7, 1, 1024, 200704, 200704, 200704, 1806336, 37748736, 4231168},
};

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

Test(variants, bytes_of_mobilenet_blocks)
{
    for (size_t i = 0; i < 2 * sizeof blocks / sizeof blocks[0]; i++) {
        const enum cvl_layout layout = (enum cvl_layout)(i & 1);
        const uint64_t a = blocks[i / 2].a, t = blocks[i / 2].t, o = blocks[i / 2].o;
        const int stride = blocks[i / 2].stride, ih = blocks[i / 2].ih;
        char standard[96], text[128];
        (void)snprintf(standard, sizeof standard, "ic%dih%doc%doh%dkh3sh%dph%d", blocks[i / 2].ic,
                       ih, blocks[i / 2].oc, ih / stride, stride, 2 - stride);
        (void)snprintf(text, sizeof text, "separable:%s", standard);
        struct cvl_plan_bytes bytes = bytes_of("direct", standard, layout);
        cr_expect_eq(bytes.role[CVL_WEIGHTS], blocks[i / 2].standard);
        cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], a + o);
        bytes = bytes_of("im2col_gemm", standard, CVL_NCHW);
        cr_expect_eq(bytes.role[CVL_WORKSPACE], blocks[i / 2].matrix);
        bytes = bytes_of("sep_unfused", text, layout);
        cr_expect_eq(bytes.role[CVL_WEIGHTS], blocks[i / 2].separable);
        cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], a + t + o);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], t + larger(a, o));
        bytes = bytes_of("sep_fused", text, layout);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], a + o);
    }
}

/* The intermediate of sep_banded holds one band of every image, and each row is made once. */
Test(variants, bands)
{
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        const uint64_t row = UINT64_C(4) * 2 * 5 * 21;
        struct cvl_plan plan =
            plan_of("sep_banded", "separable:mb2ic5ih21oc7kh3ph1", layout, CVL_F32);
        struct cvl_plan_bytes bytes = plan.bytes;
        cr_expect_eq(bytes.role[CVL_INTERMEDIATE], 8 * row);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED],
                     bytes.role[CVL_INPUT] + bytes.role[CVL_OUTPUT] + 8 * row);
        cr_expect_eq(plan.stage_count - plan.load_stage_count, 6, "three bands of two stages");
        cvl_plan_clear(&plan);
    }
}

/* One patch matrix serves a whole batch; the library makes it where it can pad that way. */
Test(variants, im2col_by_whom)
{
    struct cvl_plan plan = plan_of("im2col_gemm", "mb3ic3ih8oc4oh4kh3sh2ph1", CVL_NCHW, CVL_F32);
    cr_expect_eq(plan.stage_count, 6);
    cr_expect_eq(plan.stages[0].kind, CVL_STAGE_IM2COL);
    cr_expect_eq(plan.bytes.role[CVL_WORKSPACE], 4 * 27 * 16);
    cvl_plan_clear(&plan);
    plan = plan_of("im2col_gemm", "mb3ic3ih8oc4oh4kh3sh2ph0", CVL_NCHW, CVL_F32);
    cr_expect_eq(plan.stage_count, 6);
    cr_expect_eq(plan.stages[0].kind, CVL_STAGE_KERNEL);
    cr_expect_eq(plan.bytes.role[CVL_WORKSPACE], 4 * 27 * 16);
    cvl_plan_clear(&plan);
}

/* The patch matrix of dw_im2col has KH KW times the output of one image: 9 x 512 x 14 x 14 floats,
 * and 9 x 5 x 4 x 4 whatever the batch. */
Test(variants, depthwise_by_im2col_needs_the_window_times_the_output)
{
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        struct cvl_plan_bytes bytes =
            bytes_of("dw_im2col", "depthwise:g512ic512ih14oc512kh3ph1", layout);
        cr_expect_eq(bytes.role[CVL_WORKSPACE], 3612672);
        cr_expect_eq(bytes.role[CVL_OUTPUT], 401408);
        cr_expect_eq(bytes.peak_without_weights[CVL_ALL_LIVE], 401408 + 3612672 + 401408);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 401408 + 3612672);
        bytes = bytes_of("dw_im2col", "depthwise:mb2g5ic5ih8oc5kh3sh2ph1", layout);
        cr_expect_eq(bytes.role[CVL_WORKSPACE], 2880);
        cr_expect_eq(bytes.peak_without_weights[CVL_FREED], 2560 + 2880 + 640);
    }
}

/* The plan of a winograd variant that keeps transformed tiles in local memory (1) or in bands of at
 * most `kib` (2). */
static struct cvl_plan winograd_plan(const char *variant, const char *text, enum cvl_layout layout,
                                     enum cvl_dtype dtype, int32_t stages, int32_t kib)
{
    const struct cvl_device_facts device = cvl_device_facts_default();
    const struct cvl_tuning tuning[] = {{"stages", stages}, {"band_kib", kib}};
    struct cvl_request request = case_of(text, layout, dtype);
    request.tuning = tuning;
    request.tuning_count = 2;
    return plan_on(variant, &request, &device);
}

static void expect_winograd_bytes(struct cvl_plan plan, uint64_t weights, uint64_t raw,
                                  uint64_t workspace)
{
    const struct cvl_plan_bytes bytes = plan.bytes;
    cr_expect_eq(bytes.role[CVL_WEIGHTS], weights);
    cr_expect_eq(bytes.role[CVL_WORKSPACE], workspace);
    cr_expect_eq(bytes.load_peak, weights + raw);
    cvl_plan_clear(&plan);
}

/* Transformed weights stay, and a band of transformed tiles is workspace: floats, also where
 * tensors are half. 64 channels: 14 x 14 tiles of 6 x 6, or 28 x 28 of 4 x 4. */
Test(variants, winograd_bytes)
{
    static const char text[] = "ic64ih56oc64kh3ph1";
    for (int i = 0; i < 2 * CVL_LAYOUT_COUNT; i++) {
        const enum cvl_layout layout = (enum cvl_layout)(i & 1);
        const enum cvl_dtype dtype = (enum cvl_dtype)(i >> 1);
        const uint64_t raw = 9 * 64 * 64 * cvl_dtype_bytes(dtype);
        const uint64_t f4 = 4 * 36 * 64 * 64, f2 = 4 * 16 * 64 * 64;
        struct cvl_plan plan = winograd_plan("winograd_f4", text, layout, dtype, 1, 8192);
        expect_winograd_bytes(plan, f4, raw, 0);
        plan = winograd_plan("winograd_f2", text, layout, dtype, 1, 8192);
        expect_winograd_bytes(plan, f2, raw, 0);
        plan = winograd_plan("winograd_f2", text, layout, dtype, 2, 8192);
        cr_expect_eq(plan.stage_count, 3);
        const uint64_t padded = 784 + 11; /* 784 tiles fill blocks of at most 12 */
        cr_expect_geq(plan.bytes.role[CVL_WORKSPACE], 4 * 16 * 64 * 784);
        cr_expect_leq(plan.bytes.role[CVL_WORKSPACE], 4 * 16 * 64 * padded);
        cvl_plan_clear(&plan);
    }
}

/* 5 output channels take a vector of 8, 3 input channels one of 4; 2 images of 8 x 8 outputs,
 * padded on one side alone, are 2 x 4 x 4 tiles of 4 x 4 in 4 blocks, or 2 x 2 x 2 of 6 x 6. */
Test(variants, winograd_bytes_of_remainders)
{
    static const char text[] = "mb2ic3ih9oc5oh8kh3sh1ph0";
    const uint64_t raw = 4 * 9 * 3 * 5;
    struct cvl_plan plan = winograd_plan("winograd_f2", text, CVL_NHWC, CVL_F32, 2, 8192);
    expect_winograd_bytes(plan, 4 * 16 * 3 * 8, raw, 4 * 16 * 4 * 32);
    plan = winograd_plan("winograd_f4", text, CVL_NCHW, CVL_F32, 2, 8192);
    expect_winograd_bytes(plan, 4 * 36 * 3 * 8, raw, 4 * 36 * 4 * 8);
}

/* FLOPs and bytes of the stages: what the transforms and the product really do. 14 x 14 tiles. */
Test(variants, winograd_costs)
{
    static const char text[] = "ic64ih56oc32kh3ph1";
    const uint64_t input = 196 * 64 * 12 * 19, product = 196 * 32 * (2 * 36 * 64 + 10 * 13);
    struct cvl_plan plan = winograd_plan("winograd_f4", text, CVL_NHWC, CVL_F32, 1, 8192);
    cr_assert_eq(plan.stage_count, 2);
    cr_assert_eq(plan.load_stage_count, 1);
    cr_expect_eq(plan.stages[0].flops, 64 * 32 * 9 * 13);
    cr_expect_eq(plan.stages[1].flops, input + product);
    cr_expect_eq(plan.stages[1].bytes_moved, 4 * (56 * 56 * (64 + 32) + 36 * 64 * 32));
    cvl_plan_clear(&plan);
    plan = winograd_plan("winograd_f4", text, CVL_NHWC, CVL_F32, 2, 8192);
    cr_assert_eq(plan.stage_count, 3);
    const uint64_t between = plan.buffers[3].bytes;
    cr_expect_str_eq(plan.buffers[3].name, "transformed");
    cr_expect_eq(plan.stages[1].flops, input);
    cr_expect_eq(plan.stages[2].flops, product);
    cr_expect_eq(plan.stages[1].bytes_moved, 4 * 56 * 56 * 64 + between);
    cr_expect_eq(plan.stages[2].bytes_moved, between + 4 * (36 * 64 * 32 + 56 * 56 * 32));
    cvl_plan_clear(&plan);
}

static uint64_t largest(uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t larger = a > b ? a : b;
    return larger > c ? larger : c;
}

/* All tiles at once, after Lavin and Gray (2015), whatever the layout and the type: floats of each
 * position of each tile, 4 P T I and 4 P T O bytes; transformed weights, 4 P I O; channels padded
 * to 4 at least. The input ends before the products begin to be transformed back. A GPU may split
 * the products of a small layer, and then has sums besides. */
Test(variants, winograd_staged_bytes)
{
    static const struct {
        const char *variant, *problem;
        uint64_t positions, tiles, inputs, outputs, weights; /* outputs of the packed weights */
    } cases[] = {
        {"winograd_f4_staged", "ic64ih224oc64kh3ph1", 36, 56 * 56, 64, 64, 64},
        {"winograd_f2_staged", "ic64ih224oc64kh3ph1", 16, 112 * 112, 64, 64, 64},
        {"winograd_f4_staged", "ic256ih14oc128kh3ph1", 36, 16, 256, 128, 128},
        {"winograd_f2_staged", "mb2ic3ih9oc5oh8kh3sh1ph0", 16, 2 * 16, 4, 8, 8},
        {"winograd_f4_staged", "mb2ic3ih9oc5oh8kh3sh1ph0", 36, 2 * 4, 4, 8, 8},
    };
    for (size_t i = 0; i < 4 * SHAPE_DEVICES * sizeof cases / sizeof cases[0]; i++) {
        const size_t c = i / (4 * SHAPE_DEVICES);
        const unsigned d = (unsigned)(i / 4) % SHAPE_DEVICES;
        const enum cvl_layout layout = (enum cvl_layout)(i & 1);
        const enum cvl_dtype dtype = (enum cvl_dtype)(i >> 1 & 1);
        const struct cvl_device_facts device = device_at(d);
        const struct cvl_request request = case_of(cases[c].problem, layout, dtype);
        if (c > 1 && device.type == CVL_DEVICE_GPU)
            continue;
        struct cvl_plan plan = plan_on(cases[c].variant, &request, &device);
        const struct cvl_sizes sizes = cvl_problem_sizes(&plan.steps[0].problem);
        const uint64_t element = cvl_dtype_bytes(dtype),
                       cells = cases[c].positions * cases[c].tiles;
        const uint64_t input = element * sizes.input_elements;
        const uint64_t output = element * sizes.output_elements;
        const uint64_t first = 4 * cells * cases[c].inputs, last = 4 * cells * cases[c].outputs;
        const uint64_t weights = 4 * cases[c].positions * cases[c].inputs * cases[c].weights;
        cr_expect_eq(plan.bytes.role[CVL_WEIGHTS], weights, "%zu", i);
        cr_expect_eq(plan.bytes.role[CVL_WORKSPACE], first + last, "%zu", i);
        cr_expect_eq(plan.bytes.peak[CVL_ALL_LIVE], weights + input + first + last + output);
        cr_expect_eq(plan.bytes.peak[CVL_FREED],
                     weights + largest(input + first, first + last, last + output), "%zu", i);
        cvl_plan_clear(&plan);
    }
}

/* FLOPs and bytes of the stages on each device. 14 x 14 tiles; 66 channels lie in rows of 68. */
static void expect_staged_costs(const struct cvl_device_facts *device)
{
    const struct cvl_request request = case_of("ic66ih56oc32kh3ph1", CVL_NCHW, CVL_F16);
    struct cvl_plan plan = plan_on("winograd_f4_staged", &request, device);
    const uint64_t first = 4 * 36 * 196 * 68, last = 4 * 36 * 196 * 32;
    cr_assert_eq(plan.stage_count, 4);
    cr_assert_eq(plan.load_stage_count, 1);
    cr_expect_eq(plan.stages[1].flops, 196 * 66 * 12 * 19);
    cr_expect_eq(plan.stages[2].flops, 196 * 2 * 36 * 66 * 32);
    cr_expect_eq(plan.stages[3].flops, 196 * 32 * 10 * 13);
    cr_expect_eq(plan.stages[1].bytes_moved, 2 * 56 * 56 * 66 + first);
    cr_expect_eq(plan.stages[2].bytes_moved, first + 4 * 36 * 68 * 32 + last);
    cr_expect_eq(plan.stages[3].bytes_moved, last + 2 * 56 * 56 * 32);
    cvl_plan_clear(&plan);
}

Test(variants, winograd_staged_costs)
{
    for (unsigned i = 0; i < SHAPE_DEVICES; i++) {
        const struct cvl_device_facts device = device_at(i);
        expect_staged_costs(&device);
    }
}

static uint64_t groups_of(const struct cvl_launch *launch)
{
    uint64_t groups = 1;
    for (uint32_t d = 0; d < launch->dims; d++)
        groups *= launch->global[d] / launch->local[d];
    return groups;
}

/* Each stage has a group for each of a large GPU's compute units. */
Test(variants, winograd_staged_groups)
{
    static const char *const problems[] = {"ic64ih56oc64kh3ph1", "ic256ih14oc256kh3ph1"};
    struct cvl_device_facts device = device_at(3);
    device.compute_units = 132;
    for (int i = 0; i < 2 * 2 * CVL_LAYOUT_COUNT; i++) {
        const char *variant = i & 1 ? "winograd_f2_staged" : "winograd_f4_staged";
        const struct cvl_request request =
            case_of(problems[i >> 1 & 1], (enum cvl_layout)(i >> 2), CVL_F32);
        struct cvl_plan plan = plan_on(variant, &request, &device);
        for (uint32_t s = plan.load_stage_count; s < plan.stage_count; s++)
            cr_expect_geq(groups_of(&plan.stages[s].work.launch), 132, "%s %s %s", variant,
                          problems[i >> 1 & 1], plan.stages[s].name);
        cvl_plan_clear(&plan);
    }
}

/* The tiles of a GPU's group are a strip of two sectors of a row in NCHW, of one where the strips
 * would be fewer than compute units. */
static void expect_strips(const char *variant, const char *problem, const char *option)
{
    struct cvl_device_facts device = device_at(3);
    device.compute_units = 132;
    const struct cvl_request request = case_of(problem, CVL_NCHW, CVL_F32);
    struct cvl_plan plan = plan_on(variant, &request, &device);
    for (uint32_t s = plan.load_stage_count; s < plan.stage_count; s++) {
        const struct cvl_launch *launch = &plan.stages[s].work.launch;
        if (strcmp(launch->source, "winograd_staged.cl") != 0)
            continue;
        cr_expect_not_null(strstr(launch->options, "-DVEC=1 -DVECTORS=8 "), "%s", launch->options);
        cr_expect_not_null(strstr(launch->options, option), "%s", launch->options);
        cr_expect_not_null(strstr(launch->options, "-DSTRIP=1"), "%s", launch->options);
    }
    cvl_plan_clear(&plan);
}

Test(variants, winograd_staged_strips)
{
    expect_strips("winograd_f4_staged", "ic64ih56oc64kh3ph1", "-DTILES=4 ");
    expect_strips("winograd_f4_staged", "ic256ih14oc256kh3ph1", "-DTILES=2 ");
    expect_strips("winograd_f2_staged", "ic256ih14oc256kh3ph1", "-DTILES=8 ");
    expect_strips("winograd_f2_staged", "ic64ih14oc64kh3ph1", "-DTILES=4 ");
}

static uint64_t sum_of_flops(const struct cvl_plan *plan)
{
    uint64_t sum = 0;
    for (uint32_t s = plan->load_stage_count; s < plan->stage_count; s++)
        sum += plan->stages[s].flops;
    return sum;
}

/* A layer whose transformed tiles exceed a band is done in several, and none of the work twice. */
Test(variants, winograd_bands)
{
    static const char text[] = "mb2ic64ih56oc64kh3ph1";
    struct cvl_plan whole = winograd_plan("winograd_f4", text, CVL_NHWC, CVL_F32, 2, 65536);
    struct cvl_plan bands = winograd_plan("winograd_f4", text, CVL_NHWC, CVL_F32, 2, 256);
    cr_expect_eq(whole.stage_count, 3);
    cr_expect_gt(bands.stage_count, 2 * 13);
    cr_expect_leq(bands.bytes.role[CVL_WORKSPACE], 256 * 1024);
    cr_expect_eq(sum_of_flops(&bands), sum_of_flops(&whole));
    cvl_plan_clear(&whole);
    cvl_plan_clear(&bands);
}

/* Weights that no cache holds are not read for each block again. */
Test(variants, winograd_stages)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    device.compute_units = 2;
    struct cvl_request request = case_of("ic512ih28oc512kh3ph1", CVL_NHWC, CVL_F32);
    struct cvl_plan plan = plan_on("winograd_f4", &request, &device);
    cr_expect_eq(plan.stage_count - plan.load_stage_count, 2);
    cvl_plan_clear(&plan);
    request = case_of("ic512ih14oc512kh3ph1", CVL_NHWC, CVL_F32);
    plan = plan_on("winograd_f4", &request, &device);
    cr_expect_eq(plan.stage_count - plan.load_stage_count, 1);
    cvl_plan_clear(&plan);
}

/* The size of the tile decides how much error is allowed. */
Test(variants, winograd_tolerance)
{
    struct cvl_plan plan = plan_of("winograd_f4", "ic8ih8oc8kh3ph1", CVL_NHWC, CVL_F32);
    cr_expect_eq(plan.steps[0].tolerance_factor, 4.0);
    cvl_plan_clear(&plan);
    plan = plan_of("winograd_f2", "ic8ih8oc8kh3ph1", CVL_NHWC, CVL_F32);
    cr_expect_eq(plan.steps[0].tolerance_factor, 1.0);
    cvl_plan_clear(&plan);
}

/* Layers that differ in sizes alone share a program. */
Test(variants, programs_are_shared)
{
    struct cvl_plan a = plan_of("direct", "ic64ih56oc64kh3ph1", CVL_NHWC, CVL_F32);
    struct cvl_plan b = plan_of("direct", "ic256ih28oc512kh3ph1", CVL_NHWC, CVL_F32);
    cr_expect_str_eq(a.stages[1].work.launch.options, b.stages[1].work.launch.options);
    cvl_plan_clear(&a);
    cvl_plan_clear(&b);
}
