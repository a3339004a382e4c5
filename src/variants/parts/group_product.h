/* Products whose operands a whole work-group shares through local memory (cl/group_product.cl): how
 * devices that run many work-items at once compute dense convolutions, and batches of matrix
 * products. */
#ifndef CVL_VARIANTS_PARTS_GROUP_PRODUCT_H
#define CVL_VARIANTS_PARTS_GROUP_PRODUCT_H

#include "variants/parts/tiles.h"

/* The tiles of a product, shared ones where the device's work-groups should share operands, else
 * those of cvl_dense_tiles. Where they are shared, a group has channel_items x pixel_items
 * work-items; in NHWC each computes pixels x vectors of channels, in NCHW outputs x vectors of
 * pixels, and `splits` groups divide the rows of each product among them. */
struct cvl_dense_tiles cvl_product_tiles(const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         const struct cvl_product *product);

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

/* Adds the stage `name`, and where the tiles split the rows a workspace and a stage that adds the
 * sums. */
void cvl_group_product_stage(struct cvl_builder *builder, const char *name,
                             const struct cvl_group_product *product);

/* Adjacent packed weights that are read at once, of a block of so many; the outputs of a group are
 * padded to them. */
int32_t cvl_shared_weights_wide(const struct cvl_request *request, int32_t block);

/* Parameters of shared tiles, besides those of cvl_dense_parameters. */
extern const struct cvl_parameter_set cvl_shared_parameters[CVL_LAYOUT_COUNT];

#endif
