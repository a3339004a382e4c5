/* Kernels as files: what is written where, and what is left alone. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <convlens/variant.h>

#include "opencl/capabilities.h"
#include "opencl/sources.h"
#include "report/kernel_files.h"
#include "scratch.h"

TestSuite(kernel_files, .init = scratch_make, .fini = scratch_remove);

static struct cvl_error error;
static struct cvl_device_facts device;

static enum cvl_status write_plan(const char *folder, const char *problem, const char *variant)
{
    struct cvl_kernel_files *files = NULL;
    struct cvl_request request = {0};
    struct cvl_plan plan;
    device = cvl_device_facts_default();
    cr_assert_eq(cvl_problem_parse(problem, &request.problem, &error), CVL_OK, "%s", error.text);
    cr_assert_eq(cvl_variant_plan(cvl_variant_find(variant), &request, &device, &plan, &error),
                 CVL_OK);
    enum cvl_status status = cvl_kernel_files_create(folder, &device, &files, &error);
    if (status == CVL_OK)
        status = cvl_kernel_files_add(files, &plan, &error);
    if (status == CVL_OK)
        status = cvl_kernel_files_finish(files, &error);
    cvl_kernel_files_destroy(&files);
    cvl_plan_clear(&plan);
    return status;
}

static char *read_file(const char *path)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

Test(kernel_files, launches_are_listed_with_sources_and_options_as_they_are_built)
{
    char *source = NULL;
    cr_assert_eq(write_plan(scratch_path("k"), "ic64ih9oc64kh3ph1", "direct"), CVL_OK, "%s",
                 error.text);
    json_t *document = json_loads(read_file(scratch_path("k/kernels.json")), 0, NULL);
    cr_assert_str_eq(json_string_value(json_object_get(document, "schema")), "kernels:1");
    json_t *kernels = json_object_get(document, "kernels");
    cr_assert_eq(json_array_size(kernels), 2, "packing, and the convolution");
    json_t *kernel = json_array_get(kernels, 1);
    const char *options = json_string_value(json_object_get(kernel, "options"));
    char *begin = cvl_compiler_options(&device, "-DHALF=0 -DVEC=");
    cr_expect_eq(strncmp(options, begin, strlen(begin)), 0, "%s", options);
    free(begin);
    cr_expect_str_eq(json_string_value(json_object_get(kernel, "kernel")), "direct_nhwc");
    cr_expect_str_eq(json_string_value(json_object_get(kernel, "source")), "direct.cl");
    cr_expect_eq(json_array_size(json_object_get(kernel, "global")), 3);
    cr_assert_eq(cvl_source_join("direct.cl", &source, &error), CVL_OK);
    cr_expect_str_eq(read_file(scratch_path("k/direct.cl")), source);
    free(source);
    json_decref(document);
}

Test(kernel_files, a_folder_of_ours_is_written_again)
{
    cr_expect_eq(write_plan(scratch_path("k"), "ic8ih9oc8kh3ph1", "direct"), CVL_OK);
    cr_expect_eq(write_plan(scratch_path("k"), "ic8ih9oc8kh3ph1", "winograd_f2"), CVL_OK, "%s",
                 error.text);
    cr_expect_not_null(strstr(read_file(scratch_path("k/kernels.json")), "winograd_f2"));
    cr_expect_eq(access(scratch_path("k/kernels.json.part"), F_OK), -1);
}

Test(kernel_files, a_folder_of_others_is_left_alone)
{
    scratch_write("theirs/direct.cl", "mine");
    cr_expect_eq(write_plan(scratch_path("theirs"), "ic8ih9oc8kh3ph1", "direct"), CVL_BAD_INPUT);
    cr_expect_not_null(
        strstr(error.text, "theirs: has 'direct.cl', expected a new or empty folder"), "%s",
        error.text);
    cr_expect_str_eq(read_file(scratch_path("theirs/direct.cl")), "mine");
    scratch_write("more/kernels.json", "{}");
    scratch_write("more/notes.txt", "mine");
    cr_expect_eq(write_plan(scratch_path("more"), "ic8ih9oc8kh3ph1", "direct"), CVL_BAD_INPUT);
    cr_expect_not_null(strstr(error.text, "has 'notes.txt'"), "%s", error.text);
    scratch_write("file", "mine");
    cr_expect_eq(write_plan(scratch_path("file"), "ic8ih9oc8kh3ph1", "direct"), CVL_IO);
    cr_expect_eq(write_plan(scratch_path("absent/k"), "ic8ih9oc8kh3ph1", "direct"), CVL_IO);
}

/* A link in the folder is replaced; what it points at stays. */
Test(kernel_files, nothing_outside_the_folder_is_written)
{
    scratch_write("victim", "mine");
    scratch_write("k/kernels.json", "{}");
    cr_assert_eq(symlink("../victim", scratch_path("k/direct.cl")), 0);
    cr_assert_eq(unlink(scratch_path("k/kernels.json")), 0);
    cr_assert_eq(symlink("../victim", scratch_path("k/kernels.json")), 0);
    cr_expect_eq(write_plan(scratch_path("k"), "ic8ih9oc8kh3ph1", "direct"), CVL_OK, "%s",
                 error.text);
    cr_expect_str_eq(read_file(scratch_path("victim")), "mine");
    cr_expect_not_null(strstr(read_file(scratch_path("k/direct.cl")), "direct_nhwc"));
}
