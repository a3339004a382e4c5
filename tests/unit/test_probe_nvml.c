/* stubs: stub_nvml stub_nvml_old */
#include <criterion/criterion.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <convlens/result.h>

#include "probes/probe.h"
#include "scratch.h"
#include "stub_nvml.h"

TestSuite(probe_nvml, .timeout = 1200);

extern const struct cvl_probe cvl_probe_nvml_process, cvl_probe_nvml_device;

enum { MIB = 1 << 20 };

static struct cvl_device_facts device = {.type = CVL_DEVICE_GPU,
                                         .vendor = "NVIDIA Corporation",
                                         .platform = "NVIDIA CUDA",
                                         .pci = "0000:65:00.0"};
static struct cvl_error err;
static char library[512];
static struct stub_nvml *stub;

/* A machine with one device, on which this process and two others compute. */
static void load(const char *name)
{
    (void)snprintf(library, sizeof library, "%s/%s.so", CONVLENS_STUB_DIR, name);
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(handle, "%s", dlerror());
    stub = dlsym(handle, "stub_nvml");
    *stub = (struct stub_nvml){
        .device_count = 1,
        .pci = "0000:65:00.0",
        .used = 900ull * MIB,
        .process_count = 3,
        .processes = {{1, 100ull * MIB}, {(unsigned)getpid(), 300ull * MIB}, {2, 50ull * MIB}}};
}

static enum cvl_status read_probe(const struct cvl_probe *probe, struct cvl_probe_reading *out)
{
    const struct cvl_probe_context context = {.device = &device, .root = "", .library = library};
    void *state = NULL;
    memset(&err, 0, sizeof err);
    *out = (struct cvl_probe_reading){0, CVL_ABSENT};
    enum cvl_status status = probe->open(&context, &state, &err);
    if (status != CVL_OK)
        return status;
    status = probe->read(&context, state, out, &err);
    probe->close(state);
    cr_assert_eq(stub->init_balance, 0, "shut down as often as initialised");
    return status;
}

static void expect(const struct cvl_probe *probe, uint64_t bytes, uint64_t others_bytes)
{
    struct cvl_probe_reading reading;
    cr_assert_eq(read_probe(probe, &reading), CVL_OK, "%s", err.text);
    cr_assert_eq(reading.bytes, bytes);
    cr_assert_eq(reading.others_bytes, others_bytes);
}

static void expect_refused(const struct cvl_probe *probe, const char *part)
{
    struct cvl_probe_reading reading;
    cr_assert_eq(read_probe(probe, &reading), CVL_UNSUPPORTED, "%s", err.text);
    cr_assert_not_null(strstr(err.text, part), "%s", err.text);
    cr_assert_eq(stub->init_balance, 0);
}

static void expect_both(void)
{
    expect(&cvl_probe_nvml_process, 300ull * MIB, 150ull * MIB);
    expect(&cvl_probe_nvml_device, 900ull * MIB, 150ull * MIB);
}

Test(probe_nvml, process_and_device)
{
    load("stub_nvml");
    expect_both();
    device.pci[0] = '\0'; /* OpenCL does not say: the only device */
    expect_both();
}

/* The first version of the list has smaller entries. */
Test(probe_nvml, an_old_library)
{
    load("stub_nvml_old");
    expect_both();
}

Test(probe_nvml, more_processes_than_expected)
{
    load("stub_nvml");
    stub->process_count = STUB_NVML_PROCESSES;
    for (unsigned i = 3; i < STUB_NVML_PROCESSES; i++) {
        stub->processes[i].pid = i;
        stub->processes[i].used = MIB;
    }
    expect(&cvl_probe_nvml_process, 300ull * MIB, (150ull + STUB_NVML_PROCESSES - 3) * MIB);
    stub->processes[40].pid = (unsigned)getpid(); /* listed twice, as with two contexts */
    expect(&cvl_probe_nvml_process, 301ull * MIB, (150ull + STUB_NVML_PROCESSES - 4) * MIB);
}

Test(probe_nvml, not_listed)
{
    load("stub_nvml");
    stub->processes[1].pid = 3;
    expect_refused(&cvl_probe_nvml_process, "not listed");
    expect(&cvl_probe_nvml_device, 900ull * MIB, CVL_ABSENT);
    stub->process_count = 0;
    expect_refused(&cvl_probe_nvml_process, "not listed");
}

Test(probe_nvml, figures_that_are_not_available)
{
    load("stub_nvml");
    stub->processes[0].used = ~0ull;
    expect(&cvl_probe_nvml_process, 300ull * MIB, CVL_ABSENT);
    stub->processes[1].used = ~0ull;
    expect_refused(&cvl_probe_nvml_process, "not listed with its memory");
    stub->processes[1].used = 0;
    stub->processes[0].used = stub->processes[2].used = ~0ull - 1;
    expect(&cvl_probe_nvml_process, 0, CVL_ABSENT); /* more than 2^64 */
}

Test(probe_nvml, errors_of_the_library)
{
    load("stub_nvml");
    stub->init_code = 9;
    expect_refused(&cvl_probe_nvml_device, "nvmlInit: Driver Not Loaded (9)");
    stub->init_code = 0;
    stub->memory_code = 999; /* of which it has no text */
    expect_refused(&cvl_probe_nvml_device, "nvmlDeviceGetMemoryInfo: unknown error (999)");
    stub->process_code = 3;
    expect_refused(&cvl_probe_nvml_process, "nvmlDeviceGetComputeRunningProcesses");
    stub->memory_code = 0; /* without a list nothing is known of others */
    expect(&cvl_probe_nvml_device, 900ull * MIB, CVL_ABSENT);
}

Test(probe_nvml, which_device)
{
    load("stub_nvml");
    (void)snprintf(device.pci, sizeof device.pci, "0000:66:00.0");
    expect_refused(&cvl_probe_nvml_device, "0000:66:00.0: Not Found\\x1b (6)");
    device.pci[0] = '\0';
    stub->device_count = 2;
    expect_refused(&cvl_probe_nvml_device, "2 devices; OpenCL does not say which one");
    stub->device_count = 0;
    expect_refused(&cvl_probe_nvml_device, "0 devices");
}

Test(probe_nvml, no_library, .init = scratch_make, .fini = scratch_remove)
{
    load("stub_nvml");
    (void)snprintf(library, sizeof library, "%s", scratch_path("\x1blibnvidia-ml.so.1"));
    expect_refused(&cvl_probe_nvml_device, "/\\x1blibnvidia-ml.so.1");
    (void)snprintf(library, sizeof library, "libm.so.6");
    expect_refused(&cvl_probe_nvml_device, "libm.so.6 has no nvmlInit_v2");
}

Test(probe_nvml, answers_for_nvidia_under_its_own_driver)
{
    cr_expect(cvl_probe_nvml_process.answers(&device));
    (void)snprintf(device.platform, sizeof device.platform, "rusticl");
    cr_expect_not(cvl_probe_nvml_process.answers(&device));
    const struct cvl_device_facts other = {.type = CVL_DEVICE_GPU, .vendor = "AMD"};
    cr_expect_not(cvl_probe_nvml_device.answers(&other));
}
