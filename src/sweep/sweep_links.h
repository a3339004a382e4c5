/* What a sweep's [network] has: its layers and ops in order, and the inputs that are kept. */
#ifndef CVL_SWEEP_SWEEP_LINKS_H
#define CVL_SWEEP_SWEEP_LINKS_H

#include "sweep/sweep_document.h"

/* A layer or an op of the network, so often in a row. */
struct cvl_sweep_link {
    const struct cvl_sweep_layer *layer; /* what the network calls it */
    const struct cvl_sweep_layer *shape; /* the layer that has its shape; NULL: an op */
    uint32_t count;
    uint32_t first_step; /* of all networks: residuals' sums do not count */
};

/* A kept input that is added to an output. Both are steps as links count them. */
struct cvl_sweep_residual {
    uint32_t from, to;
};

struct cvl_sweep_links {
    struct cvl_sweep_link *at;
    size_t count;
    struct cvl_sweep_residual *residuals;
    size_t residual_count;
    uint32_t step_count; /* repetitions counted */
};

/* Without a [network] or its `layers`: all layers and ops in the order of the file. The layers are
 * expanded. Clear in every case.
 * @return CVL_OK; CVL_BAD_INPUT with the place; CVL_NO_MEMORY */
enum cvl_status cvl_sweep_links_read(const struct cvl_sweep *sweep,
                                     const struct cvl_sweep_document *document,
                                     struct cvl_sweep_links *out, struct cvl_error *err);

void cvl_sweep_links_clear(struct cvl_sweep_links *links);

/* Where the list of layers stands, or what stands for it. */
struct cvl_sweep_place cvl_sweep_links_place(const struct cvl_sweep_document *document);

#endif
