#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <convlens/result.h>

#include "probes/probe.h"
#include "probes/probe_pci.h"

TestSuite(probe_drm_fdinfo, .timeout = 1200);

extern const struct cvl_probe cvl_probe_drm_fdinfo;

enum { KIB = 1024, MIB = 1024 * 1024 };

/* A tree of tests/trees, a device's place on the PCI bus, and what is to be read. */
static const struct reading {
    const char *tree, *pci;
    enum cvl_status status;
    uint64_t bytes;
    const char *part; /* of the reason */
} readings[] = {
    /* a copy of an open file counts once, two clients count both, another device's does not */
    {"amdgpu", "0000:03:00.0", CVL_OK, (51200 + 2048 + 4096 + 2048) * KIB, ""},
    {"amdgpu", "0000:43:00.0", CVL_OK, (1024 + 2048) * KIB, ""},
    {"amdgpu", "0000:44:00.0", CVL_UNSUPPORTED, 0, "at 0000:44:00.0 reports memory"},
    {"amdgpu", "", CVL_UNSUPPORTED, 0, "several DRM devices are open"},
    {"amdgpu", "pci", CVL_BAD_INPUT, 0, "not a PCI address"},
    {"amdgpu_alias", "0000:03:00.0", CVL_OK, (12288 + 512) * KIB, ""},
    {"amdgpu_alias", "", CVL_OK, (12288 + 512) * KIB, ""},
    {"i915", "0000:00:02.0", CVL_OK, 8 * MIB, ""},
    {"xe", "0000:00:02.0", CVL_OK, (192 + 23992) * KIB, ""}, /* cycles are no memory */
    {"msm", "", CVL_OK, 3072 * KIB, ""},
    {"msm", "0000:00:02.0", CVL_UNSUPPORTED, 0, "0000:00:02.0"},
    {"panthor", "", CVL_OK, 16480 * KIB, ""},
    {"no_units", "0000:03:00.0", CVL_OK, 1234567, ""},
    {"total_only", "0000:03:00.0", CVL_OK, 100 * KIB + 7, ""},
    {"no_memory", "0000:03:00.0", CVL_UNSUPPORTED, 0, "reports memory"},
    {"no_memory", "", CVL_UNSUPPORTED, 0, "no open file of a DRM driver"},
    {"no_drm", "0000:03:00.0", CVL_UNSUPPORTED, 0, "reports memory"},
    {"no_driver", "0000:03:00.0", CVL_UNSUPPORTED, 0, "reports memory"},
    {"no_client_id", "0000:03:00.0", CVL_OK, 64 * KIB, ""},
    {"two_devices", "0000:43:00.0", CVL_OK, 32 * KIB, ""},
    {"two_devices", "", CVL_UNSUPPORTED, 0, "several DRM devices"},
    {"bad_unit", "0000:03:00.0", CVL_FAILED, 0, "got \"12 GiB\", expected a number and KiB"},
    {"bad_number", "0000:03:00.0", CVL_FAILED, 0, "drm-resident-\\x1b[31m: got \"-12\\x1b KiB\""},
    {"no_number", "0000:03:00.0", CVL_FAILED, 0, "got \"\""},
    {"huge_number", "0000:03:00.0", CVL_FAILED, 0, "99999999999999999999 KiB"},
    {"huge_product", "0000:03:00.0", CVL_FAILED, 0, "18014398509481984 KiB"},
    {"most", "0000:03:00.0", CVL_OK, UINT64_MAX - 1023, ""},
    {"huge_sum", "0000:03:00.0", CVL_FAILED, 0, "more than 2^64 bytes"},
    {"many_regions", "0000:03:00.0", CVL_FAILED, 0, "more than 16 regions"},
    {"garbage", "0000:03:00.0", CVL_OK, 8 * KIB, ""},
    {"nonexistent", "0000:03:00.0", CVL_UNSUPPORTED, 0, "No such file"},
};

Test(probe_drm_fdinfo, recorded_trees)
{
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        const struct reading *r = &readings[i];
        char root[512];
        struct cvl_device_facts device = {.type = CVL_DEVICE_GPU};
        (void)snprintf(root, sizeof root, "%s/tests/trees/%s", CONVLENS_SOURCE_DIR, r->tree);
        (void)snprintf(device.pci, sizeof device.pci, "%s", r->pci);
        const struct cvl_probe_context context = {.device = &device, .root = root};
        struct cvl_probe_reading reading = {.bytes = 0};
        struct cvl_error err = {0};
        enum cvl_status status = cvl_probe_drm_fdinfo.read(&context, NULL, &reading, &err);
        cr_expect_eq(status, r->status, "%s %s: %s", r->tree, r->pci, err.text);
        cr_expect_eq(reading.bytes, r->bytes, "%s %s: %llu", r->tree, r->pci,
                     (unsigned long long)reading.bytes);
        if (r->status != CVL_OK)
            cr_expect_not_null(strstr(err.text, r->part), "%s %s: %s", r->tree, r->pci, err.text);
        else
            cr_expect_eq(reading.others_bytes, CVL_ABSENT);
    }
}

/* On this machine: there may be none, but the answer is one or the other. */
Test(probe_drm_fdinfo, live_process)
{
    const struct cvl_device_facts device = {.type = CVL_DEVICE_GPU};
    const struct cvl_probe_context context = {.device = &device, .root = ""};
    struct cvl_probe_reading reading;
    struct cvl_error err = {0};
    enum cvl_status status = cvl_probe_drm_fdinfo.read(&context, NULL, &reading, &err);
    cr_assert(status == CVL_OK || status == CVL_UNSUPPORTED, "%s", err.text);
}

static bool answers(enum cvl_device_type type, const char *vendor, const char *platform)
{
    struct cvl_device_facts device = {.type = type};
    (void)snprintf(device.vendor, sizeof device.vendor, "%s", vendor);
    (void)snprintf(device.platform, sizeof device.platform, "%s", platform);
    return cvl_probe_drm_fdinfo.answers(&device);
}

Test(probe_drm_fdinfo, answers_for_gpus_with_such_a_driver)
{
    cr_expect(answers(CVL_DEVICE_GPU, "AMD", "rusticl"));
    cr_expect(answers(CVL_DEVICE_GPU, "Intel(R) Corporation", "Intel(R) OpenCL Graphics"));
    cr_expect(answers(CVL_DEVICE_GPU, "ARM", "ARM Platform"));
    cr_expect(answers(CVL_DEVICE_GPU, "NVIDIA", "rusticl"));
    cr_expect_not(answers(CVL_DEVICE_GPU, "NVIDIA Corporation", "NVIDIA CUDA"));
    cr_expect_not(answers(CVL_DEVICE_CPU, "AuthenticAMD", "Portable Computing Language"));
}

Test(probe_drm_fdinfo, places_on_the_bus)
{
    static const char *const wrong[] = {"",
                                        "0000:03:00",
                                        "03:00.0",
                                        "0000:03:00.0 ",
                                        " 0000:03:00.0",
                                        "0000:03:00.8",
                                        "0000:03:20.0",
                                        "0000:100:00.0",
                                        "100000000:00:00.0",
                                        "-1:03:00.0",
                                        "0000::00.0",
                                        "0000:03:00.0.0"};
    struct cvl_pci a, b;
    cr_assert(cvl_pci_parse("0000:3f:1f.7", &a));
    cr_assert(cvl_pci_parse("00000000:3F:1F.7", &b));
    cr_assert(cvl_pci_equal(&a, &b));
    cr_assert_eq(a.bus, 0x3f);
    cr_assert(cvl_pci_parse("0001:3f:1f.7", &b));
    cr_assert_not(cvl_pci_equal(&a, &b));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_not(cvl_pci_parse(wrong[i], &a), "'%s'", wrong[i]);
}
