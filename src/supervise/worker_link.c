/* The supervisor's end of a worker. */
#include "supervise/worker_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "supervise/protocol.h"
#include "sweep/cases.h"

/* Between two calls of `waiting`. */
static const double pause_s = 5.0;

bool cvl_worker_link_is_open(const struct cvl_worker_link *link)
{
    return link->process.pid != 0;
}

void cvl_worker_link_close(struct cvl_worker_link *link)
{
    cvl_process_stop(&link->process, 5.0);
    cvl_text_clear(&link->times);
}

/* Ends the step at hand: its time is taken here, so that sending it costs the worker nothing. */
static void begin_step(struct cvl_worker_link *link, const char *step)
{
    char took[16];
    const double now_s = cvl_host_now();
    cvl_print_seconds(took, sizeof took, now_s - link->step_began_s);
    cvl_text_append(&link->times, "%s%s %s", link->times.length ? ", " : "", link->step, took);
    cvl_copy(link->step, sizeof link->step, step);
    link->step_began_s = now_s;
}

/* Ends the worker for a reason that is not a message. */
static enum cvl_status give_up(struct cvl_worker_link *link, enum cvl_process_event event,
                               struct cvl_error *err)
{
    char how[320];
    cvl_process_stop(&link->process, event == CVL_PROCESS_ENDED ? 5.0 : 0.0);
    switch (event) {
    case CVL_PROCESS_INTERRUPTED:
        return cvl_fail(err, CVL_INTERRUPTED, "interrupted in step %s", link->step);
    case CVL_PROCESS_TIMEOUT:
        return cvl_fail(err, CVL_TIMEOUT, "no answer in step %s; the worker was killed",
                        link->step);
    case CVL_PROCESS_FLOODED:
        return cvl_fail(err, CVL_FAILED, "an endless answer in step %s; the worker was killed",
                        link->step);
    default:
        cvl_process_describe_end(&link->process, how, sizeof how);
        return cvl_fail(err, CVL_CRASHED, "the worker died in step %s: %s", link->step, how);
    }
}

/* Waits for a line, and says every few seconds that it does. */
static enum cvl_process_event wait_for_line(struct cvl_worker_link *link, double deadline_s,
                                            int signal_fd, char **line)
{
    for (;;) {
        const double now_s = cvl_host_now(), next_s = now_s + pause_s;
        const bool is_last = !link->waiting || next_s >= deadline_s;
        const enum cvl_process_event event =
            cvl_process_next(&link->process, is_last ? deadline_s : next_s, signal_fd, line);
        if (link->waiting)
            link->waiting(link->user);
        if (event != CVL_PROCESS_TIMEOUT || is_last)
            return event;
    }
}

/* The next message that is not a step. */
static enum cvl_status hear(struct cvl_worker_link *link, double deadline_s, int signal_fd,
                            struct cvl_message *out, struct cvl_error *err)
{
    for (;;) {
        char *line = NULL;
        enum cvl_process_event event = wait_for_line(link, deadline_s, signal_fd, &line);
        if (event != CVL_PROCESS_LINE)
            return give_up(link, event, err);
        enum cvl_status status = cvl_message_read(line, out, err);
        free(line);
        if (status != CVL_OK) {
            cvl_process_stop(&link->process, 0.0);
            return status;
        }
        begin_step(link, out->kind == CVL_MESSAGE_STEP ? out->step : "");
        if (out->kind != CVL_MESSAGE_STEP)
            return CVL_OK;
    }
}

static enum cvl_status start(const struct cvl_worker_setup *setup, struct cvl_worker_link *out,
                             struct cvl_error *err)
{
    const char *arguments[] = {"worker", "--device", setup->device_id, NULL};
    const bool has_folder = setup->icd_folder && *setup->icd_folder;
    const struct cvl_process_setup process = {arguments, has_folder ? setup->icd_folder : NULL,
                                              setup->echo};
    return cvl_process_start(&process, &out->process, err);
}

/* Sends a line and frees it. A dead worker shows when its answer is waited for. */
static enum cvl_status send_line(struct cvl_worker_link *link, char *line, struct cvl_error *err)
{
    if (!line)
        return cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for a job");
    (void)cvl_process_send(&link->process, line, NULL);
    free(line);
    return CVL_OK;
}

enum cvl_status cvl_worker_link_configure(struct cvl_worker_link *link,
                                          const struct cvl_run_options *options,
                                          struct cvl_error *err)
{
    return send_line(link, cvl_job_options(options), err);
}

/* The clock that the first worker of a device was found to have is that of all. */
static const char *clock_of(const struct cvl_device_facts *facts)
{
    switch (facts->event_clock) {
    case CVL_CLOCK_TRUSTED:
        return cvl_clock_name(CVL_CLOCK_EVENT);
    case CVL_CLOCK_DISTRUSTED:
        return cvl_clock_name(CVL_CLOCK_HOST);
    default:
        return NULL;
    }
}

/* Enumeration gives numbers only: they may have moved since the devices were found. */
static enum cvl_status greet(const struct cvl_device_facts *said, struct cvl_device_facts *facts,
                             struct cvl_error *err)
{
    if (strcmp(said->id, facts->id) != 0 || strcmp(said->name, facts->name) != 0)
        return cvl_fail(err, CVL_FAILED, "device %s was '%s'; the worker found %s, '%s'", facts->id,
                        facts->name, said->id, said->name);
    const struct cvl_device_facts before = *facts;
    *facts = *said;
    facts->peaks = before.peaks;
    if (before.event_clock == CVL_CLOCK_UNKNOWN)
        return CVL_OK;
    facts->event_clock = before.event_clock;
    cvl_copy(facts->event_clock_reason, sizeof facts->event_clock_reason,
             before.event_clock_reason);
    return CVL_OK;
}

enum cvl_status cvl_worker_link_open(const struct cvl_worker_setup *setup, double deadline_s,
                                     int signal_fd, struct cvl_worker_link *out,
                                     struct cvl_device_facts *facts, struct cvl_error *err)
{
    *out = (struct cvl_worker_link){.step = "open", .step_began_s = cvl_host_now()};
    enum cvl_status status = start(setup, out, err);
    struct cvl_message message;
    struct cvl_run_options options = setup->options;
    options.clock = clock_of(facts);
    if (status == CVL_OK)
        status = cvl_worker_link_configure(out, &options, err);
    if (status == CVL_OK)
        status = hear(out, deadline_s, signal_fd, &message, err);
    cvl_text_clear(&out->times);
    if (status != CVL_OK)
        return status;
    if (message.kind == CVL_MESSAGE_HELLO)
        status = greet(&message.device, facts, err);
    else if (message.kind == CVL_MESSAGE_ERROR)
        status = cvl_fail(err, message.error.status, "%s", message.error.text);
    else
        status = cvl_fail(err, CVL_FAILED, "supervise: the worker did not say hello");
    cvl_message_clear(&message);
    if (status != CVL_OK)
        cvl_process_stop(&out->process, 5.0);
    return status;
}

static bool answers(const struct cvl_row *row, const struct cvl_case *item)
{
    const struct cvl_key key = cvl_case_key(item, row->key.device);
    return cvl_key_compare(&row->key, &key, CVL_KEY_ALL) == 0;
}

/* Sends a job and waits for what is not a step. */
static enum cvl_status ask(struct cvl_worker_link *link, char *line, const char *first_step,
                           double limit_s, int signal_fd, struct cvl_message *out,
                           struct cvl_error *err)
{
    cvl_copy(link->step, sizeof link->step, first_step);
    link->step_began_s = cvl_host_now();
    cvl_text_clear(&link->times);
    const enum cvl_status status = send_line(link, line, err);
    return status == CVL_OK ? hear(link, cvl_host_now() + limit_s, signal_fd, out, err) : status;
}

/* An answer that is none to the request: an error of the worker, or something else. */
static enum cvl_status refuse(struct cvl_worker_link *link, struct cvl_message *message,
                              struct cvl_error *err)
{
    enum cvl_status status;
    if (message->kind == CVL_MESSAGE_ERROR) {
        status = cvl_fail(err, CVL_FAILED, "%s", message->error.text);
    } else { /* out of step: no later answer of it can be believed either */
        cvl_process_stop(&link->process, 0.0);
        status = cvl_fail(err, CVL_FAILED, "supervise: the worker answered something else");
    }
    cvl_message_clear(message);
    return status;
}

enum cvl_status cvl_worker_link_measure(struct cvl_worker_link *link, double limit_s, int signal_fd,
                                        struct cvl_device_peaks *peaks, struct cvl_error *err)
{
    struct cvl_message message;
    enum cvl_status status =
        ask(link, cvl_job_measure(), "measure", limit_s, signal_fd, &message, err);
    if (status != CVL_OK)
        return status;
    if (message.kind != CVL_MESSAGE_PEAKS)
        return refuse(link, &message, err);
    *peaks = message.peaks;
    return CVL_OK;
}

enum cvl_status cvl_worker_link_run(struct cvl_worker_link *link, enum cvl_job_kind kind,
                                    const struct cvl_case *item,
                                    const struct cvl_step_choice *choices, double limit_s,
                                    int signal_fd, struct cvl_row *row, struct cvl_error *err)
{
    struct cvl_message message;
    enum cvl_status status =
        ask(link, cvl_job_case(kind, item, choices), "plan", limit_s, signal_fd, &message, err);
    if (status != CVL_OK)
        return status;
    if (message.kind != CVL_MESSAGE_ROW || !answers(&message.row, item))
        return refuse(link, &message, err);
    *row = message.row; /* the caller's now */
    return CVL_OK;
}
