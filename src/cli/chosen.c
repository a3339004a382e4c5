/* The devices that a command line selects, and the signals that end its verb. */
#include "cli/chosen.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/log.h"
#include "base/text.h"
#include "opencl/drivers.h"

static enum cvl_status explain_no_device(const struct cvl_device_list *list, struct cvl_error *err)
{
    struct cvl_text text = {0};
    for (size_t i = 0; i < list->platform_count; i++)
        cvl_text_append(&text, "%s%s (%s)", i ? ", " : "; platforms: ", list->platforms[i].name,
                        list->platforms[i].problem);
    cvl_drivers_advise_device(&text);
    enum cvl_status status =
        cvl_fail(err, CVL_NO_DEVICE, "no OpenCL device%s", text.data ? text.data : "");
    cvl_text_clear(&text);
    return status;
}

/* PoCL without its cache has no device, or cannot compile, and does not say so. */
void cvl_chosen_warn(const struct cvl_device_list *list)
{
    char *folder = cvl_drivers_unwritable_pocl_cache();
    bool is_pocl = false;
    for (size_t i = 0; i < list->platform_count; i++)
        is_pocl |= strcmp(list->platforms[i].name, "Portable Computing Language") == 0;
    if (folder && is_pocl)
        cvl_log(CVL_LOG_WARNING,
                "PoCL cannot write its cache of kernels, %s, and may have no device or fail to "
                "compile; set POCL_CACHE_DIR to a folder that can be written",
                folder);
    free(folder);
}

static enum cvl_status choose(const struct cvl_options *options, struct cvl_chosen *out,
                              struct cvl_error *err)
{
    const struct cvl_device_list *list = &out->discovery.list;
    if (list->device_count == 0)
        return explain_no_device(list, err);
    bool *chosen = calloc(list->device_count, sizeof *chosen);
    out->devices = calloc(list->device_count, sizeof *out->devices);
    enum cvl_status status = CVL_OK;
    if (!chosen || !out->devices)
        status = cvl_fail(err, CVL_NO_MEMORY, "no memory for the devices");
    else
        status =
            cvl_devices_select(list, options->selectors.at, options->selectors.count, chosen, err);
    for (size_t i = 0; status == CVL_OK && i < list->device_count; i++)
        if (chosen[i])
            out->devices[out->device_count++] = list->devices[i];
    free(chosen);
    return status;
}

enum cvl_status cvl_chosen_find(const struct cvl_options *options, struct cvl_chosen *out,
                                struct cvl_error *err)
{
    *out = (struct cvl_chosen){0};
    enum cvl_status status = cvl_discover(options->verbose, &out->discovery, err);
    if (status == CVL_OK) {
        cvl_chosen_warn(&out->discovery.list);
        status = choose(options, out, err);
    }
    return status;
}

void cvl_chosen_clear(struct cvl_chosen *chosen)
{
    cvl_discovery_clear(&chosen->discovery);
    free(chosen->devices);
    *chosen = (struct cvl_chosen){0};
}

enum cvl_status cvl_signals_watch(int *signal_fd, struct cvl_error *err)
{
    sigset_t stop, blocked;
    *signal_fd = -1;
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGINT);
    (void)sigaddset(&stop, SIGTERM);
    blocked = stop;
    (void)sigaddset(&blocked, SIGPIPE);
    if (sigprocmask(SIG_BLOCK, &blocked, NULL) == 0)
        *signal_fd = signalfd(-1, &stop, SFD_CLOEXEC);
    return *signal_fd >= 0 ? CVL_OK : cvl_fail(err, CVL_IO, "signalfd: %s", strerror(errno));
}

/* Ignoring a signal drops one that is pending: a worker's pipe may have left it. */
void cvl_signals_obey_closed_pipes(void)
{
    sigset_t closed;
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGPIPE, before);
    (void)sigemptyset(&closed);
    (void)sigaddset(&closed, SIGPIPE);
    (void)sigprocmask(SIG_UNBLOCK, &closed, NULL);
}
