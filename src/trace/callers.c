/* Finds who called. The first frame outside the OpenCL loader and the layers belongs to the caller.
 * Functions of the standard library and of OpenCL's C++ wrapper are skipped in favour of their
 * callers, since compilers put them into every program that uses them. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "trace/arrays.h"
#include "trace/names.h"
#include "trace/symbols.h"
#include "trace/trace.h"

enum { MAX_NAME = 512 };

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The loader, and layers; convlens's own layers are in memory. */
static bool is_loader_or_layer(const char *path)
{
    return strncmp(base_name(path), "libOpenCL.so", 12) == 0 ||
           strcmp(base_name(path), CVL_LOG_LAYER_NAME) == 0 ||
           strncmp(path, "/proc/self/fd/", 14) == 0;
}

static const struct cvl_trace_module *module_of(const struct cvl_trace_process *process,
                                                const struct cvl_log_frame *frame)
{
    return frame->module - 1 < process->module_count ? &process->modules[frame->module - 1] : NULL;
}

/* A name that does not identify a caller. */
static bool is_generic(const char *function)
{
    char scope[MAX_NAME];
    return !function || (cvl_name_scope(scope, sizeof scope, function) &&
                         (strcmp(scope, "std") == 0 || strcmp(scope, "cl") == 0 ||
                          strcmp(scope, "__gnu_cxx") == 0 || strcmp(scope, "(anonymous)") == 0));
}

static void choose_frame(const struct cvl_trace_process *process, struct cvl_trace_stack *stack)
{
    size_t first = 0;
    while (first < stack->frame_count) {
        const struct cvl_trace_module *module = module_of(process, &stack->frames[first]);
        if (!module || !is_loader_or_layer(module->path))
            break;
        first++;
    }
    if (first >= stack->frame_count || !module_of(process, &stack->frames[first]))
        return;
    stack->caller_frame = first;
    for (size_t i = first; i < stack->frame_count; i++) {
        if (stack->frames[i].module != stack->frames[first].module)
            return;
        if (!is_generic(stack->functions[i])) {
            stack->caller_frame = i;
            return;
        }
    }
}

/* Does the function belong to the same caller as the caller's own frame? In a separate library
 * everything does; code linked into a program is distinguished by the scope of its names. */
static bool is_same_caller(const struct cvl_trace_process *process,
                           const struct cvl_trace_stack *stack, const char *function)
{
    const char *own = stack->functions[stack->caller_frame];
    const struct cvl_trace_module *module = module_of(process, &stack->frames[stack->caller_frame]);
    char scope[MAX_NAME], other[MAX_NAME];
    if (!own || !function)
        return false;
    if (cvl_name_scope(scope, sizeof scope, own) &&
        !cvl_contains_ignoring_case(base_name(module->path), scope))
        return is_generic(function) ||
               (cvl_name_scope(other, sizeof other, function) && strcmp(scope, other) == 0);
    return strcmp(module->path, process->program) != 0;
}

static void choose_entry(const struct cvl_trace_process *process, struct cvl_trace_stack *stack)
{
    stack->entry_frame = stack->caller_frame;
    for (size_t i = stack->caller_frame + 1; i < stack->frame_count; i++) {
        if (stack->frames[i].module != stack->frames[stack->caller_frame].module ||
            !is_same_caller(process, stack, stack->functions[i]))
            return;
        if (!is_generic(stack->functions[i]))
            stack->entry_frame = i;
    }
}

/* "libclblast.so.1"; "clblast (program)" for code linked into a file with another name. */
static void print_caller(char *text, size_t size, const char *path, const char *function)
{
    char scope[MAX_NAME];
    if (function && !is_generic(function) && cvl_name_scope(scope, sizeof scope, function) &&
        !cvl_contains_ignoring_case(base_name(path), scope))
        (void)snprintf(text, size, "%.250s (%.250s)", scope, base_name(path));
    else
        cvl_copy(text, size, base_name(path));
}

static enum cvl_status find_or_add_caller(struct cvl_trace_process *process, const char *name,
                                          size_t *index, struct cvl_error *err)
{
    for (size_t i = 0; i < process->caller_count; i++) {
        if (strcmp(process->callers[i].name, name) == 0) {
            *index = i;
            return CVL_OK;
        }
    }
    struct cvl_trace_caller *callers =
        cvl_array_reserve(process->callers, process->caller_count, sizeof *callers);
    char *copy = cvl_duplicate(name);
    if (callers)
        process->callers = callers;
    if (!callers || !copy) {
        free(copy);
        return cvl_fail(err, CVL_NO_MEMORY, "trace: out of memory");
    }
    *index = process->caller_count;
    callers[process->caller_count++] = (struct cvl_trace_caller){.name = copy};
    return CVL_OK;
}

/* Reads the file of one module for all frames in it. */
static enum cvl_status find_functions(struct cvl_trace_process *process, size_t module,
                                      struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    struct cvl_symbols *symbols = cvl_symbols_open(process->modules[module].path);
    if (!symbols)
        return CVL_OK;
    for (size_t i = 0; i < process->stack_count && status == CVL_OK; i++) {
        struct cvl_trace_stack *stack = &process->stacks[i];
        for (size_t k = 0; k < stack->frame_count && status == CVL_OK; k++) {
            if (stack->frames[k].module != module + 1)
                continue;
            /* The call is before its return address, which may belong to another function. */
            uint64_t address = stack->frames[k].address - process->modules[module].base - 1;
            const char *symbol = cvl_symbols_find(symbols, address);
            char name[MAX_NAME];
            if (!symbol)
                continue;
            cvl_name_print(name, sizeof name, symbol);
            stack->functions[k] = cvl_duplicate(name);
            if (!stack->functions[k])
                status = cvl_fail(err, CVL_NO_MEMORY, "trace: out of memory");
        }
    }
    cvl_symbols_close(&symbols);
    return status;
}

enum cvl_status cvl_trace_name_callers(struct cvl_trace_process *process, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < process->module_count && status == CVL_OK; i++)
        status = find_functions(process, i, err);
    for (size_t i = 0; i < process->stack_count && status == CVL_OK; i++) {
        struct cvl_trace_stack *stack = &process->stacks[i];
        char name[MAX_NAME];
        choose_frame(process, stack);
        if (stack->caller_frame == CVL_TRACE_NONE)
            continue;
        const struct cvl_log_frame *frame = &stack->frames[stack->caller_frame];
        print_caller(name, sizeof name, module_of(process, frame)->path,
                     stack->functions[stack->caller_frame]);
        choose_entry(process, stack);
        status = find_or_add_caller(process, name, &stack->caller, err);
    }
    return status;
}
