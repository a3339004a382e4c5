/* Tiles of inv_fused on devices without large groups: output rows per group, and how a group
 * multiplies. */
#ifndef CVL_VARIANTS_PARTS_INVERTED_TILES_H
#define CVL_VARIANTS_PARTS_INVERTED_TILES_H

#include "plan/builder.h"
#include "variants/parameters.h"

struct cvl_inverted_tiles {
    int32_t vec, vectors; /* of the products' register tile */
    int32_t pixels;       /* NHWC: pixels of that tile */
    int32_t outputs;      /* NCHW: channels of that tile */
    int32_t dw_pixels;    /* NHWC: pixels of the depthwise register tile */
    int32_t rows;         /* output rows per group */
    int32_t middle;       /* middle channels at a time */
    int32_t items;        /* work-items per group */
    int32_t block;        /* adjacent output channels in the packed weights */
    int32_t in_pixels;    /* max input pixels per group, in whole register tiles */
    int32_t out_pixels;   /* max output pixels per group, likewise */
    int32_t expansion;    /* middle channels, padded as in the packed weights */
    int32_t projection;   /* output channels, padded likewise */
    int32_t sums;         /* output channels in whole blocks */
};

/* Returns tiles that fit in local memory, if any do. */
struct cvl_inverted_tiles cvl_inverted_tiles(const struct cvl_request *request,
                                             const struct cvl_device_facts *device);
uint64_t cvl_inverted_local_bytes(const struct cvl_inverted_tiles *tiles,
                                  const struct cvl_request *request);
/* Loop iterations of one work-item. */
uint64_t cvl_inverted_iterations(const struct cvl_inverted_tiles *tiles,
                                 const struct cvl_request *request);
/* Input rows of one image that all groups together expand. */
uint64_t cvl_inverted_rows_made(const struct cvl_inverted_tiles *tiles,
                                const struct cvl_problem *problem);
/* -D options and tunings of the kernel. */
void cvl_inverted_options(struct cvl_builder *builder, const struct cvl_inverted_tiles *tiles);

extern const struct cvl_parameter_set cvl_inverted_parameters[CVL_LAYOUT_COUNT];

#endif
