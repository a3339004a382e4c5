/* The parts of the reference: one convolution over doubles. Sums run over kernel rows, kernel
 * columns and then channels, whatever the number of threads. */
#ifndef CVL_RUN_VERIFY_REFERENCE_PASS_H
#define CVL_RUN_VERIFY_REFERENCE_PASS_H

#include <stddef.h>

#include <convlens/problem.h>

/* What a pass reads and writes; input in double since a separable problem's second pass reads the
 * first one's sums. */
struct cvl_reference_pass {
    const struct cvl_problem *p;
    const double *input;   /* mb ih iw ic */
    const double *weights; /* in the order of the loops that read them */
    double *output;        /* mb oh ow oc */
};

/* An output pixel. */
struct cvl_reference_pixel {
    size_t image;
    int32_t oh, ow;
};

/* The input pixel that tap (r, s) of an output pixel's window reads; NULL: it lies in the padding.
 */
static inline const double *cvl_reference_tap(const struct cvl_reference_pass *pass,
                                              struct cvl_reference_pixel at, int32_t r, int32_t s)
{
    const struct cvl_problem *p = pass->p;
    int64_t ih = (int64_t)at.oh * p->sh - p->ph + (int64_t)r * ((int64_t)p->dh + 1);
    int64_t iw = (int64_t)at.ow * p->sw - p->pw + (int64_t)s * ((int64_t)p->dw + 1);
    if (ih < 0 || ih >= p->ih || iw < 0 || iw >= p->iw)
        return NULL;
    size_t row = at.image * (size_t)p->ih + (size_t)ih;
    return pass->input + (row * (size_t)p->iw + (size_t)iw) * (size_t)p->ic;
}

/* A convolution of any groups; weights oc (ic/g) kh kw. @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_reference_dense(const struct cvl_problem *problem, const double *input,
                                    const float *weights, double *output, struct cvl_error *err);

#endif
