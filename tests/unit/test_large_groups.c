/* Plans of depthwise and fused variants on made-up devices that run many work-items at once. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/variant.h>

#include "variants/parts/groups.h"

static struct cvl_device_facts gpu_of(uint32_t units)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    device.type = CVL_DEVICE_GPU;
    device.compute_units = units;
    device.float_vector_width = 1;
    device.local_bytes = 48 * 1024;
    device.max_work_group = 1024;
    device.max_work_item[0] = device.max_work_item[1] = 1024;
    device.max_work_item[2] = 64;
    return device;
}

static struct cvl_launch launch_of(const char *variant, const char *text,
                                   struct cvl_request request,
                                   const struct cvl_device_facts *device, char note[80])
{
    struct cvl_plan plan;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_problem_parse(text, &request.problem, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_variant_plan(cvl_variant_find(variant), &request, device, &plan, &err), CVL_OK,
                 "%s: %s", text, err.text);
    const struct cvl_stage *stage = &plan.stages[plan.stage_count - 1];
    const struct cvl_launch launch = stage->work.launch;
    if (note)
        memcpy(note, stage->note, sizeof stage->note);
    cvl_plan_clear(&plan);
    return launch;
}

static struct cvl_launch launch_on(const char *variant, const char *text, enum cvl_layout layout,
                                   const struct cvl_device_facts *device, char note[80])
{
    return launch_of(variant, text, (struct cvl_request){.layout = layout}, device, note);
}

static uint64_t groups_of(const struct cvl_launch *launch)
{
    uint64_t groups = 1;
    for (int d = 0; d < 3; d++)
        groups *= launch->global[d] / launch->local[d];
    return groups;
}

static uint64_t items_of(const struct cvl_launch *launch)
{
    return launch->local[0] * launch->local[1] * launch->local[2];
}

/* As many groups of 64 to 256 items as twice the compute units. */
static void expect_busy(const char *variant, const char *text, enum cvl_layout layout)
{
    const struct cvl_device_facts device = gpu_of(132);
    const struct cvl_launch launch = launch_on(variant, text, layout, &device, NULL);
    cr_expect_geq(groups_of(&launch), 264, "%s %s: %llu groups", variant, text,
                  (unsigned long long)groups_of(&launch));
    cr_expect(items_of(&launch) >= 64 && items_of(&launch) <= 256, "%s %s: %llu items", variant,
              text, (unsigned long long)items_of(&launch));
}

Test(large_groups, depthwise_fills_the_device)
{
    static const char *const layers[] = {
        "depthwise:g32ic32ih112oc32kh3ph1",     "depthwise:g64ic64ih112oc64kh3sh2ph1",
        "depthwise:g128ic128ih56oc128kh3ph1",   "depthwise:g256ic256ih28oc256kh3ph1",
        "depthwise:g512ic512ih14oc512kh3ph1",   "depthwise:g1024ic1024ih7oc1024kh3ph1",
        "depthwise:g96ic96ih56oc96kh5ph2",      "depthwise:g144ic144ih56oc144kh3ph1",
        "depthwise:mb8g48ic48ih56oc48kh7sh2ph3"};
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++)
            expect_busy("dw_direct", layers[i], (enum cvl_layout)layout);
}

Test(large_groups, fused_fills_the_device)
{
    expect_busy("sep_fused", "separable:ic32ih112oc64kh3ph1", CVL_NHWC);
    expect_busy("sep_fused", "separable:ic64ih112oc128kh3sh2ph1", CVL_NHWC);
    expect_busy("sep_fused", "separable:ic128ih56oc128kh3ph1", CVL_NHWC);
    expect_busy("sep_fused", "separable:ic256ih28oc256kh3ph1", CVL_NHWC);
    expect_busy("sep_fused", "separable:ic512ih14oc512kh3ph1", CVL_NHWC);
    expect_busy("sep_fused", "separable:ic64ih112oc128kh3sh2ph1", CVL_NCHW);
    expect_busy("sep_fused", "separable:ic256ih28oc256kh3ph1", CVL_NCHW);
    expect_busy("inv_fused", "inverted:ic24ih56oc24kh3ph1mc144res1", CVL_NHWC);
    expect_busy("inv_fused", "inverted:ic32ih28oc32kh3ph1mc192res1", CVL_NHWC);
}

/* More work makes larger tiles, not only more groups: weights are read less often. */
Test(large_groups, tiles_grow_with_the_problem)
{
    const struct cvl_device_facts device = gpu_of(132);
    const struct cvl_launch one =
        launch_on("dw_direct", "depthwise:g64ic64ih56oc64kh3ph1", CVL_NHWC, &device, NULL);
    const struct cvl_launch many =
        launch_on("dw_direct", "depthwise:mb64g64ic64ih56oc64kh3ph1", CVL_NHWC, &device, NULL);
    cr_expect_gt(64 * groups_of(&one) * items_of(&one), groups_of(&many) * items_of(&many));
    cr_expect_not_null(strstr(many.options, "-DDW_PIXELS=4"), "%s", many.options);
}

Test(large_groups, fused_says_how_often_it_reads)
{
    char note[80];
    const struct cvl_device_facts device = gpu_of(132);
    (void)launch_on("sep_fused", "separable:ic32ih112oc64kh3ph1", CVL_NHWC, &device, note);
    cr_expect_str_eq(note, "4x8 pixels a group; input read 1.9 times, pointwise weights 392");
    (void)launch_on("inv_fused", "inverted:ic24ih56oc24kh3ph1mc144res1", CVL_NHWC, &device, note);
    cr_expect_str_eq(note, "2x4 pixels a group; expands 3.0 times, weights read 392 times");
}

/* Vectors are aligned where channels allow. */
Test(large_groups, aligned_vectors)
{
    const struct cvl_device_facts device = gpu_of(64);
    struct cvl_launch launch =
        launch_on("dw_direct", "depthwise:g24ic24ih20oc24kh3ph1", CVL_NHWC, &device, NULL);
    cr_expect_not_null(strstr(launch.options, "-DDW_ALIGNED=1"), "%s", launch.options);
    launch = launch_on("dw_direct", "depthwise:g23ic23ih20oc23kh3ph1", CVL_NHWC, &device, NULL);
    cr_expect_not_null(strstr(launch.options, "-DDW_ALIGNED=0"), "%s", launch.options);
    launch = launch_on("sep_fused", "separable:ic6ih20oc24kh3ph1", CVL_NHWC, &device, NULL);
    cr_expect_not_null(strstr(launch.options, "-DVEC=2 "), "%s", launch.options);
}

/* The value of a macro in a launch's options. */
static long option_of(const struct cvl_launch *launch, const char *name)
{
    char text[32];
    (void)snprintf(text, sizeof text, "-D%s=", name);
    const char *at = strstr(launch->options, text);
    cr_assert_not_null(at, "%s: %s", name, launch->options);
    return strtol(at + strlen(text), NULL, 10);
}

/* Both layouts have one source. */
Test(large_groups, fused_kernels_of_both_layouts)
{
    const struct cvl_device_facts device = gpu_of(132);
    for (int layout = 0; layout < CVL_LAYOUT_COUNT; layout++) {
        struct cvl_launch launch = launch_on("inv_fused", "inverted:ic24ih28oc24kh3ph1mc144res1",
                                             (enum cvl_layout)layout, &device, NULL);
        cr_expect_str_eq(launch.source, "inv_tiles.cl");
        cr_expect_eq(strstr(launch.options, "-DNCHW=1") != NULL, layout == CVL_NCHW);
        cr_expect(items_of(&launch) >= 64 && items_of(&launch) <= 256);
        launch = launch_on("sep_fused", "separable:ic32ih28oc64kh3ph1", (enum cvl_layout)layout,
                           &device, NULL);
        cr_expect_str_eq(launch.source, "sep_tiles.cl");
        cr_expect_eq(strstr(launch.options, "-DNCHW=1") != NULL, layout == CVL_NCHW);
    }
}

/* NCHW: what the windows of a block cover is copied where it fits, so that the next plane's columns
 * are in the next banks. */
Test(large_groups, fused_planes_are_staged)
{
    const struct cvl_device_facts device = gpu_of(132);
    struct cvl_launch launch =
        launch_on("sep_fused", "separable:ic64ih14oc64kh3ph1", CVL_NCHW, &device, NULL);
    cr_expect_gt(option_of(&launch, "STAGED"), 1);
    cr_expect_eq(option_of(&launch, "WHOLE_ROWS"), 1);
    cr_expect_eq(option_of(&launch, "LINE") % 8, 0);
    cr_expect_eq(option_of(&launch, "PLANE") % 32, 14);
    launch = launch_on("sep_fused", "separable:ic64ih400oc64kh3ph100dh99", CVL_NCHW, &device, NULL);
    cr_expect_eq(option_of(&launch, "STAGED"), 0, "%s", launch.options);
}

/* A group of dw_inplace takes whole sectors of 32 bytes of a pixel, where it has local memory for a
 * row of them. */
Test(large_groups, inplace_takes_whole_sectors)
{
    static const char layer[] = "depthwise:g64ic64ih14oc64kh3ph1";
    struct cvl_device_facts device = gpu_of(132);
    struct cvl_request request = {.layout = CVL_NHWC};
    struct cvl_launch launch = launch_of("dw_inplace", layer, request, &device, NULL);
    cr_expect_eq(option_of(&launch, "GC") * option_of(&launch, "VEC"), 8);
    request.dtype = CVL_F16;
    launch = launch_of("dw_inplace", layer, request, &device, NULL);
    cr_expect_eq(option_of(&launch, "GC") * option_of(&launch, "VEC"), 16);
    launch = launch_of("dw_inplace", "depthwise:g4ic4ih14oc4kh3ph1", request, &device, NULL);
    cr_expect_eq(option_of(&launch, "GC") * option_of(&launch, "VEC"), 4);
    device.local_bytes = 2 * 4 * 3 * 16 * 8; /* half of it: three rows of 16 columns, 8 channels */
    launch = launch_of("dw_inplace", layer, request, &device, NULL);
    cr_expect_eq(option_of(&launch, "GC") * option_of(&launch, "VEC"), 8);
}

/* A CPU has none of these kernels, whatever its vectors. */
Test(large_groups, not_on_cpus)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    for (device.float_vector_width = 1; device.float_vector_width <= 16;
         device.float_vector_width *= 2) {
        struct cvl_launch launch =
            launch_on("dw_direct", "depthwise:g64ic64ih14oc64kh3ph1", CVL_NHWC, &device, NULL);
        cr_expect_str_eq(launch.source, "dw_direct.cl");
        launch =
            launch_on("dw_inplace", "depthwise:g64ic64ih14oc64kh3ph1", CVL_NCHW, &device, NULL);
        cr_expect_str_eq(launch.source, "dw_inplace.cl");
        launch = launch_on("sep_fused", "separable:ic64ih14oc64kh3ph1", CVL_NHWC, &device, NULL);
        cr_expect_str_eq(launch.source, "sep_fused.cl");
        launch =
            launch_on("inv_fused", "inverted:ic24ih14oc24kh3ph1mc144", CVL_NHWC, &device, NULL);
        cr_expect_str_eq(launch.source, "inv_fused.cl");
    }
}

static struct cvl_group_shape choose(uint32_t units, uint64_t x, uint64_t y, uint64_t z)
{
    const struct cvl_device_facts device = gpu_of(units);
    struct cvl_group_need need = {.items = {x, y, z}, .min_x = 8};
    cvl_groups_limit(&need, 0);
    return cvl_groups_choose(&device, &need);
}

Test(large_groups, choice)
{
    struct cvl_group_shape shape = choose(132, 16, 28, 56); /* 392 groups of 64 */
    cr_expect_eq(cvl_groups_items(&shape), 64);
    cr_expect_geq(shape.items[0], 8);
    shape = choose(8, 16, 28, 56); /* work enough for larger ones */
    cr_expect_eq(cvl_groups_items(&shape), 256);
    shape = choose(132, 5, 3, 2); /* all there is */
    cr_expect_eq(cvl_groups_items(&shape), 30);
    shape = choose(1, 1, 1, 1);
    cr_expect_eq(cvl_groups_items(&shape), 1);
    shape = choose(1, 1, 1, 1000000);
    cr_expect_leq(shape.items[2], 64);
    shape = choose(132, 1000000, 1, 1); /* no work-item is idle but in the last group */
    cr_expect_eq(cvl_groups_items(&shape) % 32, 0);
}
