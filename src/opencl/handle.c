/* Finds platforms and devices. */
#include "opencl/handle.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opencl/drivers.h"

/* Whatever the code, this platform offers no device. */
static enum cvl_status no_device(struct cvl_error *err, const char *call, cl_int code)
{
    return cvl_fail(err, CVL_NO_DEVICE, "%s: %s (%d)", call, cvl_cl_error_name(code), code);
}

static enum cvl_status no_platform(struct cvl_error *err)
{
    struct cvl_text text = {0};
    cvl_drivers_advise_platform(&text);
    const enum cvl_status status = cvl_fail(err, CVL_NO_DEVICE, "no OpenCL platform: %s",
                                            text.data ? text.data : "no driver is installed");
    cvl_text_clear(&text);
    return status;
}

enum cvl_status cvl_platform_handles(cl_platform_id **out, cl_uint *count, struct cvl_error *err)
{
    *out = NULL;
    *count = 0;
    enum cvl_status status = cvl_cl_load(err);
    if (status != CVL_OK)
        return status;
    cl_uint size = 0;
    cl_int code = clGetPlatformIDs(0, NULL, &size);
    if (code == CL_PLATFORM_NOT_FOUND_KHR || (code == CL_SUCCESS && size == 0))
        return no_platform(err);
    if (code != CL_SUCCESS)
        return no_device(err, "clGetPlatformIDs", code);
    cl_platform_id *platforms = calloc(size, sizeof(cl_platform_id));
    if (!platforms)
        return cvl_fail(err, CVL_NO_MEMORY, "out of memory for %u platforms", size);
    code = clGetPlatformIDs(size, platforms, NULL);
    if (code != CL_SUCCESS) {
        free(platforms);
        return no_device(err, "clGetPlatformIDs", code);
    }
    *out = platforms;
    *count = size;
    return CVL_OK;
}

enum cvl_status cvl_device_handles(cl_platform_id platform, cl_device_id **out, cl_uint *count,
                                   struct cvl_error *err)
{
    *out = NULL;
    *count = 0;
    cl_uint size = 0;
    cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &size);
    if (code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && size == 0))
        return cvl_fail(err, CVL_NO_DEVICE, "no device");
    if (code != CL_SUCCESS)
        return no_device(err, "clGetDeviceIDs", code);
    cl_device_id *devices = calloc(size, sizeof(cl_device_id));
    if (!devices)
        return cvl_fail(err, CVL_NO_MEMORY, "out of memory for %u devices", size);
    code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, size, devices, NULL);
    if (code != CL_SUCCESS) {
        free(devices);
        return no_device(err, "clGetDeviceIDs", code);
    }
    *out = devices;
    *count = size;
    return CVL_OK;
}

static bool parse_id(const char *id, cl_uint *platform, cl_uint *device)
{
    char text[24];
    cvl_copy(text, sizeof text, id);
    char *colon = strchr(text, ':');
    if (!colon)
        return false;
    *colon = '\0';
    int64_t first, second;
    if (!cvl_parse_i64(text, 0, INT32_MAX, &first) ||
        !cvl_parse_i64(colon + 1, 0, INT32_MAX, &second))
        return false;
    *platform = (cl_uint)first;
    *device = (cl_uint)second;
    return true;
}

enum cvl_status cvl_device_handle(const char *id, cl_platform_id *platform, cl_device_id *device,
                                  struct cvl_error *err)
{
    cl_uint platform_index, device_index, platform_count, device_count;
    if (!parse_id(id, &platform_index, &device_index)) {
        char shown[64];
        cvl_copy_safe(shown, sizeof shown, id);
        return cvl_fail(err, CVL_BAD_INPUT, "device: got '%s', expected an id like 0:0", shown);
    }
    cl_platform_id *platforms = NULL;
    cl_device_id *devices = NULL;
    enum cvl_status status = cvl_platform_handles(&platforms, &platform_count, err);
    if (status != CVL_OK)
        goto done;
    if (platform_index >= platform_count) {
        status =
            cvl_fail(err, CVL_NO_DEVICE, "device %s: there are %u platforms", id, platform_count);
        goto done;
    }
    status = cvl_device_handles(platforms[platform_index], &devices, &device_count, err);
    if (status != CVL_OK)
        goto done;
    if (device_index >= device_count) {
        status = cvl_fail(err, CVL_NO_DEVICE, "device %s: its platform has %u devices", id,
                          device_count);
        goto done;
    }
    *platform = platforms[platform_index];
    *device = devices[device_index];
done:
    free(devices);
    free(platforms);
    return status;
}
