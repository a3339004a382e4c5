/* How a product in NCHW reads its input: directly from the planes, row by row, or from a panel in
 * local memory that several blocks of output channels share. */
#ifndef CVL_VARIANTS_PARTS_PANEL_H
#define CVL_VARIANTS_PARTS_PANEL_H

#include "variants/parts/tiles.h"

/* Gives the tiles a panel if neighbouring pixels are not contiguous and a panel pays off. Does
 * nothing in NHWC. */
void cvl_panel_choose(struct cvl_dense_tiles *tiles, const struct cvl_request *request,
                      const struct cvl_device_facts *device, const struct cvl_problem *problem);

/* Adds the -D options of a kernel that reads taps of planes; none in NHWC. */
void cvl_panel_options(struct cvl_builder *builder, const struct cvl_dense_tiles *tiles,
                       const struct cvl_problem *problem);

#endif
