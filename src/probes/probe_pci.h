/* PCI addresses, which are written in different ways: "0000:65:00.0", "00000000:65:00.0". */
#ifndef CVL_PROBES_PROBE_PCI_H
#define CVL_PROBES_PROBE_PCI_H

#include <stdbool.h>

struct cvl_pci {
    unsigned domain, bus, device, function;
};

/* Parses "domain:bus:device.function" in hexadecimal, and nothing else. */
bool cvl_pci_parse(const char *text, struct cvl_pci *out);
bool cvl_pci_equal(const struct cvl_pci *a, const struct cvl_pci *b);

#endif
