/* Extension functions, which programs look up by name: those that allocate memory get wrappers.
 * Each call looks up the driver's own function again, since one wrapper serves all platforms. */
#include "layer/intercept/layer.h"

#include <string.h>

#include <CL/cl_ext.h>

enum { MAX_DEVICES = 64 };

static void *find_in_context(cl_context context, const char *name)
{
    cl_device_id devices[MAX_DEVICES];
    cl_platform_id platform = NULL;
    size_t size = 0;
    if (cvl_layer.next->clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof devices, devices,
                                         &size) ||
        size == 0 ||
        cvl_layer.next->clGetDeviceInfo(devices[0], CL_DEVICE_PLATFORM, sizeof(cl_platform_id),
                                        &platform, NULL))
        return NULL;
    return cvl_layer.next->clGetExtensionFunctionAddressForPlatform(platform, name);
}

static void *find_for_kernel(cl_kernel kernel, const char *name)
{
    cl_context context = NULL;
    if (cvl_layer.next->clGetKernelInfo(kernel, CL_KERNEL_CONTEXT, sizeof(cl_context), &context,
                                        NULL))
        return NULL;
    return find_in_context(context, name);
}

static void *fail(cl_int *code)
{
    if (code)
        *code = CL_INVALID_CONTEXT;
    return NULL;
}

static void *add_object(void *memory, size_t size, cl_mem_flags flags, enum cvl_log_object kind,
                        uint32_t stack)
{
    struct cvl_track_creation creation = {
        .handle = memory,
        .asked_bytes = size,
        .bytes = size,
        .flags = flags,
        .kind = kind,
        .stack = stack,
    };
    if (memory)
        (void)cvl_track_create(&cvl_layer.track, &creation);
    return memory;
}

static void *CL_API_CALL host_alloc(cl_context context, const cl_mem_properties_intel *properties,
                                    size_t size, cl_uint alignment, cl_int *code)
{
    uint32_t stack = CVL_CALLERS_HERE(&cvl_layer.callers);
    clHostMemAllocINTEL_fn next;
    *(void **)&next = find_in_context(context, "clHostMemAllocINTEL");
    if (!next)
        return fail(code);
    return add_object(next(context, properties, size, alignment, code), size, 0, CVL_LOG_USM_HOST,
                      stack);
}

static void *CL_API_CALL device_alloc(cl_context context, cl_device_id device,
                                      const cl_mem_properties_intel *properties, size_t size,
                                      cl_uint alignment, cl_int *code)
{
    uint32_t stack = CVL_CALLERS_HERE(&cvl_layer.callers);
    clDeviceMemAllocINTEL_fn next;
    *(void **)&next = find_in_context(context, "clDeviceMemAllocINTEL");
    if (!next)
        return fail(code);
    return add_object(next(context, device, properties, size, alignment, code), size, 0,
                      CVL_LOG_USM_DEVICE, stack);
}

static void *CL_API_CALL shared_alloc(cl_context context, cl_device_id device,
                                      const cl_mem_properties_intel *properties, size_t size,
                                      cl_uint alignment, cl_int *code)
{
    uint32_t stack = CVL_CALLERS_HERE(&cvl_layer.callers);
    clSharedMemAllocINTEL_fn next;
    *(void **)&next = find_in_context(context, "clSharedMemAllocINTEL");
    if (!next)
        return fail(code);
    return add_object(next(context, device, properties, size, alignment, code), size, 0,
                      CVL_LOG_USM_SHARED, stack);
}

static cl_int free_by(cl_context context, void *memory, const char *name)
{
    clMemFreeINTEL_fn next;
    *(void **)&next = find_in_context(context, name);
    if (!next)
        return CL_INVALID_CONTEXT;
    struct cvl_track_object *object = cvl_track_release(&cvl_layer.track, memory);
    cl_int code = next(context, memory);
    cvl_track_destroy(&cvl_layer.track, object);
    return code;
}

static cl_int CL_API_CALL free_memory(cl_context context, void *memory)
{
    return free_by(context, memory, "clMemFreeINTEL");
}

static cl_int CL_API_CALL free_memory_blocking(cl_context context, void *memory)
{
    return free_by(context, memory, "clMemBlockingFreeINTEL");
}

static cl_int set_pointer_by(cl_kernel kernel, cl_uint index, const void *value, const char *name)
{
    clSetKernelArgMemPointerINTEL_fn next;
    *(void **)&next = find_for_kernel(kernel, name);
    cl_int code = next ? next(kernel, index, value) : CL_INVALID_KERNEL;
    if (!code)
        cvl_kernels_argument(&cvl_layer.kernels, kernel, index, value);
    return code;
}

static cl_int CL_API_CALL set_pointer(cl_kernel kernel, cl_uint index, const void *value)
{
    return set_pointer_by(kernel, index, value, "clSetKernelArgMemPointerINTEL");
}

static cl_int CL_API_CALL set_pointer_arm(cl_kernel kernel, cl_uint index, const void *value)
{
    return set_pointer_by(kernel, index, value, "clSetKernelArgSVMPointerARM");
}

typedef void *(CL_API_CALL *svm_alloc_arm_fn)(cl_context, cl_svm_mem_flags, size_t, cl_uint);
typedef void(CL_API_CALL *svm_free_arm_fn)(cl_context, void *);

static void *CL_API_CALL svm_alloc_arm(cl_context context, cl_svm_mem_flags flags, size_t size,
                                       cl_uint alignment)
{
    uint32_t stack = CVL_CALLERS_HERE(&cvl_layer.callers);
    svm_alloc_arm_fn next;
    *(void **)&next = find_in_context(context, "clSVMAllocARM");
    return next ? add_object(next(context, flags, size, alignment), size, flags, CVL_LOG_SVM, stack)
                : NULL;
}

static void CL_API_CALL svm_free_arm(cl_context context, void *memory)
{
    svm_free_arm_fn next;
    *(void **)&next = find_in_context(context, "clSVMFreeARM");
    if (!next)
        return;
    struct cvl_track_object *object = cvl_track_release(&cvl_layer.track, memory);
    next(context, memory);
    cvl_track_destroy(&cvl_layer.track, object);
}

/* ISO C has no cast between the address of a function and that of an object. */
typedef void (*any_function)(void);

static const struct {
    const char *name;
    any_function wrapper;
} wrappers[] = {
    {"clHostMemAllocINTEL", (any_function)host_alloc},
    {"clDeviceMemAllocINTEL", (any_function)device_alloc},
    {"clSharedMemAllocINTEL", (any_function)shared_alloc},
    {"clMemFreeINTEL", (any_function)free_memory},
    {"clMemBlockingFreeINTEL", (any_function)free_memory_blocking},
    {"clSetKernelArgMemPointerINTEL", (any_function)set_pointer},
    {"clSVMAllocARM", (any_function)svm_alloc_arm},
    {"clSVMFreeARM", (any_function)svm_free_arm},
    {"clSetKernelArgSVMPointerARM", (any_function)set_pointer_arm},
};

/* A function that the driver does not have stays unknown. */
static void *wrapped(void *address, const char *name)
{
    for (size_t i = 0; address && name && i < sizeof wrappers / sizeof wrappers[0]; i++)
        if (strcmp(wrappers[i].name, name) == 0)
            memcpy(&address, &wrappers[i].wrapper, sizeof address);
    return address;
}

static void *CL_API_CALL address_for_platform(cl_platform_id platform, const char *name)
{
    return wrapped(cvl_layer.next->clGetExtensionFunctionAddressForPlatform(platform, name), name);
}

static void *CL_API_CALL address_of(const char *name)
{
    return wrapped(cvl_layer.next->clGetExtensionFunctionAddress(name), name);
}

void cvl_layer_wrap_extensions(cl_icd_dispatch *dispatch)
{
    dispatch->clGetExtensionFunctionAddressForPlatform = address_for_platform;
    dispatch->clGetExtensionFunctionAddress = address_of;
}
