/* Facts of a device, selectors, and what the driver of a made-up one answers. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

#include <convlens/device.h>

#include "device/quirks.h"
#include "opencl/handle.h"
#include "opencl/query.h"
#include "scratch.h"

static struct cvl_device_facts made_up(const char *id, enum cvl_device_type type,
                                       const char *platform, const char *vendor, const char *name)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    device.type = type;
    (void)snprintf(device.id, sizeof device.id, "%s", id);
    (void)snprintf(device.platform, sizeof device.platform, "%s", platform);
    (void)snprintf(device.vendor, sizeof device.vendor, "%s", vendor);
    (void)snprintf(device.name, sizeof device.name, "%s", name);
    return device;
}

enum { DEVICES = 4 };

static void fill(struct cvl_device_facts devices[DEVICES])
{
    devices[0] =
        made_up("0:0", CVL_DEVICE_CPU, "Portable Computing Language", "Maker", "cpu-of-sorts");
    devices[1] = made_up("1:0", CVL_DEVICE_GPU, "Accelerated Platform", "Big GPU Maker", "gfx1100");
    devices[2] = made_up("1:1", CVL_DEVICE_GPU, "Accelerated Platform", "Big GPU Maker", "gfx90a");
    devices[3] =
        made_up("10:0", CVL_DEVICE_ACCELERATOR, "Other", "Maker of boards", "FPGA\x1b[31m");
}

/* The devices that a selector names, one digit each: "0110". */
static void expect_matches(const char *selector, const char *expected)
{
    struct cvl_device_facts devices[DEVICES];
    fill(devices);
    char got[DEVICES + 1] = "";
    for (int i = 0; i < DEVICES; i++)
        got[i] = cvl_device_matches(&devices[i], selector) ? '1' : '0';
    cr_assert_str_eq(got, expected, "selector '%s'", selector);
}

Test(device, an_index_names_one_device)
{
    expect_matches("0:0", "1000");
    expect_matches("1:0", "0100");
    expect_matches("1:1", "0010");
    expect_matches("10:0", "0001");
    expect_matches("1:2", "0000");
    expect_matches("0:00", "0000");
}

Test(device, a_platform_index_names_its_devices)
{
    expect_matches("0", "1000");
    expect_matches("1", "0110");
    expect_matches("10", "0001");
    expect_matches("2", "0000");
}

Test(device, a_type_names_devices_of_that_type_only)
{
    expect_matches("cpu", "1000");
    expect_matches("GPU", "0110");
    expect_matches("Accelerator", "0001");
}

Test(device, a_part_of_platform_vendor_or_name_in_any_case)
{
    expect_matches("portable", "1000");
    expect_matches("BIG GPU", "0110");
    expect_matches("gfx9", "0010");
    expect_matches("maker", "1111");
    expect_matches("absent", "0000");
}

Test(device, what_is_no_index_is_a_text)
{
    expect_matches("", "0000");
    expect_matches(":", "0000");
    expect_matches("1:", "0000");
    expect_matches(":0", "0000");
    expect_matches("1:0:0", "0000");
    expect_matches("1100", "0000"); /* digits alone are an index, though a name holds them */
    expect_matches("x1100", "0100");
}

static struct cvl_device_list list_of(struct cvl_device_facts devices[DEVICES])
{
    fill(devices);
    return (struct cvl_device_list){.devices = devices, .device_count = DEVICES};
}

Test(device, no_selector_chooses_all)
{
    struct cvl_device_facts devices[DEVICES];
    struct cvl_device_list list = list_of(devices);
    bool chosen[DEVICES] = {false};
    cr_assert_eq(cvl_devices_select(&list, NULL, 0, chosen, NULL), CVL_OK);
    for (int i = 0; i < DEVICES; i++)
        cr_assert(chosen[i]);
}

Test(device, selectors_add_up)
{
    struct cvl_device_facts devices[DEVICES];
    struct cvl_device_list list = list_of(devices);
    bool chosen[DEVICES] = {true, true, true, true};
    const char *const selectors[] = {"cpu", "gfx9", "0:0"};
    cr_assert_eq(cvl_devices_select(&list, selectors, 3, chosen, NULL), CVL_OK);
    cr_assert(chosen[0]);
    cr_assert_not(chosen[1]);
    cr_assert(chosen[2]);
    cr_assert_not(chosen[3]);
}

Test(device, one_selector_without_a_match_fails_and_lists_what_there_is)
{
    struct cvl_device_facts devices[DEVICES];
    struct cvl_device_list list = list_of(devices);
    bool chosen[DEVICES];
    const char *const selectors[] = {"cpu", "fo\no"};
    struct cvl_error err = {0};
    cr_assert_eq(cvl_devices_select(&list, selectors, 2, chosen, &err), CVL_NO_DEVICE);
    cr_assert_str_eq(err.text, "no device matches 'fo\\x0ao'; available: "
                               "0:0 cpu-of-sorts (Portable Computing Language), "
                               "1:0 gfx1100 (Accelerated Platform), "
                               "1:1 gfx90a (Accelerated Platform), "
                               "10:0 FPGA\\x1b[31m (Other)");
}

Test(device, without_any_device_the_platforms_are_named)
{
    struct cvl_platform_facts platforms[2] = {{.name = "One", .problem = "no device"},
                                              {.name = "Two"}};
    struct cvl_device_list list = {.platforms = platforms, .platform_count = 2};
    const char *const selectors[] = {"gpu"};
    struct cvl_error err = {0};
    cr_assert_eq(cvl_devices_select(&list, NULL, 0, NULL, &err), CVL_NO_DEVICE);
    cr_assert_str_eq(err.text, "no OpenCL device; platforms: One (no device), Two");
    cr_assert_eq(cvl_devices_select(&list, selectors, 1, NULL, &err), CVL_NO_DEVICE);
    cr_assert_str_eq(err.text, "no device matches 'gpu'; platforms: One (no device), Two");
    list.platform_count = 0;
    cr_assert_eq(cvl_devices_select(&list, NULL, 0, NULL, &err), CVL_NO_DEVICE);
    cr_assert_str_eq(err.text, "no OpenCL device; no OpenCL platform is available");
}

Test(device, the_made_up_device_can_be_planned_for)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    cr_assert_eq(device.type, CVL_DEVICE_CPU);
    cr_assert_eq(device.float_vector_width, 16);
    cr_assert_eq(device.base_align_bytes, 128);
    cr_assert_eq(device.loop_limit, 0);
    cr_assert_eq(device.max_allocation_bytes, (uint64_t)INT64_MAX);
    cr_assert_eq(device.event_clock, CVL_CLOCK_UNKNOWN);
}

Test(device, llvmpipe_has_a_loop_limit_and_others_have_none)
{
    struct cvl_device_facts device =
        made_up("0:0", CVL_DEVICE_CPU, "rusticl", "Mesa", "llvmpipe (LLVM 15.0.6, 256 bits)");
    cvl_quirks_apply(&device);
    cr_assert_eq(device.loop_limit, 65535);
    device = made_up("0:0", CVL_DEVICE_GPU, "rusticl", "Mesa", "radeonsi");
    cvl_quirks_apply(&device);
    cr_assert_eq(device.loop_limit, 0);
}

Test(device, names_of_types_and_trust)
{
    cr_assert_str_eq(cvl_device_type_name(CVL_DEVICE_CPU), "cpu");
    cr_assert_str_eq(cvl_device_type_name(CVL_DEVICE_GPU), "gpu");
    cr_assert_str_eq(cvl_device_type_name(CVL_DEVICE_ACCELERATOR), "accelerator");
    cr_assert_str_eq(cvl_device_type_name(CVL_DEVICE_OTHER), "other");
    cr_assert_str_eq(cvl_clock_trust_name(CVL_CLOCK_UNKNOWN), "unknown");
    cr_assert_str_eq(cvl_clock_trust_name(CVL_CLOCK_TRUSTED), "trusted");
    cr_assert_str_eq(cvl_clock_trust_name(CVL_CLOCK_DISTRUSTED), "distrusted");
}

Test(device, an_extension_is_a_whole_word)
{
    cr_assert(cvl_has_word("cl_khr_fp16", "cl_khr_fp16"));
    cr_assert(cvl_has_word("cl_a cl_khr_fp16 cl_b", "cl_khr_fp16"));
    cr_assert(cvl_has_word("cl_khr_fp16x cl_khr_fp16", "cl_khr_fp16"));
    cr_assert_not(cvl_has_word("cl_khr_fp16x xcl_khr_fp16", "cl_khr_fp16"));
    cr_assert_not(cvl_has_word("", "cl_khr_fp16"));
    cr_assert_not(cvl_has_word(NULL, "cl_khr_fp16"));
}

Test(device, what_is_no_id_is_refused_before_opencl_is_asked, .init = scratch_make,
     .fini = scratch_remove)
{
    static const char *const texts[] = {"", "0", "0:", ":0", "0:x", "-1:0", "0:0:0", "a\nb"};
    (void)setenv("CONVLENS_OPENCL", scratch_path("libOpenCL.so"), 1);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cl_platform_id platform = NULL;
        cl_device_id device = NULL;
        cr_assert_eq(cvl_device_handle(texts[i], &platform, &device, NULL), CVL_BAD_INPUT, "'%s'",
                     texts[i]);
    }
}

Test(device, without_an_opencl_library_there_is_no_device, .init = scratch_make,
     .fini = scratch_remove)
{
    (void)setenv("CONVLENS_OPENCL", scratch_path("libOpenCL.so"), 1);
    struct cvl_device_list list = {.device_count = 7};
    struct cvl_error err = {0};
    cr_assert_eq(cvl_devices_enumerate(&list, &err), CVL_NO_DEVICE);
    cr_assert_eq(list.device_count, 0);
    cr_assert_null(list.devices);
    cr_assert(strstr(err.text, scratch_path("libOpenCL.so")), "%s", err.text);
}
