/* Peaks of the devices of a run: kept, measured, measured again. */
#include "supervise/known_peaks.h"

#include <convlens/model.h>

#include "base/log.h"
#include "supervise/measure.h"

enum { MAX_MEASURED = 2 };

/* Measures, and keeps the better of that and of what was kept. */
static enum cvl_status measure(const struct cvl_supervision *s, struct cvl_device_facts *facts,
                               uint32_t *measured, struct cvl_error *err)
{
    const struct cvl_device_peaks kept = facts->peaks;
    struct cvl_error reason = {0};
    const struct cvl_worker_setup setup = {
        .device_id = facts->id, .icd_folder = s->icd_folder, .echo = s->echo};
    ++*measured;
    const enum cvl_status status = cvl_measure_device(&setup, s->signal_fd, facts, &reason);
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
    return is_better ? cvl_store_put_peaks(s->store, facts, err) : CVL_OK;
}

enum cvl_status cvl_known_peaks_learn(const struct cvl_supervision *s,
                                      struct cvl_device_facts *facts, uint32_t *measured,
                                      struct cvl_error *err)
{
    const enum cvl_status status = cvl_store_get_peaks(s->store, facts, &facts->peaks, err);
    const bool is_known = facts->peaks.measured[0] != '\0' && facts->peaks.doubt[0] == '\0';
    return status != CVL_OK || is_known || !s->measure ? status : measure(s, facts, measured, err);
}

enum cvl_status cvl_known_peaks_judge(const struct cvl_supervision *s,
                                      struct cvl_device_facts *facts, uint32_t *measured,
                                      struct cvl_row *row, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    if (s->measure && *measured < MAX_MEASURED && cvl_row_beats_peak(row, &facts->peaks)) {
        status = measure(s, facts, measured, err);
        if (status == CVL_OK)
            status = cvl_store_put_device(s->store, s->run_id, facts, err);
    }
    if (status == CVL_OK)
        cvl_row_judge(row, &facts->peaks);
    return status;
}
