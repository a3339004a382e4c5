/* checker: oclgrind */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "chosen_device.h"
#include "layer/ledger.h"
#include "opencl/cl.h"
#include "opencl/clblast.h"
#include "opencl/handle.h"
#ifdef CONVLENS_HAVE_CLBLAST
#include <clblast_c.h>
#endif

TestSuite(ledger, .timeout = 1200);

/* Drivers let go of objects on threads of their own; where they do not, the test fails after that.
 */
enum { SETTLE_S = 600 };

/* What a test works on: the device of CVL_TEST_DEVICE (default: the first), and the ledger. */
static cl_device_id device;
static cl_context context;
static cl_command_queue queue;
static struct cvl_ledger *ledger;
static struct cvl_error err;
static bool is_simulated; /* every work-item takes its time */
static double began_s;    /* when a test began to record a timeline */

static void open_device(void)
{
    const struct cvl_device_facts facts = chosen_device();
    cl_platform_id platform;
    cl_int code;
    is_simulated = cvl_device_matches(&facts, "oclgrind");
    cr_assert_eq(cvl_device_handle(facts.id, &platform, &device, &err), CVL_OK, "%s", err.text);
    context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    cr_assert_not_null(context, "clCreateContext: %d", code);
    queue = clCreateCommandQueue(context, device, 0, &code);
    cr_assert_not_null(queue, "clCreateCommandQueue: %d", code);
    cr_assert_eq(cvl_ledger_create(&ledger, &err), CVL_OK, "%s", err.text);
    cvl_ledger_own(ledger, 0);
}

static void close_device(void)
{
    cvl_ledger_destroy(&ledger);
    cvl_clblast_clear(); /* its programs hold the context */
    if (queue)
        clReleaseCommandQueue(queue);
    if (context)
        clReleaseContext(context);
}

static cl_mem make_buffer(cl_mem_flags flags, size_t bytes, void *host)
{
    cl_int code;
    cl_mem buffer = clCreateBuffer(context, flags, bytes, host, &code);
    cr_assert_not_null(buffer, "clCreateBuffer: %d", code);
    return buffer;
}

static struct cvl_ledger_reading reading_now(void)
{
    struct cvl_ledger_reading reading;
    cvl_ledger_read(ledger, &reading);
    return reading;
}

Test(ledger, buffers_count_to_the_byte, .init = open_device, .fini = close_device)
{
    cl_mem first = make_buffer(CL_MEM_READ_WRITE, 1000003, NULL);
    cl_mem second = make_buffer(CL_MEM_READ_ONLY, 4099, NULL);
    struct cvl_ledger_reading reading = reading_now();
    cr_assert_eq(reading.own_live_bytes, 1000003 + 4099);
    cr_assert_eq(reading.live_bytes, 1000003 + 4099);
    cr_assert_eq(reading.library_live_bytes, 0);
    cr_assert_eq(reading.created, 2);

    cr_assert_eq(clReleaseMemObject(first), CL_SUCCESS);
    cr_assert(cvl_ledger_settle(ledger, SETTLE_S));
    reading = reading_now();
    cr_assert_eq(reading.own_live_bytes, 4099);
    cr_assert_eq(reading.own_peak_bytes, 1000003 + 4099);
    cvl_ledger_reset_peaks(ledger);
    cr_assert_eq(reading_now().own_peak_bytes, 4099);

    cr_assert_eq(clReleaseMemObject(second), CL_SUCCESS);
    cr_assert(cvl_ledger_settle(ledger, SETTLE_S));
    cr_assert_eq(reading_now().live_bytes, 0);
}

Test(ledger, retained_buffer_lives_on, .init = open_device, .fini = close_device)
{
    cl_mem buffer = make_buffer(CL_MEM_READ_WRITE, 64, NULL);
    cr_assert_eq(clRetainMemObject(buffer), CL_SUCCESS);
    cr_assert_eq(clReleaseMemObject(buffer), CL_SUCCESS);
    cr_assert(cvl_ledger_settle(ledger, SETTLE_S)); /* nothing is pending: it is still held */
    cr_assert_eq(reading_now().live_bytes, 64);
    cr_assert_eq(clReleaseMemObject(buffer), CL_SUCCESS);
    cr_assert(cvl_ledger_settle(ledger, SETTLE_S));
    cr_assert_eq(reading_now().live_bytes, 0);
}

Test(ledger, failed_creation_counts_nothing, .init = open_device, .fini = close_device)
{
    cl_int code = CL_SUCCESS;
    if (is_simulated)
        cr_skip_test("the simulator reports the mistake, too");
    cr_assert_null(clCreateBuffer(context, CL_MEM_READ_WRITE, 0, NULL, &code));
    cr_assert_neq(code, CL_SUCCESS);
    cr_assert_eq(reading_now().created, 0);
    cr_assert_eq(reading_now().peak_bytes, 0);
}

/* The parent counts, and lives as long as its part. */
Test(ledger, sub_buffer_counts_zero, .init = open_device, .fini = close_device)
{
    cl_int code;
    cl_buffer_region region = {.origin = 0, .size = 4096};
    cl_mem parent = make_buffer(CL_MEM_READ_WRITE, 65536, NULL);
    cl_mem part =
        clCreateSubBuffer(parent, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    cr_assert_not_null(part, "clCreateSubBuffer: %d", code);
    cr_assert_eq(reading_now().live_bytes, 65536);
    cr_assert_eq(reading_now().created, 2);
    cr_assert_eq(clReleaseMemObject(parent), CL_SUCCESS);
    cr_assert_not(cvl_ledger_settle(ledger, 0.01)); /* released, held by its part */
    cr_assert_eq(reading_now().live_bytes, 65536);
    cr_assert_eq(clReleaseMemObject(part), CL_SUCCESS);
    cr_assert(cvl_ledger_settle(ledger, SETTLE_S));
    cr_assert_eq(reading_now().live_bytes, 0);
}

Test(ledger, host_pointer_is_free_on_cpu_devices, .init = open_device, .fini = close_device)
{
    static _Alignas(4096) char host[8192];
    cl_device_type type = 0;
    cr_assert_eq(clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL), CL_SUCCESS);
    uint64_t expected = type & CL_DEVICE_TYPE_CPU ? 0 : sizeof host;
    cl_mem buffer = make_buffer(CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, sizeof host, host);
    cr_assert_eq(reading_now().live_bytes, expected);
    cr_assert_eq(clReleaseMemObject(buffer), CL_SUCCESS);
    cr_assert(cvl_ledger_settle(ledger, SETTLE_S));
    cr_assert_eq(reading_now().live_bytes, 0);
}

static void expect_entry(const struct cvl_row_allocation *entry, const char *event,
                         const char *owner, const char *name, uint64_t live_bytes, uint32_t stage)
{
    cr_assert_eq(entry->policy, CVL_FREED);
    cr_assert_str_eq(entry->event, event);
    cr_assert_str_eq(entry->owner, owner);
    cr_assert_str_eq(entry->name, name);
    cr_assert_eq(entry->live_bytes, live_bytes);
    cr_assert_eq(entry->stage, stage);
    cr_assert_geq(entry->time_s, 0.0);
    cr_assert_leq(entry->time_s, cvl_host_now() - began_s);
}

Test(ledger, timeline_names_own_objects, .init = open_device, .fini = close_device)
{
    static const char *const names[] = {"input", "output"};
    struct cvl_row_allocation *entries = NULL;
    size_t count = 0;
    cl_mem earlier = make_buffer(CL_MEM_READ_WRITE, 1, NULL);
    began_s = cvl_host_now();
    cvl_ledger_begin(ledger);
    cl_mem input = make_buffer(CL_MEM_READ_WRITE, 10, NULL);
    cvl_ledger_library(ledger, 1);
    cl_mem hidden = make_buffer(CL_MEM_READ_WRITE, 100, NULL);
    cvl_ledger_own(ledger, 2);
    cl_mem output = make_buffer(CL_MEM_READ_WRITE, 1000, NULL);
    cl_mem unnamed = make_buffer(CL_MEM_READ_WRITE, 10000, NULL);
    cr_assert_eq(clReleaseMemObject(input), CL_SUCCESS);
    cr_assert(cvl_ledger_settle(ledger, SETTLE_S));
    cr_assert_eq(clReleaseMemObject(earlier), CL_SUCCESS);
    cr_assert(cvl_ledger_settle(ledger, SETTLE_S));

    cr_assert_eq(cvl_ledger_timeline(ledger, CVL_FREED, names, 2, &entries, &count, &err), CVL_OK);
    cr_assert_eq(count, 8);
    expect_entry(&entries[0], "create", "own", "input", 11, 0);
    expect_entry(&entries[1], "create", "library", "", 111, 1);
    expect_entry(&entries[2], "create", "own", "output", 1111, 2);
    expect_entry(&entries[3], "create", "own", "", 11111, 2);
    expect_entry(&entries[4], "release", "own", "input", 11111, 2);
    expect_entry(&entries[5], "destroy", "own", "input", 11101, 2);
    expect_entry(&entries[6], "release", "own", "", 11101, 2);
    expect_entry(&entries[7], "destroy", "own", "", 11100, 2);
    cr_assert_eq(entries[1].bytes, 100);
    cr_assert_eq(entries[5].bytes, 10);

    cvl_ledger_begin(ledger); /* an empty pass adds nothing; a second one appends */
    cr_assert_eq(cvl_ledger_timeline(ledger, CVL_FREED, NULL, 0, &entries, &count, &err), CVL_OK);
    cr_assert_eq(count, 8);
    cr_assert_eq(clReleaseMemObject(hidden), CL_SUCCESS);
    cr_assert(cvl_ledger_settle(ledger, SETTLE_S));
    cr_assert_eq(cvl_ledger_timeline(ledger, CVL_FREED, NULL, 0, &entries, &count, &err), CVL_OK);
    cr_assert_eq(count, 10);
    expect_entry(&entries[9], "destroy", "library", "", 11000, 2);
    free(entries);
    clReleaseMemObject(output);
    clReleaseMemObject(unnamed);
}

#ifdef CONVLENS_HAVE_CLBLAST
struct product {
    size_t m, n, k;
};

static size_t temp_bytes(const struct product *p)
{
    size_t bytes = 0;
    cr_assert_eq(CLBlastSGemmTempBufferSize(CLBlastLayoutRowMajor, CLBlastTransposeNo,
                                            CLBlastTransposeNo, p->m, p->n, p->k, 0, p->k, 0, p->n,
                                            0, p->n, &queue, &bytes),
                 CLBlastSuccess);
    return bytes;
}

/* The indirect way, with packed copies of the matrices, for products of any size. */
static void force_indirect(void)
{
    static const char *names[] = {"XGEMM_MIN_INDIRECT_SIZE"};
    static const size_t values[] = {1};
    cr_assert_eq(
        CLBlastOverrideParameters(device, "GemmRoutine", CLBlastPrecisionSingle, 1, names, values),
        CLBlastSuccess);
}

static cl_int fill(cl_mem matrix, size_t elements)
{
    static const float one = 1.0f;
    return clEnqueueFillBuffer(queue, matrix, &one, sizeof one, 0, elements * sizeof one, 0, NULL,
                               NULL);
}

static void multiply(const struct product *p, const cl_mem *matrices)
{
    cl_event done = NULL;
    cr_assert_eq(CLBlastSgemm(CLBlastLayoutRowMajor, CLBlastTransposeNo, CLBlastTransposeNo, p->m,
                              p->n, p->k, 1.0f, matrices[0], 0, p->k, matrices[1], 0, p->n, 0.0f,
                              matrices[2], 0, p->n, &queue, &done),
                 CLBlastSuccess);
    cr_assert_eq(clFinish(queue), CL_SUCCESS);
    clReleaseEvent(done);
}

/* Every event since the pass began is the library's, in that stage; each object came and went. */
static void expect_library_events(uint32_t stage, uint64_t created)
{
    struct cvl_row_allocation *entries = NULL;
    size_t count = 0;
    cr_assert_eq(cvl_ledger_timeline(ledger, CVL_FREED, NULL, 0, &entries, &count, &err), CVL_OK);
    cr_assert_gt(created, 0);
    cr_assert_eq(count, 3 * created);
    for (size_t i = 0; i < count; i++) {
        cr_assert_str_eq(entries[i].owner, "library");
        cr_assert_eq(entries[i].stage, stage);
    }
    free(entries);
}

/* What CLBlast allocates behind our back is charged to it, and to the stage that called it. */
static void check_hidden_buffers(const struct product *p)
{
    const size_t elements[] = {p->m * p->k, p->k * p->n, p->m * p->n};
    cl_mem matrices[3];
    uint64_t own_bytes = 0;
    force_indirect();
    size_t hidden_bytes = temp_bytes(p);
    cr_assert_gt(hidden_bytes, 0);
    for (size_t i = 0; i < 3; i++) {
        matrices[i] = make_buffer(CL_MEM_READ_WRITE, elements[i] * sizeof(float), NULL);
        cr_assert_eq(fill(matrices[i], elements[i]), CL_SUCCESS);
        own_bytes += elements[i] * sizeof(float);
    }
    cvl_ledger_begin(ledger);
    cvl_ledger_library(ledger, 7);
    multiply(p, matrices);
    cr_assert(cvl_ledger_settle(ledger, SETTLE_S));
    struct cvl_ledger_reading reading = reading_now();
    cr_assert_eq(reading.library_peak_bytes, hidden_bytes);
    cr_assert_eq(reading.library_live_bytes, 0);
    cr_assert_eq(reading.own_live_bytes, own_bytes);
    cr_assert_eq(reading.peak_bytes, own_bytes + hidden_bytes);
    expect_library_events(7, reading.created);
    for (size_t i = 0; i < 3; i++)
        clReleaseMemObject(matrices[i]);
}

Test(ledger, hidden_buffers_of_a_small_product, .init = open_device, .fini = close_device)
{
    check_hidden_buffers(&(struct product){.m = 13, .n = 11, .k = 17});
}

Test(ledger, hidden_buffers_of_a_large_product, .init = open_device, .fini = close_device)
{
    if (is_simulated)
        cr_skip_test("takes minutes on a simulator");
    check_hidden_buffers(&(struct product){.m = 403, .n = 400, .k = 407});
}
#endif
