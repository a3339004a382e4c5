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

/* Pairs of an output and a tap of its window, by one dimension: output o and tap k meet at the
 * input's o stride + k step - before. */
struct axis {
    int64_t in, outs, stride, taps, step, before;
};

/* The pairs that meet inside the input. Outputs and taps may change places: the fewer are counted
 * one by one. */
static uint64_t pairs_inside(struct axis a)
{
    uint64_t pairs = 0;
    if (a.taps > a.outs)
        a = (struct axis){a.in, a.taps, a.step, a.outs, a.stride, a.before};
    for (int64_t k = 0; k < a.taps; k++) {
        const int64_t first = k * a.step - a.before, last = a.in - 1 - first;
        const int64_t low = first >= 0 ? 0 : (a.stride - 1 - first) / a.stride;
        int64_t high = last < 0 ? -1 : last / a.stride;
        high = high < a.outs ? high : a.outs - 1;
        pairs += high >= low ? (uint64_t)(high - low + 1) : 0;
    }
    return pairs;
}

/* Of one convolution that is not made of others. */
static uint64_t macs_inside(const struct cvl_problem *problem)
{
    const struct cvl_problem own = cvl_problem_of_windows(problem), *p = &own;
    const struct axis rows = {p->ih, p->oh, p->sh, p->kh, (int64_t)p->dh + 1, p->ph};
    const struct axis columns = {p->iw, p->ow, p->sw, p->kw, (int64_t)p->dw + 1, p->pw};
    return (uint64_t)p->mb * (uint64_t)p->oc * (uint64_t)(p->ic / p->g) * pairs_inside(rows) *
           pairs_inside(columns);
}

uint64_t cvl_problem_flops_without_padding(const struct cvl_problem *problem,
                                           enum cvl_passes passes)
{
    uint64_t macs = 0;
    if (problem->form == CVL_SEPARABLE || problem->form == CVL_INVERTED) {
        const struct cvl_problem depthwise = cvl_problem_part(problem, CVL_DEPTHWISE);
        const struct cvl_problem pointwise = cvl_problem_part(problem, CVL_POINTWISE);
        macs = macs_inside(&depthwise) + macs_inside(&pointwise);
    } else {
        macs = macs_inside(problem);
    }
    if (problem->form == CVL_INVERTED) {
        const struct cvl_problem expansion = cvl_problem_expansion(problem);
        macs += macs_inside(&expansion);
    }
    return 2 * macs * (passes == CVL_TRAINING ? 3 : 1);
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

struct cvl_problem cvl_problem_mirror(const struct cvl_problem *problem)
{
    struct cvl_problem mirror = *problem;
    mirror.form = CVL_STANDARD;
    mirror.ic = problem->oc;
    mirror.ih = problem->oh;
    mirror.iw = problem->ow;
    mirror.oc = problem->ic;
    mirror.oh = problem->ih;
    mirror.ow = problem->iw;
    return mirror;
}

int32_t cvl_problem_pad_bottom(const struct cvl_problem *problem)
{
    const struct cvl_problem own = cvl_problem_of_windows(problem), *p = &own;
    int64_t window = (int64_t)(p->kh - 1) * ((int64_t)p->dh + 1) + 1;
    return (int32_t)((int64_t)(p->oh - 1) * p->sh + window - p->ih - p->ph);
}

int32_t cvl_problem_pad_right(const struct cvl_problem *problem)
{
    const struct cvl_problem own = cvl_problem_of_windows(problem), *p = &own;
    int64_t window = (int64_t)(p->kw - 1) * ((int64_t)p->dw + 1) + 1;
    return (int32_t)((int64_t)(p->ow - 1) * p->sw + window - p->iw - p->pw);
}

static void make_pointwise(struct cvl_problem *problem)
{
    problem->kh = problem->kw = problem->sh = problem->sw = 1;
    problem->ph = problem->pw = problem->dh = problem->dw = 0;
}

int32_t cvl_problem_middle(const struct cvl_problem *problem)
{
    if (problem->form == CVL_INVERTED)
        return problem->mc;
    return problem->dm > 1 ? problem->ic * problem->dm : problem->ic;
}

struct cvl_problem cvl_problem_part(const struct cvl_problem *problem, enum cvl_form part)
{
    struct cvl_problem result = *problem;
    result.form = part;
    const int32_t middle = cvl_problem_middle(problem);
    result.mc = result.res = result.dm = 0;
    if (part == CVL_DEPTHWISE) {
        result.g = result.ic = problem->form == CVL_INVERTED ? middle : problem->ic;
        result.oc = middle;
        return result;
    }
    result.ic = middle;
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
