/* Which pages of the buffers are resident, from mincore(2), for devices that compute in the host's
 * memory and whose buffers can be mapped: what the buffers alone take, without anything else that
 * the process holds. Less than requested if pages were never touched; more by the rest of the first
 * and last page. A page that two buffers share counts once for each. */
#include "probes/probe.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <convlens/result.h>

enum { PAGES_AT_ONCE = 4096 };

static bool answers(const struct cvl_device_facts *device)
{
    return device->type == CVL_DEVICE_CPU;
}

static enum cvl_status count_pages(char *at, size_t bytes, size_t page, uint64_t *resident,
                                   struct cvl_error *err)
{
    unsigned char in_core[PAGES_AT_ONCE];
    while (bytes > 0) {
        size_t part = bytes < page * PAGES_AT_ONCE ? bytes : page * PAGES_AT_ONCE;
        if (mincore(at, part, in_core) != 0)
            return cvl_fail(err, CVL_UNSUPPORTED, "memory/host_mincore: mincore, %zu bytes: %s",
                            part, strerror(errno));
        for (size_t i = 0; i < part / page; i++)
            *resident += (in_core[i] & 1) ? page : 0;
        at += part;
        bytes -= part;
    }
    return CVL_OK;
}

static enum cvl_status read_span(const struct cvl_probe_span *span, size_t page, uint64_t *resident,
                                 struct cvl_error *err)
{
    size_t before = (uintptr_t)span->at % page;
    if (span->bytes > SIZE_MAX - before - page)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "memory/host_mincore: a buffer of %zu bytes is too large", span->bytes);
    size_t bytes = (before + span->bytes + page - 1) / page * page;
    return count_pages((char *)span->at - before, bytes, page, resident, err);
}

static enum cvl_status read_now(const struct cvl_probe_context *context, void *state,
                                struct cvl_probe_reading *out, struct cvl_error *err)
{
    (void)state;
    if (!context->has_spans)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "memory/host_mincore: the device's buffers cannot be mapped");
    enum cvl_status status = CVL_OK;
    *out = (struct cvl_probe_reading){.others_bytes = CVL_ABSENT};
    for (size_t i = 0; i < context->span_count && status == CVL_OK; i++)
        if (context->spans[i].bytes > 0)
            status = read_span(&context->spans[i], (size_t)sysconf(_SC_PAGESIZE), &out->bytes, err);
    return status;
}

const struct cvl_probe cvl_probe_host_mincore = {
    .name = "host_mincore",
    .summary = "resident pages of the buffers themselves, for devices that are the host's CPU",
    .scope = CVL_SCOPE_BUFFERS,
    .resolution_bytes = 4096, /* one page */
    .is_part = true,
    .answers = answers,
    .read = read_now,
};
