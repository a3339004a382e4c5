/* Copying a run's devices and rows from one store to another. */
#ifndef CVL_STORE_COPY_RUN_H
#define CVL_STORE_COPY_RUN_H

#include "store/store.h"

struct cvl_run_copy {
    struct cvl_store *from, *to;
    int64_t from_run, to_run;
    bool is_merged;                  /* the run came to `from` from another store, too: what `from`
                                        keeps of what devices can do is of another host */
    const struct cvl_results *known; /* what `to_run` has, and keeps; NULL: nothing */
};

/* Within a transaction of the caller on both stores. @param rows is increased by those added */
enum cvl_status cvl_store_copy_run(const struct cvl_run_copy *copy, size_t *rows,
                                   struct cvl_error *err);

#endif
