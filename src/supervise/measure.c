/* Sends a worker for a device's peaks. */
#include "supervise/measure.h"

#include "base/clock.h"
#include "base/text.h"

static const double start_limit_s = 60.0;
static const double measure_limit_s = 60.0;

enum cvl_status cvl_measure_device(const struct cvl_worker_setup *setup, int signal_fd,
                                   struct cvl_device_facts *facts, struct cvl_error *err)
{
    struct cvl_worker_link link;
    struct cvl_error reason = {0};
    facts->peaks = cvl_device_peaks_none();
    enum cvl_status status = cvl_worker_link_open(setup, cvl_host_now() + start_limit_s, signal_fd,
                                                  &link, facts, &reason);
    if (status == CVL_OK)
        status = cvl_worker_link_measure(&link, measure_limit_s, signal_fd, &facts->peaks, &reason);
    cvl_worker_link_close(&link);
    if (status == CVL_OK)
        return CVL_OK;
    cvl_print_utc_now(facts->peaks.measured, sizeof facts->peaks.measured);
    cvl_copy_safe(facts->peaks.reason, sizeof facts->peaks.reason, reason.text);
    return cvl_fail(err, status, "%s", reason.text);
}
