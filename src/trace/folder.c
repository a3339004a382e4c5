/* Reads the traces of a folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "trace/arrays.h"
#include "trace/trace.h"

/* Copies the file: the process may still be writing to it, or truncate it. */
static unsigned char *read_file(int folder, const char *name, size_t *size)
{
    struct stat about;
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    unsigned char *bytes = NULL;
    *size = 0;
    if (file >= 0 && fstat(file, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
        bytes = aligned_alloc(CVL_LOG_ALIGNMENT, ((size_t)about.st_size + CVL_LOG_ALIGNMENT) &
                                                     ~(size_t)(CVL_LOG_ALIGNMENT - 1));
    while (bytes && *size < (size_t)about.st_size) {
        ssize_t got = pread(file, bytes + *size, (size_t)about.st_size - *size, (off_t)*size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        *size += (size_t)got;
    }
    if (file >= 0)
        close(file);
    return bytes;
}

static enum cvl_status add_process(struct cvl_trace *trace, const struct cvl_trace_process *process,
                                   struct cvl_error *err)
{
    struct cvl_trace_process *processes =
        cvl_array_reserve(trace->processes, trace->process_count, sizeof *processes);
    if (!processes)
        return cvl_fail(err, CVL_NO_MEMORY, "trace: out of memory");
    trace->processes = processes;
    processes[trace->process_count++] = *process;
    return CVL_OK;
}

/* Skips a file that was only just created, or is not a trace. */
static enum cvl_status load_file(int folder, const char *name, struct cvl_trace *trace,
                                 struct cvl_error *err)
{
    size_t size;
    struct cvl_trace_process process = {0};
    unsigned char *bytes = read_file(folder, name, &size);
    enum cvl_status status = bytes ? cvl_trace_read(bytes, size, &process, err) : CVL_BAD_INPUT;
    free(bytes);
    if (status == CVL_BAD_INPUT)
        return CVL_OK;
    if (status == CVL_OK)
        status = cvl_trace_name_callers(&process, err);
    if (status == CVL_OK) {
        cvl_trace_account(&process);
        status = add_process(trace, &process, err);
    }
    if (status != CVL_OK)
        cvl_trace_process_clear(&process);
    return status;
}

static int compare_processes(const void *a, const void *b)
{
    const struct cvl_trace_process *left = a, *right = b;
    return (left->begin_ns > right->begin_ns) - (left->begin_ns < right->begin_ns);
}

enum cvl_status cvl_trace_load(const char *folder, struct cvl_trace *trace, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    DIR *list = opendir(folder);
    if (!list)
        return cvl_fail(err, CVL_IO, "trace: %s: %s", folder, strerror(errno));
    for (struct dirent *entry; status == CVL_OK && (entry = readdir(list));) {
        size_t length = strlen(entry->d_name), suffix = strlen(CVL_LOG_SUFFIX);
        if (length > suffix && strcmp(entry->d_name + length - suffix, CVL_LOG_SUFFIX) == 0)
            status = load_file(dirfd(list), entry->d_name, trace, err);
    }
    (void)closedir(list);
    if (trace->process_count > 1)
        qsort(trace->processes, trace->process_count, sizeof *trace->processes, compare_processes);
    return status == CVL_OK ? cvl_trace_account_all(trace, err) : status;
}

void cvl_trace_clear(struct cvl_trace *trace)
{
    for (size_t i = 0; i < trace->process_count; i++)
        cvl_trace_process_clear(&trace->processes[i]);
    for (size_t i = 0; i < trace->bystander_count; i++) {
        free(trace->bystanders[i].program);
        free(trace->bystanders[i].library);
    }
    free(trace->processes);
    free(trace->bystanders);
    free(trace->command);
    *trace = (struct cvl_trace){0};
}
