/* Running with the tiles that a described device would get. */
#ifndef CVL_RUN_DESCRIBED_H
#define CVL_RUN_DESCRIBED_H

#include <convlens/plan.h>
#include <convlens/run.h>

/* Whom a case is planned for: the device itself, or the one that the options describe.
 * @param planned receives the facts
 * @return CVL_OK; CVL_BAD_INPUT where the description cannot be read; CVL_NO_MEMORY */
enum cvl_status cvl_described_find(const struct cvl_run_options *options,
                                   const struct cvl_device_facts *device,
                                   struct cvl_device_facts *planned, struct cvl_error *err);

/* With which facts the kernels of such a plan are built on the device: those described, but what
 * the device cannot do. */
struct cvl_device_facts cvl_described_build_facts(const struct cvl_device_facts *planned,
                                                  const struct cvl_device_facts *device);

/* Can the device carry out a plan that was made for the described one? Always, where none is.
 * @return CVL_OK, or CVL_UNSUPPORTED with the limit */
enum cvl_status cvl_described_check(const struct cvl_run_options *options,
                                    const struct cvl_plan *plan,
                                    const struct cvl_device_facts *planned,
                                    const struct cvl_device_facts *device, struct cvl_error *err);

#endif
