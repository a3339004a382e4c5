/* Turns the bytes of a trace into values. The bytes may be anything: the process that wrote them
 * may have died halfway, or overwritten them by mistake. */
#include <string.h>

#include "base/text.h"
#include "trace/arrays.h"
#include "trace/trace.h"

struct reading {
    struct cvl_trace_process *process;
    bool no_memory;
};

/* Adds an element to an array of the process; NULL: out of memory. */
static void *grow(struct reading *reading, void *array_field, size_t *count, size_t size)
{
    void *array;
    memcpy(&array, array_field, sizeof array);
    void *longer = cvl_array_reserve(array, *count, size);
    if (!longer) {
        reading->no_memory = true;
        return NULL;
    }
    memcpy(array_field, &longer, sizeof longer);
    void *added = (char *)longer + *count * size;
    memset(added, 0, size);
    (*count)++;
    return added;
}

/* Copies the text after a record, as far as it goes; the caller owns it. */
static char *read_text(struct reading *reading, const void *record, size_t record_size,
                       size_t text_bytes)
{
    const struct cvl_log_head *head = record;
    size_t room = head->size - record_size;
    const char *text = (const char *)record + record_size;
    char *copy = strndup(text, text_bytes < room ? text_bytes : room);
    reading->no_memory = reading->no_memory || !copy;
    return copy;
}

/* Reads "convlens\0run\0" as "convlens run". */
static void read_words(struct reading *reading, const char *words, size_t size)
{
    struct cvl_text text = {0};
    for (size_t i = 0; i < size && words[i] != '\0'; i += strnlen(words + i, size - i) + 1)
        cvl_text_append(&text, "%s%.*s", i ? " " : "", (int)strnlen(words + i, size - i),
                        words + i);
    reading->process->command = cvl_text_take(&text);
    reading->no_memory = reading->no_memory || !reading->process->command;
}

static bool read_process(struct reading *reading, const void *bytes)
{
    const struct cvl_log_process *record = bytes;
    struct cvl_trace_process *process = reading->process;
    if (process->program)
        return false;
    size_t room = record->head.size - sizeof *record;
    size_t size = record->text_bytes < room ? record->text_bytes : room;
    process->pid = record->pid;
    process->parent = record->parent;
    process->begin_ns = process->end_ns = record->head.time_ns;
    process->lost = record->lost;
    process->unknown = record->unknown;
    process->program = read_text(reading, record, sizeof *record, size);
    if (!process->program)
        return true;
    const char *text = (const char *)(record + 1);
    size_t used = strlen(process->program) + 1;
    if (used < size)
        read_words(reading, text + used, size - used);
    else
        read_words(reading, "", 0);
    return true;
}

static bool read_module(struct reading *reading, const void *bytes)
{
    const struct cvl_log_module *record = bytes;
    struct cvl_trace_process *process = reading->process;
    if (record->number != process->module_count + 1)
        return false;
    struct cvl_trace_module *module =
        grow(reading, &process->modules, &process->module_count, sizeof *module);
    if (!module)
        return true;
    module->base = record->base;
    module->path = read_text(reading, record, sizeof *record, record->text_bytes);
    return true;
}

static bool read_stack(struct reading *reading, const void *bytes)
{
    const struct cvl_log_stack *record = bytes;
    struct cvl_trace_process *process = reading->process;
    if (record->number != process->stack_count + 1 || record->frame_count > CVL_LOG_MAX_FRAMES)
        return false;
    struct cvl_trace_stack *stack =
        grow(reading, &process->stacks, &process->stack_count, sizeof *stack);
    if (!stack)
        return true;
    stack->frame_count = record->frame_count;
    memcpy(stack->frames, record->frames, sizeof stack->frames);
    stack->caller_frame = stack->entry_frame = stack->caller = CVL_TRACE_NONE;
    return true;
}

static bool read_kernel(struct reading *reading, const void *bytes)
{
    const struct cvl_log_kernel *record = bytes;
    struct cvl_trace_process *process = reading->process;
    if (record->number != process->kernel_count + 1)
        return false;
    struct cvl_trace_kernel *kernel =
        grow(reading, &process->kernels, &process->kernel_count, sizeof *kernel);
    if (!kernel)
        return true;
    kernel->figures = *record;
    kernel->name = read_text(reading, record, sizeof *record, record->text_bytes);
    return true;
}

static bool add_event(struct reading *reading, const struct cvl_log_head *head, size_t object)
{
    struct cvl_trace_process *process = reading->process;
    struct cvl_trace_event *event =
        grow(reading, &process->events, &process->event_count, sizeof *event);
    if (head->time_ns > process->end_ns)
        process->end_ns = head->time_ns;
    if (event)
        *event = (struct cvl_trace_event){
            .time_ns = head->time_ns, .kind = (enum cvl_log_kind)head->kind, .object = object};
    return true;
}

static bool read_create(struct reading *reading, const void *bytes)
{
    const struct cvl_log_create *record = bytes;
    struct cvl_trace_process *process = reading->process;
    size_t count = process->object_count;
    if (record->object == 0 || record->object_kind >= CVL_LOG_OBJECT_COUNT ||
        (count > 0 && record->object <= process->objects[count - 1].number))
        return false;
    struct cvl_trace_object *object =
        grow(reading, &process->objects, &process->object_count, sizeof *object);
    if (!object)
        return true;
    *object = (struct cvl_trace_object){
        .number = record->object,
        .parent = record->parent,
        .asked_bytes = record->asked_bytes,
        .bytes = record->counted_bytes,
        .flags = record->flags,
        .kind = (enum cvl_log_object)record->object_kind,
        .stack = record->stack - 1 < process->stack_count ? record->stack - 1 : CVL_TRACE_NONE,
        .created_ns = record->head.time_ns,
        .first_use_ns = CVL_TRACE_NEVER,
        .released_ns = CVL_TRACE_NEVER,
        .destroyed_ns = CVL_TRACE_NEVER,
        .first_kernel = CVL_TRACE_NONE,
        .created_event = process->event_count,
        .destroyed_event = CVL_TRACE_NONE,
    };
    return add_event(reading, &record->head, count);
}

/* Numbers ascend, mostly without gaps. @return index, or CVL_TRACE_NONE */
static size_t find_object(const struct cvl_trace_process *process, uint64_t number)
{
    size_t low = 0, high = process->object_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (process->objects[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < process->object_count && process->objects[low].number == number ? low
                                                                                 : CVL_TRACE_NONE;
}

/* A kernel that uses a part also uses the object that it is a part of. */
static void add_use(struct reading *reading, const struct cvl_log_use *record, size_t index)
{
    struct cvl_trace_process *process = reading->process;
    size_t kernel = record->kernel - 1;
    for (int depth = 0; index != CVL_TRACE_NONE && depth < 3; depth++) {
        struct cvl_trace_object *object = &process->objects[index];
        struct cvl_trace_use *use = grow(reading, &process->uses, &process->use_count, sizeof *use);
        if (!use)
            return;
        *use = (struct cvl_trace_use){.object = index, .kernel = kernel};
        if (object->first_use_ns == CVL_TRACE_NEVER) {
            object->first_use_ns = record->head.time_ns;
            object->first_kernel = kernel;
        }
        index = object->parent ? find_object(process, object->parent) : CVL_TRACE_NONE;
    }
}

/* Ignores uses of an object whose creation could not be recorded. */
static bool read_use(struct reading *reading, const void *bytes)
{
    const struct cvl_log_use *record = bytes;
    if (record->kernel - 1 >= reading->process->kernel_count)
        return false;
    add_use(reading, record, find_object(reading->process, record->object));
    return true;
}

static bool read_end(struct reading *reading, const void *bytes)
{
    const struct cvl_log_end *record = bytes;
    struct cvl_trace_process *process = reading->process;
    size_t index = find_object(process, record->object);
    if (index == CVL_TRACE_NONE)
        return true;
    struct cvl_trace_object *object = &process->objects[index];
    if (object->destroyed_ns != CVL_TRACE_NEVER)
        return false;
    if (record->head.kind == CVL_LOG_RELEASE) {
        object->released_ns = record->head.time_ns;
    } else {
        object->destroyed_ns = record->head.time_ns;
        object->destroyed_event = process->event_count;
    }
    return add_event(reading, &record->head, index);
}

static bool read_exit(struct reading *reading, const void *bytes)
{
    const struct cvl_log_head *head = bytes;
    reading->process->ended = true;
    reading->process->end_ns = head->time_ns;
    return true;
}

static bool skip(struct reading *reading, const void *bytes)
{
    (void)reading;
    (void)bytes;
    return true;
}

static const struct {
    size_t size;
    bool (*read)(struct reading *reading, const void *bytes);
} kinds[CVL_LOG_KIND_COUNT] = {
    [CVL_LOG_PAD] = {sizeof(struct cvl_log_head), skip},
    [CVL_LOG_PROCESS] = {sizeof(struct cvl_log_process), read_process},
    [CVL_LOG_MODULE] = {sizeof(struct cvl_log_module), read_module},
    [CVL_LOG_STACK] = {sizeof(struct cvl_log_stack), read_stack},
    [CVL_LOG_KERNEL] = {sizeof(struct cvl_log_kernel), read_kernel},
    [CVL_LOG_CREATE] = {sizeof(struct cvl_log_create), read_create},
    [CVL_LOG_USE] = {sizeof(struct cvl_log_use), read_use},
    [CVL_LOG_RELEASE] = {sizeof(struct cvl_log_end), read_end},
    [CVL_LOG_DESTROY] = {sizeof(struct cvl_log_end), read_end},
    [CVL_LOG_EXIT] = {sizeof(struct cvl_log_head), read_exit},
};

/* @return the record's size; 0: there is no valid record here */
static size_t read_record(struct reading *reading, const unsigned char *bytes, size_t room)
{
    struct cvl_log_head head;
    if (room < sizeof head)
        return 0;
    memcpy(&head, bytes, sizeof head);
    if (head.kind >= CVL_LOG_KIND_COUNT || !kinds[head.kind].read || head.size > room ||
        head.size < kinds[head.kind].size || head.size % CVL_LOG_ALIGNMENT != 0)
        return 0;
    return kinds[head.kind].read(reading, bytes) ? head.size : 0;
}

static bool is_end(const unsigned char *bytes, size_t room)
{
    uint32_t kind = CVL_LOG_END;
    if (room >= sizeof kind)
        memcpy(&kind, bytes, sizeof kind);
    return kind == CVL_LOG_END;
}

static bool begins_as_trace(const unsigned char *bytes, size_t size)
{
    struct cvl_log_process first;
    if (size < sizeof first)
        return false;
    memcpy(&first, bytes, sizeof first);
    return first.head.kind == CVL_LOG_PROCESS && first.version == CVL_LOG_VERSION;
}

enum cvl_status cvl_trace_read(const unsigned char *bytes, size_t size,
                               struct cvl_trace_process *out, struct cvl_error *err)
{
    struct reading reading = {.process = out};
    size_t at = 0;
    *out = (struct cvl_trace_process){.peak_event = CVL_TRACE_NONE};
    if (!begins_as_trace(bytes, size))
        return cvl_fail(err, CVL_BAD_INPUT, "trace: not a trace of version %d", CVL_LOG_VERSION);
    while (!reading.no_memory && !is_end(bytes + at, size - at)) {
        size_t in_block = CVL_LOG_BLOCK - at % CVL_LOG_BLOCK;
        size_t read =
            read_record(&reading, bytes + at, in_block < size - at ? in_block : size - at);
        out->damaged = read == 0;
        if (read == 0)
            break;
        at += read;
    }
    if (!reading.no_memory)
        return CVL_OK;
    cvl_trace_process_clear(out);
    return cvl_fail(err, CVL_NO_MEMORY, "trace: out of memory");
}

static void clear_stack(struct cvl_trace_stack *stack)
{
    for (size_t i = 0; i < CVL_LOG_MAX_FRAMES; i++)
        free(stack->functions[i]);
}

void cvl_trace_process_clear(struct cvl_trace_process *process)
{
    for (size_t i = 0; i < process->module_count; i++)
        free(process->modules[i].path);
    for (size_t i = 0; i < process->stack_count; i++)
        clear_stack(&process->stacks[i]);
    for (size_t i = 0; i < process->kernel_count; i++)
        free(process->kernels[i].name);
    for (size_t i = 0; i < process->caller_count; i++)
        free(process->callers[i].name);
    free(process->program);
    free(process->command);
    free(process->modules);
    free(process->stacks);
    free(process->objects);
    free(process->events);
    free(process->uses);
    free(process->kernels);
    free(process->callers);
    *process = (struct cvl_trace_process){.peak_event = CVL_TRACE_NONE};
}
