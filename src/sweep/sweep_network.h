/* The networks that a sweep's [network] makes of its layers. */
#ifndef CVL_SWEEP_SWEEP_NETWORK_H
#define CVL_SWEEP_SWEEP_NETWORK_H

#include <convlens/sweep.h>

#include "sweep/sweep_document.h"

/* Adds a network for each form and batch to a sweep whose layers are expanded. Without a [network]
 * that is all layers in order.
 * @return CVL_OK; CVL_BAD_INPUT with the place, both places where two layers do not connect;
 * CVL_NO_MEMORY */
enum cvl_status cvl_sweep_make_networks(struct cvl_sweep *sweep,
                                        const struct cvl_sweep_document *document,
                                        struct cvl_error *err);

#endif
