#include "stub_opencl.h"

#include <string.h>

static struct {
    cl_int code;
    const struct stub_platform *platforms;
    cl_uint count;
} script;

static const struct stub_answer healthy[] = {
    {.what = CL_DEVICE_NAME, TEXT("stub")},
    {.what = CL_DEVICE_VENDOR, TEXT("Stubs")},
    {.what = CL_DRIVER_VERSION, TEXT("1.0")},
    {.what = CL_DEVICE_VERSION, TEXT("OpenCL 1.2 stub")},
    {.what = CL_DEVICE_EXTENSIONS, TEXT("")},
    {.what = CL_DEVICE_TYPE, VALUE(cl_device_type, CL_DEVICE_TYPE_CPU)},
    {.what = CL_DEVICE_GLOBAL_MEM_SIZE, VALUE(cl_ulong, 4096)},
    {.what = CL_DEVICE_MAX_MEM_ALLOC_SIZE, VALUE(cl_ulong, 1024)},
    {.what = CL_DEVICE_LOCAL_MEM_SIZE, VALUE(cl_ulong, 512)},
    {.what = CL_DEVICE_LOCAL_MEM_TYPE, VALUE(cl_uint, CL_GLOBAL)},
    {.what = CL_DEVICE_MEM_BASE_ADDR_ALIGN, VALUE(cl_uint, 512)},
    {.what = CL_DEVICE_HOST_UNIFIED_MEMORY, VALUE(cl_uint, CL_TRUE)},
    {.what = CL_DEVICE_MAX_COMPUTE_UNITS, VALUE(cl_uint, 3)},
    {.what = CL_DEVICE_MAX_CLOCK_FREQUENCY, VALUE(cl_uint, 700)},
    {.what = CL_DEVICE_MAX_WORK_GROUP_SIZE, VALUE(size_t, 64)},
    {.what = CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS, VALUE(cl_uint, 3)},
    {.what = CL_DEVICE_MAX_WORK_ITEM_SIZES,
     .size = 3 * sizeof(size_t),
     .value = (const size_t[]){64, 32, 16}},
    {.what = CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, VALUE(cl_uint, 8)},
    {.what = CL_DEVICE_IMAGE_SUPPORT, VALUE(cl_uint, CL_FALSE)},
    {.what = CL_DEVICE_PROFILING_TIMER_RESOLUTION, VALUE(size_t, 10)},
};

void stub_opencl_script(cl_int code, const struct stub_platform *platforms, cl_uint count)
{
    script.code = code;
    script.platforms = platforms;
    script.count = count;
}

enum cvl_status cvl_cl_load(struct cvl_error *err)
{
    (void)err;
    return CVL_OK;
}

cl_int clGetPlatformIDs(cl_uint size, cl_platform_id *platforms, cl_uint *count)
{
    for (cl_uint i = 0; platforms && i < size && i < script.count; i++)
        memcpy(&platforms[i], &(const void *){&script.platforms[i]}, sizeof platforms[i]);
    if (count)
        *count = script.count;
    return script.code;
}

static cl_int answer(size_t have, const void *value, size_t size, void *target, size_t *needed)
{
    if (needed)
        *needed = have;
    if (target && size < have)
        return CL_INVALID_VALUE;
    if (target)
        memcpy(target, value, have);
    return CL_SUCCESS;
}

cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t size, void *value,
                         size_t *needed)
{
    const struct stub_platform *stub = (const void *)platform;
    if (!stub->name || what != CL_PLATFORM_NAME)
        return CL_INVALID_VALUE;
    return answer(strlen(stub->name) + 1, stub->name, size, value, needed);
}

cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type type, cl_uint size,
                      cl_device_id *devices, cl_uint *count)
{
    (void)type;
    const struct stub_platform *stub = (const void *)platform;
    for (cl_uint i = 0; devices && i < size && i < stub->device_count; i++)
        memcpy(&devices[i], &(const void *){&stub->devices[i]}, sizeof devices[i]);
    if (count)
        *count = stub->device_count;
    return stub->code;
}

static const struct stub_answer *find(const struct stub_answer *answers, size_t count, cl_uint what)
{
    for (size_t i = 0; i < count; i++)
        if (answers[i].what == what)
            return &answers[i];
    return NULL;
}

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t size, void *value,
                       size_t *needed)
{
    const struct stub_device *stub = (const void *)device;
    const struct stub_answer *found = find(stub->answers, stub->answer_count, what);
    if (!found)
        found = find(healthy, sizeof healthy / sizeof healthy[0], what);
    if (!found)
        return CL_INVALID_VALUE;
    if (found->code != CL_SUCCESS)
        return found->code; /* as drivers do: nothing is written */
    return answer(found->size, found->value, size, value, needed);
}
