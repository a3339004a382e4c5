/* Puts the embedded layer where the OpenCL loader finds it. */
#include "base/layer_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/text.h"

/* The installed file. Global, as the environment is, and the environment is the only way to reach
 * the loader. OPENCL_LAYERS cannot be read back, since ocl-icd cuts it at its first colon. */
static struct {
    char path[32];    /* empty: not installed */
    char reason[128]; /* why not */
} installed = {.reason = "the layer is not installed"};

/* Uses high descriptors: a program executed later inherits the variable but not the descriptor, and
 * should find nothing at that number, instead of a pipe of its own. */
enum { FIRST_DESCRIPTOR = 500 };

static bool write_all(int file, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* Opens the layer as a file in memory, which stays open as long as the process. -1: errno says
 * why. */
static int open_layer(void)
{
    const struct cvl_embedded *file = &cvl_embedded_layer[0];
    int low = memfd_create(file->name, MFD_CLOEXEC);
    if (low < 0)
        return -1;
    if (!write_all(low, file->bytes, file->size)) {
        int code = errno;
        close(low);
        errno = code;
        return -1;
    }
    int high = fcntl(low, F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR);
    if (high < 0)
        return low; /* the limit on descriptors is low */
    close(low);
    return high;
}

/* ocl-icd and the Khronos loader both separate layers by colons and put the last one nearest to the
 * application, where it sees what the application requested. */
static bool append_to_environment(const char *path)
{
    struct cvl_text value = {0};
    const char *former = getenv("OPENCL_LAYERS");
    if (former && *former)
        cvl_text_append(&value, "%s:", former);
    cvl_text_append(&value, "%s", path);
    bool done = !value.failed && setenv("OPENCL_LAYERS", value.data, 1) == 0;
    cvl_text_clear(&value);
    return done;
}

void cvl_layer_file_install(void)
{
    char path[sizeof installed.path];
    if (installed.path[0])
        return;
    int file = open_layer();
    if (file < 0) {
        (void)snprintf(installed.reason, sizeof installed.reason,
                       "cannot create a file in memory: %s", strerror(errno));
        return;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (append_to_environment(path)) {
        cvl_copy(installed.path, sizeof installed.path, path);
        return;
    }
    close(file);
    cvl_copy(installed.reason, sizeof installed.reason, "cannot set OPENCL_LAYERS");
}

const char *cvl_layer_file_path(const char **reason)
{
    *reason = installed.reason;
    return installed.path[0] ? installed.path : NULL;
}
