/* An output against its reference. */
#include "run/verify/check.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

double cvl_check_tolerance(const struct cvl_problem *p, enum cvl_dtype dtype, double max_abs,
                           double factor)
{
    double window = (double)p->kh * p->kw;
    double terms = window * (p->ic / p->g), halved = 0.0;
    if (p->form == CVL_SEPARABLE) {
        terms = window + cvl_problem_middle(p);
        halved = 2e-3; /* an intermediate kept as half */
    } else if (p->form == CVL_INVERTED) {
        terms = p->ic + window + p->mc;
        halved = 3e-3; /* two of them: errors add as squares */
    }
    double tolerance = 1e-6 * (8.0 + sqrt(terms)) * fmax(1.0, max_abs / 4.0) * factor;
    if (dtype == CVL_F16)
        tolerance += max_abs * 0x1p-11 + halved;
    return tolerance;
}

double cvl_check_plan_tolerance(const struct cvl_plan *plan, double max_abs)
{
    double tolerance = 0.0;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct cvl_plan_step *step = &plan->steps[i];
        if (step->op.kind != CVL_OP_CONVOLUTION) { /* a few roundings */
            tolerance += 1e-6 * fmax(1.0, max_abs / 4.0);
            tolerance += plan->dtype == CVL_F16 ? max_abs * 0x1p-11 : 0.0;
            continue;
        }
        tolerance += cvl_check_tolerance(&step->problem, plan->dtype, max_abs,
                                         step->tolerance_factor > 0.0 ? step->tolerance_factor : 1);
        tolerance += step->half_error * fmax(1.0, max_abs / 4.0);
    }
    return tolerance;
}

struct cvl_row_check cvl_check_output(const struct cvl_tensors *t, enum cvl_layout layout,
                                      double tolerance, const void *output, char *first_wrong,
                                      size_t size)
{
    assert(t->output && tolerance >= 0.0);
    struct cvl_extent extent = cvl_output_extent(&t->problem);
    size_t pixels = extent.h * extent.w;
    struct cvl_row_check check = {.tolerance = tolerance, .passed = true};
    const double *expected = t->output;
    first_wrong[0] = '\0';
    for (size_t n = 0; n < extent.n; n++)
        for (size_t pixel = 0; pixel < pixels; pixel++) {
            const struct cvl_channels run = cvl_find_channels(extent, layout, n, pixel);
            for (size_t c = 0; c < extent.c; c++, expected++) {
                double got = (double)cvl_element_load(output, run.first + c * run.step, t->dtype);
                double error = fabs(got - *expected);
                if (!(error <= check.max_abs_err)) /* keeps a NaN once it is there */
                    check.max_abs_err = isnan(check.max_abs_err) ? check.max_abs_err : error;
                if (error <= check.tolerance || !check.passed)
                    continue;
                check.passed = false;
                (void)snprintf(first_wrong, size, "n%zu c%zu h%zu w%zu: got %.9g, expected %.9g", n,
                               c, pixel / extent.w, pixel % extent.w, got, *expected);
            }
        }
    check.max_rel_err = t->max_abs > 0.0 ? check.max_abs_err / t->max_abs : check.max_abs_err;
    return check;
}
