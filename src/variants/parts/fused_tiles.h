/* Tiles of sep_fused in NHWC: how much of the output a group computes, and how it multiplies. */
#ifndef CVL_VARIANTS_PARTS_FUSED_TILES_H
#define CVL_VARIANTS_PARTS_FUSED_TILES_H

#include "variants/parts/blocks.h"

struct cvl_fused_tiles {
    int32_t vec, pixels, vectors; /* of the product's register tile */
    int32_t rows, columns;        /* of the output, per group */
    int32_t parts;                /* of the output channels; a group computes one of them */
    int32_t items;                /* work-items per group */
    int32_t stride;               /* floats from one pixel to the next in the local tile */
    int32_t block, padded;        /* as in struct cvl_dense_tiles */
    struct cvl_block_tiles depthwise;
};

/* Returns tiles that fit in local memory, if any do: even one pixel of all channels may be too
 * large. */
struct cvl_fused_tiles cvl_fused_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device);
uint64_t cvl_fused_local_bytes(const struct cvl_fused_tiles *tiles);

/* -D options and tunings of the kernel. */
void cvl_fused_options(struct cvl_builder *builder, const struct cvl_fused_tiles *tiles);
void cvl_fused_range(struct cvl_builder *builder, const struct cvl_fused_tiles *tiles);
/* Loop iterations of one work-item. */
uint64_t cvl_fused_iterations(const struct cvl_fused_tiles *tiles,
                              const struct cvl_problem *problem);
/* How many times a launch reads the pointwise weights. */
uint64_t cvl_fused_weight_reads(const struct cvl_fused_tiles *tiles,
                                const struct cvl_problem *problem);

extern const struct cvl_parameter_set cvl_fused_parameters;

#endif
