/* convlens_peers: our kernels beside oneDNN's and CLBlast's, in one process. docs/performance.md
 * says how to run it and what came of it. */
#include <errno.h>
#include <fnmatch.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "compare.h"
#include "limits.h"
#include "options.h"
#include "run/time/peaks.h"
#include "table.h"

/* What both sides must find in their environment when their libraries are loaded: one thread for
 * each processor, each bound to its own. */
static const char *const bound[][2] = {
    {"POCL_AFFINITY", "1"},
    {"OMP_PROC_BIND", "true"},
};

static bool is_set(const char *name, const char *value)
{
    const char *now = getenv(name);
    return now && strcmp(now, value) == 0;
}

/* Starts the program again where the environment is not as it must be: OpenMP has read it before
 * main. */
static void bind_threads(char **argv)
{
    cpu_set_t processors;
    char count[16];
    bool is_bound = getenv("OMP_NUM_THREADS") != NULL;
    for (size_t i = 0; i < sizeof bound / sizeof bound[0]; i++) {
        is_bound = is_bound && is_set(bound[i][0], bound[i][1]);
        (void)setenv(bound[i][0], bound[i][1], 1);
    }
    if (is_bound)
        return;
    if (!getenv("OMP_NUM_THREADS") && sched_getaffinity(0, sizeof processors, &processors) == 0) {
        (void)snprintf(count, sizeof count, "%d", CPU_COUNT(&processors));
        (void)setenv("OMP_NUM_THREADS", count, 1);
    }
    if (getenv("OMP_NUM_THREADS")) /* or it would start again for ever */
        (void)execv("/proc/self/exe", argv);
    (void)fprintf(stderr, "convlens_peers: cannot start again with bound threads: %s\n",
                  strerror(errno));
}

static void compare_layers(const struct peers_options *options, const struct peers_run *run,
                           const struct peers_group *group, const struct peers_layers *layers,
                           struct peers_table *table)
{
    struct peers_slow slow = {{false}};
    for (size_t i = 0; i < layers->count; i++) {
        const struct cvl_problem *problem = &layers->problems[i];
        char text[CVL_PROBLEM_TEXT_BYTES], layer[4 * CVL_PROBLEM_TEXT_BYTES];
        struct peers_result result = {0};
        struct cvl_error err = {0};
        (void)cvl_problem_print(problem, text, sizeof text);
        cvl_copy_safe(layer, sizeof layer, *problem->name ? problem->name : text);
        if (options->layer && fnmatch(options->layer, layer, 0) != 0)
            continue;
        if (peers_compare(run, group, problem, &slow, &result, &err) == CVL_OK)
            peers_table_add(table, run, layer, &result);
        else
            peers_table_add_failure(table, layer, &err);
        table->failed += result.failed;
        (void)fflush(stdout);
    }
}

/* How many variants and layers failed. */
static size_t compare_group(const struct peers_options *options, const struct peers_run *run,
                            const struct peers_group *group, const struct peers_layers *layers)
{
    struct peers_table table = {0};
    peers_table_begin(run, group);
    compare_layers(options, run, group, layers, &table);
    peers_table_end(&table, run);
    return table.failed;
}

static bool is_group(const char *glob)
{
    bool found = fnmatch(glob, "limits", 0) == 0;
    for (size_t i = 0; peers_group_at(i) && !found; i++)
        found = fnmatch(glob, peers_group_at(i)->name, 0) == 0;
    return found;
}

static enum cvl_status compare_groups(const struct peers_options *options,
                                      const struct peers_run *run, size_t *failed,
                                      struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; peers_group_at(i) && status == CVL_OK; i++) {
        const struct peers_group *group = peers_group_at(i);
        struct peers_layers layers;
        if (fnmatch(options->group, group->name, 0) != 0)
            continue;
        status = peers_layers_read(group, options->sweeps, &layers, err);
        if (status == CVL_OK)
            *failed += compare_group(options, run, group, &layers);
        peers_layers_clear(&layers);
    }
    return status;
}

static enum cvl_status compare_problems(const struct peers_options *options,
                                        const struct peers_run *run, size_t *failed,
                                        struct cvl_error *err)
{
    static const struct peers_group group = {
        .name = "problem",
        .summary = "our best variant against oneDNN",
        .ours = {"ours", CVL_NHWC, "*", ""},
    };
    struct peers_layers layers = {0};
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < options->problem_count && status == CVL_OK; i++) {
        struct cvl_problem problem;
        status = cvl_problem_parse(options->problems[i], &problem, err);
        if (status == CVL_OK)
            status = peers_layers_add(&layers, &problem, err);
    }
    if (status == CVL_OK)
        *failed = compare_group(options, run, &group, &layers);
    peers_layers_clear(&layers);
    return status;
}

static void keep_highest(double *highest, double rate)
{
    if (!(rate <= *highest)) /* also where there was none before */
        *highest = rate;
}

/* In turns, the highest of each: a shared machine's memory may have half of its speed for seconds,
 * and a limit is what is reached when it has all of it. */
static enum cvl_status compare_limits(struct peers_device *device, struct cvl_error *err)
{
    enum { TURNS = 15 };
    struct cvl_device_peaks peaks, best = cvl_device_peaks_none();
    struct peers_limits native, best_native = {0};
    enum cvl_status status = CVL_OK;
    for (int turn = 0; turn < TURNS && status == CVL_OK; turn++) {
        status = cvl_peaks_measure(&device->opened, NULL, &peaks, err);
        if (status == CVL_OK)
            status = peers_limits_measure(&native, err);
        if (status != CVL_OK)
            break;
        keep_highest(&best.f32_flops_per_s, peaks.f32_flops_per_s);
        keep_highest(&best.read_bytes_per_s, peaks.read_bytes_per_s);
        keep_highest(&best.write_bytes_per_s, peaks.write_bytes_per_s);
        keep_highest(&best.copy_bytes_per_s, peaks.copy_bytes_per_s);
        keep_highest(&best_native.flops, native.flops);
        keep_highest(&best_native.read, native.read);
        keep_highest(&best_native.write, native.write);
        keep_highest(&best_native.copy, native.copy);
    }
    if (status == CVL_OK)
        peers_table_limits(&best, &best_native);
    return status;
}

static enum cvl_status compare_all(const struct peers_options *options, size_t *failed,
                                   struct cvl_error *err)
{
    struct peers_device device;
    if (!is_group(options->group))
        return cvl_fail(err, CVL_BAD_INPUT, "there is no group %s", options->group);
    enum cvl_status status = peers_device_open(options->device, options->tuning, &device, err);
    if (status != CVL_OK)
        return status;
    struct peers_run run = {
        .device = &device,
        .variant_glob = options->variant,
        .budget_s = options->budget_s,
        .only_check = options->only_check,
        .is_verbose = options->is_verbose,
    };
    peers_device_print(&device);
    if (options->problem_count > 0)
        status = compare_problems(options, &run, failed, err);
    else
        status = compare_groups(options, &run, failed, err);
    bool has_limits = options->problem_count == 0 && !options->only_check && !options->layer;
    if (status == CVL_OK && has_limits && fnmatch(options->group, "limits", 0) == 0)
        status = compare_limits(&device, err);
    peers_device_close(&device);
    return status;
}

int main(int argc, char **argv)
{
    struct peers_options options;
    struct cvl_error err = {0};
    size_t failed = 0;
    bind_threads(argv);
    if (!peers_options_read(argc, argv, &options)) {
        (void)fprintf(stderr, "convlens_peers --help shows the options\n");
        return 2;
    }
    if (options.help) {
        peers_options_help();
        return 0;
    }
    enum cvl_status status = compare_all(&options, &failed, &err);
    if (status == CVL_OK)
        return failed > 0 ? 1 : 0;
    char safe[2 * CVL_ERROR_TEXT_BYTES];
    cvl_copy_safe(safe, sizeof safe, err.text);
    (void)fprintf(stderr, "convlens_peers: %s\n", safe);
    return status == CVL_BAD_INPUT ? 2 : status == CVL_NO_DEVICE ? 3 : 1;
}
