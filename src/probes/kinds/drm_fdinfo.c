/* What a DRM driver (amdgpu, i915, xe, msm, panthor, …) reports of this process's memory in
 * /proc/self/fdinfo; the kernel's drm-usage-stats.rst describes the format.
 *
 * Every open file of the driver has a drm-client-id, which copies of a file share and which is
 * unique within its drm-pdev, so each client counts once. A region counts its resident bytes. If
 * only the older alias drm-memory- exists, it counts that; if only drm-total- exists, it counts
 * that, which may include pages that were never touched. drm-shared-, -purgeable- and -active- are
 * parts of these, and drm-total-cycles- is not memory. A number without a unit is in bytes. */
#include "probes/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/result.h>

#include "base/text.h"
#include "probes/probe_files.h"
#include "probes/probe_pci.h"

static const char area[] = "memory/drm_fdinfo";

enum { REGIONS = 16, NAME_BYTES = 32 };

/* In order of preference. */
enum kind { RESIDENT, MEMORY, TOTAL, KIND_COUNT };

static const char *const prefixes[KIND_COUNT] = {
    [RESIDENT] = "drm-resident-",
    [MEMORY] = "drm-memory-",
    [TOTAL] = "drm-total-",
};

struct region {
    char name[NAME_BYTES];
    uint64_t bytes;
    enum kind kind; /* which key the bytes come from */
};

struct client {
    char pdev[NAME_BYTES]; /* empty: not on a PCI bus */
    char id[NAME_BYTES];   /* empty: the driver gives none */
    bool is_drm;
    struct region regions[REGIONS];
    size_t region_count;
};

/* The clients seen so far, by device and id. */
struct seen {
    char pdev[NAME_BYTES], id[NAME_BYTES];
    uint64_t bytes;
};

struct scan {
    const char *folder;
    struct seen *seen; /* owned */
    size_t count;
};

static bool answers(const struct cvl_device_facts *device)
{
    /* NVIDIA's own driver has no such files; Mesa has them for the same devices. */
    return device->type == CVL_DEVICE_GPU &&
           (!cvl_contains_ignoring_case(device->vendor, "nvidia") ||
            cvl_contains_ignoring_case(device->platform, "rusticl"));
}

/* "123", "123 KiB", "123 MiB" */
static bool parse_bytes(const char *text, uint64_t *bytes)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {{"KiB", 1024}, {"MiB", 1024 * 1024}};
    char digits[24];
    uint64_t factor = 1;
    size_t length = strspn(text, "0123456789");
    const char *unit = text + length + strspn(text + length, " \t");
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(unit, units[i].name) == 0)
            factor = units[i].bytes;
    if (factor == 1 && *unit != '\0')
        return false;
    return cvl_probe_parse_u64(digits, bytes) && !__builtin_mul_overflow(*bytes, factor, bytes);
}

static enum cvl_status note_region(struct client *client, enum kind kind, const char *name,
                                   const char *value, struct cvl_error *err)
{
    char shown[64], region_name[NAME_BYTES];
    uint64_t bytes = 0;
    size_t i = 0;
    cvl_copy_safe(region_name, sizeof region_name, name);
    if (!parse_bytes(value, &bytes)) {
        cvl_copy_safe(shown, sizeof shown, value);
        return cvl_fail(err, CVL_FAILED,
                        "%s: %s%s: got \"%s\", expected a number and KiB, MiB or nothing", area,
                        prefixes[kind], region_name, shown);
    }
    while (i < client->region_count && strcmp(client->regions[i].name, region_name) != 0)
        i++;
    if (i == REGIONS)
        return cvl_fail(err, CVL_FAILED, "%s: more than %d regions", area, REGIONS);
    struct region *region = &client->regions[i];
    if (i == client->region_count) {
        client->region_count++;
        cvl_copy(region->name, sizeof region->name, region_name);
        region->kind = KIND_COUNT;
    }
    if (kind < region->kind) {
        region->kind = kind;
        region->bytes = bytes;
    }
    return CVL_OK;
}

static enum cvl_status take_line(void *user, char *line, struct cvl_error *err)
{
    struct client *client = user;
    char *value = strchr(line, ':');
    if (!value)
        return CVL_OK;
    *value++ = '\0';
    value += strspn(value, " \t");
    size_t length = strlen(value);
    while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
        value[--length] = '\0';
    if (strcmp(line, "drm-driver") == 0)
        client->is_drm = true;
    else if (strcmp(line, "drm-pdev") == 0)
        cvl_copy_safe(client->pdev, sizeof client->pdev, value);
    else if (strcmp(line, "drm-client-id") == 0)
        cvl_copy_safe(client->id, sizeof client->id, value);
    else if (strncmp(line, "drm-total-cycles-", 17) == 0)
        return CVL_OK;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        if (strncmp(line, prefixes[kind], strlen(prefixes[kind])) == 0)
            return note_region(client, (enum kind)kind, line + strlen(prefixes[kind]), value, err);
    return CVL_OK;
}

static enum cvl_status sum_regions(const struct client *client, uint64_t *bytes,
                                   struct cvl_error *err)
{
    *bytes = 0;
    for (size_t i = 0; i < client->region_count; i++)
        if (__builtin_add_overflow(*bytes, client->regions[i].bytes, bytes))
            return cvl_fail(err, CVL_FAILED, "%s: the regions add up to more than 2^64 bytes",
                            area);
    return CVL_OK;
}

/* Clients without an id cannot be distinguished from copies of each other: they count as one, the
 * largest. */
static enum cvl_status note_client(struct scan *scan, const struct client *client,
                                   struct cvl_error *err)
{
    uint64_t bytes = 0;
    enum cvl_status status = sum_regions(client, &bytes, err);
    if (status != CVL_OK)
        return status;
    for (size_t i = 0; i < scan->count; i++) {
        struct seen *seen = &scan->seen[i];
        if (strcmp(seen->pdev, client->pdev) != 0 || strcmp(seen->id, client->id) != 0)
            continue;
        if (client->id[0] == '\0' && bytes > seen->bytes)
            seen->bytes = bytes;
        return CVL_OK;
    }
    struct seen *grown = realloc(scan->seen, (scan->count + 1) * sizeof *grown);
    if (!grown)
        return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area);
    scan->seen = grown;
    struct seen *seen = &grown[scan->count++];
    cvl_copy(seen->pdev, sizeof seen->pdev, client->pdev);
    cvl_copy(seen->id, sizeof seen->id, client->id);
    seen->bytes = bytes;
    return CVL_OK;
}

static enum cvl_status take_file(void *user, const char *name, struct cvl_error *err)
{
    struct scan *scan = user;
    struct client client = {0};
    struct cvl_error reason = {0};
    char path[CVL_PROBE_PATH_BYTES];
    enum cvl_status status = cvl_probe_path(area, path, scan->folder, err, "/%s", name);
    if (status != CVL_OK)
        return status;
    status = cvl_probe_each_line(area, path, take_line, &client, &reason);
    if (status == CVL_UNSUPPORTED)
        return CVL_OK; /* closed since the folder was read */
    if (status != CVL_OK)
        return cvl_fail(err, status, "%s", reason.text);
    return client.is_drm && client.region_count > 0 ? note_client(scan, &client, err) : CVL_OK;
}

static bool same_place(const char *pdev, const struct cvl_pci *wanted)
{
    struct cvl_pci at;
    return cvl_pci_parse(pdev, &at) && cvl_pci_equal(&at, wanted);
}

/* Adds up all clients of the device at the PCI address from OpenCL. */
static enum cvl_status sum_at(const struct scan *scan, const char *pci, uint64_t *bytes,
                              struct cvl_error *err)
{
    struct cvl_pci wanted;
    size_t found = 0;
    if (!cvl_pci_parse(pci, &wanted))
        return cvl_fail(err, CVL_BAD_INPUT, "%s: the device's address is not a PCI address", area);
    for (size_t i = 0; i < scan->count; i++) {
        if (!same_place(scan->seen[i].pdev, &wanted))
            continue;
        found++;
        if (__builtin_add_overflow(*bytes, scan->seen[i].bytes, bytes))
            return cvl_fail(err, CVL_FAILED, "%s: the clients add up to more than 2^64 bytes",
                            area);
    }
    if (found == 0)
        return cvl_fail(err, CVL_UNSUPPORTED, "%s: no open file of the driver at %s reports memory",
                        area, pci);
    return CVL_OK;
}

/* If OpenCL does not report an address, adds up the clients of the only open device. */
static enum cvl_status sum_only(const struct scan *scan, uint64_t *bytes, struct cvl_error *err)
{
    for (size_t i = 0; i < scan->count; i++) {
        if (strcmp(scan->seen[i].pdev, scan->seen[0].pdev) != 0)
            return cvl_fail(err, CVL_UNSUPPORTED,
                            "%s: several DRM devices are open; OpenCL does not say which one "
                            "this is",
                            area);
        if (__builtin_add_overflow(*bytes, scan->seen[i].bytes, bytes))
            return cvl_fail(err, CVL_FAILED, "%s: the clients add up to more than 2^64 bytes",
                            area);
    }
    return scan->count > 0 ? CVL_OK
                           : cvl_fail(err, CVL_UNSUPPORTED,
                                      "%s: no open file of a DRM driver reports memory", area);
}

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state,
                                struct cvl_probe_reading *out, struct cvl_error *err)
{
    (void)state;
    char folder[CVL_PROBE_PATH_BYTES];
    struct scan scan = {.folder = folder};
    uint64_t bytes = 0;
    enum cvl_status status = cvl_probe_path(area, folder, context->root, err, "/proc/self/fdinfo");
    if (status == CVL_OK)
        status = cvl_probe_each_name(area, folder, take_file, &scan, err);
    if (status == CVL_OK)
        status = context->device->pci[0] != '\0' ? sum_at(&scan, context->device->pci, &bytes, err)
                                                 : sum_only(&scan, &bytes, err);
    free(scan.seen);
    if (status == CVL_OK)
        *out = (struct cvl_probe_reading){bytes, CVL_ABSENT};
    return status;
}

const struct cvl_probe cvl_probe_drm_fdinfo = {
    .name = "drm_fdinfo",
    .summary =
        "memory of this process, from the DRM driver: amdgpu, i915, xe, msm, panthor, others",
    .scope = CVL_SCOPE_PROCESS,
    .resolution_bytes = 4096, /* one page; figures are usually in KiB */
    .answers = answers,
    .read = read_now,
};
