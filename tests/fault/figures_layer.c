/* An OpenCL layer that changes what a driver says of a built kernel: FIGURES_KERNEL names it, and
 * FIGURES_PRIVATE, FIGURES_LOCAL and FIGURES_GROUP are its bytes of private and of local memory and
 * the max size of its work-groups, each where it is set. With FIGURES_GPU every device is a GPU. */
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl_layer.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const cl_icd_dispatch *below;
static cl_icd_dispatch dispatch;

static bool is_changed(cl_kernel kernel)
{
    char name[128];
    const char *changed = getenv("FIGURES_KERNEL");
    return changed &&
           below->clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL) ==
               CL_SUCCESS &&
           strcmp(name, changed) == 0;
}

/* What the environment says instead, or NULL. */
static const char *figure_of(cl_kernel_work_group_info what)
{
    switch (what) {
    case CL_KERNEL_PRIVATE_MEM_SIZE:
        return getenv("FIGURES_PRIVATE");
    case CL_KERNEL_LOCAL_MEM_SIZE:
        return getenv("FIGURES_LOCAL");
    case CL_KERNEL_WORK_GROUP_SIZE:
        return getenv("FIGURES_GROUP");
    default:
        return NULL;
    }
}

static cl_int answer(const void *answer, size_t bytes, size_t size, void *value, size_t *size_out)
{
    if (value && size < bytes)
        return CL_INVALID_VALUE;
    if (value)
        memcpy(value, answer, bytes);
    if (size_out)
        *size_out = bytes;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL ask_kernel(cl_kernel kernel, cl_device_id device,
                                     cl_kernel_work_group_info what, size_t size, void *value,
                                     size_t *size_out)
{
    const char *figure = figure_of(what);
    if (!figure || !is_changed(kernel))
        return below->clGetKernelWorkGroupInfo(kernel, device, what, size, value, size_out);
    const cl_ulong bytes = strtoull(figure, NULL, 10);
    const size_t items = (size_t)bytes;
    return what == CL_KERNEL_WORK_GROUP_SIZE ? answer(&items, sizeof items, size, value, size_out)
                                             : answer(&bytes, sizeof bytes, size, value, size_out);
}

static cl_int CL_API_CALL ask_device(cl_device_id device, cl_device_info what, size_t size,
                                     void *value, size_t *size_out)
{
    static const cl_device_type gpu = CL_DEVICE_TYPE_GPU;
    if (what == CL_DEVICE_TYPE && getenv("FIGURES_GPU"))
        return answer(&gpu, sizeof gpu, size, value, size_out);
    return below->clGetDeviceInfo(device, what, size, value, size_out);
}

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info name, size_t size, void *value,
                                               size_t *size_out)
{
    static const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    return name == CL_LAYER_API_VERSION && value
               ? answer(&version, sizeof version, size, value, size_out)
               : CL_INVALID_VALUE;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entry_count, const cl_icd_dispatch *target,
                                            cl_uint *entry_count_out,
                                            const cl_icd_dispatch **dispatch_out)
{
    const size_t most = sizeof dispatch / sizeof(void *);
    const size_t count = entry_count < most ? entry_count : most;
    memcpy(&dispatch, target, count * sizeof(void *));
    dispatch.clGetKernelWorkGroupInfo = ask_kernel;
    dispatch.clGetDeviceInfo = ask_device;
    below = target;
    *entry_count_out = (cl_uint)count;
    *dispatch_out = &dispatch;
    return CL_SUCCESS;
}
