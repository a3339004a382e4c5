/* The layer's entry points: for the OpenCL loader, and for the program that reads the counters. */
#include "layer/intercept/layer.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <convlens/status.h>

struct cvl_layer cvl_layer = {
    .track = CVL_TRACK_INITIALIZER,
    .log = CVL_LOG_INITIALIZER,
    .kernels = CVL_KERNELS_INITIALIZER,
    .callers = CVL_CALLERS_INITIALIZER,
    .pending = CVL_PENDING_INITIALIZER(cvl_layer),
};

/* Headers before 2024 lack this; a 0 ends the list. */
typedef cl_ulong layer_properties;

CVL_API CL_API_ENTRY cl_int CL_API_CALL clInitLayerWithProperties(
    cl_uint entry_count, const cl_icd_dispatch *target, cl_uint *entry_count_out,
    const cl_icd_dispatch **dispatch_out, const layer_properties *properties);

static cl_int answer(const void *value, size_t size, size_t room, void *out, size_t *size_out)
{
    if (out && room < size)
        return CL_INVALID_VALUE;
    if (out)
        memcpy(out, value, size);
    if (size_out)
        *size_out = size;
    return CL_SUCCESS;
}

CVL_API CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info name, size_t size, void *value,
                                                       size_t *size_out)
{
    static const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    static const char title[] = "convlens " CONVLENS_VERSION " memory tracking";
    switch (name) {
    case CL_LAYER_API_VERSION:
        return answer(&version, sizeof version, size, value, size_out);
    case CL_LAYER_NAME:
        return answer(title, sizeof title, size, value, size_out);
    default:
        return CL_INVALID_VALUE;
    }
}

/* A forked child has a copy of the tables but none of the driver's threads, and its OpenCL calls
 * would go into its parent's trace. It is not traced until it executes a program. */
static void before_fork(void)
{
    pthread_mutex_lock(&cvl_layer.pending.lock);
    pthread_mutex_lock(&cvl_layer.callers.lock);
    pthread_mutex_lock(&cvl_layer.kernels.lock);
    pthread_mutex_lock(&cvl_layer.track.lock);
    pthread_mutex_lock(&cvl_layer.log.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&cvl_layer.log.lock);
    pthread_mutex_unlock(&cvl_layer.track.lock);
    pthread_mutex_unlock(&cvl_layer.kernels.lock);
    pthread_mutex_unlock(&cvl_layer.callers.lock);
    pthread_mutex_unlock(&cvl_layer.pending.lock);
}

static void after_fork_in_child(void)
{
    cvl_layer.log.open = false;
    after_fork();
}

/* Begins a trace if convlens trace has put the layer into a folder; the trace goes to that folder.
 * @return the table with the extra calls for a trace; NULL: no trace is wanted, or it cannot be
 *         written */
static const cl_icd_dispatch *begin_trace(void)
{
    cl_icd_dispatch *dispatch = &cvl_layer.traced;
    char folder[4096];
    Dl_info own;
    if (!dladdr(&cvl_layer, &own) || !own.dli_fname)
        return NULL;
    const char *name = strrchr(own.dli_fname, '/');
    if (!name || strcmp(name + 1, CVL_LOG_LAYER_NAME) != 0)
        return NULL;
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(name - own.dli_fname), own.dli_fname);
    if (!cvl_log_open(&cvl_layer.log, folder))
        return NULL;
    (void)pthread_atfork(before_fork, after_fork, after_fork_in_child);
    cvl_layer.track.log = cvl_layer.kernels.log = cvl_layer.callers.log = &cvl_layer.log;
    *dispatch = cvl_layer_dispatch;
    cvl_layer_wrap_kernels(dispatch);
    cvl_layer_wrap_extensions(dispatch);
    return dispatch;
}

/* Destructors after this one may still release objects, which is recorded too. */
__attribute__((destructor)) static void end_trace(void)
{
    struct cvl_log_head record = {0};
    (void)cvl_log_append(&cvl_layer.log, CVL_LOG_EXIT, &record, sizeof record, NULL, 0);
}

/* Fails for a second loader in the same process: there is only one `next`. */
CVL_API CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entry_count,
                                                    const cl_icd_dispatch *target,
                                                    cl_uint *entry_count_out,
                                                    const cl_icd_dispatch **dispatch_out)
{
    if (!target || !entry_count_out || !dispatch_out)
        return CL_INVALID_VALUE;
    if (cvl_layer.next)
        return CL_INVALID_OPERATION;
    /* An OpenCL 1.0 table lacks a call that every wrapper makes. */
    if (entry_count <= offsetof(cl_icd_dispatch, clSetMemObjectDestructorCallback) / sizeof(void *))
        return CL_INVALID_VALUE;
    cvl_layer.next = target;
    const cl_icd_dispatch *traced = begin_trace();
    *dispatch_out = traced ? traced : &cvl_layer_dispatch;
    *entry_count_out = sizeof cvl_layer_dispatch / sizeof(void *);
    return CL_SUCCESS;
}

/* Khronos loaders since 2024 only use this entry point. No properties are defined yet. */
CVL_API CL_API_ENTRY cl_int CL_API_CALL clInitLayerWithProperties(
    cl_uint entry_count, const cl_icd_dispatch *target, cl_uint *entry_count_out,
    const cl_icd_dispatch **dispatch_out, const layer_properties *properties)
{
    if (properties && *properties)
        return CL_INVALID_PROPERTY;
    return clInitLayer(entry_count, target, entry_count_out, dispatch_out);
}

static bool is_active(void)
{
    return cvl_layer.next != NULL;
}

static void label(enum cvl_layer_owner owner, uint32_t stage)
{
    cvl_track_label(&cvl_layer.track, owner, stage);
}

static void counters(struct cvl_layer_counters *out)
{
    cvl_track_counters(&cvl_layer.track, out);
}

static void reset_peaks(void)
{
    cvl_track_reset_peaks(&cvl_layer.track);
}

static size_t events(uint64_t from, struct cvl_layer_event *out, size_t capacity)
{
    return cvl_track_events(&cvl_layer.track, from, out, capacity);
}

static void forget_events(void)
{
    cvl_track_forget_events(&cvl_layer.track);
}

CVL_API const struct cvl_layer_api *cvl_layer_api(void)
{
    static const struct cvl_layer_api api = {
        .version = CVL_LAYER_API_VERSION,
        .active = is_active,
        .label = label,
        .counters = counters,
        .reset_peaks = reset_peaks,
        .events = events,
        .forget_events = forget_events,
    };
    cvl_track_record_events(&cvl_layer.track);
    return &api;
}
