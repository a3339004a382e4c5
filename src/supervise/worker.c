#include "supervise/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <convlens/run.h>

#include "supervise/chain_protocol.h"
#include "supervise/process.h"
#include "supervise/protocol.h"
#include "tuning/choice.h"

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

static void tell_step(void *user, const char *step)
{
    (void)user;
    say(cvl_message_step(step));
}

static void run_case(struct cvl_session *session, const struct cvl_job *request,
                     const struct cvl_run_options *common)
{
    struct cvl_run_options options = *common;
    struct cvl_row row;
    const struct cvl_request task = cvl_tuning_apply(&request->task, &request->tuning);
    cvl_row_init(&row);
    if (request->is_trial) {
        options.time_only = true;
        options.budget_s = request->budget_s;
        options.hopeless_s = request->hopeless_s;
    }
    (void)cvl_session_run(session, request->variant, &task, &options, &row);
    say(cvl_message_row(&row));
    cvl_row_clear(&row);
}

static void run_chain(struct cvl_session *session, const char *line,
                      const struct cvl_run_options *options)
{
    struct cvl_chain_task task;
    struct cvl_error err = {0};
    struct cvl_chain_row row;
    cvl_chain_row_init(&row);
    if (cvl_chain_task_read(line, &task, &err) == CVL_OK) {
        const struct cvl_chain_case item = {&task.chain, task.lead, task.layout, task.dtype};
        cvl_chain_case_name_row(&item, cvl_session_device(session)->id, &row);
        (void)cvl_session_run_chain(session, &task.chain, task.choices, task.layout, task.dtype,
                                    options, &row);
        say(cvl_message_chain(&row));
    } else {
        say(cvl_message_error(&err));
    }
    cvl_chain_row_clear(&row);
    cvl_chain_task_clear(&task);
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

static void answer(struct cvl_session *session, const char *line,
                   const struct cvl_run_options *options)
{
    struct cvl_job request;
    struct cvl_error err = {0};
    if (cvl_job_read(line, &request, &err) != CVL_OK)
        say(cvl_message_error(&err));
    else if (request.is_chain)
        run_chain(session, line, options);
    else if (request.is_measure)
        measure(session, options);
    else
        run_case(session, &request, options);
}

static enum cvl_status open_session(const char *device_id, const char *library,
                                    struct cvl_session **out, struct cvl_error *err)
{
    struct cvl_values values = {0};
    enum cvl_status status = library ? cvl_values_parse(library, &values, err) : CVL_OK;
    if (status == CVL_OK)
        status = cvl_session_create(device_id, out, err);
    if (status == CVL_OK && values.count > 0)
        status = cvl_session_tune_library(*out, values.at, values.count, err);
    if (status != CVL_OK)
        cvl_session_destroy(out);
    return status;
}

int cvl_worker_main(const char *device_id, const struct cvl_worker_options *how)
{
    struct cvl_session *session = NULL;
    struct cvl_error err = {0};
    struct cvl_run_options options = {.budget_s = how->budget_s,
                                      .memory_limit_bytes = how->memory_limit_bytes,
                                      .program_sizes = how->program_sizes,
                                      .dump_folder = how->dump_folder,
                                      .progress = tell_step};
    keep_to_ourselves();
    /* A fixed threshold: each large buffer of a CPU device is a mapping of its own and leaves the
     * process when it is freed, where by default the heap would keep it and look in use. */
    (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    if (open_session(device_id, how->library, &session, &err) != CVL_OK) {
        say(cvl_message_error(&err));
        return 1;
    }
    say(cvl_message_hello(cvl_session_device(session)));
    char *line = NULL;
    size_t size = 0;
    for (ssize_t length; (length = getline(&line, &size, stdin)) > 0;)
        answer(session, line, &options);
    free(line);
    cvl_session_destroy(&session);
    return 0;
}
