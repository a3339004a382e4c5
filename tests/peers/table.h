/* What convlens_peers prints of a group: a line for each layer, and what they come to. */
#ifndef PEERS_TABLE_H
#define PEERS_TABLE_H

#include "compare.h"

struct peers_table {
    size_t count, failed;
    double log_sum; /* of the ratios */
    double worst;
    char worst_layer[CVL_PROBLEM_NAME_BYTES];
};

void peers_table_begin(const struct peers_run *run, const struct peers_group *group);
void peers_table_add(struct peers_table *table, const struct peers_run *run, const char *layer,
                     const struct peers_result *result);
/* The reason instead of times; a layer that a side refuses by rule is no failure. */
void peers_table_add_failure(struct peers_table *table, const char *layer,
                             const struct cvl_error *err);
void peers_table_end(const struct peers_table *table, const struct peers_run *run);

/* The device's limits as measured through OpenCL beside those of loops in C. */
struct peers_limits;
void peers_table_limits(const struct cvl_device_peaks *device, const struct peers_limits *native);

#endif
