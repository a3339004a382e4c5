/* Stands in for Level Zero's loader in tests: what it answers is set through its exported
 * `stub_level_zero`. */
#ifndef CVL_TESTS_STUB_LEVEL_ZERO_H
#define CVL_TESTS_STUB_LEVEL_ZERO_H

#include <stdint.h>

enum { STUB_MODULES = 4, STUB_DEVICES = 2 };

struct stub_level_zero {
    int init_code, driver_code, pci_code, module_code, state_code;
    uint32_t device_count; /* the second device is at 0000:04:00.0 */
    uint32_t module_count; /* of the first device, at 0000:03:00.0; the second has one */
    struct {
        uint64_t free, size;
    } modules[STUB_MODULES];
    int inits; /* of sysman, or of the core in the old library */
};

#endif
