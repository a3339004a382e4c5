/* What a device must have for a plan. */
#ifndef CVL_PLAN_LIMITS_H
#define CVL_PLAN_LIMITS_H

#include <convlens/device.h>
#include <convlens/plan.h>

/* Can the device carry the plan out? Looks at work-groups, local memory, loops, what kernels need
 * and, of a measured plan, the alignment of the arena; not at sizes of buffers.
 * @return CVL_OK, or CVL_UNSUPPORTED with the limit and both figures */
enum cvl_status cvl_plan_limits(const struct cvl_plan *plan, const struct cvl_device_facts *device,
                                struct cvl_error *err);

#endif
