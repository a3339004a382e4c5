/* A trace for people. */
#include "report/trace_formats.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/grid.h"
#include "report/lines.h"
#include "trace/describe.h"

enum {
    CELL = 96,
    SHORT_NAME = 40, /* bytes of names in the widest table */
    FUNCTION_NAME = 48,
    MAX_LINES = 24,
    CHART_WIDTH = 72,
    CHART_HEIGHT = 6
};

static const char area[] = "trace";

static enum cvl_status no_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "trace: out of memory");
}

static void print_bytes(char *text, uint64_t bytes)
{
    cvl_print_bytes(text, CELL, bytes);
}

static void print_seconds(char *text, double seconds)
{
    cvl_print_seconds(text, CELL, seconds);
    cvl_lines_plain(text, false);
}

static void print_time(char *text, const struct cvl_trace *trace, uint64_t ns)
{
    if (ns == CVL_TRACE_NEVER)
        cvl_copy(text, CELL, "-");
    else
        print_seconds(text, cvl_trace_seconds(trace, ns));
}

static void put_time(struct cvl_grid *grid, const struct cvl_trace *trace, uint64_t ns)
{
    cvl_grid_seconds(grid, ns == CVL_TRACE_NEVER ? (double)NAN : cvl_trace_seconds(trace, ns), "");
}

/* "31 more" after a table that was cut. */
static void put_rest(FILE *stream, size_t shown, size_t count)
{
    if (count > shown)
        (void)fprintf(stream, "and %zu more: --format json has them all\n", count - shown);
}

/* Indices of things, the greatest figure first. */
struct ranked {
    uint64_t figure;
    size_t index;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;
    if (left->figure != right->figure)
        return left->figure < right->figure ? 1 : -1;
    return (left->index > right->index) - (left->index < right->index);
}

/* @return owned; NULL: out of memory */
static struct ranked *rank(const struct cvl_trace_process *process, size_t count,
                           uint64_t (*figure)(const struct cvl_trace_process *, size_t))
{
    struct ranked *ranked = calloc(count + 1, sizeof *ranked);
    for (size_t i = 0; ranked && i < count; i++)
        ranked[i] = (struct ranked){figure(process, i), i};
    if (ranked && count > 0)
        qsort(ranked, count, sizeof *ranked, compare_ranked);
    return ranked;
}

static uint64_t caller_figure(const struct cvl_trace_process *process, size_t index)
{
    return process->callers[index].peak_bytes;
}

static void add_caller(struct cvl_grid *grid, const struct cvl_trace_caller *caller)
{
    cvl_grid_short_text(grid, caller->name, CELL);
    cvl_grid_integer(grid, caller->objects);
    cvl_grid_bytes(grid, caller->bytes);
    cvl_grid_bytes(grid, caller->peak_bytes);
    cvl_grid_bytes(grid, caller->at_peak_bytes);
    cvl_grid_bytes(grid, caller->left_bytes);
}

static enum cvl_status put_callers(const struct cvl_trace_process *process, FILE *stream,
                                   struct cvl_error *err)
{
    static const char *const headings[] = {"~caller",   ">allocations", ">bytes in all",
                                           ">its peak", ">at the peak", ">left"};
    struct ranked *ranked = rank(process, process->caller_count, caller_figure);
    if (!ranked)
        return no_memory(err);
    struct cvl_grid grid = cvl_grid_begin(stream, false);
    const size_t count = process->caller_count < MAX_LINES ? process->caller_count : MAX_LINES;
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < count; i++)
        add_caller(&grid, &process->callers[ranked[i].index]);
    free(ranked);
    (void)fputc('\n', stream);
    enum cvl_status status = cvl_grid_end(&grid, area, err);
    put_rest(stream, count, process->caller_count);
    return status;
}

static uint64_t kernel_figure(const struct cvl_trace_process *process, size_t index)
{
    const struct cvl_log_kernel *figures = &process->kernels[index].figures;
    return figures->timed ? figures->total_ns : figures->launches;
}

static void add_kernel(struct cvl_grid *grid, const struct cvl_trace_kernel *kernel)
{
    const struct cvl_log_kernel *figures = &kernel->figures;
    const double total_s = figures->timed ? (double)figures->total_ns * 1e-9 : (double)NAN;
    char reason[CELL];
    cvl_grid_short_text(grid, kernel->name, CELL);
    cvl_grid_integer(grid, figures->launches);
    cvl_grid_seconds(grid, total_s, "");
    cvl_grid_seconds(grid, total_s / (double)figures->timed, "");
    cvl_grid_bytes(grid, figures->argument_bytes);
    cvl_grid_bytes(grid, kernel->at_peak_bytes);
    cvl_trace_print_untimed(reason, sizeof reason, kernel);
    if (reason[0] != '\0')
        cvl_grid_cell(grid, "%" PRIu64 " without a time: %.60s", figures->launches - figures->timed,
                      reason);
    else
        cvl_grid_text(grid, "");
}

static enum cvl_status put_kernels(const struct cvl_trace_process *process, FILE *stream,
                                   struct cvl_error *err)
{
    static const char *const headings[] = {"~kernel",    ">launches",    ">time", ">mean",
                                           ">arguments", ">at the peak", ""};
    const size_t count = process->kernel_count < MAX_LINES ? process->kernel_count : MAX_LINES;
    if (count == 0)
        return CVL_OK;
    struct ranked *ranked = rank(process, process->kernel_count, kernel_figure);
    if (!ranked)
        return no_memory(err);
    struct cvl_grid grid = cvl_grid_begin(stream, false);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < count; i++)
        add_kernel(&grid, &process->kernels[ranked[i].index]);
    free(ranked);
    (void)fputc('\n', stream);
    enum cvl_status status = cvl_grid_end(&grid, area, err);
    put_rest(stream, count, process->kernel_count);
    return status;
}

static uint64_t at_peak_figure(const struct cvl_trace_process *process, size_t index)
{
    const struct cvl_trace_object *object = &process->objects[index];
    return cvl_trace_is_at_peak(process, object) ? object->bytes + 1 : 0;
}

static uint64_t left_figure(const struct cvl_trace_process *process, size_t index)
{
    const struct cvl_trace_object *object = &process->objects[index];
    return object->destroyed_ns == CVL_TRACE_NEVER ? object->bytes + 1 : 0;
}

static void add_object(struct cvl_grid *grid, const struct cvl_trace *trace,
                       const struct cvl_trace_process *process,
                       const struct cvl_trace_object *object)
{
    char flags[SHORT_NAME];
    const bool used = object->first_kernel != CVL_TRACE_NONE;
    cvl_trace_print_flags(flags, sizeof flags, object->flags);
    cvl_grid_integer(grid, object->number);
    cvl_grid_text(grid, cvl_trace_kind_name(object->kind));
    cvl_grid_integer(grid, object->bytes);
    cvl_grid_text(grid, flags);
    cvl_grid_short_text(grid, cvl_trace_caller_of(process, object), SHORT_NAME);
    cvl_grid_short_text(grid, cvl_trace_entry_of(process, object), FUNCTION_NAME);
    put_time(grid, trace, object->created_ns);
    put_time(grid, trace, object->first_use_ns);
    cvl_grid_short_text(grid, used ? process->kernels[object->first_kernel].name : "-", SHORT_NAME);
    put_time(grid, trace, object->released_ns);
    put_time(grid, trace, object->destroyed_ns);
}

/* The objects of a figure above 0, under a title. */
static enum cvl_status put_objects(const struct cvl_trace *trace,
                                   const struct cvl_trace_process *process, const char *title,
                                   uint64_t (*figure)(const struct cvl_trace_process *, size_t),
                                   FILE *stream, struct cvl_error *err)
{
    static const char *const headings[] = {">#",        "kind",      ">bytes",    "flags",
                                           "~caller",   "~function", ">made",     ">first used",
                                           "by kernel", ">released", ">destroyed"};
    struct ranked *ranked = rank(process, process->object_count, figure);
    size_t count = 0;
    if (!ranked)
        return no_memory(err);
    struct cvl_grid grid = cvl_grid_begin(stream, false);
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (; count < process->object_count && ranked[count].figure > 0; count++)
        if (count < MAX_LINES)
            add_object(&grid, trace, process, &process->objects[ranked[count].index]);
    free(ranked);
    if (count > 0)
        (void)fprintf(stream, "\n%s\n", title);
    enum cvl_status status = cvl_grid_end(&grid, area, err);
    put_rest(stream, MAX_LINES, count);
    return status;
}

/* What was alive at most in each column's span of time. */
static void fill_chart(const struct cvl_trace_process *process, uint64_t columns[CHART_WIDTH])
{
    uint64_t begin = process->begin_ns, span = process->end_ns - begin + 1, live = 0;
    size_t event = 0;
    for (size_t i = 0; i < CHART_WIDTH; i++) {
        double end = (double)span * (double)(i + 1) / CHART_WIDTH;
        columns[i] = live;
        for (;
             event < process->event_count && (double)(process->events[event].time_ns - begin) < end;
             event++) {
            live = process->events[event].live_bytes;
            if (live > columns[i])
                columns[i] = live;
        }
    }
}

static void put_chart(const struct cvl_trace *trace, const struct cvl_trace_process *process,
                      FILE *stream)
{
    uint64_t columns[CHART_WIDTH];
    char bytes[CELL], from[CELL], to[CELL];
    if (process->peak_bytes == 0)
        return;
    fill_chart(process, columns);
    print_bytes(bytes, process->peak_bytes);
    print_time(from, trace, process->begin_ns);
    print_time(to, trace, process->end_ns);
    (void)fprintf(stream, "\nlive bytes over time\n");
    for (int row = CHART_HEIGHT; row > 0; row--) {
        (void)fprintf(stream, "%10s |", row == CHART_HEIGHT ? bytes : "");
        double level = (double)process->peak_bytes * (row - 1) / CHART_HEIGHT;
        int end = CHART_WIDTH;
        while (end > 0 && (double)columns[end - 1] <= level)
            end--;
        for (int i = 0; i < end; i++)
            (void)fputc((double)columns[i] > level ? '#' : ' ', stream);
        (void)fputc('\n', stream);
    }
    (void)fprintf(stream, "%10s  %-*s%s\n", "", CHART_WIDTH - (int)strlen(to), from, to);
}

static void put_process_head(const struct cvl_trace *trace, const struct cvl_trace_process *process,
                             FILE *stream, bool *failed)
{
    struct cvl_text line = {0};
    char peak[CELL], when[CELL], end[CELL];
    print_bytes(peak, process->peak_bytes);
    print_bytes(end, process->end_bytes);
    print_time(when, trace,
               process->peak_event == CVL_TRACE_NONE
                   ? CVL_TRACE_NEVER
                   : process->events[process->peak_event].time_ns);
    cvl_text_append(&line, "process %u: %s", process->pid, process->command);
    (void)fputc('\n', stream);
    cvl_lines_put(stream, &line, CVL_LINES_CUT, failed);
    if (process->object_count == 0)
        (void)fprintf(stream, "used OpenCL and made no memory object\n");
    else
        (void)fprintf(stream, "peak %s (%" PRIu64 " bytes) at %s; %zu allocations; %s at the end\n",
                      peak, process->peak_bytes, when, process->object_count, end);
    if (!process->ended)
        (void)fprintf(stream,
                      "did not come to its end by itself: this is what was seen until then\n");
    if (process->unreleased)
        (void)fprintf(stream, "%zu allocations, %" PRIu64 " bytes, were never released%s\n",
                      process->unreleased, process->unreleased_bytes,
                      process->ended ? ": leaks" : "");
    if (process->undestroyed)
        (void)fprintf(stream,
                      "%zu allocations, %" PRIu64 " bytes, were released, and not yet destroyed by "
                      "the driver\n",
                      process->undestroyed, process->undestroyed_bytes);
    if (process->lost || process->unknown || process->damaged)
        (void)fprintf(stream,
                      "incomplete: %" PRIu64 " records found no space, %" PRIu64
                      " allocations no memory%s\n",
                      process->lost, process->unknown,
                      process->damaged ? "; the trace breaks off damaged" : "");
}

static enum cvl_status put_process(const struct cvl_trace *trace,
                                   const struct cvl_trace_process *process, FILE *stream,
                                   struct cvl_error *err)
{
    bool failed = false;
    put_process_head(trace, process, stream, &failed);
    enum cvl_status status = failed ? no_memory(err) : CVL_OK;
    if (status == CVL_OK && process->object_count > 0)
        status = put_callers(process, stream, err);
    if (status == CVL_OK)
        status = put_kernels(process, stream, err);
    if (status == CVL_OK)
        status = put_objects(trace, process, "alive at the peak", at_peak_figure, stream, err);
    if (status == CVL_OK && process->unreleased + process->undestroyed > 0)
        status = put_objects(trace, process, "left at the end", left_figure, stream, err);
    put_chart(trace, process, stream);
    return status;
}

/* Of processes that the layer heard nothing of: where nobody was traced, all are listed. */
static void put_bystander(const struct cvl_trace_bystander *bystander, bool all, FILE *stream,
                          bool *failed)
{
    static const char *const texts[] = {
        [CVL_TRACE_NO_OPENCL] = "was not seen to load OpenCL",
        [CVL_TRACE_LOADER] = "loaded an OpenCL loader, which did not take the layer in: either it "
                             "was never called, or it takes no layers:",
        [CVL_TRACE_DRIVER] = "loaded a driver without a loader, and calls it past the layer: what "
                             "it allocates is unknown:",
    };
    struct cvl_text line = {0};
    if (bystander->sight == CVL_TRACE_NO_OPENCL && !all)
        return;
    cvl_text_append(&line, "process %u, %s, %s %s", bystander->pid, bystander->program,
                    texts[bystander->sight], bystander->library ? bystander->library : "");
    cvl_lines_put(stream, &line, 4, failed);
}

enum cvl_status cvl_trace_write_table(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_trace *trace = subject;
    bool failed = false;
    char end[CELL], duration[CELL], peak[CELL];
    struct cvl_text line = {0};
    cvl_trace_print_end(end, sizeof end, trace->wait_status);
    print_time(duration, trace, trace->end_ns);
    print_bytes(peak, trace->peak_bytes);
    cvl_text_append(&line, "convlens trace: %s", trace->command);
    cvl_lines_put(stream, &line, CVL_LINES_CUT, &failed);
    (void)fprintf(stream, "%s after %s", end, duration);
    if (trace->process_count > 1)
        (void)fprintf(stream, "; %zu processes used OpenCL, together at most %s",
                      trace->process_count, peak);
    (void)fprintf(stream, "\n");
    if (trace->process_count == 0)
        (void)fprintf(stream,
                      "no figures: no OpenCL loader has initialised the layer in any process\n");
    for (size_t i = 0; i < trace->bystander_count; i++)
        put_bystander(&trace->bystanders[i], trace->process_count == 0, stream, &failed);
    enum cvl_status status = failed ? no_memory(err) : CVL_OK;
    for (size_t i = 0; i < trace->process_count && status == CVL_OK; i++)
        status = put_process(trace, &trace->processes[i], stream, err);
    return status;
}
