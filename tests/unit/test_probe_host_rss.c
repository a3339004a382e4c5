/* The probe of resident memory, on a recorded /proc and on the real one. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "probes/probe.h"
#include "scratch.h"

TestSuite(probe_host_rss, .timeout = 1200);

extern const struct cvl_probe cvl_probe_host_rss;
static const struct cvl_probe *const probe = &cvl_probe_host_rss;

static enum cvl_status read_now(const char *folder, struct cvl_probe_reading *out,
                                struct cvl_error *err)
{
    const struct cvl_probe_context context = {.root = folder};
    return probe->read(&context, NULL, out, err);
}

static enum cvl_status reset_peak(const char *folder, struct cvl_error *err)
{
    const struct cvl_probe_context context = {.root = folder};
    return probe->reset_peak(&context, err);
}

static enum cvl_status read_peak(const char *folder, struct cvl_probe_reading *out,
                                 struct cvl_error *err)
{
    const struct cvl_probe_context context = {.root = folder};
    return probe->read_peak(&context, out, err);
}

/* A file of a recorded /proc/self, which the scratch folder stands before. */
static void write_file(const char *name, const char *text)
{
    char path[64];
    (void)snprintf(path, sizeof path, "proc/self/%s", name);
    scratch_write(path, text);
}

/* From a Linux 6.1 machine, shortened. */
static const char recorded[] = "Name:\tconvlens\n"
                               "Umask:\t0022\n"
                               "Groups:\t4 24 27 \n"
                               "VmPeak:\t  512000 kB\n"
                               "VmHWM:\t  300016 kB\n"
                               "VmRSS:\t   38912 kB\n"
                               "RssAnon:\t   12288 kB\n"
                               "RssFile:\t   26620 kB\n"
                               "RssShmem:\t       4 kB\n"
                               "VmData:\t   99999 kB\n";

Test(probe_host_rss, reads_recorded_figures, .init = scratch_make, .fini = scratch_remove)
{
    struct cvl_probe_reading reading;
    struct cvl_error err = {0};
    write_file("status", recorded);
    cr_assert_eq(read_now(scratch_folder, &reading, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(reading.bytes, UINT64_C(12288) * 1024);
    cr_assert_eq(read_peak(scratch_folder, &reading, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(reading.bytes, (uint64_t)(300016 - 26620 - 4) * 1024);
}

/* More code than at the peak has been touched since. */
Test(probe_host_rss, peak_is_not_below_what_is_in_use, .init = scratch_make, .fini = scratch_remove)
{
    struct cvl_probe_reading reading;
    write_file("status", "VmHWM:\t100 kB\nRssAnon:\t60 kB\nRssFile:\t50 kB\nRssShmem:\t0 kB\n");
    cr_assert_eq(read_peak(scratch_folder, &reading, NULL), CVL_OK);
    cr_assert_eq(reading.bytes, 60 * 1024);
    write_file("status", "VmHWM:\t10 kB\nRssAnon:\t6 kB\nRssFile:\t50 kB\nRssShmem:\t0 kB\n");
    cr_assert_eq(read_peak(scratch_folder, &reading, NULL), CVL_OK);
    cr_assert_eq(reading.bytes, 6 * 1024);
}

static void expect_refused(const char *status_text, enum cvl_status status, const char *part)
{
    struct cvl_probe_reading reading;
    struct cvl_error err = {0};
    write_file("status", status_text);
    cr_assert_eq(read_now(scratch_folder, &reading, &err), status, "%s", status_text);
    cr_assert_not_null(strstr(err.text, part), "%s", err.text);
}

Test(probe_host_rss, missing_key, .init = scratch_make, .fini = scratch_remove)
{
    struct cvl_probe_reading reading;
    struct cvl_error err = {0};
    expect_refused("VmHWM:\t100 kB\n", CVL_UNSUPPORTED, "RssAnon:");
    expect_refused("", CVL_UNSUPPORTED, "RssAnon:");
    write_file("status", "RssAnon:\t60 kB\nRssFile:\t50 kB\nRssShmem:\t0 kB\n");
    cr_assert_eq(read_now(scratch_folder, &reading, &err), CVL_OK);
    cr_assert_eq(read_peak(scratch_folder, &reading, &err), CVL_UNSUPPORTED);
    cr_assert_not_null(strstr(err.text, "VmHWM:"), "%s", err.text);
}

Test(probe_host_rss, wrong_lines, .init = scratch_make, .fini = scratch_remove)
{
    static const char *const lines[] = {
        "RssAnon:\t60\n",
        "RssAnon:\t60 MB\n",
        "RssAnon:\t60 kB rest\n",
        "RssAnon:\t kB\n",
        "RssAnon:\t-60 kB\n",
        "RssAnon:\t6 0 kB\n",
        "RssAnon:\n",
        "RssAnon:",
        "RssAnon:\t0x60 kB\n",
        "RssAnon:\tmuch kB\n",
        "RssAnon:\t60.5 kB\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        expect_refused(lines[i], CVL_FAILED, "expected \"N kB\"");
}

Test(probe_host_rss, huge_figures, .init = scratch_make, .fini = scratch_remove)
{
    struct cvl_probe_reading reading;
    write_file("status", "RssAnon:\t9007199254740991 kB\n"); /* 2^53 - 1: the most that fits */
    cr_assert_eq(read_now(scratch_folder, &reading, NULL), CVL_OK);
    cr_assert_eq(reading.bytes, UINT64_C(9007199254740991) * 1024);
    expect_refused("RssAnon:\t9007199254740992 kB\n", CVL_FAILED, "expected");
    expect_refused("RssAnon:\t99999999999999999999999 kB\n", CVL_FAILED, "expected");
}

Test(probe_host_rss, garbage, .init = scratch_make, .fini = scratch_remove)
{
    expect_refused("\x7f"
                   "ELF\xff\xfe\x01\n\n\n:::\n",
                   CVL_UNSUPPORTED, "RssAnon:");
    expect_refused("RssAnon:\t\x1b[31m kB\n", CVL_FAILED, "got \"\\x1b[31m kB\"");
}

Test(probe_host_rss, missing_tree, .init = scratch_make, .fini = scratch_remove)
{
    struct cvl_probe_reading reading;
    struct cvl_error err = {0};
    cr_assert_eq(read_now(scratch_folder, &reading, &err), CVL_UNSUPPORTED);
    cr_assert_not_null(strstr(err.text, "/proc/self/status: No such file"), "%s", err.text);
    cr_assert_eq(reset_peak(scratch_folder, &err), CVL_UNSUPPORTED);
    cr_assert_not_null(strstr(err.text, "/proc/self/clear_refs: No such file"), "%s", err.text);
}

Test(probe_host_rss, root_too_long)
{
    char *longest = malloc(5000);
    cr_assert_not_null(longest);
    struct cvl_probe_reading reading;
    memset(longest, 'x', 4999);
    longest[4999] = '\0';
    cr_assert_eq(read_now(longest, &reading, NULL), CVL_BAD_INPUT);
    cr_assert_eq(reset_peak(longest, NULL), CVL_BAD_INPUT);
    free(longest);
}

Test(probe_host_rss, reset_writes_five, .init = scratch_make, .fini = scratch_remove)
{
    char text[8] = "";
    write_file("clear_refs", "");
    cr_assert_eq(reset_peak(scratch_folder, NULL), CVL_OK);
    FILE *file = fopen(scratch_path("proc/self/clear_refs"), "r");
    cr_assert_not_null(file);
    cr_assert_eq(fread(text, 1, sizeof text, file), 1);
    (void)fclose(file);
    cr_assert_eq(text[0], '5');
}

/* On this machine: 64 MiB touched and given back show in the peak, and no longer afterwards. */
Test(probe_host_rss, live_process)
{
    enum { SIZE = 64 << 20, SLACK = 8 << 20 };
    struct cvl_probe_reading before, during, after, peak, peak_after;
    if (reset_peak("", NULL) != CVL_OK || read_peak("", &peak, NULL) != CVL_OK)
        cr_skip_test("no peak of resident memory in this /proc");
    cr_assert_eq(read_now("", &before, NULL), CVL_OK);
    void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(memory, MAP_FAILED);
    memset(memory, 1, SIZE);
    cr_assert_eq(read_now("", &during, NULL), CVL_OK);
    cr_assert_eq(munmap(memory, SIZE), 0);
    cr_assert_eq(read_now("", &after, NULL), CVL_OK);
    cr_assert_eq(read_peak("", &peak, NULL), CVL_OK);
    cr_assert_eq(reset_peak("", NULL), CVL_OK);
    cr_assert_eq(read_peak("", &peak_after, NULL), CVL_OK);
    cr_assert_geq(during.bytes + SLACK, before.bytes + SIZE);
    cr_assert_leq(after.bytes, before.bytes + SLACK);
    cr_assert_geq(peak.bytes + SLACK, before.bytes + SIZE);
    cr_assert_leq(peak.bytes, before.bytes + SIZE + SLACK);
    cr_assert_leq(peak_after.bytes, before.bytes + SLACK);
}

Test(probe_host_rss, answers_for_cpu_devices_only)
{
    struct cvl_device_facts device = {.type = CVL_DEVICE_CPU};
    cr_assert(probe->answers(&device));
    device.type = CVL_DEVICE_GPU;
    device.host_unified = true;
    cr_assert_not(probe->answers(&device));
    cr_assert_null(cvl_probe_at(cvl_probe_count()));
}
