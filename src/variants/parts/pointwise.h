/* The pointwise stage (cl/pw_direct.cl) that several variants share. */
#ifndef CVL_VARIANTS_PARTS_POINTWISE_H
#define CVL_VARIANTS_PARTS_POINTWISE_H

#include "variants/parts/tiles.h"

struct cvl_pointwise {
    struct cvl_problem problem; /* of pointwise form; ih iw of an image of the input buffer, oh ow
                                   of what the launch makes */
    uint32_t input, weights, output;
    uint64_t pixels_out, first_out; /* of an image of the output buffer; the first one to write */
    uint64_t first_in;              /* of an image of the input buffer, the first one to read */
    bool adds;                      /* `residual`, of the output's shape, to what is written */
    uint32_t residual;
    struct cvl_dense_tiles tiles;
};

/* Tiles for a pointwise problem. */
struct cvl_dense_tiles cvl_pointwise_tiles(const struct cvl_builder *builder,
                                           const struct cvl_problem *problem);

/* Does every output pixel read the input pixel of the same number? */
bool cvl_pointwise_is_dense(const struct cvl_problem *problem);

void cvl_pointwise_stage(struct cvl_builder *builder, const char *name,
                         const struct cvl_pointwise *pointwise);

#endif
