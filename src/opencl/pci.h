/* A device's PCI address, from whichever extension its driver has. */
#ifndef CVL_OPENCL_PCI_H
#define CVL_OPENCL_PCI_H

#include "opencl/cl.h"

/* "0000:65:00.0", or empty if no extension reports it. `extensions` may be NULL. */
void cvl_pci_address(cl_device_id device, const char *extensions, char *target, size_t size);

#endif
