/* Products whose operands a whole work-group shares through local memory (cl/group_product.cl):
 * what they are, and how their kernel is built. */
#ifndef CVL_VARIANTS_PARTS_GROUP_OPTIONS_H
#define CVL_VARIANTS_PARTS_GROUP_OPTIONS_H

#include "variants/parts/tiles.h"

/* A convolution, of any window and any groups, with shared tiles. */
struct cvl_group_product {
    struct cvl_problem problem; /* ih iw: an image of the input buffer; oh ow: what is computed */
    uint32_t input, weights, output; /* the weights as cvl_pack_blocks packs them */
    uint64_t pixels_out, first_out;  /* pixels of an output image; the first one to write */
    uint64_t first_in;               /* the first pixel of an input image to read */
    bool adds;                       /* add `residual`, shaped like the output, to the result */
    uint32_t residual;
    bool apart; /* a batch of products: each group of the convolution has tensors of its own, one
                   after another; mb is 1 */
    bool spans_taps; /* channels of several taps are copied at once */
    struct cvl_dense_tiles tiles;
};

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
/* Adjacent packed weights that are read at once, of a block of so many; the outputs of a group are
 * padded to them. */
int32_t cvl_shared_weights_wide(const struct cvl_request *request, int32_t block);

#endif
