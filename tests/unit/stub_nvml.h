/* Stands in for NVIDIA's management library in tests: what it answers is set through its exported
 * `stub_nvml`. */
#ifndef CVL_TESTS_STUB_NVML_H
#define CVL_TESTS_STUB_NVML_H

enum { STUB_NVML_PROCESSES = 64 };

struct stub_nvml {
    int init_code, device_code, memory_code, process_code;
    unsigned device_count;
    const char *pci; /* of the only device there is */
    unsigned long long used;
    unsigned process_count;
    struct {
        unsigned pid;
        unsigned long long used;
    } processes[STUB_NVML_PROCESSES];
    int usage_code;
    unsigned usage_count;
    struct {
        unsigned pid, percent;
    } usage[8];
    int init_balance; /* initialised less shut down */
};

#endif
