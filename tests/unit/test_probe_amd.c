/* The probes of AMD's GPUs, on a tree of the kernel's files and a made-up extension. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <convlens/result.h>

#include "probes/probe.h"
#include "scratch.h"

extern const struct cvl_probe cvl_probe_amd_kfd, cvl_probe_amd_free;

static struct cvl_device_facts device = {
    .type = CVL_DEVICE_GPU, .vendor = "Advanced Micro Devices, Inc.", .pci = "0000:65:00.0"};
static struct cvl_error err;

static void put(const char *file, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "sys/class/kfd/kfd/%s", file);
    scratch_write(path, text);
}

static void put_process(const char *pid, const char *gpu, const char *text)
{
    char file[64];
    (void)snprintf(file, sizeof file, "proc/%s/vram_%s", pid, gpu);
    put(file, text);
}

static const char *self(void)
{
    static char text[24];
    (void)snprintf(text, sizeof text, "%ld", (long)getpid());
    return text;
}

/* A processor and two GPUs, at 65:00.0 and 0001:0a:02.3. The number of this process is part of the
 * tree. */
static void make_tree(void)
{
    scratch_make();
    put("topology/nodes/0/gpu_id", "0\n");
    put("topology/nodes/0/properties", "cpu_cores_count 32\nlocation_id 0\n");
    put("topology/nodes/1/gpu_id", "51243\n");
    put("topology/nodes/1/properties",
        "cpu_cores_count 0\nsimd_count 416\nvendor_id 4098\nlocation_id 25856\ndomain 0\n");
    put("topology/nodes/2/gpu_id", "7777\n");
    put("topology/nodes/2/properties", "vendor_id 4098\nlocation_id 2579\ndomain 1\n");
    put_process(self(), "51243", "104857600\n");
    put_process(self(), "7777", "4096\n");
    put_process("1", "51243", "1000\n");
    put_process("2", "51243", "2000\n");
    put_process("3", "7777", "5\n");
}

TestSuite(probe_amd_kfd, .timeout = 1200, .init = make_tree, .fini = scratch_remove);

static enum cvl_status read_kfd(struct cvl_probe_reading *out)
{
    const struct cvl_probe_context context = {.device = &device, .root = scratch_folder};
    void *state = NULL;
    memset(&err, 0, sizeof err);
    enum cvl_status status = cvl_probe_amd_kfd.open(&context, &state, &err);
    if (status != CVL_OK)
        return status;
    status = cvl_probe_amd_kfd.read(&context, state, out, &err);
    cvl_probe_amd_kfd.close(state);
    return status;
}

static void expect_refused(enum cvl_status status, const char *part)
{
    struct cvl_probe_reading reading;
    cr_assert_eq(read_kfd(&reading), status, "%s", err.text);
    cr_assert_not_null(strstr(err.text, part), "%s", err.text);
}

static void place(const char *pci)
{
    (void)snprintf(device.pci, sizeof device.pci, "%s", pci);
}

Test(probe_amd_kfd, own_and_others)
{
    struct cvl_probe_reading reading;
    cr_assert_eq(read_kfd(&reading), CVL_OK, "%s", err.text);
    cr_assert_eq(reading.bytes, 104857600);
    cr_assert_eq(reading.others_bytes, 3000);
    place("0001:0a:02.3");
    cr_assert_eq(read_kfd(&reading), CVL_OK, "%s", err.text);
    cr_assert_eq(reading.bytes, 4096);
    cr_assert_eq(reading.others_bytes, 5);
}

Test(probe_amd_kfd, which_device)
{
    place("0000:66:00.0");
    expect_refused(CVL_UNSUPPORTED, "0 GPUs at 0000:66:00.0");
    place("");
    expect_refused(CVL_UNSUPPORTED, "2 GPUs; OpenCL does not say which one this is");
    put("topology/nodes/2/gpu_id", "0\n");
    struct cvl_probe_reading reading;
    cr_assert_eq(read_kfd(&reading), CVL_OK, "%s", err.text);
    cr_assert_eq(reading.bytes, 104857600);
}

Test(probe_amd_kfd, odd_trees)
{
    struct cvl_probe_reading reading;
    put("topology/nodes/3/gpu_id", "garbage\x1b\n"); /* a node that says nothing */
    put("topology/nodes/4/gpu_id", "99\n");          /* without properties */
    put_process("4", "51243", "\xff\xfe");           /* another process: passed over */
    put_process("5", "51243", "");
    cr_assert_eq(read_kfd(&reading), CVL_OK, "%s", err.text);
    cr_assert_eq(reading.others_bytes, 3000);
    put_process(self(), "51243", "-5\n");
    expect_refused(CVL_FAILED, "got \"-5\\x0a\", expected a number");
    put_process(self(), "51243", "");
    expect_refused(CVL_FAILED, "got \"\"");
    put_process(self(), "51243", "18446744073709551616\n");
    expect_refused(CVL_FAILED, "18446744073709551616");
    put_process(self(), "51243", "18446744073709551615\n");
    cr_assert_eq(read_kfd(&reading), CVL_OK, "%s", err.text);
    cr_assert_eq(reading.bytes, UINT64_MAX);
    put_process("6", "51243", "18446744073709551615\n");
    expect_refused(CVL_FAILED, "more than 2^64 bytes");
}

Test(probe_amd_kfd, properties_without_a_place)
{
    put("topology/nodes/1/properties", "vendor_id 4098\nlocation_id \n");
    expect_refused(CVL_UNSUPPORTED, "0 GPUs at");
    put("topology/nodes/1/properties", "location_id 25856\n"); /* no domain: 0 */
    struct cvl_probe_reading reading;
    cr_assert_eq(read_kfd(&reading), CVL_OK, "%s", err.text);
}

Test(probe_amd_kfd, not_this_process)
{
    char name[64];
    (void)snprintf(name, sizeof name, "sys/class/kfd/kfd/proc/%s/vram_51243", self());
    cr_assert_eq(unlink(scratch_path(name)), 0);
    expect_refused(CVL_UNSUPPORTED, "No such file");
    (void)snprintf(name, sizeof name, "sys/class/kfd/kfd/proc/%s/vram_7777", self());
    cr_assert_eq(unlink(scratch_path(name)), 0);
    (void)snprintf(name, sizeof name, "sys/class/kfd/kfd/proc/%s", self());
    cr_assert_eq(rmdir(scratch_path(name)), 0);
    expect_refused(CVL_UNSUPPORTED, "no entry for process");
}

Test(probe_amd, no_driver, .init = scratch_make, .fini = scratch_remove)
{
    expect_refused(CVL_UNSUPPORTED, "/sys/class/kfd/kfd/topology/nodes: No such file");
}

Test(probe_amd, answers_for_amd_gpus)
{
    cr_expect(cvl_probe_amd_kfd.answers(&device));
    cr_expect(cvl_probe_amd_free.answers(&device));
    const struct cvl_device_facts cpu = {.type = CVL_DEVICE_CPU, .vendor = "AuthenticAMD"};
    cr_expect_not(cvl_probe_amd_kfd.answers(&cpu));
    cr_expect_not(cvl_probe_amd_free.answers(&cpu));
}

/* What the driver says is free, one answer after the other. */
static uint64_t free_bytes;
static bool is_told = true;

static bool tell_free(const void *user, uint64_t *bytes)
{
    cr_assert_eq(user, &device);
    *bytes = free_bytes;
    return is_told;
}

static void *open_free(const struct cvl_probe_context *context)
{
    void *state = NULL;
    cr_assert_eq(cvl_probe_amd_free.open(context, &state, &err), CVL_OK, "%s", err.text);
    return state;
}

static uint64_t used(const struct cvl_probe_context *context, void *state)
{
    struct cvl_probe_reading reading;
    cr_assert_eq(cvl_probe_amd_free.read(context, state, &reading, &err), CVL_OK);
    cr_assert_eq(reading.others_bytes, CVL_ABSENT);
    return reading.bytes;
}

Test(probe_amd_free, what_is_not_free)
{
    const struct cvl_probe_context context = {
        .device = &device, .root = "", .free_bytes = tell_free, .user = &device};
    device.memory_bytes = 1000;
    free_bytes = 900;
    void *state = open_free(&context);
    cr_assert_eq(used(&context, state), 100);
    free_bytes = 400;
    cr_assert_eq(used(&context, state), 600);
    free_bytes = 5000; /* more than there is */
    cr_assert_eq(used(&context, state), 0);
    is_told = false;
    struct cvl_probe_reading reading;
    cr_assert_eq(cvl_probe_amd_free.read(&context, state, &reading, &err), CVL_UNSUPPORTED);
    cvl_probe_amd_free.close(state);
}

/* A device whose global memory is said to be less than what is free: differences still show. */
Test(probe_amd_free, more_free_than_the_device_has)
{
    const struct cvl_probe_context context = {
        .device = &device, .root = "", .free_bytes = tell_free, .user = &device};
    device.memory_bytes = 1000;
    free_bytes = 2000;
    void *state = open_free(&context);
    cr_assert_eq(used(&context, state), 0);
    free_bytes = 1700;
    cr_assert_eq(used(&context, state), 300);
    cvl_probe_amd_free.close(state);
}

Test(probe_amd_free, a_driver_without_the_query)
{
    struct cvl_probe_context context = {.device = &device, .root = ""};
    void *state = NULL;
    cr_assert_eq(cvl_probe_amd_free.open(&context, &state, &err), CVL_UNSUPPORTED);
    cr_assert_not_null(strstr(err.text, "CL_DEVICE_GLOBAL_FREE_MEMORY_AMD"), "%s", err.text);
    is_told = false;
    context.free_bytes = tell_free;
    context.user = &device;
    cr_assert_eq(cvl_probe_amd_free.open(&context, &state, &err), CVL_UNSUPPORTED);
}
