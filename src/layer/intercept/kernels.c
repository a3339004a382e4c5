/* The layer's table of kernels. */
#include "layer/intercept/kernels.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ARGUMENTS = 4096, MAX_NAME = 1024 };

struct cvl_kernel_name {
    struct cvl_kernel_name *next;
    struct cvl_log_kernel *figures; /* in the trace; NULL: there was no space for it */
    uint32_t number;
    char text[];
};

/* A kernel stays here after the application has released it; its handle may return as another
 * kernel. */
struct kernel {
    struct cvl_handle_entry entry;
    struct cvl_kernel_name *name;
    const void **arguments; /* NULL: no object */
    uint32_t count;
};

static struct kernel *find(const struct cvl_kernels *kernels, const void *handle)
{
    struct cvl_handle_entry **link = cvl_handles_find(&kernels->handles, handle);
    return link ? (struct kernel *)(void *)*link : NULL;
}

static struct cvl_kernel_name *add_name(struct cvl_kernels *kernels, const char *text)
{
    size_t size = strnlen(text, MAX_NAME) + 1;
    struct cvl_kernel_name *name = calloc(1, sizeof *name + size);
    if (!name)
        return NULL;
    memcpy(name->text, text, size - 1);
    name->number = ++kernels->name_count;
    name->next = kernels->names;
    kernels->names = name;
    struct cvl_log_kernel record = {.number = name->number, .text_bytes = (uint32_t)size};
    name->figures =
        cvl_log_append(kernels->log, CVL_LOG_KERNEL, &record, sizeof record, name->text, size);
    return name;
}

static struct cvl_kernel_name *name_of(struct cvl_kernels *kernels, const char *text)
{
    for (struct cvl_kernel_name *name = kernels->names; name; name = name->next)
        if (strncmp(name->text, text, MAX_NAME) == 0)
            return name;
    return add_name(kernels, text);
}

static bool set_argument(struct kernel *kernel, uint32_t index, const void *object)
{
    if (index >= kernel->count) {
        if (!object || index >= MAX_ARGUMENTS)
            return !object;
        const void **longer = realloc(kernel->arguments, (index + 1) * sizeof *longer);
        if (!longer)
            return false;
        memset(longer + kernel->count, 0, (index + 1 - kernel->count) * sizeof *longer);
        kernel->arguments = longer;
        kernel->count = index + 1;
    }
    kernel->arguments[index] = object;
    return true;
}

static struct kernel *add_kernel(struct cvl_kernels *kernels, const void *handle)
{
    struct kernel *kernel = calloc(1, sizeof *kernel);
    if (!kernel || !cvl_handles_reserve(&kernels->handles)) {
        free(kernel);
        return NULL;
    }
    kernel->entry.handle = handle;
    cvl_handles_add(&kernels->handles, &kernel->entry);
    return kernel;
}

void cvl_kernels_create(struct cvl_kernels *kernels, const void *handle, const char *name,
                        const void *source)
{
    pthread_mutex_lock(&kernels->lock);
    struct kernel *kernel = find(kernels, handle);
    if (!kernel)
        kernel = add_kernel(kernels, handle);
    if (kernel) {
        const struct kernel *former = source ? find(kernels, source) : NULL;
        kernel->name = name_of(kernels, name);
        kernel->count = 0;
        for (uint32_t i = 0; former && i < former->count; i++)
            (void)set_argument(kernel, i, former->arguments[i]);
    }
    pthread_mutex_unlock(&kernels->lock);
}

void cvl_kernels_argument(struct cvl_kernels *kernels, const void *handle, uint32_t index,
                          const void *object)
{
    pthread_mutex_lock(&kernels->lock);
    struct kernel *kernel = find(kernels, handle);
    if (kernel)
        (void)set_argument(kernel, index, object);
    pthread_mutex_unlock(&kernels->lock);
}

/* An object that is passed as two arguments counts once. */
static bool is_repeated(const struct kernel *kernel, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (kernel->arguments[i] == kernel->arguments[index])
            return true;
    return false;
}

struct cvl_kernel_name *cvl_kernels_launch(struct cvl_kernels *kernels, struct cvl_track *track,
                                           const void *handle)
{
    struct cvl_kernel_name *name = NULL;
    uint64_t bytes = 0;
    pthread_mutex_lock(&kernels->lock);
    const struct kernel *kernel = find(kernels, handle);
    if (kernel && kernel->name && kernel->name->figures && kernels->log->open) {
        name = kernel->name;
        for (uint32_t i = 0; i < kernel->count; i++)
            if (kernel->arguments[i] && !is_repeated(kernel, i))
                bytes += cvl_track_use(track, kernel->arguments[i], name->number);
        name->figures->launches++;
        if (bytes > name->figures->argument_bytes)
            name->figures->argument_bytes = bytes;
    }
    pthread_mutex_unlock(&kernels->lock);
    return name;
}

void cvl_kernels_time(struct cvl_kernels *kernels, struct cvl_kernel_name *name, uint64_t ns)
{
    pthread_mutex_lock(&kernels->lock);
    struct cvl_log_kernel *figures = name->figures;
    if (figures->timed == 0 || ns < figures->min_ns)
        figures->min_ns = ns;
    if (ns > figures->max_ns)
        figures->max_ns = ns;
    figures->total_ns += ns;
    figures->timed++;
    pthread_mutex_unlock(&kernels->lock);
}

void cvl_kernels_untimed(struct cvl_kernels *kernels, struct cvl_kernel_name *name,
                         enum cvl_log_untimed reason)
{
    pthread_mutex_lock(&kernels->lock);
    name->figures->untimed |= (uint32_t)reason;
    pthread_mutex_unlock(&kernels->lock);
}

void cvl_kernels_clear(struct cvl_kernels *kernels)
{
    for (size_t i = 0; i < kernels->handles.bucket_count; i++) {
        for (struct cvl_handle_entry *entry = kernels->handles.buckets[i], *next; entry;
             entry = next) {
            next = entry->next;
            free(((struct kernel *)(void *)entry)->arguments);
            free(entry);
        }
    }
    free(kernels->handles.buckets);
    for (struct cvl_kernel_name *name = kernels->names, *next; name; name = next) {
        next = name->next;
        free(name);
    }
    kernels->handles = (struct cvl_handles){0};
    kernels->names = NULL;
}
