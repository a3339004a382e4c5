/* Mapped buffers and device queries, as the probes want them. */
#include "run/memory/probing.h"

#include <malloc.h>
#include <stdlib.h>

/* cl_amd_device_attribute_query: free memory and its largest block, in KiB; the headers of 2022
 * lack it. */
enum { GLOBAL_FREE_MEMORY_AMD = 0x4039 };

static bool ask_free(const void *user, uint64_t *bytes)
{
    const struct cvl_opened *opened = user;
    size_t kib[2] = {0};
    size_t got = 0;
    cl_int code = clGetDeviceInfo(opened->device, GLOBAL_FREE_MEMORY_AMD, sizeof kib, kib, &got);
    if (code != CL_SUCCESS || got < sizeof kib[0] || kib[0] > UINT64_MAX / 1024)
        return false;
    *bytes = (uint64_t)kib[0] * 1024;
    return true;
}

static void clear(struct cvl_probing *probing)
{
    cvl_watch_destroy(&probing->watch);
    free(probing->spans);
    free(probing->mapped);
    *probing = (struct cvl_probing){0};
}

enum cvl_status cvl_probing_start(struct cvl_executor *executor, struct cvl_probing *out,
                                  struct cvl_error *err)
{
    const struct cvl_opened *opened = executor->opened;
    const struct cvl_plan *plan = executor->plan;
    const size_t spans = (size_t)plan->buffer_count + 1; /* the arena too */
    size_t count = 0;
    const struct cvl_probe *const *probes = cvl_probes_all(&count);
    *out = (struct cvl_probing){
        .executor = executor,
        .context = {.device = &opened->facts,
                    .root = "",
                    .free_bytes = ask_free,
                    .user = opened,
                    .has_spans = opened->facts.type == CVL_DEVICE_CPU},
        .spans = calloc(spans, sizeof *out->spans),
        .mapped = calloc(spans, sizeof *out->mapped),
    };
    out->context.spans = out->spans;
    if (!out->spans || !out->mapped) {
        clear(out);
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for %zu spans", spans);
    }
    (void)malloc_trim(0); /* what the heap keeps back would hide the first pages of the pass */
    const enum cvl_status status = cvl_watch_create(
        &out->context, probes, count, plan->stage_count - plan->load_stage_count, &out->watch, err);
    if (status != CVL_OK)
        clear(out);
    return status;
}

/* A sub-buffer is a part of the arena, which is mapped whole. */
static bool is_within_arena(const struct cvl_executor *executor, uint32_t buffer)
{
    return executor->arena && executor->plan->arena_offset[buffer] != UINT64_MAX;
}

static void map_buffer(struct cvl_probing *probing, cl_mem buffer, uint64_t bytes)
{
    cl_int code = CL_SUCCESS;
    void *at = clEnqueueMapBuffer(probing->executor->opened->queue, buffer, CL_FALSE, CL_MAP_READ,
                                  0, (size_t)bytes, 0, NULL, NULL, &code);
    if (!at) {
        probing->context.has_spans = false; /* what is missing would be taken for not resident */
        return;
    }
    probing->mapped[probing->context.span_count] = buffer;
    probing->spans[probing->context.span_count++] =
        (struct cvl_probe_span){.at = at, .bytes = (size_t)bytes};
}

/* Where the device computes on the host's memory, mapping a buffer for reading shows where it lies,
 * and neither copies nor touches it. */
static void map_buffers(struct cvl_probing *probing)
{
    const struct cvl_executor *executor = probing->executor;
    const struct cvl_plan *plan = executor->plan;
    for (uint32_t i = 0; i < plan->buffer_count && probing->context.has_spans; i++)
        if (executor->buffers[i] && !is_within_arena(executor, i))
            map_buffer(probing, executor->buffers[i], plan->buffers[i].bytes);
    if (executor->arena && probing->context.has_spans)
        map_buffer(probing, executor->arena, plan->bytes.peak_without_weights[CVL_ARENA]);
    if (probing->context.span_count > 0 && clFinish(executor->opened->queue) != CL_SUCCESS)
        probing->context.has_spans = false;
}

static void unmap_buffers(struct cvl_probing *probing)
{
    cl_command_queue queue = probing->executor->opened->queue;
    for (size_t i = 0; i < probing->context.span_count; i++)
        (void)clEnqueueUnmapMemObject(queue, probing->mapped[i], probing->spans[i].at, 0, NULL,
                                      NULL);
    if (probing->context.span_count > 0)
        (void)clFinish(queue);
    probing->context.span_count = 0;
}

void cvl_probing_sample(struct cvl_probing *probing)
{
    map_buffers(probing);
    cvl_watch_sample(probing->watch);
    unmap_buffers(probing);
}

enum cvl_status cvl_probing_finish(struct cvl_probing *probing, struct cvl_row *row,
                                   struct cvl_error *err)
{
    cvl_watch_finish(probing->watch);
    enum cvl_status status = cvl_watch_report(probing->watch, row, err);
    clear(probing);
    return status;
}
