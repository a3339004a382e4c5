/* Moves padding from an operator of its own into a convolution. */
#include "import/padding.h"

static int32_t sum(int32_t a, int32_t b)
{
    const int64_t all = (int64_t)a + b;
    return all < INT32_MAX ? (int32_t)all : INT32_MAX;
}

void cvl_padding_take(struct cvl_problem *problem, const struct cvl_padding *padding)
{
    problem->ih -= sum(padding->top, padding->bottom);
    problem->iw -= sum(padding->left, padding->right);
    problem->ph = sum(problem->ph, padding->top);
    problem->pw = sum(problem->pw, padding->left);
}
