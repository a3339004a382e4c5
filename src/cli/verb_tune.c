/* convlens tune */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/chosen.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/tuning.h"
#include "cli/verb.h"
#include "report/tuned_formats.h"
#include "supervise/tuner.h"

static const double default_budget_s = 600.0, default_timeout_s = 60.0;

/* Between two lines of progress where standard error is no terminal. */
static const double pause_s = 10.0;

/* Everything a search holds. */
struct tune {
    const struct cvl_options *options;
    struct cvl_inputs inputs;
    struct cvl_chosen chosen;
    struct cvl_tuning_file record;
    int signal_fd;
    bool is_terminal, has_line;
    double shown_s; /* when the last line of progress was written */
};

/* Cases of all variants: the library's name is none of them. */
static enum cvl_status read_inputs(struct tune *tune, struct cvl_error *err)
{
    struct cvl_options all = *tune->options;
    all.filter.variants = (struct cvl_globs){0};
    all.filter.passes[0] = CVL_FORWARD; /* a backward pass has nothing to search for */
    all.filter.passes_count = 1;
    return cvl_inputs_read(&all, &tune->inputs, err);
}

static enum cvl_status prepare(struct tune *tune, struct cvl_error *err)
{
    enum cvl_status status = cvl_output_check(tune->options, &cvl_tuned_formats, err);
    if (status == CVL_OK)
        status = read_inputs(tune, err);
    if (status == CVL_OK)
        status = cvl_tuning_record_open(tune->options, &tune->record, err);
    if (status == CVL_OK)
        status = cvl_chosen_find(tune->options, &tune->chosen, err);
    if (status == CVL_OK)
        status = cvl_signals_watch(&tune->signal_fd, err);
    return status;
}

static void show_progress(void *user, const struct cvl_tuner_progress *progress)
{
    struct tune *tune = user;
    const bool verbose = tune->options->verbose, over = tune->is_terminal && !verbose;
    const double now_s = cvl_host_now();
    if (tune->options->quiet || (!verbose && !over && now_s - tune->shown_s < pause_s))
        return;
    struct cvl_text text = {0};
    char layer[CVL_LAYER_NAME_BYTES], values[CVL_VALUES_TEXT_BYTES], best[16], standard[16];
    const double left_s = progress->left_s > 0.0 ? progress->left_s : 0.0;
    const unsigned seconds = (unsigned)(left_s + 0.5);
    cvl_copy_safe(layer, sizeof layer, progress->job->layer);
    cvl_values_print(progress->asked, values);
    cvl_print_seconds(best, sizeof best, progress->best_s);
    cvl_print_seconds(standard, sizeof standard, progress->default_s);
    cvl_text_append(&text, "%zu tried, %s %s %s: best %s, default %s, %u:%02u left",
                    progress->tried, progress->job->device, progress->job->variant, layer, best,
                    standard, seconds / 60, seconds % 60);
    if (verbose)
        cvl_text_append(&text, "; now %s", *values != '\0' ? values : "default");
    cvl_progress_put(stderr, over, &text);
    tune->has_line = over;
    tune->shown_s = now_s;
}

static enum cvl_status search(struct tune *tune, struct cvl_tuned **tuned, size_t *count,
                              struct cvl_error *err)
{
    const struct cvl_options *options = tune->options;
    const struct cvl_tuner tuner = {
        .cases = tune->inputs.cases,
        .case_count = tune->inputs.case_count,
        .variants = &options->filter.variants,
        .devices = tune->chosen.devices,
        .device_count = tune->chosen.device_count,
        .icd_folder = tune->chosen.discovery.icd_folder,
        .budget_s = options->run.budget_s > 0.0 ? options->run.budget_s : default_budget_s,
        .timeout_s = options->timeout_s > 0.0 ? options->timeout_s : default_timeout_s,
        .echo = options->verbose,
        .database = tune->record.database,
        .signal_fd = tune->signal_fd,
        .progress = show_progress,
        .user = tune,
    };
    const enum cvl_status status = cvl_tune(&tuner, tuned, count, err);
    if (tune->has_line)
        (void)fprintf(stderr, "\r\033[K");
    return status;
}

static void clear(struct tune *tune)
{
    cvl_tuning_origin_close(&tune->record);
    cvl_chosen_clear(&tune->chosen);
    cvl_inputs_clear(&tune->inputs);
    if (tune->signal_fd >= 0)
        (void)close(tune->signal_fd);
}

static int tune_sweeps(const struct cvl_options *options)
{
    struct tune tune = {.options = options,
                        .signal_fd = -1,
                        .is_terminal = isatty(STDERR_FILENO) == 1,
                        .shown_s = cvl_host_now()};
    struct cvl_tuned *tuned = NULL;
    struct cvl_error err = {0}, print_err = {0};
    size_t count = 0;
    enum cvl_status status = prepare(&tune, &err), printed = CVL_OK;
    if (status == CVL_OK)
        status = search(&tune, &tuned, &count, &err);
    if (status == CVL_OK || status == CVL_INTERRUPTED) {
        cvl_signals_obey_closed_pipes();
        const struct cvl_tuned_list list = {tuned, count};
        printed = cvl_output_write(options, &cvl_tuned_formats, &list, &print_err);
    }
    free(tuned);
    clear(&tune);
    if (status != CVL_OK) {
        const int result = cvl_report_error(&err);
        if (status == CVL_INTERRUPTED)
            (void)fprintf(stderr, "convlens: what was tried is kept; go on with: %s\n",
                          options->command);
        return result;
    }
    return printed == CVL_OK ? CVL_EXIT_DONE : cvl_report_error(&print_err);
}

const struct cvl_verb cvl_verb_tune = {
    .name = "tune",
    .arguments = "SWEEP.ini...",
    .formats = &cvl_tuned_formats,
    .details =
        "Candidates are verified and timed within a time budget. The tuning database keeps what "
        "was tried; the same command continues a search.",
    .examples = "convlens tune configs/seed.ini --device 0:0 --budget 120",
    .summary = "search tile parameters for a device, and keep the best for run",
    .options = CVL_FOR_TUNE,
    .run = tune_sweeps,
};
