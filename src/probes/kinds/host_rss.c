/* Resident anonymous memory of this process, from Linux's /proc: what a device that computes on the
 * host's processor really takes for its buffers.
 *
 * RssAnon is what is in use now: heap and anonymous mappings, without code and files, which come
 * and go. The kernel keeps no peak of it, but one of all resident memory, VmHWM; writing 5 to
 * clear_refs resets VmHWM to VmRSS. The peak is VmHWM minus the resident files and shared memory
 * (RssFile, RssShmem) at the time of reading. That is exact if those two have not changed since the
 * peak. Code touched for the first time after the peak makes the result too low by that much, so it
 * is at least RssAnon.
 *
 * The kernel collects these counts from the processors in batches: for a moment, a few dozen
 * pages may be missing or too many (proc(5): "inaccurate"). Transparent huge pages count whole. */
#include "probes/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum figure { RSS_ANON, RSS_FILE, RSS_SHMEM, VM_HWM, FIGURE_COUNT };

static const char *const keys[FIGURE_COUNT] = {
    [RSS_ANON] = "RssAnon:",
    [RSS_FILE] = "RssFile:",
    [RSS_SHMEM] = "RssShmem:",
    [VM_HWM] = "VmHWM:",
};

struct figures {
    uint64_t bytes[FIGURE_COUNT];
    bool found[FIGURE_COUNT];
};

static bool answers(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_CPU;
}

static enum cvl_status join(char *path, size_t size, const char *root, const char *file,
                            struct cvl_error *err)
{
    int length = snprintf(path, size, "%s/proc/self/%s", root, file);
    if (length < 0 || (size_t)length >= size)
        return cvl_fail(err, CVL_BAD_INPUT, "memory/host_rss: the path of %s is too long", file);
    return CVL_OK;
}

/* "1234 kB" */
static bool parse_kib(char *text, uint64_t *bytes)
{
    static const char unit[] = " kB";
    int64_t kib = 0;
    const size_t length = strlen(text), unit_length = sizeof unit - 1;
    if (length < unit_length || strcmp(text + length - unit_length, unit) != 0)
        return false;
    text[length - unit_length] = '\0';
    if (!cvl_parse_i64(text, 0, INT64_MAX / 1024, &kib))
        return false;
    *bytes = (uint64_t)kib * 1024;
    return true;
}

static enum cvl_status take_line(char *line, struct figures *figures, struct cvl_error *err)
{
    char shown[64];
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        size_t length = strlen(keys[i]);
        if (strncmp(line, keys[i], length) != 0)
            continue;
        char *value = line + length;
        value += strspn(value, " \t");
        value[strcspn(value, "\n")] = '\0';
        cvl_copy_safe(shown, sizeof shown, value);
        if (!parse_kib(value, &figures->bytes[i]))
            return cvl_fail(err, CVL_FAILED,
                            "memory/host_rss: /proc/self/status: %s got \"%s\", expected \"N kB\"",
                            keys[i], shown);
        figures->found[i] = true;
    }
    return CVL_OK;
}

static enum cvl_status read_figures(const char *root, struct figures *figures,
                                    struct cvl_error *err)
{
    char path[PATH_MAX];
    char *line = NULL;
    size_t room = 0;
    *figures = (struct figures){0};
    enum cvl_status status = join(path, sizeof path, root, "status", err);
    if (status != CVL_OK)
        return status;
    FILE *file = fopen(path, "re");
    if (!file)
        return cvl_fail(err, CVL_UNSUPPORTED, "memory/host_rss: /proc/self/status: %s",
                        strerror(errno));
    while (status == CVL_OK && getline(&line, &room, file) >= 0)
        status = take_line(line, figures, err);
    free(line);
    (void)fclose(file);
    return status;
}

static enum cvl_status require(const struct figures *figures, enum figure figure,
                               struct cvl_error *err)
{
    if (figures->found[figure])
        return CVL_OK;
    return cvl_fail(err, CVL_UNSUPPORTED,
                    "memory/host_rss: /proc/self/status has no %s line (Linux has it since 4.5)",
                    keys[figure]);
}

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state,
                                struct cvl_probe_reading *out, struct cvl_error *err)
{
    (void)state;
    struct figures figures;
    enum cvl_status status = read_figures(context->root, &figures, err);
    if (status == CVL_OK)
        status = require(&figures, RSS_ANON, err);
    if (status == CVL_OK)
        out->bytes = figures.bytes[RSS_ANON];
    return status;
}

static enum cvl_status reset_peak(const struct cvl_probe_context *context, struct cvl_error *err)
{
    char path[PATH_MAX];
    enum cvl_status status = join(path, sizeof path, context->root, "clear_refs", err);
    if (status != CVL_OK)
        return status;
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, "5", 1) != 1)
        status = cvl_fail(err, CVL_UNSUPPORTED, "memory/host_rss: /proc/self/clear_refs: %s",
                          strerror(errno));
    if (file >= 0)
        close(file);
    return status;
}

static enum cvl_status read_peak(const struct cvl_probe_context *context,
                                 struct cvl_probe_reading *out, struct cvl_error *err)
{
    struct figures figures;
    enum cvl_status status = read_figures(context->root, &figures, err);
    for (size_t i = 0; i < FIGURE_COUNT && status == CVL_OK; i++)
        status = require(&figures, (enum figure)i, err);
    if (status != CVL_OK)
        return status;
    const uint64_t *bytes = figures.bytes;
    uint64_t other = bytes[RSS_FILE] + bytes[RSS_SHMEM]; /* each below 2^63 */
    uint64_t peak = bytes[VM_HWM] > other ? bytes[VM_HWM] - other : 0;
    out->bytes = peak > bytes[RSS_ANON] ? peak : bytes[RSS_ANON];
    return CVL_OK;
}

const struct cvl_probe cvl_probe_host_rss = {
    .name = "host_rss",
    .summary = "resident anonymous memory of this process, for devices that are the host's CPU",
    .scope = CVL_SCOPE_PROCESS,
    .resolution_bytes = 4096, /* one page; figures are in KiB */
    .answers = answers,
    .read = read_now,
    .reset_peak = reset_peak,
    .read_peak = read_peak,
};
