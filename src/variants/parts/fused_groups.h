/* Tiles of sep_fused on a device with large groups (cl/sep_tiles.cl). */
#ifndef CVL_VARIANTS_PARTS_FUSED_GROUPS_H
#define CVL_VARIANTS_PARTS_FUSED_GROUPS_H

#include "variants/parts/blocks.h"

/* NCHW: output channels in a vector of weights. */
enum { CVL_FUSED_OUTPUTS = 4 };

struct cvl_fused_groups {
    bool planes;                        /* the layout is NCHW */
    int32_t vec;                        /* NHWC: divides the input channels; NCHW: 1 */
    int32_t pixels, vectors;            /* of a work-item's sums; NCHW: output channels */
    int32_t channel_items, pixel_items; /* per group */
    int32_t rows, columns;              /* of the output, per group */
    int32_t parts;                      /* of the output channels; a group computes one of them */
    int32_t chunk;                      /* input channels in local memory at a time */
    bool keeps_all;                     /* all input channels fit in a chunk */
    int32_t staged;                     /* NCHW: planes whose input is in local memory; 0: none */
    int32_t lines, line, plane; /* of a staged plane: lines, and floats of each and of all */
    int32_t block, padded;      /* as in struct cvl_dense_tiles */
    struct cvl_block_tiles depthwise;
};

/* Returns tiles that fit in local memory, if any do. */
struct cvl_fused_groups cvl_fused_groups(const struct cvl_request *request,
                                         const struct cvl_device_facts *device);
uint64_t cvl_fused_groups_local_bytes(const struct cvl_fused_groups *tiles);
int32_t cvl_fused_groups_items(const struct cvl_fused_groups *tiles);
/* Blocks of pixels in all images. */
uint64_t cvl_fused_groups_blocks(const struct cvl_fused_groups *tiles,
                                 const struct cvl_problem *problem);
/* Parts of the output channels that all work-items of a group compute at a time. */
uint64_t cvl_fused_groups_turns(const struct cvl_fused_groups *tiles);
/* How many times a launch reads the input, on average. */
double cvl_fused_groups_reads(const struct cvl_fused_groups *tiles,
                              const struct cvl_problem *problem);
/* NCHW: sets what of the input is copied to local memory, all but the chunk being set. */
void cvl_fused_groups_stage(struct cvl_fused_groups *tiles, const struct cvl_request *request,
                            const struct cvl_device_facts *device);
/* The same: has a block all columns, so that its rows are adjacent in a plane? */
bool cvl_fused_groups_has_whole_rows(const struct cvl_fused_groups *tiles,
                                     const struct cvl_problem *problem);

/* Adds options, the last argument, range, limits and note of the kernel. */
void cvl_fused_groups_launch(struct cvl_builder *builder, const struct cvl_fused_groups *tiles);

/* What a search may set beside cvl_fused_parameters (NHWC) or those of dense tiles (NCHW). */
extern const struct cvl_parameter_set cvl_fused_groups_parameters[CVL_LAYOUT_COUNT];

#endif
