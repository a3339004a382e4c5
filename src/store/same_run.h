/* Whether two stores have the same run. */
#ifndef CVL_STORE_SAME_RUN_H
#define CVL_STORE_SAME_RUN_H

#include "store/store.h"

/* Finds the run of a store that is the same as a run of another, whose identity is given
 * (cvl_store_merge says what is the same).
 * @param run_id receives it; 0: the store has none
 * @param lacking receives how many rows it lacks
 * @return CVL_OK, CVL_BAD_INPUT where the store is damaged, CVL_NO_MEMORY, CVL_IO */
enum cvl_status cvl_store_find_same(struct cvl_store *store, const struct cvl_results *run,
                                    const char *identity, int64_t *run_id, size_t *lacking,
                                    struct cvl_error *err);

#endif
