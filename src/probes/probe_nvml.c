/* Calls NVIDIA's management library. */
#include "probes/probe_nvml.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <convlens/result.h>

#include "base/text.h"
#include "probes/probe_library.h"

static const char area[] = "memory/nvml";

/* nvmlReturn_t */
enum { SUCCESS = 0, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7 };

/* nvmlMemory_t */
struct memory {
    unsigned long long total, free, used;
};

/* nvmlProcessInfo_t of the functions _v2 and _v3; the first version has no instances. */
struct process {
    unsigned pid;
    unsigned long long used; /* all ones: not available */
    unsigned gpu_instance, compute_instance;
};

struct process_v1 {
    unsigned pid;
    unsigned long long used;
};

/* nvmlProcessUtilizationSample_t */
struct usage {
    unsigned pid;
    unsigned long long time_us; /* since the epoch */
    unsigned sm_percent, memory_percent, encoder_percent, decoder_percent;
};

struct functions {
    int (*init)(void);
    int (*shutdown)(void);
    const char *(*error_string)(int code);
    int (*count)(unsigned *count);
    int (*by_index)(unsigned index, void **device);
    int (*by_pci)(const char *bus_id, void **device);
    int (*memory_info)(void *device, struct memory *memory);
    int (*processes_v3)(void *device, unsigned *count, void *processes);
    int (*processes_v2)(void *device, unsigned *count, void *processes);
    int (*processes_v1)(void *device, unsigned *count, void *processes);
    int (*usage)(void *device, struct usage *samples, unsigned *count,
                 unsigned long long last_seen_us);
};

static const struct cvl_probe_symbol symbols[] = {
    {"nvmlInit_v2", offsetof(struct functions, init), false},
    {"nvmlShutdown", offsetof(struct functions, shutdown), false},
    {"nvmlErrorString", offsetof(struct functions, error_string), false},
    {"nvmlDeviceGetCount_v2", offsetof(struct functions, count), false},
    {"nvmlDeviceGetHandleByIndex_v2", offsetof(struct functions, by_index), false},
    {"nvmlDeviceGetHandleByPciBusId_v2", offsetof(struct functions, by_pci), false},
    {"nvmlDeviceGetMemoryInfo", offsetof(struct functions, memory_info), false},
    {"nvmlDeviceGetComputeRunningProcesses_v3", offsetof(struct functions, processes_v3), true},
    {"nvmlDeviceGetComputeRunningProcesses_v2", offsetof(struct functions, processes_v2), true},
    {"nvmlDeviceGetComputeRunningProcesses", offsetof(struct functions, processes_v1), true},
    {"nvmlDeviceGetProcessUtilization", offsetof(struct functions, usage), true},
};

struct cvl_nvml {
    void *library;
    struct functions call;
    bool is_initialised;
    void *device;
};

bool cvl_nvml_answers(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_GPU && cvl_contains_ignoring_case(device->vendor, "nvidia") &&
           !cvl_contains_ignoring_case(device->platform, "rusticl");
}

static enum cvl_status failed(const struct cvl_nvml *nvml, const char *what, int code,
                              struct cvl_error *err)
{
    char shown[96];
    const char *text = nvml->call.error_string(code);
    cvl_copy_safe(shown, sizeof shown, text ? text : "unknown error");
    return cvl_fail(err, CVL_UNSUPPORTED, "%s: %s: %s (%d)", area, what, shown, code);
}

static enum cvl_status find_device(struct cvl_nvml *nvml, const char *pci, struct cvl_error *err)
{
    unsigned count = 0;
    int code;
    if (pci[0] != '\0') {
        code = nvml->call.by_pci(pci, &nvml->device);
        return code == SUCCESS ? CVL_OK : failed(nvml, pci, code, err);
    }
    code = nvml->call.count(&count);
    if (code != SUCCESS)
        return failed(nvml, "nvmlDeviceGetCount", code, err);
    if (count != 1)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "%s: %u devices; OpenCL does not say which one this is", area, count);
    code = nvml->call.by_index(0, &nvml->device);
    return code == SUCCESS ? CVL_OK : failed(nvml, "nvmlDeviceGetHandleByIndex", code, err);
}

enum cvl_status cvl_nvml_open(const struct cvl_probe_context *context, void **state,
                              struct cvl_error *err)
{
    struct cvl_nvml *nvml = calloc(1, sizeof *nvml);
    if (!nvml)
        return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area);
    enum cvl_status status = cvl_probe_library_open(
        area, context->library ? context->library : "libnvidia-ml.so.1", symbols,
        sizeof symbols / sizeof symbols[0], &nvml->call, &nvml->library, err);
    if (status == CVL_OK) {
        int code = nvml->call.init();
        nvml->is_initialised = code == SUCCESS;
        status = nvml->is_initialised ? find_device(nvml, context->device->pci, err)
                                      : failed(nvml, "nvmlInit", code, err);
    }
    if (status == CVL_OK)
        *state = nvml;
    else
        cvl_nvml_close(nvml);
    return status;
}

void cvl_nvml_close(void *state)
{
    struct cvl_nvml *nvml = state;
    if (nvml->is_initialised)
        (void)nvml->call.shutdown();
    if (nvml->library)
        (void)dlclose(nvml->library);
    free(nvml);
}

enum cvl_status cvl_nvml_used(const struct cvl_nvml *nvml, uint64_t *bytes, struct cvl_error *err)
{
    struct memory memory = {0};
    int code = nvml->call.memory_info(nvml->device, &memory);
    if (code != SUCCESS)
        return failed(nvml, "nvmlDeviceGetMemoryInfo", code, err);
    *bytes = memory.used;
    return CVL_OK;
}

/* Returns the newest version that the library has, and the size of its entries. */
static int (*newest(const struct cvl_nvml *nvml, size_t *size))(void *, unsigned *, void *)
{
    *size = sizeof(struct process);
    if (nvml->call.processes_v3)
        return nvml->call.processes_v3;
    if (nvml->call.processes_v2)
        return nvml->call.processes_v2;
    *size = sizeof(struct process_v1);
    return nvml->call.processes_v1;
}

/* Lists the processes in a buffer that grows until they fit; the caller frees *list. */
static enum cvl_status list_processes(const struct cvl_nvml *nvml, char **list, unsigned *count,
                                      size_t *size, struct cvl_error *err)
{
    int (*ask)(void *, unsigned *, void *) = newest(nvml, size);
    unsigned room = 16;
    *list = NULL;
    if (!ask)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "%s: the library has no nvmlDeviceGetComputeRunningProcesses", area);
    for (int attempt = 0; attempt < 8 && room <= 65536; attempt++) {
        char *grown = realloc(*list, room * *size);
        if (!grown)
            return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", area);
        *list = grown;
        *count = room;
        int code = ask(nvml->device, count, *list);
        if (code == SUCCESS)
            return *count <= room
                       ? CVL_OK
                       : cvl_fail(err, CVL_FAILED,
                                  "%s: NVML returned more processes than requested", area);
        if (code != INSUFFICIENT_SIZE)
            return failed(nvml, "nvmlDeviceGetComputeRunningProcesses", code, err);
        room = *count > room ? *count + 8 : room * 2; /* more may start in the meantime */
    }
    return cvl_fail(err, CVL_FAILED, "%s: the list of processes keeps growing", area);
}

static void add(uint64_t *sum, unsigned long long bytes)
{
    if (bytes == ~0ull || *sum == CVL_ABSENT || __builtin_add_overflow(*sum, bytes, sum))
        *sum = CVL_ABSENT; /* one unknown figure makes the sum unknown */
}

enum cvl_status cvl_nvml_processes(const struct cvl_nvml *nvml, uint64_t *own_bytes,
                                   uint64_t *others_bytes, struct cvl_error *err)
{
    char *list = NULL;
    unsigned count = 0;
    size_t size = 0;
    bool listed = false;
    *own_bytes = *others_bytes = 0;
    enum cvl_status status = list_processes(nvml, &list, &count, &size, err);
    for (unsigned i = 0; status == CVL_OK && i < count; i++) {
        struct process_v1 entry; /* all versions start with these fields */
        memcpy(&entry, list + i * size, sizeof entry);
        const bool own = entry.pid == (unsigned)getpid();
        add(own ? own_bytes : others_bytes, entry.used);
        listed |= own;
    }
    if (!listed)
        *own_bytes = CVL_ABSENT;
    free(list);
    return status;
}

static bool lists_us(const struct cvl_nvml *nvml)
{
    char *list = NULL;
    unsigned count = 0;
    size_t size = 0;
    bool listed = false;
    if (list_processes(nvml, &list, &count, &size, NULL) == CVL_OK)
        for (unsigned i = 0; i < count; i++) {
            unsigned pid;
            memcpy(&pid, list + i * size, sizeof pid);
            listed |= pid == (unsigned)getpid();
        }
    free(list);
    return listed;
}

/* Several samples of one process are of different moments: its highest counts. */
static double add_up(const struct usage *samples, unsigned count)
{
    unsigned percent = 0;
    for (unsigned i = 0; i < count; i++) {
        bool is_highest = samples[i].pid != (unsigned)getpid();
        for (unsigned j = 0; j < count && is_highest; j++)
            is_highest = samples[j].pid != samples[i].pid ||
                         samples[j].sm_percent < samples[i].sm_percent ||
                         (samples[j].sm_percent == samples[i].sm_percent && j >= i);
        if (is_highest && samples[i].sm_percent <= 100)
            percent += samples[i].sm_percent;
    }
    return percent < 100 ? percent / 100.0 : 1.0;
}

enum cvl_status cvl_nvml_others_share(const struct cvl_nvml *nvml, double *share,
                                      struct cvl_error *err)
{
    enum { ROOM = 512 };
    struct usage samples[ROOM];
    struct timespec now = {0};
    unsigned count = ROOM;
    *share = 0.0;
    if (!nvml->call.usage || !lists_us(nvml))
        return cvl_fail(err, CVL_UNSUPPORTED, "%s: the use by each process is not known", area);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const unsigned long long now_us =
        (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;
    int code = nvml->call.usage(nvml->device, samples, &count, now_us - 1000000);
    if (code == NOT_FOUND) /* nobody used it */
        return CVL_OK;
    if (code != SUCCESS || count > ROOM)
        return failed(nvml, "nvmlDeviceGetProcessUtilization", code, err);
    *share = add_up(samples, count);
    return CVL_OK;
}
