/* Facts, kernel programs and their errors on a real device. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "chosen_device.h"
#include "opencl/handle.h"
#include "opencl/program.h"
#include "scratch.h"

/* Opened for each test, which is a process of its own. */
static struct cvl_device_facts facts;
static cl_device_id device;
static cl_context context;
static cl_command_queue queue;
static struct cvl_program_cache *programs;
static struct cvl_error err;

static void use_own_files(void)
{
    cr_assert_eq(setenv("CONVLENS_CL_DIR", scratch_folder, 1), 0);
    scratch_write("common.clh", "#define COMMON 1000\n");
    scratch_write("product.clh", "\n");
    scratch_write("depthwise.clh", "\n");
    scratch_write("blocks.clh", "\n");
    scratch_write("winograd.clh", "\n");
    scratch_write("good.cl", "#ifndef ADD\n"
                             "#define ADD 0\n"
                             "#endif\n"
                             "__kernel void answer(__global int *out)\n"
                             "{\n"
                             "    out[get_global_id(0)] = COMMON + ADD + CVL_FLOAT_WIDTH;\n"
                             "}\n");
    scratch_write("bad.cl", "__kernel void broken(__global int *out)\n"
                            "{\n"
                            "    out[0] = this_is_nowhere;\n"
                            "}\n");
}

static void open_device(void)
{
    cl_platform_id platform;
    cl_int code;
    facts = chosen_device();
    scratch_make();
    cr_assert_eq(cvl_device_handle(facts.id, &platform, &device, &err), CVL_OK, "%s", err.text);
    context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    cr_assert_not_null(context, "clCreateContext: %s", cvl_cl_error_name(code));
    queue = clCreateCommandQueue(context, device, 0, &code);
    cr_assert_not_null(queue, "clCreateCommandQueue: %s", cvl_cl_error_name(code));
    cr_assert_eq(cvl_program_cache_create(context, device, &facts, &programs, &err), CVL_OK);
}

static void close_device(void)
{
    cvl_program_cache_destroy(&programs);
    if (queue)
        (void)clReleaseCommandQueue(queue);
    if (context)
        (void)clReleaseContext(context);
    scratch_remove();
}

TestSuite(opencl, .init = open_device, .fini = close_device, .timeout = 1200);

Test(opencl, facts_of_a_real_device)
{
    cr_assert_neq(facts.name[0], '\0');
    cr_assert_neq(facts.platform[0], '\0');
    cr_assert_eq(strncmp(facts.version, "OpenCL ", 7), 0, "%s", facts.version);
    cr_assert_gt(facts.memory_bytes, 0);
    cr_assert_leq(facts.max_allocation_bytes, facts.memory_bytes);
    cr_assert_geq(facts.max_allocation_bytes, facts.memory_bytes / 4); /* by the standard */
    cr_assert_geq(facts.local_bytes, 32768);                           /* by the standard */
    cr_assert_geq(facts.max_work_item[0], 1);
    cr_assert_eq(facts.base_align_bytes & (facts.base_align_bytes - 1), 0);
}

Test(opencl, enumeration_twice_gives_the_same_devices)
{
    struct cvl_device_facts again = chosen_device();
    cr_assert_str_eq(again.id, facts.id);
    cr_assert_str_eq(again.name, facts.name);
}

static int run_answer(cl_program program)
{
    cl_int code;
    cl_kernel kernel = clCreateKernel(program, "answer", &code);
    cr_assert_not_null(kernel, "%s", cvl_cl_error_name(code));
    cl_mem out = clCreateBuffer(context, CL_MEM_READ_WRITE, sizeof(cl_int), NULL, &code);
    cr_assert_not_null(out, "%s", cvl_cl_error_name(code));
    cl_int value = 0;
    cr_assert_eq(clSetKernelArg(kernel, 0, sizeof out, &out), CL_SUCCESS);
    cr_assert_eq(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &(size_t){1}, NULL, 0, NULL, NULL),
                 CL_SUCCESS);
    cr_assert_eq(clEnqueueReadBuffer(queue, out, CL_TRUE, 0, sizeof value, &value, 0, NULL, NULL),
                 CL_SUCCESS);
    (void)clReleaseKernel(kernel);
    (void)clReleaseMemObject(out);
    return value;
}

Test(opencl, a_program_sees_common_options_and_capabilities)
{
    cl_program program = NULL;
    use_own_files();
    cr_assert_eq(cvl_program_get(programs, "good.cl", "-D ADD=70000", &program, &err), CVL_OK, "%s",
                 err.text);
    int width = (int)facts.float_vector_width;
    cr_assert_eq(run_answer(program), 71000 + (width > 16 ? 16 : width));
}

Test(opencl, a_program_is_built_once)
{
    cl_program first = NULL, again = NULL, other = NULL;
    use_own_files();
    cr_assert_eq(cvl_program_get(programs, "good.cl", "", &first, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(cvl_program_get(programs, "good.cl", "-D ADD=1", &other, &err), CVL_OK);
    scratch_write("good.cl", "not OpenCL C");
    cr_assert_eq(cvl_program_get(programs, "good.cl", "", &again, &err), CVL_OK);
    cr_assert_eq(first, again);
    cr_assert_neq(first, other);
    cr_assert_eq(run_answer(other) - run_answer(again), 1);
}

Test(opencl, a_bad_program_fails_with_file_and_line)
{
    cl_program program = NULL;
    use_own_files();
    cr_assert_eq(cvl_program_get(programs, "bad.cl", "", &program, &err), CVL_BUILD_FAILED);
    cr_assert_null(program);
    cr_assert_eq(strncmp(err.text, "bad.cl does not build: ", 23), 0, "%s", err.text);
    cr_assert_not_null(strstr(err.text, "bad.cl:3"), "%s", err.text);
    cr_assert_not_null(strstr(err.text, "this_is_nowhere"), "%s", err.text);
    cr_assert_null(strchr(err.text, '\n'));
}

Test(opencl, a_missing_file_is_bad_input)
{
    cl_program program = NULL;
    cr_assert_eq(cvl_program_get(programs, "absent.cl", "", &program, &err), CVL_BAD_INPUT);
    cr_assert_null(program);
}

/* With no options at all: every macro has its default. */
Test(opencl, every_kernel_file_builds)
{
    cr_assert_gt(cvl_embedded_cl_count, 0);
    for (size_t i = 0; i < cvl_embedded_cl_count; i++) {
        const char *name = cvl_embedded_cl[i].name;
        cl_program program = NULL;
        if (strstr(name, ".clh"))
            continue;
        cr_assert_eq(cvl_program_get(programs, name, "", &program, &err), CVL_OK, "%s: %s", name,
                     err.text);
    }
}
