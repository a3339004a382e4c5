/* How much of a GPU is used: by others, where NVIDIA's library lists the use of each process; by
 * everybody, where amdgpu shows the use of the device. */
#include "base/text.h"
#include "probes/load.h"
#include "probes/probe_files.h"
#include "probes/probe_nvml.h"

static enum cvl_status read_nvml(const struct cvl_probe_context *context, void *state, double at_s,
                                 double own_s, struct cvl_load_reading *out, struct cvl_error *err)
{
    (void)context;
    (void)at_s;
    (void)own_s;
    out->processors = 0;
    return cvl_nvml_others_share(state, &out->share, err);
}

const struct cvl_load_source cvl_load_nvml = {
    .name = "nvml",
    .answers = cvl_nvml_answers,
    .open = cvl_nvml_open,
    .close = cvl_nvml_close,
    .read = read_nvml,
};

static bool answers_amdgpu(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_GPU && device->pci[0] != '\0' &&
           (cvl_contains_ignoring_case(device->vendor, "amd") ||
            cvl_contains_ignoring_case(device->vendor, "advanced micro"));
}

/* gpu_busy_percent: Documentation/gpu/amdgpu/thermal.rst of the kernel. */
static enum cvl_status read_amdgpu(const struct cvl_probe_context *context, void *state,
                                   double at_s, double own_s, struct cvl_load_reading *out,
                                   struct cvl_error *err)
{
    static const char area[] = "load/amdgpu";
    char path[CVL_PROBE_PATH_BYTES];
    uint64_t percent = 0;
    (void)state;
    (void)at_s;
    (void)own_s;
    enum cvl_status status =
        cvl_probe_path(area, path, context->root, err, "/sys/bus/pci/devices/%s/gpu_busy_percent",
                       context->device->pci);
    if (status == CVL_OK)
        status = cvl_probe_read_u64(area, path, &percent, err);
    if (status == CVL_OK && percent > 100)
        status = cvl_fail(err, CVL_FAILED, "%s: %llu %%", area, (unsigned long long)percent);
    if (status == CVL_OK)
        *out = (struct cvl_load_reading){.share = (double)percent / 100.0};
    return status;
}

const struct cvl_load_source cvl_load_amdgpu = {
    .name = "amdgpu",
    .answers = answers_amdgpu,
    .read = read_amdgpu,
};
