/* Memory of an AMD GPU that is not free, from the OpenCL query CL_DEVICE_GLOBAL_FREE_MEMORY_AMD
 * (cl_amd_device_attribute_query), which covers all programs. The total is the device's global
 * memory or, if larger, what was free at first; only differences are used. */
#include "probes/probe.h"

#include <stdlib.h>

#include <convlens/result.h>

#include "base/text.h"

static const char area[] = "memory/amd_free";

static bool answers(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_GPU &&
           (cvl_contains_ignoring_case(device->vendor, "amd") ||
            cvl_contains_ignoring_case(device->vendor, "advanced micro"));
}

static enum cvl_status query_free(const struct cvl_probe_context *context, uint64_t *free_bytes,
                                  struct cvl_error *err)
{
    if (context->free_bytes && context->free_bytes(context->user, free_bytes))
        return CVL_OK;
    return cvl_fail(err, CVL_UNSUPPORTED, "%s: the driver has no CL_DEVICE_GLOBAL_FREE_MEMORY_AMD",
                    area);
}

static enum cvl_status open_device(const struct cvl_probe_context *context, void **state,
                                   struct cvl_error *err)
{
    uint64_t free_bytes = 0;
    enum cvl_status status = query_free(context, &free_bytes, err);
    if (status != CVL_OK)
        return status;
    uint64_t *total = malloc(sizeof *total);
    if (!total)
        return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area);
    *total =
        free_bytes > context->device->memory_bytes ? free_bytes : context->device->memory_bytes;
    *state = total;
    return CVL_OK;
}

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state,
                                struct cvl_probe_reading *out, struct cvl_error *err)
{
    const uint64_t total = *(const uint64_t *)state;
    uint64_t free_bytes = 0;
    enum cvl_status status = query_free(context, &free_bytes, err);
    if (status == CVL_OK)
        *out = (struct cvl_probe_reading){free_bytes < total ? total - free_bytes : 0, CVL_ABSENT};
    return status;
}

const struct cvl_probe cvl_probe_amd_free = {
    .name = "amd_free",
    .summary = "memory of an AMD GPU that is not free, from its OpenCL driver",
    .scope = CVL_SCOPE_DEVICE,
    .resolution_bytes = 4096, /* one page; figures are in KiB */
    .answers = answers,
    .open = open_device,
    .close = free,
    .read = read_now,
};
