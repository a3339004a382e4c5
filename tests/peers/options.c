#include "options.h"

#include <getopt.h>
#include <stdio.h>

#include "base/text.h"
#include "groups.h"

void peers_options_help(void)
{
    (void)puts("usage: convlens_peers [OPTION...]\n"
               "Our best variants beside the best library of the platform, sampled in turns.\n\n"
               "  --group GLOB      groups to compare (default: all):");
    for (size_t i = 0; peers_group_at(i); i++)
        (void)printf("      %-15s %s\n", peers_group_at(i)->name, peers_group_at(i)->summary);
    (void)puts("      limits          what the device can do, beside what loops in C reach\n"
               "  --problem TEXT    this problem against oneDNN, instead of groups; repeatable\n"
               "  --layer GLOB      layers by name, as network/layer\n"
               "  --variant GLOB    variants of ours\n"
               "  --tuning FILE     tile parameters, ours and CLBlast's, that convlens tune found\n"
               "  --budget S        seconds of samples per layer and side (default 0.3)\n"
               "  --device SEL      OpenCL device (default cpu; the first that matches)\n"
               "  --sweeps FOLDER   where the sweep files are\n"
               "  --check           compare the answers only\n"
               "  -v                every variant's time\n\n"
               "Ratios are the other side's time over ours: above 1, we are faster.");
}

static bool read_option(int key, struct peers_options *o)
{
    const char **text = NULL;
    switch (key) {
    case 'd':
        text = &o->device;
        break;
    case 'g':
        text = &o->group;
        break;
    case 's':
        text = &o->sweeps;
        break;
    case 'l':
        text = &o->layer;
        break;
    case 'V':
        text = &o->variant;
        break;
    case 't':
        text = &o->tuning;
        break;
    case 'p':
        if (o->problem_count == PEERS_PROBLEMS)
            return false;
        text = &o->problems[o->problem_count++];
        break;
    case 'b':
        return cvl_parse_double(optarg, 0.0, 1e6, &o->budget_s);
    case 'c':
        return o->only_check = true;
    case 'v':
        return o->is_verbose = true;
    case 'h':
        return o->help = true;
    default:
        return false;
    }
    *text = optarg;
    return true;
}

bool peers_options_read(int argc, char **argv, struct peers_options *out)
{
    static const struct option table[] = {
        {"device", required_argument, NULL, 'd'},  {"group", required_argument, NULL, 'g'},
        {"layer", required_argument, NULL, 'l'},   {"variant", required_argument, NULL, 'V'},
        {"sweeps", required_argument, NULL, 's'},  {"budget", required_argument, NULL, 'b'},
        {"problem", required_argument, NULL, 'p'}, {"tuning", required_argument, NULL, 't'},
        {"check", no_argument, NULL, 'c'},         {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    *out = (struct peers_options){
        .device = "cpu", .group = "*", .sweeps = CONVLENS_SOURCE_DIR "/configs", .budget_s = 0.3};
    for (int key; (key = getopt_long(argc, argv, "vh", table, NULL)) != -1;)
        if (!read_option(key, out))
            return false;
    return optind == argc;
}
