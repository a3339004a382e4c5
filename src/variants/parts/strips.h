/* NCHW depthwise: a work-item takes a vector of columns of some rows that follow each other. */
#ifndef CVL_VARIANTS_PARTS_STRIPS_H
#define CVL_VARIANTS_PARTS_STRIPS_H

#include "plan/builder.h"
#include "variants/parameters.h"

struct cvl_strip_tiles {
    int32_t vec, rows; /* in registers */
    int32_t height;    /* rows of a work-item */
    int32_t period;    /* channels side by side in a row, with weights of their own; 0: none */
    int32_t column_items, row_items; /* work-items of a group */
};

/* For `rows` rows of the output of a problem of depthwise form. With a period a work-item spreads
 * the weights over its lanes first, and takes more rows where it has a core of its own. */
struct cvl_strip_tiles cvl_strip_tiles(const struct cvl_request *request,
                                       const struct cvl_device_facts *device,
                                       const struct cvl_problem *problem, int32_t rows,
                                       int32_t period);

/* -D options and tunings of a kernel that uses them. */
void cvl_strip_options(struct cvl_builder *builder, const struct cvl_strip_tiles *tiles);
/* Of a launch that makes `rows` rows. */
void cvl_strip_range(struct cvl_builder *builder, const struct cvl_strip_tiles *tiles,
                     const struct cvl_problem *problem, int32_t rows);
uint64_t cvl_strip_iterations(const struct cvl_strip_tiles *tiles,
                              const struct cvl_problem *problem);

extern const struct cvl_parameter_set cvl_strip_parameters;

#endif
