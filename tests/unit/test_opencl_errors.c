#include <criterion/criterion.h>

#include "opencl/cl.h"

Test(opencl_errors, names)
{
    cr_assert_str_eq(cvl_cl_error_name(0), "CL_SUCCESS");
    cr_assert_str_eq(cvl_cl_error_name(-5), "CL_OUT_OF_RESOURCES");
    cr_assert_str_eq(cvl_cl_error_name(-19), "CL_KERNEL_ARG_INFO_NOT_AVAILABLE");
    cr_assert_str_eq(cvl_cl_error_name(-72), "CL_MAX_SIZE_RESTRICTION_EXCEEDED");
    cr_assert_str_eq(cvl_cl_error_name(-1001), "CL_PLATFORM_NOT_FOUND_KHR");
    cr_assert_str_eq(cvl_cl_error_name(-9999), "unknown OpenCL error");
    cr_assert_str_eq(cvl_cl_error_name(1), "unknown OpenCL error");
}

/* The standard's codes from 0 to -19 and from -30 to -72 have no gap. */
Test(opencl_errors, every_standard_code_has_a_name)
{
    for (cl_int code = 0; code >= -72; code--) {
        bool defined = code >= -19 || code <= -30;
        bool named = strcmp(cvl_cl_error_name(code), "unknown OpenCL error") != 0;
        cr_assert_eq(named, defined, "%d", code);
    }
}

Test(opencl_errors, a_failed_call_says_which_and_why)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_cl_fail(&err, -5, "clCreateBuffer", "%s, %d bytes", "input", 64),
                 CVL_OUT_OF_MEMORY);
    cr_assert_str_eq(err.text, "clCreateBuffer: CL_OUT_OF_RESOURCES (-5): input, 64 bytes");
    cr_assert_eq(err.status, CVL_OUT_OF_MEMORY);
    cr_assert_eq(cvl_cl_fail(&err, -36, "clFinish", NULL), CVL_FAILED);
    cr_assert_str_eq(err.text, "clFinish: CL_INVALID_COMMAND_QUEUE (-36)");
    cr_assert_eq(cvl_cl_fail(NULL, -36, "clFinish", "stage %d", 1), CVL_FAILED);
}

Test(opencl_errors, status_of_codes)
{
    static const struct {
        cl_int code;
        enum cvl_status status;
    } expected[] = {
        {CL_MEM_OBJECT_ALLOCATION_FAILURE, CVL_OUT_OF_MEMORY},
        {CL_OUT_OF_RESOURCES, CVL_OUT_OF_MEMORY},
        {CL_INVALID_BUFFER_SIZE, CVL_OUT_OF_MEMORY},
        {CL_OUT_OF_HOST_MEMORY, CVL_NO_MEMORY},
        {CL_DEVICE_NOT_FOUND, CVL_NO_DEVICE},
        {CL_PLATFORM_NOT_FOUND_KHR, CVL_NO_DEVICE},
        {CL_INVALID_VALUE, CVL_FAILED},
        {-9999, CVL_FAILED},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        cr_assert_eq(cvl_cl_fail(NULL, expected[i].code, "clCall", NULL), expected[i].status, "%d",
                     expected[i].code);
}
