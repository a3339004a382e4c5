/* Kernel sources, embedded or from a folder, and the options that they are built with. */
#include <criterion/criterion.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <convlens/device.h>

#include "base/embedded.h"
#include "opencl/capabilities.h"
#include "opencl/sources.h"
#include "scratch.h"

TestSuite(kernel_sources, .init = scratch_make, .fini = scratch_remove);

Test(kernel_sources, files_of_a_folder_are_joined_behind_their_names)
{
    scratch_write("common.clh", "#define ONE 1");
    scratch_write("product.clh", "#define TWO 2");
    scratch_write("depthwise.clh", "#define THREE 3");
    scratch_write("blocks.clh", "#define FOUR 4");
    scratch_write("winograd.clh", "#define FIVE 5");
    scratch_write("phases.clh", "#define SIX 6");
    scratch_write("mine.cl", "__kernel void k(void) {}\n");
    (void)setenv("CONVLENS_CL_DIR", scratch_folder, 1);
    char *text = NULL;
    cr_assert_eq(cvl_source_join("mine.cl", &text, NULL), CVL_OK);
    cr_assert_str_eq(text, "#line 1 \"common.clh\"\n#define ONE 1\n"
                           "#line 1 \"product.clh\"\n#define TWO 2\n"
                           "#line 1 \"depthwise.clh\"\n#define THREE 3\n"
                           "#line 1 \"blocks.clh\"\n#define FOUR 4\n"
                           "#line 1 \"winograd.clh\"\n#define FIVE 5\n"
                           "#line 1 \"phases.clh\"\n#define SIX 6\n"
                           "#line 1 \"mine.cl\"\n__kernel void k(void) {}\n\n");
    free(text);
    cr_assert_eq(unlink(scratch_path("mine.cl")), 0);
    struct cvl_error err = {0};
    cr_assert_eq(cvl_source_join("mine.cl", &text, &err), CVL_BAD_INPUT);
    cr_assert(strstr(err.text, "/mine.cl: No such file or directory"), "%s", err.text);
}

Test(kernel_sources, the_build_holds_the_kernels)
{
    (void)unsetenv("CONVLENS_CL_DIR");
    char *text = NULL;
    cr_assert_gt(cvl_embedded_cl_count, 0);
    for (size_t i = 0; i < cvl_embedded_cl_count; i++) {
        const struct cvl_embedded *file = &cvl_embedded_cl[i];
        cr_assert_eq(strlen((const char *)file->bytes), file->size, "%s", file->name);
        cr_assert_eq(cvl_source_read(file->name, &text, NULL), CVL_OK, "%s", file->name);
        cr_assert_eq(memcmp(text, file->bytes, file->size), 0, "%s", file->name);
        free(text);
    }
}

Test(kernel_sources, what_is_no_file_of_ours_is_refused)
{
    struct cvl_error err = {0};
    char *text = NULL;
    (void)unsetenv("CONVLENS_CL_DIR");
    cr_assert_eq(cvl_source_read("absent.cl", &text, &err), CVL_BAD_INPUT);
    cr_assert_str_eq(err.text, "opencl: no kernel file absent.cl in this build");
    scratch_write("secret", "there, but none of ours");
    scratch_write("cl/a\"b.cl", "the same");
    (void)setenv("CONVLENS_CL_DIR", scratch_path("cl"), 1);
    cr_assert_eq(cvl_source_read("../secret", &text, &err), CVL_BAD_INPUT);
    cr_assert_eq(cvl_source_read(scratch_path("secret"), &text, &err), CVL_BAD_INPUT);
    cr_assert_eq(cvl_source_read("a\"b.cl", &text, &err), CVL_BAD_INPUT);
    cr_assert_null(text);
}

Test(kernel_sources, capabilities_of_a_device)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    device.has_double = true;
    struct cvl_text options = {0};
    cvl_capabilities_append(&options, &device);
    cr_assert_str_eq(options.data,
                     " -D CVL_CPU=1 -D CVL_HAS_FMA=1 -D CVL_HAS_HALF=0 -D CVL_HAS_DOUBLE=1"
                     " -D CVL_HAS_SUBGROUPS=0 -D CVL_HAS_BLOCK_READS=0"
                     " -D CVL_HAS_SHORT_BLOCK_READS=0 -D CVL_LOCAL_DEDICATED=0"
                     " -D CVL_FLOAT_WIDTH=16");
    cvl_text_clear(&options);
    device.type = CVL_DEVICE_GPU;
    device.has_fma = false;
    device.has_half = device.has_subgroups = device.local_is_dedicated = true;
    device.has_block_reads = true;
    device.has_double = false;
    device.float_vector_width = 6;
    cvl_capabilities_append(&options, &device);
    cr_assert_str_eq(options.data,
                     " -D CVL_CPU=0 -D CVL_HAS_FMA=0 -D CVL_HAS_HALF=1 -D CVL_HAS_DOUBLE=0"
                     " -D CVL_HAS_SUBGROUPS=1 -D CVL_HAS_BLOCK_READS=1"
                     " -D CVL_HAS_SHORT_BLOCK_READS=0 -D CVL_LOCAL_DEDICATED=1"
                     " -D CVL_FLOAT_WIDTH=4");
    cvl_text_clear(&options);
}

Test(kernel_sources, a_vector_is_one_that_opencl_c_has)
{
    static const struct {
        uint32_t native;
        const char *option;
    } widths[] = {{0, "=1"}, {1, "=1"}, {3, "=2"}, {8, "=8"}, {16, "=16"}, {64, "=16"}};
    struct cvl_device_facts device = cvl_device_facts_default();
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        struct cvl_text options = {0};
        device.float_vector_width = widths[i].native;
        cvl_capabilities_append(&options, &device);
        cr_assert_str_eq(strrchr(options.data, '='), widths[i].option, "native %u",
                         widths[i].native);
        cvl_text_clear(&options);
    }
}

/* Kernels that compute with single elements, of which a driver may put several side by side, or
 * that no CPU runs. */
static const char *const of_elements[] = {
    "pack_blocks",      "pack_taps",       "op_",          "transposed_nchw",  "col2im_",
    "winograd_weights", "normalise_means", "turn_weights", "gradients_finish", "group_product_sum",
};

static bool is_of_elements(const char *name)
{
    bool found = false;
    for (size_t i = 0; i < sizeof of_elements / sizeof of_elements[0]; i++)
        found |= strncmp(name, of_elements[i], strlen(of_elements[i])) == 0;
    return found;
}

/* Else Intel's runtime for CPUs takes five times as long to build it. A kernel with a group of its
 * own is one of GPUs: its attribute comes before `void`. */
Test(kernel_sources, kernels_of_vectors_say_so)
{
    static const char mark[] = "USES_VECTORS\n", kernel[] = "\n__kernel void ";
    size_t marked = 0;
    for (size_t i = 0; i < cvl_embedded_cl_count; i++) {
        const char *text = (const char *)cvl_embedded_cl[i].bytes;
        for (const char *at = text; (at = strstr(at, kernel)); at++) {
            const char *name = at + strlen(kernel);
            const bool is_marked = at - text >= (ptrdiff_t)strlen(mark) &&
                                   strncmp(at + 1 - strlen(mark), mark, strlen(mark)) == 0;
            cr_expect_neq(is_marked, is_of_elements(name), "%s: %.24s", cvl_embedded_cl[i].name,
                          name);
            marked += is_marked;
        }
    }
    cr_expect_gt(marked, 20);
}
