/* Lists the platforms and devices of this process. */
#include <convlens/device.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "opencl/describe.h"
#include "opencl/handle.h"

/* Makes room for `more` devices at the end of the list. */
static enum cvl_status grow(struct cvl_device_list *list, size_t more, struct cvl_error *err)
{
    struct cvl_device_facts *devices =
        realloc(list->devices, (list->device_count + more) * sizeof *devices);
    if (!devices)
        return cvl_fail(err, CVL_NO_MEMORY, "out of memory for %zu devices", more);
    list->devices = devices;
    return CVL_OK;
}

static void add_device(struct cvl_device_list *list, struct cvl_platform_facts *platform,
                       size_t platform_index, cl_uint device_index, cl_device_id device)
{
    struct cvl_device_facts facts = {0};
    struct cvl_error reason = {0};
    (void)snprintf(facts.id, sizeof facts.id, "%zu:%u", platform_index, device_index);
    cvl_copy(facts.platform, sizeof facts.platform, platform->name);
    if (cvl_device_describe(device, &facts, &reason) == CVL_OK) {
        list->devices[list->device_count++] = facts;
        platform->device_count++;
    } else if (platform->problem[0] == '\0') {
        char text[CVL_ERROR_TEXT_BYTES + 32];
        (void)snprintf(text, sizeof text, "%s: %s", facts.id, reason.text);
        cvl_copy(platform->problem, sizeof platform->problem, text);
    }
}

/* A platform without devices, or one that fails, is a fact about the platform, not an error. */
static enum cvl_status add_platform(struct cvl_device_list *list, cl_platform_id handle,
                                    struct cvl_error *err)
{
    size_t index = list->platform_count++;
    struct cvl_platform_facts *platform = &list->platforms[index];
    cvl_platform_text(handle, CL_PLATFORM_NAME, platform->name, sizeof platform->name);
    cvl_platform_text(handle, CL_PLATFORM_VERSION, platform->version, sizeof platform->version);
    cl_device_id *devices = NULL;
    cl_uint count = 0;
    struct cvl_error reason = {0};
    enum cvl_status status = cvl_device_handles(handle, &devices, &count, &reason);
    if (status == CVL_NO_DEVICE) {
        cvl_copy(platform->problem, sizeof platform->problem, reason.text);
        return CVL_OK;
    }
    if (status != CVL_OK)
        return cvl_fail(err, status, "%s", reason.text);
    status = grow(list, count, err);
    for (cl_uint i = 0; status == CVL_OK && i < count; i++)
        add_device(list, platform, index, i, devices[i]);
    free(devices);
    return status;
}

enum cvl_status cvl_devices_enumerate(struct cvl_device_list *out, struct cvl_error *err)
{
    *out = (struct cvl_device_list){0};
    struct cvl_device_list list = {0};
    cl_platform_id *platforms = NULL;
    cl_uint count = 0;
    enum cvl_status status = cvl_platform_handles(&platforms, &count, err);
    if (status != CVL_OK)
        goto done;
    list.platforms = calloc(count, sizeof *list.platforms);
    if (!list.platforms) {
        status = cvl_fail(err, CVL_NO_MEMORY, "out of memory for %u platforms", count);
        goto done;
    }
    for (cl_uint i = 0; status == CVL_OK && i < count; i++)
        status = add_platform(&list, platforms[i], err);
    if (status != CVL_OK)
        goto done;
    *out = list;
    list = (struct cvl_device_list){0}; /* now owned by the caller */
done:
    cvl_device_list_clear(&list);
    free(platforms);
    return status;
}
