
/* The layer's shared object as convlens trace puts it, above a driver of a few lines; and what is
 * read of its trace. */
#include <criterion/criterion.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl_ext.h>
#include <CL/cl_layer.h>

#include "base/embedded.h"
#include "scratch.h"
#include "trace/trace.h"

static struct cvl_error err;
static struct cvl_trace trace;
static char device_memory[256], next_handle[64];
static int made;
static size_t resolution = 1;
static bool profiles = true;
static cl_int event_status = CL_COMPLETE;
static int event_references;

static cl_mem CL_API_CALL stub_create_buffer(cl_context context, cl_mem_flags flags, size_t size,
                                             void *host, cl_int *code)
{
    (void)context, (void)flags, (void)size, (void)host;
    *code = CL_SUCCESS;
    return (cl_mem)(void *)&next_handle[made++];
}

static cl_int CL_API_CALL stub_set_callback(cl_mem memory,
                                            void(CL_CALLBACK *callback)(cl_mem, void *), void *user)
{
    (void)memory, (void)callback, (void)user;
    return CL_SUCCESS;
}

static cl_int answer(const void *value, size_t size, void *out, size_t *size_out)
{
    memcpy(out, value, size);
    if (size_out)
        *size_out = size;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_context_info(cl_context context, cl_context_info name, size_t room,
                                            void *out, size_t *size_out)
{
    cl_device_id device = NULL;
    (void)context, (void)name, (void)room;
    return answer(&device, sizeof(cl_device_id), out, size_out);
}

static cl_int CL_API_CALL stub_device_info(cl_device_id device, cl_device_info name, size_t room,
                                           void *out, size_t *size_out)
{
    cl_device_type type = CL_DEVICE_TYPE_GPU;
    cl_platform_id platform = NULL;
    (void)device, (void)room;
    if (name == CL_DEVICE_PROFILING_TIMER_RESOLUTION)
        return answer(&resolution, sizeof resolution, out, size_out);
    if (name == CL_DEVICE_PLATFORM)
        return answer(&platform, sizeof(cl_platform_id), out, size_out);
    return answer(&type, sizeof type, out, size_out);
}

static cl_int CL_API_CALL stub_queue_info(cl_command_queue queue, cl_command_queue_info name,
                                          size_t room, void *out, size_t *size_out)
{
    cl_command_queue_properties properties = profiles ? CL_QUEUE_PROFILING_ENABLE : 0;
    cl_device_id device = NULL;
    (void)queue, (void)room;
    return name == CL_QUEUE_PROPERTIES ? answer(&properties, sizeof properties, out, size_out)
                                       : answer(&device, sizeof(cl_device_id), out, size_out);
}

static cl_kernel CL_API_CALL stub_create_kernel(cl_program program, const char *name, cl_int *code)
{
    (void)program, (void)name;
    *code = CL_SUCCESS;
    return (cl_kernel)(void *)&made;
}

static cl_int CL_API_CALL stub_kernel_info(cl_kernel kernel, cl_kernel_info name, size_t room,
                                           void *out, size_t *size_out)
{
    cl_context context = NULL;
    (void)kernel, (void)room;
    return name == CL_KERNEL_CONTEXT ? answer(&context, sizeof(cl_context), out, size_out)
                                     : answer("sum", 4, out, size_out);
}

static cl_int CL_API_CALL stub_set_argument(cl_kernel kernel, cl_uint index, size_t size,
                                            const void *value)
{
    (void)kernel, (void)size, (void)value;
    return index < 8 ? CL_SUCCESS : CL_INVALID_ARG_INDEX;
}

static cl_int CL_API_CALL stub_enqueue(cl_command_queue queue, cl_kernel kernel, cl_uint dims,
                                       const size_t *offset, const size_t *global,
                                       const size_t *local, cl_uint wait_count,
                                       const cl_event *wait, cl_event *event)
{
    (void)queue, (void)kernel, (void)offset, (void)global, (void)local, (void)wait_count;
    (void)wait;
    if (dims == 0)
        return CL_INVALID_WORK_DIMENSION;
    if (event) {
        *event = (cl_event)(void *)&event_references;
        event_references++;
    }
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_event_info(cl_event event, cl_event_info name, size_t room,
                                          void *out, size_t *size_out)
{
    (void)event, (void)name, (void)room;
    return answer(&event_status, sizeof event_status, out, size_out);
}

static cl_int CL_API_CALL stub_finish(cl_command_queue queue)
{
    (void)queue;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_retain_event(cl_event event)
{
    (void)event;
    event_references++;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_release_event(cl_event event)
{
    (void)event;
    event_references--;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_profiling(cl_event event, cl_profiling_info name, size_t room,
                                         void *out, size_t *size_out)
{
    cl_ulong value = name == CL_PROFILING_COMMAND_START ? 1000 : 1250;
    (void)event, (void)room;
    return answer(&value, sizeof value, out, size_out);
}

static void *CL_API_CALL stub_device_alloc(cl_context context, cl_device_id device,
                                           const cl_mem_properties_intel *properties, size_t size,
                                           cl_uint alignment, cl_int *code)
{
    (void)context, (void)device, (void)properties, (void)size, (void)alignment;
    *code = CL_SUCCESS;
    return device_memory;
}

static cl_int CL_API_CALL stub_free(cl_context context, void *memory)
{
    (void)context, (void)memory;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_set_pointer(cl_kernel kernel, cl_uint index, const void *value)
{
    (void)kernel, (void)index, (void)value;
    return CL_SUCCESS;
}

static void *CL_API_CALL stub_address(cl_platform_id platform, const char *name)
{
    void *address = NULL;
    (void)platform;
    if (strcmp(name, "clDeviceMemAllocINTEL") == 0)
        *(clDeviceMemAllocINTEL_fn *)&address = stub_device_alloc;
    if (strcmp(name, "clMemFreeINTEL") == 0)
        *(clMemFreeINTEL_fn *)&address = stub_free;
    if (strcmp(name, "clSetKernelArgMemPointerINTEL") == 0)
        *(clSetKernelArgMemPointerINTEL_fn *)&address = stub_set_pointer;
    if (strcmp(name, "clOther") == 0)
        address = device_memory;
    return address;
}

static const cl_icd_dispatch driver = {
    .clCreateBuffer = stub_create_buffer,
    .clSetMemObjectDestructorCallback = stub_set_callback,
    .clGetContextInfo = stub_context_info,
    .clGetDeviceInfo = stub_device_info,
    .clGetCommandQueueInfo = stub_queue_info,
    .clCreateKernel = stub_create_kernel,
    .clGetKernelInfo = stub_kernel_info,
    .clSetKernelArg = stub_set_argument,
    .clEnqueueNDRangeKernel = stub_enqueue,
    .clGetEventInfo = stub_event_info,
    .clFinish = stub_finish,
    .clRetainEvent = stub_retain_event,
    .clReleaseEvent = stub_release_event,
    .clGetEventProfilingInfo = stub_profiling,
    .clGetExtensionFunctionAddressForPlatform = stub_address,
};

static const cl_icd_dispatch *layer;
static cl_kernel kernel;

static void set_up(void)
{
    cl_int code;
    cl_uint count = 0;
    pfn_clInitLayer init;
    scratch_make();
    const char *path = scratch_path(CVL_LOG_LAYER_NAME);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(cvl_embedded_layer[0].bytes, 1, cvl_embedded_layer[0].size, file),
                 cvl_embedded_layer[0].size);
    cr_assert_eq(fclose(file), 0);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(library, "%s", dlerror());
    *(void **)&init = dlsym(library, "clInitLayer");
    cr_assert_eq(init(sizeof driver / sizeof(void *), &driver, &count, &layer), CL_SUCCESS);
    kernel = layer->clCreateKernel(NULL, "sum", &code);
}

static void tear_down(void)
{
    cvl_trace_clear(&trace);
    scratch_remove();
}

TestSuite(layer_traced, .init = set_up, .fini = tear_down, .timeout = 1200);

static const struct cvl_trace_process *load(void)
{
    cr_assert_eq(cvl_trace_load(scratch_folder, &trace, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(trace.process_count, 1);
    return &trace.processes[0];
}

__attribute__((noinline)) static cl_mem make_buffer(size_t bytes)
{
    cl_int code;
    cl_mem buffer = layer->clCreateBuffer(NULL, CL_MEM_READ_ONLY, bytes, NULL, &code);
    cr_assert_not_null(buffer);
    return buffer;
}

__attribute__((noinline)) static cl_mem make_through_another(size_t bytes)
{
    return make_buffer(bytes);
}

/* Stacks that differ further out are kept apart, though the innermost call is the same; and the
 * second time, when nothing is unwound, they are the same. */
Test(layer_traced, callers_are_named)
{
    volatile int rounds = 3; /* not unrolled */
    for (int i = 0; i < rounds; i++) {
        (void)make_buffer(10);
        (void)make_through_another(20);
    }
    const struct cvl_trace_process *process = load();
    cr_assert_eq(process->object_count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct cvl_trace_object *object = &process->objects[i];
        cr_assert_str_eq(cvl_trace_caller_of(process, object), "unit_layer_traced");
        cr_assert_str_eq(cvl_trace_function_of(process, object), "make_buffer");
        cr_assert_eq(object->stack, process->objects[i % 2].stack);
        cr_assert_eq(object->flags, CL_MEM_READ_ONLY);
    }
    cr_assert_neq(process->objects[0].stack, process->objects[1].stack);
    cr_assert_eq(process->caller_count, 1);
    cr_assert_eq(process->callers[0].bytes, 90);
}

static void launch(cl_event *event)
{
    cr_assert_eq(layer->clEnqueueNDRangeKernel(NULL, kernel, 1, NULL, NULL, NULL, 0, NULL, event),
                 CL_SUCCESS);
}

Test(layer_traced, launches_are_timed)
{
    cl_event event = NULL;
    cl_mem buffer = make_buffer(100);
    cr_assert_eq(layer->clSetKernelArg(kernel, 0, sizeof(cl_mem), &buffer), CL_SUCCESS);
    cr_assert_neq(layer->clSetKernelArg(kernel, 9, sizeof(cl_mem), &buffer), CL_SUCCESS);
    launch(NULL);
    cr_assert_eq(event_references, 1); /* the layer's own */
    event_status = CL_RUNNING;
    cr_assert_eq(layer->clFinish(NULL), CL_SUCCESS);
    cr_assert_eq(event_references, 1); /* nothing is known of it yet */
    event_status = CL_COMPLETE;
    cr_assert_eq(layer->clFinish(NULL), CL_SUCCESS);
    cr_assert_eq(event_references, 0);
    launch(&event);
    cr_assert_eq((void *)event, (void *)&event_references);
    cr_assert_eq(event_references, 2);
    cr_assert_eq(layer->clFinish(NULL), CL_SUCCESS);
    cr_assert_eq(event_references, 1); /* the application's */
    event_status = CL_OUT_OF_RESOURCES;
    launch(NULL);
    cr_assert_eq(layer->clFinish(NULL), CL_SUCCESS);
    cr_assert_eq(event_references, 1);
    cr_assert_neq(layer->clEnqueueNDRangeKernel(NULL, kernel, 0, NULL, NULL, NULL, 0, NULL, NULL),
                  CL_SUCCESS);
    const struct cvl_log_kernel *figures = &load()->kernels[0].figures;
    cr_assert_eq(figures->launches, 3);
    cr_assert_eq(figures->timed, 2);
    cr_assert_eq(figures->total_ns, 500);
    cr_assert_eq(figures->untimed, CVL_LOG_NO_EVENT);
    cr_assert_eq(figures->argument_bytes, 100);
}

/* A program that never waits: launches look by themselves; and where kernels do not end, the newest
 * give up their times rather than memory growing. */
Test(layer_traced, many_launches_without_a_wait)
{
    for (int i = 0; i < 1000; i++)
        launch(NULL);
    cr_assert_lt(event_references, 200);
    event_status = CL_RUNNING;
    for (int i = 0; i < 3000; i++)
        launch(NULL);
    cr_assert_leq(event_references, 1024);
    event_status = CL_COMPLETE;
    cr_assert_eq(layer->clFinish(NULL), CL_SUCCESS);
    cr_assert_eq(event_references, 0);
    const struct cvl_log_kernel *figures = &load()->kernels[0].figures;
    cr_assert_eq(figures->launches, 4000);
    cr_assert(figures->timed >= 1900 && figures->timed < 4000);
    cr_assert_eq(figures->untimed, CVL_LOG_NO_EVENT);
}

Test(layer_traced, why_a_launch_has_no_time)
{
    profiles = false;
    launch(NULL);
    profiles = true;
    resolution = 0;
    launch(NULL);
    cr_assert_eq(event_references, 0);
    const struct cvl_log_kernel *figures = &load()->kernels[0].figures;
    cr_assert_eq(figures->launches, 2);
    cr_assert_eq(figures->timed, 0);
    cr_assert_eq(figures->untimed, CVL_LOG_NO_PROFILING | CVL_LOG_NO_RESOLUTION);
}

/* A number that happens to be as wide as a handle is no object. */
Test(layer_traced, numbers_are_no_objects)
{
    uint64_t number = 42;
    cl_mem buffer = make_buffer(100);
    cr_assert_eq(layer->clSetKernelArg(kernel, 0, sizeof(cl_mem), &buffer), CL_SUCCESS);
    cr_assert_eq(layer->clSetKernelArg(kernel, 0, sizeof number, &number), CL_SUCCESS);
    launch(NULL);
    const struct cvl_trace_process *process = load();
    cr_assert_eq(process->use_count, 0);
    cr_assert_eq(process->kernels[0].figures.argument_bytes, 0);
}

static void *address_of(const char *name)
{
    return layer->clGetExtensionFunctionAddressForPlatform(NULL, name);
}

Test(layer_traced, functions_fetched_by_name)
{
    cl_int code;
    clDeviceMemAllocINTEL_fn allocate;
    clMemFreeINTEL_fn free_memory;
    clSetKernelArgMemPointerINTEL_fn set_pointer;
    *(void **)&allocate = address_of("clDeviceMemAllocINTEL");
    *(void **)&free_memory = address_of("clMemFreeINTEL");
    *(void **)&set_pointer = address_of("clSetKernelArgMemPointerINTEL");
    cr_assert(allocate && allocate != stub_device_alloc);
    cr_assert_null(address_of("clHostMemAllocINTEL")); /* the driver has none */
    cr_assert_eq(address_of("clOther"), (void *)device_memory);

    char *memory = allocate(NULL, NULL, NULL, sizeof device_memory, 0, &code);
    cr_assert_eq(memory, device_memory);
    cr_assert_eq(set_pointer(kernel, 0, memory + 16), CL_SUCCESS);
    launch(NULL);
    cr_assert_eq(free_memory(NULL, memory), CL_SUCCESS);
    const struct cvl_trace_process *process = load();
    cr_assert_eq(process->object_count, 1);
    const struct cvl_trace_object *object = &process->objects[0];
    cr_assert_str_eq(cvl_trace_kind_name(object->kind), "usm device");
    cr_assert_eq(object->bytes, sizeof device_memory);
    cr_assert_eq(object->first_kernel, 0);
    cr_assert_neq(object->destroyed_ns, CVL_TRACE_NEVER);
    cr_assert_eq(process->kernels[0].figures.argument_bytes, sizeof device_memory);
}
