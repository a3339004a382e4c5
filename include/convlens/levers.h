/** Levers: what would lower the peak of a network, and what each would give. Pure functions over
 *  results: a lever is a row that is there, so its bytes are computed or counted and its time is
 *  measured. What ops in place save is computed: the row says what its peak would be without. */
#ifndef CONVLENS_LEVERS_H
#define CONVLENS_LEVERS_H

#include <convlens/answer.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CVL_LEVER_WORDS_BYTES = 64, CVL_PEAK_LAYERS = 5 };

/** What changes. The first three are of the same row. */
enum cvl_lever_kind {
    CVL_LEVER_FREE_EARLY, /* free each buffer after its last use */
    CVL_LEVER_ARENA,      /* the same, in one allocation */
    CVL_LEVER_IN_PLACE,   /* ops in place, views and concats without copies: what they save now */
    CVL_LEVER_VARIANT,    /* another algorithm that works in as many kernels */
    CVL_LEVER_LAYOUT,     /* the other layout */
    CVL_LEVER_FORM,       /* another form: one kernel after the other */
    CVL_LEVER_BANDS,      /* another form, or the same, one band of rows at a time */
    CVL_LEVER_FUSE,       /* the same in one kernel */
    CVL_LEVER_TYPE,       /* another data type */
    CVL_LEVER_PATCHES,    /* its first layers patch by patch */
    CVL_LEVER_BATCH,      /* fewer images at a time: the same network at a smaller batch */
    CVL_LEVER_KIND_COUNT
};

struct cvl_lever {
    enum cvl_lever_kind kind;
    const struct cvl_row *row; /* the one of least peak that has it */
    enum cvl_policy policy;    /* of both figures: freed, but of the first two levers */
    uint32_t executions;       /* of the row for as many images as the base has: 1 but of a batch */
    uint64_t peak_bytes;
    int64_t saved_bytes; /* less than without it; negative: it needs more */
    double saved_percent;
    bool has_time; /* time is valid: how much faster it is, all executions together; of the first
                      three levers it is not */
    struct cvl_time_ratio time;
};

/** A layer that holds the peak up: what lives while it runs. */
struct cvl_peak_layer {
    const struct cvl_row_layer *layer;
    uint64_t live_bytes; /* under freed, weights included */
};

/** A network as it is: on one device, in one layout and data type. */
struct cvl_network_levers {
    const struct cvl_row *base; /* the standard form where it is there: the fastest; `direct`, or
                                   else the first, where none is timed */
    struct cvl_lever levers[CVL_LEVER_KIND_COUNT]; /* the one that saves most first */
    size_t lever_count;
    struct cvl_peak_layer layers[CVL_PEAK_LAYERS]; /* the largest first */
    size_t layer_count;
};

/** Finds the levers of each network of the results, which must outlive them. The caller frees *out
 *  with free. @return CVL_OK or CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_levers_create(const struct cvl_results *results,
                                          struct cvl_network_levers **out, size_t *count,
                                          struct cvl_error *err);

/** Of a network that is another one patch by patch, as cvl_network_patch calls it: "4x4:layer".
 *  NULL: it is not. */
CVL_API const char *cvl_lever_patches(const char *network, const char *whole);

CVL_API const char *cvl_lever_name(enum cvl_lever_kind kind); /* "free_early", ... */

#ifdef __cplusplus
}
#endif

#endif
