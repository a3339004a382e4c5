/* Memory of an Intel GPU that all processes together use, from Level Zero's system management
 * (sysman). Its functions are declared here as in the public specification, since the library is
 * opened at run time. A loader without zesInit (before specification 1.5) offers sysman through
 * zeInit if ZES_ENABLE_SYSMAN=1 was set in the environment before. Integrated GPUs have no memory
 * of their own, and so no module to query. */
#include "probes/probe.h"

#include <stdlib.h>
#include <string.h>

#include <convlens/result.h>

#include "base/text.h"
#include "probes/probe_library.h"
#include "probes/probe_pci.h"

static const char area[] = "memory/level_zero";

enum { SUCCESS = 0, PCI_PROPERTIES = 0x2, MEM_STATE = 0x1e, HANDLES = 64 };

/* zes_pci_properties_t */
struct pci_properties {
    int32_t type;
    void *next;
    uint32_t domain, bus, device, function;
    int32_t generation, width;
    int64_t max_bandwidth;
    uint8_t has_bandwidth, has_packets, has_replays;
};

/* zes_mem_state_t */
struct mem_state {
    int32_t type;
    const void *next;
    int32_t health;
    uint64_t free, size;
};

typedef void *handle;

struct functions {
    int (*zes_init)(uint32_t flags);
    int (*ze_init)(uint32_t flags);
    int (*zes_drivers)(uint32_t *count, handle *drivers);
    int (*ze_drivers)(uint32_t *count, handle *drivers);
    int (*zes_devices)(handle driver, uint32_t *count, handle *devices);
    int (*ze_devices)(handle driver, uint32_t *count, handle *devices);
    int (*pci)(handle device, struct pci_properties *out);
    int (*modules)(handle device, uint32_t *count, handle *modules);
    int (*state)(handle module, struct mem_state *out);
};

static const struct cvl_probe_symbol symbols[] = {
    {"zesInit", offsetof(struct functions, zes_init), true},
    {"zeInit", offsetof(struct functions, ze_init), true},
    {"zesDriverGet", offsetof(struct functions, zes_drivers), true},
    {"zeDriverGet", offsetof(struct functions, ze_drivers), true},
    {"zesDeviceGet", offsetof(struct functions, zes_devices), true},
    {"zeDeviceGet", offsetof(struct functions, ze_devices), true},
    {"zesDevicePciGetProperties", offsetof(struct functions, pci), false},
    {"zesDeviceEnumMemoryModules", offsetof(struct functions, modules), false},
    {"zesMemoryGetState", offsetof(struct functions, state), false},
};

struct level_zero {
    void *library;
    struct functions call;
    handle device;
    handle modules[HANDLES];
    uint32_t module_count;
};

static bool answers(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_GPU && cvl_contains_ignoring_case(device->vendor, "intel");
}

static enum cvl_status failed(const char *what, int code, struct cvl_error *err)
{
    return cvl_fail(err, CVL_UNSUPPORTED, "%s: %s: error 0x%x", area, what, (unsigned)code);
}

/* Uses sysman's own handles, or those of the core, which older loaders use instead. */
static enum cvl_status initialise(struct level_zero *zero, struct cvl_error *err)
{
    struct functions *call = &zero->call;
    const char *enabled = getenv("ZES_ENABLE_SYSMAN");
    if (call->zes_init && call->zes_drivers && call->zes_devices) {
        int code = call->zes_init(0);
        return code == SUCCESS ? CVL_OK : failed("zesInit", code, err);
    }
    if (!call->ze_init || !call->ze_drivers || !call->ze_devices)
        return cvl_fail(err, CVL_UNSUPPORTED, "%s: the library has neither zesInit nor zeInit",
                        area);
    if (!enabled || strcmp(enabled, "1") != 0)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "%s: this loader needs ZES_ENABLE_SYSMAN=1 in the environment", area);
    call->zes_drivers = call->ze_drivers;
    call->zes_devices = call->ze_devices;
    int code = call->ze_init(0);
    return code == SUCCESS ? CVL_OK : failed("zeInit", code, err);
}

static bool is_at(const struct level_zero *zero, handle device, const struct cvl_pci *wanted)
{
    struct pci_properties properties = {.type = PCI_PROPERTIES};
    if (zero->call.pci(device, &properties) != SUCCESS)
        return false;
    const struct cvl_pci at = {properties.domain, properties.bus, properties.device,
                               properties.function};
    return cvl_pci_equal(&at, wanted);
}

/* Finds the device at the address; without an address, takes the only device. */
static enum cvl_status find_device(struct level_zero *zero, const char *pci, struct cvl_error *err)
{
    handle drivers[HANDLES] = {NULL}, devices[HANDLES] = {NULL};
    uint32_t driver_count = HANDLES, found = 0;
    struct cvl_pci wanted;
    const bool is_known = cvl_pci_parse(pci, &wanted);
    int code = zero->call.zes_drivers(&driver_count, drivers);
    if (code != SUCCESS)
        return failed("zesDriverGet", code, err);
    for (uint32_t i = 0; i < driver_count && i < HANDLES; i++) {
        uint32_t count = HANDLES;
        if (zero->call.zes_devices(drivers[i], &count, devices) != SUCCESS)
            continue;
        for (uint32_t j = 0; j < count && j < HANDLES; j++) {
            if (is_known && !is_at(zero, devices[j], &wanted))
                continue;
            zero->device = devices[j];
            found++;
        }
    }
    if (found == 1)
        return CVL_OK;
    return cvl_fail(err, CVL_UNSUPPORTED, "%s: %u devices%s%s", area, found,
                    is_known ? " at " : "; OpenCL does not say which one this is",
                    is_known ? pci : "");
}

static enum cvl_status find_modules(struct level_zero *zero, struct cvl_error *err)
{
    uint32_t count = HANDLES;
    int code = zero->call.modules(zero->device, &count, zero->modules);
    if (code != SUCCESS)
        return failed("zesDeviceEnumMemoryModules", code, err);
    if (count == 0 || count > HANDLES)
        return cvl_fail(err, CVL_UNSUPPORTED, "%s: %u memory modules: %s", area, count,
                        count == 0 ? "the device uses the host's memory" : "more than expected");
    zero->module_count = count;
    return CVL_OK;
}

static void close_device(void *state)
{
    free(state); /* the library stays open: drivers leave threads and exit handlers in it */
}

static enum cvl_status open_device(const struct cvl_probe_context *context, void **state,
                                   struct cvl_error *err)
{
    struct level_zero *zero = calloc(1, sizeof *zero);
    if (!zero)
        return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area);
    enum cvl_status status = cvl_probe_library_open(
        area, context->library ? context->library : "libze_loader.so.1", symbols,
        sizeof symbols / sizeof symbols[0], &zero->call, &zero->library, err);
    if (status == CVL_OK)
        status = initialise(zero, err);
    if (status == CVL_OK)
        status = find_device(zero, context->device->pci, err);
    if (status == CVL_OK)
        status = find_modules(zero, err);
    if (status == CVL_OK)
        *state = zero;
    else
        close_device(zero);
    return status;
}

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state,
                                struct cvl_probe_reading *out, struct cvl_error *err)
{
    (void)context;
    const struct level_zero *zero = state;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < zero->module_count; i++) {
        struct mem_state module = {.type = MEM_STATE};
        int code = zero->call.state(zero->modules[i], &module);
        if (code != SUCCESS)
            return failed("zesMemoryGetState", code, err);
        if (module.free > module.size ||
            __builtin_add_overflow(bytes, module.size - module.free, &bytes))
            return cvl_fail(err, CVL_FAILED, "%s: module %u: %llu bytes free of %llu", area, i,
                            (unsigned long long)module.free, (unsigned long long)module.size);
    }
    *out = (struct cvl_probe_reading){bytes, CVL_ABSENT};
    return CVL_OK;
}

const struct cvl_probe cvl_probe_level_zero = {
    .name = "level_zero",
    .summary = "memory in use on an Intel GPU, from Level Zero's system management",
    .scope = CVL_SCOPE_DEVICE,
    .resolution_bytes = 65536, /* pages of a discrete GPU's memory */
    .answers = answers,
    .open = open_device,
    .close = close_device,
    .read = read_now,
};
