#include <criterion/criterion.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <convlens/result.h>

#include "probes/probe.h"

TestSuite(probe_host_mincore, .timeout = 1200);

extern const struct cvl_probe cvl_probe_host_mincore;

enum { PAGES = 5000 }; /* more than are asked for at once */

static size_t page;
static char *memory;

static void map_memory(void)
{
    page = (size_t)sysconf(_SC_PAGESIZE);
    memory = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(memory, MAP_FAILED);
    (void)madvise(memory, PAGES * page, MADV_NOHUGEPAGE);
}

static enum cvl_status read_spans(struct cvl_probe_span *spans, size_t count, uint64_t *bytes,
                                  struct cvl_error *err)
{
    const struct cvl_probe_context context = {
        .root = "", .spans = spans, .span_count = count, .has_spans = true};
    struct cvl_probe_reading reading = {.bytes = 7, .others_bytes = CVL_ABSENT};
    enum cvl_status status = cvl_probe_host_mincore.read(&context, NULL, &reading, err);
    *bytes = reading.bytes;
    return status;
}

Test(probe_host_mincore, pages_that_were_touched, .init = map_memory)
{
    struct cvl_probe_span span = {memory, PAGES * page};
    uint64_t bytes = 0;
    cr_assert_eq(read_spans(&span, 1, &bytes, NULL), CVL_OK);
    cr_assert_eq(bytes, 0); /* asked for, never touched */
    memset(memory, 1, 3 * page);
    memory[(PAGES - 1) * page] = 1;
    cr_assert_eq(read_spans(&span, 1, &bytes, NULL), CVL_OK);
    cr_assert_eq(bytes, 4 * page);
    memset(memory, 1, PAGES * page);
    cr_assert_eq(read_spans(&span, 1, &bytes, NULL), CVL_OK);
    cr_assert_eq(bytes, PAGES * page);
}

/* 100 bytes across a border take two pages; what lies before and after is not counted. */
Test(probe_host_mincore, spans_that_do_not_fill_pages, .init = map_memory)
{
    struct cvl_probe_span spans[] = {{memory + page - 50, 100}, {memory + 9 * page + 8, 8}};
    uint64_t bytes = 0;
    memset(memory, 1, PAGES * page);
    cr_assert_eq(read_spans(spans, 2, &bytes, NULL), CVL_OK);
    cr_assert_eq(bytes, 3 * page);
    spans[0].bytes = 0;
    cr_assert_eq(read_spans(spans, 1, &bytes, NULL), CVL_OK);
    cr_assert_eq(bytes, 0);
    cr_assert_eq(read_spans(spans, 0, &bytes, NULL), CVL_OK);
    cr_assert_eq(bytes, 0);
}

Test(probe_host_mincore, what_is_not_mapped_is_refused, .init = map_memory)
{
    struct cvl_probe_span span = {memory, PAGES * page};
    struct cvl_error err = {0};
    uint64_t bytes = 0;
    cr_assert_eq(munmap(memory, PAGES * page), 0);
    cr_assert_eq(read_spans(&span, 1, &bytes, &err), CVL_UNSUPPORTED);
    cr_assert_not_null(strstr(err.text, "memory/host_mincore: mincore"), "%s", err.text);
    span.bytes = SIZE_MAX;
    cr_assert_eq(read_spans(&span, 1, &bytes, &err), CVL_BAD_INPUT);
}

Test(probe_host_mincore, buffers_that_cannot_be_mapped)
{
    const struct cvl_probe_context context = {.root = ""};
    struct cvl_probe_reading reading;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_probe_host_mincore.read(&context, NULL, &reading, &err), CVL_UNSUPPORTED);
    cr_assert_not_null(strstr(err.text, "cannot be mapped"), "%s", err.text);
}

Test(probe_host_mincore, is_a_part_for_cpu_devices)
{
    struct cvl_device_facts device = {.type = CVL_DEVICE_CPU};
    cr_assert(cvl_probe_host_mincore.is_part);
    cr_assert(cvl_probe_host_mincore.answers(&device));
    device.type = CVL_DEVICE_GPU;
    cr_assert_not(cvl_probe_host_mincore.answers(&device));
}
