#include "stub_level_zero.h"

#include <stddef.h>

/* With STUB_LEVEL_ZERO_OLD the library has no zesInit: sysman comes with the core. */

extern struct stub_level_zero stub_level_zero;
struct stub_level_zero stub_level_zero;

static int the_driver, devices[STUB_DEVICES], modules[STUB_MODULES];

struct pci {
    int32_t type;
    void *next;
    uint32_t domain, bus, device, function;
    int32_t generation, width;
    int64_t max_bandwidth;
    uint8_t flags[3];
};

struct state {
    int32_t type;
    const void *next;
    int32_t health;
    uint64_t free, size;
};

static int give(uint32_t *count, uint32_t there, void **out, int *from)
{
    for (uint32_t i = 0; i < there && i < *count && out; i++)
        out[i] = &from[i];
    *count = there;
    return 0;
}

static int init(void)
{
    stub_level_zero.inits++;
    return stub_level_zero.init_code;
}

static int give_drivers(uint32_t *count, void **out)
{
    return stub_level_zero.driver_code ? stub_level_zero.driver_code
                                       : give(count, 1, out, &the_driver);
}

static int give_devices(void *driver, uint32_t *count, void **out)
{
    return driver == &the_driver ? give(count, stub_level_zero.device_count, out, devices)
                                 : 0x78000004;
}

#ifdef STUB_LEVEL_ZERO_OLD
#define INIT       zeInit
#define DRIVER_GET zeDriverGet
#define DEVICE_GET zeDeviceGet
#else
#define INIT       zesInit
#define DRIVER_GET zesDriverGet
#define DEVICE_GET zesDeviceGet
#endif

int INIT(uint32_t flags);
int INIT(uint32_t flags)
{
    return flags == 0 ? init() : 0x78000004;
}

int DRIVER_GET(uint32_t *count, void **out);
int DRIVER_GET(uint32_t *count, void **out)
{
    return give_drivers(count, out);
}

int DEVICE_GET(void *driver, uint32_t *count, void **out);
int DEVICE_GET(void *driver, uint32_t *count, void **out)
{
    return give_devices(driver, count, out);
}

int zesDevicePciGetProperties(void *device, struct pci *out);
int zesDevicePciGetProperties(void *device, struct pci *out)
{
    if (out->type != 0x2 || out->next)
        return 0x78000004;
    out->domain = out->device = out->function = 0;
    out->bus = device == &devices[0] ? 3 : 4;
    return stub_level_zero.pci_code;
}

int zesDeviceEnumMemoryModules(void *device, uint32_t *count, void **out);
int zesDeviceEnumMemoryModules(void *device, uint32_t *count, void **out)
{
    if (stub_level_zero.module_code)
        return stub_level_zero.module_code;
    return device == &devices[0] ? give(count, stub_level_zero.module_count, out, modules)
                                 : give(count, 1, out, &modules[STUB_MODULES - 1]);
}

int zesMemoryGetState(void *module, struct state *out);
int zesMemoryGetState(void *module, struct state *out)
{
    ptrdiff_t index = (int *)module - modules;
    if (out->type != 0x1e || out->next)
        return 0x78000004;
    out->free = stub_level_zero.modules[index].free;
    out->size = stub_level_zero.modules[index].size;
    return stub_level_zero.state_code;
}
