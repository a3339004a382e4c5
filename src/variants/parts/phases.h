/* Input rows that a group copies into local memory, dealt out to the phases of a stride
 * (cl/phases.clh). */
#ifndef CVL_VARIANTS_PARTS_PHASES_H
#define CVL_VARIANTS_PARTS_PHASES_H

#include "plan/builder.h"

struct cvl_phases {
    int32_t elements;    /* of a phase; 0: no rows are copied */
    int32_t down, along; /* phases */
    int32_t planes;      /* copied at a time */
    int32_t wide;        /* adjacent elements that an item copies at once */
    int32_t margin;      /* elements before and after the phases */
};

/* Do the windows of a plane read all elements of the rows between the first and the last, and would
 * neighbours leave out some in each of their loads? */
bool cvl_phases_fill(const struct cvl_problem *problem);

/* Lines that `count` adjacent pixels may lie in, of `height` lines of `width`; they start at a
 * multiple of `count`. */
int64_t cvl_phases_lines(int64_t count, int64_t width, int64_t height);

/* Input rows from the first to the last that `lines` adjacent output rows read. */
int64_t cvl_phases_rows(const struct cvl_problem *problem, int64_t lines);

/* NCHW: phases that hold `rows` input rows, which the windows of `pixels` output pixels read, of so
 * many planes. No elements if these rows, with what belongs to other groups, are more than loads of
 * the windows would move: those move what is between along a row. */
struct cvl_phases cvl_phases_of_planes(const struct cvl_request *request,
                                       const struct cvl_problem *problem, int64_t rows,
                                       int64_t pixels, int32_t planes);
/* NHWC: one phase, with all channels of the pixels. */
struct cvl_phases cvl_phases_of_pixels(const struct cvl_request *request,
                                       const struct cvl_problem *problem, int64_t rows,
                                       int64_t pixels);

/* Bytes of local memory. */
uint64_t cvl_phases_bytes(const struct cvl_phases *phases, enum cvl_dtype dtype);
/* Loop iterations of each of `items` work-items that copy the rows once. */
uint64_t cvl_phases_iterations(const struct cvl_phases *phases, int32_t items);
/* -D options of a kernel that may copy rows, for the problem's window. */
void cvl_phases_options(struct cvl_builder *builder, const struct cvl_phases *phases,
                        const struct cvl_problem *problem);

#endif
