/* The transforms of Winograd in stages (cl/winograd_staged.cl): how each divides its work. */
#ifndef CVL_VARIANTS_PARTS_WINOGRAD_TRANSFORM_H
#define CVL_VARIANTS_PARTS_WINOGRAD_TRANSFORM_H

#include "variants/parts/winograd.h"

/* How a transform divides its work: groups of `vectors` x `tiles`, `rows` work-items for each. */
struct cvl_winograd_transform {
    uint64_t channels, pitch; /* of the tensor; of a transformed tile: padded */
    uint64_t slots;           /* positions of a tile that are in local memory */
    int32_t vec, vectors, tiles, rows;
    bool turned; /* items go along channels, then along tiles, or the other way round */
};

/* Chooses for `channels` of the tensor, with `rows` rows and columns at most for a tile, of which
 * `slots` positions are kept in local memory. */
struct cvl_winograd_transform cvl_winograd_transform(const struct cvl_builder *builder,
                                                     const struct cvl_winograd_grid *grid,
                                                     int32_t channels, uint64_t rows,
                                                     uint64_t slots);

/* -D options and tunings of the kernel. */
void cvl_winograd_transform_options(struct cvl_builder *builder,
                                    const struct cvl_winograd_transform *transform);
/* Loop iterations of a work-item for `span` rows and as many columns. */
uint64_t cvl_winograd_transform_iterations(const struct cvl_winograd_transform *transform,
                                           uint64_t span);
/* Local memory of a group. */
uint64_t cvl_winograd_transform_local(const struct cvl_winograd_transform *transform);

#endif
