/** What a network costs: one row for each device x chain x variant x layout x data type. A figure
 *  that was not obtained is absent as in a row of a layer: NAN, CVL_ABSENT, an empty text. */
#ifndef CONVLENS_CHAIN_RESULT_H
#define CONVLENS_CHAIN_RESULT_H

#include <convlens/chain.h>
#include <convlens/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One layer of the network, a residual's sum after it included. */
struct cvl_chain_layer {
    char layer[CVL_LAYER_NAME_BYTES];
    uint32_t repetition; /* from 1 */
    enum cvl_form form;
    char variant[CVL_VARIANT_NAME_BYTES];
    uint64_t weights_bytes, output_bytes;
    uint64_t live_bytes;         /* most in one of its stages under freed, without weights */
    uint64_t counted_peak_bytes; /* most while it ran, policy freed: everything, weights included */
    double time_s;               /* median, by the event clock; NAN where that is not trusted */
};

struct cvl_chain_row {
    char device[24];
    char chain[CVL_SWEEP_NAME_BYTES];
    enum cvl_form form;
    char variant[CVL_VARIANT_NAME_BYTES]; /* of the layers that it computes */
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    enum cvl_row_status status;
    char reason[CVL_REASON_BYTES];
    char *repro; /* owned; may be NULL */
    bool has_computed, has_counted, has_time, has_check;
    struct cvl_chain_bytes computed;
    char peak_layer[CVL_LAYER_NAME_BYTES]; /* sets the peak under freed, and the lower bound */
    char pinned_peak_layer[CVL_LAYER_NAME_BYTES];
    struct cvl_row_counted counted;
    struct cvl_row_check check; /* of the network's output; the tolerance is the layers' together */
    struct cvl_row_time time;   /* all layers once, by the host clock; no pause between them */
    struct cvl_chain_layer *layers; /* owned */
    size_t layer_count;
};

/** A row with every figure absent. */
CVL_API void cvl_chain_row_init(struct cvl_chain_row *row);
/** Releases what the row owns and inits it again. */
CVL_API void cvl_chain_row_clear(struct cvl_chain_row *row);

/** Notes what a plan says: computed bytes and the layers. @return CVL_OK or CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_chain_row_describe(struct cvl_chain_row *row,
                                               const struct cvl_chain_plan *plan,
                                               struct cvl_error *err);

/** Refuses a described row whose plan needs more under every policy, as cvl_row_keeps_limit. */
CVL_API bool cvl_chain_row_keeps_limit(struct cvl_chain_row *row, uint64_t limit_bytes);

/** Moves the row to the end of results->chains; the source is left empty. */
CVL_API enum cvl_status cvl_results_add_chain(struct cvl_results *results,
                                              struct cvl_chain_row *row, struct cvl_error *err);

#ifdef __cplusplus
}
#endif

#endif
