/* A small program that calls CLBlast, to be traced: a product that goes CLBlast's indirect way, by
 * hidden copies of its matrices, whose size it prints: CLBlast has other tiles for other devices.
 * Linked with CLBlast's static library, with its shared one, or, with PRODUCT_DLOPEN defined, with
 * none. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <clblast_c.h>

#include <stdio.h>
#include <stdlib.h>

#ifdef PRODUCT_DLOPEN
#include <dlfcn.h>
#endif

enum { M = 403, N = 400, K = 407 };

static struct {
    CLBlastStatusCode (*override)(const cl_device_id, const char *, const CLBlastPrecision,
                                  const size_t, const char **, const size_t *);
    CLBlastStatusCode (*need)(const CLBlastLayout, const CLBlastTranspose, const CLBlastTranspose,
                              const size_t, const size_t, const size_t, const size_t, const size_t,
                              const size_t, const size_t, const size_t, const size_t,
                              cl_command_queue *, size_t *);
    CLBlastStatusCode (*multiply)(const CLBlastLayout, const CLBlastTranspose,
                                  const CLBlastTranspose, const size_t, const size_t, const size_t,
                                  const float, const cl_mem, const size_t, const size_t,
                                  const cl_mem, const size_t, const size_t, const float, cl_mem,
                                  const size_t, const size_t, cl_command_queue *, cl_event *);
} clblast;

static void check(int code, const char *what)
{
    if (code == 0)
        return;
    (void)fprintf(stderr, "%s: %d\n", what, code);
    exit(1);
}

static void find_clblast(void)
{
#ifdef PRODUCT_DLOPEN
    void *library = dlopen("libclblast.so.1", RTLD_NOW | RTLD_LOCAL);
    check(!library, "dlopen of libclblast.so.1");
    *(void **)&clblast.override = dlsym(library, "CLBlastOverrideParameters");
    *(void **)&clblast.need = dlsym(library, "CLBlastSGemmTempBufferSize");
    *(void **)&clblast.multiply = dlsym(library, "CLBlastSgemm");
#else
    clblast.override = CLBlastOverrideParameters;
    clblast.need = CLBlastSGemmTempBufferSize;
    clblast.multiply = CLBlastSgemm;
#endif
    check(!clblast.override || !clblast.need || !clblast.multiply, "CLBlast's functions");
}

static cl_mem make_matrix(cl_context context, size_t elements)
{
    cl_int code;
    cl_mem matrix =
        clCreateBuffer(context, CL_MEM_READ_WRITE, elements * sizeof(float), NULL, &code);
    check(code, "clCreateBuffer");
    return matrix;
}

/* Prints the bytes that CLBlast says it needs. */
static void print_need(cl_command_queue queue)
{
    size_t bytes = 0;
    check((int)clblast.need(CLBlastLayoutRowMajor, CLBlastTransposeNo, CLBlastTransposeNo, M, N, K,
                            0, K, 0, N, 0, N, &queue, &bytes),
          "CLBlastSGemmTempBufferSize");
    (void)printf("%zu\n", bytes);
}

static void multiply(cl_context context, cl_command_queue queue)
{
    cl_event done = NULL;
    cl_mem a = make_matrix(context, M * K), b = make_matrix(context, K * N),
           c = make_matrix(context, M * N);
    check((int)clblast.multiply(CLBlastLayoutRowMajor, CLBlastTransposeNo, CLBlastTransposeNo, M, N,
                                K, 1.0f, a, 0, K, b, 0, N, 0.0f, c, 0, N, &queue, &done),
          "CLBlastSgemm");
    check(clFinish(queue), "clFinish");
    clReleaseEvent(done);
    clReleaseMemObject(a);
    clReleaseMemObject(b);
    clReleaseMemObject(c);
    /* A driver's thread comes to this command only after it has let go of the product's buffers. */
    check(clEnqueueMarkerWithWaitList(queue, 0, NULL, NULL), "clEnqueueMarkerWithWaitList");
    check(clFinish(queue), "clFinish");
}

int main(void)
{
    static const char *names[] = {"XGEMM_MIN_INDIRECT_SIZE"};
    static const size_t values[] = {1};
    cl_platform_id platform;
    cl_device_id device;
    cl_int code;
    find_clblast();
    check(clGetPlatformIDs(1, &platform, NULL), "clGetPlatformIDs");
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "clGetDeviceIDs");
    check((int)clblast.override(device, "GemmRoutine", CLBlastPrecisionSingle, 1, names, values),
          "CLBlastOverrideParameters");
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    check(code, "clCreateContext");
    cl_command_queue queue =
        clCreateCommandQueue(context, device, CL_QUEUE_PROFILING_ENABLE, &code);
    check(code, "clCreateCommandQueue");
    print_need(queue);
    multiply(context, queue);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    return 0;
}
