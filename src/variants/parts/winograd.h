/* Winograd's minimal filtering (cl/winograd.clh), shared by its variants: output tiles of 2 x 2 and
 * of 4 x 4 pixels, in few stages with a bounded workspace on CPUs (cl/winograd.cl), or in stages
 * for all tiles at once on every device (cl/winograd_staged.cl). */
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

/* F(2x2, 3x3) and F(4x4, 3x3). */
extern const struct cvl_winograd cvl_winograd_f2, cvl_winograd_f4;

/* Input pixels along an edge of a tile; that squared. */
uint64_t cvl_winograd_span(const struct cvl_winograd *winograd);
uint64_t cvl_winograd_positions(const struct cvl_winograd *winograd);

/* Tiles that cover the output: per image; of all images together. */
struct cvl_winograd_grid {
    uint64_t rows, columns, tiles;
};

struct cvl_winograd_grid cvl_winograd_grid(const struct cvl_winograd *winograd,
                                           const struct cvl_problem *problem);

/* How transformed weights are packed: input channels with padding; blocks of adjacent output
 * channels, and these with padding; blocks within positions, or positions within blocks. */
struct cvl_winograd_packing {
    uint64_t inputs;
    int32_t block, outputs;
    bool positions_first;
};

/* Transforms the weights when they are loaded. @return the transformed weights */
uint32_t cvl_winograd_weights(struct cvl_builder *builder, const struct cvl_winograd *winograd,
                              const struct cvl_winograd_packing *packing);

/* The sizes that kernels take as struct tile_sizes (cl/winograd.clh), as arguments, up to the
 * tiles. */
void cvl_winograd_sizes(struct cvl_builder *builder, const struct cvl_winograd_grid *grid);

/* FLOPs of the transforms of `tiles` tiles with that many channels. */
uint64_t cvl_winograd_input_flops(const struct cvl_winograd *winograd, uint64_t tiles,
                                  uint64_t inputs);
uint64_t cvl_winograd_output_flops(const struct cvl_winograd *winograd, uint64_t tiles,
                                   uint64_t outputs);

/* A convolution in tiles, and how its work is divided. A block is the tile.pixels tiles that a
 * work-item multiplies at a time. */
struct cvl_winograd_shape {
    const struct cvl_winograd *winograd;
    uint64_t groups; /* of channels: all else is one group's, but for the bands */
    struct cvl_winograd_grid grid;
    uint64_t span, positions;
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

/* Requires 3x3, stride 1 and no dilation. */
enum cvl_status cvl_winograd_applies(const struct cvl_request *request,
                                     const struct cvl_device_facts *device, struct cvl_error *err);

/* Requires one group besides. */
enum cvl_status cvl_winograd_staged_applies(const struct cvl_request *request,
                                            const struct cvl_device_facts *device,
                                            struct cvl_error *err);

/* Requires a CPU besides: a work-item keeps all positions of a tile in registers, and no device
 * that runs many items has as many for each. */
enum cvl_status cvl_winograd_bounded_applies(const struct cvl_winograd *winograd,
                                             const struct cvl_request *request,
                                             const struct cvl_device_facts *device,
                                             struct cvl_error *err);

enum cvl_status cvl_winograd_plan(const struct cvl_winograd *winograd,
                                  const struct cvl_request *request,
                                  const struct cvl_device_facts *device, struct cvl_plan *plan,
                                  struct cvl_error *err);

/* The same for all tiles at once: input transform, a product for each position, output transform.
 * The workspace is floats: of P positions, T tiles and I and O channels, padded to vectors,
 * 4 P T I bytes between the first two and 4 P T O between the last two. */
enum cvl_status cvl_winograd_staged_plan(const struct cvl_winograd *winograd,
                                         const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         struct cvl_plan *plan, struct cvl_error *err);

extern const struct cvl_parameter_set cvl_winograd_parameters;
extern const struct cvl_parameter_set cvl_winograd_staged_parameters;

#endif
