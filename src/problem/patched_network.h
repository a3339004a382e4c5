/* Networks whose first steps run patch by patch, up to a given step. */
#ifndef CVL_PROBLEM_PATCHED_NETWORK_H
#define CVL_PROBLEM_PATCHED_NETWORK_H

#include <convlens/network.h>

/* The network with its steps up to `last` run patch by patch, as cvl_network_patch has it; the
 * layer of `patches` does not count. Nothing after `last` may read what a step before it makes.
 * @return CVL_OK; CVL_BAD_INPUT where there are too many patches, or a patch has windows in the
 *         padding alone; CVL_NO_MEMORY. On anything but CVL_OK *out is empty */
enum cvl_status cvl_patched_network_make(const struct cvl_network *network,
                                         const struct cvl_patches *patches, uint32_t last,
                                         struct cvl_network *out, struct cvl_error *err);

#endif
