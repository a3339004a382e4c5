/* The limits of a device that a finished plan can exceed, some without any call failing. */
#include "plan/limits.h"

#include <inttypes.h>

static enum cvl_status check_group(const struct cvl_launch *launch,
                                   const struct cvl_device_facts *device, struct cvl_error *err)
{
    uint64_t items = 1;
    for (int d = 0; d < 3; d++) {
        items *= launch->local[d];
        if (launch->local[d] > device->max_work_item[d])
            return cvl_fail(err, CVL_UNSUPPORTED,
                            "%s has work-groups of %" PRIu64
                            " work-items in dimension %d; the device allows %" PRIu64,
                            launch->kernel, launch->local[d], d, device->max_work_item[d]);
    }
    if (items <= device->max_work_group)
        return CVL_OK;
    return cvl_fail(err, CVL_UNSUPPORTED,
                    "%s has work-groups of %" PRIu64 " work-items; the device allows %" PRIu64,
                    launch->kernel, items, device->max_work_group);
}

static enum cvl_status check_needs(const struct cvl_launch *launch,
                                   const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct {
        enum cvl_need need;
        bool is_there;
        const char *words;
    } needs[] = {
        {CVL_NEED_HALF, device->has_half, "half arithmetic (cl_khr_fp16)"},
        {CVL_NEED_DOUBLE, device->has_double, "double arithmetic (cl_khr_fp64)"},
        {CVL_NEED_SUBGROUPS, device->has_subgroups, "sub-groups (cl_khr_subgroups)"},
    };
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if ((launch->needs & needs[i].need) && !needs[i].is_there)
            return cvl_fail(err, CVL_UNSUPPORTED, "%s needs %s; the device has none",
                            launch->kernel, needs[i].words);
    return CVL_OK;
}

static enum cvl_status check_arena(const struct cvl_plan *plan,
                                   const struct cvl_device_facts *device, struct cvl_error *err)
{
    for (uint32_t i = 0; plan->arena_offset && i < plan->buffer_count; i++) {
        const uint64_t offset = plan->arena_offset[i];
        if (offset != UINT64_MAX && device->base_align_bytes > 0 &&
            offset % device->base_align_bytes != 0)
            return cvl_fail(err, CVL_UNSUPPORTED,
                            "%s is at byte %" PRIu64
                            " of the arena; the device aligns parts of a buffer to %" PRIu32,
                            plan->buffers[i].name, offset, device->base_align_bytes);
    }
    return CVL_OK;
}

enum cvl_status cvl_plan_limits(const struct cvl_plan *plan, const struct cvl_device_facts *device,
                                struct cvl_error *err)
{
    if (device->loop_limit && plan->loop_iterations > device->loop_limit)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "a work-item may loop %" PRIu64
                        " times; the device ends loops silently after %" PRIu64,
                        plan->loop_iterations, device->loop_limit);
    if (plan->local_bytes > device->local_bytes)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "needs %" PRIu64 " bytes of local memory; the device has %" PRIu64,
                        plan->local_bytes, device->local_bytes);
    enum cvl_status status = CVL_OK;
    for (uint32_t s = 0; s < plan->stage_count && status == CVL_OK; s++) {
        if (plan->stages[s].kind != CVL_STAGE_KERNEL)
            continue;
        status = check_group(&plan->stages[s].work.launch, device, err);
        if (status == CVL_OK)
            status = check_needs(&plan->stages[s].work.launch, device, err);
    }
    return status == CVL_OK ? check_arena(plan, device, err) : status;
}
