/* The probes of ARM's GPUs, on a tree of the kernel's files. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <convlens/result.h>

#include "probes/probe.h"
#include "scratch.h"

extern const struct cvl_probe cvl_probe_mali_process, cvl_probe_mali_device;

static const struct cvl_device_facts device = {.type = CVL_DEVICE_GPU, .name = "Mali-G78 r1p1"};
static struct cvl_error err;

TestSuite(probe_mali, .timeout = 1200, .init = scratch_make, .fini = scratch_remove);

static void put_own(const char *text)
{
    char file[128];
    (void)snprintf(file, sizeof file, "sys/class/misc/mali0/device/kprcs/%ld/total_gpu_mem",
                   (long)getpid());
    scratch_write(file, text);
}

static enum cvl_status read_probe(const struct cvl_probe *probe, uint64_t *bytes)
{
    const struct cvl_probe_context context = {.device = &device, .root = scratch_folder};
    struct cvl_probe_reading reading = {0};
    memset(&err, 0, sizeof err);
    enum cvl_status status = probe->read(&context, NULL, &reading, &err);
    *bytes = reading.bytes;
    return status;
}

static void expect_refused(const struct cvl_probe *probe, enum cvl_status status, const char *part)
{
    uint64_t bytes;
    cr_assert_eq(read_probe(probe, &bytes), status, "%s", err.text);
    cr_assert_not_null(strstr(err.text, part), "%s", err.text);
}

Test(probe_mali, process)
{
    uint64_t bytes;
    expect_refused(&cvl_probe_mali_process, CVL_UNSUPPORTED, "No such file");
    put_own("1228800\n");
    cr_assert_eq(read_probe(&cvl_probe_mali_process, &bytes), CVL_OK, "%s", err.text);
    cr_assert_eq(bytes, 1228800);
    put_own("12 pages\n");
    expect_refused(&cvl_probe_mali_process, CVL_FAILED, "got \"12 pages\\x0a\"");
}

Test(probe_mali, device)
{
    uint64_t bytes;
    expect_refused(&cvl_probe_mali_device, CVL_UNSUPPORTED, "No such file");
    scratch_write("sys/kernel/debug/mali0/gpu_memory",
                  "mali0                  6221\n  kctx-0x00000000a1b2c3d4       5000\n"
                  "  kctx-0x00000000a1b2c3d5       1221\n");
    cr_assert_eq(read_probe(&cvl_probe_mali_device, &bytes), CVL_OK, "%s", err.text);
    cr_assert_eq(bytes, 6221 * 4096);
    scratch_write("sys/kernel/debug/mali0/gpu_memory", "mali01 7\nmali1 7\n");
    expect_refused(&cvl_probe_mali_device, CVL_UNSUPPORTED, "no mali0 line");
    scratch_write("sys/kernel/debug/mali0/gpu_memory", "mali0 \x1b[31m\n");
    expect_refused(&cvl_probe_mali_device, CVL_FAILED,
                   "got \" \\x1b[31m\", expected a number of pages");
    scratch_write("sys/kernel/debug/mali0/gpu_memory", "mali0 4503599627370496\n"); /* 2^52 pages */
    expect_refused(&cvl_probe_mali_device, CVL_FAILED, "expected a number of pages");
    scratch_write("sys/kernel/debug/mali0/gpu_memory", "");
    expect_refused(&cvl_probe_mali_device, CVL_UNSUPPORTED, "no mali0 line");
}

Test(probe_mali, answers_for_mali_gpus)
{
    cr_expect(cvl_probe_mali_process.answers(&device));
    cr_expect(cvl_probe_mali_device.answers(&device));
    const struct cvl_device_facts other = {.type = CVL_DEVICE_GPU, .name = "Adreno 640"};
    cr_expect_not(cvl_probe_mali_process.answers(&other));
    cr_expect_not(cvl_probe_mali_device.answers(&other));
}
