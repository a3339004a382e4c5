/* A trace as CSV: one line for each memory object. */
#include "report/trace_formats.h"

#include "base/csv.h"
#include "trace/describe.h"

static void put_time(struct cvl_csv *csv, const struct cvl_trace *trace, uint64_t ns)
{
    if (ns == CVL_TRACE_NEVER)
        cvl_csv_empty(csv);
    else
        cvl_csv_real(csv, cvl_trace_seconds(trace, ns));
}

static void put_object(struct cvl_csv *csv, const struct cvl_trace *trace,
                       const struct cvl_trace_process *process,
                       const struct cvl_trace_object *object)
{
    char flags[256];
    cvl_trace_print_flags(flags, sizeof flags, object->flags);
    cvl_csv_integer(csv, process->pid);
    cvl_csv_integer(csv, object->number);
    cvl_csv_text(csv, cvl_trace_kind_name(object->kind));
    if (object->parent)
        cvl_csv_integer(csv, object->parent);
    else
        cvl_csv_empty(csv);
    cvl_csv_integer(csv, object->asked_bytes);
    cvl_csv_integer(csv, object->bytes);
    cvl_csv_text(csv, flags);
    cvl_csv_text(csv, cvl_trace_caller_of(process, object));
    cvl_csv_text(csv, cvl_trace_function_of(process, object));
    cvl_csv_text(csv, cvl_trace_entry_of(process, object));
    put_time(csv, trace, object->created_ns);
    put_time(csv, trace, object->first_use_ns);
    cvl_csv_text(csv, object->first_kernel == CVL_TRACE_NONE
                          ? ""
                          : process->kernels[object->first_kernel].name);
    put_time(csv, trace, object->released_ns);
    put_time(csv, trace, object->destroyed_ns);
    cvl_csv_integer(csv, cvl_trace_is_at_peak(process, object));
    cvl_csv_end(csv);
}

enum cvl_status cvl_trace_write_csv(const void *subject, FILE *stream, struct cvl_error *err)
{
    static const char *const names[] = {
        "pid",          "number",     "kind",        "parent", "asked_bytes", "counted_bytes",
        "flags",        "caller",     "function",    "entry",  "created_s",   "first_use_s",
        "first_kernel", "released_s", "destroyed_s", "at_peak"};
    const struct cvl_trace *trace = subject;
    struct cvl_csv csv = {.stream = stream};
    cvl_csv_heading(&csv, names, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < trace->process_count; i++)
        for (size_t k = 0; k < trace->processes[i].object_count; k++)
            put_object(&csv, trace, &trace->processes[i], &trace->processes[i].objects[k]);
    (void)err; /* no memory is needed */
    return CVL_OK;
}
