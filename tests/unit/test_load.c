/* stubs: stub_nvml stub_nvml_old */
/* How much of a device others use: made-up /proc and /sys, a made-up NVML. No processor of this
 * machine is asked. */
#include <criterion/criterion.h>

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probes/load.h"
#include "scratch.h"
#include "stub_nvml.h"

TestSuite(load, .timeout = 1200, .fini = scratch_remove);

static struct cvl_device_facts cpu = {.type = CVL_DEVICE_CPU};
static struct cvl_device_facts amd = {
    .type = CVL_DEVICE_GPU, .vendor = "Advanced Micro Devices, Inc.", .pci = "0000:03:00.0"};
static struct cvl_device_facts nvidia = {.type = CVL_DEVICE_GPU,
                                         .vendor = "NVIDIA Corporation",
                                         .platform = "NVIDIA CUDA",
                                         .pci = "0000:65:00.0"};
static struct cvl_error err;

static enum cvl_status read_source(const struct cvl_device_facts *device, const char *library,
                                   double at_s, double own_s, struct cvl_load_reading *out)
{
    const struct cvl_probe_context context = {
        .device = device, .root = scratch_folder, .library = library};
    const struct cvl_load_source *source = cvl_load_source_find(device);
    void *state = NULL;
    cr_assert_not_null(source);
    memset(&err, 0, sizeof err);
    *out = (struct cvl_load_reading){.share = (double)NAN};
    enum cvl_status status = source->open ? source->open(&context, &state, &err) : CVL_OK;
    if (status != CVL_OK)
        return status;
    status = source->read(&context, state, at_s, own_s, out, &err);
    out->at_s = at_s;
    if (source->close)
        source->close(state);
    return status;
}

static struct cvl_load_reading read_processors(double at_s, double own_s)
{
    struct cvl_load_reading reading;
    cr_assert_eq(read_source(&cpu, NULL, at_s, own_s, &reading), CVL_OK, "%s", err.text);
    return reading;
}

/* Two processors that were idle and waiting for that long, in hundredths of a second. */
static void write_stat(unsigned idle0, unsigned wait0, unsigned idle1, unsigned steal1)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "cpu  11 22 33 %u %u 0 5 %u 0 0\n"
                   "cpu0 11 22 33 %u %u 0 5 0 0 0\n"
                   "cpu1 11 22 33 %u 0 0 5 %u 0 0\n"
                   "intr 5 6 7\nctxt 99\n",
                   idle0 + idle1, wait0, steal1, idle0, wait0, idle1, steal1);
    scratch_write("proc/stat", text);
}

static void write_allowed(const char *list)
{
    char text[256];
    (void)snprintf(text, sizeof text, "Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t%s\n", list);
    scratch_write("proc/self/status", text);
}

/* A second of two processors: 0.7 idle, 0.1 waiting for a disk, 0.4 of our own: 0.8 of others. */
Test(load, of_processors_is_what_is_neither_idle_nor_ours)
{
    scratch_make();
    write_allowed("0-1");
    write_stat(1000, 50, 2000, 0);
    const struct cvl_load_reading begin = read_processors(100.0, 7.0);
    write_stat(1030, 60, 2040, 0);
    const struct cvl_load_reading end = read_processors(101.0, 7.4);
    struct cvl_load_figure figure = cvl_load_between(&begin, &end);
    char doubt[64];
    cr_expect_float_eq(figure.load, 0.8, 1e-9, "%g", figure.load);
    cr_expect_eq(figure.processors, 2);
    cvl_load_doubt(&figure, doubt, sizeof doubt);
    cr_expect_str_eq(doubt, "other processes used 0.8 of 2 processors");
}

Test(load, a_quiet_machine_gives_no_doubt)
{
    scratch_make();
    write_allowed("0-1");
    write_stat(1000, 0, 2000, 0);
    const struct cvl_load_reading begin = read_processors(100.0, 7.0);
    write_stat(1050, 0, 2050, 0);
    const struct cvl_load_reading end = read_processors(101.0, 8.02); /* rounded against us */
    const struct cvl_load_figure figure = cvl_load_between(&begin, &end);
    char doubt[64] = "x";
    cr_expect_eq(figure.load, 0.0, "never below");
    cvl_load_doubt(&figure, doubt, sizeof doubt);
    cr_expect_str_empty(doubt);
}

/* Nothing of others, but a hypervisor took a fifth of a processor. */
Test(load, what_a_hypervisor_took_counts)
{
    scratch_make();
    write_allowed("0-1");
    write_stat(1000, 0, 2000, 10);
    const struct cvl_load_reading begin = read_processors(100.0, 7.0);
    write_stat(1050, 0, 2050, 30);
    const struct cvl_load_reading end = read_processors(101.0, 8.0);
    cr_expect_float_eq(cvl_load_between(&begin, &end).load, 0.2, 1e-9);
}

/* We may run on the second one only, which is idle; the first is busy. */
Test(load, processors_that_are_not_ours_do_not_count)
{
    scratch_make();
    write_allowed("1,3-4");
    write_stat(1000, 0, 2000, 0);
    const struct cvl_load_reading begin = read_processors(100.0, 7.0);
    write_stat(1000, 0, 2100, 0);
    const struct cvl_load_reading end = read_processors(101.0, 7.0);
    const struct cvl_load_figure figure = cvl_load_between(&begin, &end);
    cr_expect_eq(figure.processors, 1);
    cr_expect_float_eq(figure.load, 0.0, 1e-9);
}

/* In a tenth of a second the rounding of /proc/stat alone is a fifth of a processor. */
Test(load, of_a_short_window_or_of_other_processors_is_unknown)
{
    scratch_make();
    write_allowed("0-1");
    write_stat(1000, 0, 2000, 0);
    const struct cvl_load_reading begin = read_processors(100.0, 7.0);
    const struct cvl_load_reading soon = read_processors(100.1, 7.0);
    cr_expect(isnan(cvl_load_between(&begin, &soon).load));
    write_allowed("0");
    const struct cvl_load_reading fewer = read_processors(101.0, 7.0);
    const struct cvl_load_figure figure = cvl_load_between(&begin, &fewer);
    char doubt[64] = "x";
    cr_expect(isnan(figure.load));
    cvl_load_doubt(&figure, doubt, sizeof doubt);
    cr_expect_str_empty(doubt, "what is unknown is no doubt");
}

Test(load, files_that_make_no_sense_are_refused)
{
    static const char *const texts[] = {"", "cpu\ncpu0\n", "cpu0 1 2\n", "cpuX y z\n",
                                        "cpu  0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\n"};
    struct cvl_load_reading reading;
    scratch_make();
    cr_expect_eq(read_source(&cpu, NULL, 1.0, 0.0, &reading), CVL_UNSUPPORTED, "no files");
    write_allowed("\x1b[31m7-");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        scratch_write("proc/stat", texts[i]);
        cr_expect_neq(read_source(&cpu, NULL, 1.0, 0.0, &reading), CVL_OK, "%zu", i);
        cr_expect_str_not_empty(err.text);
    }
}

Test(load, of_an_amd_gpu_is_what_its_driver_says)
{
    struct cvl_load_reading begin, end;
    scratch_make();
    scratch_write("sys/bus/pci/devices/0000:03:00.0/gpu_busy_percent", "73\n");
    cr_assert_eq(read_source(&amd, NULL, 1.0, 0.0, &begin), CVL_OK, "%s", err.text);
    scratch_write("sys/bus/pci/devices/0000:03:00.0/gpu_busy_percent", "35\n");
    cr_assert_eq(read_source(&amd, NULL, 2.0, 0.0, &end), CVL_OK, "%s", err.text);
    const struct cvl_load_figure figure = cvl_load_between(&begin, &end);
    char doubt[64];
    cr_expect_float_eq(figure.load, 0.35, 1e-9, "the lower: ours may be in the other");
    cvl_load_doubt(&figure, doubt, sizeof doubt);
    cr_expect_str_eq(doubt, "other processes used 35 % of the device");
    scratch_write("sys/bus/pci/devices/0000:03:00.0/gpu_busy_percent", "101");
    cr_expect_eq(read_source(&amd, NULL, 1.0, 0.0, &begin), CVL_FAILED);
    scratch_write("sys/bus/pci/devices/0000:03:00.0/gpu_busy_percent", "none");
    cr_expect_eq(read_source(&amd, NULL, 1.0, 0.0, &begin), CVL_FAILED);
}

static struct stub_nvml *load_nvml(const char *name, char *library, size_t size)
{
    (void)snprintf(library, size, "%s/%s.so", CONVLENS_STUB_DIR, name);
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(handle, "%s", dlerror());
    struct stub_nvml *stub = dlsym(handle, "stub_nvml");
    *stub = (struct stub_nvml){.device_count = 1,
                               .pci = "0000:65:00.0",
                               .process_count = 2,
                               .processes = {{1, 100}, {(unsigned)getpid(), 300}}};
    return stub;
}

Test(load, of_an_nvidia_gpu_is_that_of_other_processes)
{
    char library[512];
    struct stub_nvml *stub = load_nvml("stub_nvml", library, sizeof library);
    struct cvl_load_reading reading;
    stub->usage_count = 4;
    stub->usage[0].pid = stub->usage[2].pid = 1; /* two moments of one process */
    stub->usage[1].pid = (unsigned)getpid();
    stub->usage[3].pid = 5;
    stub->usage[0].percent = 20;
    stub->usage[1].percent = 99;
    stub->usage[2].percent = 30;
    stub->usage[3].percent = 5;
    cr_assert_eq(read_source(&nvidia, library, 1.0, 0.0, &reading), CVL_OK, "%s", err.text);
    cr_expect_float_eq(reading.share, 0.35, 1e-9, "%g", reading.share);
    cr_expect_eq(reading.processors, 0);
    stub->usage_code = 6;
    cr_assert_eq(read_source(&nvidia, library, 1.0, 0.0, &reading), CVL_OK);
    cr_expect_eq(reading.share, 0.0, "nobody used it");
    stub->usage_code = 9;
    cr_expect_eq(read_source(&nvidia, library, 1.0, 0.0, &reading), CVL_UNSUPPORTED);
    stub->usage_code = 0;
    stub->processes[1].pid = 77;
    cr_expect_eq(read_source(&nvidia, library, 1.0, 0.0, &reading), CVL_UNSUPPORTED,
                 "in a container other numbers are ours");
    cr_expect_eq(stub->init_balance, 0);
    (void)load_nvml("stub_nvml_old", library, sizeof library);
    cr_expect_eq(read_source(&nvidia, library, 1.0, 0.0, &reading), CVL_UNSUPPORTED, "too old");
}

/* The load of a device that nothing answers for, and of one whose source does not open. */
Test(load, is_unknown_without_a_source)
{
    static const struct cvl_device_facts other = {.type = CVL_DEVICE_ACCELERATOR};
    const struct cvl_probe_context contexts[] = {
        {.device = &other, .root = ""}, {.device = &nvidia, .root = "", .library = "/no/lib.so"}};
    for (size_t i = 0; i < 2; i++) {
        struct cvl_load *load = NULL;
        cr_assert_eq(cvl_load_create(&contexts[i], &load, NULL), CVL_OK);
        cvl_load_mark(load);
        cr_expect(isnan(cvl_load_since_mark(load).load));
        cvl_load_destroy(&load);
        cr_expect_null(load);
    }
}
