/* Device memory of this process on an NVIDIA GPU, from NVML; includes its context and the driver's
 * own buffers. */
#include <convlens/result.h>

#include "probes/probe_nvml.h"

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state,
                                struct cvl_probe_reading *out, struct cvl_error *err)
{
    (void)context;
    struct cvl_probe_reading reading;
    enum cvl_status status = cvl_nvml_processes(state, &reading.bytes, &reading.others_bytes, err);
    if (status == CVL_OK && reading.bytes == CVL_ABSENT)
        return cvl_fail(
            err, CVL_UNSUPPORTED,
            "memory/nvml: this process is not listed with its memory use; in a container it "
            "may have another process id");
    if (status == CVL_OK)
        *out = reading;
    return status;
}

const struct cvl_probe cvl_probe_nvml_process = {
    .name = "nvml_process",
    .summary = "device memory of this process, from NVIDIA's management library",
    .scope = CVL_SCOPE_PROCESS,
    .resolution_bytes = 2 << 20, /* the driver takes memory from the device in pages of 2 MiB */
    .answers = cvl_nvml_answers,
    .open = cvl_nvml_open,
    .close = cvl_nvml_close,
    .read = read_now,
};
