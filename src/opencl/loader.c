/* The OpenCL library, opened at the first call instead of linked. Commands that need no device run
 * without OpenCL, and do not open it where it is installed. Each function of entry_points.def is
 * defined here under its own name, so that a statically linked CLBlast calls it too. They are
 * hidden, so that libconvlens.so does not replace the loader of a program that uses it. */
#include "opencl/cl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/layer_file.h"
#include "base/text.h"
#include "opencl/drivers.h"

struct entry_points {
#define CVL_ENTRY_POINT(type, name, parameters, arguments, absent)                                 \
    type(CL_API_CALL *name) parameters;
#include "opencl/entry_points.def"
#undef CVL_ENTRY_POINT
};

static const struct symbol {
    const char *name;
    size_t offset;
} symbols[] = {
#define CVL_ENTRY_POINT(type, name, parameters, arguments, absent)                                 \
    {#name, offsetof(struct entry_points, name)},
#include "opencl/entry_points.def"
#undef CVL_ENTRY_POINT
};

/* One library per process, as with the dynamic linker: OpenCL's functions have no argument for it.
 * Written once, under `once`. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct entry_points library;
static char problem[256];

/* Requires every function: a library that lacks one is older than OpenCL 1.2, or something else. */
static bool resolve(void *handle, const char *file)
{
    struct entry_points found;
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *address = dlsym(handle, symbols[i].name);
        if (!address) {
            char shown[160];
            cvl_copy_safe(shown, sizeof shown, file);
            (void)snprintf(problem, sizeof problem, "%s has no %s: not an OpenCL 1.2 library",
                           shown, symbols[i].name);
            return false;
        }
        memcpy((char *)&found + symbols[i].offset, &address, sizeof address);
    }
    library = found;
    return true;
}

static void load(void)
{
    const char *file = getenv("CONVLENS_OPENCL");
    if (!file || *file == '\0')
        file = "libOpenCL.so.1";
    cvl_layer_file_install(); /* the loader looks for layers at its first call */
    /* Never closed: drivers leave threads and exit handlers in it. */
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        cvl_copy_safe(problem, sizeof problem, dlerror());
    else if (!resolve(handle, file))
        (void)dlclose(handle);
}

static const struct entry_points *loaded(void)
{
    (void)pthread_once(&once, load);
    return &library;
}

enum cvl_status cvl_cl_load(struct cvl_error *err)
{
    if (loaded()->clGetPlatformIDs)
        return CVL_OK;
    struct cvl_text text = {0};
    cvl_drivers_advise_loader(&text);
    const enum cvl_status status =
        cvl_fail(err, CVL_NO_DEVICE, "opencl: cannot load the OpenCL library: %s%s", problem,
                 text.data ? text.data : "");
    cvl_text_clear(&text);
    return status;
}

static void *absent_object(cl_int *code)
{
    if (code)
        *code = CL_PLATFORM_NOT_FOUND_KHR;
    return NULL;
}

#pragma GCC visibility push(hidden)
#define CVL_ENTRY_POINT(type, name, parameters, arguments, absent)                                 \
    type CL_API_CALL name parameters                                                               \
    {                                                                                              \
        return loaded()->name ? library.name arguments : absent;                                   \
    }
#include "opencl/entry_points.def"
#undef CVL_ENTRY_POINT
#pragma GCC visibility pop
