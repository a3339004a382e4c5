/** A network: layers that share their tensors. A single layer is a network of one step. */
#ifndef CONVLENS_NETWORK_H
#define CONVLENS_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/problem.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CVL_LAYER_NAME_BYTES = 64, CVL_SWEEP_NAME_BYTES = 64, CVL_NETWORK_STEPS_MAX = 512 };

/** One layer of a network. */
struct cvl_network_step {
    char layer[CVL_LAYER_NAME_BYTES];
    uint32_t repetition, repetitions; /* 2 of 5: the layer is there five times in a row; from 1 */
    struct cvl_problem problem;
};

/** The input of step `from` is kept, and added in place to the output of step `to`. */
struct cvl_residual {
    uint32_t from, to;
};

/** Each step reads what the step before it writes. */
struct cvl_network {
    char name[CVL_SWEEP_NAME_BYTES]; /* the sweep's, with "/mb4" where batches vary; empty for a
                                        single layer */
    enum cvl_form form;              /* of the steps that have it; the others have their own */
    struct cvl_network_step *steps;  /* at least one */
    size_t step_count;
    struct cvl_residual *residuals;
    size_t residual_count;
};

/** A single layer rather than a network of a sweep? */
CVL_API bool cvl_network_is_layer(const struct cvl_network *network);

/** The same layers, problems and residuals, names of layers included; the network's own name does
 *  not count. */
CVL_API bool cvl_network_equal(const struct cvl_network *a, const struct cvl_network *b);

/** Copies a network, which the caller clears. @return CVL_OK or CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_network_copy(const struct cvl_network *network, struct cvl_network *out,
                                         struct cvl_error *err);

/** Releases steps and residuals, and zeroes the network. */
CVL_API void cvl_network_clear(struct cvl_network *network);

#ifdef __cplusplus
}
#endif

#endif
