/* The wrapped kernel calls: arguments, launches and times. If a queue has profiling enabled, the
 * events of launches are read later (pending.h), by the calls that wait or end something. */
#include "layer/intercept/layer.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 256 };

static void add_kernel(cl_kernel kernel, cl_kernel source)
{
    char name[MAX_NAME] = "";
    if (cvl_layer.next->clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name - 1, name,
                                        NULL))
        (void)strcpy(name, "(name unknown)");
    cvl_kernels_create(&cvl_layer.kernels, kernel, name, source);
}

static cl_kernel CL_API_CALL create_kernel(cl_program program, const char *name, cl_int *code)
{
    cl_kernel kernel = cvl_layer.next->clCreateKernel(program, name, code);
    if (kernel)
        add_kernel(kernel, NULL);
    return kernel;
}

static cl_int CL_API_CALL create_kernels(cl_program program, cl_uint room, cl_kernel *kernels,
                                         cl_uint *count_out)
{
    cl_uint count = 0;
    cl_int code = cvl_layer.next->clCreateKernelsInProgram(program, room, kernels, &count);
    if (count_out)
        *count_out = count;
    for (cl_uint i = 0; !code && kernels && i < count; i++)
        add_kernel(kernels[i], NULL);
    return code;
}

static cl_kernel CL_API_CALL clone_kernel(cl_kernel source, cl_int *code)
{
    cl_kernel kernel = cvl_layer.next->clCloneKernel(source, code);
    if (kernel)
        add_kernel(kernel, source);
    return kernel;
}

/* The size does not distinguish a memory object from a number: it is an object if the tracker knows
 * it. */
static cl_int CL_API_CALL set_argument(cl_kernel kernel, cl_uint index, size_t size,
                                       const void *value)
{
    cl_int code = cvl_layer.next->clSetKernelArg(kernel, index, size, value);
    cl_mem object = NULL;
    if (!code && value && size == sizeof object)
        memcpy(&object, value, sizeof object);
    if (object && !cvl_track_holds(&cvl_layer.track, object))
        object = NULL;
    if (!code)
        cvl_kernels_argument(&cvl_layer.kernels, kernel, index, object);
    return code;
}

static cl_int CL_API_CALL set_pointer(cl_kernel kernel, cl_uint index, const void *value)
{
    cl_int code = cvl_layer.next->clSetKernelArgSVMPointer(kernel, index, value);
    if (!code)
        cvl_kernels_argument(&cvl_layer.kernels, kernel, index, value);
    return code;
}

/* Can the queue's launches be timed? @return 0, or the reason why not */
static uint32_t untimed_reason(cl_command_queue queue)
{
    const cl_icd_dispatch *next = cvl_layer.next;
    cl_command_queue_properties properties = 0;
    cl_device_id device = NULL;
    size_t resolution = 0;
    if (next->clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES, sizeof properties, &properties,
                                    NULL) ||
        !(properties & CL_QUEUE_PROFILING_ENABLE))
        return CVL_LOG_NO_PROFILING;
    if (next->clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof(cl_device_id), &device, NULL) ||
        next->clGetDeviceInfo(device, CL_DEVICE_PROFILING_TIMER_RESOLUTION, sizeof resolution,
                              &resolution, NULL) ||
        resolution == 0)
        return CVL_LOG_NO_RESOLUTION;
    return 0;
}

/* Records a launch: `event` is our own reference, or NULL. */
static void add_launch(cl_kernel kernel, uint32_t untimed, cl_event event)
{
    struct cvl_kernel_name *name = cvl_kernels_launch(&cvl_layer.kernels, &cvl_layer.track, kernel);
    if (name && untimed)
        cvl_kernels_untimed(&cvl_layer.kernels, name, (enum cvl_log_untimed)untimed);
    if (name && event)
        cvl_pending_add(&cvl_layer.pending, event, name);
    else if (event)
        cvl_layer.next->clReleaseEvent(event);
}

/* Shares the driver's event between the application, if it wants one, and us. */
static cl_event share(cl_event made, cl_event *wanted)
{
    if (!wanted)
        return made;
    *wanted = made;
    return cvl_layer.next->clRetainEvent(made) ? NULL : made;
}

static cl_int CL_API_CALL enqueue_range(cl_command_queue queue, cl_kernel kernel, cl_uint dims,
                                        const size_t *offset, const size_t *global,
                                        const size_t *local, cl_uint wait_count,
                                        const cl_event *wait, cl_event *event)
{
    cl_event made = NULL;
    uint32_t untimed = untimed_reason(queue);
    cl_int code = cvl_layer.next->clEnqueueNDRangeKernel(queue, kernel, dims, offset, global, local,
                                                         wait_count, wait, untimed ? event : &made);
    if (!code)
        add_launch(kernel, untimed, made ? share(made, event) : NULL);
    return code;
}

static cl_int CL_API_CALL enqueue_task(cl_command_queue queue, cl_kernel kernel, cl_uint wait_count,
                                       const cl_event *wait, cl_event *event)
{
    cl_event made = NULL;
    uint32_t untimed = untimed_reason(queue);
    cl_int code =
        cvl_layer.next->clEnqueueTask(queue, kernel, wait_count, wait, untimed ? event : &made);
    if (!code)
        add_launch(kernel, untimed, made ? share(made, event) : NULL);
    return code;
}

static cl_int CL_API_CALL finish(cl_command_queue queue)
{
    cl_int code = cvl_layer.next->clFinish(queue);
    cvl_pending_look(&cvl_layer.pending);
    return code;
}

static cl_int CL_API_CALL wait_for_events(cl_uint count, const cl_event *events)
{
    cl_int code = cvl_layer.next->clWaitForEvents(count, events);
    cvl_pending_look(&cvl_layer.pending);
    return code;
}

static cl_int CL_API_CALL read_buffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                      size_t offset, size_t size, void *target, cl_uint wait_count,
                                      const cl_event *wait, cl_event *event)
{
    cl_int code = cvl_layer.next->clEnqueueReadBuffer(queue, buffer, blocking, offset, size, target,
                                                      wait_count, wait, event);
    if (blocking)
        cvl_pending_look(&cvl_layer.pending);
    return code;
}

static void *CL_API_CALL map_buffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                    cl_map_flags flags, size_t offset, size_t size,
                                    cl_uint wait_count, const cl_event *wait, cl_event *event,
                                    cl_int *code)
{
    void *memory = cvl_layer.next->clEnqueueMapBuffer(queue, buffer, blocking, flags, offset, size,
                                                      wait_count, wait, event, code);
    if (blocking)
        cvl_pending_look(&cvl_layer.pending);
    return memory;
}

static cl_int CL_API_CALL release_queue(cl_command_queue queue)
{
    cvl_pending_look(&cvl_layer.pending);
    return cvl_layer.next->clReleaseCommandQueue(queue);
}

/* An event keeps its context. */
static cl_int CL_API_CALL release_context(cl_context context)
{
    cvl_pending_look(&cvl_layer.pending);
    return cvl_layer.next->clReleaseContext(context);
}

void cvl_layer_wrap_kernels(cl_icd_dispatch *dispatch)
{
    dispatch->clCreateKernel = create_kernel;
    dispatch->clCreateKernelsInProgram = create_kernels;
    dispatch->clCloneKernel = clone_kernel;
    dispatch->clSetKernelArg = set_argument;
    dispatch->clSetKernelArgSVMPointer = set_pointer;
    dispatch->clEnqueueNDRangeKernel = enqueue_range;
    dispatch->clEnqueueTask = enqueue_task;
    dispatch->clFinish = finish;
    dispatch->clWaitForEvents = wait_for_events;
    dispatch->clEnqueueReadBuffer = read_buffer;
    dispatch->clEnqueueMapBuffer = map_buffer;
    dispatch->clReleaseCommandQueue = release_queue;
    dispatch->clReleaseContext = release_context;
}
