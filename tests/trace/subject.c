/* A program to be traced: each word of its command line is one thing that it does. */
#define CL_TARGET_OPENCL_VERSION 200
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* OpenCL is opened by hand, so that this program can do without. */
static struct {
    cl_int(CL_API_CALL *get_platforms)(cl_uint, cl_platform_id *, cl_uint *);
    cl_int(CL_API_CALL *get_devices)(cl_platform_id, cl_device_type, cl_uint, cl_device_id *,
                                     cl_uint *);
    cl_context(CL_API_CALL *create_context)(
        const cl_context_properties *, cl_uint, const cl_device_id *,
        void(CL_CALLBACK *)(const char *, const void *, size_t, void *), void *, cl_int *);
    cl_command_queue(CL_API_CALL *create_queue)(cl_context, cl_device_id,
                                                cl_command_queue_properties, cl_int *);
    cl_mem(CL_API_CALL *create_buffer)(cl_context, cl_mem_flags, size_t, void *, cl_int *);
    cl_mem(CL_API_CALL *create_part)(cl_mem, cl_mem_flags, cl_buffer_create_type, const void *,
                                     cl_int *);
    cl_mem(CL_API_CALL *create_image)(cl_context, cl_mem_flags, const cl_image_format *,
                                      const cl_image_desc *, void *, cl_int *);
    void *(CL_API_CALL *svm_alloc)(cl_context, cl_svm_mem_flags, size_t, cl_uint);
    void(CL_API_CALL *svm_free)(cl_context, void *);
    void *(CL_API_CALL *find)(cl_platform_id, const char *);
    cl_int(CL_API_CALL *release)(cl_mem);
    cl_program(CL_API_CALL *create_program)(cl_context, cl_uint, const char **, const size_t *,
                                            cl_int *);
    cl_int(CL_API_CALL *build)(cl_program, cl_uint, const cl_device_id *, const char *,
                               void(CL_CALLBACK *)(cl_program, void *), void *);
    cl_kernel(CL_API_CALL *create_kernel)(cl_program, const char *, cl_int *);
    cl_int(CL_API_CALL *set_argument)(cl_kernel, cl_uint, size_t, const void *);
    cl_int(CL_API_CALL *enqueue)(cl_command_queue, cl_kernel, cl_uint, const size_t *,
                                 const size_t *, const size_t *, cl_uint, const cl_event *,
                                 cl_event *);
    cl_int(CL_API_CALL *finish)(cl_command_queue);
} cl;

static const struct {
    const char *name;
    void *field;
} functions[] = {
    {"clGetPlatformIDs", &cl.get_platforms},
    {"clGetDeviceIDs", &cl.get_devices},
    {"clCreateContext", &cl.create_context},
    {"clCreateCommandQueue", &cl.create_queue},
    {"clCreateBuffer", &cl.create_buffer},
    {"clCreateSubBuffer", &cl.create_part},
    {"clCreateImage", &cl.create_image},
    {"clSVMAlloc", &cl.svm_alloc},
    {"clSVMFree", &cl.svm_free},
    {"clGetExtensionFunctionAddressForPlatform", &cl.find},
    {"clReleaseMemObject", &cl.release},
    {"clCreateProgramWithSource", &cl.create_program},
    {"clBuildProgram", &cl.build},
    {"clCreateKernel", &cl.create_kernel},
    {"clSetKernelArg", &cl.set_argument},
    {"clEnqueueNDRangeKernel", &cl.enqueue},
    {"clFinish", &cl.finish},
};

static cl_platform_id platform;
static cl_device_id device;
static cl_context context;
static cl_command_queue queue;
static const char *self;

static void check(int code, const char *what)
{
    if (code == 0)
        return;
    (void)fprintf(stderr, "%s: %d\n", what, code);
    exit(1);
}

static void open_opencl(void)
{
    cl_int code;
    void *library = context ? NULL : dlopen("libOpenCL.so.1", RTLD_NOW);
    if (context)
        return;
    check(!library, "dlopen of libOpenCL.so.1");
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *address = dlsym(library, functions[i].name);
        memcpy(functions[i].field, &address, sizeof address);
    }
    check(cl.get_platforms(1, &platform, NULL), "clGetPlatformIDs");
    check(cl.get_devices(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "clGetDeviceIDs");
    context = cl.create_context(NULL, 1, &device, NULL, NULL, &code);
    check(code, "clCreateContext");
    queue = cl.create_queue(context, device, CL_QUEUE_PROFILING_ENABLE, &code);
    check(code, "clCreateCommandQueue");
}

/* Not inlined: the trace is to name it. */
__attribute__((noinline)) static cl_mem make_buffer(size_t bytes, cl_mem_flags flags)
{
    cl_int code;
    open_opencl();
    cl_mem buffer = cl.create_buffer(context, flags, bytes, NULL, &code);
    check(code, "clCreateBuffer");
    return buffer;
}

/* Lives on for SUBJECT_SECONDS, so that it can be looked at. */
static void linger(void)
{
    const char *text = getenv("SUBJECT_SECONDS");
    const double seconds = text ? strtod(text, NULL) : 0.0;
    struct timespec time = {.tv_sec = (time_t)seconds};
    time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
    (void)nanosleep(&time, NULL);
}

static void do_leak(void)
{
    (void)make_buffer(12345, CL_MEM_READ_ONLY);
}

static void make_and_release(size_t bytes)
{
    cl_mem buffer = make_buffer(bytes, CL_MEM_READ_WRITE);
    check(cl.release(buffer), "clReleaseMemObject");
}

static void do_release(void)
{
    make_and_release(1000);
}

static void do_use(void)
{
    static const char *source = "kernel void twice(global float *x) { x[get_global_id(0)] *= 2; }\n"
                                "kernel void never(global float *x) { x[0] = 0; }\n";
    static const size_t size = 1024;
    cl_int code;
    cl_buffer_region region = {.origin = 0, .size = 4096};
    cl_mem whole = make_buffer(8192, CL_MEM_READ_WRITE);
    cl_mem half =
        cl.create_part(whole, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    check(code, "clCreateSubBuffer");
    cl_program program = cl.create_program(context, 1, &source, NULL, &code);
    check(cl.build(program, 1, &device, "", NULL, NULL), "clBuildProgram");
    cl_kernel kernel = cl.create_kernel(program, "twice", &code);
    check(code, "clCreateKernel");
    (void)cl.create_kernel(program, "never", &code);
    check(cl.set_argument(kernel, 0, sizeof(cl_mem), &half), "clSetKernelArg");
    for (int i = 0; i < 3; i++)
        check(cl.enqueue(queue, kernel, 1, NULL, &size, NULL, 0, NULL, NULL), "clEnqueue");
    check(cl.finish(queue), "clFinish");
    check(cl.release(half), "clReleaseMemObject");
    check(cl.release(whole), "clReleaseMemObject");
}

static void do_image(void)
{
    static const cl_image_format format = {CL_RGBA, CL_FLOAT};
    static const cl_image_desc shape = {
        .image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 33, .image_height = 5};
    cl_int code;
    open_opencl();
    cl_mem image = cl.create_image(context, CL_MEM_READ_WRITE, &format, &shape, NULL, &code);
    check(code, "clCreateImage");
    check(cl.release(image), "clReleaseMemObject");
}

static void do_svm(void)
{
    open_opencl();
    void *memory = cl.svm_alloc(context, CL_MEM_READ_WRITE, 3000, 0);
    check(!memory, "clSVMAlloc");
    cl.svm_free(context, memory);
}

static void find_extension(const char *name, void *function)
{
    void *address = cl.find(platform, name);
    check(!address, name);
    memcpy(function, &address, sizeof address);
}

/* Unified shared memory of Intel's extension: one of each kind. The last is a leak. */
static void do_usm(void)
{
    clHostMemAllocINTEL_fn host;
    clDeviceMemAllocINTEL_fn dedicated;
    clSharedMemAllocINTEL_fn shared;
    clMemBlockingFreeINTEL_fn release;
    cl_int code;
    open_opencl();
    find_extension("clHostMemAllocINTEL", &host);
    find_extension("clDeviceMemAllocINTEL", &dedicated);
    find_extension("clSharedMemAllocINTEL", &shared);
    find_extension("clMemBlockingFreeINTEL", &release);
    void *first = host(context, NULL, 1000, 0, &code);
    check(code, "clHostMemAllocINTEL");
    void *second = dedicated(context, device, NULL, 2000, 0, &code);
    check(code, "clDeviceMemAllocINTEL");
    (void)shared(context, device, NULL, 3000, 0, &code);
    check(code, "clSharedMemAllocINTEL");
    check(release(context, first), "clMemBlockingFreeINTEL");
    check(release(context, second), "clMemBlockingFreeINTEL");
}

static void *make_many(void *unused)
{
    for (int i = 0; i < 500; i++)
        make_and_release(64);
    return unused;
}

static void do_threads(void)
{
    pthread_t threads[4];
    open_opencl();
    for (int i = 0; i < 4; i++)
        check(pthread_create(&threads[i], NULL, make_many, NULL), "pthread_create");
    for (int i = 0; i < 4; i++)
        check(pthread_join(threads[i], NULL), "pthread_join");
}

static void run_child(const char *word)
{
    pid_t child = fork();
    if (child == 0) {
        execl(self, self, word, (char *)NULL);
        _exit(127);
    }
    int status;
    check(child < 0 || waitpid(child, &status, 0) != child, "child");
}

static void do_children(void)
{
    run_child("leak");
    run_child("release");
}

/* A child that goes on as it is, and ends through the exit handlers that it shares. */
static void do_fork(void)
{
    open_opencl();
    pid_t child = fork();
    if (child == 0)
        exit(0);
    int status;
    check(child < 0 || waitpid(child, &status, 0) != child || status != 0, "child");
}

static void do_abort(void)
{
    abort();
}

static void do_fail(void)
{
    exit(7);
}

static void do_pause(void)
{
    for (;;)
        (void)pause();
}

static void do_loader(void)
{
    check(!dlopen("libOpenCL.so.1", RTLD_NOW), "dlopen of libOpenCL.so.1");
    linger();
}

/* The vendor's library past the loader. */
static void do_driver(void)
{
    const char *library = getenv("SUBJECT_DRIVER");
    check(!library || !dlopen(library, RTLD_NOW), "dlopen of SUBJECT_DRIVER");
    linger();
}

static void do_hello(void)
{
    (void)printf("hello\n");
    (void)fflush(stdout);
}

static const struct {
    const char *word;
    void (*action)(void);
} actions[] = {
    {"leak", do_leak},     {"release", do_release}, {"use", do_use},     {"image", do_image},
    {"svm", do_svm},       {"threads", do_threads}, {"fork", do_fork},   {"children", do_children},
    {"abort", do_abort},   {"fail", do_fail},       {"pause", do_pause}, {"loader", do_loader},
    {"driver", do_driver}, {"hello", do_hello},     {"usm", do_usm},
};

int main(int argc, char **argv)
{
    self = argv[0];
    for (int i = 1; i < argc; i++)
        for (size_t k = 0; k < sizeof actions / sizeof actions[0]; k++)
            if (strcmp(argv[i], actions[k].word) == 0)
                actions[k].action();
    return 0;
}
