/* Peaks of the devices of a run: kept, measured, measured again. */
#include "supervise/known_peaks.h"

#include <convlens/model.h>

#include "base/log.h"

enum { MAX_MEASURED = 2 };

/* Measures, and keeps the better of that and of what was kept. */
static enum cvl_status measure(struct cvl_known_peaks *known, struct cvl_device_facts *facts,
                               struct cvl_error *err)
{
    const struct cvl_device_peaks kept = facts->peaks;
    struct cvl_error reason = {0};
    known->measured++;
    const enum cvl_status status =
        cvl_measure_device(&known->setup, known->signal_fd, facts, &reason);
    if (status == CVL_INTERRUPTED || status == CVL_NO_MEMORY)
        return cvl_fail(err, status, "%s", reason.text);
    if (status != CVL_OK)
        cvl_log(CVL_LOG_WARNING, "device %s could not be measured: %s", facts->id, reason.text);
    const struct cvl_device_peaks later = facts->peaks;
    const bool is_better = cvl_peaks_merge(&kept, &later, &facts->peaks);
    if (facts->peaks.doubt[0] != '\0')
        cvl_log(CVL_LOG_WARNING,
                "device %s: its peaks are in doubt: %s; the next run measures them again",
                facts->id, facts->peaks.doubt);
    return is_better ? cvl_store_put_peaks(known->store, facts, err) : CVL_OK;
}

enum cvl_status cvl_known_peaks_learn(struct cvl_known_peaks *known, struct cvl_device_facts *facts,
                                      struct cvl_error *err)
{
    const enum cvl_status status = cvl_store_get_peaks(known->store, facts, &facts->peaks, err);
    const bool is_known = facts->peaks.measured[0] != '\0' && facts->peaks.doubt[0] == '\0';
    return status != CVL_OK || is_known || !known->may_measure ? status
                                                               : measure(known, facts, err);
}

enum cvl_status cvl_known_peaks_judge(struct cvl_known_peaks *known, struct cvl_device_facts *facts,
                                      struct cvl_row *row, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    if (known->may_measure && known->measured < MAX_MEASURED &&
        cvl_row_beats_peak(row, &facts->peaks)) {
        status = measure(known, facts, err);
        if (status == CVL_OK)
            status = cvl_store_put_device(known->store, known->run_id, facts, err);
    }
    if (status == CVL_OK)
        cvl_row_judge(row, &facts->peaks);
    return status;
}
