#include <criterion/criterion.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/layer_file.h"
#include "layer/ledger.h"

TestSuite(layer_file, .timeout = 1200);

/* The path that was put into the environment, after what was there. */
static const char *installed_path(const char *former)
{
    const char *layers = getenv("OPENCL_LAYERS");
    cr_assert_not_null(layers);
    cr_assert_eq(strncmp(layers, former, strlen(former)), 0, "%s", layers);
    cr_assert_eq(strncmp(layers + strlen(former), "/proc/self/fd/", 14), 0, "%s", layers);
    cr_assert_null(strchr(layers + strlen(former), ':'), "%s", layers);
    return layers + strlen(former);
}

static void expect_refused(const char *part)
{
    struct cvl_ledger *ledger;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_ledger_create(&ledger, &err), CVL_UNSUPPORTED);
    cr_assert_null(ledger);
    cr_assert_not_null(strstr(err.text, part), "%s", err.text);
    cvl_ledger_destroy(&ledger);
}

Test(layer_file, not_installed)
{
    expect_refused("the layer is not installed");
}

Test(layer_file, file_is_the_embedded_layer)
{
    cr_assert_eq(unsetenv("OPENCL_LAYERS"), 0);
    cvl_layer_file_install();
    int file = open(installed_path(""), O_RDONLY);
    cr_assert_geq(file, 0);
    size_t size = cvl_embedded_layer[0].size;
    unsigned char *bytes = malloc(size + 1);
    cr_assert_eq(read(file, bytes, size + 1), (ssize_t)size);
    cr_assert_eq(memcmp(bytes, cvl_embedded_layer[0].bytes, size), 0);
    free(bytes);
    close(file);
}

Test(layer_file, keeps_the_layers_of_the_user)
{
    cr_assert_eq(setenv("OPENCL_LAYERS", "/a/layer.so:/another.so", 1), 0);
    cvl_layer_file_install();
    (void)installed_path("/a/layer.so:/another.so:");
    cvl_layer_file_install(); /* once is enough */
    (void)installed_path("/a/layer.so:/another.so:");
}

Test(layer_file, empty_variable_is_none)
{
    cr_assert_eq(setenv("OPENCL_LAYERS", "", 1), 0);
    cvl_layer_file_install();
    (void)installed_path("");
}

Test(layer_file, loader_without_layers)
{
    cr_assert_eq(unsetenv("OPENCL_LAYERS"), 0);
    cvl_layer_file_install();
    expect_refused("has not loaded the layer");
}

Test(layer_file, loaded_but_not_initialised)
{
    cr_assert_eq(unsetenv("OPENCL_LAYERS"), 0);
    cvl_layer_file_install();
    cr_assert_not_null(dlopen(installed_path(""), RTLD_NOW | RTLD_LOCAL), "%s", dlerror());
    expect_refused("has rejected the layer");
}

/* Other programs inherit the variable, but not the descriptor. */
Test(layer_file, descriptor_is_closed_on_exec)
{
    cr_assert_eq(unsetenv("OPENCL_LAYERS"), 0);
    cvl_layer_file_install();
    int descriptor = atoi(installed_path("") + strlen("/proc/self/fd/"));
    cr_assert_geq(descriptor, 3);
    cr_assert(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
}
