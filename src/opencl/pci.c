/* Queries a device's PCI address. */
#include "opencl/pci.h"

#include <stdio.h>

#include "opencl/query.h"

/* cl_nv_device_attribute_query; the headers of 2022 lack them. */
enum { NV_PCI_BUS = 0x4008, NV_PCI_SLOT = 0x4009, NV_PCI_DOMAIN = 0x400A };

struct address {
    unsigned domain, bus, device, function;
};

static bool from_khr(cl_device_id device, struct address *out)
{
    cl_device_pci_bus_info_khr info;
    if (!cvl_query(device, CL_DEVICE_PCI_BUS_INFO_KHR, &info, sizeof info))
        return false;
    *out = (struct address){info.pci_domain, info.pci_bus, info.pci_device, info.pci_function};
    return true;
}

/* The slot packs device and function as PCI does: five bits and three. */
static bool from_nvidia(cl_device_id device, struct address *out)
{
    cl_uint bus, slot;
    if (!cvl_query(device, NV_PCI_BUS, &bus, sizeof bus) ||
        !cvl_query(device, NV_PCI_SLOT, &slot, sizeof slot))
        return false;
    *out = (struct address){cvl_query_uint(device, NV_PCI_DOMAIN, 0), bus, slot >> 3, slot & 7};
    return true;
}

static bool from_amd(cl_device_id device, struct address *out)
{
    cl_device_topology_amd topology;
    if (!cvl_query(device, CL_DEVICE_TOPOLOGY_AMD, &topology, sizeof topology) ||
        topology.raw.type != CL_DEVICE_TOPOLOGY_TYPE_PCIE_AMD)
        return false;
    *out =
        (struct address){0, (unsigned char)topology.pcie.bus, (unsigned char)topology.pcie.device,
                         (unsigned char)topology.pcie.function};
    return true;
}

static const struct {
    const char *extension;
    bool (*query)(cl_device_id device, struct address *out);
} sources[] = {
    {"cl_khr_pci_bus_info", from_khr},
    {"cl_nv_device_attribute_query", from_nvidia},
    {"cl_amd_device_attribute_query", from_amd},
};

void cvl_pci_address(cl_device_id device, const char *extensions, char *target, size_t size)
{
    target[0] = '\0';
    struct address at;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (!cvl_has_word(extensions, sources[i].extension) || !sources[i].query(device, &at))
            continue;
        (void)snprintf(target, size, "%04x:%02x:%02x.%x", at.domain, at.bus, at.device,
                       at.function);
        return;
    }
}
