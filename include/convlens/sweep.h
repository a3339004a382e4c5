/** Sweep files: INI files that list layers and the dimensions along which they are run. */
#ifndef CONVLENS_SWEEP_H
#define CONVLENS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/network.h>
#include <convlens/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One problem of a sweep: a layer in one form, expanded from the layer's lists. */
struct cvl_sweep_item {
    char layer[CVL_LAYER_NAME_BYTES]; /* as in the file; "block2", or "block2/ic64oc128" when lists
                                         expand it */
    struct cvl_problem problem;       /* its name is "<sweep>/<layer>" */
    uint32_t count;                   /* how often the network has it */
    uint32_t
        saves; /* tensors that each of its convolutions keeps for the backward pass, at most 3 */
    uint64_t bias_elements; /* oc where the layer has a bias: counted in the model's totals; kernels
                               add none */
};

/** A sweep, expanded. Layouts and data types apply to every item. */
struct cvl_sweep {
    char name[CVL_SWEEP_NAME_BYTES];
    struct cvl_sweep_item *items;
    struct cvl_network *layers; /* each item as a network of one step, without a name */
    size_t item_count;
    enum cvl_layout layouts[CVL_LAYOUT_COUNT];
    size_t layout_count;
    enum cvl_dtype dtypes[CVL_DTYPE_COUNT];
    size_t dtype_count;
    enum cvl_passes passes[CVL_PASSES_COUNT];
    size_t passes_count;
    enum cvl_optimizer optimizers[CVL_OPTIMIZER_COUNT]; /* of training */
    size_t optimizer_count;
    struct cvl_network *networks; /* one for each form and batch; none without a [network] */
    size_t network_count;
    struct cvl_patches *patches; /* those that the file asks for; no network has them yet */
    size_t patch_count;
};

/** Appends each network of a sweep once for each of the patches. @param effects room for as many,
 *  in the order of the networks that are appended @return as cvl_network_patch */
CVL_API enum cvl_status cvl_sweep_patch_networks(struct cvl_sweep *sweep,
                                                 const struct cvl_patches *patches, size_t count,
                                                 struct cvl_patches_effect *effects,
                                                 struct cvl_error *err);

/** Reads a file; "-" is standard input.
 *  @return CVL_OK, CVL_BAD_INPUT with `file:line: key: got X, expected Y`, or CVL_NO_MEMORY; the
 * sweep is empty on anything but CVL_OK */
CVL_API enum cvl_status cvl_sweep_read(const char *path, struct cvl_sweep *out,
                                       struct cvl_error *err);

/** The same where a network is wanted: without a [network] all layers in order make one. */
CVL_API enum cvl_status cvl_sweep_read_network(const char *path, struct cvl_sweep *out,
                                               struct cvl_error *err);

/** The same as cvl_sweep_read from a text; `path` stands in messages and resolves includes. */
CVL_API enum cvl_status cvl_sweep_read_text(const char *text, const char *path,
                                            struct cvl_sweep *out, struct cvl_error *err);

/** A sweep of one problem given as text, named "problem". Layouts: both; data type: f32. The
 * problem keeps its name; the layer is what follows the name's first slash, so that a problem
 * printed from another sweep has that sweep's layer, or "problem" where there is no name. */
CVL_API enum cvl_status cvl_sweep_from_problem(const char *text, struct cvl_sweep *out,
                                               struct cvl_error *err);

/** Releases the arrays and zeroes the sweep. */
CVL_API void cvl_sweep_clear(struct cvl_sweep *sweep);

/** The documentation of the keys, one line each, for --help and docs: "[section] key (type;
 * default): help". `index` from 0; NULL past the end. */
CVL_API const char *cvl_sweep_key_help(size_t index);

#ifdef __cplusplus
}
#endif

#endif
