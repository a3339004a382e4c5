/* The wrapped calls: each calls the driver and records what it created or ended. The tracker's lock
 * is never held during a call into a driver, which may call back at once.
 *
 * These count: buffers, images (with their CL_MEM_SIZE), pipes and shared virtual memory.
 * Sub-buffers and images made from another object count 0, since their parent counts. Host pointers
 * that CPU devices use also count 0, since they take no extra memory. */
#include "layer/intercept/layer.h"

#include <stdlib.h>

enum { MAX_DEVICES = 64 };

/* Some drivers call this on a thread of their own. */
static void CL_CALLBACK on_destroyed(cl_mem memory, void *object)
{
    (void)memory;
    cvl_track_destroy(&cvl_layer.track, object);
}

static void add_object(cl_mem memory, const struct cvl_track_creation *creation)
{
    struct cvl_track_object *object = cvl_track_create(&cvl_layer.track, creation);
    if (object && creation->watched &&
        cvl_layer.next->clSetMemObjectDestructorCallback(memory, on_destroyed, object))
        cvl_track_unwatch(&cvl_layer.track, object);
}

/* A context with more devices than fit counts as one that is not all CPU. */
static bool is_all_cpu(cl_context context)
{
    cl_device_id devices[MAX_DEVICES];
    size_t size = 0;
    if (cvl_layer.next->clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof devices, devices,
                                         &size))
        return false;
    for (size_t i = 0; i < size / sizeof devices[0]; i++) {
        cl_device_type type = 0;
        if (cvl_layer.next->clGetDeviceInfo(devices[i], CL_DEVICE_TYPE, sizeof type, &type, NULL) ||
            !(type & CL_DEVICE_TYPE_CPU))
            return false;
    }
    return true;
}

static bool takes_memory(cl_context context, cl_mem_flags flags)
{
    return !(flags & CL_MEM_USE_HOST_PTR) || !is_all_cpu(context);
}

static size_t image_info(cl_mem image, cl_image_info name)
{
    size_t value = 0;
    return cvl_layer.next->clGetImageInfo(image, name, sizeof value, &value, NULL) ? 0 : value;
}

/* The size that the driver reports; without one, the row pitch times height, depth or number of
 * images. */
static uint64_t image_bytes(cl_mem image)
{
    static const cl_image_info counts[] = {CL_IMAGE_HEIGHT, CL_IMAGE_DEPTH, CL_IMAGE_ARRAY_SIZE};
    size_t size = 0;
    if (!cvl_layer.next->clGetMemObjectInfo(image, CL_MEM_SIZE, sizeof size, &size, NULL) && size)
        return size;
    uint64_t bytes = image_info(image, CL_IMAGE_ROW_PITCH);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint64_t count = image_info(image, counts[i]);
        bytes *= count ? count : 1;
    }
    return bytes;
}

/* What an image without padding would take; 0: unknown. */
static uint64_t asked_image_bytes(cl_mem image)
{
    static const cl_image_info extents[] = {CL_IMAGE_WIDTH, CL_IMAGE_HEIGHT, CL_IMAGE_DEPTH,
                                            CL_IMAGE_ARRAY_SIZE};
    uint64_t bytes = image_info(image, CL_IMAGE_ELEMENT_SIZE);
    for (size_t i = 0; i < sizeof extents / sizeof extents[0]; i++) {
        uint64_t extent = image_info(image, extents[i]);
        bytes *= extent ? extent : 1;
    }
    return bytes;
}

struct made {
    cl_context context;
    cl_mem_flags flags;
    cl_mem parent; /* NULL: none */
    uint32_t stack;
};

static void add_buffer(cl_mem buffer, size_t size, const struct made *made)
{
    struct cvl_track_creation creation = {
        .handle = buffer,
        .asked_bytes = size,
        .bytes = size,
        .flags = made->flags,
        .kind = CVL_LOG_BUFFER,
        .stack = made->stack,
        .watched = true,
    };
    if (!buffer)
        return;
    if (!takes_memory(made->context, made->flags))
        creation.bytes = 0;
    add_object(buffer, &creation);
}

/* An image made from another object shares its memory. Its last release counts as its end: for
 * images made from a buffer, PoCL 3.1 and oclgrind 21.10 never call back. */
static void add_image(cl_mem image, const struct made *made)
{
    struct cvl_track_creation creation = {
        .handle = image,
        .parent = made->parent,
        .flags = made->flags,
        .kind = CVL_LOG_IMAGE,
        .stack = made->stack,
        .watched = !made->parent,
    };
    if (!image)
        return;
    creation.asked_bytes = asked_image_bytes(image);
    if (!made->parent && takes_memory(made->context, made->flags))
        creation.bytes = image_bytes(image);
    add_object(image, &creation);
}

static cl_mem CL_API_CALL create_buffer(cl_context context, cl_mem_flags flags, size_t size,
                                        void *host, cl_int *code)
{
    struct made made = {context, flags, NULL, CVL_CALLERS_HERE(&cvl_layer.callers)};
    cl_mem buffer = cvl_layer.next->clCreateBuffer(context, flags, size, host, code);
    add_buffer(buffer, size, &made);
    return buffer;
}

static cl_mem CL_API_CALL create_buffer_with_properties(cl_context context,
                                                        const cl_mem_properties *properties,
                                                        cl_mem_flags flags, size_t size, void *host,
                                                        cl_int *code)
{
    struct made made = {context, flags, NULL, CVL_CALLERS_HERE(&cvl_layer.callers)};
    cl_mem buffer =
        cvl_layer.next->clCreateBufferWithProperties(context, properties, flags, size, host, code);
    add_buffer(buffer, size, &made);
    return buffer;
}

/* The parent counts, and lives as long as the sub-buffer. */
static cl_mem CL_API_CALL create_sub_buffer(cl_mem parent, cl_mem_flags flags,
                                            cl_buffer_create_type type, const void *region,
                                            cl_int *code)
{
    struct cvl_track_creation creation = {
        .parent = parent,
        .flags = flags,
        .kind = CVL_LOG_SUB_BUFFER,
        .stack = CVL_CALLERS_HERE(&cvl_layer.callers),
    };
    cl_mem buffer = cvl_layer.next->clCreateSubBuffer(parent, flags, type, region, code);
    if (!buffer)
        return NULL;
    if (type == CL_BUFFER_CREATE_TYPE_REGION && region)
        creation.asked_bytes = ((const cl_buffer_region *)region)->size;
    creation.handle = buffer;
    add_object(buffer, &creation);
    return buffer;
}

static cl_mem CL_API_CALL create_image(cl_context context, cl_mem_flags flags,
                                       const cl_image_format *format, const cl_image_desc *shape,
                                       void *host, cl_int *code)
{
    struct made made = {context, flags, shape ? shape->mem_object : NULL,
                        CVL_CALLERS_HERE(&cvl_layer.callers)};
    cl_mem image = cvl_layer.next->clCreateImage(context, flags, format, shape, host, code);
    add_image(image, &made);
    return image;
}

static cl_mem CL_API_CALL create_image_with_properties(
    cl_context context, const cl_mem_properties *properties, cl_mem_flags flags,
    const cl_image_format *format, const cl_image_desc *shape, void *host, cl_int *code)
{
    struct made made = {context, flags, shape ? shape->mem_object : NULL,
                        CVL_CALLERS_HERE(&cvl_layer.callers)};
    cl_mem image = cvl_layer.next->clCreateImageWithProperties(context, properties, flags, format,
                                                               shape, host, code);
    add_image(image, &made);
    return image;
}

static cl_mem CL_API_CALL create_image_2d(cl_context context, cl_mem_flags flags,
                                          const cl_image_format *format, size_t width,
                                          size_t height, size_t row_pitch, void *host, cl_int *code)
{
    struct made made = {context, flags, NULL, CVL_CALLERS_HERE(&cvl_layer.callers)};
    cl_mem image = cvl_layer.next->clCreateImage2D(context, flags, format, width, height, row_pitch,
                                                   host, code);
    add_image(image, &made);
    return image;
}

static cl_mem CL_API_CALL create_image_3d(cl_context context, cl_mem_flags flags,
                                          const cl_image_format *format, size_t width,
                                          size_t height, size_t depth, size_t row_pitch,
                                          size_t slice_pitch, void *host, cl_int *code)
{
    struct made made = {context, flags, NULL, CVL_CALLERS_HERE(&cvl_layer.callers)};
    cl_mem image = cvl_layer.next->clCreateImage3D(context, flags, format, width, height, depth,
                                                   row_pitch, slice_pitch, host, code);
    add_image(image, &made);
    return image;
}

static cl_mem CL_API_CALL create_pipe(cl_context context, cl_mem_flags flags, cl_uint packet_bytes,
                                      cl_uint packet_count, const cl_pipe_properties *properties,
                                      cl_int *code)
{
    size_t size = 0;
    struct cvl_track_creation creation = {
        .asked_bytes = (uint64_t)packet_bytes * packet_count,
        .flags = flags,
        .kind = CVL_LOG_PIPE,
        .stack = CVL_CALLERS_HERE(&cvl_layer.callers),
        .watched = true,
    };
    cl_mem pipe =
        cvl_layer.next->clCreatePipe(context, flags, packet_bytes, packet_count, properties, code);
    if (!pipe)
        return NULL;
    if (cvl_layer.next->clGetMemObjectInfo(pipe, CL_MEM_SIZE, sizeof size, &size, NULL) || !size)
        size = (size_t)creation.asked_bytes;
    creation.handle = pipe;
    creation.bytes = size;
    add_object(pipe, &creation);
    return pipe;
}

static cl_int CL_API_CALL retain_mem_object(cl_mem memory)
{
    cl_int code = cvl_layer.next->clRetainMemObject(memory);
    if (!code)
        cvl_track_retain(&cvl_layer.track, memory);
    return code;
}

/* Recorded before the call: after it, the handle may already be another object's. */
static cl_int CL_API_CALL release_mem_object(cl_mem memory)
{
    struct cvl_track_object *unwatched = cvl_track_release(&cvl_layer.track, memory);
    cl_int code = cvl_layer.next->clReleaseMemObject(memory);
    cvl_track_destroy(&cvl_layer.track, unwatched);
    return code;
}

static void *CL_API_CALL svm_alloc(cl_context context, cl_svm_mem_flags flags, size_t size,
                                   cl_uint alignment)
{
    struct cvl_track_creation creation = {
        .asked_bytes = size,
        .bytes = size,
        .flags = flags,
        .kind = CVL_LOG_SVM,
        .stack = CVL_CALLERS_HERE(&cvl_layer.callers),
    };
    void *memory = cvl_layer.next->clSVMAlloc(context, flags, size, alignment);
    creation.handle = memory;
    if (memory)
        (void)cvl_track_create(&cvl_layer.track, &creation);
    return memory;
}

static void CL_API_CALL svm_free(cl_context context, void *memory)
{
    struct cvl_track_object *object = cvl_track_release(&cvl_layer.track, memory);
    cvl_layer.next->clSVMFree(context, memory);
    cvl_track_destroy(&cvl_layer.track, object);
}

/* Shared virtual memory that a queue will free. */
struct queued_free {
    size_t count;
    struct cvl_track_object *objects[];
};

static struct queued_free *queue_free(cl_uint count, void *const *memory)
{
    struct queued_free *queued = malloc(sizeof *queued + count * sizeof queued->objects[0]);
    if (!queued)
        return NULL;
    queued->count = count;
    for (cl_uint i = 0; i < count; i++)
        queued->objects[i] = cvl_track_release(&cvl_layer.track, memory[i]);
    return queued;
}

static void CL_CALLBACK on_freed(cl_event event, cl_int status, void *user)
{
    struct queued_free *queued = user;
    (void)event;
    (void)status;
    for (size_t i = 0; i < queued->count; i++)
        cvl_track_destroy(&cvl_layer.track, queued->objects[i]);
    free(queued);
}

/* With a free function of its own, the application calls clSVMFree, which is wrapped too. If the
 * host is out of memory, or the driver refuses, the memory stays counted. */
static cl_int CL_API_CALL
enqueue_svm_free(cl_command_queue queue, cl_uint count, void *memory[],
                 void(CL_CALLBACK *free_function)(cl_command_queue, cl_uint, void *[], void *),
                 void *user, cl_uint wait_count, const cl_event *wait, cl_event *event)
{
    cl_event own = NULL;
    struct queued_free *queued = free_function || !memory ? NULL : queue_free(count, memory);
    cl_int code = cvl_layer.next->clEnqueueSVMFree(queue, count, memory, free_function, user,
                                                   wait_count, wait, queued ? &own : event);
    if (!queued)
        return code;
    if (code) {
        free(queued);
        return code;
    }
    if (cvl_layer.next->clSetEventCallback(own, CL_COMPLETE, on_freed, queued))
        on_freed(own, CL_COMPLETE, queued);
    if (event)
        *event = own;
    else
        cvl_layer.next->clReleaseEvent(own);
    return code;
}

const cl_icd_dispatch cvl_layer_dispatch = {
    .clCreateBuffer = create_buffer,
    .clCreateBufferWithProperties = create_buffer_with_properties,
    .clCreateSubBuffer = create_sub_buffer,
    .clCreateImage = create_image,
    .clCreateImageWithProperties = create_image_with_properties,
    .clCreateImage2D = create_image_2d,
    .clCreateImage3D = create_image_3d,
    .clCreatePipe = create_pipe,
    .clRetainMemObject = retain_mem_object,
    .clReleaseMemObject = release_mem_object,
    .clSVMAlloc = svm_alloc,
    .clSVMFree = svm_free,
    .clEnqueueSVMFree = enqueue_svm_free,
};
