/* Memory of this process on an ARM Mali GPU under ARM's own kernel driver (kbase):
 * /sys/class/misc/mali0/device/kprcs/<pid>/total_gpu_mem, in bytes. Older drivers have no such
 * file; drm_fdinfo reads the mainline drivers panfrost and panthor. */
#include "probes/probe.h"

#include <unistd.h>

#include <convlens/result.h>

#include "base/text.h"
#include "probes/probe_files.h"

static const char area[] = "memory/mali_process";

static bool answers(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_GPU && cvl_contains_ignoring_case(device->name, "mali");
}

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state,
                                struct cvl_probe_reading *out, struct cvl_error *err)
{
    (void)state;
    char path[CVL_PROBE_PATH_BYTES];
    uint64_t bytes = 0;
    enum cvl_status status =
        cvl_probe_path(area, path, context->root, err,
                       "/sys/class/misc/mali0/device/kprcs/%ld/total_gpu_mem", (long)getpid());
    if (status == CVL_OK)
        status = cvl_probe_read_u64(area, path, &bytes, err);
    if (status == CVL_OK)
        *out = (struct cvl_probe_reading){bytes, CVL_ABSENT};
    return status;
}

const struct cvl_probe cvl_probe_mali_process = {
    .name = "mali_process",
    .summary = "memory of this process on a Mali GPU, from ARM's kernel driver",
    .scope = CVL_SCOPE_PROCESS,
    .resolution_bytes = 4096, /* one page */
    .answers = answers,
    .read = read_now,
};
