/* How much of the host's processors is used, from Linux's /proc/stat. Only those that this process
 * may run on count: Cpus_allowed_list in /proc/self/status. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/load.h"
#include "probes/probe_files.h"

static const char area[] = "load/processors";

enum { LIST_BYTES = 1024 };

/* proc(5), /proc/stat: user nice system idle iowait irq softirq steal. */
enum { IDLE = 3, IOWAIT = 4, STEAL = 7, COLUMNS = 8 };

struct times {
    uint64_t ticks[COLUMNS];
};

struct scan {
    char allowed[LIST_BYTES]; /* "0-3,8" */
    struct times all, ours;   /* of all processors, and of those that we may run on */
    uint32_t all_count, our_count;
    bool has_all;
};

static bool answers(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_CPU;
}

static enum cvl_status take_status_line(void *user, char *line, struct cvl_error *err)
{
    static const char key[] = "Cpus_allowed_list:";
    struct scan *scan = user;
    (void)err;
    if (strncmp(line, key, sizeof key - 1) != 0)
        return CVL_OK;
    const char *value = line + sizeof key - 1;
    value += strspn(value, " \t");
    if (strlen(value) < sizeof scan->allowed)
        memcpy(scan->allowed, value, strlen(value) + 1);
    return CVL_OK;
}

/* Without a list all are allowed. */
static bool is_allowed(const char *list, unsigned long number)
{
    if (*list == '\0')
        return true;
    while (isdigit((unsigned char)*list)) {
        char *end = NULL;
        const unsigned long first = strtoul(list, &end, 10);
        unsigned long last = first;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        if (number >= first && number <= last)
            return true;
        list = *end == ',' ? end + 1 : end;
    }
    return false;
}

/* Kernels before 2.6.11 have fewer columns: those are 0. */
static bool parse_times(const char *text, struct times *out)
{
    size_t count = 0;
    *out = (struct times){0};
    for (text += strspn(text, " "); count < COLUMNS && isdigit((unsigned char)*text); count++) {
        char *end = NULL;
        out->ticks[count] = strtoull(text, &end, 10);
        text = end + strspn(end, " ");
    }
    return count > IDLE;
}

static enum cvl_status take_stat_line(void *user, char *line, struct cvl_error *err)
{
    struct scan *scan = user;
    struct times times;
    char *after = NULL;
    if (strncmp(line, "cpu", 3) != 0)
        return CVL_OK;
    const bool is_sum = line[3] == ' ';
    const unsigned long number = is_sum ? 0 : strtoul(line + 3, &after, 10);
    if (!parse_times(is_sum ? line + 3 : after, &times))
        return cvl_fail(err, CVL_FAILED, "%s: /proc/stat: a processor without idle time", area);
    if (is_sum) {
        scan->all = times;
        scan->has_all = true;
        return CVL_OK;
    }
    scan->all_count++;
    if (!is_allowed(scan->allowed, number))
        return CVL_OK;
    scan->our_count++;
    for (size_t i = 0; i < COLUMNS; i++)
        scan->ours.ticks[i] += times.ticks[i];
    return CVL_OK;
}

static enum cvl_status scan_files(const char *root, struct scan *scan, struct cvl_error *err)
{
    char path[CVL_PROBE_PATH_BYTES];
    *scan = (struct scan){0};
    enum cvl_status status = cvl_probe_path(area, path, root, err, "/proc/self/status");
    if (status == CVL_OK)
        status = cvl_probe_each_line(area, path, take_status_line, scan, err);
    if (status == CVL_OK)
        status = cvl_probe_path(area, path, root, err, "/proc/stat");
    if (status == CVL_OK)
        status = cvl_probe_each_line(area, path, take_stat_line, scan, err);
    return status;
}

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state, double at_s,
                                double own_s, struct cvl_load_reading *out, struct cvl_error *err)
{
    struct scan scan;
    const double tick_s = 1.0 / (double)sysconf(_SC_CLK_TCK);
    (void)state;
    enum cvl_status status = scan_files(context->root, &scan, err);
    if (status != CVL_OK)
        return status;
    /* The sum is rounded once, and so it is the better figure where it can be had. */
    const bool use_sum = scan.has_all && scan.our_count == scan.all_count;
    const uint64_t *ticks = use_sum ? scan.all.ticks : scan.ours.ticks;
    if (scan.our_count == 0 || ticks[IDLE] == 0) /* some sandboxes show zeros */
        return cvl_fail(err, CVL_UNSUPPORTED, "%s: /proc/stat has no idle time", area);
    const double idle_s = tick_s * (double)(ticks[IDLE] + ticks[IOWAIT]);
    out->others_s = at_s * scan.our_count - idle_s - own_s;
    out->stolen_s = tick_s * (double)ticks[STEAL];
    out->share = (double)NAN;
    out->processors = scan.our_count;
    return CVL_OK;
}

const struct cvl_load_source cvl_load_processors = {
    .name = "processors",
    .answers = answers,
    .read = read_now,
};
