/* VRAM of this process on an AMD GPU, from the files of the compute driver (KFD) in /sys:
 * proc/<pid>/vram_<gpu id> holds bytes, for every process. The GPU's id is that of the topology
 * node at the device's PCI address: location_id packs bus, device and function as PCI does. */
#include "probes/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <convlens/result.h>

#include "base/text.h"
#include "probes/probe_files.h"
#include "probes/probe_pci.h"

static const char area[] = "memory/amd_kfd";

struct node {
    uint64_t gpu_id; /* 0: a node without a GPU */
    uint64_t location, domain;
    bool has_location;
};

struct search {
    const char *folder;
    const char *pci; /* empty: unknown */
    uint64_t gpu_id; /* of the last one found */
    size_t found;
};

static bool answers(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_GPU &&
           (cvl_contains_ignoring_case(device->vendor, "amd") ||
            cvl_contains_ignoring_case(device->vendor, "advanced micro"));
}

static enum cvl_status take_property(void *user, char *line, struct cvl_error *err)
{
    (void)err;
    struct node *node = user;
    if (strncmp(line, "location_id ", 12) == 0)
        node->has_location = cvl_probe_parse_u64(line + 12, &node->location);
    else if (strncmp(line, "domain ", 7) == 0)
        (void)cvl_probe_parse_u64(line + 7, &node->domain);
    return CVL_OK;
}

static bool is_at(const struct node *node, const char *pci)
{
    struct cvl_pci wanted;
    const struct cvl_pci at = {(unsigned)node->domain, (unsigned)(node->location >> 8) & 0xFF,
                               (unsigned)(node->location >> 3) & 0x1F,
                               (unsigned)node->location & 7};
    return node->has_location && cvl_pci_parse(pci, &wanted) && cvl_pci_equal(&wanted, &at);
}

static enum cvl_status take_node(void *user, const char *name, struct cvl_error *err)
{
    struct search *search = user;
    struct node node = {0};
    char path[CVL_PROBE_PATH_BYTES];
    enum cvl_status status = cvl_probe_path(area, path, search->folder, err, "/%s/gpu_id", name);
    if (status == CVL_OK && cvl_probe_read_u64(area, path, &node.gpu_id, NULL) != CVL_OK)
        return CVL_OK; /* not a node, or hidden from this user */
    if (status == CVL_OK)
        status = cvl_probe_path(area, path, search->folder, err, "/%s/properties", name);
    if (status != CVL_OK || node.gpu_id == 0)
        return status;
    (void)cvl_probe_each_line(area, path, take_property, &node, NULL);
    if (search->pci[0] == '\0' || is_at(&node, search->pci)) {
        search->found++;
        search->gpu_id = node.gpu_id;
    }
    return CVL_OK;
}

static enum cvl_status open_device(const struct cvl_probe_context *context, void **state,
                                   struct cvl_error *err)
{
    char folder[CVL_PROBE_PATH_BYTES];
    struct search search = {.folder = folder, .pci = context->device->pci};
    enum cvl_status status =
        cvl_probe_path(area, folder, context->root, err, "/sys/class/kfd/kfd/topology/nodes");
    if (status == CVL_OK)
        status = cvl_probe_each_name(area, folder, take_node, &search, err);
    if (status != CVL_OK)
        return status;
    if (search.found != 1)
        return cvl_fail(err, CVL_UNSUPPORTED, "%s: %zu GPUs%s%s", area, search.found,
                        search.pci[0] != '\0' ? " at " : "; OpenCL does not say which one this is",
                        search.pci);
    uint64_t *gpu_id = malloc(sizeof *gpu_id);
    if (!gpu_id)
        return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area);
    *gpu_id = search.gpu_id;
    *state = gpu_id;
    return CVL_OK;
}

struct sum {
    const char *folder;
    uint64_t gpu_id;
    char self[24];
    uint64_t own_bytes, others_bytes;
    bool has_own;
};

static enum cvl_status take_process(void *user, const char *name, struct cvl_error *err)
{
    struct sum *sum = user;
    struct cvl_error reason = {0};
    char path[CVL_PROBE_PATH_BYTES];
    uint64_t bytes = 0;
    const bool own = strcmp(name, sum->self) == 0;
    enum cvl_status status = cvl_probe_path(area, path, sum->folder, err, "/%s/vram_%llu", name,
                                            (unsigned long long)sum->gpu_id);
    if (status != CVL_OK)
        return status;
    status = cvl_probe_read_u64(area, path, &bytes, &reason);
    if (status != CVL_OK && own)
        return cvl_fail(err, status, "%s", reason.text);
    if (status != CVL_OK)
        return CVL_OK; /* another process, which has ended or does not use this GPU */
    uint64_t *target = own ? &sum->own_bytes : &sum->others_bytes;
    sum->has_own |= own;
    if (__builtin_add_overflow(*target, bytes, target))
        return cvl_fail(err, CVL_FAILED, "%s: the processes add up to more than 2^64 bytes", area);
    return CVL_OK;
}

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state,
                                struct cvl_probe_reading *out, struct cvl_error *err)
{
    char folder[CVL_PROBE_PATH_BYTES];
    struct sum sum = {.folder = folder, .gpu_id = *(const uint64_t *)state};
    (void)snprintf(sum.self, sizeof sum.self, "%ld", (long)getpid());
    enum cvl_status status =
        cvl_probe_path(area, folder, context->root, err, "/sys/class/kfd/kfd/proc");
    if (status == CVL_OK)
        status = cvl_probe_each_name(area, folder, take_process, &sum, err);
    if (status == CVL_OK && !sum.has_own)
        status = cvl_fail(err, CVL_UNSUPPORTED,
                          "%s: no entry for process %s: it does not use the device, or a "
                          "container gave it another number",
                          area, sum.self);
    if (status == CVL_OK)
        *out = (struct cvl_probe_reading){sum.own_bytes, sum.others_bytes};
    return status;
}

const struct cvl_probe cvl_probe_amd_kfd = {
    .name = "amd_kfd",
    .summary = "VRAM of this process, from AMD's compute driver (KFD)",
    .scope = CVL_SCOPE_PROCESS,
    .resolution_bytes = 4096, /* one page */
    .answers = answers,
    .open = open_device,
    .close = free,
    .read = read_now,
};
