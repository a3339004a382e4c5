/* Chooses the tiles of products whose operands a work-group shares. */
#ifndef CVL_VARIANTS_PARTS_GROUP_TILES_H
#define CVL_VARIANTS_PARTS_GROUP_TILES_H

#include "variants/parts/tiles.h"

/* The tiles of a product, shared ones where the device's work-groups should share operands, else
 * those of cvl_dense_tiles. Where they are shared, a group has channel_items x pixel_items
 * work-items; in NHWC each computes pixels x vectors of channels, in NCHW outputs x vectors of
 * pixels, and `splits` groups divide the rows of each product among them. */
struct cvl_dense_tiles cvl_product_tiles(const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         const struct cvl_product *product);

/* Parameters of shared tiles, besides those of cvl_dense_parameters. */
extern const struct cvl_parameter_set cvl_shared_parameters[CVL_LAYOUT_COUNT];

#endif
