/* What a device of a run can do at most: read from the store, measured where that is not enough. */
#ifndef CVL_SUPERVISE_KNOWN_PEAKS_H
#define CVL_SUPERVISE_KNOWN_PEAKS_H

#include <convlens/result.h>
#include <convlens/store.h>

#include "supervise/measure.h"

/* How a run learns the peaks of one device. */
struct cvl_known_peaks {
    struct cvl_store *store;
    int64_t run_id;
    struct cvl_worker_setup setup; /* of the worker that measures */
    int signal_fd;
    bool may_measure;
    uint32_t measured; /* how often it did, in this run */
};

/* Fills facts->peaks: as the store knows them, else measured now. What was measured under load is
 * measured again; the better figures are kept. That a device cannot be measured costs its rows
 * their fraction of the peak, and nothing else.
 * @return CVL_OK, CVL_INTERRUPTED, CVL_NO_MEMORY, or what the store says */
enum cvl_status cvl_known_peaks_learn(struct cvl_known_peaks *known, struct cvl_device_facts *facts,
                                      struct cvl_error *err);

/* cvl_row_judge. A row that is faster than the peak shows that this was measured too low: it is
 * measured again first, unless it was twice. The returns are the same. */
enum cvl_status cvl_known_peaks_judge(struct cvl_known_peaks *known, struct cvl_device_facts *facts,
                                      struct cvl_row *row, struct cvl_error *err);

#endif
