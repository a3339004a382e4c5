/* One layer: chooses our variant, holds it against the other side, checks both. */
#ifndef PEERS_COMPARE_H
#define PEERS_COMPARE_H

#include <stdint.h>

#include "device.h"
#include "groups.h"

struct peers_run {
    const struct peers_device *device;
    const char *variant_glob; /* or NULL */
    double budget_s;          /* per layer and side */
    bool only_check;          /* compare the answers, not the times */
    bool is_verbose;          /* print every variant's time */
};

struct peers_result {
    char name[2][160]; /* ours, theirs: variant or implementation */
    double median_s[2];
    uint32_t failed; /* variants that failed, which is printed; set whatever is returned */
    double flops;    /* 2 per multiply-add of the problem */
};

/* Variants whose stages call a library and that were found slow: not tried again in a group. */
struct peers_slow {
    bool variant[64];
};

/* @return CVL_OK; CVL_UNSUPPORTED where no variant of ours is left; CVL_WRONG_ANSWER where a side
 *         is wrong; … */
enum cvl_status peers_compare(const struct peers_run *run, const struct peers_group *group,
                              const struct cvl_problem *problem, struct peers_slow *slow,
                              struct peers_result *out, struct cvl_error *err);

#endif
