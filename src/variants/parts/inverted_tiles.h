/* Tiles of inv_fused: rows of the output of a group, and how it multiplies. */
#ifndef CVL_VARIANTS_PARTS_INVERTED_TILES_H
#define CVL_VARIANTS_PARTS_INVERTED_TILES_H

#include "plan/builder.h"
#include "variants/parameters.h"

struct cvl_inverted_tiles {
    int32_t vec, vectors; /* of the products' register tile */
    int32_t pixels;       /* NHWC: of it */
    int32_t outputs;      /* NCHW: channels of it */
    int32_t dw_pixels;    /* NHWC: of the depthwise register tile */
    int32_t rows;         /* of the output, of a group */
    int32_t middle;       /* channels in the middle at a time */
    int32_t items;        /* work-items of a group */
    int32_t block;        /* output channels side by side in the packed weights */
    int32_t in_pixels;    /* of a group at most, in whole register tiles: of the input, */
    int32_t out_pixels;   /* of the output */
    int32_t expansion;    /* channels in the middle, padded as in the packed weights */
    int32_t projection;   /* output channels, padded likewise */
    int32_t sums;         /* output channels in whole blocks */
};

/* Tiles that local memory holds, if any do. */
struct cvl_inverted_tiles cvl_inverted_tiles(const struct cvl_request *request,
                                             const struct cvl_device_facts *device);
uint64_t cvl_inverted_local_bytes(const struct cvl_inverted_tiles *tiles,
                                  const struct cvl_request *request);
/* Loop iterations of one work-item. */
uint64_t cvl_inverted_iterations(const struct cvl_inverted_tiles *tiles,
                                 const struct cvl_request *request);
/* Input rows that all groups expand together, of one image. */
uint64_t cvl_inverted_rows_made(const struct cvl_inverted_tiles *tiles,
                                const struct cvl_problem *problem);
/* -D options and tunings of the kernel. */
void cvl_inverted_options(struct cvl_builder *builder, const struct cvl_inverted_tiles *tiles);

extern const struct cvl_parameter_set cvl_inverted_parameters[CVL_LAYOUT_COUNT];

#endif
