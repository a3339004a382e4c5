/* What a wrapped call costs: prints nanoseconds of a call to clCreateBuffer or clReleaseMemObject,
 * in a loop of both. cost.py runs it with and without the layer. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WARM_UP = 2000, PAIRS = 50000 };

static void check(int code, const char *what)
{
    if (code == 0)
        return;
    (void)fprintf(stderr, "%s: %d\n", what, code);
    exit(1);
}

static double now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void make_pairs(cl_context context, int count)
{
    for (int i = 0; i < count; i++) {
        cl_int code;
        cl_mem buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, 4096, NULL, &code);
        check(code, "clCreateBuffer");
        check(clReleaseMemObject(buffer), "clReleaseMemObject");
    }
}

int main(void)
{
    cl_platform_id platform;
    cl_device_id device;
    cl_int code;
    check(clGetPlatformIDs(1, &platform, NULL), "clGetPlatformIDs");
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "clGetDeviceIDs");
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    check(code, "clCreateContext");
    make_pairs(context, WARM_UP);
    double begin = now_ns();
    make_pairs(context, PAIRS);
    (void)printf("%.1f\n", (now_ns() - begin) / (2.0 * PAIRS));
    clReleaseContext(context);
    return 0;
}
