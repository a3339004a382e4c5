/* Products by sub-groups whose lanes read each other (cl/subgroup_product.cl): their tiles, and how
 * their kernel is built. cvl_group_product_stage plans the stages. */
#ifndef CVL_VARIANTS_PARTS_SUBGROUP_PRODUCT_H
#define CVL_VARIANTS_PARTS_SUBGROUP_PRODUCT_H

#include "variants/parts/group_options.h"

/* Does the device have such sub-groups, and does the product fill them? */
bool cvl_subgroups_suit(const struct cvl_request *request, const struct cvl_device_facts *device,
                        const struct cvl_product *product);

/* Lanes of a sub-group that computes such a product; 1: work-groups do. */
int32_t cvl_subgroup_lanes(const struct cvl_request *request);

/* The tiles of such a product: a group has pixel_items sub-groups of `lanes` work-items, of which
 * each computes pixels x vectors outputs. */
struct cvl_dense_tiles cvl_subgroup_tiles(const struct cvl_request *request,
                                          const struct cvl_device_facts *device,
                                          const struct cvl_product *product);

/* -D options of the kernel. */
void cvl_subgroup_options(struct cvl_builder *builder, const struct cvl_group_product *product);

/* The same of the stage that adds sums, which is group_product.cl's. */
void cvl_subgroup_sum_options(struct cvl_builder *builder, const struct cvl_group_product *product);

/* Max loop iterations of a work-item that takes `share` chunks. */
uint64_t cvl_subgroup_iterations(const struct cvl_group_product *product, uint64_t share);

#endif
