/* The command line of convlens_peers. */
#ifndef PEERS_OPTIONS_H
#define PEERS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { PEERS_PROBLEMS = 16 };

struct peers_options {
    const char *device, *group, *sweeps;  /* never NULL */
    const char *layer, *variant, *tuning; /* or NULL */
    const char *problems[PEERS_PROBLEMS];
    size_t problem_count;
    double budget_s;
    bool only_check, is_verbose, help;
};

/* false: misuse; getopt may have said what. */
bool peers_options_read(int argc, char **argv, struct peers_options *out);
void peers_options_help(void);

#endif
