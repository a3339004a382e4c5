#include "stub_nvml.h"

#include <string.h>

/* With STUB_NVML_OLD the library has the first version of the list of processes only. */

extern struct stub_nvml stub_nvml;
struct stub_nvml stub_nvml;

static int the_device;

int nvmlInit_v2(void);
int nvmlShutdown(void);
const char *nvmlErrorString(int code);
int nvmlDeviceGetCount_v2(unsigned *count);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
int nvmlDeviceGetHandleByPciBusId_v2(const char *bus_id, void **device);
int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *memory);

int nvmlInit_v2(void)
{
    stub_nvml.init_balance += stub_nvml.init_code == 0;
    return stub_nvml.init_code;
}

int nvmlShutdown(void)
{
    stub_nvml.init_balance--;
    return 0;
}

const char *nvmlErrorString(int code)
{
    return code == 9 ? "Driver Not Loaded" : code == 6 ? "Not Found\x1b" : NULL;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = stub_nvml.device_count;
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = &the_device;
    return index == 0 ? stub_nvml.device_code : 2;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *bus_id, void **device)
{
    if (strcmp(bus_id, stub_nvml.pci) != 0)
        return 6;
    *device = &the_device;
    return stub_nvml.device_code;
}

/* total, free, used */
int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *memory)
{
    if (device != &the_device)
        return 2;
    memory[0] = 1ull << 40;
    memory[1] = memory[0] - stub_nvml.used;
    memory[2] = stub_nvml.used;
    return stub_nvml.memory_code;
}

struct entry {
    unsigned pid;
    unsigned long long used;
#ifndef STUB_NVML_OLD
    unsigned gpu_instance, compute_instance;
#endif
};

static int list(void *device, unsigned *count, struct entry *entries)
{
    const unsigned room = *count;
    if (device != &the_device || stub_nvml.process_code != 0)
        return device != &the_device ? 2 : stub_nvml.process_code;
    *count = stub_nvml.process_count;
    if (room < *count)
        return 7; /* insufficient size */
    for (unsigned i = 0; i < *count; i++)
        entries[i] =
            (struct entry){.pid = stub_nvml.processes[i].pid, .used = stub_nvml.processes[i].used};
    return 0;
}

#ifdef STUB_NVML_OLD
int nvmlDeviceGetComputeRunningProcesses(void *device, unsigned *count, struct entry *entries);
int nvmlDeviceGetComputeRunningProcesses(void *device, unsigned *count, struct entry *entries)
{
    return list(device, count, entries);
}
#else
struct usage {
    unsigned pid;
    unsigned long long time_us;
    unsigned sm, memory, encoder, decoder;
};

int nvmlDeviceGetProcessUtilization(void *device, struct usage *samples, unsigned *count,
                                    unsigned long long last_seen_us);
int nvmlDeviceGetProcessUtilization(void *device, struct usage *samples, unsigned *count,
                                    unsigned long long last_seen_us)
{
    if (device != &the_device || stub_nvml.usage_code != 0)
        return device != &the_device ? 2 : stub_nvml.usage_code;
    if (*count < stub_nvml.usage_count)
        return 7;
    *count = stub_nvml.usage_count;
    for (unsigned i = 0; i < *count; i++)
        samples[i] = (struct usage){.pid = stub_nvml.usage[i].pid,
                                    .time_us = last_seen_us + 1,
                                    .sm = stub_nvml.usage[i].percent};
    return 0;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct entry *entries);
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct entry *entries)
{
    return list(device, count, entries);
}
#endif
