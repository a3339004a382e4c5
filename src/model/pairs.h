/* Which rows of two results belong together: convlens/compare.h has the rules. */
#ifndef CVL_MODEL_PAIRS_H
#define CVL_MODEL_PAIRS_H

#include <convlens/result.h>

struct cvl_pair {
    const struct cvl_row *before, *after; /* NULL: there is none */
    bool problem_changed;
};

/* The pairs in the order of `after`, then what only `before` has. The caller frees *out with free.
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_pairs_create(const struct cvl_results *before, const struct cvl_results *after,
                                 struct cvl_pair **out, size_t *count, struct cvl_error *err);

#endif
