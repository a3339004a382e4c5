/* The pointwise stage (cl/pw_direct.cl) that several variants share. */
#ifndef CVL_VARIANTS_PARTS_POINTWISE_H
#define CVL_VARIANTS_PARTS_POINTWISE_H

#include "variants/parts/tiles.h"

struct cvl_pointwise {
    struct cvl_problem problem; /* of pointwise form; ih iw: an image of the input buffer; oh ow:
                                   what the launch computes */
    uint32_t input, weights, output;
    uint64_t pixels_out, first_out; /* pixels of an output image; the first one to write */
    uint64_t first_in;              /* the first pixel of an input image to read */
    bool adds;                      /* add `residual`, shaped like the output, to the result */
    uint32_t residual;
    bool batched; /* each image has weights of its own; the buffers have just what is used */
    struct cvl_dense_tiles tiles;
};

/* Returns tiles for a pointwise problem.
 * @param bands stages that use them, each for a part of the output */
struct cvl_dense_tiles cvl_pointwise_tiles(const struct cvl_builder *builder,
                                           const struct cvl_problem *problem, uint64_t bands);

/* Does every output pixel read the input pixel with the same index? */
bool cvl_pointwise_is_dense(const struct cvl_problem *problem);

void cvl_pointwise_stage(struct cvl_builder *builder, const char *name,
                         const struct cvl_pointwise *pointwise);

#endif
