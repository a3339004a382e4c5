/* Holds the figures of built kernels against the device, and against those of the default. */
#include "tuning/fit.h"

#include <inttypes.h>
#include <string.h>

#define NOT_KNOWN UINT64_MAX

struct cvl_kernel_figures cvl_kernel_figures_none(void)
{
    return (struct cvl_kernel_figures){NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN};
}

static bool is_kernel(const struct cvl_plan *plan, uint32_t stage)
{
    return plan->stages[stage].kind == CVL_STAGE_KERNEL;
}

static enum cvl_status check_group(const struct cvl_launch *launch, uint64_t max,
                                   struct cvl_error *err)
{
    const uint64_t items = launch->local[0] * launch->local[1] * launch->local[2];
    if (max == NOT_KNOWN || max == 0 || items <= max)
        return CVL_OK;
    return cvl_fail(err, CVL_UNSUPPORTED,
                    "%s has work-groups of %" PRIu64 " work-items; the driver allows %" PRIu64
                    " of the built kernel",
                    launch->kernel, items, max);
}

static enum cvl_status check_local(const struct cvl_launch *launch, uint64_t bytes,
                                   const struct cvl_device_facts *device, struct cvl_error *err)
{
    if (bytes == NOT_KNOWN || device->local_bytes == 0 || bytes <= device->local_bytes)
        return CVL_OK;
    return cvl_fail(err, CVL_UNSUPPORTED,
                    "%s takes %" PRIu64 " bytes of local memory; the device has %" PRIu64,
                    launch->kernel, bytes, device->local_bytes);
}

enum cvl_status cvl_fit_limits(const struct cvl_built_plan *built,
                               const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct cvl_plan *plan = built->plan;
    enum cvl_status status = CVL_OK;
    for (uint32_t s = plan->load_stage_count; s < plan->stage_count && status == CVL_OK; s++) {
        const struct cvl_kernel_figures *figures = &built->figures[s];
        if (!is_kernel(plan, s))
            continue;
        status = check_group(&plan->stages[s].work.launch, figures->max_group, err);
        if (status == CVL_OK)
            status = check_local(&plan->stages[s].work.launch, figures->local_bytes, device, err);
    }
    return status;
}

/* What a kernel keeps outside registers. */
static uint64_t outside_bytes(const struct cvl_kernel_figures *figures)
{
    if (figures->private_bytes == NOT_KNOWN)
        return figures->spilled_bytes;
    return figures->private_bytes +
           (figures->spilled_bytes == NOT_KNOWN ? 0 : figures->spilled_bytes);
}

bool cvl_fit_takes_private(const struct cvl_built_plan *built,
                           const struct cvl_device_facts *device)
{
    const struct cvl_plan *plan = built->plan;
    bool found = false;
    for (uint32_t s = plan->load_stage_count; s < plan->stage_count; s++) {
        const uint64_t bytes = outside_bytes(&built->figures[s]);
        found |= is_kernel(plan, s) && bytes != NOT_KNOWN && bytes > 0;
    }
    return found && device->type != CVL_DEVICE_CPU;
}

/* Arithmetic of a work-item. */
static double work_of(const struct cvl_stage *stage)
{
    const uint64_t *global = stage->work.launch.global;
    return (double)stage->flops / ((double)global[0] * (double)global[1] * (double)global[2]);
}

/* What the default's kernels of a name take at most, or all of them (NULL). */
struct allowance {
    uint64_t bytes; /* NOT_KNOWN: there is none, or nothing is known of them */
    double work;
};

static struct allowance find_allowance(const struct cvl_built_plan *standard, const char *kernel)
{
    const struct cvl_plan *plan = standard->plan;
    struct allowance allowance = {.bytes = NOT_KNOWN};
    for (uint32_t s = plan->load_stage_count; s < plan->stage_count; s++) {
        const struct cvl_stage *stage = &plan->stages[s];
        const uint64_t bytes = outside_bytes(&standard->figures[s]);
        if (!is_kernel(plan, s) || bytes == NOT_KNOWN ||
            (kernel && strcmp(stage->work.launch.kernel, kernel) != 0))
            continue;
        if (allowance.bytes == NOT_KNOWN || bytes > allowance.bytes)
            allowance.bytes = bytes;
        if (work_of(stage) > allowance.work)
            allowance.work = work_of(stage);
    }
    return allowance;
}

/* How many times the work of the default's items one of this stage has; at least 1. */
static double growth_of(const struct cvl_stage *stage, const struct allowance *allowance)
{
    const double growth = allowance->work > 0.0 ? work_of(stage) / allowance->work : 1.0;
    return growth > 1.0 ? growth : 1.0;
}

static enum cvl_status check_registers(const struct cvl_stage *stage, uint64_t bytes,
                                       const struct cvl_built_plan *standard, struct cvl_error *err)
{
    const char *kernel = stage->work.launch.kernel;
    struct allowance allowance = find_allowance(standard, kernel);
    if (allowance.bytes == NOT_KNOWN) {
        allowance = find_allowance(standard, NULL);
        allowance.work = 0.0; /* of other kernels: says nothing of this one */
    }
    if (bytes == NOT_KNOWN || allowance.bytes == NOT_KNOWN ||
        (double)bytes <= (double)allowance.bytes * growth_of(stage, &allowance))
        return CVL_OK;
    return cvl_fail(err, CVL_UNSUPPORTED,
                    "%s takes %" PRIu64 " bytes of private memory for a work-item; the default "
                    "takes %" PRIu64,
                    kernel, bytes, allowance.bytes);
}

enum cvl_status cvl_fit_registers(const struct cvl_built_plan *built,
                                  const struct cvl_built_plan *standard,
                                  const struct cvl_device_facts *device, struct cvl_error *err)
{
    const struct cvl_plan *plan = built->plan;
    enum cvl_status status = CVL_OK;
    if (device->type == CVL_DEVICE_CPU)
        return CVL_OK;
    for (uint32_t s = plan->load_stage_count; s < plan->stage_count && status == CVL_OK; s++)
        if (is_kernel(plan, s))
            status =
                check_registers(&plan->stages[s], outside_bytes(&built->figures[s]), standard, err);
    return status;
}
