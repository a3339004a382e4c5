/* NHWC depthwise: a work-item makes register tiles of some rows and pixels of one vector of
 * channels (depthwise_tile of cl/depthwise.clh). */
#ifndef CVL_VARIANTS_PARTS_BLOCKS_H
#define CVL_VARIANTS_PARTS_BLOCKS_H

#include "plan/builder.h"
#include "variants/parameters.h"

struct cvl_block_tiles {
    int32_t vec, pixels, rows; /* of the register tile */
    int32_t vectors;           /* of channels that a work-item takes */
    int32_t height, width;     /* of the output that a work-item of dw_direct takes */
    int32_t items;             /* work-items of a group, along channels */
    bool few_channels;         /* fewer than lanes in a vector */
};

/* For `rows` rows and `columns` columns of the output of a problem with these channels and this
 * window; vec 0: chosen here. */
struct cvl_block_tiles cvl_block_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_problem *problem, int32_t rows,
                                       int32_t columns, int32_t vec);

/* -D options and tunings of a kernel that uses them, but VEC and GROUP. */
void cvl_block_options(struct cvl_builder *builder, const struct cvl_block_tiles *tiles);
/* Loop iterations of one register tile. */
uint64_t cvl_block_iterations(const struct cvl_block_tiles *tiles,
                              const struct cvl_problem *problem);

extern const struct cvl_parameter_set cvl_block_parameters;

#endif
