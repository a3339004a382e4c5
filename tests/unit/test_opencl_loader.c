/* The OpenCL library, opened at first use: missing, wrong, or from several threads. */
#include <criterion/criterion.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "opencl/cl.h"
#include "scratch.h"

TestSuite(opencl_loader, .init = scratch_make, .fini = scratch_remove);

static void name_library(const char *file)
{
    cr_assert_eq(setenv("CONVLENS_OPENCL", file, 1), 0);
}

Test(opencl_loader, a_missing_library_is_named)
{
    name_library(scratch_path("\x1blib.so"));
    struct cvl_error err = {0};
    cr_assert_eq(cvl_cl_load(&err), CVL_NO_DEVICE);
    cr_assert(strstr(err.text, "/\\x1blib.so"), "%s", err.text);
    cr_assert_eq(cvl_cl_load(&err), CVL_NO_DEVICE); /* asked again: the same */
}

Test(opencl_loader, another_library_is_refused)
{
    name_library("libm.so.6");
    struct cvl_error err = {0};
    cr_assert_eq(cvl_cl_load(&err), CVL_NO_DEVICE);
    cr_assert(strstr(err.text, "libm.so.6 has no clGetPlatformIDs: not an OpenCL 1.2 library"),
              "%s", err.text);
}

Test(opencl_loader, without_a_library_every_call_answers)
{
    name_library(scratch_path("lib.so"));
    cl_uint count = 7;
    cl_int code = 0;
    cr_assert_eq(clGetPlatformIDs(0, NULL, &count), CL_PLATFORM_NOT_FOUND_KHR);
    cr_assert_eq(count, 7);
    cr_assert_null(clCreateContext(NULL, 0, NULL, NULL, NULL, &code));
    cr_assert_eq(code, CL_PLATFORM_NOT_FOUND_KHR);
    code = 0;
    cr_assert_null(clEnqueueMapBuffer(NULL, NULL, CL_TRUE, 0, 0, 1, 0, NULL, NULL, &code));
    cr_assert_eq(code, CL_PLATFORM_NOT_FOUND_KHR);
    cr_assert_null(clCreateBuffer(NULL, 0, 1, NULL, NULL)); /* the code is not asked for */
    cr_assert_null(clGetExtensionFunctionAddressForPlatform(NULL, "clNone"));
    cr_assert_eq(clFinish(NULL), CL_PLATFORM_NOT_FOUND_KHR);
}

static void *load_in_thread(void *status)
{
    *(enum cvl_status *)status = cvl_cl_load(NULL);
    return NULL;
}

Test(opencl_loader, threads_may_load_at_once)
{
    name_library(scratch_path("lib.so"));
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    enum cvl_status status[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, load_in_thread, &status[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_assert_eq(status[i], CVL_NO_DEVICE);
    }
}

/* Nothing that other code could find instead of the real OpenCL. */
Test(opencl_loader, entry_points_are_hidden)
{
    cr_assert_null(dlsym(RTLD_DEFAULT, "clGetPlatformIDs"));
    cr_assert_null(dlsym(RTLD_DEFAULT, "clCreateBuffer"));
}
