/* Asks the driver what a built kernel takes. */
#include "opencl/kernel_figures.h"

/* cl_intel_required_subgroup_size; not in every version of the headers. */
enum { KERNEL_SPILL_MEM_SIZE_INTEL = 0x4109 };

static uint64_t ask_bytes(cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what)
{
    cl_ulong bytes = 0;
    size_t got = 0;
    const cl_int code = clGetKernelWorkGroupInfo(kernel, device, what, sizeof bytes, &bytes, &got);
    return code == CL_SUCCESS && got == sizeof bytes ? bytes : UINT64_MAX;
}

static uint64_t ask_count(cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what)
{
    size_t count = 0, got = 0;
    const cl_int code = clGetKernelWorkGroupInfo(kernel, device, what, sizeof count, &count, &got);
    return code == CL_SUCCESS && got == sizeof count ? count : UINT64_MAX;
}

struct cvl_kernel_figures cvl_kernel_figures_ask(cl_kernel kernel, cl_device_id device,
                                                 bool with_spills)
{
    struct cvl_kernel_figures figures = cvl_kernel_figures_none();
    figures.private_bytes = ask_bytes(kernel, device, CL_KERNEL_PRIVATE_MEM_SIZE);
    figures.local_bytes = ask_bytes(kernel, device, CL_KERNEL_LOCAL_MEM_SIZE);
    figures.max_group = ask_count(kernel, device, CL_KERNEL_WORK_GROUP_SIZE);
    if (with_spills)
        figures.spilled_bytes = ask_bytes(kernel, device, KERNEL_SPILL_MEM_SIZE_INTEL);
    return figures;
}
