/* NHWC depthwise: a work-item computes register tiles of a few rows and pixels of one vector of
 * channels (depthwise_tile of cl/depthwise.clh). */
#ifndef CVL_VARIANTS_PARTS_BLOCKS_H
#define CVL_VARIANTS_PARTS_BLOCKS_H

#include "plan/builder.h"
#include "variants/parameters.h"

struct cvl_block_tiles {
    int32_t vec, pixels, rows;       /* of the register tile */
    int32_t vectors;                 /* vectors of channels per work-item */
    int32_t height, width;           /* of the output, per work-item of dw_direct */
    int32_t items;                   /* work-items per group, along channels */
    int32_t column_items, row_items; /* the same, along columns and rows */
    bool few_channels;               /* fewer than a vector has lanes */
};

/* Returns tiles for `rows` x `columns` of the output of `problem`; with vec 0 they choose their
 * own. */
struct cvl_block_tiles cvl_block_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_problem *problem, int32_t rows,
                                       int32_t columns, int32_t vec);

/* Sets register tile and group for a device with large groups; `vec` is set. */
void cvl_block_group(struct cvl_block_tiles *tiles, const struct cvl_request *request,
                     const struct cvl_device_facts *device, const struct cvl_problem *problem,
                     int32_t rows, int32_t columns);

/* -D options and tunings of a kernel that uses the tiles, except VEC and GROUP. */
void cvl_block_options(struct cvl_builder *builder, const struct cvl_block_tiles *tiles);
/* On such a device: may a register tile have so many rows and pixels? What does it read, in
 * vectors? */
bool cvl_block_fits(const struct cvl_problem *problem, int32_t rows, int32_t pixels);
uint64_t cvl_block_loaded(const struct cvl_problem *problem, int32_t rows, int32_t pixels);

/* -D options of a kernel that makes every load of a tile. */
void cvl_block_loads(struct cvl_builder *builder, const struct cvl_block_tiles *tiles,
                     const struct cvl_problem *problem);
/* Loop iterations of one register tile. */
uint64_t cvl_block_iterations(const struct cvl_block_tiles *tiles,
                              const struct cvl_problem *problem);

extern const struct cvl_parameter_set cvl_block_parameters;

#endif
