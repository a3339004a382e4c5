/* Library stages against loops on the host. Small integers: sums are exact whatever their order. */
#include <criterion/criterion.h>

#include <string.h>

#include "base/random.h"
#include "chosen_device.h"
#include "opencl/clblast.h"
#include "opencl/handle.h"

enum { MOST = 4096 };

static cl_context context;
static cl_command_queue queue;
static cl_mem buffers[3];
static float host[3][MOST]; /* what was written into the buffers */
static float got[MOST], expected[MOST];
static struct cvl_error err;

static void open_device(void)
{
    cl_platform_id platform;
    cl_device_id device;
    cl_int code;
    if (!cvl_clblast_available())
        cr_skip_test("built without CLBlast");
    struct cvl_device_facts facts = chosen_device();
    cr_assert_eq(cvl_device_handle(facts.id, &platform, &device, &err), CVL_OK, "%s", err.text);
    context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    cr_assert_not_null(context, "clCreateContext: %s", cvl_cl_error_name(code));
    queue = clCreateCommandQueue(context, device, 0, &code);
    cr_assert_not_null(queue, "clCreateCommandQueue: %s", cvl_cl_error_name(code));
    struct cvl_random random = {7};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < MOST; k++)
            host[i][k] = (float)cvl_random_below(&random, 9) - 4.0f;
        buffers[i] = clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                    sizeof host[i], host[i], &code);
        cr_assert_not_null(buffers[i], "clCreateBuffer: %s", cvl_cl_error_name(code));
    }
    memcpy(expected, host[2], sizeof expected); /* what a stage leaves alone */
}

static void close_device(void)
{
    cvl_clblast_clear();
    for (int i = 0; i < 3; i++)
        if (buffers[i])
            (void)clReleaseMemObject(buffers[i]);
    if (queue)
        (void)clReleaseCommandQueue(queue);
    if (context)
        (void)clReleaseContext(context);
}

TestSuite(clblast, .init = open_device, .fini = close_device, .timeout = 1200);

static void run(const struct cvl_stage *stage)
{
    cr_assert_eq(cvl_clblast_enqueue(stage, buffers, queue, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(clEnqueueReadBuffer(queue, buffers[2], CL_TRUE, 0, sizeof got, got, 0, NULL, NULL),
                 CL_SUCCESS);
    for (int i = 0; i < MOST; i++)
        cr_assert_eq(got[i], expected[i], "%s: element %d is %g, expected %g", stage->name, i,
                     (double)got[i], (double)expected[i]);
}

static float element(const float *matrix, bool transposed, uint64_t ld, uint64_t row, uint64_t col)
{
    return transposed ? matrix[col * ld + row] : matrix[row * ld + col];
}

static void expect_gemm(const struct cvl_gemm *g)
{
    const float *a = host[0] + g->a_offset;
    const float *b = host[1] + g->b_offset;
    for (uint64_t row = 0; row < g->m; row++)
        for (uint64_t col = 0; col < g->n; col++) {
            float sum = 0.0f;
            for (uint64_t i = 0; i < g->k; i++)
                sum += element(a, g->a_transposed, g->a_ld, row, i) *
                       element(b, g->b_transposed, g->b_ld, i, col);
            expected[g->c_offset + row * g->c_ld + col] = sum;
        }
}

static void try_gemm(bool a_transposed, bool b_transposed)
{
    struct cvl_stage stage = {
        .name = "gemm",
        .kind = CVL_STAGE_GEMM,
        .work.gemm = {.a_transposed = a_transposed,
                      .b_transposed = b_transposed,
                      .m = 17,
                      .n = 23,
                      .k = 13,
                      .a = 0,
                      .b = 1,
                      .c = 2,
                      .a_offset = 5,
                      .b_offset = 11,
                      .c_offset = 40,
                      .a_ld = 19,
                      .b_ld = 29,
                      .c_ld = 31},
    };
    expect_gemm(&stage.work.gemm);
    run(&stage);
}

Test(clblast, gemm)
{
    try_gemm(false, false);
}

Test(clblast, gemm_with_transposed_weights)
{
    try_gemm(true, false);
}

Test(clblast, gemm_with_transposed_pixels)
{
    try_gemm(false, true);
}

static const struct cvl_library_window window = {
    .source = 0,
    .weights = 1,
    .target = 2,
    .source_offset = 3,
    .target_offset = 7,
    .channels = 3,
    .ih = 7,
    .iw = 9,
    .kh = 3,
    .kw = 2,
    .ph = 1,
    .pw = 2,
    .sh = 2,
    .sw = 1,
    .dilation_h = 1,
    .dilation_w = 2,
    .oc = 5,
    .batch = 2,
};

static int outputs(int in, int kernel, int pad, int stride, int dilation)
{
    return (in + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
}

/* What the window's tap (kh, kw) reads for the output pixel (y, x). */
static float tap(const struct cvl_library_window *w, int image, int channel, int tap_index, int y,
                 int x)
{
    int iy = y * w->sh - w->ph + tap_index / w->kw * w->dilation_h;
    int ix = x * w->sw - w->pw + tap_index % w->kw * w->dilation_w;
    if (iy < 0 || iy >= w->ih || ix < 0 || ix >= w->iw)
        return 0.0f;
    int plane = image * w->channels + channel;
    return host[0][w->source_offset + (uint64_t)((plane * w->ih + iy) * w->iw + ix)];
}

Test(clblast, im2col)
{
    const struct cvl_library_window *w = &window;
    int oh = outputs(w->ih, w->kh, w->ph, w->sh, w->dilation_h);
    int ow = outputs(w->iw, w->kw, w->pw, w->sw, w->dilation_w);
    int taps = w->kh * w->kw;
    float *row = expected + w->target_offset;
    for (int i = 0; i < w->channels * taps; i++)
        for (int y = 0; y < oh; y++)
            for (int x = 0; x < ow; x++)
                *row++ = tap(w, 0, i / taps, i % taps, y, x);
    run(&(struct cvl_stage){.name = "im2col", .kind = CVL_STAGE_IM2COL, .work.window = window});
}

static float convolve(const struct cvl_library_window *w, int image, int oc, int y, int x)
{
    int taps = w->kh * w->kw;
    float sum = 0.0f;
    for (int i = 0; i < w->channels * taps; i++)
        sum += tap(w, image, i / taps, i % taps, y, x) * host[1][oc * w->channels * taps + i];
    return sum;
}

Test(clblast, convgemm)
{
    const struct cvl_library_window *w = &window;
    int oh = outputs(w->ih, w->kh, w->ph, w->sh, w->dilation_h);
    int ow = outputs(w->iw, w->kw, w->pw, w->sw, w->dilation_w);
    float *out = expected + w->target_offset;
    for (int plane = 0; plane < w->batch * w->oc; plane++)
        for (int y = 0; y < oh; y++)
            for (int x = 0; x < ow; x++)
                *out++ = convolve(w, plane / w->oc, plane % w->oc, y, x);
    run(&(struct cvl_stage){.name = "conv", .kind = CVL_STAGE_CONVGEMM, .work.window = window});
}

Test(clblast, what_the_library_refuses_is_told)
{
    struct cvl_stage stage = {
        .name = "too big",
        .kind = CVL_STAGE_GEMM,
        .work.gemm = {.m = 100, .n = 100, .k = 100, .a_ld = 100, .b_ld = 100, .c_ld = 100, .c = 2},
    };
    cr_assert_eq(cvl_clblast_enqueue(&stage, buffers, queue, &err), CVL_FAILED);
    cr_assert_str_eq(err.text, "CLBlastSgemm: the buffer of A is too small (-1011): stage too big");
    stage.kind = CVL_STAGE_KERNEL;
    cr_assert_eq(cvl_clblast_enqueue(&stage, buffers, queue, &err), CVL_FAILED);
    cr_assert_str_eq(err.text, "clblast: stage too big is not a library stage");
}
