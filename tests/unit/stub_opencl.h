/* An OpenCL that answers what a test scripts: stands in for the loader where enumeration is tried.
 */
#ifndef CVL_TESTS_STUB_OPENCL_H
#define CVL_TESTS_STUB_OPENCL_H

#include "opencl/cl.h"

/* The answer to one question: a code, or that many bytes. */
struct stub_answer {
    cl_uint what;
    cl_int code;
    size_t size;
    const void *value;
};

/* The last fields of an answer: a value of that type, or a text with its end. */
#define VALUE(type, ...)                                                                           \
    .size = sizeof(type), .value = &(const type)                                                   \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define TEXT(text) .size = sizeof text, .value = text

/* What differs from a healthy CPU device. */
struct stub_device {
    const struct stub_answer *answers;
    size_t answer_count;
};

struct stub_platform {
    const char *name; /* NULL: clGetPlatformInfo fails */
    cl_int code;      /* of clGetDeviceIDs */
    const struct stub_device *devices;
    cl_uint device_count;
};

/* What the functions answer from here on; `platforms` must stay. */
void stub_opencl_script(cl_int code, const struct stub_platform *platforms, cl_uint count);

#endif
