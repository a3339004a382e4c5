/* Plans products whose operands a whole work-group shares: how devices that run many work-items at
 * once compute dense convolutions, and batches of matrix products. */
#ifndef CVL_VARIANTS_PARTS_GROUP_PRODUCT_H
#define CVL_VARIANTS_PARTS_GROUP_PRODUCT_H

#include "variants/parts/group_options.h"
#include "variants/parts/group_tiles.h"

/* Adds the stage `name`, and where the tiles split the rows a workspace and a stage that adds the
 * sums. */
void cvl_group_product_stage(struct cvl_builder *builder, const char *name,
                             const struct cvl_group_product *product);

#endif
