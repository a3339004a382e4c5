/* What is compared: groups of layers, and the two sides that each is run on. */
#ifndef PEERS_GROUPS_H
#define PEERS_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include <convlens/problem.h>

/* What a group takes from a sweep. */
enum peers_part {
    PEERS_SEPARABLE = 1,      /* separable layers */
    PEERS_DEPTHWISE_PART = 2, /* their depthwise halves */
    PEERS_POINTWISE_PART = 4, /* their pointwise halves */
    PEERS_POINTWISE = 8,      /* layers that are pointwise */
    PEERS_STANDARD_3X3 = 16,  /* standard layers with a 3x3 window */
    PEERS_STEM_7X7 = 32,      /* standard layers with a 7x7 window */
    PEERS_PARTS_END = 64
};

/* A choice among our variants: the best of those whose names match `only` but not `except`. */
struct peers_choice {
    const char *heading;
    enum cvl_layout layout;
    const char *only, *except;
};

struct peers_source {
    const char *sweep; /* configs/<sweep>.ini */
    unsigned parts;    /* enum peers_part, or-ed */
};

enum { PEERS_SOURCES = 4 };

struct peers_group {
    const char *name, *summary;
    struct peers_source sources[PEERS_SOURCES];
    struct peers_choice ours;
    struct peers_choice against; /* without a heading: oneDNN */
};

/* NULL after the last. */
const struct peers_group *peers_group_at(size_t index);

/* Distinct problems, in order of the sweeps. */
struct peers_layers {
    struct cvl_problem *problems; /* owned */
    size_t count;
};

/* The layers of a group. @param folder of the sweep files */
enum cvl_status peers_layers_read(const struct peers_group *group, const char *folder,
                                  struct peers_layers *out, struct cvl_error *err);
/* CVL_OK also where it is there already. */
enum cvl_status peers_layers_add(struct peers_layers *layers, const struct cvl_problem *problem,
                                 struct cvl_error *err);
void peers_layers_clear(struct peers_layers *layers);

#endif
