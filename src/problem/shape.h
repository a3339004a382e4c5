/* The sizes of a tensor: of a problem's input, and whether two are the same; what may be written
 * over another. */
#ifndef CVL_PROBLEM_SHAPE_H
#define CVL_PROBLEM_SHAPE_H

#include <stdbool.h>

#include <convlens/network.h>

static inline struct cvl_shape cvl_input_shape(const struct cvl_problem *p)
{
    return (struct cvl_shape){p->mb, p->ic, p->ih, p->iw};
}

static inline bool cvl_shape_equal(const struct cvl_shape *a, const struct cvl_shape *b)
{
    return a->mb == b->mb && a->c == b->c && a->h == b->h && a->w == b->w;
}

/* How many of an op's inputs, from the first one on, its output may take the place of: of any of
 * them that has as many elements and that nothing needs after it. */
size_t cvl_op_replaceable_inputs(const struct cvl_op *op, size_t inputs);

#endif
