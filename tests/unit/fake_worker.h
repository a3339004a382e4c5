/* What a made-up worker says. Tests start one through a constructor: a worker is always this
 * program again, with the arguments "worker --device ID", and it never gets as far as Criterion. */
#ifndef CVL_TESTS_FAKE_WORKER_H
#define CVL_TESTS_FAKE_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "supervise/process.h"
#include "supervise/protocol.h"
#include "sweep/cases.h"

/* How it ends where its supervisor breaks the rules. */
enum { FAKE_WORKER_UNREADABLE = 8, FAKE_WORKER_DEAF = 9, FAKE_WORKER_UNCONFIGURED = 10 };

/* Writes a line to the supervisor and frees it. */
static inline void fake_worker_say(char *line)
{
    if (dprintf(CVL_PROTOCOL_FD, "%s\n", line) < 0)
        _exit(FAKE_WORKER_DEAF);
    free(line);
}

/* Waits for what asks for an answer. Options on the way there take the place of *options, which
 * begin as NULL: every worker gets its options before anything else.
 * @return false: there is nothing more */
static inline bool fake_worker_hear(struct cvl_run_options **options, struct cvl_job *job)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        if (cvl_job_read(line, job, NULL) != CVL_OK)
            _exit(FAKE_WORKER_UNREADABLE);
        if (job->kind != CVL_JOB_OPTIONS) {
            if (!*options)
                _exit(FAKE_WORKER_UNCONFIGURED);
            free(line);
            return true;
        }
        free(*options); /* their texts live as long as the worker */
        *options = malloc(sizeof **options);
        **options = job->options;
    }
    free(line);
    return false;
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

/* Answers a case with an ok row of that reason. */
static inline void fake_worker_answer(const struct cvl_job *job, const char *reason)
{
    struct cvl_row row;
    cvl_row_init(&row);
    row.key = cvl_case_key(&job->item, "0:0");
    snprintf(row.reason, sizeof row.reason, "%s", reason);
    fake_worker_say(cvl_message_row(&row));
}

/* The same with the row of a wider layer, or of a network of another name. */
static inline void fake_worker_answer_another(const struct cvl_job *job)
{
    struct cvl_row row;
    cvl_row_init(&row);
    row.key = cvl_case_key(&job->item, "0:0");
    if (cvl_key_is_network(&row.key)) {
        row.key.network[0]++;
    } else {
        row.key.problem.iw++;
        row.key.problem.ow++;
    }
    fake_worker_say(cvl_message_row(&row));
}

#endif
