/* convlens run */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/chosen.h"
#include "cli/gate.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/tuning.h"
#include "cli/verb.h"
#include "report/writer.h"
#include "result/device_json.h"
#include "result/device_spec.h"
#include "result/fields.h"
#include "supervise/ahead.h"

/* Everything a run holds. */
struct run {
    const struct cvl_options *options;
    struct cvl_inputs inputs;
    struct cvl_chosen chosen;
    struct cvl_tuning_file tuning;
    struct cvl_gate gate;
    struct cvl_store *store;
    int64_t run_id;
    struct cvl_device_facts planned; /* of --as */
    char *as;                        /* the same as JSON; NULL: none */
    struct cvl_results done;         /* of a resumed run */
    struct cvl_row_index done_rows;
    struct cvl_text network_command; /* convlens run --network FILE... */
    bool resumed;
    int signal_fd;
};

static void describe_host(struct cvl_results *head)
{
    struct utsname name;
    struct cvl_text text = {0};
    if (uname(&name) == 0)
        cvl_text_append(&text, "%s %s %s", name.sysname, name.release, name.machine);
    head->host = cvl_text_take(&text);
    char stamp[32];
    cvl_print_utc_now(stamp, sizeof stamp);
    head->started = cvl_duplicate(stamp);
}

/* Of the options those that change what a row is. The text is that of stores that exist. */
static char *make_identity(const struct run *run)
{
    const struct cvl_options *options = run->options;
    struct cvl_text text = {0};
    cvl_text_append(&text, "budget %g tuning %s", options->run.budget_s,
                    options->tuning ? options->tuning : "settled");
    if (options->run.memory_limit_bytes > 0)
        cvl_text_append(&text, " memory limit %llu",
                        (unsigned long long)options->run.memory_limit_bytes);
    if (run->as)
        cvl_text_append(&text, " as %s", run->as);
    char *identity = text.failed
                         ? NULL
                         : cvl_cases_identity(run->inputs.cases, run->inputs.case_count, text.data);
    cvl_text_clear(&text);
    return identity;
}

static enum cvl_status open_store(struct run *run, struct cvl_error *err)
{
    struct cvl_results head = {0};
    char *identity = make_identity(run);
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
    if (status == CVL_OK && run->resumed)
        status = cvl_row_index_create(run->done.rows, run->done.row_count, CVL_KEY_ALL,
                                      &run->done_rows, err);
    free(identity);
    cvl_results_clear(&head);
    return status;
}

static enum cvl_status supervise(struct run *run, struct cvl_error *err)
{
    struct cvl_progress_line line = cvl_progress_line_begin(run->options);
    struct cvl_supervision supervision = {
        .cases = run->inputs.cases,
        .case_count = run->inputs.case_count,
        .network_command = run->network_command.data,
        .devices = run->chosen.devices,
        .device_count = run->chosen.device_count,
        .icd_folder = run->chosen.discovery.icd_folder,
        .tuning = &run->tuning.origin,
        .timeout_s = run->options->timeout_s > 0.0 ? run->options->timeout_s : 300.0,
        .options = run->options->run,
        .planned = run->as ? &run->planned : NULL,
        .as = run->options->as,
        .echo = run->options->verbose,
        .measure = !run->options->no_measure && !run->as,
        .store = run->store,
        .run_id = run->run_id,
        .done = run->resumed ? &run->done : NULL,
        .done_rows = run->resumed ? &run->done_rows : NULL,
        .signal_fd = run->signal_fd,
        .progress = cvl_progress_line_show,
        .user = &line,
    };
    supervision.options.as = run->as;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < supervision.device_count && status == CVL_OK; i++)
        status = cvl_ahead_compile(&supervision, &supervision.devices[i], err);
    if (status == CVL_OK)
        status = cvl_supervise(&supervision, err);
    cvl_progress_line_end(&line);
    return status;
}

/* What repeats a network but for device, variant, layout, type and tuning. */
static void describe_networks(struct run *run)
{
    struct cvl_text *command = &run->network_command;
    const struct cvl_options *options = run->options;
    cvl_text_append(command, "convlens run --network");
    for (size_t i = 0; i < options->operand_count; i++) {
        cvl_text_append(command, " ");
        cvl_text_append_quoted(command, options->operands[i]);
    }
    for (size_t i = 0; i < options->shapes.count; i++) {
        cvl_text_append(command, " --shape ");
        cvl_text_append_quoted(command, options->shapes.at[i]);
    }
    if (options->order)
        cvl_text_append(command, " --order %s", options->order); /* file or best */
    for (size_t i = 0; i < options->patches.count; i++) {
        cvl_text_append(command, " --patches ");
        cvl_text_append_quoted(command, options->patches.at[i]);
    }
}

/* A file is read once: workers and --resume go by what it says now. */
static enum cvl_status read_planned(struct run *run, struct cvl_error *err)
{
    struct cvl_error reason = {0};
    if (!run->options->as)
        return CVL_OK;
    const enum cvl_status status = cvl_device_spec_read(run->options->as, &run->planned, &reason);
    if (status != CVL_OK)
        return cvl_fail(err, status, "--as: %s", reason.text);
    run->as = cvl_json_print(cvl_device_json(&run->planned));
    return run->as ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "--as: out of memory");
}

static enum cvl_status prepare(struct run *run, struct cvl_error *err)
{
    describe_networks(run);
    enum cvl_status status = cvl_gate_open(run->options, &run->gate, err);
    if (status == CVL_OK)
        status = read_planned(run, err);
    if (status == CVL_OK)
        status = cvl_inputs_read(run->options, &run->inputs, err);
    if (status == CVL_OK)
        status = cvl_tuning_origin_open(run->options, &run->tuning, err);
    if (status == CVL_OK)
        status = cvl_chosen_find(run->options, &run->chosen, err);
    if (status == CVL_OK)
        status = open_store(run, err);
    if (status == CVL_OK)
        status = cvl_signals_watch(&run->signal_fd, err);
    return status;
}

static void clear(struct run *run)
{
    cvl_store_close(&run->store);
    cvl_row_index_clear(&run->done_rows);
    cvl_results_clear(&run->done);
    cvl_gate_clear(&run->gate);
    cvl_chosen_clear(&run->chosen);
    cvl_tuning_origin_close(&run->tuning);
    cvl_inputs_clear(&run->inputs);
    cvl_text_clear(&run->network_command);
    free(run->as);
    if (run->signal_fd >= 0)
        (void)close(run->signal_fd);
}

/* With a baseline the comparison is the answer, and says what fails. */
static enum cvl_status write_or_compare(const struct run *run, const struct cvl_results *results,
                                        int *result, struct cvl_error *err)
{
    const struct cvl_gate_side before = {run->options->baseline, &run->gate.baseline};
    const struct cvl_gate_side after = {"this run", results};
    if (run->gate.is_there)
        return cvl_gate_compare(run->options, &before, &after, result, err);
    *result = cvl_exit_of_rows(results);
    return cvl_output_write(run->options, &cvl_results_formats, results, err);
}

/* What is in the store is what is reported, also of a run that was interrupted. */
static int write_results(struct run *run, size_t *kept)
{
    struct cvl_results results = {0};
    struct cvl_error err = {0};
    enum cvl_status status = cvl_store_load(run->store, run->run_id, &results, &err);
    cvl_store_close(&run->store);
    cvl_signals_obey_closed_pipes();
    int result = CVL_EXIT_DONE;
    if (run->options->no_weights)
        cvl_results_leave_out_weights(&results);
    if (status == CVL_OK)
        status = write_or_compare(run, &results, &result, &err);
    *kept = results.row_count;
    if (status != CVL_OK)
        result = cvl_report_error(&err);
    cvl_results_clear(&results);
    return result;
}

/* What an interrupted run has, and the command that goes on with it. */
static void explain_interruption(const struct run *run, size_t kept)
{
    static const char begin[] = "convlens run";
    const struct cvl_options *options = run->options;
    char store[256];
    cvl_copy_safe(store, sizeof store, options->store);
    const size_t total = run->inputs.case_count * run->chosen.device_count;
    (void)fprintf(stderr, "convlens: %zu of %zu rows are kept in %s\n", kept, total, store);
    if (options->command)
        (void)fprintf(stderr, "convlens: go on with: %s%s%s\n", begin,
                      options->resume ? "" : " --resume", options->command + strlen(begin));
}

static int run_sweeps(const struct cvl_options *options)
{
    struct run run = {.options = options, .signal_fd = -1};
    struct cvl_error err = {0};
    int result = CVL_EXIT_DONE;
    size_t kept = 0;
    enum cvl_status status = prepare(&run, &err);
    if (status == CVL_OK) {
        status = supervise(&run, &err);
        result = write_results(&run, &kept);
    }
    if (status != CVL_OK)
        result = cvl_report_error(&err);
    if (status == CVL_INTERRUPTED)
        explain_interruption(&run, kept);
    clear(&run);
    return result;
}

const struct cvl_verb cvl_verb_run = {
    .name = "run",
    .arguments = "SWEEP.ini...",
    .formats = &cvl_results_formats,
    .details =
        "Each variant of each layer is planned, verified against a reference, measured in bytes "
        "and timed, on each device that is selected. Each row goes into the store as soon as "
        "it is measured. A driver that crashes or hangs costs one row. Ctrl-C keeps what was "
        "done and shows the command that continues.",
    .examples = "convlens run configs/seed.ini\n"
                "convlens run configs/seed.ini --resume\n"
                "convlens run --problem separable:ic64ih112oc128kh3sh2ph1 --device cpu",
    .summary = "run the layers of a sweep on devices, record the rows, answer the question",
    .options = CVL_FOR_RUN,
    .run = run_sweeps,
};
