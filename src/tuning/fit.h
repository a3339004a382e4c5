/* Does a plan fit a device, now that its kernels are built? A plan is made from the device's facts;
 * what its kernels take of registers and local memory, only the driver's compiler knows. */
#ifndef CVL_TUNING_FIT_H
#define CVL_TUNING_FIT_H

#include <convlens/device.h>
#include <convlens/plan.h>

/* What a driver says of a built kernel. UINT64_MAX: it does not say; the stage has no kernel of
 * ours. */
struct cvl_kernel_figures {
    uint64_t private_bytes; /* of a work-item, outside registers */
    uint64_t spilled_bytes; /* of a work-item: registers kept in memory, where a driver reports them
                               apart from private memory */
    uint64_t local_bytes;   /* of a work-group */
    uint64_t max_group;     /* work-items of a group at most */
};

/* Figures without an answer. */
struct cvl_kernel_figures cvl_kernel_figures_none(void);

/* A plan, and the figures of each of its stages. */
struct cvl_built_plan {
    const struct cvl_plan *plan;
    const struct cvl_kernel_figures *figures;
};

/* Can the kernels be launched? Load stages are not looked at. A figure of 0, or one that the driver
 * does not report, is no reason against a plan.
 * @return CVL_OK, or CVL_UNSUPPORTED with the kernel and both figures: its work-groups are larger
 * than the built kernel allows, or it takes more local memory than the device has */
enum cvl_status cvl_fit_limits(const struct cvl_built_plan *built,
                               const struct cvl_device_facts *device, struct cvl_error *err);

/* Has a stage, load stages left out, a kernel that takes memory outside registers? On a CPU, where
 * that is the stack of every kernel, the answer is no. */
bool cvl_fit_takes_private(const struct cvl_built_plan *built,
                           const struct cvl_device_facts *device);

/* Do the kernels keep in registers what those of the same problem's default plan do? A kernel may
 * take as much private memory as the default's kernel of that name, in proportion to the
 * arithmetic of a work-item where that is more: accumulators grow with it. If the default has no
 * such kernel, the largest figure of all its kernels counts. If the driver says nothing of them,
 * nothing is compared; nor on a CPU.
 * @return CVL_OK, or CVL_UNSUPPORTED with the kernel and both figures */
enum cvl_status cvl_fit_registers(const struct cvl_built_plan *built,
                                  const struct cvl_built_plan *standard,
                                  const struct cvl_device_facts *device, struct cvl_error *err);

#endif
