/* Tiles of inv_fused on a device with large groups (cl/inv_tiles.cl). */
#ifndef CVL_VARIANTS_PARTS_INVERTED_GROUPS_H
#define CVL_VARIANTS_PARTS_INVERTED_GROUPS_H

#include "plan/builder.h"
#include "variants/parameters.h"

/* Cost of a load of a vector, in multiply-adds of a float; adjacent vectors of four floats that are
 * in different banks of local memory. */
enum { CVL_INVERTED_LOAD_COST = 6, CVL_INVERTED_BANKS = 8 };

struct cvl_inverted_groups {
    bool planes;                        /* the layout is NCHW */
    int32_t sector;                     /* elements that come from memory together */
    int32_t vec;                        /* divides middle channels; NHWC: input channels, too */
    int32_t pixels, vectors;            /* of a work-item's sums */
    int32_t channel_items, pixel_items; /* per group */
    int32_t rows, columns;              /* of the output, per group */
    int32_t middle;                     /* middle channels at a time */
    int32_t ex_pixels, dw_pixels;       /* per work-item at a time */
    int32_t parts;                      /* of the output channels; a group computes one of them */
    int32_t block;                      /* adjacent output channels in the packed projection */
    int32_t expansion, projection;      /* middle and output channels, padded as when packed */
};

/* Returns tiles that fit in local memory, if any do. */
struct cvl_inverted_groups cvl_inverted_groups(const struct cvl_request *request,
                                               const struct cvl_device_facts *device);
uint64_t cvl_inverted_groups_local_bytes(const struct cvl_inverted_groups *tiles,
                                         const struct cvl_problem *problem);
int32_t cvl_inverted_groups_items(const struct cvl_inverted_groups *tiles);
/* Blocks of pixels in all images. */
uint64_t cvl_inverted_groups_blocks(const struct cvl_inverted_groups *tiles,
                                    const struct cvl_problem *problem);
/* Input pixels that the windows of a block cover. */
uint64_t cvl_inverted_groups_reach(const struct cvl_inverted_groups *tiles,
                                   const struct cvl_problem *problem);
/* How many times the items of a group take turns to expand and to convolve a block. */
uint64_t cvl_inverted_groups_expand_turns(const struct cvl_inverted_groups *tiles,
                                          const struct cvl_problem *problem);
uint64_t cvl_inverted_groups_convolve_turns(const struct cvl_inverted_groups *tiles);
/* Input channels that a work-item reads of a pixel at a time. */
int32_t cvl_inverted_groups_channels(const struct cvl_inverted_groups *tiles,
                                     const struct cvl_problem *problem);

/* Sets how many pixels an item expands at a time, all else of a group being set. */
void cvl_inverted_groups_set_expansion(struct cvl_inverted_groups *tiles,
                                       const struct cvl_problem *problem);
/* How much of the input memory moves for that, over what is needed. */
double cvl_inverted_groups_waste(const struct cvl_inverted_groups *tiles,
                                 const struct cvl_problem *problem);
/* What a work-item does to expand a block, in multiply-adds. */
double cvl_inverted_groups_expand_cost(const struct cvl_inverted_groups *tiles,
                                       const struct cvl_problem *problem);

/* Adds options, the last argument, range, cost, limits and note of the kernel. */
void cvl_inverted_groups_launch(struct cvl_builder *builder,
                                const struct cvl_inverted_groups *tiles);

/* What a search may set beside cvl_inverted_parameters. */
extern const struct cvl_parameter_set cvl_inverted_groups_parameters[CVL_LAYOUT_COUNT];

#endif
