/* What a run has to do: sweeps and filters expanded into cases, in the order in which they are run.
 */
#ifndef CVL_SWEEP_CASES_H
#define CVL_SWEEP_CASES_H

#include <stdbool.h>

#include <convlens/result.h>
#include <convlens/sweep.h>
#include <convlens/variant.h>

#include "plan/values.h"

/* One item of a sweep, one layout, one type, one variant. */
struct cvl_sweep_case {
    const struct cvl_sweep_item *item;
    const struct cvl_variant *variant;
    struct cvl_request request;
};

/* Which cases of a sweep are wanted; zero: all. Globs are those of fnmatch. */
struct cvl_case_filter {
    const char *variant_glob;
    const char *layer_glob;
    enum cvl_layout layouts[CVL_LAYOUT_COUNT]; /* instead of the sweep's, where there are any */
    size_t layout_count;
    enum cvl_dtype dtypes[CVL_DTYPE_COUNT];
    size_t dtype_count;
    enum cvl_passes passes[CVL_PASSES_COUNT];
    size_t passes_count;
    enum cvl_optimizer optimizers[CVL_OPTIMIZER_COUNT];
    size_t optimizer_count;
    uint32_t shard, shards; /* the shard-th of shards parts, from 1; shards 0: everything */
};

/* Cases of the sweeps, which must outlive them; the caller frees *out. Cases of one problem follow
 * each other, so that its reference is computed once. What is asked for twice is a case once.
 * @return CVL_OK; CVL_BAD_INPUT where nothing is left, naming the filter; CVL_NO_MEMORY */
enum cvl_status cvl_cases_create(const struct cvl_sweep *sweeps, size_t sweep_count,
                                 const struct cvl_case_filter *filter, struct cvl_sweep_case **out,
                                 size_t *count, struct cvl_error *err);

/* Fills what names a case in a row; `tuning` is what it asked for, with the library's. */
void cvl_case_name_row(const struct cvl_sweep_case *item, const char *device_id,
                       const struct cvl_values *tuning, struct cvl_row *row);

/* Is the row that of this case on this device? */
bool cvl_case_is_row(const struct cvl_sweep_case *item, const char *device_id,
                     const struct cvl_row *row);

/* The command line that repeats just this case with this tuning, whatever a tuning database says
 * then; quoted for a shell, owned by the caller. NULL: out of memory. */
char *cvl_case_repro(const struct cvl_sweep_case *item, const char *device_id,
                     const struct cvl_values *tuning);

/* FNV-1a of a text and a line's end, from what came before; begin with CVL_HASH_BEGIN. */
#define CVL_HASH_BEGIN 0xCBF29CE484222325u
uint64_t cvl_hash_text(uint64_t hash, const char *text);

/* A text that is equal for equal lists of cases run with equal options: what --resume goes by.
 * Owned by the caller. */
char *cvl_cases_identity(const struct cvl_sweep_case *cases, size_t count, double budget_s,
                         uint64_t memory_limit_bytes, const char *tuning);

#endif
