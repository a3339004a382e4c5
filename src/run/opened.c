/* Opens a device: context, queue, facts. */
#include "run/opened.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "opencl/clblast.h"
#include "opencl/handle.h"

static enum cvl_status find_facts(const char *id, struct cvl_device_facts *out,
                                  struct cvl_error *err)
{
    struct cvl_device_list list = {0};
    enum cvl_status status = cvl_devices_enumerate(&list, err);
    if (status != CVL_OK)
        return status;
    status = cvl_fail(err, CVL_NO_DEVICE, "device %s is not there", id);
    for (size_t i = 0; i < list.device_count; i++)
        if (strcmp(list.devices[i].id, id) == 0) {
            *out = list.devices[i];
            status = CVL_OK;
            break;
        }
    cvl_device_list_clear(&list);
    return status;
}

/* A device that refuses a profiling queue still gets the host clock. */
static enum cvl_status create_queue(struct cvl_opened *opened, struct cvl_error *err)
{
    cl_int code = CL_SUCCESS;
    opened->queue =
        clCreateCommandQueue(opened->context, opened->device, CL_QUEUE_PROFILING_ENABLE, &code);
    if (!opened->queue)
        opened->queue = clCreateCommandQueue(opened->context, opened->device, 0, &code);
    return opened->queue ? CVL_OK
                         : cvl_cl_fail(err, code, "clCreateCommandQueue", "%s", opened->facts.name);
}

static void connect_ledger(struct cvl_opened *opened)
{
    struct cvl_error reason = {0};
    if (cvl_ledger_create(&opened->ledger, &reason) == CVL_OK)
        return;
    cvl_copy(opened->ledger_reason, sizeof opened->ledger_reason, reason.text);
    cvl_log(CVL_LOG_WARNING, "memory/ledger: %s; counted bytes will be absent", reason.text);
}

static enum cvl_status watch_load(struct cvl_opened *opened, struct cvl_error *err)
{
    const struct cvl_probe_context context = {.device = &opened->facts, .root = ""};
    const enum cvl_status status = cvl_load_create(&context, &opened->load, err);
    if (status == CVL_OK)
        cvl_load_mark(opened->load);
    return status;
}

enum cvl_status cvl_opened_create(const char *device_id, struct cvl_opened *out,
                                  struct cvl_error *err)
{
    *out = (struct cvl_opened){0};
    enum cvl_status status = find_facts(device_id, &out->facts, err);
    cl_platform_id platform = NULL;
    if (status == CVL_OK)
        status = cvl_device_handle(out->facts.id, &platform, &out->device, err);
    if (status != CVL_OK)
        return status;
    cl_int code = CL_SUCCESS;
    cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)platform, 0};
    out->context = clCreateContext(properties, 1, &out->device, NULL, NULL, &code);
    if (!out->context)
        return cvl_cl_fail(err, code, "clCreateContext", "%s", out->facts.name);
    status = create_queue(out, err);
    if (status == CVL_OK)
        status =
            cvl_program_cache_create(out->context, out->device, &out->facts, &out->programs, err);
    if (status == CVL_OK)
        status = watch_load(out, err);
    out->build_facts = out->facts;
    if (status == CVL_OK)
        connect_ledger(out);
    else
        cvl_opened_close(out);
    return status;
}

void cvl_opened_close(struct cvl_opened *opened)
{
    cvl_load_destroy(&opened->load);
    cvl_ledger_destroy(&opened->ledger);
    cvl_program_cache_destroy(&opened->programs);
    cvl_clblast_clear();
    if (opened->queue)
        clReleaseCommandQueue(opened->queue);
    if (opened->context)
        clReleaseContext(opened->context);
    *opened = (struct cvl_opened){0};
}
