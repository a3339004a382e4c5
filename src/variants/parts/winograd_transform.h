/* The transforms of Winograd in stages (cl/winograd_staged.cl): how each divides its work. */
#ifndef CVL_VARIANTS_PARTS_WINOGRAD_TRANSFORM_H
#define CVL_VARIANTS_PARTS_WINOGRAD_TRANSFORM_H

#include "variants/parts/winograd.h"

/* The transform of input tiles, or that of products into output tiles. */
enum cvl_winograd_side { CVL_WINOGRAD_INPUT, CVL_WINOGRAD_OUTPUT };

/* How a transform divides its work: groups of `vectors` x `tiles`, `rows` work-items for each. */
struct cvl_winograd_transform {
    const struct cvl_winograd *winograd;
    enum cvl_winograd_side side;
    uint64_t channels, pitch; /* of the tensor; of a transformed tile: padded */
    int32_t vec, vectors, tiles, rows;
    bool strip; /* NCHW: a group's tiles are adjacent in a row of tiles, and read or written by rows
                   of pixels */
};

/* Chooses for `channels` of the tensor. */
struct cvl_winograd_transform cvl_winograd_transform(const struct cvl_builder *builder,
                                                     const struct cvl_winograd *winograd,
                                                     const struct cvl_winograd_grid *grid,
                                                     int32_t channels, enum cvl_winograd_side side);

/* -D options and tunings of the kernel. */
void cvl_winograd_transform_options(struct cvl_builder *builder,
                                    const struct cvl_winograd_transform *transform);
/* Groups of a launch. */
uint64_t cvl_winograd_transform_groups(const struct cvl_winograd_transform *transform,
                                       const struct cvl_winograd_grid *grid);
/* Loop iterations of a work-item. */
uint64_t cvl_winograd_transform_iterations(const struct cvl_winograd_transform *transform);
/* Local memory of a group. */
uint64_t cvl_winograd_transform_local(const struct cvl_winograd_transform *transform);

#endif
