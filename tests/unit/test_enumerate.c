/* sources: stub_opencl.c */
#include <criterion/criterion.h>

#include <convlens/device.h>

#include "opencl/handle.h"
#include "stub_opencl.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct stub_device plain[] = {{NULL, 0}, {NULL, 0}};

static struct cvl_device_list enumerate(const struct stub_platform *platforms, cl_uint count)
{
    struct cvl_device_list list;
    struct cvl_error err = {0};
    stub_opencl_script(CL_SUCCESS, platforms, count);
    cr_assert_eq(cvl_devices_enumerate(&list, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(list.platform_count, count);
    return list;
}

/* The facts of a device that differs from a healthy one in these answers. */
static struct cvl_device_facts facts_of(const struct stub_answer *answers, size_t count)
{
    struct stub_device device = {answers, count};
    struct stub_platform platform = {.name = "P", .devices = &device, .device_count = 1};
    struct cvl_device_list list = enumerate(&platform, 1);
    cr_assert_eq(list.device_count, 1, "%s", list.platforms[0].problem);
    struct cvl_device_facts facts = list.devices[0];
    cvl_device_list_clear(&list);
    cr_assert_null(list.devices);
    return facts;
}

Test(enumerate, a_healthy_device)
{
    struct cvl_device_facts facts = facts_of(NULL, 0);
    cr_assert_str_eq(facts.id, "0:0");
    cr_assert_str_eq(facts.platform, "P");
    cr_assert_str_eq(facts.name, "stub");
    cr_assert_str_eq(facts.vendor, "Stubs");
    cr_assert_str_eq(facts.driver, "1.0");
    cr_assert_str_eq(facts.version, "OpenCL 1.2 stub");
    cr_assert_str_eq(facts.pci, "");
    cr_assert_eq(facts.type, CVL_DEVICE_CPU);
    cr_assert_eq(facts.compute_units, 3);
    cr_assert_eq(facts.clock_mhz, 700);
    cr_assert_eq(facts.memory_bytes, 4096);
    cr_assert_eq(facts.max_allocation_bytes, 1024);
    cr_assert_eq(facts.local_bytes, 512);
    cr_assert_not(facts.local_is_dedicated);
    cr_assert_eq(facts.max_work_group, 64);
    cr_assert_eq(facts.max_work_item[0], 64);
    cr_assert_eq(facts.max_work_item[1], 32);
    cr_assert_eq(facts.max_work_item[2], 16);
    cr_assert_eq(facts.base_align_bytes, 64);
    cr_assert_eq(facts.float_vector_width, 8);
    cr_assert_not(facts.has_half || facts.has_double || facts.has_subgroups || facts.has_images);
    cr_assert(facts.host_unified);
    cr_assert_eq(facts.loop_limit, 0);
    cr_assert_eq(facts.timer_resolution_ns, 10);
    cr_assert_eq(facts.event_clock, CVL_CLOCK_UNKNOWN);
}

Test(enumerate, platforms_that_fail_do_not_hide_the_others)
{
    static const struct stub_platform platforms[] = {
        {.name = "empty", .code = CL_DEVICE_NOT_FOUND},
        {.name = "none"},
        {.name = "broken", .code = CL_OUT_OF_RESOURCES},
        {.name = NULL, .devices = plain, .device_count = 1},
        {.name = "two", .devices = plain, .device_count = 2},
    };
    struct cvl_device_list list = enumerate(platforms, COUNT(platforms));
    cr_assert_str_eq(list.platforms[0].problem, "no device");
    cr_assert_str_eq(list.platforms[1].problem, "no device");
    cr_assert_str_eq(list.platforms[2].problem, "clGetDeviceIDs: CL_OUT_OF_RESOURCES (-5)");
    cr_assert_str_eq(list.platforms[3].problem, "");
    cr_assert_str_eq(list.platforms[3].name, "");
    cr_assert_eq(list.platforms[4].device_count, 2);
    cr_assert_eq(list.device_count, 3);
    cr_assert_str_eq(list.devices[0].id, "3:0");
    cr_assert_str_eq(list.devices[1].id, "4:0");
    cr_assert_str_eq(list.devices[2].id, "4:1");
    cvl_device_list_clear(&list);
}

Test(enumerate, no_platform_is_no_device)
{
    struct cvl_device_list list;
    struct cvl_error err = {0};
    stub_opencl_script(CL_PLATFORM_NOT_FOUND_KHR, NULL, 0);
    cr_assert_eq(cvl_devices_enumerate(&list, &err), CVL_NO_DEVICE);
    stub_opencl_script(CL_SUCCESS, NULL, 0);
    cr_assert_eq(cvl_devices_enumerate(&list, &err), CVL_NO_DEVICE);
    cr_assert_null(list.platforms);
    stub_opencl_script(CL_OUT_OF_HOST_MEMORY, NULL, 3);
    cr_assert_eq(cvl_devices_enumerate(&list, &err), CVL_NO_DEVICE);
    cr_assert_str_eq(err.text, "clGetPlatformIDs: CL_OUT_OF_HOST_MEMORY (-6)");
}

Test(enumerate, a_device_that_does_not_answer_is_a_fact_of_its_platform)
{
    static const struct stub_answer mute[] = {
        {.what = CL_DEVICE_MAX_MEM_ALLOC_SIZE, .code = CL_INVALID_VALUE}};
    static const struct stub_device devices[] = {{NULL, 0}, {mute, COUNT(mute)}};
    static const struct stub_platform platform = {"P", CL_SUCCESS, devices, 2};
    struct cvl_device_list list = enumerate(&platform, 1);
    cr_assert_eq(list.device_count, 1);
    cr_assert_eq(list.platforms[0].device_count, 1);
    cr_assert_str_eq(
        list.platforms[0].problem,
        "0:1: clGetDeviceInfo: the driver does not report CL_DEVICE_MAX_MEM_ALLOC_SIZE");
    cvl_device_list_clear(&list);
}

Test(enumerate, an_answer_of_the_wrong_size_is_none)
{
    const struct stub_answer answers[] = {
        {.what = CL_DEVICE_LOCAL_MEM_SIZE, VALUE(cl_uint, 77)},
        {.what = CL_DEVICE_MAX_COMPUTE_UNITS, VALUE(cl_ulong, 77)},
        {.what = CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, .code = CL_INVALID_VALUE},
        {.what = CL_DEVICE_HOST_UNIFIED_MEMORY, .code = CL_INVALID_VALUE},
        {.what = CL_DEVICE_PROFILING_TIMER_RESOLUTION, .code = CL_INVALID_VALUE},
        {.what = CL_DRIVER_VERSION, .code = CL_INVALID_VALUE},
        {.what = CL_DEVICE_EXTENSIONS, .code = CL_INVALID_VALUE},
    };
    struct cvl_device_facts facts = facts_of(answers, COUNT(answers));
    cr_assert_eq(facts.local_bytes, 0);
    cr_assert_eq(facts.compute_units, 0);
    cr_assert_eq(facts.float_vector_width, 1);
    cr_assert(facts.host_unified); /* a CPU's memory is the host's */
    cr_assert_eq(facts.timer_resolution_ns, 0);
    cr_assert_str_eq(facts.driver, "");
}

Test(enumerate, texts_are_trimmed_made_safe_and_cut)
{
    static char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    const struct stub_answer answers[] = {
        {.what = CL_DEVICE_NAME, TEXT("  An \x1b[2J device\xff \n")},
        {.what = CL_DEVICE_VENDOR, .size = sizeof longest, .value = longest},
        {.what = CL_DRIVER_VERSION, .size = 3, .value = "1.0"}, /* not terminated */
    };
    struct cvl_device_facts facts = facts_of(answers, COUNT(answers));
    cr_assert_str_eq(facts.name, "An \\x1b[2J device\\xff");
    cr_assert_eq(strlen(facts.vendor), CVL_DEVICE_TEXT_BYTES - 1);
    cr_assert_str_eq(facts.driver, "1.0");
}

Test(enumerate, an_alignment_that_cannot_be_becomes_the_guaranteed_one)
{
    static const struct {
        cl_uint bits;
        uint32_t bytes;
    } cases[] = {{4096, 512}, {8, 1}, {0, 128}, {7, 128}, {24, 128}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct stub_answer answer = {.what = CL_DEVICE_MEM_BASE_ADDR_ALIGN,
                                     .size = sizeof(cl_uint),
                                     .value = &cases[i].bits};
        cr_assert_eq(facts_of(&answer, 1).base_align_bytes, cases[i].bytes, "%u", cases[i].bits);
    }
}

Test(enumerate, types)
{
    static const struct {
        cl_device_type bits;
        enum cvl_device_type type;
    } cases[] = {
        {CL_DEVICE_TYPE_CPU, CVL_DEVICE_CPU},
        {CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_DEFAULT, CVL_DEVICE_GPU},
        {CL_DEVICE_TYPE_ACCELERATOR, CVL_DEVICE_ACCELERATOR},
        {CL_DEVICE_TYPE_CUSTOM, CVL_DEVICE_OTHER},
        {0, CVL_DEVICE_OTHER},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct stub_answer answer = {
            .what = CL_DEVICE_TYPE, .size = sizeof(cl_device_type), .value = &cases[i].bits};
        cr_assert_eq(facts_of(&answer, 1).type, cases[i].type);
    }
}

Test(enumerate, abilities_follow_the_extension_string)
{
    const struct stub_answer answers[] = {
        {.what = CL_DEVICE_EXTENSIONS, TEXT("cl_khr_fp64 cl_khr_fp16 cl_intel_subgroups ")},
        {.what = CL_DEVICE_IMAGE_SUPPORT, VALUE(cl_uint, CL_TRUE)},
        {.what = CL_DEVICE_LOCAL_MEM_TYPE, VALUE(cl_uint, CL_LOCAL)},
    };
    struct cvl_device_facts facts = facts_of(answers, COUNT(answers));
    cr_assert(facts.has_half);
    cr_assert(facts.has_double);
    cr_assert(facts.has_subgroups);
    cr_assert(facts.has_images);
    cr_assert(facts.local_is_dedicated);
}

/* CL_DEVICE_MAX_NUM_SUB_GROUPS is of OpenCL 2.1: older devices are not asked. */
Test(enumerate, subgroups_since_opencl_2_1)
{
    static const struct {
        const char version[24];
        cl_uint count;
        bool expected;
    } cases[] = {
        {"OpenCL 3.0 stub", 0, false}, {"OpenCL 3.0 stub", 4, true}, {"OpenCL 2.1 ", 1, true},
        {"OpenCL 2.0 stub", 4, false}, {"OpenCL C 3.0", 4, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct stub_answer answers[] = {
            {.what = CL_DEVICE_VERSION, .size = sizeof cases[i].version, .value = cases[i].version},
            {.what = CL_DEVICE_MAX_NUM_SUB_GROUPS,
             .size = sizeof(cl_uint),
             .value = &cases[i].count},
        };
        cr_assert_eq(facts_of(answers, 2).has_subgroups, cases[i].expected, "case %zu", i);
    }
}

/* Kernels that read blocks set the size of their sub-groups, to CVL_BLOCK_LANES. */
Test(enumerate, block_reads_need_their_extensions_and_a_size)
{
    static const size_t sizes[] = {8, 16, 32};
    static const struct {
        const char *extensions;
        size_t first, count; /* of the sizes */
        bool words, shorts;
        uint32_t size;
    } cases[] = {
        {"cl_intel_subgroups cl_intel_subgroups_short cl_intel_required_subgroup_size", 0, 3, true,
         true, 32},
        {"cl_intel_subgroups cl_intel_required_subgroup_size", 1, 1, true, false, 16},
        {"cl_intel_subgroups cl_intel_subgroups_short", 0, 3, false, false, 0},
        {"cl_khr_subgroups cl_intel_required_subgroup_size", 0, 3, false, false, 32},
        {"cl_intel_subgroups_short cl_intel_required_subgroup_size", 0, 3, false, false, 32},
        {"cl_intel_subgroups cl_intel_required_subgroup_size", 2, 1, false, false, 32},
        {"cl_intel_subgroups cl_intel_required_subgroup_size", 0, 0, false, false, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct stub_answer answers[] = {
            {.what = CL_DEVICE_EXTENSIONS,
             .size = strlen(cases[i].extensions) + 1,
             .value = cases[i].extensions},
            {.what = CL_DEVICE_SUB_GROUP_SIZES_INTEL,
             .size = cases[i].count * sizeof sizes[0],
             .value = sizes + cases[i].first},
        };
        const struct cvl_device_facts facts = facts_of(answers, COUNT(answers));
        cr_expect_eq(facts.has_block_reads, cases[i].words, "case %zu", i);
        cr_expect_eq(facts.has_short_block_reads, cases[i].shorts, "case %zu", i);
        cr_expect_eq(facts.subgroup_size, cases[i].size, "case %zu", i);
    }
}

Test(enumerate, pci_address_by_the_khronos_extension)
{
    const struct stub_answer answers[] = {
        {.what = CL_DEVICE_EXTENSIONS, TEXT("cl_khr_pci_bus_info")},
        {.what = CL_DEVICE_PCI_BUS_INFO_KHR, VALUE(cl_device_pci_bus_info_khr, 1, 0x65, 0x1f, 7)},
    };
    cr_assert_str_eq(facts_of(answers, COUNT(answers)).pci, "0001:65:1f.7");
    cr_assert_str_eq(facts_of(&answers[0], 1).pci, "");
    cr_assert_str_eq(facts_of(&answers[1], 1).pci, ""); /* not claimed: not asked */
}

Test(enumerate, pci_address_by_nvidias_extension)
{
    const struct stub_answer answers[] = {
        {.what = CL_DEVICE_EXTENSIONS, TEXT("cl_nv_device_attribute_query")},
        {.what = 0x4008, VALUE(cl_uint, 0x0a)},
        {.what = 0x4009, VALUE(cl_uint, 0x11)},
        {.what = 0x400A, VALUE(cl_uint, 2)},
    };
    cr_assert_str_eq(facts_of(answers, 4).pci, "0002:0a:02.1");
    cr_assert_str_eq(facts_of(answers, 3).pci, "0000:0a:02.1"); /* older: no domain */
    cr_assert_str_eq(facts_of(answers, 2).pci, "");
}

Test(enumerate, pci_address_by_amds_extension)
{
    const struct stub_answer answers[] = {
        {.what = CL_DEVICE_EXTENSIONS, TEXT("cl_amd_device_attribute_query")},
        {.what = CL_DEVICE_TOPOLOGY_AMD,
         VALUE(cl_device_topology_amd,
               .pcie = {.type = 1, .bus = (cl_char)-125, .device = 3, .function = 1})},
    };
    cr_assert_str_eq(facts_of(answers, COUNT(answers)).pci, "0000:83:03.1");
}

Test(enumerate, handles_by_id)
{
    static const struct stub_platform platforms[] = {
        {.name = "empty"},
        {.name = "two", .devices = plain, .device_count = 2},
    };
    cl_platform_id platform = NULL;
    cl_device_id device = NULL;
    struct cvl_error err = {0};
    stub_opencl_script(CL_SUCCESS, platforms, COUNT(platforms));
    cr_assert_eq(cvl_device_handle("1:1", &platform, &device, &err), CVL_OK);
    cr_assert_eq((const void *)platform, (const void *)&platforms[1]);
    cr_assert_eq((const void *)device, (const void *)&plain[1]);
    cr_assert_eq(cvl_device_handle("1:2", &platform, &device, &err), CVL_NO_DEVICE);
    cr_assert_str_eq(err.text, "device 1:2: its platform has 2 devices");
    cr_assert_eq(cvl_device_handle("2:0", &platform, &device, &err), CVL_NO_DEVICE);
    cr_assert_str_eq(err.text, "device 2:0: there are 2 platforms");
    cr_assert_eq(cvl_device_handle("0:0", &platform, &device, &err), CVL_NO_DEVICE);
    cr_assert_str_eq(err.text, "no device");
}
