/* The ledger: what the OpenCL calls of this process really allocate, told by the layer, and own
 * buffers apart from those that a library makes behind our back. */
#ifndef CVL_LAYER_LEDGER_H
#define CVL_LAYER_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include <convlens/result.h>
#include <convlens/status.h>

struct cvl_ledger;

/* Connects to the layer. Comes after the first OpenCL call, with which the loader takes layers in.
 * @return CVL_OK; CVL_UNSUPPORTED with the reason where the layer is not active (then counted
 * figures are absent) */
enum cvl_status cvl_ledger_create(struct cvl_ledger **out, struct cvl_error *err);
void cvl_ledger_destroy(struct cvl_ledger **ledger);

/* What follows belongs to us or to a library, in that stage. */
void cvl_ledger_own(struct cvl_ledger *ledger, uint32_t stage);
void cvl_ledger_library(struct cvl_ledger *ledger, uint32_t stage);

struct cvl_ledger_reading {
    uint64_t live_bytes, peak_bytes;         /* everything */
    uint64_t own_live_bytes, own_peak_bytes; /* ours */
    uint64_t library_live_bytes, library_peak_bytes;
    uint64_t created; /* memory objects since begin */
};

/* Begins a pass: events forgotten, peaks reset to what is live. */
void cvl_ledger_begin(struct cvl_ledger *ledger);
void cvl_ledger_read(struct cvl_ledger *ledger, struct cvl_ledger_reading *out);
void cvl_ledger_reset_peaks(struct cvl_ledger *ledger);

/* Waits until the driver has destroyed all that was released, at most `limit_s`.
 * @return true where nothing is pending */
bool cvl_ledger_settle(struct cvl_ledger *ledger, double limit_s);

/* The pass's events as timeline entries of a row: appended to *entries (realloc'd, *count grows).
 * `name` gives the plan buffer by its creation order among our own objects in this pass; names may
 * be NULL. */
enum cvl_status cvl_ledger_timeline(struct cvl_ledger *ledger, enum cvl_policy policy,
                                    const char *const *names, size_t name_count,
                                    struct cvl_row_allocation **entries, size_t *count,
                                    struct cvl_error *err);

#endif
