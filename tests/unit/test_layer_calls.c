
/* The layer's shared object above a driver of a few lines, as an OpenCL loader would set it up. */
#include <criterion/criterion.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl_layer.h>

#include "base/layer_file.h"
#include "layer/intercept/layer_api.h"
#include "layer/ledger.h"

enum { MAX_OBJECTS = 16, IMAGE_BYTES = 5000, ROW_PITCH = 40 };

/* A memory object of the driver: a handle is its address. */
struct stub_object {
    unsigned references;
    void(CL_CALLBACK *callback)(cl_mem, void *);
    void *user;
};

static struct {
    struct stub_object objects[MAX_OBJECTS];
    size_t count;
    cl_device_type type;
    size_t image_bytes; /* 0: the driver does not report CL_MEM_SIZE */
    bool has_callbacks; /* clSetMemObjectDestructorCallback works */
    void *freed;        /* what a queue is to free */
    void(CL_CALLBACK *complete)(cl_event, cl_int, void *);
    void *complete_user;
    unsigned events_released;
} stub;

static cl_mem CL_API_CALL stub_create_buffer(cl_context context, cl_mem_flags flags, size_t size,
                                             void *host, cl_int *code)
{
    (void)context, (void)flags, (void)host;
    *code = size ? CL_SUCCESS : CL_INVALID_BUFFER_SIZE;
    if (!size)
        return NULL;
    struct stub_object *object = &stub.objects[stub.count++];
    object->references = 1;
    return (cl_mem)(void *)object;
}

static cl_mem CL_API_CALL stub_create_sub_buffer(cl_mem parent, cl_mem_flags flags,
                                                 cl_buffer_create_type type, const void *region,
                                                 cl_int *code)
{
    (void)parent, (void)type, (void)region;
    return stub_create_buffer(NULL, flags, 1, NULL, code);
}

static cl_mem CL_API_CALL stub_create_image(cl_context context, cl_mem_flags flags,
                                            const cl_image_format *format,
                                            const cl_image_desc *shape, void *host, cl_int *code)
{
    (void)format, (void)shape;
    return stub_create_buffer(context, flags, 1, host, code);
}

static cl_mem CL_API_CALL stub_create_pipe(cl_context context, cl_mem_flags flags, cl_uint bytes,
                                           cl_uint count, const cl_pipe_properties *properties,
                                           cl_int *code)
{
    (void)bytes, (void)count, (void)properties;
    return stub_create_buffer(context, flags, 1, NULL, code);
}

static cl_int CL_API_CALL stub_retain(cl_mem memory)
{
    ((struct stub_object *)(void *)memory)->references++;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_release(cl_mem memory)
{
    struct stub_object *object = (void *)memory;
    if (--object->references == 0 && object->callback)
        object->callback(memory, object->user);
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_set_callback(cl_mem memory,
                                            void(CL_CALLBACK *callback)(cl_mem, void *), void *user)
{
    struct stub_object *object = (void *)memory;
    if (!stub.has_callbacks)
        return CL_INVALID_OPERATION;
    object->callback = callback;
    object->user = user;
    return CL_SUCCESS;
}

static cl_int answer(const void *value, size_t size, void *out, size_t *size_out)
{
    memcpy(out, value, size);
    if (size_out)
        *size_out = size;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_memory_info(cl_mem memory, cl_mem_info name, size_t room, void *out,
                                           size_t *size_out)
{
    (void)memory, (void)room;
    return name == CL_MEM_SIZE ? answer(&stub.image_bytes, sizeof(size_t), out, size_out)
                               : CL_INVALID_VALUE;
}

/* A stack of three images of 7 rows: no depth. */
static cl_int CL_API_CALL stub_image_info(cl_mem image, cl_image_info name, size_t room, void *out,
                                          size_t *size_out)
{
    size_t value = name == CL_IMAGE_ROW_PITCH    ? ROW_PITCH
                   : name == CL_IMAGE_HEIGHT     ? 7
                   : name == CL_IMAGE_ARRAY_SIZE ? 3
                                                 : 0;
    (void)image, (void)room;
    return answer(&value, sizeof value, out, size_out);
}

static cl_int CL_API_CALL stub_context_info(cl_context context, cl_context_info name, size_t room,
                                            void *out, size_t *size_out)
{
    cl_device_id devices[2] = {NULL, NULL};
    (void)context, (void)name, (void)room;
    return answer(devices, sizeof devices, out, size_out);
}

static cl_int CL_API_CALL stub_device_info(cl_device_id device, cl_device_info name, size_t room,
                                           void *out, size_t *size_out)
{
    (void)device, (void)name, (void)room;
    return answer(&stub.type, sizeof stub.type, out, size_out);
}

static void *CL_API_CALL stub_svm_alloc(cl_context context, cl_svm_mem_flags flags, size_t size,
                                        cl_uint alignment)
{
    (void)context, (void)flags, (void)alignment;
    return malloc(size);
}

static void CL_API_CALL stub_svm_free(cl_context context, void *memory)
{
    (void)context;
    free(memory);
}

static cl_int CL_API_CALL
stub_enqueue_svm_free(cl_command_queue queue, cl_uint count, void *memory[],
                      void(CL_CALLBACK *function)(cl_command_queue, cl_uint, void *[], void *),
                      void *user, cl_uint wait_count, const cl_event *wait, cl_event *event)
{
    (void)queue, (void)count, (void)function, (void)user, (void)wait_count, (void)wait;
    stub.freed = memory[0];
    if (event)
        *event = (cl_event)(void *)&stub;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_set_event_callback(
    cl_event event, cl_int type, void(CL_CALLBACK *callback)(cl_event, cl_int, void *), void *user)
{
    (void)event, (void)type;
    stub.complete = callback;
    stub.complete_user = user;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL stub_release_event(cl_event event)
{
    (void)event;
    stub.events_released++;
    return CL_SUCCESS;
}

static const cl_icd_dispatch driver = {
    .clCreateBuffer = stub_create_buffer,
    .clCreateSubBuffer = stub_create_sub_buffer,
    .clCreateImage = stub_create_image,
    .clCreatePipe = stub_create_pipe,
    .clRetainMemObject = stub_retain,
    .clReleaseMemObject = stub_release,
    .clSetMemObjectDestructorCallback = stub_set_callback,
    .clGetMemObjectInfo = stub_memory_info,
    .clGetImageInfo = stub_image_info,
    .clGetContextInfo = stub_context_info,
    .clGetDeviceInfo = stub_device_info,
    .clSVMAlloc = stub_svm_alloc,
    .clSVMFree = stub_svm_free,
    .clEnqueueSVMFree = stub_enqueue_svm_free,
    .clSetEventCallback = stub_set_event_callback,
    .clReleaseEvent = stub_release_event,
};

typedef cl_int(CL_API_CALL *init_with_properties)(cl_uint, const cl_icd_dispatch *, cl_uint *,
                                                  const cl_icd_dispatch **, const cl_ulong *);

static void *library;
static const cl_icd_dispatch *layer;
static const struct cvl_layer_api *api;

static void *symbol(const char *name)
{
    void *address = dlsym(library, name);
    cr_assert_not_null(address, "%s", name);
    return address;
}

static void load(void)
{
    cr_assert_eq(unsetenv("OPENCL_LAYERS"), 0);
    cvl_layer_file_install();
    library = dlopen(getenv("OPENCL_LAYERS"), RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(library, "%s", dlerror());
}

static void set_up(void)
{
    pfn_clInitLayer init;
    const struct cvl_layer_api *(*layer_api)(void);
    cl_uint count = 0;
    load();
    *(void **)&init = symbol("clInitLayer");
    *(void **)&layer_api = symbol("cvl_layer_api");
    api = layer_api();
    cr_assert_not(api->active());
    cr_assert_eq(init(sizeof driver / sizeof(void *), &driver, &count, &layer), CL_SUCCESS);
    cr_assert_eq(count, sizeof driver / sizeof(void *));
    cr_assert(api->active());
    stub.has_callbacks = true;
    stub.type = CL_DEVICE_TYPE_GPU;
    stub.image_bytes = IMAGE_BYTES;
}

static void expect(uint64_t live_bytes, uint64_t pending)
{
    struct cvl_layer_counters counters;
    api->counters(&counters);
    cr_assert_eq(counters.live_bytes, live_bytes, "live %lu", counters.live_bytes);
    cr_assert_eq(counters.pending, pending, "pending %lu", counters.pending);
    cr_assert_eq(counters.lost, 0);
}

TestSuite(layer_calls, .init = set_up, .timeout = 1200);
TestSuite(layer_entry, .init = load, .timeout = 1200);

Test(layer_calls, buffer_lives_until_the_driver_destroys_it)
{
    cl_int code;
    cl_mem buffer = layer->clCreateBuffer(NULL, CL_MEM_READ_WRITE, 100, NULL, &code);
    layer->clRetainMemObject(buffer);
    expect(100, 0);
    stub_retain(buffer); /* a command in flight */
    layer->clReleaseMemObject(buffer);
    expect(100, 0);
    layer->clReleaseMemObject(buffer);
    expect(100, 1);
    stub_release(buffer);
    expect(0, 0);
    cr_assert_null(layer->clCreateBuffer(NULL, 0, 0, NULL, &code));
    cr_assert_eq(code, CL_INVALID_BUFFER_SIZE);
    expect(0, 0);
}

Test(layer_calls, driver_without_callbacks)
{
    cl_int code;
    stub.has_callbacks = false;
    cl_mem buffer = layer->clCreateBuffer(NULL, CL_MEM_READ_WRITE, 100, NULL, &code);
    expect(100, 0);
    layer->clReleaseMemObject(buffer);
    expect(0, 0);
}

Test(layer_calls, host_pointer_counts_where_a_device_is_no_cpu)
{
    cl_int code;
    char host[64];
    layer->clCreateBuffer(NULL, CL_MEM_USE_HOST_PTR, sizeof host, host, &code);
    expect(64, 0);
    stub.type = CL_DEVICE_TYPE_CPU;
    layer->clCreateBuffer(NULL, CL_MEM_USE_HOST_PTR, sizeof host, host, &code);
    expect(64, 0);
    layer->clCreateBuffer(NULL, CL_MEM_COPY_HOST_PTR, sizeof host, host, &code);
    expect(128, 0);
}

Test(layer_calls, parts_count_zero)
{
    cl_int code;
    cl_image_desc shape = {.image_type = CL_MEM_OBJECT_IMAGE1D_BUFFER};
    cl_mem parent = layer->clCreateBuffer(NULL, 0, 100, NULL, &code);
    layer->clCreateSubBuffer(parent, 0, CL_BUFFER_CREATE_TYPE_REGION, NULL, &code);
    shape.mem_object = parent;
    cl_mem image = layer->clCreateImage(NULL, 0, NULL, &shape, NULL, &code);
    expect(100, 0);
    stub_retain(image); /* a driver that never reports its end */
    layer->clReleaseMemObject(image);
    expect(100, 0);
}

Test(layer_calls, images_and_pipes)
{
    cl_int code;
    cl_image_desc shape = {.image_type = CL_MEM_OBJECT_IMAGE2D_ARRAY};
    layer->clCreateImage(NULL, 0, NULL, &shape, NULL, &code);
    expect(IMAGE_BYTES, 0);
    stub.image_bytes = 0;
    layer->clCreateImage(NULL, 0, NULL, &shape, NULL, &code);
    expect(IMAGE_BYTES + ROW_PITCH * 7 * 3, 0);
    layer->clCreatePipe(NULL, 0, 16, 10, NULL, &code);
    expect(IMAGE_BYTES + ROW_PITCH * 7 * 3 + 160, 0);
}

Test(layer_calls, shared_virtual_memory)
{
    void *memory = layer->clSVMAlloc(NULL, 0, 300, 0);
    expect(300, 0);
    layer->clSVMFree(NULL, memory);
    expect(0, 0);
    layer->clSVMFree(NULL, NULL);
    expect(0, 0);
}

Test(layer_calls, shared_virtual_memory_freed_by_a_queue)
{
    void *memory = layer->clSVMAlloc(NULL, 0, 300, 0);
    layer->clEnqueueSVMFree(NULL, 1, &memory, NULL, NULL, 0, NULL, NULL);
    cr_assert_eq(stub.freed, memory);
    cr_assert_eq(stub.events_released, 1); /* the layer's own */
    expect(300, 1);
    stub_svm_free(NULL, memory);
    stub.complete(NULL, CL_COMPLETE, stub.complete_user);
    expect(0, 0);
}

Test(layer_calls, events_of_the_application_are_its_own)
{
    cl_event event = NULL;
    void *memory = layer->clSVMAlloc(NULL, 0, 300, 0);
    layer->clEnqueueSVMFree(NULL, 1, &memory, NULL, NULL, 0, NULL, &event);
    cr_assert_eq((void *)event, (void *)&stub);
    cr_assert_eq(stub.events_released, 0);
    stub_svm_free(NULL, memory);
    stub.complete(event, CL_COMPLETE, stub.complete_user);
    expect(0, 0);
}

Test(layer_calls, second_loader_is_refused)
{
    init_with_properties init;
    cl_uint count;
    const cl_icd_dispatch *dispatch;
    *(void **)&init = symbol("clInitLayerWithProperties");
    cr_assert_eq(init(sizeof driver / sizeof(void *), &driver, &count, &dispatch, NULL),
                 CL_INVALID_OPERATION);
}

/* As Khronos loaders since 2024 call it; unknown wishes are refused. */
Test(layer_entry, initialisation_with_properties)
{
    static const cl_ulong none[] = {0}, unknown[] = {0x4242, 1, 0};
    init_with_properties init;
    cl_uint count = 0;
    *(void **)&init = symbol("clInitLayerWithProperties");
    cr_assert_eq(init(UINT16_MAX, &driver, &count, &layer, unknown), CL_INVALID_PROPERTY);
    cr_assert_eq(init(UINT16_MAX, NULL, &count, &layer, NULL), CL_INVALID_VALUE);
    cr_assert_eq(init(10, &driver, &count, &layer, NULL), CL_INVALID_VALUE);
    cr_assert_eq(init(UINT16_MAX, &driver, &count, &layer, none), CL_SUCCESS);
    cr_assert_not_null(layer->clCreateBuffer);
    cr_assert_null(layer->clEnqueueNDRangeKernel);
}

Test(layer_entry, tells_version_and_name)
{
    pfn_clGetLayerInfo info;
    cl_layer_api_version version = 0;
    char name[64], small[4];
    size_t size = 0;
    *(void **)&info = symbol("clGetLayerInfo");
    cr_assert_eq(info(CL_LAYER_API_VERSION, sizeof version, &version, NULL), CL_SUCCESS);
    cr_assert_eq(version, CL_LAYER_API_VERSION_100);
    cr_assert_eq(info(CL_LAYER_NAME, sizeof name, name, &size), CL_SUCCESS);
    cr_assert_eq(size, strlen(name) + 1);
    cr_assert_eq(strncmp(name, "convlens ", 9), 0);
    cr_assert_eq(info(CL_LAYER_NAME, sizeof small, small, NULL), CL_INVALID_VALUE);
    cr_assert_eq(info(CL_LAYER_NAME, 0, NULL, &size), CL_SUCCESS);
    cr_assert_eq(info(0, sizeof name, name, NULL), CL_INVALID_VALUE);
}
