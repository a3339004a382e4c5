/* A trace as JSON. */
#include "report/trace_formats.h"

#include <sys/wait.h>

#include "report/document.h"
#include "result/fields.h"
#include "trace/describe.h"

/* Builds a list with one entry per index; the first failure ends it. */
static json_t *list_of(size_t count, json_t *(*entry)(const void *context, size_t index),
                       const void *context)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++) {
        if (json_array_append_new(list, entry(context, i)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* What the entries below belong to. */
struct about {
    const struct cvl_trace *trace;
    const struct cvl_trace_process *process;
    const struct cvl_trace_stack *stack;
};

static json_t *time_json(const struct about *about, uint64_t ns)
{
    return ns == CVL_TRACE_NEVER ? json_null() : json_real(cvl_trace_seconds(about->trace, ns));
}

static json_t *frame_json(const void *context, size_t index)
{
    const struct about *about = context;
    const struct cvl_log_frame *frame = &about->stack->frames[index];
    const struct cvl_trace_module *module = frame->module - 1 < about->process->module_count
                                                ? &about->process->modules[frame->module - 1]
                                                : NULL;
    json_t *object = json_object();
    int failed = cvl_json_set(object, "function", cvl_json_note(about->stack->functions[index], 0));
    failed |= cvl_json_set(object, "module", cvl_json_note(module ? module->path : NULL, 0));
    failed |=
        cvl_json_set(object, "address", cvl_json_u64(frame->address - (module ? module->base : 0)));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *stack_json(const struct about *about, size_t index)
{
    if (index == CVL_TRACE_NONE)
        return json_null();
    struct about inner = *about;
    inner.stack = &about->process->stacks[index];
    return list_of(inner.stack->frame_count, frame_json, &inner);
}

static json_t *allocation_json(const void *context, size_t index)
{
    const struct about *about = context;
    const struct cvl_trace_process *process = about->process;
    const struct cvl_trace_object *o = &process->objects[index];
    char flags[256];
    cvl_trace_print_flags(flags, sizeof flags, o->flags);
    const char *kernel =
        o->first_kernel == CVL_TRACE_NONE ? NULL : process->kernels[o->first_kernel].name;
    json_t *object = json_object();
    int failed = cvl_json_set(object, "number", cvl_json_u64(o->number));
    failed |= cvl_json_set(object, "kind", json_string(cvl_trace_kind_name(o->kind)));
    failed |= cvl_json_set(object, "parent", o->parent ? cvl_json_u64(o->parent) : json_null());
    failed |= cvl_json_set(object, "asked_bytes", cvl_json_u64(o->asked_bytes));
    failed |= cvl_json_set(object, "counted_bytes", cvl_json_u64(o->bytes));
    failed |= cvl_json_set(object, "flags", json_string(flags));
    failed |= cvl_json_set(object, "caller", cvl_json_note(cvl_trace_caller_of(process, o), 0));
    failed |= cvl_json_set(object, "function", cvl_json_note(cvl_trace_function_of(process, o), 0));
    failed |= cvl_json_set(object, "entry", cvl_json_note(cvl_trace_entry_of(process, o), 0));
    failed |= cvl_json_set(object, "created_s", time_json(about, o->created_ns));
    failed |= cvl_json_set(object, "first_use_s", time_json(about, o->first_use_ns));
    failed |= cvl_json_set(object, "first_kernel", cvl_json_note(kernel, 0));
    failed |= cvl_json_set(object, "released_s", time_json(about, o->released_ns));
    failed |= cvl_json_set(object, "destroyed_s", time_json(about, o->destroyed_ns));
    failed |= cvl_json_set(object, "at_peak", json_boolean(cvl_trace_is_at_peak(process, o)));
    failed |= cvl_json_set(object, "stack", stack_json(about, o->stack));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *caller_json(const void *context, size_t index)
{
    const struct about *about = context;
    const struct cvl_trace_caller *caller = &about->process->callers[index];
    json_t *object = json_object();
    int failed = cvl_json_set(object, "name", cvl_json_text(caller->name, 0));
    failed |= cvl_json_set(object, "allocations", cvl_json_u64(caller->objects));
    failed |= cvl_json_set(object, "bytes", cvl_json_u64(caller->bytes));
    failed |= cvl_json_set(object, "peak_bytes", cvl_json_u64(caller->peak_bytes));
    failed |= cvl_json_set(object, "at_peak_bytes", cvl_json_u64(caller->at_peak_bytes));
    failed |= cvl_json_set(object, "left_allocations", cvl_json_u64(caller->left_objects));
    failed |= cvl_json_set(object, "left_bytes", cvl_json_u64(caller->left_bytes));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *seconds_json(bool known, uint64_t ns)
{
    return known ? json_real((double)ns * 1e-9) : json_null();
}

static json_t *kernel_json(const void *context, size_t index)
{
    const struct about *about = context;
    const struct cvl_trace_kernel *kernel = &about->process->kernels[index];
    const struct cvl_log_kernel *figures = &kernel->figures;
    bool timed = figures->timed > 0;
    char reason[128];
    cvl_trace_print_untimed(reason, sizeof reason, kernel);
    json_t *object = json_object();
    int failed = cvl_json_set(object, "name", cvl_json_text(kernel->name, 0));
    failed |= cvl_json_set(object, "launches", cvl_json_u64(figures->launches));
    failed |= cvl_json_set(object, "timed", cvl_json_u64(figures->timed));
    failed |= cvl_json_set(object, "total_s", seconds_json(timed, figures->total_ns));
    failed |= cvl_json_set(object, "min_s", seconds_json(timed, figures->min_ns));
    failed |= cvl_json_set(object, "max_s", seconds_json(timed, figures->max_ns));
    failed |= cvl_json_set(object, "untimed_reason", cvl_json_note(reason, 0));
    failed |= cvl_json_set(object, "argument_bytes", cvl_json_u64(figures->argument_bytes));
    failed |= cvl_json_set(object, "at_peak_bytes", cvl_json_u64(kernel->at_peak_bytes));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *event_json(const void *context, size_t index)
{
    const struct about *about = context;
    const struct cvl_trace_event *event = &about->process->events[index];
    const char *name = event->kind == CVL_LOG_CREATE    ? "create"
                       : event->kind == CVL_LOG_RELEASE ? "release"
                                                        : "destroy";
    json_t *object = json_object();
    int failed = cvl_json_set(object, "time_s", time_json(about, event->time_ns));
    failed |= cvl_json_set(object, "event", json_string(name));
    failed |= cvl_json_set(object, "allocation",
                           cvl_json_u64(about->process->objects[event->object].number));
    failed |= cvl_json_set(object, "live_bytes", cvl_json_u64(event->live_bytes));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *left_json(size_t count, uint64_t bytes)
{
    return json_pack("{s:I, s:I}", "allocations", (json_int_t)count, "bytes", (json_int_t)bytes);
}

static int set_lists(json_t *object, const struct about *about)
{
    const struct cvl_trace_process *p = about->process;
    int failed = cvl_json_set(object, "callers", list_of(p->caller_count, caller_json, about));
    failed |= cvl_json_set(object, "kernels", list_of(p->kernel_count, kernel_json, about));
    failed |= cvl_json_set(object, "allocations", list_of(p->object_count, allocation_json, about));
    failed |= cvl_json_set(object, "timeline", list_of(p->event_count, event_json, about));
    return failed;
}

static json_t *process_json(const void *context, size_t index)
{
    struct about about = {.trace = context};
    const struct cvl_trace_process *p = about.process = &about.trace->processes[index];
    uint64_t peak_ns =
        p->peak_event == CVL_TRACE_NONE ? CVL_TRACE_NEVER : p->events[p->peak_event].time_ns;
    json_t *object = json_object();
    int failed = cvl_json_set(object, "pid", cvl_json_u64(p->pid));
    failed |= cvl_json_set(object, "parent", cvl_json_u64(p->parent));
    failed |= cvl_json_set(object, "program", cvl_json_text(p->program, 0));
    failed |= cvl_json_set(object, "command", cvl_json_text(p->command, 0));
    failed |= cvl_json_set(object, "ended_by_itself", json_boolean(p->ended));
    failed |= cvl_json_set(object, "damaged", json_boolean(p->damaged));
    failed |= cvl_json_set(object, "lost_records", cvl_json_u64(p->lost));
    failed |= cvl_json_set(object, "unknown_allocations", cvl_json_u64(p->unknown));
    failed |= cvl_json_set(object, "first_call_s", time_json(&about, p->begin_ns));
    failed |= cvl_json_set(object, "peak_bytes", cvl_json_u64(p->peak_bytes));
    failed |= cvl_json_set(object, "peak_s", time_json(&about, peak_ns));
    failed |= cvl_json_set(object, "end_bytes", cvl_json_u64(p->end_bytes));
    failed |= cvl_json_set(object, "not_released", left_json(p->unreleased, p->unreleased_bytes));
    failed |=
        cvl_json_set(object, "not_destroyed", left_json(p->undestroyed, p->undestroyed_bytes));
    failed |= set_lists(object, &about);
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *bystander_json(const void *context, size_t index)
{
    static const char *const sights[] = {
        [CVL_TRACE_NO_OPENCL] = "no_opencl",
        [CVL_TRACE_LOADER] = "loader_without_layer",
        [CVL_TRACE_DRIVER] = "driver_without_loader",
    };
    const struct cvl_trace *trace = context;
    const struct cvl_trace_bystander *bystander = &trace->bystanders[index];
    json_t *object = json_object();
    int failed = cvl_json_set(object, "pid", cvl_json_u64(bystander->pid));
    failed |= cvl_json_set(object, "program", cvl_json_text(bystander->program, 0));
    failed |= cvl_json_set(object, "seen", json_string(sights[bystander->sight]));
    failed |= cvl_json_set(object, "library", cvl_json_note(bystander->library, 0));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *document(const struct cvl_trace *trace)
{
    bool exited = WIFEXITED(trace->wait_status);
    json_t *object = json_object();
    int failed = cvl_json_set(object, "schema", json_string("convlens-trace/1"));
    failed |= cvl_json_set(object, "tool",
                           json_pack("{s:s, s:s}", "name", "convlens", "version", cvl_version()));
    failed |= cvl_json_set(object, "command", cvl_json_text(trace->command, 0));
    failed |= cvl_json_set(object, "exit_status",
                           exited ? json_integer(WEXITSTATUS(trace->wait_status)) : json_null());
    failed |= cvl_json_set(object, "signal",
                           exited ? json_null() : json_integer(WTERMSIG(trace->wait_status)));
    failed |=
        cvl_json_set(object, "duration_s", json_real(cvl_trace_seconds(trace, trace->end_ns)));
    failed |= cvl_json_set(object, "peak_bytes",
                           trace->process_count ? cvl_json_u64(trace->peak_bytes) : json_null());
    failed |= cvl_json_set(object, "processes", list_of(trace->process_count, process_json, trace));
    failed |=
        cvl_json_set(object, "untraced", list_of(trace->bystander_count, bystander_json, trace));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

enum cvl_status cvl_trace_write_json(const void *subject, FILE *stream, struct cvl_error *err)
{
    return cvl_document_write(document(subject), 1, stream, err);
}
