/* Checks problems and derives others from them. */
#include <convlens/problem.h>

#include "problem/problem_parts.h"

enum cvl_status cvl_problem_check(const struct cvl_problem *problem, struct cvl_error *err)
{
    struct cvl_fault fault;
    if (!cvl_problem_fault(problem, &fault))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT, "problem: %s: got %s, expected %s", fault.part, fault.got,
                    fault.expected);
}

uint64_t cvl_problem_flops(const struct cvl_problem *problem, enum cvl_passes passes)
{
    return 2 * cvl_problem_sizes(problem).macs * (passes == CVL_TRAINING ? 3 : 1);
}

bool cvl_problem_equal(const struct cvl_problem *a, const struct cvl_problem *b)
{
    if (a->form != b->form)
        return false;
    for (int part = 0; part < CVL_PART_COUNT; part++)
        if (cvl_part_get(a, (enum cvl_part)part) != cvl_part_get(b, (enum cvl_part)part))
            return false;
    return true;
}

int32_t cvl_problem_pad_bottom(const struct cvl_problem *p)
{
    int64_t window = (int64_t)(p->kh - 1) * ((int64_t)p->dh + 1) + 1;
    return (int32_t)((int64_t)(p->oh - 1) * p->sh + window - p->ih - p->ph);
}

int32_t cvl_problem_pad_right(const struct cvl_problem *p)
{
    int64_t window = (int64_t)(p->kw - 1) * ((int64_t)p->dw + 1) + 1;
    return (int32_t)((int64_t)(p->ow - 1) * p->sw + window - p->iw - p->pw);
}

static void make_pointwise(struct cvl_problem *problem)
{
    problem->kh = problem->kw = problem->sh = problem->sw = 1;
    problem->ph = problem->pw = problem->dh = problem->dw = 0;
}

struct cvl_problem cvl_problem_part(const struct cvl_problem *problem, enum cvl_form part)
{
    struct cvl_problem result = *problem;
    result.form = part;
    if (problem->form == CVL_INVERTED)
        result.ic = problem->mc;
    result.mc = result.res = 0;
    if (part == CVL_DEPTHWISE) {
        result.g = result.oc = result.ic;
        return result;
    }
    result.ih = problem->oh;
    result.iw = problem->ow;
    make_pointwise(&result);
    return result;
}

struct cvl_problem cvl_problem_expansion(const struct cvl_problem *problem)
{
    struct cvl_problem result = *problem;
    result.form = CVL_POINTWISE;
    result.oc = problem->mc;
    result.oh = problem->ih;
    result.ow = problem->iw;
    result.mc = result.res = 0;
    make_pointwise(&result);
    return result;
}
