#include "supervise/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <convlens/run.h>

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

static void tell_step(void *user, const char *step)
{
    (void)user;
    say(cvl_message_step(step));
}

static void run_case(struct cvl_session *session, const char *line,
                     const struct cvl_run_options *options)
{
    struct cvl_case request;
    const struct cvl_variant *variant = NULL;
    struct cvl_error err = {0};
    struct cvl_row row;
    cvl_row_init(&row);
    if (cvl_request_read(line, &request, &variant, &err) == CVL_OK) {
        (void)cvl_session_run(session, variant, &request, options, &row);
        say(cvl_message_row(&row));
    } else {
        say(cvl_message_error(&err));
    }
    cvl_row_clear(&row);
}

int cvl_worker_main(const char *device_id, double budget_s, const char *dump_folder)
{
    struct cvl_session *session = NULL;
    struct cvl_error err = {0};
    struct cvl_run_options options = {
        .budget_s = budget_s, .dump_folder = dump_folder, .progress = tell_step};
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
        run_case(session, line, &options);
    free(line);
    cvl_session_destroy(&session);
    return 0;
}
