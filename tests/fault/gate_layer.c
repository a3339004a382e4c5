/* An OpenCL layer that holds a kernel's launches back for as long as a file is there: a test stops
 * a run where it wants to, without a clock. GATE_FILE names the file and GATE_KERNEL the kernel; a
 * launch that waits is announced by a file GATE_FILE.reached. */
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl_layer.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const cl_icd_dispatch *below;
static cl_icd_dispatch dispatch;

static bool is_gated(cl_kernel kernel)
{
    char name[128];
    const char *gated = getenv("GATE_KERNEL");
    return gated &&
           below->clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL) ==
               CL_SUCCESS &&
           strcmp(name, gated) == 0;
}

static void announce(const char *gate)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s.reached", gate);
    FILE *file = fopen(path, "w");
    if (!file || fclose(file) != 0)
        perror(path);
}

static void wait_at(const char *gate)
{
    if (access(gate, F_OK) == 0)
        announce(gate);
    while (access(gate, F_OK) == 0)
        (void)usleep(10000);
}

static cl_int CL_API_CALL launch(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                 const size_t *offset, const size_t *global, const size_t *local,
                                 cl_uint wait_count, const cl_event *waits, cl_event *event)
{
    const char *gate = getenv("GATE_FILE");
    if (gate && is_gated(kernel))
        wait_at(gate);
    return below->clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, global, local,
                                         wait_count, waits, event);
}

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info name, size_t size, void *value,
                                               size_t *size_out)
{
    static const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    if (name != CL_LAYER_API_VERSION || size < sizeof version)
        return CL_INVALID_VALUE;
    memcpy(value, &version, sizeof version);
    if (size_out)
        *size_out = sizeof version;
    return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entry_count, const cl_icd_dispatch *target,
                                            cl_uint *entry_count_out,
                                            const cl_icd_dispatch **dispatch_out)
{
    const size_t most = sizeof dispatch / sizeof(void *);
    const size_t count = entry_count < most ? entry_count : most;
    memcpy(&dispatch, target, count * sizeof(void *));
    dispatch.clEnqueueNDRangeKernel = launch;
    below = target;
    *entry_count_out = (cl_uint)count;
    *dispatch_out = &dispatch;
    return CL_SUCCESS;
}
