/* Derives peaks, leftovers and figures by caller and kernel from the events of a trace. */
#include <stdlib.h>

#include "trace/trace.h"

double cvl_trace_seconds(const struct cvl_trace *trace, uint64_t ns)
{
    return ns > trace->begin_ns ? (double)(ns - trace->begin_ns) / 1e9 : 0.0;
}

static size_t caller_index(const struct cvl_trace_process *process,
                           const struct cvl_trace_object *object)
{
    return object->stack == CVL_TRACE_NONE ? CVL_TRACE_NONE : process->stacks[object->stack].caller;
}

const char *cvl_trace_caller_of(const struct cvl_trace_process *process,
                                const struct cvl_trace_object *object)
{
    size_t caller = caller_index(process, object);
    return caller == CVL_TRACE_NONE ? "" : process->callers[caller].name;
}

static const char *function_at(const struct cvl_trace_stack *stack, size_t frame)
{
    return frame != CVL_TRACE_NONE && stack->functions[frame] ? stack->functions[frame] : "";
}

const char *cvl_trace_function_of(const struct cvl_trace_process *process,
                                  const struct cvl_trace_object *object)
{
    if (object->stack == CVL_TRACE_NONE)
        return "";
    const struct cvl_trace_stack *stack = &process->stacks[object->stack];
    return function_at(stack, stack->caller_frame);
}

const char *cvl_trace_entry_of(const struct cvl_trace_process *process,
                               const struct cvl_trace_object *object)
{
    if (object->stack == CVL_TRACE_NONE)
        return "";
    const struct cvl_trace_stack *stack = &process->stacks[object->stack];
    return function_at(stack, stack->entry_frame);
}

const char *cvl_trace_kind_name(enum cvl_log_object kind)
{
    static const char *const names[CVL_LOG_OBJECT_COUNT] = {
        [CVL_LOG_BUFFER] = "buffer",
        [CVL_LOG_SUB_BUFFER] = "sub-buffer",
        [CVL_LOG_IMAGE] = "image",
        [CVL_LOG_PIPE] = "pipe",
        [CVL_LOG_SVM] = "svm",
        [CVL_LOG_USM_HOST] = "usm host",
        [CVL_LOG_USM_DEVICE] = "usm device",
        [CVL_LOG_USM_SHARED] = "usm shared",
    };
    return kind < CVL_LOG_OBJECT_COUNT ? names[kind] : "unknown";
}

bool cvl_trace_is_at_peak(const struct cvl_trace_process *process,
                          const struct cvl_trace_object *object)
{
    return process->peak_event != CVL_TRACE_NONE && object->created_event <= process->peak_event &&
           object->destroyed_event > process->peak_event; /* NONE is the greatest */
}

/* Sets the live bytes after each event, and their peak. */
static void find_peak(struct cvl_trace_process *process)
{
    uint64_t live = 0;
    process->peak_bytes = 0;
    process->peak_event = CVL_TRACE_NONE;
    for (size_t i = 0; i < process->event_count; i++) {
        struct cvl_trace_event *event = &process->events[i];
        uint64_t bytes = process->objects[event->object].bytes;
        if (event->kind == CVL_LOG_CREATE)
            live += bytes;
        else if (event->kind == CVL_LOG_DESTROY)
            live -= bytes;
        event->live_bytes = live;
        if (live > process->peak_bytes || process->peak_event == CVL_TRACE_NONE) {
            process->peak_bytes = live;
            process->peak_event = i;
        }
    }
    process->end_bytes = live;
}

/* What the application did not release, it leaks: a driver that clears up at the end of the process
 * destroys it all the same. */
static void account_object(struct cvl_trace_process *process, const struct cvl_trace_object *object)
{
    size_t index = caller_index(process, object);
    struct cvl_trace_caller unknown = {0};
    struct cvl_trace_caller *caller = index == CVL_TRACE_NONE ? &unknown : &process->callers[index];
    caller->objects++;
    caller->bytes += object->bytes;
    if (cvl_trace_is_at_peak(process, object))
        caller->at_peak_bytes += object->bytes;
    if (object->released_ns != CVL_TRACE_NEVER) {
        if (object->destroyed_ns == CVL_TRACE_NEVER) {
            process->undestroyed++;
            process->undestroyed_bytes += object->bytes;
        }
        return;
    }
    process->unreleased++;
    process->unreleased_bytes += object->bytes;
    caller->left_objects++;
    caller->left_bytes += object->bytes;
}

static void find_caller_peak(struct cvl_trace_process *process, size_t index)
{
    uint64_t live = 0;
    struct cvl_trace_caller *caller = &process->callers[index];
    for (size_t i = 0; i < process->event_count; i++) {
        const struct cvl_trace_event *event = &process->events[i];
        const struct cvl_trace_object *object = &process->objects[event->object];
        if (caller_index(process, object) != index)
            continue;
        if (event->kind == CVL_LOG_CREATE)
            live += object->bytes;
        else if (event->kind == CVL_LOG_DESTROY)
            live -= object->bytes;
        if (live > caller->peak_bytes)
            caller->peak_bytes = live;
    }
}

static int compare_uses(const void *a, const void *b)
{
    const struct cvl_trace_use *left = a, *right = b;
    if (left->kernel != right->kernel)
        return left->kernel > right->kernel ? 1 : -1;
    return (left->object > right->object) - (left->object < right->object);
}

/* If a kernel uses several parts of an object, the object counts once for it. */
static void account_uses(struct cvl_trace_process *process)
{
    if (process->use_count > 0)
        qsort(process->uses, process->use_count, sizeof *process->uses, compare_uses);
    for (size_t i = 0; i < process->use_count; i++) {
        const struct cvl_trace_use *use = &process->uses[i];
        const struct cvl_trace_object *object = &process->objects[use->object];
        bool repeated = i > 0 && compare_uses(use, use - 1) == 0;
        if (!repeated && cvl_trace_is_at_peak(process, object))
            process->kernels[use->kernel].at_peak_bytes += object->bytes;
    }
}

void cvl_trace_account(struct cvl_trace_process *process)
{
    process->unreleased = process->undestroyed = 0;
    process->unreleased_bytes = process->undestroyed_bytes = 0;
    find_peak(process);
    for (size_t i = 0; i < process->object_count; i++)
        account_object(process, &process->objects[i]);
    for (size_t i = 0; i < process->caller_count; i++)
        find_caller_peak(process, i);
    account_uses(process);
}

/* A change of live bytes. */
struct change {
    uint64_t time_ns, bytes;
    size_t order; /* of changes at the same time */
    bool is_end;
};

static int compare_changes(const void *a, const void *b)
{
    const struct change *left = a, *right = b;
    if (left->time_ns != right->time_ns)
        return left->time_ns > right->time_ns ? 1 : -1;
    return (left->order > right->order) - (left->order < right->order);
}

/* What a process holds at its end, ends with it. */
static size_t list_changes(const struct cvl_trace_process *process, struct change *out)
{
    size_t count = 0;
    for (size_t i = 0; i < process->event_count; i++)
        if (process->events[i].kind != CVL_LOG_RELEASE)
            out[count++] = (struct change){
                .time_ns = process->events[i].time_ns,
                .bytes = process->objects[process->events[i].object].bytes,
                .order = i,
                .is_end = process->events[i].kind == CVL_LOG_DESTROY,
            };
    out[count++] = (struct change){.time_ns = process->end_ns,
                                   .bytes = process->end_bytes,
                                   .order = process->event_count,
                                   .is_end = true};
    return count;
}

enum cvl_status cvl_trace_account_all(struct cvl_trace *trace, struct cvl_error *err)
{
    size_t count = 0, used = 0;
    uint64_t live = 0;
    trace->peak_bytes = 0;
    for (size_t i = 0; i < trace->process_count; i++)
        count += trace->processes[i].event_count + 1;
    struct change *changes = calloc(count + 1, sizeof *changes);
    if (!changes)
        return cvl_fail(err, CVL_NO_MEMORY, "trace: out of memory");
    for (size_t i = 0; i < trace->process_count; i++)
        used += list_changes(&trace->processes[i], changes + used);
    qsort(changes, used, sizeof *changes, compare_changes);
    for (size_t i = 0; i < used; i++) {
        live = changes[i].is_end ? live - changes[i].bytes : live + changes[i].bytes;
        if (live > trace->peak_bytes)
            trace->peak_bytes = live;
    }
    free(changes);
    return CVL_OK;
}
