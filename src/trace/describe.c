/* Prints flags, ends and reasons as text. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <CL/cl.h>

#include "trace/describe.h"

static const struct {
    uint64_t bit;
    const char *name;
} flag_names[] = {
    {1u << 0, "READ_WRITE"},      {1u << 1, "WRITE_ONLY"},     {1u << 2, "READ_ONLY"},
    {1u << 3, "USE_HOST_PTR"},    {1u << 4, "ALLOC_HOST_PTR"}, {1u << 5, "COPY_HOST_PTR"},
    {1u << 7, "HOST_WRITE_ONLY"}, {1u << 8, "HOST_READ_ONLY"}, {1u << 9, "HOST_NO_ACCESS"},
    {1u << 10, "SVM_FINE_GRAIN"}, {1u << 11, "SVM_ATOMICS"},   {1u << 12, "KERNEL_READ_AND_WRITE"},
};

_Static_assert(CL_MEM_HOST_NO_ACCESS == 1 << 9 && CL_MEM_KERNEL_READ_AND_WRITE == 1 << 12,
               "the table follows CL/cl.h");

/* Appends a word, with `between` before it where it is not the first. */
static void append(char *text, size_t size, const char *between, const char *word)
{
    const size_t used = strlen(text);
    (void)snprintf(text + used, size - used, "%s%s", used ? between : "", word);
}

void cvl_trace_print_flags(char *text, size_t size, uint64_t flags)
{
    char rest[24];
    text[0] = '\0';
    for (size_t i = 0; i < sizeof flag_names / sizeof flag_names[0]; i++) {
        if (!(flags & flag_names[i].bit))
            continue;
        append(text, size, "|", flag_names[i].name);
        flags &= ~flag_names[i].bit;
    }
    (void)snprintf(rest, sizeof rest, "0x%" PRIx64, flags);
    if (flags)
        append(text, size, "|", rest);
}

void cvl_trace_print_end(char *text, size_t size, int wait_status)
{
    if (WIFSIGNALED(wait_status))
        (void)snprintf(text, size, "signal %d (%s)", WTERMSIG(wait_status),
                       strsignal(WTERMSIG(wait_status)));
    else
        (void)snprintf(text, size, "exit status %d", WEXITSTATUS(wait_status));
}

static const struct {
    uint32_t bit;
    const char *text;
} untimed_reasons[] = {
    {CVL_LOG_NO_PROFILING, "a queue without profiling"},
    {CVL_LOG_NO_RESOLUTION, "the device's timer has no resolution"},
    {CVL_LOG_NO_EVENT, "the driver reported no times"},
};

void cvl_trace_print_untimed(char *text, size_t size, const struct cvl_trace_kernel *kernel)
{
    text[0] = '\0';
    for (size_t i = 0; i < sizeof untimed_reasons / sizeof untimed_reasons[0]; i++)
        if (kernel->figures.untimed & untimed_reasons[i].bit)
            append(text, size, "; ", untimed_reasons[i].text);
    if (text[0] == '\0' && kernel->figures.timed < kernel->figures.launches)
        append(text, size, "; ", "the program ended before its kernels");
}
