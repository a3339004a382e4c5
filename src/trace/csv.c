/* CSV (RFC 4180): one line for each memory object. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "trace/writers.h"

/* A spreadsheet takes a cell that starts like this for a formula; a leading apostrophe prevents
 * that. */
static void put_text(FILE *stream, const char *text)
{
    struct cvl_text safe = {0};
    cvl_text_append_safe(&safe, text);
    const char *cell = safe.data ? safe.data : "";
    bool formula = *cell != '\0' && strchr("=+-@", *cell) != NULL;
    (void)fprintf(stream, ",\"%s", formula ? "'" : "");
    for (; *cell != '\0'; cell++)
        (void)fprintf(stream, *cell == '"' ? "\"\"" : "%c", *cell);
    (void)fputc('"', stream);
    cvl_text_clear(&safe);
}

static void put_time(FILE *stream, const struct cvl_trace *trace, uint64_t ns)
{
    if (ns == CVL_TRACE_NEVER)
        (void)fputc(',', stream);
    else
        (void)fprintf(stream, ",%.9f", cvl_trace_seconds(trace, ns));
}

static void put_object(FILE *stream, const struct cvl_trace *trace,
                       const struct cvl_trace_process *process,
                       const struct cvl_trace_object *object)
{
    char flags[256];
    cvl_trace_print_flags(flags, sizeof flags, object->flags);
    (void)fprintf(stream, "%" PRIu32 ",%" PRIu64 ",%s,", process->pid, object->number,
                  cvl_trace_kind_name(object->kind));
    if (object->parent)
        (void)fprintf(stream, "%" PRIu64, object->parent);
    (void)fprintf(stream, ",%" PRIu64 ",%" PRIu64, object->asked_bytes, object->bytes);
    put_text(stream, flags);
    put_text(stream, cvl_trace_caller_of(process, object));
    put_text(stream, cvl_trace_function_of(process, object));
    put_text(stream, cvl_trace_entry_of(process, object));
    put_time(stream, trace, object->created_ns);
    put_time(stream, trace, object->first_use_ns);
    put_text(stream, object->first_kernel == CVL_TRACE_NONE
                         ? ""
                         : process->kernels[object->first_kernel].name);
    put_time(stream, trace, object->released_ns);
    put_time(stream, trace, object->destroyed_ns);
    (void)fprintf(stream, ",%d\r\n", cvl_trace_is_at_peak(process, object));
}

enum cvl_status cvl_trace_write_csv(const struct cvl_trace *trace, FILE *stream,
                                    struct cvl_error *err)
{
    (void)fputs(
        "pid,number,kind,parent,asked_bytes,counted_bytes,flags,caller,function,entry,created_s,"
        "first_use_s,first_kernel,released_s,destroyed_s,at_peak\r\n",
        stream);
    for (size_t i = 0; i < trace->process_count; i++)
        for (size_t k = 0; k < trace->processes[i].object_count; k++)
            put_object(stream, trace, &trace->processes[i], &trace->processes[i].objects[k]);
    return ferror(stream) ? cvl_fail(err, CVL_IO, "trace/csv: cannot write the output") : CVL_OK;
}
