/* Zeros around an image that an operator of its own adds: the padding of the convolution after it.
 */
#ifndef CVL_IMPORT_PADDING_H
#define CVL_IMPORT_PADDING_H

#include "convlens/problem.h"

/* Rows and columns, none below 0. */
struct cvl_padding {
    int32_t top, bottom, left, right;
};

/* Makes the convolution of a padded image that of the image without the padding: its output stays
 * what it is. A padding beyond INT32_MAX becomes that, which cvl_problem_check refuses. */
void cvl_padding_take(struct cvl_problem *problem, const struct cvl_padding *padding);

#endif
