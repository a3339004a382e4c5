/* What a made-up worker says. Tests start one through a constructor: a worker is always this
 * program again, with the arguments "worker --device ID", and it never gets as far as Criterion. */
#ifndef CVL_TESTS_FAKE_WORKER_H
#define CVL_TESTS_FAKE_WORKER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "supervise/process.h"
#include "supervise/protocol.h"

/* Writes a line to the supervisor and frees it. */
static inline void fake_worker_say(char *line)
{
    if (dprintf(CVL_PROTOCOL_FD, "%s\n", line) < 0)
        _exit(9);
    free(line);
}

static inline struct cvl_device_facts fake_worker_facts(const char *id)
{
    struct cvl_device_facts facts = cvl_device_facts_default();
    snprintf(facts.id, sizeof facts.id, "%s", id);
    return facts;
}

/* What a made-up device can do at most. */
static inline void fake_worker_peaks(void)
{
    struct cvl_device_peaks peaks = cvl_device_peaks_none();
    snprintf(peaks.measured, sizeof peaks.measured, "2026-01-02T03:04:05Z");
    peaks.f32_flops_per_s = 100e9;
    peaks.read_bytes_per_s = 10e9;
    fake_worker_say(cvl_message_peaks(&peaks));
}

/* Answers a request with an ok row; with `wider`, of a problem so many columns wider. */
static inline void fake_worker_answer(const char *request_line, int32_t wider)
{
    struct cvl_job request;
    struct cvl_row row;
    cvl_row_init(&row);
    if (cvl_job_read(request_line, &request, NULL) != CVL_OK)
        _exit(8);
    row.key.problem = request.task.problem;
    row.key.problem.iw += wider;
    row.key.problem.ow += wider;
    row.key.layout = request.task.layout;
    row.key.dtype = request.task.dtype;
    snprintf(row.key.device, sizeof row.key.device, "0:0");
    snprintf(row.key.variant, sizeof row.key.variant, "%s", cvl_variant_name(request.variant));
    snprintf(row.reason, sizeof row.reason, "made up");
    fake_worker_say(cvl_message_row(&row));
}

#endif
