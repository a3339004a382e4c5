/* The cases of a run: sweeps and filters, expanded, in the order in which they are run:
 * single layers first, then networks. */
#ifndef CVL_SWEEP_CASES_H
#define CVL_SWEEP_CASES_H

#include <stdbool.h>

#include <convlens/key.h>
#include <convlens/sweep.h>
#include <convlens/variant.h>

#include "base/globs.h"

/* Which cases of a sweep are wanted; zero: all. */
struct cvl_case_filter {
    struct cvl_globs variants;
    struct cvl_globs layers; /* layers of those names alone; with networks_only, networks */
    enum cvl_layout layouts[CVL_LAYOUT_COUNT]; /* instead of the sweep's, where there are any */
    size_t layout_count;
    enum cvl_dtype dtypes[CVL_DTYPE_COUNT];
    size_t dtype_count;
    enum cvl_passes passes[CVL_PASSES_COUNT];
    size_t passes_count;
    enum cvl_optimizer optimizers[CVL_OPTIMIZER_COUNT];
    size_t optimizer_count;
    uint32_t shard, shards; /* the shard-th of shards parts, from 1; shards 0: everything */
    bool networks_only;
};

/* Cases of the sweeps, which must outlive them; the caller frees *out. Cases of one problem follow
 * each other, so that its reference is computed once. What is asked for twice is a case once.
 * Networks run forward.
 * @return CVL_OK; CVL_BAD_INPUT where a glob matches nothing, naming what there is, where
 * nothing is left, naming the filter, or where two networks
 * that differ have one name; CVL_NO_MEMORY */
enum cvl_status cvl_cases_create(const struct cvl_sweep *sweeps, size_t sweep_count,
                                 const struct cvl_case_filter *filter, struct cvl_case **out,
                                 size_t *count, struct cvl_error *err);

/* The key of the case's row on a device. */
struct cvl_key cvl_case_key(const struct cvl_case *item, const char *device_id);

/* The command line that repeats just this case, quoted for a shell, owned by the caller. NULL: out
 * of memory.
 * @param network_command what repeats the networks, "convlens run --network FILE"
 * @param tuning what --tuning takes: "none", or values
 * @param as what --as takes; NULL: nothing */
char *cvl_case_repro(const struct cvl_case *item, const char *device_id,
                     const char *network_command, const char *tuning, const char *as);

/* A text that is equal for equal lists of cases run with equal options: what --resume goes by.
 * Owned by the caller; NULL: out of memory.
 * @param options those that change what a row is, as a text */
char *cvl_cases_identity(const struct cvl_case *cases, size_t count, const char *options);

#endif
