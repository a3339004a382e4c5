/* Reads the times of launches after they end. */
#include "layer/intercept/pending.h"

/* After this many launches, the next one checks the earlier ones, even if nothing waits. */
enum { LOOK_EVERY = 128 };

static bool take(struct cvl_pending *pending, struct cvl_pending_launch *out)
{
    pthread_mutex_lock(&pending->lock);
    bool taken = pending->count > 0;
    if (taken) {
        *out = pending->launches[pending->first];
        pending->first = (pending->first + 1) % CVL_PENDING_MAX;
        pending->count--;
    }
    pthread_mutex_unlock(&pending->lock);
    return taken;
}

/* @return how many there are now; 0: the ring is full */
static size_t put(struct cvl_pending *pending, const struct cvl_pending_launch *launch)
{
    size_t count = 0;
    pthread_mutex_lock(&pending->lock);
    if (pending->count < CVL_PENDING_MAX) {
        pending->launches[(pending->first + pending->count) % CVL_PENDING_MAX] = *launch;
        count = ++pending->count;
    }
    pthread_mutex_unlock(&pending->lock);
    return count;
}

static bool read_time(const cl_icd_dispatch *next, cl_event event, uint64_t *ns)
{
    cl_ulong start = 0, end = 0;
    *ns = 0;
    if (next->clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start,
                                      NULL) ||
        next->clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL) ||
        start == 0 || end < start)
        return false;
    *ns = end - start;
    return true;
}

static void end_launch(const struct cvl_pending *pending, const struct cvl_pending_launch *launch,
                       bool succeeded)
{
    uint64_t ns;
    if (succeeded && read_time(*pending->next, launch->event, &ns))
        cvl_kernels_time(pending->kernels, launch->name, ns);
    else
        cvl_kernels_untimed(pending->kernels, launch->name, CVL_LOG_NO_EVENT);
    (*pending->next)->clReleaseEvent(launch->event);
}

void cvl_pending_add(struct cvl_pending *pending, cl_event event, struct cvl_kernel_name *name)
{
    struct cvl_pending_launch launch = {event, name};
    size_t count = put(pending, &launch);
    if (count == 0)
        end_launch(pending, &launch, false);
    else if (count % LOOK_EVERY == 0)
        cvl_pending_look(pending);
}

/* Checks each launch once; the lock is not held meanwhile. */
void cvl_pending_look(struct cvl_pending *pending)
{
    struct cvl_pending_launch launch;
    pthread_mutex_lock(&pending->lock);
    size_t count = pending->count;
    pthread_mutex_unlock(&pending->lock);
    for (; count > 0 && take(pending, &launch); count--) {
        cl_int status = CL_QUEUED;
        cl_int code = (*pending->next)
                          ->clGetEventInfo(launch.event, CL_EVENT_COMMAND_EXECUTION_STATUS,
                                           sizeof status, &status, NULL);
        if (code || status <= CL_COMPLETE || put(pending, &launch) == 0)
            end_launch(pending, &launch, !code && status == CL_COMPLETE);
    }
}
