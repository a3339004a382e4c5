/* Queries a device's facts from its driver. */
#include "opencl/describe.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "device/quirks.h"
#include "opencl/pci.h"
#include "opencl/query.h"

void cvl_platform_text(cl_platform_id platform, cl_platform_info what, char *target, size_t size)
{
    char *text = NULL;
    size_t length = 0;
    if (clGetPlatformInfo(platform, what, 0, NULL, &length) == CL_SUCCESS && length > 0)
        text = calloc(1, length + 1);
    if (text && clGetPlatformInfo(platform, what, length, text, NULL) != CL_SUCCESS)
        text[0] = '\0';
    cvl_text_tidy(target, size, text);
    free(text);
}

static void query_text(cl_device_id device, cl_device_info what, char target[CVL_DEVICE_TEXT_BYTES])
{
    char *text = cvl_query_text(device, what);
    cvl_text_tidy(target, CVL_DEVICE_TEXT_BYTES, text);
    free(text);
}

static void query_texts(cl_device_id device, struct cvl_device_facts *facts)
{
    query_text(device, CL_DEVICE_NAME, facts->name);
    query_text(device, CL_DEVICE_VENDOR, facts->vendor);
    query_text(device, CL_DRIVER_VERSION, facts->driver);
    query_text(device, CL_DEVICE_VERSION, facts->version);
}

static enum cvl_device_type query_type(cl_device_id device)
{
    cl_device_type type;
    (void)cvl_query(device, CL_DEVICE_TYPE, &type, sizeof type);
    if (type & CL_DEVICE_TYPE_GPU)
        return CVL_DEVICE_GPU;
    if (type & CL_DEVICE_TYPE_ACCELERATOR)
        return CVL_DEVICE_ACCELERATOR;
    return type & CL_DEVICE_TYPE_CPU ? CVL_DEVICE_CPU : CVL_DEVICE_OTHER;
}

/* The standard requires at least the size of a long16 and implies a power of two; the arena relies
 * on both. */
static uint32_t query_alignment(cl_device_id device)
{
    uint32_t bytes = cvl_query_uint(device, CL_DEVICE_MEM_BASE_ADDR_ALIGN, 0) / 8;
    return bytes > 0 && (bytes & (bytes - 1)) == 0 ? bytes : (uint32_t)sizeof(cl_long16);
}

static void query_memory(cl_device_id device, struct cvl_device_facts *facts)
{
    facts->memory_bytes = cvl_query_ulong(device, CL_DEVICE_GLOBAL_MEM_SIZE);
    facts->max_allocation_bytes = cvl_query_ulong(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    facts->local_bytes = cvl_query_ulong(device, CL_DEVICE_LOCAL_MEM_SIZE);
    facts->local_is_dedicated = cvl_query_uint(device, CL_DEVICE_LOCAL_MEM_TYPE, 0) == CL_LOCAL;
    facts->base_align_bytes = query_alignment(device);
    /* Deprecated since OpenCL 2.0, and some drivers no longer report it. */
    bool cpu = facts->type == CVL_DEVICE_CPU;
    facts->host_unified = cvl_query_uint(device, CL_DEVICE_HOST_UNIFIED_MEMORY, cpu) != 0;
}

static void query_work_sizes(cl_device_id device, struct cvl_device_facts *facts)
{
    facts->compute_units = cvl_query_uint(device, CL_DEVICE_MAX_COMPUTE_UNITS, 0);
    facts->clock_mhz = cvl_query_uint(device, CL_DEVICE_MAX_CLOCK_FREQUENCY, 0);
    facts->max_work_group = cvl_query_size(device, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    size_t sizes[16] = {0};
    uint32_t dims = cvl_query_uint(device, CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS, 3);
    if (dims >= 3 && dims <= sizeof sizes / sizeof sizes[0])
        (void)cvl_query(device, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizes, dims * sizeof sizes[0]);
    for (int i = 0; i < 3; i++)
        facts->max_work_item[i] = sizes[i];
    uint32_t width = cvl_query_uint(device, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, 1);
    facts->float_vector_width = width > 0 ? width : 1;
}

/* "OpenCL 3.0 PoCL …" gives 30; a text of another form gives 0. */
static unsigned version_of(const char *text)
{
    unsigned major, minor;
    return sscanf(text, "OpenCL %3u.%3u", &major, &minor) == 2 ? major * 10 + minor : 0;
}

/* cl_nv_device_attribute_query, cl_amd_device_attribute_query; not all headers have them. */
enum { NV_REGISTERS = 0x4002, NV_WARP_SIZE = 0x4003, AMD_WAVEFRONT_WIDTH = 0x4043 };

/* The sizes that the sub-groups of a kernel may have: the max, and whether `wanted` is one. */
static uint32_t query_intel_sizes(cl_device_id device, size_t wanted, bool *has_wanted)
{
    size_t sizes[16], bytes = 0, max = 0;
    *has_wanted = false;
    if (clGetDeviceInfo(device, CL_DEVICE_SUB_GROUP_SIZES_INTEL, sizeof sizes, sizes, &bytes) !=
        CL_SUCCESS)
        return 0;
    for (size_t i = 0; i < bytes / sizeof sizes[0] && i < sizeof sizes / sizeof sizes[0]; i++) {
        max = sizes[i] > max ? sizes[i] : max;
        *has_wanted |= sizes[i] == wanted;
    }
    return max <= UINT32_MAX ? (uint32_t)max : 0;
}

/* Blocks are read by a kernel that sets the size of its sub-groups. */
static void query_intel_lanes(cl_device_id device, const char *extensions,
                              struct cvl_device_facts *facts)
{
    bool has_size;
    const uint32_t max = query_intel_sizes(device, CVL_BLOCK_LANES, &has_size);
    if (facts->subgroup_size == 0)
        facts->subgroup_size = max;
    facts->has_block_reads = has_size && cvl_has_word(extensions, "cl_intel_subgroups");
    facts->has_short_block_reads =
        facts->has_block_reads && cvl_has_word(extensions, "cl_intel_subgroups_short");
}

/* A work-group of NVIDIA may have all registers of its compute unit. */
static void query_lanes(cl_device_id device, const char *extensions, struct cvl_device_facts *facts)
{
    if (cvl_has_word(extensions, "cl_nv_device_attribute_query")) {
        facts->registers = cvl_query_uint(device, NV_REGISTERS, 0);
        facts->subgroup_size = cvl_query_uint(device, NV_WARP_SIZE, 0);
    } else if (cvl_has_word(extensions, "cl_amd_device_attribute_query")) {
        facts->subgroup_size = cvl_query_uint(device, AMD_WAVEFRONT_WIDTH, 0);
    }
    if (cvl_has_word(extensions, "cl_intel_required_subgroup_size"))
        query_intel_lanes(device, extensions, facts);
}

/* Uses extension strings: a kernel that compiles does not prove an extension. Since OpenCL 2.1
 * sub-groups are part of the core, and available if their max number is above 0. */
static void query_abilities(cl_device_id device, struct cvl_device_facts *facts)
{
    char *extensions = cvl_query_text(device, CL_DEVICE_EXTENSIONS);
    facts->has_half = cvl_has_word(extensions, "cl_khr_fp16");
    facts->has_double = cvl_has_word(extensions, "cl_khr_fp64");
    facts->has_subgroups = cvl_has_word(extensions, "cl_khr_subgroups") ||
                           cvl_has_word(extensions, "cl_intel_subgroups");
    if (!facts->has_subgroups && version_of(facts->version) >= 21)
        facts->has_subgroups = cvl_query_uint(device, CL_DEVICE_MAX_NUM_SUB_GROUPS, 0) > 0;
    facts->has_fma = (cvl_query_ulong(device, CL_DEVICE_SINGLE_FP_CONFIG) & CL_FP_FMA) != 0;
    facts->has_images = cvl_query_uint(device, CL_DEVICE_IMAGE_SUPPORT, 0) != 0;
    facts->timer_resolution_ns = cvl_query_size(device, CL_DEVICE_PROFILING_TIMER_RESOLUTION);
    query_lanes(device, extensions, facts);
    cvl_pci_address(device, extensions, facts->pci, sizeof facts->pci);
    free(extensions);
}

/* Without these values nothing can be planned for the device. */
static enum cvl_status check(const struct cvl_device_facts *facts, struct cvl_error *err)
{
    const char *missing = NULL;
    if (facts->name[0] == '\0')
        missing = "CL_DEVICE_NAME";
    else if (facts->memory_bytes == 0)
        missing = "CL_DEVICE_GLOBAL_MEM_SIZE";
    else if (facts->max_allocation_bytes == 0)
        missing = "CL_DEVICE_MAX_MEM_ALLOC_SIZE";
    else if (facts->max_work_group == 0 || facts->max_work_item[0] == 0)
        missing = "CL_DEVICE_MAX_WORK_GROUP_SIZE or _WORK_ITEM_SIZES";
    if (!missing)
        return CVL_OK;
    return cvl_fail(err, CVL_FAILED, "clGetDeviceInfo: the driver does not report %s", missing);
}

enum cvl_status cvl_device_describe(cl_device_id device, struct cvl_device_facts *facts,
                                    struct cvl_error *err)
{
    query_texts(device, facts);
    facts->type = query_type(device);
    query_memory(device, facts);
    query_work_sizes(device, facts);
    query_abilities(device, facts);
    cvl_quirks_apply(facts);
    facts->event_clock = CVL_CLOCK_UNKNOWN;
    return check(facts, err);
}
