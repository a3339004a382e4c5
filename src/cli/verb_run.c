#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "supervise/discover.h"
#include "supervise/supervisor.h"

/* Everything a run holds. */
struct run {
    const struct cvl_options *options;
    struct cvl_inputs inputs;
    struct cvl_discovery discovery;
    struct cvl_device_facts *devices; /* the selected ones, owned */
    size_t device_count;
    struct cvl_store *store;
    int64_t run_id;
    struct cvl_results done; /* of a resumed run */
    bool resumed;
    int signal_fd;
};

static enum cvl_status explain_no_device(const struct cvl_device_list *list, struct cvl_error *err)
{
    struct cvl_text text = {0};
    for (size_t i = 0; i < list->platform_count; i++)
        cvl_text_append(&text, "%s%s (%s)", i ? ", " : "; platforms: ", list->platforms[i].name,
                        list->platforms[i].problem);
    enum cvl_status status =
        cvl_fail(err, CVL_NO_DEVICE, "no OpenCL device%s", text.data ? text.data : "");
    cvl_text_clear(&text);
    return status;
}

static enum cvl_status choose_devices(struct run *run, struct cvl_error *err)
{
    const struct cvl_device_list *list = &run->discovery.list;
    if (list->device_count == 0)
        return explain_no_device(list, err);
    bool *chosen = calloc(list->device_count, sizeof *chosen);
    run->devices = calloc(list->device_count, sizeof *run->devices);
    enum cvl_status status = CVL_OK;
    if (!chosen || !run->devices)
        status = cvl_fail(err, CVL_NO_MEMORY, "no memory for the devices");
    else
        status = cvl_devices_select(list, run->options->selectors, run->options->selector_count,
                                    chosen, err);
    for (size_t i = 0; status == CVL_OK && i < list->device_count; i++)
        if (chosen[i])
            run->devices[run->device_count++] = list->devices[i];
    free(chosen);
    return status;
}

static void describe_host(struct cvl_results *head)
{
    struct utsname name;
    struct cvl_text text = {0};
    if (uname(&name) == 0)
        cvl_text_append(&text, "%s %s %s", name.sysname, name.release, name.machine);
    head->host = cvl_text_take(&text);
    time_t now = time(NULL);
    struct tm parts;
    char stamp[32] = "";
    if (gmtime_r(&now, &parts))
        (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &parts);
    head->started = cvl_duplicate(stamp);
}

static enum cvl_status open_store(struct run *run, struct cvl_error *err)
{
    struct cvl_results head = {0};
    char *identity =
        cvl_cases_identity(run->inputs.cases, run->inputs.case_count, run->options->budget_s);
    describe_host(&head);
    head.command = cvl_duplicate(run->options->command);
    cvl_copy(head.sweep, sizeof head.sweep, run->inputs.name);
    enum cvl_status status = CVL_OK;
    if (!identity) /* an empty one would be that of any run */
        status = cvl_fail(err, CVL_NO_MEMORY, "no memory for the list of cases");
    if (status == CVL_OK)
        status = cvl_store_open(run->options->store, CVL_STORE_WRITE, &run->store, err);
    if (status == CVL_OK)
        status = cvl_store_begin(run->store, &head, identity, run->options->resume, &run->run_id,
                                 &run->resumed, err);
    if (status == CVL_OK && run->resumed)
        status = cvl_store_load(run->store, run->run_id, &run->done, err);
    free(identity);
    cvl_results_clear(&head);
    return status;
}

/* SIGINT and SIGTERM become readable on a descriptor; a worker that is gone must not kill us. */
static enum cvl_status watch_signals(struct run *run, struct cvl_error *err)
{
    sigset_t stop, blocked;
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGINT);
    (void)sigaddset(&stop, SIGTERM);
    blocked = stop;
    (void)sigaddset(&blocked, SIGPIPE);
    if (sigprocmask(SIG_BLOCK, &blocked, NULL) == 0)
        run->signal_fd = signalfd(-1, &stop, SFD_CLOEXEC);
    return run->signal_fd >= 0 ? CVL_OK : cvl_fail(err, CVL_IO, "signalfd: %s", strerror(errno));
}

static enum cvl_status supervise(struct run *run, struct cvl_error *err)
{
    struct cvl_progress_line line = cvl_progress_line_begin(run->options->verbose);
    struct cvl_supervision supervision = {
        .cases = run->inputs.cases,
        .case_count = run->inputs.case_count,
        .devices = run->devices,
        .device_count = run->device_count,
        .icd_folder = run->discovery.icd_folder,
        .dump_folder = run->options->dump_folder,
        .timeout_s = run->options->timeout_s,
        .budget_s = run->options->budget_s,
        .echo = run->options->verbose,
        .store = run->store,
        .run_id = run->run_id,
        .done = run->resumed ? &run->done : NULL,
        .signal_fd = run->signal_fd,
        .progress = cvl_progress_line_show,
        .user = &line,
    };
    enum cvl_status status = cvl_supervise(&supervision, err);
    cvl_progress_line_end(&line);
    return status;
}

static enum cvl_status prepare(struct run *run, struct cvl_error *err)
{
    enum cvl_status status = cvl_output_check(run->options, err);
    if (status == CVL_OK)
        status = cvl_inputs_read(run->options, &run->inputs, err);
    if (status == CVL_OK)
        status = cvl_discover(run->options->verbose, &run->discovery, err);
    if (status == CVL_OK)
        status = choose_devices(run, err);
    if (status == CVL_OK)
        status = open_store(run, err);
    if (status == CVL_OK)
        status = watch_signals(run, err);
    return status;
}

static void clear(struct run *run)
{
    cvl_store_close(&run->store);
    cvl_results_clear(&run->done);
    cvl_discovery_clear(&run->discovery);
    cvl_inputs_clear(&run->inputs);
    free(run->devices);
    if (run->signal_fd >= 0)
        (void)close(run->signal_fd);
}

/* With the workers gone, a reader of our output that leaves early ends us as it ends any program.
 * Ignoring a signal drops one that is pending: a worker's pipe may have left it. */
static void obey_closed_pipes(void)
{
    sigset_t closed;
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGPIPE, before);
    (void)sigemptyset(&closed);
    (void)sigaddset(&closed, SIGPIPE);
    (void)sigprocmask(SIG_UNBLOCK, &closed, NULL);
}

/* What is in the store is what is reported, also of a run that was interrupted. */
static int write_results(struct run *run)
{
    struct cvl_results results = {0};
    struct cvl_error err = {0};
    enum cvl_status status = cvl_store_load(run->store, run->run_id, &results, &err);
    cvl_store_close(&run->store);
    obey_closed_pipes();
    if (status == CVL_OK)
        status = cvl_output_write(run->options, &results, &err);
    int result = status == CVL_OK ? cvl_output_judge(&results) : cvl_report_error(&err);
    cvl_results_clear(&results);
    return result;
}

static int run_sweeps(const struct cvl_options *options)
{
    struct run run = {.options = options, .signal_fd = -1};
    struct cvl_error err = {0};
    int result = CVL_EXIT_DONE;
    enum cvl_status status = prepare(&run, &err);
    if (status == CVL_OK) {
        status = supervise(&run, &err);
        result = write_results(&run);
    }
    if (status != CVL_OK)
        result = cvl_report_error(&err);
    clear(&run);
    return result;
}

const struct cvl_verb cvl_verb_run = {
    .name = "run",
    .arguments = "SWEEP.ini...",
    .summary = "run the layers of a sweep on the devices, record, print the verdicts",
    .options = CVL_FOR_RUN,
    .run = run_sweeps,
};
