/* checker: oclgrind
 * Products in half arithmetic, with the tiles of devices that have it: answers within the tolerance
 * that their plans state, and the arithmetic that stands in for it where a device has none. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/run.h>

#include "base/random.h"
#include "chosen_device.h"
#include "opencl/handle.h"
#include "opencl/program.h"
#include "own_sources.h"
#include "result/device_json.h"
#include "result/device_spec.h"
#include "result/fields.h"
#include "run/verify/half.h"

static struct cvl_error error;
static const char *const presets[] = {"mi250x", "iris-xe", "mali-g710"};

static const struct {
    const char *variant, *problem;
    struct cvl_tuning asked[2];
    uint32_t count;
} cases[] = {
    {"direct", "mb2ic19ih5iw6oc21kh3kw3ph1pw1", {{"half_rows", 8}}, 1},
    {"implicit_gemm", "g2ic8ih5oc26kh3sh2ph1", {{"half_rows", 4}}, 1},
    {"direct", "ic16ih4oc24kh3ph1", {{"half_rows", 8}, {"splits", 3}}, 2},
    {"direct", "ic16ih6oc24kh3ph2dh1", {{"half_rows", 2}, {"vec", 8}}, 2},
    {"pw_direct", "pointwise:mb2ic33ih4iw5oc17kh1kw1", {{"half_rows", 8}, {"chunk", 8}}, 2},
    {"sep_banded", "separable:ic17ih11iw4oc19kh3kw3ph1pw1", {{"half_rows", 8}, {"band", 4}}, 2},
    {"inv_unfused",
     "inverted:ic7ih5iw6oc7kh3kw3ph1pw1mc19res1",
     {{"half_rows", 8}, {"e_half_rows", 4}},
     2},
};

static void check(struct cvl_session *session, char *as, size_t index, enum cvl_layout layout)
{
    struct cvl_request request = {.layout = layout,
                                  .dtype = CVL_F16,
                                  .tuning = cases[index].asked,
                                  .tuning_count = cases[index].count};
    const struct cvl_run_options options = {.budget_s = 0.001, .as = as, .time_only = index > 0};
    const char *problem = cases[index].problem;
    struct cvl_row row;
    cr_assert_eq(cvl_problem_parse(problem, &request.problem, &error), CVL_OK, "%s", error.text);
    if (layout == CVL_NCHW && strcmp(request.tuning[1].name, "vec") == 0)
        request.tuning_count = 1; /* of pixels there */
    cvl_row_init(&row);
    (void)cvl_session_run(session, cvl_variant_find(cases[index].variant), &request, &options,
                          &row);
    cr_expect_eq(row.status, CVL_ROW_OK, "%s %s: %s", cases[index].variant, problem, row.reason);
    cr_expect(row.has_check && row.check.passed, "%s", problem);
    cr_expect_not_null(strstr(row.build_options, "-DHALF_ROWS="), "%s", row.build_options);
    cvl_row_clear(&row);
}

Test(half_rows, answers_with_the_tiles_of_devices_that_have_it)
{
    const struct cvl_device_facts device = chosen_device();
    struct cvl_device_facts described;
    struct cvl_session *session = NULL;
    cr_assert_eq(cvl_session_create(device.id, &session, &error), CVL_OK, "%s", error.text);
    const bool is_checker = strstr(device.platform, "grind") != NULL; /* it takes its time */
    for (size_t p = 0; p < (is_checker ? 1 : sizeof presets / sizeof presets[0]); p++) {
        cr_assert_eq(cvl_device_spec_read(presets[p], &described, &error), CVL_OK, "%s",
                     error.text);
        described.base_align_bytes = 4096; /* no device aligns parts of a buffer to more */
        char *as = cvl_json_print(cvl_device_json(&described));
        cr_assert_not_null(as);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
            check(session, as, i, (enum cvl_layout)((i + p) % CVL_LAYOUT_COUNT));
        free(as);
    }
    cvl_session_destroy(&session);
}

/* Without a description the device's own tiles count: those of a GPU use half arithmetic if it has
 * it, others refuse, and say why. */
Test(half_rows, a_device_without_it_refuses)
{
    const struct cvl_device_facts device = chosen_device();
    const struct cvl_run_options options = {.budget_s = 0.001, .time_only = true};
    struct cvl_request request = {.dtype = CVL_F16, .tuning = cases[0].asked, .tuning_count = 1};
    struct cvl_session *session = NULL;
    struct cvl_row row;
    const bool can = device.has_half && device.type != CVL_DEVICE_CPU;
    const char *reason =
        device.has_half ? "tuning: half_rows: half arithmetic is for products that share operands "
                          "in a work-group; here is none"
                        : "tuning: half_rows: the device has no half arithmetic (cl_khr_fp16)";
    cr_assert_eq(cvl_session_create(device.id, &session, &error), CVL_OK, "%s", error.text);
    cr_assert_eq(cvl_problem_parse(cases[0].problem, &request.problem, &error), CVL_OK);
    cvl_row_init(&row);
    (void)cvl_session_run(session, cvl_variant_find("direct"), &request, &options, &row);
    cr_expect_eq(row.status, can ? CVL_ROW_OK : CVL_ROW_UNSUPPORTED);
    cr_expect_str_eq(row.reason, can ? "" : reason);
    cvl_row_clear(&row);
    cvl_session_destroy(&session);
}

/* a * b + c of halves, of which b is replaced by the result. */
struct triple {
    uint16_t a, b, c;
};

enum { TRIPLES = 4096 };

/* The nearest half, the even one of two. A sum of these numbers is exact in double. */
static uint16_t multiply_add(struct triple t)
{
    const double exact = (double)cvl_half_to_float(t.a) * (double)cvl_half_to_float(t.b) +
                         (double)cvl_half_to_float(t.c);
    const uint16_t near = cvl_half_from_float((float)fabs(exact));
    uint16_t best = near;
    double best_error = INFINITY;
    for (uint16_t half = near > 0 ? near - 1 : 0; half <= near + 1; half++) {
        const double off = fabs((double)cvl_half_to_float(half) - fabs(exact));
        if (off < best_error || (off == best_error && half % 2 == 0))
            best = half;
        best_error = fmin(off, best_error);
    }
    return signbit(exact) ? best | 0x8000 : best;
}

/* Sums that a float takes to halfway between two halves: a * b is next to 2^-11, half of the last
 * place of c. Rounding twice would go astray. */
static size_t add_ties(struct triple *triples, size_t max)
{
    size_t count = 0;
    for (uint32_t m = 1025; m < 2048; m++)
        for (uint32_t n = m; n < 2048; n++) {
            const int32_t over = (int32_t)(m * n) - (1 << 21);
            if (over == 0 || abs(over) > 128 || count + 2 > max)
                continue;
            /* (m / 1024) (n / 2048), near 1, times 2^-11 */
            const uint16_t a = cvl_half_from_float((float)m * 0x1p-15f);
            const uint16_t b = cvl_half_from_float((float)n * 0x1p-17f);
            triples[count++] = (struct triple){a, b, 0x3C00};          /* 1 */
            triples[count++] = (struct triple){a | 0x8000, b, 0xBC01}; /* -1 - 2^-10 */
        }
    return count;
}

static void fill(struct triple *triples, size_t first, size_t count)
{
    struct cvl_random random = {7};
    for (size_t i = first; i < count; i++) {
        const float a = (float)cvl_random_unit(&random), b = (float)cvl_random_unit(&random);
        const float c = (float)cvl_random_unit(&random);
        triples[i] = (struct triple){cvl_half_from_float(a + copysignf(0x1p-5f, a)),
                                     cvl_half_from_float(b + copysignf(0x1p-5f, b)),
                                     cvl_half_from_float(c * (i % 3 ? 4.0f : 0x1p-9f))};
    }
}

static const char probe[] = "\n__kernel void probe(__global ushort *x)\n"
                            "{\n"
                            "    __global ushort *own = x + get_global_id(0) * 12;\n"
                            "    FLOATV a, b, c;\n"
                            "    a = vload_half4(0, (const __global half *)own);\n"
                            "    b = vload_half4(1, (const __global half *)own);\n"
                            "    c = vload_half4(2, (const __global half *)own);\n"
                            "    vstore_half4(multiply_halves(a, b, c), 1, (__global half *)own);\n"
                            "}\n";

/* The kernels of a device without half arithmetic, and one more that uses what is in them. */
static void write_probe(void)
{
    own_sources_make();
    char *text = own_sources_read("group_product.cl");
    const size_t size = strlen(text) + sizeof probe;
    char *joined = malloc(size);
    cr_assert_not_null(joined);
    (void)snprintf(joined, size, "%s%s", text, probe);
    scratch_write("probe.cl", joined);
    free(joined);
    free(text);
}

struct opened {
    cl_context context;
    cl_command_queue queue;
    struct cvl_program_cache *programs;
    cl_kernel kernel;
};

static struct opened open_probe(struct cvl_device_facts device)
{
    struct opened o;
    cl_platform_id platform;
    cl_device_id id;
    cl_program program;
    cl_int code;
    cr_assert_eq(cvl_device_handle(device.id, &platform, &id, &error), CVL_OK, "%s", error.text);
    o.context = clCreateContext(NULL, 1, &id, NULL, NULL, &code);
    cr_assert_not_null(o.context, "%s", cvl_cl_error_name(code));
    o.queue = clCreateCommandQueue(o.context, id, 0, &code);
    cr_assert_not_null(o.queue, "%s", cvl_cl_error_name(code));
    device.has_half = false;
    cr_assert_eq(cvl_program_cache_create(o.context, id, &device, &o.programs, &error), CVL_OK);
    cr_assert_eq(
        cvl_program_get(o.programs, "probe.cl", "-DHALF=1 -DHALF_ROWS=2", &program, &error), CVL_OK,
        "%s", error.text);
    o.kernel = clCreateKernel(program, "probe", &code);
    cr_assert_not_null(o.kernel, "%s", cvl_cl_error_name(code));
    return o;
}

static void close_probe(struct opened *o)
{
    (void)clReleaseKernel(o->kernel);
    cvl_program_cache_destroy(&o->programs);
    (void)clReleaseCommandQueue(o->queue);
    (void)clReleaseContext(o->context);
}

/* Four triples are a, b and c in turns. */
static void run_probe(struct opened *o, uint16_t *halves, size_t count)
{
    cl_int code;
    const size_t bytes = 3 * count * sizeof *halves, items = count / 4;
    cl_mem buffer =
        clCreateBuffer(o->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, bytes, halves, &code);
    cr_assert_not_null(buffer, "%s", cvl_cl_error_name(code));
    cr_assert_eq(clSetKernelArg(o->kernel, 0, sizeof buffer, &buffer), CL_SUCCESS);
    cr_assert_eq(clEnqueueNDRangeKernel(o->queue, o->kernel, 1, NULL, &items, NULL, 0, NULL, NULL),
                 CL_SUCCESS);
    cr_assert_eq(clEnqueueReadBuffer(o->queue, buffer, CL_TRUE, 0, bytes, halves, 0, NULL, NULL),
                 CL_SUCCESS);
    (void)clReleaseMemObject(buffer);
}

/* To the last bit what an operation of half arithmetic gives, where rounding twice would not. */
Test(half_rows, what_stands_in_for_it_is_exact)
{
    static struct triple triples[TRIPLES];
    static uint16_t halves[3 * TRIPLES];
    const struct cvl_device_facts device = chosen_device();
    write_probe();
    struct opened o = open_probe(device);
    const size_t ties = add_ties(triples, TRIPLES / 2);
    size_t astray = 0;
    cr_assert_gt(ties, 100);
    fill(triples, ties, TRIPLES);
    for (size_t i = 0; i < TRIPLES; i++) {
        uint16_t *four = halves + i / 4 * 12 + i % 4;
        four[0] = triples[i].a;
        four[4] = triples[i].b;
        four[8] = triples[i].c;
    }
    run_probe(&o, halves, TRIPLES);
    for (size_t i = 0; i < TRIPLES; i++) {
        const struct triple t = triples[i];
        const uint16_t exact = multiply_add(t);
        cr_expect_eq(halves[i / 4 * 12 + 4 + i % 4], exact, "%04x * %04x + %04x: %04x, not %04x",
                     t.a, t.b, t.c, halves[i / 4 * 12 + 4 + i % 4], exact);
        astray += cvl_half_from_float(fmaf(cvl_half_to_float(t.a), cvl_half_to_float(t.b),
                                           cvl_half_to_float(t.c))) != exact;
    }
    cr_expect_gt(astray, 50, "%zu", astray);
    close_probe(&o);
    scratch_remove();
}
