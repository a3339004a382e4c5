/* stubs: stub_level_zero stub_level_zero_old */
#include <criterion/criterion.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/result.h>

#include "probes/probe.h"
#include "scratch.h"
#include "stub_level_zero.h"

TestSuite(probe_level_zero, .timeout = 1200);

extern const struct cvl_probe cvl_probe_level_zero;

static struct cvl_device_facts device = {
    .type = CVL_DEVICE_GPU, .vendor = "Intel(R) Corporation", .pci = "0000:03:00.0"};
static struct cvl_error err;
static char library[512];
static struct stub_level_zero *stub;

/* Two devices; the first has two modules. */
static void load(const char *name)
{
    (void)snprintf(library, sizeof library, "%s/%s.so", CONVLENS_STUB_DIR, name);
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(handle, "%s", dlerror());
    stub = dlsym(handle, "stub_level_zero");
    *stub = (struct stub_level_zero){.device_count = 2,
                                     .module_count = 2,
                                     .modules = {{700, 1000}, {1500, 2000}, {0, 0}, {1, 100}}};
    (void)unsetenv("ZES_ENABLE_SYSMAN");
}

static enum cvl_status read_probe(uint64_t *bytes)
{
    const struct cvl_probe_context context = {.device = &device, .root = "", .library = library};
    struct cvl_probe_reading reading = {0, 0};
    void *state = NULL;
    memset(&err, 0, sizeof err);
    enum cvl_status status = cvl_probe_level_zero.open(&context, &state, &err);
    if (status != CVL_OK)
        return status;
    status = cvl_probe_level_zero.read(&context, state, &reading, &err);
    cr_assert(status != CVL_OK || reading.others_bytes == CVL_ABSENT);
    *bytes = reading.bytes;
    cvl_probe_level_zero.close(state);
    return status;
}

static void expect(uint64_t expected)
{
    uint64_t bytes = 0;
    cr_assert_eq(read_probe(&bytes), CVL_OK, "%s", err.text);
    cr_assert_eq(bytes, expected);
}

static void expect_refused(enum cvl_status status, const char *part)
{
    uint64_t bytes;
    cr_assert_eq(read_probe(&bytes), status, "%s", err.text);
    cr_assert_not_null(strstr(err.text, part), "%s", err.text);
}

Test(probe_level_zero, sum_of_modules)
{
    load("stub_level_zero");
    expect(300 + 500);
    cr_assert_eq(stub->inits, 1);
    (void)snprintf(device.pci, sizeof device.pci, "0000:04:00.0");
    expect(99);
}

Test(probe_level_zero, the_only_device)
{
    load("stub_level_zero");
    device.pci[0] = '\0';
    expect_refused(CVL_UNSUPPORTED, "2 devices; OpenCL does not say which one this is");
    stub->device_count = 1;
    expect(800);
    stub->device_count = 0;
    expect_refused(CVL_UNSUPPORTED, "0 devices");
}

Test(probe_level_zero, an_old_loader)
{
    load("stub_level_zero_old");
    expect_refused(CVL_UNSUPPORTED, "needs ZES_ENABLE_SYSMAN=1");
    cr_assert_eq(stub->inits, 0);
    (void)setenv("ZES_ENABLE_SYSMAN", "1", 1);
    expect(800);
    cr_assert_eq(stub->inits, 1);
}

Test(probe_level_zero, an_integrated_device)
{
    load("stub_level_zero");
    stub->module_count = 0;
    expect_refused(CVL_UNSUPPORTED, "0 memory modules: the device uses the host's memory");
    stub->module_count = 65;
    expect_refused(CVL_UNSUPPORTED, "65 memory modules");
}

Test(probe_level_zero, errors_of_the_library)
{
    load("stub_level_zero");
    stub->state_code = 0x78000003;
    expect_refused(CVL_UNSUPPORTED, "zesMemoryGetState: error 0x78000003");
    stub->module_code = 0x70010000;
    expect_refused(CVL_UNSUPPORTED, "zesDeviceEnumMemoryModules: error 0x70010000");
    stub->pci_code = 1;
    expect_refused(CVL_UNSUPPORTED, "0 devices at 0000:03:00.0");
    stub->driver_code = 2;
    expect_refused(CVL_UNSUPPORTED, "zesDriverGet: error 0x2");
    stub->init_code = 0x78000001;
    expect_refused(CVL_UNSUPPORTED, "zesInit: error 0x78000001");
}

Test(probe_level_zero, impossible_figures)
{
    load("stub_level_zero");
    stub->modules[1].free = 2001;
    expect_refused(CVL_FAILED, "module 1: 2001 bytes free of 2000");
    stub->modules[0].free = stub->modules[1].free = 0;
    stub->modules[0].size = stub->modules[1].size = UINT64_MAX;
    expect_refused(CVL_FAILED, "module 1");
}

Test(probe_level_zero, no_library, .init = scratch_make, .fini = scratch_remove)
{
    load("stub_level_zero");
    (void)snprintf(library, sizeof library, "%s", scratch_path("libze_loader.so.1"));
    expect_refused(CVL_UNSUPPORTED, scratch_path("libze_loader.so.1"));
    (void)snprintf(library, sizeof library, "libm.so.6");
    expect_refused(CVL_UNSUPPORTED, "libm.so.6 has no zesDevicePciGetProperties");
}

Test(probe_level_zero, answers_for_intel_gpus)
{
    cr_expect(cvl_probe_level_zero.answers(&device));
    device.type = CVL_DEVICE_CPU;
    cr_expect_not(cvl_probe_level_zero.answers(&device));
}
