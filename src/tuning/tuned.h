/* What a search found for a variant on a class of problems. */
#ifndef CVL_TUNING_TUNED_H
#define CVL_TUNING_TUNED_H

#include <convlens/key.h>

#include "tuning/database.h"

struct cvl_tuned {
    char device[CVL_DEVICE_ID_BYTES];
    char variant[CVL_VARIANT_NAME_BYTES];
    char layer[CVL_LAYER_NAME_BYTES]; /* the first of the class */
    uint32_t layer_count;             /* how often a network has layers of the class */
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    struct cvl_problem_class kind;
    size_t tried, failed; /* candidates, earlier searches' included */
    size_t skipped;       /* of those that failed: before they ran */
    bool over;            /* nothing is left to try */
    bool settled;         /* the best was held against the default */
    struct cvl_settlement settled_as;
};

/* What is written of a search. */
struct cvl_tuned_list {
    const struct cvl_tuned *at;
    size_t count;
};

/* Default over best; NAN where it is not settled. */
double cvl_tuned_gain(const struct cvl_tuned *tuned);
/* Geometric mean of the gains that are known; NAN: none is. */
double cvl_tuned_mean_gain(const struct cvl_tuned_list *list);

#endif
