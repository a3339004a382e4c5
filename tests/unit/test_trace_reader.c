/* Traces as they are written and read, damaged ones too, and symbols of a file. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "layer/intercept/kernels.h"
#include "report/trace_formats.h"
#include "scratch.h"
#include "trace/symbols.h"
#include "trace/trace.h"

static struct cvl_error err;
static struct cvl_log trace_log = CVL_LOG_INITIALIZER;
static struct cvl_track track = CVL_TRACK_INITIALIZER;
static struct cvl_kernels kernels = CVL_KERNELS_INITIALIZER;
static struct cvl_trace trace;
static char handles[16];

static void begin(void)
{
    scratch_make();
    cr_assert(cvl_log_open(&trace_log, scratch_folder));
    track.log = kernels.log = &trace_log;
}

static void end(void)
{
    cvl_trace_clear(&trace);
    scratch_remove();
}

TestSuite(trace_reader, .init = begin, .fini = end, .timeout = 1200);

static struct cvl_track_object *create(const void *handle, uint64_t bytes)
{
    return cvl_track_create(
        &track, &(struct cvl_track_creation){
                    .handle = handle, .asked_bytes = bytes, .bytes = bytes, .watched = true});
}

static const struct cvl_trace_process *load(void)
{
    cvl_trace_clear(&trace);
    cr_assert_eq(cvl_trace_load(scratch_folder, &trace, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(trace.process_count, 1);
    return &trace.processes[0];
}

Test(trace_reader, life_of_an_object)
{
    struct cvl_track_object *object = create(&handles[0], 100);
    (void)create(&handles[1], 50);
    cvl_track_release(&track, &handles[0]);
    cvl_track_destroy(&track, object);
    struct cvl_track_object *pending = create(&handles[2], 20);
    cvl_track_release(&track, &handles[2]);
    const struct cvl_trace_process *process = load();
    cr_assert_eq(process->pid, (uint32_t)getpid());
    cr_assert_eq(process->object_count, 3);
    cr_assert_eq(process->event_count, 6);
    cr_assert_eq(process->peak_bytes, 150);
    cr_assert_eq(process->end_bytes, 70);
    cr_assert_eq(process->unreleased, 1);
    cr_assert_eq(process->unreleased_bytes, 50);
    cr_assert_eq(process->undestroyed, 1);
    cr_assert_eq(process->undestroyed_bytes, 20);
    cr_assert_not(process->ended);
    cr_assert_not(process->damaged);
    const struct cvl_trace_object *first = &process->objects[0];
    cr_assert_leq(first->created_ns, first->released_ns);
    cr_assert_leq(first->released_ns, first->destroyed_ns);
    cr_assert_eq(first->first_use_ns, CVL_TRACE_NEVER);
    cr_assert(cvl_trace_is_at_peak(process, first));
    cr_assert_not(cvl_trace_is_at_peak(process, &process->objects[2]));
    cvl_track_destroy(&track, pending);
}

/* Some drivers destroy at the end of the process what was never released. */
Test(trace_reader, destroyed_without_release_is_a_leak)
{
    cvl_track_destroy(&track, create(&handles[0], 100));
    const struct cvl_trace_process *process = load();
    cr_assert_eq(process->end_bytes, 0);
    cr_assert_eq(process->unreleased, 1);
    cr_assert_eq(process->unreleased_bytes, 100);
    cr_assert_eq(process->undestroyed, 0);
}

/* A handle that is used again was released, seen or not. */
Test(trace_reader, displaced_object_is_no_leak)
{
    struct cvl_track_object *former = create(&handles[0], 100);
    (void)create(&handles[0], 30);
    cvl_track_destroy(&track, former);
    const struct cvl_trace_process *process = load();
    cr_assert_eq(process->end_bytes, 30);
    cr_assert_eq(process->unreleased, 1);
    cr_assert_eq(process->unreleased_bytes, 30);
}

Test(trace_reader, kernels_use_objects_and_their_parents)
{
    (void)create(&handles[0], 4096);
    (void)cvl_track_create(&track, &(struct cvl_track_creation){.handle = &handles[1],
                                                                .parent = &handles[0],
                                                                .asked_bytes = 64,
                                                                .kind = CVL_LOG_SUB_BUFFER});
    cvl_kernels_create(&kernels, &handles[8], "sum", NULL);
    cvl_kernels_argument(&kernels, &handles[8], 0, &handles[1]);
    cvl_kernels_argument(&kernels, &handles[8], 3, &handles[0]);
    cvl_kernels_argument(&kernels, &handles[8], 4, &handles[0]);
    struct cvl_kernel_name *name = cvl_kernels_launch(&kernels, &track, &handles[8]);
    cvl_kernels_time(&kernels, name, 70);
    cvl_kernels_create(&kernels, &handles[9], "sum", &handles[8]); /* a clone */
    (void)cvl_kernels_launch(&kernels, &track, &handles[9]);
    cvl_kernels_time(&kernels, name, 30);
    (void)cvl_kernels_launch(&kernels, &track, &handles[9]);
    cvl_kernels_untimed(&kernels, name, CVL_LOG_NO_EVENT);
    cr_assert_null(cvl_kernels_launch(&kernels, &track, &handles[15]));

    const struct cvl_trace_process *process = load();
    cr_assert_eq(process->kernel_count, 1);
    const struct cvl_trace_kernel *kernel = &process->kernels[0];
    cr_assert_str_eq(kernel->name, "sum");
    cr_assert_eq(kernel->figures.launches, 3);
    cr_assert_eq(kernel->figures.timed, 2);
    cr_assert_eq(kernel->figures.total_ns, 100);
    cr_assert_eq(kernel->figures.min_ns, 30);
    cr_assert_eq(kernel->figures.max_ns, 70);
    cr_assert_eq(kernel->figures.argument_bytes, 4096 + 64);
    cr_assert_eq(kernel->at_peak_bytes, 4096);
    for (int i = 0; i < 2; i++) {
        cr_assert_neq(process->objects[i].first_use_ns, CVL_TRACE_NEVER);
        cr_assert_eq(process->objects[i].first_kernel, 0);
    }
    cr_assert_eq(process->objects[1].parent, 1);
}

/* An address in the middle of shared memory is the memory's; one after it is nobody's. */
Test(trace_reader, addresses_in_shared_memory)
{
    static char memory[1000];
    (void)cvl_track_create(&track, &(struct cvl_track_creation){.handle = memory,
                                                                .asked_bytes = sizeof memory,
                                                                .bytes = sizeof memory,
                                                                .kind = CVL_LOG_SVM});
    cr_assert_eq(cvl_track_use(&track, memory + 999, 1), 1000);
    cr_assert_eq(cvl_track_use(&track, memory + 1000, 1), 0);
}

/* More than one block of records, of different sizes. */
Test(trace_reader, many_blocks)
{
    char name[16];
    enum { COUNT = 9000 };
    for (int i = 0; i < COUNT; i++) {
        struct cvl_track_object *object = create(&handles[i % 7], 10);
        (void)snprintf(name, sizeof name, "k%d", i % 100);
        cvl_kernels_create(&kernels, &handles[8], name, NULL);
        cvl_track_release(&track, &handles[i % 7]);
        cvl_track_destroy(&track, object);
    }
    cr_assert_gt(trace_log.block_count, 4);
    const struct cvl_trace_process *process = load();
    cr_assert_eq(process->object_count, COUNT);
    cr_assert_eq(process->event_count, 3 * COUNT);
    cr_assert_eq(process->kernel_count, 100);
    cr_assert_eq(process->peak_bytes, 10);
    cr_assert_not(process->damaged);
}

/* What a killed process leaves, cut off or written over anywhere: read without a fault. */
Test(trace_reader, damage_is_survived)
{
    static _Alignas(16) unsigned char bytes[8192], copy[8192];
    unsigned state = 7;
    struct cvl_trace_process process;
    char name[32];
    struct cvl_track_object *pending = create(&handles[0], 100);
    cvl_kernels_create(&kernels, &handles[8], "sum", NULL);
    cvl_kernels_argument(&kernels, &handles[8], 0, &handles[0]);
    (void)cvl_kernels_launch(&kernels, &track, &handles[8]);
    cvl_track_release(&track, &handles[0]);
    (void)snprintf(name, sizeof name, "%ld" CVL_LOG_SUFFIX, (long)getpid());
    FILE *file = fopen(scratch_path(name), "rb");
    cr_assert_not_null(file);
    cr_assert_eq(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
    (void)fclose(file);
    size_t used = trace_log.used;
    for (size_t size = 0; size <= used; size += 16)
        if (cvl_trace_read(bytes, size, &process, &err) == CVL_OK)
            cvl_trace_process_clear(&process);
    for (int round = 0; round < 20000; round++) {
        memcpy(copy, bytes, sizeof copy);
        for (int i = 0; i < 3; i++) {
            state = state * 1103515245u + 12345u;
            copy[(state >> 8) % used] ^= (unsigned char)(1u << (state >> 28) % 8);
        }
        if (cvl_trace_read(copy, sizeof copy, &process, &err) != CVL_OK)
            continue;
        cr_assert_eq(cvl_trace_name_callers(&process, &err), CVL_OK);
        cvl_trace_account(&process);
        cvl_trace_process_clear(&process);
    }
    memset(copy, 0, sizeof copy);
    cr_assert_eq(cvl_trace_read(copy, sizeof copy, &process, &err), CVL_BAD_INPUT);
    cvl_track_destroy(&track, pending);
}

Test(trace_reader, full_disk_is_told)
{
    trace_log.process->lost = 3;
    cvl_log_count_unknown(&trace_log);
    const struct cvl_trace_process *process = load();
    cr_assert_eq(process->lost, 3);
    cr_assert_eq(process->unknown, 1);
    struct cvl_log other = CVL_LOG_INITIALIZER;
    cr_assert_not(cvl_log_open(&other, scratch_path("missing")));
    cr_assert_null(cvl_log_append(&other, CVL_LOG_EXIT, &(struct cvl_log_head){0},
                                  sizeof(struct cvl_log_head), NULL, 0));
}

Test(trace_reader, json_is_whole_and_absent_is_null)
{
    char *text = NULL;
    size_t size = 0;
    (void)create(&handles[0], 100);
    (void)load();
    trace.command = strdup("a \x1b[31m\xff");
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(cvl_trace_write_json(&trace, stream, &err), CVL_OK, "%s", err.text);
    (void)fclose(stream);
    json_t *document = json_loads(text, 0, NULL);
    cr_assert_not_null(document);
    json_t *process = json_array_get(json_object_get(document, "processes"), 0);
    json_t *object = json_array_get(json_object_get(process, "allocations"), 0);
    cr_assert_eq(json_integer_value(json_object_get(object, "counted_bytes")), 100);
    cr_assert(json_is_null(json_object_get(object, "first_use_s")));
    cr_assert(json_is_null(json_object_get(object, "destroyed_s")));
    cr_assert(json_is_null(json_object_get(object, "caller")));
    cr_assert(json_is_null(json_object_get(document, "signal")));
    json_decref(document);
    free(text);
}

/* Two processes: what the first held when it ended is gone when the second begins. */
Test(trace_account, processes_together)
{
    struct cvl_trace_object objects[] = {
        {.number = 1,
         .bytes = 100,
         .stack = CVL_TRACE_NONE,
         .destroyed_ns = CVL_TRACE_NEVER,
         .released_ns = CVL_TRACE_NEVER,
         .destroyed_event = CVL_TRACE_NONE},
    };
    struct cvl_trace_event events[2][1] = {{{.time_ns = 10, .kind = CVL_LOG_CREATE}},
                                           {{.time_ns = 30, .kind = CVL_LOG_CREATE}}};
    struct cvl_trace_process processes[2];
    for (int i = 0; i < 2; i++) {
        processes[i] = (struct cvl_trace_process){
            .objects = objects, .object_count = 1, .events = events[i], .event_count = 1};
        processes[i].end_ns = i == 0 ? 20 : 40;
        cvl_trace_account(&processes[i]);
        cr_assert_eq(processes[i].peak_bytes, 100);
    }
    struct cvl_trace both = {.processes = processes, .process_count = 2};
    cr_assert_eq(cvl_trace_account_all(&both, &err), CVL_OK);
    cr_assert_eq(both.peak_bytes, 100);
    processes[0].end_ns = 35;
    cr_assert_eq(cvl_trace_account_all(&both, &err), CVL_OK);
    cr_assert_eq(both.peak_bytes, 200);
}

__attribute__((noinline)) static void some_function(void)
{
    (void)write(-1, "", 0);
}

TestSuite(trace_symbols, .init = scratch_make, .fini = scratch_remove);

Test(trace_symbols, finds_functions_of_a_file)
{
    /* The address in the file: what the linker gave it, without where it was loaded. */
    struct cvl_symbols *symbols = cvl_symbols_open("/proc/self/exe");
    cr_assert_not_null(symbols);
    extern const char __executable_start;
    uint64_t offset = (uint64_t)(uintptr_t)some_function - (uint64_t)(uintptr_t)&__executable_start;
    const char *name = cvl_symbols_find(symbols, offset);
    cr_assert_not_null(name);
    cr_assert_str_eq(name, "some_function");
    cr_assert_null(cvl_symbols_find(symbols, UINT64_MAX));
    cvl_symbols_close(&symbols);
    cr_assert_null(symbols);
    cr_assert_null(cvl_symbols_open(scratch_path("missing")));
    cr_assert_null(cvl_symbols_open("/dev/zero"));
    cr_assert_null(cvl_symbols_open(CONVLENS_SOURCE_DIR "/README.md"));
}

/* An executable with bytes turned over in its heads and section table: read without a fault. */
Test(trace_symbols, damage_is_survived)
{
    const char *path = scratch_path("damaged");
    int file = open(path, O_RDWR | O_CREAT, 0600), own = open("/proc/self/exe", O_RDONLY);
    cr_assert(file >= 0 && own >= 0);
    off_t size = lseek(own, 0, SEEK_END);
    unsigned char *bytes = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE, own, 0);
    cr_assert_neq(bytes, MAP_FAILED);
    uint64_t sections;
    memcpy(&sections, bytes + 0x28, sizeof sections);
    unsigned state = 3;
    for (int round = 0; round < 300; round++) {
        state = state * 1103515245u + 12345u;
        size_t at = round % 2 ? (state >> 8) % 64
                              : (size_t)sections + (state >> 8) % ((size_t)size - sections);
        unsigned char kept = bytes[at];
        bytes[at] ^= (unsigned char)(state >> 24);
        cr_assert_eq(pwrite(file, bytes, (size_t)size, 0), size);
        struct cvl_symbols *symbols = cvl_symbols_open(path);
        if (symbols)
            (void)cvl_symbols_find(symbols, 0x2000);
        cvl_symbols_close(&symbols);
        bytes[at] = kept;
    }
    (void)close(file);
    (void)close(own);
}
