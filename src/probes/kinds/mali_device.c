/* Memory of an ARM Mali GPU that all processes together use, under ARM's own kernel driver (kbase):
 * /sys/kernel/debug/mali0/gpu_memory, whose first line is "mali0  <pages>", followed by a line for
 * each context. Usually only root may read it. */
#include "probes/probe.h"

#include <string.h>

#include <convlens/result.h>

#include "base/text.h"
#include "probes/probe_files.h"

static const char area[] = "memory/mali_device";

enum { PAGE_BYTES = 4096 }; /* the driver's page size, not the processor's */

struct total {
    uint64_t pages;
    bool found;
};

static bool answers(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_GPU && cvl_contains_ignoring_case(device->name, "mali");
}

static enum cvl_status take_line(void *user, char *line, struct cvl_error *err)
{
    struct total *total = user;
    char shown[64];
    if (strncmp(line, "mali0", 5) != 0 || (line[5] != ' ' && line[5] != '\t'))
        return CVL_OK;
    total->found = cvl_probe_parse_u64(line + 5, &total->pages);
    if (total->found && total->pages <= UINT64_MAX / PAGE_BYTES)
        return CVL_OK;
    cvl_copy_safe(shown, sizeof shown, line + 5);
    return cvl_fail(err, CVL_FAILED,
                    "%s: gpu_memory: mali0: got \"%s\", expected a number of pages", area, shown);
}

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state,
                                struct cvl_probe_reading *out, struct cvl_error *err)
{
    (void)state;
    char path[CVL_PROBE_PATH_BYTES];
    struct total total = {0};
    enum cvl_status status =
        cvl_probe_path(area, path, context->root, err, "/sys/kernel/debug/mali0/gpu_memory");
    if (status == CVL_OK)
        status = cvl_probe_each_line(area, path, take_line, &total, err);
    if (status == CVL_OK && !total.found)
        status = cvl_fail(err, CVL_UNSUPPORTED, "%s: gpu_memory has no mali0 line", area);
    if (status == CVL_OK)
        *out = (struct cvl_probe_reading){total.pages * PAGE_BYTES, CVL_ABSENT};
    return status;
}

const struct cvl_probe cvl_probe_mali_device = {
    .name = "mali_device",
    .summary = "memory in use on a Mali GPU, from ARM's kernel driver",
    .scope = CVL_SCOPE_DEVICE,
    .resolution_bytes = PAGE_BYTES,
    .answers = answers,
    .read = read_now,
};
