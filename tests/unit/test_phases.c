/* Input rows that groups copy into local memory: how many, which kernels copy them, and when. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/variant.h>

#include "variants/parts/phases.h"

static struct cvl_problem problem_of(const char *text)
{
    struct cvl_problem problem;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_problem_parse(text, &problem, &err), CVL_OK, "%s: %s", text, err.text);
    return problem;
}

/* Lines of all groups of `count` pixels, one after another. */
static int64_t most_lines(int64_t count, int64_t width, int64_t height)
{
    int64_t most = 0;
    for (int64_t start = 0; start < width * height; start += count) {
        const int64_t after = start + count < width * height ? start + count : width * height;
        const int64_t lines = (after - 1) / width - start / width + 1;
        most = lines > most ? lines : most;
    }
    return most;
}

Test(phases, lines_are_enough_and_not_many_more)
{
    for (int64_t count = 1; count <= 40; count++)
        for (int64_t width = 1; width <= 40; width++)
            for (int64_t height = 1; height <= 9; height++) {
                const int64_t most = most_lines(count, width, height);
                const int64_t lines = cvl_phases_lines(count, width, height);
                cr_assert(lines >= most && lines <= most + 1, "%d of %d x %d: %d, expected %d",
                          (int)count, (int)width, (int)height, (int)lines, (int)most);
            }
}

Test(phases, rows_of_lines)
{
    const struct cvl_problem plain = problem_of("ic3ih32oc32kh3sh2ph1");
    const struct cvl_problem dilated = problem_of("ic3ih32oc32kh3sh2ph1dh1");
    cr_expect_eq(cvl_phases_rows(&plain, 1), 3);
    cr_expect_eq(cvl_phases_rows(&plain, 4), 9);
    cr_expect_eq(cvl_phases_rows(&dilated, 4), 11);
}

/* A window that skips rows or columns of its stride would have them copied for nothing. */
Test(phases, windows_that_read_all)
{
    static const struct {
        const char *text;
        bool fills;
    } cases[] = {
        {"ic3ih32oc32kh3ph1", true},
        {"ic3ih32oc32kh3sh2ph1", true},
        {"ic3ih32oc32kh3sh3ph1", true},
        {"ic3ih32oc32kh3sh4ph1", false},
        {"ic3ih32oc32kh1sh2ph0", false},
        {"ic3ih32oc32kh3sh2ph1dh1", false},
        {"ic3ih32oc32kh3sh2ph1dh2", true},
        {"ic3ih32oc32kh5sh3ph1dh1", true},
        {"ic3ih32iw32oc32kh1kw3sh1sw2ph0pw1", true},
        {"ic3ih32iw32oc32kh3kw1sh1sw2ph1pw0", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct cvl_problem problem = problem_of(cases[i].text);
        cr_expect_eq(cvl_phases_fill(&problem), cases[i].fills, "%s", cases[i].text);
    }
}

Test(phases, sizes)
{
    const struct cvl_problem even = problem_of("ic8ih28oc8oh14kh3sh2ph0");
    const struct cvl_problem odd = problem_of("ic8ih27oc8kh3sh2ph1");
    const struct cvl_request f32 = {.layout = CVL_NCHW}, f16 = {.dtype = CVL_F16};
    struct cvl_phases phases = cvl_phases_of_planes(&f32, &even, 9, 64, 8);
    /* 5 rows of 14 elements, and what makes them a multiple of 8 */
    cr_expect_eq(phases.elements, 72);
    cr_expect_eq(phases.wide, 2);
    cr_expect_eq(phases.margin, 8); /* the last column's window ends outside */
    cr_expect_eq(cvl_phases_bytes(&phases, CVL_F32), (8 * 4 * 72 + 16) * 4);
    phases = cvl_phases_of_planes(&f32, &odd, 9, 64, 1);
    cr_expect_eq(phases.wide, 1);
    cr_expect_eq(phases.margin, 8);
    phases = cvl_phases_of_planes(&f32, &even, 9, 13, 1);
    cr_expect_eq(phases.elements,
                 0); /* 252 elements, and 13 windows of 9 read 234 with those between */
    phases = cvl_phases_of_planes(&f32, &even, 9, 14, 1);
    cr_expect_neq(phases.elements, 0);
    phases = cvl_phases_of_pixels(&f16, &even, 9, 64);
    cr_expect_eq(phases.elements, 9 * 28 * 8);
    cr_expect_eq(phases.wide, 8);
    cr_expect_eq(cvl_phases_bytes(&phases, CVL_F16), 9 * 28 * 8 * 2);
}

/* A GPU of 132 units. */
static struct cvl_device_facts large_gpu(bool has_local_memory)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    device.type = CVL_DEVICE_GPU;
    device.compute_units = 132;
    device.float_vector_width = 1;
    device.local_bytes = 48 << 10;
    device.local_is_dedicated = has_local_memory;
    device.max_work_group = 1024;
    device.registers = 65536;
    return device;
}

/* Does a stage of the plan copy rows, and does it state local memory for them? */
static bool copies_rows(const char *variant, const char *text, enum cvl_layout layout,
                        enum cvl_dtype dtype, const struct cvl_device_facts *device)
{
    const struct cvl_request request = {
        .layout = layout, .dtype = dtype, .problem = problem_of(text)};
    struct cvl_plan plan;
    struct cvl_error err = {0};
    bool copies = false;
    cr_assert_eq(cvl_variant_plan(cvl_variant_find(variant), &request, device, &plan, &err), CVL_OK,
                 "%s %s: %s", variant, text, err.text);
    for (uint32_t i = 0; i < plan.stage_count; i++) {
        const struct cvl_stage *stage = &plan.stages[i];
        if (stage->kind != CVL_STAGE_KERNEL || !strstr(stage->work.launch.options, " -DPHASE=") ||
            strcmp(stage->work.launch.kernel, "group_product_sum") == 0)
            continue;
        copies = true;
        cr_expect(stage->work.launch.local_bytes > 0 &&
                      stage->work.launch.local_bytes <= device->local_bytes,
                  "%s %s", variant, text);
    }
    cvl_plan_clear(&plan);
    return copies;
}

Test(phases, strides_and_halves_copy_rows)
{
    static const struct {
        const char *variant, *text;
        enum cvl_layout layout;
        enum cvl_dtype dtype;
        bool copies;
    } cases[] = {
        {"dw_direct", "depthwise:g64ic64ih28oc64kh3sh2ph1", CVL_NCHW, CVL_F32, true},
        {"dw_direct", "depthwise:g64ic64ih28oc64kh3sh2ph1", CVL_NHWC, CVL_F32, false},
        {"dw_direct", "depthwise:g64ic64ih28oc64kh3ph1", CVL_NCHW, CVL_F32, false},
        {"dw_direct", "depthwise:g64ic64ih28oc64kh3ph1", CVL_NCHW, CVL_F16, true},
        {"dw_direct", "depthwise:g64ic64ih28oc64kh1sh2ph0", CVL_NCHW, CVL_F32, false},
        {"dw_direct", "depthwise:g64ic64ih8iw65536oc64kh3kw3sh2sw2ph1pw1", CVL_NCHW, CVL_F32,
         false},
        {"dw_im2col", "depthwise:g64ic64ih28oc64kh3sh2ph1", CVL_NCHW, CVL_F32, true},
        {"dw_im2col", "depthwise:g64ic64ih8iw2048oc64kh3kw3sh2sw2ph1pw1", CVL_NCHW, CVL_F32, false},
        {"dw_im2col", "depthwise:g64ic64ih28oc64kh3ph1", CVL_NCHW, CVL_F32, false},
        {"direct", "ic64ih28oc64kh3sh2ph1", CVL_NCHW, CVL_F32, true},
        {"direct", "ic64ih28oc64kh3ph1", CVL_NCHW, CVL_F32, false},
        {"direct", "ic64ih28oc64kh3sh2ph1", CVL_NHWC, CVL_F32, false},
        {"direct", "ic64ih28oc64oh14kh1sh2ph0", CVL_NCHW, CVL_F32, false},
        {"direct", "ic3ih32oc32kh3sh2ph1", CVL_NHWC, CVL_F16, true},
        {"implicit_gemm", "ic3ih32oc32kh3sh2ph1", CVL_NCHW, CVL_F16, true},
        {"implicit_gemm", "g2ic64ih28oc64kh3sh2ph1", CVL_NCHW, CVL_F16, true},
    };
    const struct cvl_device_facts with = large_gpu(true), without = large_gpu(false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const bool strided = cases[i].layout == CVL_NCHW && strstr(cases[i].text, "sh2");
        cr_expect_eq(
            copies_rows(cases[i].variant, cases[i].text, cases[i].layout, cases[i].dtype, &with),
            cases[i].copies, "%s %s", cases[i].variant, cases[i].text);
        cr_expect_eq(
            copies_rows(cases[i].variant, cases[i].text, cases[i].layout, cases[i].dtype, &without),
            cases[i].copies && strided, "%s %s", cases[i].variant, cases[i].text);
    }
}
