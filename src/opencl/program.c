/* Builds and caches programs. */
#include "opencl/program.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opencl/build_log.h"
#include "opencl/capabilities.h"
#include "opencl/sources.h"

struct entry {
    char *source, *options; /* the key; all options */
    cl_program program;
    bool is_queried;       /* the size of its binary was queried */
    uint64_t binary_bytes; /* UINT64_MAX: unknown */
};

struct cvl_program_cache {
    cl_context context;
    cl_device_id device;
    struct cvl_device_facts facts;
    struct entry *entries; /* a run builds dozens: searched linearly */
    size_t count;
};

enum cvl_status cvl_program_cache_create(cl_context context, cl_device_id device,
                                         const struct cvl_device_facts *facts,
                                         struct cvl_program_cache **out, struct cvl_error *err)
{
    *out = NULL;
    struct cvl_program_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return cvl_fail(err, CVL_NO_MEMORY, "out of memory for the program cache");
    cl_int code = clRetainContext(context);
    if (code != CL_SUCCESS) {
        free(cache);
        return cvl_cl_fail(err, code, "clRetainContext", NULL);
    }
    cache->context = context;
    cache->device = device;
    cache->facts = *facts;
    *out = cache;
    return CVL_OK;
}

static void entry_clear(struct entry *entry)
{
    if (entry->program)
        (void)clReleaseProgram(entry->program);
    free(entry->source);
    free(entry->options);
    *entry = (struct entry){0};
}

void cvl_program_cache_destroy(struct cvl_program_cache **cache)
{
    if (!*cache)
        return;
    for (size_t i = 0; i < (*cache)->count; i++)
        entry_clear(&(*cache)->entries[i]);
    free((*cache)->entries);
    (void)clReleaseContext((*cache)->context);
    free(*cache);
    *cache = NULL;
}

/* Returns the build log, or NULL if there is none. */
static char *build_log(cl_program program, cl_device_id device)
{
    size_t size = 0;
    if (clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) !=
            CL_SUCCESS ||
        size == 0)
        return NULL;
    char *log = calloc(1, size + 1);
    if (log &&
        clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL) == CL_SUCCESS)
        return log;
    free(log);
    return NULL;
}

static enum cvl_status build_failed(const struct cvl_program_cache *cache, const char *source,
                                    cl_program program, cl_int code, struct cvl_error *err)
{
    enum cvl_status status = cvl_cl_fail(err, code, "clBuildProgram", "%s", source);
    if (status != CVL_FAILED)
        return status; /* out of memory: not the program's fault */
    char end[CVL_ERROR_TEXT_BYTES - 160] = "the driver returned no build log";
    char *log = build_log(program, cache->device);
    if (log && *log != '\0')
        cvl_build_log_end(end, sizeof end, log);
    free(log);
    return cvl_fail(err, CVL_BUILD_FAILED, "%s does not build: %s (%d): %s", source,
                    cvl_cl_error_name(code), code, end);
}

static enum cvl_status build(const struct cvl_program_cache *cache, const char *source,
                             const char *text, const char *options, cl_program *out,
                             struct cvl_error *err)
{
    cl_int code = CL_SUCCESS;
    cl_program program = clCreateProgramWithSource(cache->context, 1, &text, NULL, &code);
    if (!program)
        return cvl_cl_fail(err, code, "clCreateProgramWithSource", "%s", source);
    code = clBuildProgram(program, 1, &cache->device, options, NULL, NULL);
    if (code != CL_SUCCESS) {
        enum cvl_status status = build_failed(cache, source, program, code, err);
        (void)clReleaseProgram(program);
        return status;
    }
    *out = program;
    return CVL_OK;
}

static enum cvl_status create_program(const struct cvl_program_cache *cache, const char *source,
                                      const char *options, cl_program *out, struct cvl_error *err)
{
    char *text = NULL;
    enum cvl_status status = cvl_source_join(source, &text, err);
    if (status == CVL_OK)
        status = build(cache, source, text, options, out, err);
    free(text);
    return status;
}

/* Takes ownership of the program, even if it fails. */
static enum cvl_status add_entry(struct cvl_program_cache *cache, const char *source,
                                 const char *options, cl_program program, struct cvl_error *err)
{
    struct entry entry = {
        .source = cvl_duplicate(source), .options = cvl_duplicate(options), .program = program};
    struct entry *entries = realloc(cache->entries, (cache->count + 1) * sizeof *entries);
    if (entries)
        cache->entries = entries;
    if (!entries || !entry.source || !entry.options) {
        entry_clear(&entry);
        return cvl_fail(err, CVL_NO_MEMORY, "out of memory for the program cache");
    }
    cache->entries[cache->count++] = entry;
    return CVL_OK;
}

/* @param options all of them */
static enum cvl_status find_or_build(struct cvl_program_cache *cache, const char *source,
                                     const char *options, cl_program *out, struct cvl_error *err)
{
    for (size_t i = 0; i < cache->count; i++) {
        const struct entry *entry = &cache->entries[i];
        if (strcmp(entry->source, source) == 0 && strcmp(entry->options, options) == 0) {
            *out = entry->program;
            return CVL_OK;
        }
    }
    cl_program program = NULL;
    enum cvl_status status = create_program(cache, source, options, &program, err);
    if (status == CVL_OK)
        status = add_entry(cache, source, options, program, err);
    if (status == CVL_OK)
        *out = program;
    return status;
}

enum cvl_status cvl_program_get_for(struct cvl_program_cache *cache,
                                    const struct cvl_device_facts *facts, const char *source,
                                    const char *options, cl_program *out, struct cvl_error *err)
{
    *out = NULL;
    char *all = cvl_compiler_options(facts, options);
    if (!all)
        return cvl_fail(err, CVL_NO_MEMORY, "out of memory building %s", source);
    const enum cvl_status status = find_or_build(cache, source, all, out, err);
    free(all);
    return status;
}

enum cvl_status cvl_program_get(struct cvl_program_cache *cache, const char *source,
                                const char *options, cl_program *out, struct cvl_error *err)
{
    return cvl_program_get_for(cache, &cache->facts, source, options, out, err);
}

/* A program for one device has one binary; any other answer of a driver is ignored. */
static uint64_t query_binary(cl_program program)
{
    size_t bytes = 0;
    size_t got = 0;
    cl_int code = clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof bytes, &bytes, &got);
    return code == CL_SUCCESS && got == sizeof bytes && bytes > 0 ? bytes : UINT64_MAX;
}

uint64_t cvl_program_binary_bytes(struct cvl_program_cache *cache, cl_program program)
{
    for (size_t i = 0; i < cache->count; i++) {
        struct entry *entry = &cache->entries[i];
        if (entry->program != program)
            continue;
        if (!entry->is_queried)
            entry->binary_bytes = query_binary(program);
        entry->is_queried = true;
        return entry->binary_bytes;
    }
    return UINT64_MAX;
}
