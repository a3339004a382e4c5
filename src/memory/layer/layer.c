/* Entry points of the layer: what the OpenCL loader calls, and what the program asks. */
#include "memory/layer/layer.h"

#include <string.h>

#include <convlens/status.h>

struct cvl_layer cvl_layer = {.track = CVL_TRACK_INITIALIZER};

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

/* Fails for a second loader in the same process: there is one place for what lies below. */
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
    *dispatch_out = &cvl_layer_dispatch;
    *entry_count_out = sizeof cvl_layer_dispatch / sizeof(void *);
    return CL_SUCCESS;
}

/* Khronos loaders since 2024 take only this entry point. There are no properties yet. */
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
