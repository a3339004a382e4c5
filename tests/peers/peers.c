/* convlens_peers: our kernels beside oneDNN's and CLBlast's, in one process. See tests/README.md
 * and docs/performance.md. */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "compare.h"
#include "limits.h"
#include "run/event_clock.h"

enum { MOST_PROBLEMS = 16 };

struct options {
    const char *device, *group, *layer, *variant, *sweeps;
    const char *problems[MOST_PROBLEMS];
    size_t problem_count;
    double budget_s;
    bool only_check, is_verbose, help;
};

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

/* Starts the program again where the environment is not as it must be: libraries have read it
 * before main. */
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
    if (sched_getaffinity(0, sizeof processors, &processors) == 0) {
        (void)snprintf(count, sizeof count, "%d", CPU_COUNT(&processors));
        (void)setenv("OMP_NUM_THREADS", count, 1);
    }
    (void)execv("/proc/self/exe", argv);
    (void)fprintf(stderr, "convlens_peers: cannot start again with bound threads: %s\n",
                  strerror(errno));
}

static void print_help(void)
{
    (void)puts("usage: convlens_peers [OPTION...]\n"
               "Our best variants beside the best library of the platform, sampled in turns.\n\n"
               "  --group GLOB      groups to compare (default: all):");
    for (size_t i = 0; peers_group_at(i); i++)
        (void)printf("      %-15s %s\n", peers_group_at(i)->name, peers_group_at(i)->summary);
    (void)puts("      limits          what loops in C reach: multiply-adds and memory\n"
               "  --problem TEXT    this problem against oneDNN, instead of groups; repeatable\n"
               "  --layer GLOB      layers by name, as network/layer\n"
               "  --variant GLOB    variants of ours\n"
               "  --budget S        seconds of samples per layer and side (default 0.3)\n"
               "  --device SEL      OpenCL device (default cpu; the first that matches)\n"
               "  --sweeps FOLDER   where the sweep files are\n"
               "  --check           compare the answers only\n"
               "  -v                every variant's time, and what oneDNN chose\n\n"
               "Ratios are the other side's time over ours: above 1, we are faster.");
}

static bool read_option(int key, struct options *o)
{
    switch (key) {
    case 'd':
        o->device = optarg;
        return true;
    case 'g':
        o->group = optarg;
        return true;
    case 'l':
        o->layer = optarg;
        return true;
    case 'V':
        o->variant = optarg;
        return true;
    case 's':
        o->sweeps = optarg;
        return true;
    case 'b':
        return cvl_parse_double(optarg, 0.0, 1e6, &o->budget_s);
    case 'c':
        o->only_check = true;
        return true;
    case 'v':
        o->is_verbose = true;
        return true;
    case 'h':
        o->help = true;
        return true;
    case 'p':
        if (o->problem_count == MOST_PROBLEMS)
            return false;
        o->problems[o->problem_count++] = optarg;
        return true;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"device", required_argument, NULL, 'd'},
        {"group", required_argument, NULL, 'g'},
        {"layer", required_argument, NULL, 'l'},
        {"variant", required_argument, NULL, 'V'},
        {"sweeps", required_argument, NULL, 's'},
        {"budget", required_argument, NULL, 'b'},
        {"problem", required_argument, NULL, 'p'},
        {"check", no_argument, NULL, 'c'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *o = (struct options){
        .device = "cpu", .group = "*", .sweeps = CONVLENS_SOURCE_DIR "/configs", .budget_s = 0.3};
    for (int key; (key = getopt_long(argc, argv, "vh", table, NULL)) != -1;)
        if (!read_option(key, o))
            return false;
    return optind == argc;
}

static enum cvl_status open_device(const char *selector, struct cvl_opened *out,
                                   struct cvl_error *err)
{
    struct cvl_device_list list = {0};
    char id[sizeof list.devices->id] = "";
    enum cvl_status status = cvl_devices_enumerate(&list, err);
    for (size_t i = 0; i < list.device_count && *id == '\0'; i++)
        if (cvl_device_matches(&list.devices[i], selector))
            cvl_copy(id, sizeof id, list.devices[i].id);
    cvl_device_list_clear(&list);
    if (status == CVL_OK && *id == '\0')
        status = cvl_fail(err, CVL_NO_DEVICE, "no device matches '%s'", selector);
    if (status == CVL_OK)
        status = cvl_opened_create(id, out, err);
    if (status == CVL_OK)
        cvl_event_clock_calibrate(out);
    return status;
}

static void print_device(const struct cvl_device_facts *facts)
{
    char name[4 * CVL_DEVICE_TEXT_BYTES], version[4 * CVL_DEVICE_TEXT_BYTES];
    cvl_copy_safe(name, sizeof name, facts->name);
    cvl_copy_safe(version, sizeof version, facts->version);
    (void)printf("%s, %s, %u compute units, %s clock; oneDNN with %s threads\n", name, version,
                 facts->compute_units, facts->event_clock == CVL_CLOCK_TRUSTED ? "event" : "host",
                 getenv("OMP_NUM_THREADS"));
}

/* What a group comes to. */
struct summary {
    size_t count, failed;
    double log_sum, worst;
    char worst_layer[CVL_PROBLEM_NAME_BYTES];
};

static void note(struct summary *summary, const char *layer, double ratio)
{
    if (summary->count++ == 0 || ratio < summary->worst) {
        summary->worst = ratio;
        cvl_copy(summary->worst_layer, sizeof summary->worst_layer, layer);
    }
    summary->log_sum += log(ratio);
}

static void print_layer(const struct peers_run *run, const char *layer,
                        const struct peers_result *r, struct summary *summary)
{
    if (run->only_check) {
        (void)printf("%-36s %-16s agrees with %s\n", layer, r->name[0], r->name[1]);
        summary->count++;
        return;
    }
    double ratio = r->median_s[1] / r->median_s[0];
    (void)printf("%-36s %-16s %9.1f %8.1f %9.1f %7.2f  %s\n", layer, r->name[0],
                 r->median_s[0] * 1e6, r->flops / r->median_s[0] * 1e-9, r->median_s[1] * 1e6,
                 ratio, r->name[1]);
    note(summary, layer, ratio);
}

static void print_summary(const struct peers_run *run, const struct summary *s)
{
    if (s->count > 0 && !run->only_check)
        (void)printf("geometric mean %.3f of %zu layers; worst %.2f, %s\n",
                     exp(s->log_sum / (double)s->count), s->count, s->worst, s->worst_layer);
    if (s->failed > 0)
        (void)printf("%zu layers could not be compared\n", s->failed);
}

static void compare_layers(const struct options *options, const struct peers_run *run,
                           const struct peers_group *group, const struct peers_layers *layers,
                           struct summary *summary)
{
    struct peers_slow slow = {{false}};
    for (size_t i = 0; i < layers->count; i++) {
        const struct cvl_problem *problem = &layers->problems[i];
        char text[CVL_PROBLEM_TEXT_BYTES], layer[4 * CVL_PROBLEM_NAME_BYTES];
        struct peers_result result;
        struct cvl_error err = {0};
        (void)cvl_problem_print(problem, text, sizeof text);
        cvl_copy_safe(layer, sizeof layer, *problem->name ? problem->name : text);
        if (options->layer && fnmatch(options->layer, layer, 0) != 0)
            continue;
        if (peers_compare(run, group, problem, &slow, &result, &err) == CVL_OK) {
            print_layer(run, layer, &result, summary);
        } else {
            char safe[2 * CVL_ERROR_TEXT_BYTES];
            cvl_copy_safe(safe, sizeof safe, err.text);
            (void)printf("%-36s %s\n", layer, safe);
            summary->failed++;
        }
        (void)fflush(stdout);
    }
}

/* How many layers could not be compared. */
static size_t compare_group(const struct options *options, const struct peers_run *run,
                            const struct peers_group *group, const struct peers_layers *layers)
{
    struct summary summary = {0};
    const char *other = group->against.heading ? group->against.heading : "oneDNN";
    (void)printf("\n%s: %s\n", group->name, group->summary);
    if (!run->only_check)
        (void)printf("%-36s %-16s %6s us  GFLOP/s %6s us   ratio\n", "layer", "variant",
                     group->ours.heading, other);
    compare_layers(options, run, group, layers, &summary);
    print_summary(run, &summary);
    return summary.failed;
}

static enum cvl_status run_groups(const struct options *options, const struct peers_run *run,
                                  size_t *failed, struct cvl_error *err)
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

static enum cvl_status run_problems(const struct options *options, const struct peers_run *run,
                                    size_t *failed, struct cvl_error *err)
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

static enum cvl_status run_all(const struct options *options, size_t *failed, struct cvl_error *err)
{
    struct cvl_opened opened = {0};
    enum cvl_status status = open_device(options->device, &opened, err);
    if (status != CVL_OK)
        return status;
    struct peers_run run = {
        .opened = &opened,
        .variant_glob = options->variant,
        .budget_s = options->budget_s,
        .only_check = options->only_check,
        .details = options->is_verbose ? stdout : NULL,
    };
    print_device(&opened.facts);
    status = options->problem_count > 0 ? run_problems(options, &run, failed, err)
                                        : run_groups(options, &run, failed, err);
    cvl_opened_close(&opened);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    struct cvl_error err = {0};
    size_t failed = 0;
    bind_threads(argv);
    if (!read_options(argc, argv, &options)) {
        (void)fprintf(stderr, "convlens_peers --help tells the options\n");
        return 2;
    }
    if (options.help) {
        print_help();
        return 0;
    }
    enum cvl_status status = CVL_OK;
    if (strcmp(options.group, "limits") != 0)
        status = run_all(&options, &failed, &err);
    if (status == CVL_OK && options.problem_count == 0 && !options.only_check &&
        fnmatch(options.group, "limits", 0) == 0)
        status = peers_limits_print(&err);
    if (status == CVL_OK)
        return failed > 0 ? 1 : 0;
    (void)fprintf(stderr, "convlens_peers: %s\n", err.text);
    return status == CVL_BAD_INPUT ? 2 : status == CVL_NO_DEVICE ? 3 : 1;
}
