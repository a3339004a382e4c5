/* Winograd's minimal filtering (cl/winograd.cl), shared by two variants: output tiles of 2 x 2 and
 * of 4 x 4 pixels. */
#ifndef CVL_VARIANTS_PARTS_WINOGRAD_H
#define CVL_VARIANTS_PARTS_WINOGRAD_H

#include "variants/parameters.h"
#include "variants/parts/tiles.h"

/* What depends on the size of the output tile. */
struct cvl_winograd {
    int32_t edge; /* output pixels along an edge of a tile */
    /* FLOPs of the one-dimensional transforms as the kernels compute them; a multiply-add counts as
     * two. */
    uint32_t weights_flops, input_flops, output_flops;
    double tolerance_factor; /* cvl_plan.tolerance_factor */
};

/* A convolution in tiles, and how its work is divided. A block is the tile.pixels tiles that a
 * work-item multiplies at a time. */
struct cvl_winograd_shape {
    const struct cvl_winograd *winograd;
    uint64_t span, positions;      /* input pixels along an edge of a tile; that squared */
    uint64_t rows, columns, tiles; /* per image; of all images together */
    uint64_t blocks, block_floats; /* blocks of all tiles; floats of one transformed block */
    struct cvl_dense_tiles tile;   /* chunk: adjacent input channels in a transformed tile */
    uint64_t depths;               /* chunks of input channels */
    /* With one stage, transformed blocks are in local memory: `splits` work-groups divide a block's
     * output channels, `length` each, and each of them transforms the block. With two stages, a
     * band of blocks is in global memory. */
    int32_t stages, splits, length, band_kib;
    uint64_t band; /* in blocks */
};

struct cvl_winograd_shape cvl_winograd_shape(const struct cvl_winograd *winograd,
                                             const struct cvl_request *request,
                                             const struct cvl_device_facts *device);

/* Local memory of a work-group that multiplies, and loop iterations of its work-items. */
uint64_t cvl_winograd_local_bytes(const struct cvl_winograd_shape *shape);
uint64_t cvl_winograd_iterations(const struct cvl_winograd_shape *shape, uint64_t inputs);

/* Requires 3x3, stride 1, no dilation and one group. */
enum cvl_status cvl_winograd_applies(const struct cvl_request *request,
                                     const struct cvl_device_facts *device, struct cvl_error *err);

enum cvl_status cvl_winograd_plan(const struct cvl_winograd *winograd,
                                  const struct cvl_request *request,
                                  const struct cvl_device_facts *device, struct cvl_plan *plan,
                                  struct cvl_error *err);

extern const struct cvl_parameter_set cvl_winograd_parameters;

#endif
