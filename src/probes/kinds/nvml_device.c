/* Memory of an NVIDIA GPU that all processes together use, and what other processes hold of it,
 * from NVML. */
#include <convlens/result.h>

#include "probes/probe_nvml.h"

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state,
                                struct cvl_probe_reading *out, struct cvl_error *err)
{
    (void)context;
    uint64_t own_bytes;
    enum cvl_status status = cvl_nvml_used(state, &out->bytes, err);
    /* In a container neither other processes nor this one are listed: then nothing is known about
     * the others. */
    if (status == CVL_OK &&
        (cvl_nvml_processes(state, &own_bytes, &out->others_bytes, NULL) != CVL_OK ||
         own_bytes == CVL_ABSENT))
        out->others_bytes = CVL_ABSENT;
    return status;
}

const struct cvl_probe cvl_probe_nvml_device = {
    .name = "nvml_device",
    .summary = "memory in use on an NVIDIA GPU, from its management library",
    .scope = CVL_SCOPE_DEVICE,
    .resolution_bytes = 2 << 20, /* the driver takes memory from the device in pages of 2 MiB */
    .answers = cvl_nvml_answers,
    .open = cvl_nvml_open,
    .close = cvl_nvml_close,
    .read = read_now,
};
