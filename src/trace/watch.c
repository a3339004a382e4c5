/* Watches which OpenCL libraries processes load. */
#include "trace/watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "trace/arrays.h"

enum { MAX_PATH = 4096, MAX_DEPTH = 32, MAX_BYSTANDERS = 1000 };

/* How the file names of OpenCL implementations start: PoCL, Mesa, NVIDIA, AMD, Intel (GPU, CPU,
 * both), oclgrind, clvk, PowerVR, VC4CL. ARM's is the same file as its OpenGL driver, so it proves
 * nothing. */
static const char *const drivers[] = {
    "libpocl.so",  "libMesaOpenCL", "libRusticlOpenCL",  "libnvidia-opencl", "libamdocl",
    "libigdrcl",   "libintelocl",   "liboclgrind-rt",    "libclvk",          "libPVROCL",
    "libVC4CL.so", "libocl64.so",   "libOpenCL_adreno.",
};

enum cvl_trace_sight cvl_watch_judge(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (strncmp(name, "libOpenCL.so", 12) == 0)
        return CVL_TRACE_LOADER;
    for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++)
        if (strncmp(name, drivers[i], strlen(drivers[i])) == 0)
            return CVL_TRACE_DRIVER;
    return CVL_TRACE_NO_OPENCL;
}

static bool has_trace(pid_t process, const char *folder)
{
    char path[MAX_PATH];
    (void)snprintf(path, sizeof path, "%s/%ld" CVL_LOG_SUFFIX, folder, (long)process);
    return access(path, F_OK) == 0;
}

/* A loader loads drivers, so if both are seen only the loader and its path are reported. */
static enum cvl_trace_sight read_maps(pid_t process, char *library, size_t size)
{
    char path[64], *line = NULL;
    size_t room = 0;
    enum cvl_trace_sight sight = CVL_TRACE_NO_OPENCL;
    (void)snprintf(path, sizeof path, "/proc/%ld/maps", (long)process);
    FILE *maps = fopen(path, "re");
    while (maps && sight != CVL_TRACE_LOADER && getline(&line, &room, maps) > 0) {
        const char *file = strchr(line, '/');
        line[strcspn(line, "\n")] = '\0';
        enum cvl_trace_sight seen = file ? cvl_watch_judge(file) : CVL_TRACE_NO_OPENCL;
        if (seen == CVL_TRACE_NO_OPENCL || seen == sight)
            continue;
        sight = seen;
        cvl_copy(library, size, file);
    }
    if (maps)
        (void)fclose(maps);
    free(line);
    return sight;
}

static struct cvl_trace_bystander *find(struct cvl_trace *trace, pid_t process, const char *program)
{
    for (size_t i = 0; i < trace->bystander_count; i++)
        if (trace->bystanders[i].pid == (uint32_t)process &&
            strcmp(trace->bystanders[i].program, program) == 0)
            return &trace->bystanders[i];
    char *copy = trace->bystander_count < MAX_BYSTANDERS ? cvl_duplicate(program) : NULL;
    struct cvl_trace_bystander *bystanders =
        copy ? cvl_array_reserve(trace->bystanders, trace->bystander_count, sizeof *bystanders)
             : NULL;
    if (!bystanders) {
        free(copy);
        return NULL;
    }
    trace->bystanders = bystanders;
    bystanders[trace->bystander_count] =
        (struct cvl_trace_bystander){.pid = (uint32_t)process, .program = copy};
    return &bystanders[trace->bystander_count++];
}

/* What was seen once is kept, even if the library is unloaded later. */
static void look_at(pid_t process, struct cvl_trace *trace)
{
    char link[64], program[MAX_PATH], library[MAX_PATH];
    (void)snprintf(link, sizeof link, "/proc/%ld/exe", (long)process);
    ssize_t length = readlink(link, program, sizeof program - 1);
    if (length <= 0)
        return; /* it has ended, or we may not look at it */
    program[length] = '\0';
    enum cvl_trace_sight sight = read_maps(process, library, sizeof library);
    struct cvl_trace_bystander *bystander = find(trace, process, program);
    if (!bystander || sight == CVL_TRACE_NO_OPENCL || bystander->sight == CVL_TRACE_LOADER)
        return;
    char *copy = cvl_duplicate(library);
    if (!copy)
        return;
    free(bystander->library);
    bystander->library = copy;
    bystander->sight = sight;
}

static void look_at_tree(pid_t process, const char *folder, struct cvl_trace *trace, int depth);

static void look_at_children(pid_t process, const char *thread, const char *folder,
                             struct cvl_trace *trace, int depth)
{
    char path[128];
    long child;
    (void)snprintf(path, sizeof path, "/proc/%ld/task/%.32s/children", (long)process, thread);
    FILE *list = fopen(path, "re");
    while (list && fscanf(list, "%ld", &child) == 1)
        look_at_tree((pid_t)child, folder, trace, depth + 1);
    if (list)
        (void)fclose(list);
}

static void look_at_tree(pid_t process, const char *folder, struct cvl_trace *trace, int depth)
{
    char path[64];
    if (depth > MAX_DEPTH)
        return;
    if (!has_trace(process, folder))
        look_at(process, trace);
    (void)snprintf(path, sizeof path, "/proc/%ld/task", (long)process);
    DIR *threads = opendir(path);
    for (struct dirent *entry; threads && (entry = readdir(threads));)
        if (entry->d_name[0] != '.')
            look_at_children(process, entry->d_name, folder, trace, depth);
    if (threads)
        (void)closedir(threads);
}

void cvl_watch_look(pid_t process, const char *folder, struct cvl_trace *trace)
{
    look_at_tree(process, folder, trace, 0);
}

static bool was_traced(const struct cvl_trace *trace, const struct cvl_trace_bystander *bystander)
{
    for (size_t i = 0; i < trace->process_count; i++)
        if (trace->processes[i].pid == bystander->pid &&
            strcmp(trace->processes[i].program, bystander->program) == 0)
            return true;
    return false;
}

void cvl_watch_settle(struct cvl_trace *trace)
{
    size_t kept = 0;
    for (size_t i = 0; i < trace->bystander_count; i++) {
        struct cvl_trace_bystander *bystander = &trace->bystanders[i];
        if (was_traced(trace, bystander)) {
            free(bystander->program);
            free(bystander->library);
        } else {
            trace->bystanders[kept++] = *bystander;
        }
    }
    trace->bystander_count = kept;
}
