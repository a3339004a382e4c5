/* convlens trace */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/output.h"
#include "cli/verb.h"
#include "report/trace_formats.h"
#include "trace/session.h"

enum { SIGNAL_BASE = 128 }; /* as shells count */

enum { MAX_OUTPUTS = 8 };

/* A format of the report, and where it goes. */
struct output {
    const struct cvl_format *format;
    const char *path; /* NULL: standard error */
    FILE *stream;
};

static enum cvl_status read_output(const char *text, const char *fallback, struct output *out,
                                   struct cvl_error *err)
{
    struct cvl_output output = {0};
    const enum cvl_status status = cvl_output_read(text, &cvl_trace_formats, &output, err);
    out->format = output.format;
    out->path = output.file ? output.file : fallback;
    return status;
}

/* Standard output is the command's: a report goes to standard error, or where the options say.
 * Files are opened before the command runs, which might take hours. */
static enum cvl_status open_output(struct output *output, struct cvl_error *err)
{
    if (!output->path)
        output->stream = stderr;
    else if (strcmp(output->path, "-") == 0)
        output->stream = stdout;
    else
        output->stream = fopen(output->path, "we");
    return output->stream ? CVL_OK
                          : cvl_fail(err, CVL_IO, "trace: %s: %s", output->path, strerror(errno));
}

static enum cvl_status open_outputs(const struct cvl_options *options, struct output *outputs,
                                    size_t *count, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    size_t wanted = options->formats.count ? options->formats.count : 1;
    if (wanted > MAX_OUTPUTS)
        return cvl_fail(err, CVL_BAD_INPUT, "--format: got %zu, expected at most %d", wanted,
                        MAX_OUTPUTS);
    for (size_t i = 0; i < wanted && status == CVL_OK; i++)
        status = read_output(options->formats.count ? options->formats.at[i] : "table",
                             options->output, &outputs[i], err);
    for (; *count < wanted && status == CVL_OK; (*count)++)
        status = open_output(&outputs[*count], err);
    return status;
}

static enum cvl_status close_outputs(struct output *outputs, size_t count, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < count; i++) {
        FILE *stream = outputs[i].stream;
        int failed = stream ? ferror(stream) || fflush(stream) != 0 : 0;
        if (stream && stream != stdout && stream != stderr)
            failed |= fclose(stream) != 0;
        if (failed)
            status = cvl_fail(err, CVL_IO, "trace: %s could not be written",
                              outputs[i].path ? outputs[i].path : "standard error");
    }
    return status;
}

static int exit_of(int wait_status)
{
    return WIFSIGNALED(wait_status) ? SIGNAL_BASE + WTERMSIG(wait_status)
                                    : WEXITSTATUS(wait_status);
}

/* The command's own exit status is passed on, unless the report is what failed. */
static int run_traced(const char *const *command, const struct output *outputs, size_t count,
                      struct cvl_error *err)
{
    struct cvl_trace trace;
    int not_run = 0, result = CVL_EXIT_WRONG;
    enum cvl_status status = cvl_trace_run(command, &trace, &not_run, err);
    if (status == CVL_OK)
        result = exit_of(trace.wait_status);
    for (size_t i = 0; i < count && status == CVL_OK; i++)
        status = cvl_format_write(outputs[i].format, &trace, outputs[i].stream, err);
    cvl_trace_clear(&trace);
    if (status == CVL_OK)
        return result;
    int reported = cvl_report_error(err);
    return not_run ? not_run : reported;
}

static int trace(const struct cvl_options *options)
{
    struct output outputs[MAX_OUTPUTS] = {{0}};
    struct cvl_error err = {0}, late = {0};
    size_t count = 0;
    enum cvl_status status = CVL_OK;
    if (options->operand_count == 0)
        status = cvl_fail(&err, CVL_BAD_INPUT, "trace: expected -- and a command");
    if (status == CVL_OK)
        status = open_outputs(options, outputs, &count, &err);
    int result = status == CVL_OK ? run_traced(options->operands, outputs, count, &err)
                                  : cvl_report_error(&err);
    if (close_outputs(outputs, count, &late) != CVL_OK)
        result = cvl_report_error(&late);
    return result;
}

const struct cvl_verb cvl_verb_trace = {
    .name = "trace",
    .arguments = "-- COMMAND...",
    .formats = &cvl_trace_formats,
    .details =
        "The program runs with a layer that sees each of its OpenCL calls. Its standard output "
        "and exit status are its own; the report goes to standard error or to --output.",
    .examples = "convlens trace -- ./my_program --its-option\n"
                "convlens trace --format json:trace.json -- clpeak",
    .summary = "run any OpenCL program and report its device memory",
    .options = CVL_FOR_TRACE,
    .run = trace,
};
