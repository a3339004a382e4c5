/* A convolution for people: every dimension that tells two problems apart. */
#ifndef CVL_REPORT_PROBLEM_WORDS_H
#define CVL_REPORT_PROBLEM_WORDS_H

#include <convlens/problem.h>

#include "base/text.h"

/* "3x224x224 -> 64x222x222, 3x3"; then where they are not 1 or 0: "stride 2", "padding 1x2",
 * "dilation 2" (1 is dense), "groups 4", "batch 8". */
void cvl_problem_say(struct cvl_text *text, const struct cvl_problem *problem);

#endif
