/* Where on the PCI bus a device sits, by whichever extension its driver has. */
#ifndef CVL_OPENCL_PCI_H
#define CVL_OPENCL_PCI_H

#include "opencl/cl.h"

/* "0000:65:00.0", or empty where no extension tells. `extensions` may be NULL. */
void cvl_pci_address(cl_device_id device, const char *extensions, char *target, size_t size);

#endif
