/* Winograd's minimal filtering (cl/winograd.cl), which two variants share: outputs of 2 x 2 and of
 * 4 x 4 pixels. */
#ifndef CVL_VARIANTS_PARTS_WINOGRAD_H
#define CVL_VARIANTS_PARTS_WINOGRAD_H

#include "variants/parameters.h"
#include "variants/parts/tiles.h"

/* What the size of the output tile decides. */
struct cvl_winograd {
    int32_t edge; /* output pixels along an edge of a tile */
    /* FLOPs of the one-dimensional transforms, as the kernels carry them out: a multiply-add counts
     * two. */
    uint32_t weights_flops, input_flops, output_flops;
    double tolerance_factor; /* cvl_plan.tolerance_factor */
};

/* A convolution in tiles, and how the work is cut. A block is the tiles that a work-item multiplies
 * at a time: tile.pixels of them. */
struct cvl_winograd_shape {
    const struct cvl_winograd *winograd;
    uint64_t span, positions;      /* input pixels along an edge of a tile; squared */
    uint64_t rows, columns, tiles; /* of an image; of all images together */
    uint64_t blocks, block_floats; /* of all tiles; of one block, transformed */
    struct cvl_dense_tiles tile;   /* chunk: input channels side by side in a transformed tile */
    uint64_t depths;               /* such runs of input channels */
    /* One stage keeps transformed blocks in local memory; `splits` work-groups share out a block's
     * output channels, `length` each, and each of them transforms the block. Two stages keep a band
     * of blocks in global memory. */
    int32_t stages, splits, length, band_kib;
    uint64_t band; /* blocks */
};

struct cvl_winograd_shape cvl_winograd_shape(const struct cvl_winograd *winograd,
                                             const struct cvl_request *request,
                                             const struct cvl_device_facts *device);

/* Of a work-group that multiplies, and of its work-items. */
uint64_t cvl_winograd_local_bytes(const struct cvl_winograd_shape *shape);
uint64_t cvl_winograd_iterations(const struct cvl_winograd_shape *shape, uint64_t inputs);

/* 3x3, stride 1, dense, one group. */
enum cvl_status cvl_winograd_applies(const struct cvl_request *request,
                                     const struct cvl_device_facts *device, struct cvl_error *err);

enum cvl_status cvl_winograd_plan(const struct cvl_winograd *winograd,
                                  const struct cvl_request *request,
                                  const struct cvl_device_facts *device, struct cvl_plan *plan,
                                  struct cvl_error *err);

extern const struct cvl_parameter_set cvl_winograd_parameters;

#endif
