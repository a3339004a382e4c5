/* NCHW depthwise: a work-item takes a vector of columns of several consecutive rows. */
#ifndef CVL_VARIANTS_PARTS_STRIPS_H
#define CVL_VARIANTS_PARTS_STRIPS_H

#include "plan/builder.h"
#include "variants/parameters.h"
#include "variants/parts/phases.h"

struct cvl_strip_tiles {
    int32_t vec, rows; /* in registers */
    int32_t height;    /* rows per work-item */
    int32_t period;    /* adjacent channels in a row, each with its own weights; 0: none */
    int32_t column_items, row_items; /* work-items per group */
    bool takes_column;        /* with large groups: a work-item takes one column (cl/dw_tiles.cl) */
    bool takes_pairs;         /* and loads pairs of columns, of which it needs every other one */
    struct cvl_phases phases; /* or the group copies rows into local memory, where it has any */
};

/* Returns tiles for `rows` output rows of a depthwise problem. With a period, a work-item first
 * spreads the weights over its lanes, and takes more rows if it has a core to itself. */
struct cvl_strip_tiles cvl_strip_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_problem *problem, int32_t rows,
                                       int32_t period);

/* -D options and tunings of a kernel that uses the tiles. */
void cvl_strip_options(struct cvl_builder *builder, const struct cvl_strip_tiles *tiles,
                       const struct cvl_problem *problem);
/* Sets the range of a launch that computes `rows` rows. */
void cvl_strip_range(struct cvl_builder *builder, const struct cvl_strip_tiles *tiles,
                     const struct cvl_problem *problem, int32_t rows);
/* Local memory of a group. */
uint64_t cvl_strip_local_bytes(const struct cvl_strip_tiles *tiles, enum cvl_dtype dtype);
uint64_t cvl_strip_iterations(const struct cvl_strip_tiles *tiles,
                              const struct cvl_problem *problem);

extern const struct cvl_parameter_set cvl_strip_parameters;

#endif
