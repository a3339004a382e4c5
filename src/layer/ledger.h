/* The ledger: what the OpenCL calls of this process really allocate, as the layer counts it. It
 * separates our own buffers from a library's hidden ones. */
#ifndef CVL_LAYER_LEDGER_H
#define CVL_LAYER_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include <convlens/result.h>
#include <convlens/status.h>

struct cvl_ledger;

/* Connects to the layer. Call it after the first OpenCL call, during which the loader loads layers.
 * @return CVL_OK; CVL_UNSUPPORTED with the reason if the layer is not active; counted figures are
 *         then absent */
enum cvl_status cvl_ledger_create(struct cvl_ledger **out, struct cvl_error *err);
void cvl_ledger_destroy(struct cvl_ledger **ledger);

/* What follows belongs to us or to a library, in that stage. */
void cvl_ledger_own(struct cvl_ledger *ledger, uint32_t stage);
void cvl_ledger_library(struct cvl_ledger *ledger, uint32_t stage);

struct cvl_ledger_reading {
    uint64_t live_bytes, peak_bytes;         /* all buffers */
    uint64_t own_live_bytes, own_peak_bytes; /* our own */
    uint64_t library_live_bytes, library_peak_bytes;
    uint64_t created; /* memory objects since begin */
};

/* Begins a pass: clears the events and resets the peaks to the live bytes. */
void cvl_ledger_begin(struct cvl_ledger *ledger);
void cvl_ledger_read(struct cvl_ledger *ledger, struct cvl_ledger_reading *out);
void cvl_ledger_reset_peaks(struct cvl_ledger *ledger);

/* Waits at most `limit_s` until the driver has destroyed everything that was released.
 * @return true if nothing is pending */
bool cvl_ledger_settle(struct cvl_ledger *ledger, double limit_s);

/* Appends the pass's events to *entries as a row's timeline; reallocates *entries and increases
 * *count. `names` has the plan buffers in the order in which we create them in this pass; it may be
 * NULL. */
enum cvl_status cvl_ledger_timeline(struct cvl_ledger *ledger, enum cvl_policy policy,
                                    const char *const *names, size_t name_count,
                                    struct cvl_row_allocation **entries, size_t *count,
                                    struct cvl_error *err);

#endif
