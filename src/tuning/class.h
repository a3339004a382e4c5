/* Classes of problems that share one set of tile parameters.
 *
 * What decides a tile is exact: the variant's form, layout and type, window, stride, dilation,
 * groups and channels, since tiles divide channels and a remainder costs a whole tile. Output
 * columns are exact up to 16, the longest tile of a row; above that, a remainder is a small part of
 * the row. Columns above 16, and the pixels of the whole batch, are rounded up to a power of two:
 * they only determine how much work there is and whether it fits in the caches. Padding, the
 * input's size and names decide nothing. Every tile gives right answers for any size, so a class
 * that is too wide costs time but never correctness. */
#ifndef CVL_TUNING_CLASS_H
#define CVL_TUNING_CLASS_H

#include <convlens/variant.h>

struct cvl_problem_class {
    char family[80]; /* "sep_fused separable nhwc f32": parameters of the same family may suit */
    char shape[128]; /* "g1 ic64 oc128 k3x3 s2x2 d0x0 ow64 px4096" */
};

void cvl_problem_class(const char *variant, const struct cvl_request *request,
                       struct cvl_problem_class *out);

#endif
