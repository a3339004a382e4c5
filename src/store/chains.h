/* Reading a run's networks. */
#ifndef CVL_STORE_CHAINS_H
#define CVL_STORE_CHAINS_H

#include "store/store.h"

/* Appends the networks of a run, in the order they were recorded; none where the store has no table
 * of them. */
enum cvl_status cvl_store_read_chains(struct cvl_store *store, int64_t run_id,
                                      struct cvl_results *out, struct cvl_error *err);

#endif
