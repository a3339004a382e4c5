/* What group_product.c and the options of its kernel have in common. */
#ifndef CVL_VARIANTS_PARTS_GROUP_OPTIONS_H
#define CVL_VARIANTS_PARTS_GROUP_OPTIONS_H

#include "variants/parts/group_product.h"

/* -D options of the stages of a product. */
void cvl_group_options(struct cvl_builder *builder, const struct cvl_group_product *product);

/* Is every output pixel the input pixel with the same index, from first_in on? */
bool cvl_group_is_dense(const struct cvl_problem *problem);
/* Output pixels of an image. */
uint64_t cvl_group_pixels(const struct cvl_group_product *product);
/* Chunks of rows of a product, all splits together. */
uint64_t cvl_group_chunks(const struct cvl_group_product *product);
/* Adjacent elements of the input that are read at once. */
int32_t cvl_group_input_wide(const struct cvl_request *request,
                             const struct cvl_group_product *product);

#endif
