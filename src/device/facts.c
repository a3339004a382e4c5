/* Names, defaults and lists of device facts. */
#include <convlens/device.h>

#include <math.h>
#include <stdlib.h>

static const char *const type_names[CVL_DEVICE_TYPE_COUNT] = {
    [CVL_DEVICE_CPU] = "cpu",
    [CVL_DEVICE_GPU] = "gpu",
    [CVL_DEVICE_ACCELERATOR] = "accelerator",
    [CVL_DEVICE_OTHER] = "other",
};

static const char *const trust_names[CVL_CLOCK_TRUST_COUNT] = {
    [CVL_CLOCK_UNKNOWN] = "unknown",
    [CVL_CLOCK_TRUSTED] = "trusted",
    [CVL_CLOCK_DISTRUSTED] = "distrusted",
};

const char *cvl_device_type_name(enum cvl_device_type type)
{
    return (unsigned)type < CVL_DEVICE_TYPE_COUNT ? type_names[type] : "other";
}

const char *cvl_clock_trust_name(enum cvl_clock_trust trust)
{
    return (unsigned)trust < CVL_CLOCK_TRUST_COUNT ? trust_names[trust] : "unknown";
}

struct cvl_device_facts cvl_device_facts_default(void)
{
    return (struct cvl_device_facts){
        .id = "made-up",
        .platform = "none",
        .name = "made-up device",
        .vendor = "none",
        .driver = "none",
        .version = "OpenCL 1.2",
        .type = CVL_DEVICE_CPU,
        .compute_units = 1,
        .memory_bytes = INT64_MAX, /* JSON and the store hold signed integers */
        .max_allocation_bytes = INT64_MAX,
        .local_bytes = UINT64_C(1) << 20,
        .max_work_group = 4096,
        .max_work_item = {4096, 4096, 4096},
        .base_align_bytes = 128,
        .float_vector_width = 16,
        .has_fma = true,
        .host_unified = true,
        .timer_resolution_ns = 1,
        .peaks = cvl_device_peaks_none(),
    };
}

struct cvl_device_peaks cvl_device_peaks_none(void)
{
    const double absent = (double)NAN;
    return (struct cvl_device_peaks){
        .f32_flops_per_s = absent,
        .f16_flops_per_s = absent,
        .read_bytes_per_s = absent,
        .write_bytes_per_s = absent,
        .copy_bytes_per_s = absent,
        .local_bytes_per_s = absent,
        .launch_s = absent,
        .gap_s = absent,
        .load = absent,
    };
}

void cvl_device_list_clear(struct cvl_device_list *list)
{
    free(list->platforms);
    free(list->devices);
    *list = (struct cvl_device_list){0};
}
