/* The hidden verbs `probe` and `worker`. */
#include "supervise/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <convlens/run.h>

#include "run/options.h"
#include "supervise/process.h"
#include "supervise/protocol.h"

/* Writes a line and frees it. A supervisor that is gone ends the worker: nobody waits for it. */
static void say(char *line)
{
    struct cvl_text text = {0};
    cvl_text_append(&text, "%s\n", line ? line : "{}");
    free(line);
    if (text.failed)
        _exit(1);
    for (size_t sent = 0; sent < text.length;) {
        ssize_t count = write(CVL_PROTOCOL_FD, text.data + sent, text.length - sent);
        if (count < 0 && errno != EINTR)
            _exit(1);
        sent += count > 0 ? (size_t)count : 0;
    }
    cvl_text_clear(&text);
}

/* What a driver starts, a linker for instance, has no part in the conversation. */
static void keep_to_ourselves(void)
{
    (void)fcntl(CVL_PROTOCOL_FD, F_SETFD, FD_CLOEXEC);
}

int cvl_probe_main(void)
{
    keep_to_ourselves();
    struct cvl_device_list list = {0};
    struct cvl_error err = {0};
    enum cvl_status status = cvl_devices_enumerate(&list, &err);
    say(status == CVL_OK ? cvl_device_list_write(&list) : cvl_message_error(&err));
    cvl_device_list_clear(&list);
    return 0;
}

static void report_step(void *user, const char *step)
{
    (void)user;
    say(cvl_message_step(step));
}

static void run_case(struct cvl_session *session, const struct cvl_job *job,
                     const struct cvl_run_options *options)
{
    struct cvl_row row;
    cvl_row_init(&row);
    (void)(job->kind == CVL_JOB_TIME ? cvl_session_time : cvl_session_run_case)(
        session, &job->item, job->choices, options, &row);
    say(cvl_message_row(&row));
    cvl_row_clear(&row);
}

static void measure(struct cvl_session *session, const struct cvl_run_options *options)
{
    struct cvl_device_peaks peaks;
    struct cvl_error err = {0};
    if (cvl_session_measure(session, options, &peaks, &err) == CVL_OK)
        say(cvl_message_peaks(&peaks));
    else
        say(cvl_message_error(&err));
}

/* From here on cases are run so. The options own their texts. */
static void configure(struct cvl_job *job, struct cvl_run_options *options)
{
    cvl_run_options_clear(options);
    *options = job->options;
    options->progress = report_step;
    job->options = (struct cvl_run_options){0};
}

static void answer(struct cvl_session *session, const char *line, struct cvl_run_options *options)
{
    struct cvl_job job;
    struct cvl_error err = {0};
    if (cvl_job_read(line, &job, &err) != CVL_OK)
        say(cvl_message_error(&err));
    else if (job.kind == CVL_JOB_OPTIONS)
        configure(&job, options);
    else if (job.kind == CVL_JOB_MEASURE)
        measure(session, options);
    else
        run_case(session, &job, options);
    cvl_job_clear(&job);
}

int cvl_worker_main(const char *device_id)
{
    struct cvl_session *session = NULL;
    struct cvl_error err = {0};
    struct cvl_run_options options = {.progress = report_step};
    keep_to_ourselves();
    /* A fixed threshold: each large buffer of a CPU device is a mapping of its own and leaves the
     * process when it is freed, where by default the heap would keep it and look in use. */
    (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    if (cvl_session_create(device_id, &session, &err) != CVL_OK) {
        say(cvl_message_error(&err));
        return 1;
    }
    say(cvl_message_hello(cvl_session_device(session)));
    char *line = NULL;
    size_t size = 0;
    for (ssize_t length; (length = getline(&line, &size, stdin)) > 0;)
        answer(session, line, &options);
    free(line);
    cvl_run_options_clear(&options);
    cvl_session_destroy(&session);
    return 0;
}
